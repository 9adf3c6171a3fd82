"""Calls for entries that are chosen by integer arrays, along one axis or along the first ones."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand
from symbp.emit.fast.place import Placing, Rule

MOST_PLACES = 2**16
"""Entries whose places are listed at a time, at most: they stay in the cache."""


def gathered(placing: Placing, node: Node) -> bool:
    """x[:, i] or x[i, j]: all in range, a negative number counts from the end."""
    x, *indices = node.args
    axes, at = node.params
    if not _are_there(placing, node) or not node.rank or not placing.operand(x).contiguous:
        return False
    source = placing.operand(x)
    if len(indices) == 1 and at == axes[0]:
        _check(placing, node, indices[0], x.shape[at])
        chosen, axis = placing.operand(indices[0]), str(at)
    elif _are_first(axes, at):
        chosen, axis = _positions(placing, node, x.shape[: len(axes)], indices), "0"
        rest = x.shape[len(axes) :]
        source = placing.flat(source, x.shape, [product(x.shape[: len(axes)]), *rest])
    else:
        return False
    out = placing.fresh(node)
    placing.call(f'{{0}}.take({{1}}, {axis}, {{out}}, "wrap")', [source, chosen], out, "sum", node)
    placing.operands[node] = out
    return True


def scattered(placing: Placing, node: Node) -> bool:
    """Entries added up where integer arrays say."""
    x, *indices = node.args
    axes, at = node.params
    if not _are_there(placing, node):
        return False
    if _are_first(axes, at):
        alone = len(indices) == 1
        places = placing.operand(indices[0])
        if not alone:
            places = _positions(placing, node, node.shape[: len(axes)], indices)
        shape = indices[0].shape if alone else _together([i.shape for i in indices])
        out = placing.fresh(node)
        _add_rows(placing, node, placing.flat(places, shape, [product(shape)]), out)
    elif len(indices) == 1 and at == axes[0]:
        out = placing.fresh(node)
        text = f"{{out}}.fill(0.0)\nnp.add.at({{out}}, ({'slice(None), ' * at}{{1}}), {{0}})"
        reads = (placing.operand(x), placing.operand(indices[0]))
        placing.kernel(Call(text, reads, out, "sum", node, product(x.shape)))
    else:
        return False
    placing.operands[node] = out
    return True


def _add_rows(placing: Placing, node: Node, rows: Operand, out: Operand) -> None:
    """x[k] is added to row i[k], entry by entry: NumPy is five times as fast with one array of places."""
    x, count = node.args[0], (rows.shape or ())[0]
    width = product(x.shape).divide(count)
    assert width is not None
    target = placing.flat(out, node.shape, [product(node.shape)])
    if width.is_one:
        source = placing.flat(placing.operand(x), x.shape, [count])
        text = "{out}.fill(0.0)\nnp.add.at({out}, {1}, {0})"
        placing.kernel(Call(text, (source, rows), target, "sum", node, count))
        return
    entries, many = placing.page.size(width), placing.page.size(count)
    row = f"({entries})" if " " in entries else entries
    made = f"np.empty((max(1, min({many}, {MOST_PLACES} // {row})), {entries}), np.intp)"
    source = placing.flat(placing.operand(x), x.shape, [count, width])
    along = placing.constant("along_row", f"np.arange({entries})", (width,), "int")
    places = placing.constant("places", made, (count, width), "int")
    starts = placing.scratch(node, "starts", (count,), "int")
    lines = [
        "{out}.fill(0.0)",
        f"np.multiply({{1}}, {entries}, {{a0}})",
        f"for {{own start}} in range(0, {many}, len({{3}})):",
        "    {own some} = slice({own start}, {own start} + len({3}))",
        "    {own at} = {3}[: len({0}[{own some}])]",
        "    np.add({a0}[{own some}, None], {2}, {own at})",
        "    np.add.at({out}, {own at}.reshape(-1), {0}[{own some}].reshape(-1))",
    ]
    reads = (source, rows, along, places)
    placing.kernel(Call("\n".join(lines), reads, target, "sum", node, count * width, also=(starts,)))


def _are_there(placing: Placing, node: Node) -> bool:
    return all(a in placing.operands for a in node.args) and node.args[0].dtype == "real"


def _are_first(axes: Sequence[int], at: int) -> bool:
    return at == 0 and tuple(axes) == tuple(range(len(axes)))


def _is_made_once(placing: Placing, operand: Operand) -> bool:
    return placing.values[operand.key].place == "constant"


def _check(placing: Placing, node: Node, index: Node, size: Size) -> None:
    """Raise an error that names the index; one that the step has made is in range."""
    operand = placing.operand(index)
    if _is_made_once(placing, operand):
        return
    count = placing.page.size(size)
    least = f"-{count}" if " " not in count else f"-({count})"
    name = index.name if index.is_leaf else "an index"
    lines = [f"if {{0}}.min() < {least} or {{0}}.max() >= {count}:"]
    lines += [f'    raise IndexError("{name} is out of range")']
    placing.call("\n".join(lines), [operand], None, "check", node)


def _positions(placing: Placing, node: Node, sizes: Sequence[Size], indices: Sequence[Node]) -> Operand:
    """Where the chosen entries stand with the axes put together: (i · width) + j …"""
    shape = _together([i.shape for i in indices])
    out = placing.scratch(node, "at", shape, "int")
    placing.call("{out}.fill(0)", [], out, "update", node)
    for k, (index, size) in enumerate(zip(indices, sizes, strict=True)):
        _check(placing, node, index, size)
        place = placing.scratch(node, "place", index.shape, "int")
        count, step = (placing.page.size(s) for s in (size, product(sizes[k + 1 :])))
        from_start = placing.operand(index)
        if not _is_made_once(placing, from_start):
            placing.call(f"np.remainder({{0}}, {count}, {{out}})", [from_start], place, "sum", node)
            from_start = place
        placing.call(f"np.multiply({{0}}, {step}, {{out}})", [from_start], place, "sum", node)
        placing.call("np.add({0}, {1}, {out})", [out, place], out, "update", node)
    return out


def _together(shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
    """The shape that arrays of these shapes are broadcast to."""
    rank = max(map(len, shapes))
    padded = [(*[Size.of(1)] * (rank - len(s)), *s) for s in shapes]
    return tuple(next((s for s in column if not s.is_one), column[0]) for column in zip(*padded, strict=True))


def onehot(placing: Placing, node: Node) -> bool:
    """A comparison with all classes."""
    (index,) = node.args
    if index not in placing.operands:
        return False
    source, width = placing.operand(index), node.shape[-1]
    count = placing.page.size(width)
    classes = placing.constant("classes", f"np.arange({count})", (width,), "int")
    column = Operand(source.key, f"{source.view}[..., None]", False, (*index.shape, Size.of(1)))
    mask = placing.scratch(node, "mask", node.shape, "bool")
    placing.call("np.equal({0}, {1}, {out})", [column, classes], mask, "sum", node, product(node.shape))
    out = placing.fresh(node)
    placing.call("np.copyto({out}, {0})", [mask], out, "copy", node)
    placing.operands[node] = out
    return True


RULES: dict[str, Sequence[Rule]] = {"gather": [gathered], "scatter": [scattered], "onehot": [onehot]}
