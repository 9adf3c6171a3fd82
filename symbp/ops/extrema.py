"""The largest and smallest entries, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node, Operation, make
from symbp.ops.arithmetic import multiply
from symbp.ops.compare import maximum, minimum
from symbp.ops.reduced_axes import reduced_shape, restore_axes
from symbp.ops.registry import axes_of, axis_of, function
from symbp.ops.structure.reshaping import ravel


class Extremum(Operation):
    """max or min over axes.  params: axes, keepdims."""

    def __init__(self, name: str) -> None:
        self.name = name

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        axes, _ = node.params
        (x,) = node.args
        mask = make(FIRST[self.name], (x,), (axes,), x.shape, "bool")
        return [multiply(mask, restore_axes(upstream, axes, x.rank))]


class FirstExtremum(Operation):
    """The mask of the first entry (row-major) that is the max or min over the axes."""

    def __init__(self, name: str) -> None:
        self.name = name


MAX, MIN = Extremum("max"), Extremum("min")


FIRST: dict[str, Operation] = {"max": FirstExtremum("first_max"), "min": FirstExtremum("first_min")}


class ArgExtremum(Operation):
    """The position of the first max or min along one axis.  params: the axis."""

    def __init__(self, name: str) -> None:
        self.name = name


ARGMAX, ARGMIN = ArgExtremum("argmax"), ArgExtremum("argmin")


@function("max", "amax", example="max(x, axis=1) | x: n,m ; max(x, axis=(0, 2)) | x: n,m,k ; max(x) | x: n,m")
def max_(x: Node, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Node:
    """The largest entry; of equal ones the first gets the gradient.  max(x, y) is the maximum."""
    if isinstance(axis, Node):
        return maximum(x, axis)
    if initial is not None:
        return maximum(max_(x, axis, keepdims), initial)
    axes = axes_of(axis, x.rank, "max")
    return make(MAX, (x,), (axes, keepdims), reduced_shape(x, axes, keepdims))


@function("min", "amin", example="min(x, axis=1) | x: n,m ; min(x, (-1, 0), keepdims=True) | x: n,m,k")
def min_(x: Node, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Node:
    """The smallest entry; of equal ones the first gets the gradient.  min(x, y) is the minimum."""
    if isinstance(axis, Node):
        return minimum(x, axis)
    if initial is not None:
        return minimum(min_(x, axis, keepdims), initial)
    axes = axes_of(axis, x.rank, "min")
    return make(MIN, (x,), (axes, keepdims), reduced_shape(x, axes, keepdims))


def _arg(op: Operation, x: Node, axis: int | None, keepdims: bool) -> Node:
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, x.rank, op.name)
    index = make(op, (x,), (at,), reduced_shape(x, (at,), False), "int")
    return restore_axes(index, (at,), x.rank) if keepdims else index


@function("argmax", example="x[0] * argmax(x, axis=0) | x: n,m")
def argmax(x: Node, axis: int | None = None, keepdims: bool = False) -> Node:
    """The position of the largest entry (the first of equal ones); carries no gradient."""
    return _arg(ARGMAX, x, axis, keepdims)


@function("argmin", example="x[0] * argmin(x, axis=0) | x: n,m")
def argmin(x: Node, axis: int | None = None, keepdims: bool = False) -> Node:
    """The position of the smallest entry (the first of equal ones); carries no gradient."""
    return _arg(ARGMIN, x, axis, keepdims)
