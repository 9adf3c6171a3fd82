"""Calls for what is done row by row: means, softmax, entries picked by class."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_products import product_factors
from symbp.ops.arithmetic import multiply


def mean(placing: Placing, node: Node) -> bool:
    """A product with ones, divided by the count; of a product of two arrays np.vecdot."""
    (x,) = node.args
    axes, keepdims = node.params
    if x not in placing.operands or x.dtype != "real":
        return False
    if len(axes) == x.rank and not keepdims:
        return _mean_of_all(placing, node)
    if tuple(axes) != (x.rank - 1,) or not placing.operand(x).contiguous:
        return _mean_over(placing, node)
    width = x.shape[-1]
    rows = product(x.shape[:-1])
    out = placing.fresh(node)
    flat = placing.flat(out, node.shape, [rows])
    inner = product_factors(placing, x)
    weighted = _with_row(placing, x)
    if weighted is not None:
        a, row = weighted
        a = placing.flat(a, x.shape, [rows, width])
        placing.call("{0}.dot({1}, {out})", [a, row], flat, "product", node, x_size(x) * 2)
    elif inner is not None:
        a, b = (placing.flat(o, x.shape, [rows, width]) for o in inner)
        placing.call("np.vecdot({0}, {1}, {out})", [a, b], flat, "sum", node, x_size(x) * 2)
    else:
        a = placing.flat(placing.operand(x), x.shape, [rows, width])
        text = "{0}.dot({1}, {out})"
        placing.call(text, [a, placing.ones([width])], flat, "product", node, x_size(x))
    _share(placing, node, out, width)
    placing.operands[node] = out
    return True


def _share(placing: Placing, node: Node, out: Operand, count: Size) -> None:
    """The sum divided by how many entries it has."""
    size = placing.page.size(count)
    text = f"1.0 / ({size})" if " " in size else f"1.0 / {size}"
    share = placing.constant("share", f"np.array({text}, dtype)")
    placing.entrywise(node, "np.multiply", [out, share], out)


def _mean_over(placing: Placing, node: Node) -> bool:
    """Over the first axes a product with ones, over any others one reduction."""
    (x,) = node.args
    axes, _ = node.params
    source = placing.operand(x)
    kept = [s for k, s in enumerate(x.shape) if k not in axes]
    if not kept:
        return False
    out = placing.fresh(node)
    many = product(x.shape[k] for k in axes)
    if tuple(axes) == tuple(range(len(axes))) and source.contiguous:
        rows = placing.flat(source, x.shape, [many, product(kept)])
        target = placing.flat(out, node.shape, [product(kept)])
        placing.call("{0}.dot({1}, {out})", [placing.ones([many]), rows], target, "product", node, x_size(x))
    else:
        axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
        target = placing.flat(out, node.shape, kept)
        placing.call(f"np.add.reduce({{0}}, {axis}, None, {{out}})", [source], target, "sum", node, x_size(x))
    _share(placing, node, out, many)
    placing.operands[node] = out
    return True


def _with_row(placing: Placing, x: Node) -> tuple[Operand, Operand] | None:
    """x = (p g) b with a row g, where p b is there already: its sums are a product with g."""
    for a, b in (x.args, x.args[::-1]) if x.op.name == "multiply" else ():
        for p, g in (a.args, a.args[::-1]) if a.op.name == "multiply" else ():
            if g.shape == x.shape[-1:] and p.shape == x.shape and g in placing.operands:
                for both in (multiply(p, b), multiply(b, p)):
                    if both in placing.operands and placing.operand(both).contiguous:
                        return placing.operand(both), placing.operand(g)
    return None


def x_size(x: Node) -> Size:
    return product(x.shape)


def _mean_of_all(placing: Placing, node: Node) -> bool:
    (x,) = node.args
    entries = x_size(x)
    operand = placing.operand(x)
    if not operand.contiguous:
        return False
    out = placing.add(Value(placing.names.fresh(placing.temporary(node)), (), "real", "local"))
    count = placing.page.size(entries)
    count = f"({count})" if " " in count else count
    inner = product_factors(placing, x)
    if inner is not None:
        a, b = (placing.flat(o, x.shape, [entries]) for o in inner)
    else:
        a, b = placing.flat(operand, x.shape, [entries]), placing.ones([entries])
    placing.call(f"{{out}} = {{0}}.dot({{1}}) / {count}", [a, b], out, "scalar", node, entries)
    placing.operands[node] = out
    return True


# -- softmax --------------------------------------------------------------------------------------


def _is_last(node: Node) -> bool:
    return bool(node.params[0] == node.rank - 1) and node.rank > 1


def exponentials(placing: Placing, x: Node) -> tuple[Operand, Operand, Operand]:
    """Of each row the largest entry m, e = exp(x - m) and the sum of e; once for each x."""
    found = placing.rows.get(x)
    if found is None:
        found = placing.rows[x] = _parts(placing, x, placing.operand(x))
    return found


SHIFTED = [
    "np.maximum.reduce({0}, -1, None, {out}, True)",
    "np.subtract({0}, {out}, {a0})",
    "np.exp({a0}, {a0})",
    "{a1}.dot({1}, {a3})",
]
UNSHIFTED = [
    "np.exp({0}, {a0})",
    "{a1}.dot({1}, {a3})",
    "{out}.fill(0.0)",
    "lowest = np.minimum.reduce({a3})",
    "highest = np.maximum.reduce({a3})",
    "if not ({2} < lowest and highest < {3}):",
]


def is_softmax(call: Call) -> bool:
    """Exponentials of rows: reads rows, ones and the range of sums; writes the largest entry, also the
    exponentials, twice, and their sum, twice."""
    return call.kind == "softmax" and call.text == "\n".join(SHIFTED)


def _parts(placing: Placing, x: Node, source: Operand) -> tuple[Operand, Operand, Operand]:
    """The same for an array that x stands for."""
    column = (*x.shape[:-1], Size.of(1))
    rows, width = product(x.shape[:-1]), x.shape[-1]
    top = placing.scratch(x, "max", column)
    e = placing.scratch(x, "exp", x.shape)
    total = placing.scratch(x, "total", column)
    flat = placing.flat(e, x.shape, [rows, width])
    target = placing.flat(total, column, [rows])
    low = placing.constant("smallest", "np.finfo(dtype).tiny ** 0.75")
    high = placing.constant("largest", "np.finfo(dtype).max ** 0.95")
    placing.kernel(
        Call(
            "\n".join(SHIFTED),
            (source, placing.ones([width]), low, high),
            top,
            "softmax",
            x,
            rows * width * 3,
            also=(e, flat, total, target),
            in_block="\n".join([*UNSHIFTED, *(f"    {line}" for line in SHIFTED)]),
        )
    )
    return top, e, total


def masked_softmax(placing: Placing, node: Node) -> bool:
    """A causal mask as -inf above the diagonal; no row is without an entry."""
    x, mask = node.args
    last = node.params[0] == node.rank - 1
    causal = mask.op.name == "triangle" and mask.params[0] == "lower" and mask.params[1] >= 0
    if not (last and causal and x in placing.operands and x.shape == node.shape):
        return False
    sizes = ", ".join(placing.page.size(s) for s in mask.shape)
    made = f"np.triu(np.full(({sizes}), -np.inf, dtype), {mask.params[1] + 1})"
    bias = placing.constant("causal", made, mask.shape)
    scores = placing.scratch(node, "scores", node.shape)
    placing.entrywise(node, "np.add", [placing.operand(x), bias], scores)
    _, e, total = _parts(placing, node, scores)
    out = placing.fresh(node)
    placing.entrywise(node, "np.divide", [e, total], out)
    placing.operands[node] = out
    return True


def softmax(placing: Placing, node: Node) -> bool:
    """e / Σ e"""
    (x,) = node.args
    if not _is_last(node) or x not in placing.operands:
        return False
    _, e, total = exponentials(placing, x)
    out = placing.fresh(node)
    placing.entrywise(node, "np.divide", [e, total], out)
    placing.operands[node] = out
    return True


def log_total(placing: Placing, x: Node) -> Operand:
    """log Σ e for each row, once for each x."""
    found = placing.log_totals.get(x)
    if found is None:
        _, _, total = exponentials(placing, x)
        found = placing.log_totals[x] = placing.scratch(x, "log", (*x.shape[:-1], Size.of(1)))
        placing.entrywise(x, "np.log", [total], found)
    return found


def log_softmax(placing: Placing, node: Node) -> bool:
    """(x - m) - log Σ e: the sum m + log Σ e would round a small logarithm away."""
    (x,) = node.args
    if not _is_last(node) or x not in placing.operands:
        return False
    top, _, _ = exponentials(placing, x)
    out = placing.fresh(node)
    placing.entrywise(node, "np.subtract", [placing.operand(x), top], out)
    placing.entrywise(node, "np.subtract", [out, log_total(placing, x)], out)
    placing.operands[node] = out
    return True


# -- one entry of each row ------------------------------------------------------------------------


def chosen_positions(placing: Placing, rows: Size, width: Size, index: Node) -> Operand:
    """Where the chosen entry of each row stands in the array without axes."""
    key = (index, width)
    if key not in placing.positions:
        count, step = placing.page.size(rows), placing.page.size(width)
        made = f"{step} * np.arange({count})" if " " not in step else f"np.arange({count}) * ({step})"
        first = placing.constant("row_starts", made, (rows,), "int")
        out = placing.scratch(index, f"{index.name}_at" if index.is_leaf else "at", (rows,), "int")
        name = index.name if index.is_leaf else "an index"
        lines = [f"if np.minimum.reduce({{0}}) < 0 or np.maximum.reduce({{0}}) >= {step}:"]
        lines += [f'    raise IndexError("{name} holds a class out of range")']
        placing.call("\n".join(lines), [placing.operand(index)], None, "check", index)
        placing.call("np.add({0}, {1}, {out})", [first, placing.operand(index)], out, "entrywise", index)
        placing.positions[key] = out
    return placing.positions[key]


def gather(placing: Placing, node: Node) -> bool:
    """x[arange(n), y]; of log_softmax without the other classes."""
    x, *indices = node.args
    if node.params[0] != (0, 1) or len(indices) != 2 or x.rank != 2 or node.rank != 1:
        return False
    if indices[0].op.name != "arange" or indices[1] not in placing.operands:
        return False
    source = x.args[0] if x.op.name == "log_softmax" and _is_last(x) else x
    if source not in placing.operands or not placing.operand(source).contiguous:
        return False
    rows, width = x.shape
    at = chosen_positions(placing, rows, width, indices[1])
    flat = placing.flat(placing.operand(source), source.shape, [rows * width])
    out = placing.fresh(node)
    placing.call('{0}.take({1}, None, {out}, "clip")', [flat, at], out, "sum", node)
    if source is not x:
        top, _, _ = exponentials(placing, source)
        for part in (top, log_total(placing, source)):
            column = placing.flat(part, (rows, Size.of(1)), [rows])
            placing.entrywise(node, "np.subtract", [out, column], out)
    placing.operands[node] = out
    return True


def softmax_minus_onehot(placing: Placing, node: Node) -> bool:
    """c (softmax(x) - onehot(y)): rows scaled by c / Σ e, then c off the chosen entries."""
    if node in placing.kept and not placing.kept[node].contiguous:
        return False
    factor, inside = _scaled(placing, node)
    if inside is None or inside.op.name != "subtract":
        return False
    soft, hot = inside.args
    if soft.op.name != "softmax" or hot.op.name != "onehot" or soft.shape != hot.shape:
        return False
    x, index = soft.args[0], hot.args[0]
    if not _is_last(soft) or soft.rank != 2 or index not in placing.operands or index.rank != 1:
        return False
    rows, width = soft.shape
    _, e, total = exponentials(placing, x)
    one = placing.constant("c1", "np.array(1.0, dtype)") if factor is None else placing.operand(factor)
    scale = placing.scratch(node, "scale", (rows, Size.of(1)))
    placing.entrywise(node, "np.divide", [one, total], scale)
    out = placing.fresh(node)
    placing.entrywise(node, "np.multiply", [e, scale], out)
    at = chosen_positions(placing, rows, width, index)
    flat = placing.flat(out, node.shape, [rows * width])
    chosen = placing.scratch(node, "chosen", (rows,))
    placing.call('{0}.take({1}, None, {out}, "clip")', [flat, at], chosen, "sum", node)
    less = placing.scratch(node, "chosen", (rows,))
    placing.entrywise(node, "np.subtract", [chosen, one], less)
    placing.call("{out}.put({0}, {1})", [at, less], flat, "update", node)
    placing.operands[node] = out
    return True


def _scaled(placing: Placing, node: Node) -> tuple[Node | None, Node | None]:
    if node.op.name == "subtract":
        return None, node
    a, b = node.args
    if not a.rank and b.rank and (a in placing.pieces or a in placing.operands):
        return a, b
    return None, None


RULES: dict[str, Sequence[Rule]] = {
    "mean": [mean],
    "softmax": [softmax],
    "log_softmax": [log_softmax],
    "masked_softmax": [masked_softmax],
    "gather": [gather],
    "multiply": [softmax_minus_onehot],
    "subtract": [softmax_minus_onehot],
}
