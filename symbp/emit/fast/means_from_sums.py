"""The graph pass that takes means from sums which are there anyway, as gradients of parameters are.

The mean over rows of x g, where g is the same for all rows, is g Σ x / n: in the gradient of a
normalisation over a batch both means are those of what the gradients of its scale and shift sum up.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node, constant, rebuild, size_value
from symbp.algebra.size import product
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.ops.arithmetic import MULTIPLY, divide, multiply
from symbp.ops.contract import contract
from symbp.ops.structure.reshaping import reshape
from symbp.ops.sums import MEAN


@dataclass(frozen=True)
class _Known:
    """The sum that a mean can be taken from, and the factors that it does not have."""

    total: Node
    still: tuple[Node, ...]


def means_from_sums(joint: Joint) -> Joint:
    """Means over the first axes of products, one factor of which is the same along them."""
    order = joint.order()
    present = set(order)
    found = {node: known for node in order if (known := _known(node, present)) is not None}
    if not found:
        return noted(joint, "means_from_sums", "0 means")
    after = mapped(joint, _rebuilt(joint.roots, found))
    return noted(after, "means_from_sums", f"{len(found)} means")


def _known(node: Node, present: set[Node]) -> _Known | None:
    if node.op is not MEAN or not node.params[1] or not node.args[0].rank:
        return None
    (x,), (axes, _) = node.args, node.params
    labels, kept = range(x.rank), [a for a in range(x.rank) if a not in axes]
    for moving, still in _divided(x, axes):
        if moving.shape == x.shape:
            total = contract([moving], [labels], kept, dict(enumerate(x.shape)))
            if total in present:
                return _Known(total, still)
    return None


def _divided(x: Node, axes: Sequence[int]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """A product as what varies along the axes and what does not, with less and less in the former."""
    moving, still = _stripped(x, x, axes)
    yield moving, still
    if moving.op is MULTIPLY:
        parts = [((arg, ()), _stripped(arg, x, axes)) for arg in moving.args]
        for (a, first), (b, second) in itertools.product(*parts):
            yield multiply(a, b), (*still, *first, *second)
            yield multiply(b, a), (*still, *first, *second)


def _stripped(x: Node, like: Node, axes: Sequence[int]) -> tuple[Node, tuple[Node, ...]]:
    """A product without the factors that are the same along the axes, and those."""
    found: list[Node] = []
    while x.op is MULTIPLY:
        same = [arg for arg in x.args if _is_same_along(arg, like, axes)]
        if len(same) != 1:
            break
        found += same
        x = x.args[1] if x.args[0] is same[0] else x.args[0]
    return x, tuple(found)


def _is_same_along(factor: Node, x: Node, axes: Sequence[int]) -> bool:
    """One entry for all places along the axes."""
    missing = x.rank - factor.rank
    return all(a < missing or factor.shape[a - missing].is_one for a in axes)


def _rebuilt(roots: Sequence[Node], found: Mapping[Node, _Known]) -> dict[Node, Node]:
    """Node -> what it becomes; a sum comes before the mean that is taken from it."""
    done: dict[Node, Node] = {}
    stack = list(roots)
    while stack:
        node = stack[-1]
        known = found.get(node)
        needed = node.args if known is None else (known.total, *known.still)
        waiting = [n for n in needed if n not in done]
        if node in done or not waiting:
            stack.pop()
            if node not in done:
                new = tuple(done[n] for n in needed)
                done[node] = rebuild(node, new) if known is None else _mean(node, new)
        else:
            stack.extend(waiting)
    return done


def _mean(node: Node, parts: Sequence[Node]) -> Node:
    (x,), (axes, _) = node.args, node.params
    total, *still = parts
    mean = reshape(total, node.shape)
    for factor in still:
        mean = multiply(mean, factor)
    return multiply(mean, divide(constant(1), size_value(product(x.shape[a] for a in axes))))
