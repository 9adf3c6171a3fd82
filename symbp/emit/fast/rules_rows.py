"""Calls for what is done row by row: means, softmax, log softmax."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node, number
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.roles import DOT
from symbp.emit.fast.rules_products import product_factors
from symbp.ops.arithmetic import POWER, multiply
from symbp.ops.structure.slices import GETITEM
from symbp.ops.structure.triangles import TRIANGLE


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
    placing.entrywise(node, "np.multiply", [out, _one_of(placing, count)], out)


def _one_of(placing: Placing, count: Size) -> Operand:
    """1/n"""
    size = placing.page.size(count)
    text = f"1.0 / ({size})" if " " in size else f"1.0 / {size}"
    return placing.constant("share", f"np.array({text}, dtype)")


CENTRED_ROWS = """\
{0}.dot({1}, {a0})
np.multiply({a1}, {2}, {a1})
np.subtract({0}, {a1}, {out})
np.vecdot({out}, {out}, {a2})
np.square({a0}, {a3})
np.multiply({a2}, {2}, {a4})
np.greater({a3}, {a4}, {a5})
if np.logical_or.reduce({a5}):
    {out}.dot({1}, {a0})
    np.multiply({a1}, {2}, {a1})
    np.subtract({out}, {a1}, {out})
    np.vecdot({out}, {out}, {a2})"""
"""c = x - mean x and the sums of its squares.  Where the mean is larger than the spread, its rounding shows
in c: then the mean of c is taken off as well."""


def centred(placing: Placing, node: Node) -> bool:
    """x - mean x along rows, and the sums of the squares."""
    (x,) = node.args
    axes = node.params[0]
    if tuple(axes) != (x.rank - 1,) or x not in placing.operands or not placing.operand(x).contiguous:
        return False
    rows, width = product(x.shape[:-1]), x.shape[-1]
    source = placing.flat(placing.operand(x), x.shape, [rows, width])
    out = placing.fresh(node)
    column = placing.scratch(node, "mean", (rows, Size.of(1)))
    squares, limit, size = (placing.scratch(node, word, (rows,)) for word in ("squares", "limit", "size"))
    large = placing.scratch(node, "large", (rows,), "bool")
    reads = (source, placing.ones([width]), _one_of(placing, width))
    also = (placing.flat(column, (rows, Size.of(1)), [rows]), column, squares, size, limit, large)
    target = placing.flat(out, x.shape, [rows, width])
    kernel = Call(
        CENTRED_ROWS, reads, target, "softmax", node, rows * width * 6, also=also, each=_centred_row
    )
    placing.kernel(kernel)
    placing.operands[node], placing.squares[node] = out, squares
    return True


def _centred_row(call: Call) -> tuple[Call, ...]:
    """In a compiled loop: without the mean of the rest, which would take the loop apart."""
    (source, ones, share), (sums, mean, squares), out = call.reads, call.also[:3], call.out
    assert out is not None
    return (
        Call(DOT, (source, ones), sums, "sum"),
        Call("np.multiply({0}, {1}, {out})", (mean, share), mean, "entrywise"),
        Call("np.subtract({0}, {1}, {out})", (source, mean), out, "entrywise"),
        Call("np.vecdot({0}, {1}, {out})", (out, out), squares, "sum"),
    )


def _mean_of_squares(placing: Placing, node: Node) -> bool:
    """Of a centred array, whose squares are summed up already."""
    (x,) = node.args
    base = x.args[0] if x.op is POWER and number(x.args[1]) == 2 else None
    if base not in placing.squares or tuple(node.params[0]) != (x.rank - 1,):
        return False
    out = placing.fresh(node)
    flat = placing.flat(out, node.shape, [product(x.shape[:-1])])
    placing.entrywise(node, "np.multiply", [placing.squares[base], _one_of(placing, x.shape[-1])], flat)
    placing.operands[node] = out
    return True


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


def is_last(node: Node) -> bool:
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
    low, high = _range_of_sums(placing)
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


def _range_of_sums(placing: Placing) -> tuple[Operand, Operand]:
    """Between which sums of exponentials need no shift."""
    low = placing.constant("smallest_total", "np.finfo(dtype).eps")
    return low, placing.constant("largest", "np.finfo(dtype).max ** 0.95")


MASKED_SHIFTED = [
    "np.add({0}, {2}, {a4})",
    "np.maximum.reduce({a4}, -1, None, {out}, True)",
    "np.subtract({a4}, {out}, {a0})",
    "np.exp({a0}, {a0})",
    "{a1}.dot({3}, {a3})",
]
MASKED_UNSHIFTED = [
    "np.exp({0}, {a0})",
    "np.multiply({a0}, {1}, {a0})",
    "{a1}.dot({3}, {a3})",
    "lowest = np.minimum.reduce({a3}, initial=1.0)",
    "highest = np.maximum.reduce({a3}, initial=1.0)",
    "if not ({4} < lowest and highest < {5}):",
]
"""Exponentials first, then 0 where the mask is: e to minus infinity takes three times as long."""


def masked_softmax(placing: Placing, node: Node) -> bool:
    """Under a causal mask, or a part of one from the first column on; no row is without an entry."""
    x, mask = node.args
    kept_first = _last_column(mask)
    last = node.params[0] == node.rank - 1
    if not (last and kept_first is not None and x in placing.operands and x.shape == node.shape):
        return False
    size = placing.page.size
    shape = ", ".join(map(size, mask.shape))
    diagonal = "" if kept_first == 0 else f", {size(kept_first)}"
    kept = placing.constant("causal", f"np.tri({shape}{diagonal}, dtype=dtype)", mask.shape)
    made = f"np.triu(np.full(({shape}), -np.inf, dtype), {size(kept_first + 1)})"
    bias = placing.constant("forbidden", made, mask.shape)
    e, total = _masked_parts(placing, node, (kept, bias))
    each = placing.scratch(node, "share", placing.shape(total))
    placing.entrywise(node, "np.reciprocal", [total], each)
    out = placing.fresh(node)
    placing.entrywise(node, "np.multiply", [e, each], out)
    placing.operands[node] = out
    return True


def _last_column(mask: Node) -> Size | None:
    """The last column that the first row of a causal mask keeps, or of some of its rows; others keep more."""
    start = Size.of(0)
    while mask.op is GETITEM:
        key = mask.params[0]
        if len(key) != 2 or any(p is None or p.drop or p.step != 1 for p in key) or key[1].start != 0:
            return None
        start = start + key[0].start
        (mask,) = mask.args
    causal = mask.op is TRIANGLE and mask.params[0] == "lower" and mask.params[1] >= 0
    return start + mask.params[1] if causal else None


def _masked_parts(placing: Placing, node: Node, masks: tuple[Operand, Operand]) -> tuple[Operand, Operand]:
    """e = exp(x) with 0 where the mask is, and the sum of e."""
    column = (*node.shape[:-1], Size.of(1))
    rows, width = product(node.shape[:-1]), node.shape[-1]
    top, total = (placing.scratch(node, word, column) for word in ("max", "total"))
    e, scores = (placing.scratch(node, word, node.shape) for word in ("exp", "scores"))
    flat = placing.flat(e, node.shape, [rows, width])
    target = placing.flat(total, column, [rows])
    low, high = _range_of_sums(placing)
    placing.kernel(
        Call(
            "\n".join(MASKED_SHIFTED),
            (placing.operand(node.args[0]), *masks, placing.ones([width]), low, high),
            top,
            "softmax",
            node,
            rows * width * 4,
            also=(e, flat, total, target, scores),
            in_block="\n".join([*MASKED_UNSHIFTED, *(f"    {line}" for line in MASKED_SHIFTED)]),
            each=_masked_row,
        )
    )
    return e, total


def _masked_row(call: Call) -> tuple[Call, ...]:
    """In a compiled loop: the mask first, then as any softmax."""
    source, _, bias, *others = call.reads
    *also, scores = call.also
    masked = Call("np.add({0}, {1}, {out})", (source, bias), scores, "entrywise")
    text = "\n".join(SHIFTED)
    return masked, Call(text, (scores, *others), call.out, "softmax", call.node, also=tuple(also))


def softmax(placing: Placing, node: Node) -> bool:
    """e / Σ e"""
    (x,) = node.args
    if not is_last(node) or x not in placing.operands:
        return False
    _, e, total = exponentials(placing, x)
    out = placing.fresh(node)
    placing.entrywise(node, "np.divide", [e, total], out)
    placing.operands[node] = out
    return True


LOGS_OF_SHARES = """\
np.argmax({0}, -1, {a0})
np.add({a0}, {1}, {a0})
{2}.take({a0}, None, {a2}, "clip")
np.subtract({0}, {a1}, {out})
np.exp({out}, {a3})
{a4}[{a0}] = 0.0
{a3}.dot({3}, {a2})
np.log1p({a2}, {a2})
np.subtract({out}, {a1}, {out})"""


def log_softmax(placing: Placing, node: Node) -> bool:
    """(x - m) - log(1 + r) with the sum r of all exponentials but one of the largest, which is 1."""
    (x,) = node.args
    if not is_last(node) or x not in placing.operands or not placing.operand(x).contiguous:
        return False
    rows, width = product(x.shape[:-1]), x.shape[-1]
    source, out = placing.flat(placing.operand(x), x.shape, [rows, width]), placing.fresh(node)
    column, e = placing.scratch(x, "rest", (rows, Size.of(1))), placing.scratch(x, "exp", (rows, width))
    starts, at = row_starts(placing, rows, width), placing.scratch(x, "at", (rows,), "int")
    flat = placing.flat(placing.operand(x), x.shape, [rows * width])
    sums, entries = (
        placing.flat(column, (rows, Size.of(1)), [rows]),
        placing.flat(e, (rows, width), [rows * width]),
    )
    also = (at, column, sums, e, entries)
    reads = (source, starts, flat, placing.ones([width]))
    target = placing.flat(out, x.shape, [rows, width])
    placing.kernel(Call(LOGS_OF_SHARES, reads, target, "softmax", node, rows * width * 3, also=also))
    placing.operands[node] = out
    return True


def row_starts(placing: Placing, rows: Size, width: Size) -> Operand:
    """Where rows start in an array without axes.

    It belongs to one call: in a loop over blocks it counts from the start of the block.
    """
    step = placing.page.size(width)
    made = f"np.arange({{count}}) * ({step})" if " " in step else f"{step} * np.arange({{count}})"
    return placing.add(Value(placing.names.fresh("row_starts"), (rows,), "int", "constant", made))


RULES: dict[str, Sequence[Rule]] = {
    "centred": [centred],
    "mean": [_mean_of_squares, mean],
    "softmax": [softmax],
    "log_softmax": [log_softmax],
    "masked_softmax": [masked_softmax],
}
