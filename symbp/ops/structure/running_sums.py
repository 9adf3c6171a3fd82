"""Sums of all entries up to each one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbp.algebra.node import Node, make
from symbp.ops.registry import axis_of, function
from symbp.ops.structure.reshaping import ravel
from symbp.ops.structure.structural import Array, SizeOf, Structural


class CumSum(Structural):
    """y_i = Σ_{j <= i} x_j along an axis; params: the axis, and whether from the other end."""

    name = "cumsum"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        axis, from_end = node.params
        return [make(CUMSUM, (upstream,), (axis, not from_end), node.shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        axis, from_end = node.params
        x = np.flip(arrays[0], axis) if from_end else arrays[0]
        y = np.cumsum(x, axis=axis)
        return np.flip(y, axis) if from_end else y


CUMSUM = CumSum()


@function("cumsum", example="cumsum(x, axis=1) | x: n,m")
def cumsum(x: Node, axis: int | None = None) -> Node:
    """Sums of all entries up to each one, along an axis."""
    if axis is None:
        x, axis = ravel(x), 0
    return make(CUMSUM, (x,), (axis_of(axis, x.rank, "cumsum"), False), x.shape)
