"""Σ, max and softmax over an index: for all of its entries, or for those beside another one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from symbp.algebra.node import Node, as_node
from symbp.algebra.size import Size
from symbp.errors import UnreadError
from symbp.lang.labelled import Labelled, arithmetic, arranged
from symbp.ops.arithmetic import subtract
from symbp.ops.constant_arrays import eye
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.extrema import max_, min_
from symbp.ops.softmax import log_softmax, softmax
from symbp.ops.structure.triangles import tri
from symbp.ops.sums import sum_


def sum_over(index: str | None, a: Labelled) -> Labelled:
    """Σ over one index; over a product of numbers with several indices it is a contraction."""
    if index is None:
        raise UnreadError("this Σ has to say which index it runs over", hint="write the index below it: Σ_i")
    if index not in a.labels:
        raise UnreadError(
            f"nothing behind this Σ has the index {index}",
            hint=f"give what is summed the index {index}, or leave the Σ out",
        )
    left = tuple(label for label in a.labels if label != index)
    if len({frozenset(labels) for _, labels in a.factors}) > 1:
        return _contracted(a, index, left)
    return Labelled(_summed(a.node, a.labels.index(index)), left, a.is_row)


def _summed(node: Node, axis: int) -> Node:
    """The sum along an axis; Σ_i (A x_i) x_iᵀ is one contraction, not a sum of outer products."""
    if node.op is not CONTRACT or node.params[1].count(node.params[1][axis]) > 1:
        return sum_(node, axis)
    inputs, out, sizes = node.params
    args: list[Node] = []
    labels: list[list[Hashable]] = []
    known: dict[Hashable, Size] = dict(enumerate(sizes))
    for k, (arg, own) in enumerate(zip(node.args, inputs, strict=True)):
        shown = arg.params[1] if arg.op is CONTRACT and out[axis] in own else ()
        if not shown or len(set(shown)) < len(shown):
            args.append(arg)
            labels.append(list(own))
            continue
        names: dict[Hashable, Hashable] = dict(zip(shown, own, strict=True))
        known |= {(k, x): size for x, size in enumerate(arg.params[2]) if x not in names}
        args += arg.args
        labels += [[names.get(x, (k, x)) for x in s] for s in arg.params[0]]
    return contract(args, labels, [*out[:axis], *out[axis + 1 :]], known)


def restricted(index: str | None, relation: str, other: str, a: Labelled) -> Labelled:
    """The entries with 0 where an index does not stand in a relation to another one: i ≠ j, i < j."""
    label = index if index in a.labels else other
    if index is None or label not in a.labels:
        raise UnreadError(
            f"nothing behind this Σ has the index {index}",
            hint=f"give what is summed the index {index}, or leave the Σ out",
        )
    size = a.node.shape[a.labels.index(label)]
    if relation == "≠":
        kept = subtract(as_node(1), eye(size))
    else:
        kept = tri(size, size, 0 if relation in "≤≥" else -1)
    labels = (other, index) if relation in "<≤" else (index, other)
    return arithmetic("*", Labelled(kept, labels), a)


OVER_AN_INDEX: dict[str, Callable[..., Node]] = {
    "max": max_, "min": min_, "softmax": softmax, "log_softmax": log_softmax,
}  # fmt: skip
"""Functions that may have the index that they run over below them."""


def over_index(name: str, index: str, a: Labelled) -> Labelled:
    """max_j a_ij and softmax_j(a_ij).  OperandError where nothing has the index."""
    if index not in a.labels:
        raise UnreadError(
            f"nothing behind this {name} has the index {index}",
            hint=f"give its argument the index {index}, or leave the index out",
        )
    node = OVER_AN_INDEX[name](a.node, axis=a.labels.index(index))
    keeps = node.rank == a.node.rank
    return Labelled(node, a.labels if keeps else tuple(x for x in a.labels if x != index), a.is_row)


def _contracted(a: Labelled, index: str, left: tuple[str, ...]) -> Labelled:
    """Σ_j w_ij x_j as one contraction; factors without the index stay outside."""
    inside = [f for f in a.factors if index in f[1]]
    outside = [f for f in a.factors if index not in f[1]]
    kept = tuple(dict.fromkeys(x for _, labels in inside for x in labels if x != index))
    axes = [_entry_axes(n, labels) for n, labels in inside]
    whole = [[*labels, *own] for (_, labels), own in zip(inside, axes, strict=True)]
    node = contract([n for n, _ in inside], whole, [*kept, *(x for own in axes for x in own)])
    result = Labelled(node, kept)
    for factor in outside:
        result = arithmetic("*", Labelled(*factor), result)
    return Labelled(arranged(result, left, result.rank), left, a.is_row, result.factors)


def _entry_axes(node: Node, labels: Sequence[str]) -> list[Hashable]:
    """Names for the axes of one entry."""
    return [("entry", k) for k in range(node.rank - len(labels))]
