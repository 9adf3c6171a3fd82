"""Products of many matrices at once, by np.matmul: one for each entry of further axes."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing
from symbp.ops.contract import CONTRACT

Labels = tuple[int, ...]
ONE = Size.of(1)


def is_batched(node: Node) -> bool:
    """Whether it is a product of matrices, or of matrices and vectors, for each entry of further axes."""
    if node.op is not CONTRACT or len(node.args) != 2 or any(a.dtype != "real" for a in node.args):
        return False
    (a, b), out, _ = node.params
    if any(len(set(labels)) < len(labels) for labels in (a, b, out)):
        return False
    batch = [x for x in out if x in a and x in b]
    left, right = [x for x in out if x not in b], [x for x in out if x not in a]
    summed = [x for x in a if x in b and x not in out]
    known = all(x in a or x in b for x in out)
    return (
        known
        and bool(batch)
        and len(summed) == 1
        and 0 < len(left) + len(right) <= 2
        and (len(left) < 2 and len(right) < 2)
    )


def batched(placing: Placing, node: Node, batch: Labels, left: Labels, right: Labels, summed: Labels) -> bool:
    """np.matmul over the last two axes, of matrices or of one and a vector; sums of rows by np.vecdot."""
    (a, b), out, sizes = node.params
    x, y = node.args
    if not left and not right and len(summed) == 1:
        p = arranged(placing, x, a, (*batch, *summed))
        q = arranged(placing, y, b, (*batch, *summed))
        if out != batch:
            return False
        result = placing.fresh(node)
        flops = product(sizes[k] for k in (*batch, *summed)) * 2
        placing.call("np.vecdot({0}, {1}, {out})", [p, q], result, "sum", node, flops)
        placing.operands[node] = result
        return True
    if len(left) > 1 or len(right) > 1 or not left + right or len(summed) != 1:
        return False
    batch = tuple(k for k in out if k in batch)
    p = arranged(placing, x, a, (*batch, *left, *summed))
    q = arranged(placing, y, b, (*batch, *summed, *right))
    result = placing.fresh(node)
    made = (*batch, *left, *right)
    target = result
    if made != out:
        order = [out.index(k) for k in made]
        shape = tuple(sizes[k] for k in made)
        view = f"{result.view}.transpose({', '.join(map(str, order))})"
        target = Operand(result.key, view, False, shape, by_rows=result.keeps_first and order[0] == 0)
    if not left:
        p, target = _as_row(p), _as_row(target)
    if not right:
        q, target = _as_column(q), _as_column(target)
    flops = product(sizes[k] for k in made) * sizes[summed[0]] * 2
    placing.call("np.matmul({0}, {1}, {out})", [p, q], target, "product", node, flops)
    placing.operands[node] = result
    return True


def repeated(placing: Placing, node: Node, left: Labels, right: Labels, summed: Labels) -> bool:
    """out[e, n, f] = x[n, d] A[e, d, f]: one matrix times each of several."""
    inputs, out, sizes = node.params
    own, others, first = (left, right, 0) if len(left) == 1 else (right, left, 1)
    if len(own) != 1 or len(others) < 2 or len(summed) != 1 or out != (*others[:-1], *own, others[-1]):
        return False
    x = arranged(placing, node.args[first], inputs[first], (*own, *summed))
    many = (*others[:-1], *summed, others[-1])
    y = arranged(placing, node.args[1 - first], inputs[1 - first], many)
    result = placing.fresh(node)
    flops = product(sizes[k] for k in (*out, *summed)) * 2
    placing.call("np.matmul({0}, {1}, {out})", [x, y], result, "product", node, flops)
    placing.operands[node] = result
    return True


def arranged(placing: Placing, node: Node, labels: Labels, wanted: Labels) -> Operand:
    """A view of an array with its axes in another order."""
    operand = placing.operand(node)
    order = [labels.index(x) for x in wanted]
    if order == list(range(len(order))):
        return operand
    if order == [1, 0]:
        return Operand(operand.key, operand.view + ".T", False, node.shape[::-1])
    view = f"{operand.view}.transpose({', '.join(map(str, order))})"
    shape = tuple(node.shape[k] for k in order)
    return Operand(operand.key, view, False, shape, by_rows=operand.keeps_first and order[0] == 0)


def _as_row(operand: Operand) -> Operand:
    """A vector of each batch as a matrix of one row."""
    shape = operand.shape or ()
    view, made = f"{operand.view}[..., None, :]", (*shape[:-1], ONE, *shape[-1:])
    return Operand(
        operand.key, view, False, made, operand.contiguous and operand.is_whole, operand.keeps_first
    )


def _as_column(operand: Operand) -> Operand:
    """A vector of each batch as a matrix of one column."""
    view, made = f"{operand.view}[..., None]", (*(operand.shape or ()), ONE)
    return Operand(
        operand.key, view, False, made, operand.contiguous and operand.is_whole, operand.keeps_first
    )
