"""Softmax, its logarithm, and the logarithm of a sum of exponentials."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, multiply, subtract
from symbp.ops.constant_arrays import full
from symbp.ops.elementwise import exp, log
from symbp.ops.reduced_axes import restore_axes
from symbp.ops.registry import Composite, axes_of, axis_of, function
from symbp.ops.sums import sum_


def _soft_axis(axis: Any, dim: Any, rank: int, what: str) -> int:
    if rank == 0:
        raise OperandError(f"{what} needs an array")
    return axis_of(-1 if axis is None and dim is None else (dim if axis is None else axis), rank, what)


def _softmax_closed(x: Node, axis: int, y: Node, g: Node) -> list[Node]:
    return [multiply(y, subtract(g, sum_(multiply(g, y), axis, keepdims=True)))]


SOFTMAX = Composite(
    "softmax", lambda x, axis: divide(exp(x), sum_(exp(x), axis, keepdims=True)), _softmax_closed
)


@function("softmax", example="softmax(x, axis=0) | x: n,m")
def softmax(x: Node, axis: int | None = None, dim: int | None = None) -> Node:
    """p_j = e^{x_j} / Σ_k e^{x_k} along an axis, the last by default."""
    return SOFTMAX([x], (_soft_axis(axis, dim, x.rank, "softmax"),))


def _log_softmax_closed(x: Node, axis: int, y: Node, g: Node) -> list[Node]:
    return [subtract(g, multiply(softmax(x, axis), sum_(g, axis, keepdims=True)))]


LOG_SOFTMAX = Composite(
    "log_softmax",
    lambda x, axis: subtract(x, log(sum_(exp(x), axis, keepdims=True))),
    _log_softmax_closed,
)


@function("log_softmax", example="log_softmax(x, axis=0) | x: n,m")
def log_softmax(x: Node, axis: int | None = None, dim: int | None = None) -> Node:
    """x_j - log Σ_k e^{x_k} along an axis, the last by default."""
    return LOG_SOFTMAX([x], (_soft_axis(axis, dim, x.rank, "log_softmax"),))


LOGSUMEXP = Composite(
    "logsumexp",
    lambda x, axes, keepdims: log(sum_(exp(x), axes, keepdims)),
    lambda x, axes, keepdims, y, g: [multiply(restore_axes(g, axes, x.rank), _softmax_over(x, axes))],
)


def _softmax_over(x: Node, axes: tuple[int, ...]) -> Node:
    """e^x / Σ e^x over one axis or several."""
    return SOFTMAX([x], (axes if len(axes) > 1 else axes[0],)) if axes else full(x.shape, 1)


@function(
    "logsumexp", example="logsumexp(x, axis=1) | x: n,m ; logsumexp(x, axis=(0, 2), keepdims=True) | x: n,m,k"
)
def logsumexp(x: Node, axis: Any = None, keepdims: bool = False, dim: Any = None) -> Node:
    """log Σ e^{x_k} over the axes (all by default)."""
    return LOGSUMEXP([x], (axes_of(axis if dim is None else dim, x.rank, "logsumexp"), keepdims))
