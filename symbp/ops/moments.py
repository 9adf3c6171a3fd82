"""Weighted means, variances and standard deviations."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, multiply, power, subtract
from symbp.ops.axes import broadcast_to
from symbp.ops.elementwise import sqrt
from symbp.ops.reduced_axes import restore_axes
from symbp.ops.registry import Composite, axes_of, axis_of, function, show
from symbp.ops.structure.reshaping import reshape
from symbp.ops.sums import count, mean, sum_


@function("average", example="average(x, axis=0, weights=w) | x: n,m | w: n positive ; average(x) | x: n,m")
def average(x: Node, axis: int | None = None, weights: Node | None = None, keepdims: bool = False) -> Node:
    """The mean, or Σ w x / Σ w with weights of the shape of x or for one axis."""
    if weights is None:
        return mean(x, axis, keepdims)
    if weights.shape != x.shape:
        if axis is None or weights.rank != 1:
            raise OperandError(
                f"average: weights {show(weights.shape)} for an array {show(x.shape)} need an axis"
            )
        after = x.rank - 1 - axis_of(axis, x.rank, "average")
        weights = reshape(weights, (weights.shape[0], *[1] * after))
    weights = broadcast_to(weights, x.shape)
    return divide(sum_(multiply(weights, x), axis, keepdims), sum_(weights, axis, keepdims))


def _var_closed(x: Node, axes: tuple[int, ...], ddof: int, keepdims: bool, y: Node, g: Node) -> list[Node]:
    centred = subtract(x, mean(x, axes, keepdims=True))
    scale = divide(2, subtract(count(x, axes), ddof))
    return [multiply(multiply(scale, restore_axes(g, axes, x.rank)), centred)]


VAR = Composite(
    "var",
    lambda x, axes, ddof, keepdims: divide(
        sum_(power(subtract(x, mean(x, axes, keepdims=True)), 2), axes, keepdims),
        subtract(count(x, axes), ddof),
    ),
    _var_closed,
)


@function("var", example="var(x, axis=1, ddof=1) | x: n,5 ; var(x, axis=(0, 2), keepdims=True) | x: n,m,2")
def var(
    x: Node, axis: Any = None, ddof: int = 0, keepdims: bool = False, correction: int | None = None
) -> Node:
    """The variance Σ(x - mean)²/(n - ddof)."""
    return VAR([x], (axes_of(axis, x.rank, "var"), ddof if correction is None else correction, keepdims))


@function("std", example="std(x, axis=1) | x: n,5")
def std(x: Node, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Node:
    """The standard deviation, the square root of the variance; files take slope 0 where it is 0."""
    return sqrt(var(x, axis, ddof, keepdims))
