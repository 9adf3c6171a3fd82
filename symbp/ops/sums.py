"""Sums and means over axes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from symbp.algebra.node import Node, Scalar, Shape, as_node
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.ops.arithmetic import divide
from symbp.ops.axes import broadcast_to
from symbp.ops.compare import where as choose
from symbp.ops.contract import contract
from symbp.ops.registry import Composite, axes_of, function


@function("sum", example="sum(x, axis=1) | x: n,m ; sum(x, axis=0, where=x > 0, initial=2) | x: n,m")
def sum_(
    x: Node | Scalar,
    axis: Any = None,
    keepdims: bool = False,
    initial: Node | Scalar = 0,
    where: Node | None = None,
) -> Node:
    """Σ over the given axes (all by default), of the entries where a mask holds if one is given."""
    x = as_node(x)
    if where is not None:
        x = choose(where, x, 0)
    if initial != 0:
        return as_node(initial) + sum_(x, axis, keepdims)
    axes = axes_of(axis, x.rank, "sum")
    labels: list[Hashable] = list(range(x.rank))
    out: list[Hashable]
    if keepdims:
        out = [("kept", a) if a in axes else a for a in range(x.rank)]
    else:
        out = [a for a in labels if a not in axes]
    return contract([x], [labels], out, {("kept", a): Size.of(1) for a in axes})


def sum_to(x: Node, shape: Shape) -> Node:
    """Σ over the axes along which an array of `shape` is broadcast to that of x."""
    offset = x.rank - len(shape)
    out: list[Hashable] = []
    for axis, size in enumerate(shape, start=offset):
        out.append(("kept", axis) if size != x.shape[axis] else axis)
    sizes = {label: Size.of(1) for label in out if isinstance(label, tuple)}
    return contract([x], [range(x.rank)], out, sizes)


Node.operators["sum_to"] = sum_to


def count(x: Node, axis: Any = None) -> Node:
    """The number of entries along the axes, as a number in a formula."""
    return as_node(size_product(x.shape[a] for a in axes_of(axis, x.rank, "mean")))


MEAN = Composite("mean", lambda x, axes, keepdims: divide(sum_(x, axes, keepdims), count(x, axes)))


@function("mean", example="mean(x, axis=1) | x: n,m ; mean(x, where=x > -9) | x: n,m")
def mean(x: Node | Scalar, axis: Any = None, keepdims: bool = False, where: Node | None = None) -> Node:
    """The sum over the axes (all by default), divided by the number of entries.

    With a mask `where`, of the entries where it holds.
    """
    x = as_node(x)
    if where is not None:
        held = broadcast_to(choose(where, 1, 0), x.shape)
        return divide(sum_(x, axis, keepdims, where=where), sum_(held, axis, keepdims))
    return MEAN([x], (axes_of(axis, x.rank, "mean"), keepdims))
