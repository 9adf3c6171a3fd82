"""Norms of vectors and of all entries."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, as_node, number
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, multiply, power
from symbp.ops.compare import abs_, sign
from symbp.ops.elementwise import sqrt
from symbp.ops.extrema import max_, min_
from symbp.ops.reduced_axes import restore_axes
from symbp.ops.registry import Composite, axes_of, function
from symbp.ops.structure.indexing import squeeze
from symbp.ops.sums import sum_

SQUARED_NORM = Composite(
    "squared_norm",
    lambda x: sum_(power(x, 2)),
    lambda x, y, g: [multiply(multiply(2, g), x)],
)


LENGTH = Composite("length", lambda x, axes, keepdims: sqrt(sum_(power(x, 2), axes, keepdims)))
"""√Σx² over axes as one operation, for those who write it: squares of large and small numbers leave
the range of floats.  `norm` is the formula itself."""


def _p_norm_closed(
    x: Node, axes: tuple[int, ...], keepdims: bool, p: Fraction, y: Node, g: Node
) -> list[Node]:
    size, upstream = (restore_axes(n, axes, x.rank) for n in (y, g))
    slope = multiply(power(divide(abs_(x), size), p - 1), sign(x))
    return [multiply(upstream, slope)]


P_NORM = Composite(
    "p_norm",
    lambda x, axes, keepdims, p: power(sum_(power(abs_(x), p), axes, keepdims), 1 / p),
    _p_norm_closed,
)
"""(Σ|x|^p)^(1/p) as one operation, as its powers leave the range of floats."""


@function("squared_norm", "sumsq", example="squared_norm(x) | x: n,m")
def squared_norm(x: Node) -> Node:
    """‖x‖² = Σ x_i² over all entries."""
    x = as_node(x)
    return SQUARED_NORM([x])


@function(
    "norm",
    "linalg.norm",
    example="norm(x) | x: n,m ; norm(x, 1, axis=1) | x: n,m ; norm(x, axis=0, keepdims=True) | x: n,m ;"
    " norm(x, 3) | x: m ; norm(x, 'fro') | x: n,m ; norm(x, inf) | x: 4 ; norm(x, 1) | x: 3,4 ;"
    " norm(x, -inf, axis=1) | x: n,4 ; norm(x, inf, axis=(1, 2)) | x: k,3,4",
)
def norm(x: Node, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    """√Σx² over all entries or along axes; for vectors ord=1 is Σ|x| and p is (Σ|x|^p)^(1/p).

    Of a vector inf is the largest |x|.  Of a matrix 1 is the largest sum of a column of |x| and inf the
    largest of a row.

    Generated files take slope 0 where the norm √Σx² is 0.
    """
    if ord is None or ord == "fro":
        return sqrt(sum_(power(x, 2), axis, keepdims))
    if x.rank != 1 and (axis is None or isinstance(axis, tuple | list)):
        if ord in (1, -1, "inf", "-inf") and (axes := axes_of(axis, x.rank, "norm")) and len(axes) == 2:
            summed = axes[0] if ord in (1, -1) else axes[1]
            best = max_ if ord in (1, "inf") else min_
            lengths = best(sum_(abs_(x), summed, keepdims=True), axes, keepdims=True)
            return lengths if keepdims else squeeze(lengths, axes)
        raise OperandError(
            f"norm(X, {ord}) of a matrix is an operator norm, which is not supported",
            hint="norm(X) is √ΣX², sum(abs(X)) adds up absolute values",
        )
    if ord == 2:
        return sqrt(sum_(power(x, 2), axis, keepdims))
    if ord == 1:
        return sum_(abs_(x), axis, keepdims)
    if ord in ("inf", "-inf"):
        return (max_ if ord == "inf" else min_)(abs_(x), axis, keepdims)
    p = number(as_node(ord)) if isinstance(ord, int | Fraction | Node) else None
    if p is None or p <= 0:
        raise OperandError(
            f"norm: {ord} is no positive number", hint="take 1, 2, inf or another positive number"
        )
    if p.denominator > 2:  # (|x|/‖x‖)^(p - 1) is not shown equal to the slope of the powers
        return power(sum_(power(abs_(x), p), axis, keepdims), 1 / p)
    return P_NORM([x], (axes_of(axis, x.rank, "norm"), keepdims, p))
