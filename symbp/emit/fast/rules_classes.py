"""Calls for the cross-entropy of classes: one entry of each row, and the shares of the others.

Of e = exp(x) the chosen entry of each row is taken out before the rest is summed: with the sum r of the
others the loss is -log p = log(1 + r/e) and its slope by the chosen score p - 1 = -r/(r + e), neither of
them a difference, so both keep their digits where p is near 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand
from symbp.emit.fast.place import Chosen, Placing, Rule
from symbp.emit.fast.rules_rows import is_last, row_starts
from symbp.ops.softmax import LOG_SOFTMAX

SHIFTED = """\
np.maximum.reduce({0}, -1, None, {a4}, True)
np.subtract({0}, {a4}, {out})
{a1}.take({a0}, None, {a5}, "clip")
np.exp({out}, {out})
{a1}.take({a0}, None, {a2}, "clip")
{a1}[{a0}] = 0.0
{out}.dot({3}, {a3})
np.add({a3}, {a2}, {a6})
np.subtract({a2}, {6}, {a2})
np.add({a3}, {a2}, {a3})
{a2}.fill(1.0)"""
"""With m the largest entry: log p = (x - m) - log(1 + (r + (e - 1))), where e = 1 if x is the largest."""
UNSHIFTED = """\
np.exp({0}, {out})
{a1}.take({a0}, None, {a2}, "clip")
{a1}[{a0}] = 0.0
{out}.dot({3}, {a3})
np.add({a3}, {a2}, {a6})
fits = np.maximum.reduce({a6}) < {5}
if fits:
    np.multiply({a3}, {a2}, {a5})
    fits = np.minimum.reduce({a5}) > {4}
{a5}.fill(0.0)
if not fits:
"""
"""Without a shift, where r e > eps² and r + e is below the root of the largest float: then e, r and r + e are
far from the ends of the range of floats.  Else the rows of the block once more."""


OF_ONE_ROW = "the exponentials, with their chosen entry apart"


def is_of_classes(call: Call) -> bool:
    """For a compiled loop: reads rows of scores, the classes, and the bounds of r e and of r + e; writes the
    exponentials, also the chosen one e, the sum r of the others, what adds to log p, and r + e."""
    return call.text == OF_ONE_ROW


def _of_one_row(call: Call) -> tuple[Call, ...]:
    source, index, _, _, low, high, _ = call.reads
    _, _, chosen, others, _, log_p, total = call.also
    reads, also = (source, index, low, high), (chosen, others, log_p, total)
    return (Call(OF_ONE_ROW, reads, call.out, "softmax", call.node, also=also),)


def chosen_parts(placing: Placing, x: Node, index: Node) -> Chosen:
    """Of each row log p of the chosen entry, e^x with 0 in its place, and the sum of all e^x."""
    key = (x, index)
    if key not in placing.chosen:
        placing.chosen[key] = _parts(placing, x, index)
    return placing.chosen[key]


def _parts(placing: Placing, x: Node, index: Node) -> Chosen:
    rows, width = x.shape
    _check(placing, index, width)
    log_p = _place_of_log_p(placing, x, index)
    e, total = placing.scratch(x, "exp", x.shape), placing.scratch(x, "total", (rows, Size.of(1)))
    top = placing.scratch(x, "max", (rows, Size.of(1)))
    chosen, others = (placing.scratch(x, word, (rows,)) for word in ("chosen", "others"))
    starts, at = row_starts(placing, rows, width), _at(placing, index)
    low = placing.constant("least_product", "np.finfo(dtype).eps ** 2")
    high = placing.constant("largest_total", "np.finfo(dtype).max ** 0.5")
    one = placing.constant("c1", "np.array(1.0, dtype)")
    reads = (placing.operand(x), placing.operand(index), starts, placing.ones([width]), low, high, one)
    flat, sums = placing.flat(e, x.shape, [rows * width]), placing.flat(total, (rows, Size.of(1)), [rows])
    first = "np.add({2}, {1}, {a0})\n"
    again = "".join(f"    {line}\n" for line in SHIFTED.split("\n")).rstrip("\n")
    placing.kernel(
        Call(
            first + SHIFTED,
            reads,
            e,
            "softmax",
            x,
            rows * width * 3,
            also=(at, flat, chosen, others, top, log_p, sums),
            in_block=first + UNSHIFTED + again,
            each=_of_one_row,
        )
    )
    placing.entrywise(x, "np.divide", [others, chosen], others)
    placing.entrywise(x, "np.log1p", [others], others)
    placing.entrywise(x, "np.subtract", [log_p, others], log_p)
    return Chosen(log_p, e, total)


def _place_of_log_p(placing: Placing, x: Node, index: Node) -> Operand:
    """Where log p goes: the entry of log_softmax that the graph names, if there is one."""
    for node in placing.order:
        if node.op.name == "gather" and node.args[0] is LOG_SOFTMAX([x], (1,)) and node.args[2:] == (index,):
            return placing.fresh(node)
    return placing.scratch(x, "logp", x.shape[:1])


def _check(placing: Placing, index: Node, width: Size) -> None:
    if (index, width) not in placing.checked:
        placing.checked.add((index, width))
        name = index.name if index.is_leaf else "an index"
        count = placing.page.size(width)
        lines = [f"if np.minimum.reduce({{0}}) < 0 or np.maximum.reduce({{0}}) >= {count}:"]
        lines += [f'    raise IndexError("{name} holds a class out of range")']
        placing.call("\n".join(lines), [placing.operand(index)], None, "check", index)


def _positions(placing: Placing, index: Node, rows: Size, width: Size) -> Operand:
    """Where the chosen entry of each row stands in an array without axes."""
    count, step = placing.page.size(rows), placing.page.size(width)
    made = f"{step} * np.arange({count})" if " " not in step else f"np.arange({count}) * ({step})"
    starts, at = placing.constant("row_starts", made, (rows,), "int"), _at(placing, index)
    placing.call("np.add({0}, {1}, {out})", [starts, placing.operand(index)], at, "entrywise", index)
    return at


def _at(placing: Placing, index: Node) -> Operand:
    """Room for where the chosen entries stand, of one call."""
    return placing.scratch(index, f"{index.name}_at" if index.is_leaf else "at", index.shape, "int")


def gather(placing: Placing, node: Node) -> bool:
    """x[arange(n), y]; of log_softmax without the other classes."""
    x, *indices = node.args
    if node.params[0] != (0, 1) or len(indices) != 2 or x.rank != 2 or node.rank != 1:
        return False
    if indices[0].op.name != "arange" or indices[1] not in placing.operands:
        return False
    of_softmax = x.op is LOG_SOFTMAX and is_last(x)
    source = x.args[0] if of_softmax else x
    if source not in placing.operands or not placing.operand(source).contiguous:
        return False
    if of_softmax:
        placing.operands[node] = chosen_parts(placing, source, indices[1]).log_p
        return True
    rows, width = x.shape
    _check(placing, indices[1], width)
    at = _positions(placing, indices[1], rows, width)
    out = placing.fresh(node)
    flat = placing.flat(placing.operand(source), source.shape, [rows * width])
    placing.call('{0}.take({1}, None, {out}, "clip")', [flat, at], out, "sum", node)
    placing.operands[node] = out
    return True


def softmax_minus_onehot(placing: Placing, node: Node) -> bool:
    """c (softmax(x) - onehot(y)): rows scaled by c / Σ e, then c (p - 1) in the chosen entries."""
    if node in placing.kept and not placing.kept[node].contiguous:
        return False
    factor, balanced = _scaled(placing, node)
    if balanced is None or balanced.op.name != "balanced" or balanced.args[0].op.name != "subtract":
        return False
    soft, hot = balanced.args[0].args
    if soft.op.name != "softmax" or hot.op.name != "onehot" or soft.shape != hot.shape:
        return False
    x, index = soft.args[0], hot.args[0]
    fits = is_last(soft) and soft.rank == 2 and index.rank == 1
    if not fits or index not in placing.operands or x not in placing.operands:
        return False
    rows, width = soft.shape
    parts = chosen_parts(placing, x, index)
    one = placing.constant("c1", "np.array(1.0, dtype)") if factor is None else placing.operand(factor)
    scale = placing.scratch(node, "scale", (rows, Size.of(1)))
    placing.entrywise(node, "np.divide", [one, parts.total], scale)
    out = placing.fresh(node)
    placing.entrywise(node, "np.multiply", [parts.e, scale], out)
    less = placing.scratch(node, "chosen", (rows,))
    placing.entrywise(node, "np.expm1", [parts.log_p], less)
    placing.entrywise(node, "np.multiply", [less, one], less)
    starts, at = row_starts(placing, rows, width), _at(placing, index)
    flat = placing.flat(out, node.shape, [rows * width])
    text = "np.add({1}, {0}, {a0})\n{out}.put({a0}, {2})"
    reads = (placing.operand(index), starts, less)
    placing.kernel(Call(text, reads, flat, "softmax", node, rows, also=(at,)))
    placing.operands[node] = out
    return True


def _scaled(placing: Placing, node: Node) -> tuple[Node | None, Node | None]:
    if node.op.name == "balanced":
        return None, node
    a, b = node.args
    if not a.rank and b.rank and (a in placing.pieces or a in placing.operands):
        return a, b
    return None, None


def balanced(placing: Placing, node: Node) -> bool:
    """What adds up to 0 along rows, with the entry of a share above 1/2 from the others; in its place."""
    x, shares = node.args
    last = node.params[0] == node.rank - 1 and node.rank > 1
    if not last or placing.uses[x] != 1 or any(a not in placing.operands for a in (x, shares)):
        return False
    out, other = placing.operand(x), placing.operand(shares)
    if not (out.contiguous and other.contiguous) or placing.values[out.key].place not in (
        "workspace",
        "result",
    ):
        return False
    sizes = [product(x.shape[:-1]), x.shape[-1]]
    flat = [placing.flat(o, x.shape, sizes) for o in (out, other)]
    most = placing.flat(placing.scratch(node, "most", x.shape, "bool"), x.shape, sizes)
    half = placing.constant("c0_5", "np.array(0.5, dtype)")
    lines = ["np.greater({0}, {1}, {a0})", "if np.logical_or.reduce({a0}, None):"]
    lines += [f"    {placing.page.helper('balance')}({{out}}, {{a0}})"]
    reads = (flat[1], half)
    placing.kernel(Call("\n".join(lines), reads, flat[0], "softmax", node, product(sizes) * 2, also=(most,)))
    placing.operands[node] = out
    return True


RULES: dict[str, Sequence[Rule]] = {
    "gather": [gather],
    "multiply": [softmax_minus_onehot],
    "balanced": [softmax_minus_onehot, balanced],
}
