"""Calls for products of arrays whose axes lie apart: brought together, one matrix product a sample."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule

Labels = tuple[int, ...]


def arranged_product(placing: Placing, node: Node) -> bool:
    """A product for each sample (and group), or such products added up over the samples."""
    if len(node.args) != 2 or any(a not in placing.operands or a.dtype != "real" for a in node.args):
        return False
    (a, b), out, _ = node.params
    if any(len(set(part)) < len(part) for part in (a, b, out)) or len(a) < 3 or len(b) < 2:
        return False
    if any(x not in a and x not in b for x in out):
        return False
    if out and a[0] == b[0] and a[0] not in out:
        return _summed_over_samples(placing, node, 0, 1) or _summed_over_samples(placing, node, 1, 0)
    for first, second in ((0, 1), (1, 0)):
        if out and out[0] == node.params[0][first][0] and out[0] not in node.params[0][second]:
            return _for_each_sample(placing, node, first, second)
    return False


def _for_each_sample(placing: Placing, node: Node, first: int, second: int) -> bool:
    """out[n, group, right, left] = second[group, right, summed] first[n, group, summed, left]"""
    inputs, out, sizes = node.params
    a, b = inputs[first], inputs[second]
    lead = a[0]
    summed = tuple(x for x in b if x in a and x not in out)
    groups = tuple(x for x in b if x in a and x in out)
    left = tuple(x for x in out if x in a and x != lead and x not in groups)
    right = tuple(x for x in b if x not in a)
    if not summed or not left or not right or any(x not in out and x not in b for x in a):
        return False
    x = together(placing, node.args[first], a, [(lead,), groups, summed, left], sizes)
    y = together(placing, node.args[second], b, [groups, right, summed], sizes, turn=True)
    made = (lead, *groups, *right, *left)
    shape = [sizes[k] for k in made]
    result = placing.scratch(node, "prod", shape) if made != out else placing.fresh(node)
    flat = placing.flat(result, shape, _sizes([(lead,), groups, right, left], sizes))
    flops = product(shape) * product(sizes[k] for k in summed) * 2
    placing.call("np.matmul({0}, {1}, {out})", [y, x], flat, "product", node, flops)
    placing.operands[node] = result if made == out else turned(result, made, out, node)
    return True


def _summed_over_samples(placing: Placing, node: Node, first: int, second: int) -> bool:
    """out[group, left, right] = Σₙ first[n, group, left, summed] second[n, group, right, summed]ᵀ"""
    inputs, out, sizes = node.params
    a, b = inputs[first], inputs[second]
    lead = a[0]
    summed = tuple(x for x in a if x in b and x not in out and x != lead)
    groups = tuple(x for x in out if x in a and x in b)
    left = tuple(x for x in a if x not in b)
    right = tuple(x for x in out if x in b and x not in groups)
    complete = all(x in out for x in left) and all(x in a or x in out for x in b)
    if not complete or out != groups + left + right or not summed or not left or not right:
        return False
    x = together(placing, node.args[first], a, [(lead,), groups, left, summed], sizes)
    y = together(placing, node.args[second], b, [(lead,), groups, right, summed], sizes)
    shape = _sizes([(lead,), groups, left, right], sizes)
    parts = placing.scratch(node, "parts", shape)
    flops = product(shape) * product(sizes[k] for k in summed) * 2
    placing.call("np.matmul({0}, {1}, {out})", [x, swapped(y)], parts, "product", node, flops)
    result = placing.fresh(node)
    target = placing.flat(result, node.shape, shape[1:])
    placing.call("np.add.reduce({0}, 0, None, {out})", [parts], target, "sum", node, product(shape))
    placing.operands[node] = result
    return True


def _sizes(groups: Sequence[Labels], sizes: Sequence[Size]) -> list[Size]:
    """The size of each group of axes; no axis for an empty group."""
    return [product(sizes[k] for k in group) for group in groups if group]


def together(
    placing: Placing,
    node: Node,
    labels: Labels,
    groups: Sequence[Labels],
    sizes: Sequence[Size],
    turn: bool = False,
) -> Operand:
    """The array with its axes in groups, copied where they do not lie so (once for each order)."""
    operand = placing.operand(node)
    wanted = tuple(x for group in groups for x in group)
    order = tuple(labels.index(x) for x in wanted)
    shape = [sizes[k] for k in wanted]
    is_turned = not groups[0] and tuple(labels) == (*groups[-1], *groups[-2])
    if turn and is_turned and operand.contiguous:
        flat = placing.flat(operand, node.shape, _sizes(groups[::-1], sizes))
        return Operand(flat.key, f"{flat.view}.T", False, (flat.shape or ())[::-1])
    if order != tuple(range(len(order))) or not operand.contiguous:
        key = (node, order)
        if key not in placing.arranged:
            copy = placing.scratch(node, "columns", shape)
            axes = ", ".join(map(str, order))
            view, by_rows = f"{operand.view}.transpose({axes})", operand.keeps_first and order[0] == 0
            moved = Operand(operand.key, view, False, tuple(shape), by_rows=by_rows)
            placing.call("np.copyto({out}, {0})", [moved], copy, "copy", node)
            placing.arranged[key] = copy
        operand = placing.arranged[key]
    return placing.flat(operand, shape, _sizes(groups, sizes))


def turned(result: Operand, made: Labels, out: Labels, node: Node) -> Operand:
    """A result with its axes in the order that is asked for."""
    axes = ", ".join(str(made.index(x)) for x in out)
    by_rows = result.keeps_first and axes.startswith("0")
    return Operand(result.key, f"{result.view}.transpose({axes})", False, node.shape, by_rows=by_rows)


def swapped(operand: Operand) -> Operand:
    """The matrix of each sample (and group) transposed."""
    shape = operand.shape or ()
    exchanged = (*shape[:-2], shape[-1], shape[-2])
    by_rows = operand.keeps_first and len(shape) > 2
    return Operand(operand.key, f"{operand.view}.swapaxes(-1, -2)", False, exchanged, by_rows=by_rows)


RULES: dict[str, list[Rule]] = {"contract": [arranged_product]}
