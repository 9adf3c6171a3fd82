"""Products of entries along axes, whole and running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node, Operation, make
from symbp.ops.arithmetic import divide, multiply
from symbp.ops.reduced_axes import reduced_shape, restore_axes
from symbp.ops.registry import Composite, axes_of, axis_of, function
from symbp.ops.structure.indexing import flip
from symbp.ops.structure.reshaping import ravel
from symbp.ops.structure.running_sums import cumsum


class Product(Operation):
    """Π over axes.  params: axes, keepdims."""

    name = "prod"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        axes, _ = node.params
        (x,) = node.args
        others = OTHERS([x], (axes,))
        return [multiply(restore_axes(upstream, axes, x.rank), others)]


PROD = Product()


@function("prod", "product", example="prod(x, axis=1) | x: n,m ; prod(x, axis=(0, 2)) | x: n,m,k")
def prod(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The product of the entries."""
    axes = axes_of(axis, x.rank, "prod")
    return make(PROD, (x,), (axes, keepdims), reduced_shape(x, axes, keepdims))


OTHERS = Composite("prod_others", lambda x, axes: divide(prod(x, axes, True), x))
"""The product of all other entries along the axes; finite where entries are 0."""


class CumProd(Operation):
    """y_i = Π_{j <= i} x_j along an axis.  params: the axis."""

    name = "cumprod"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        (axis,) = node.params
        (x,) = node.args
        tail = flip(cumsum(flip(multiply(upstream, node), axis), axis), axis)
        return [divide(tail, x)]


CUMPROD = CumProd()


@function("cumprod", example="cumprod(x, axis=1) | x: n,m positive")
def cumprod(x: Node, axis: int | None = None) -> Node:
    """Products of all entries up to each one, along an axis.  The gradient needs non-zero entries."""
    if axis is None:
        x, axis = ravel(x), 0
    return make(CUMPROD, (x,), (axis_of(axis, x.rank, "cumprod"),), x.shape)
