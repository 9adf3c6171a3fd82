"""Reductions beyond the sum: largest, product, variance, log-sum-exp, softmax, norms."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, Operation, as_node, make, number
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, multiply, power, subtract
from symbp.ops.compare import abs_, maximum, minimum, sign
from symbp.ops.contract import count, full, mean, sum_
from symbp.ops.elementwise import exp, log, sqrt
from symbp.ops.registry import Composite, axes_of, axis_of, function
from symbp.ops.structure.indexing import flip, getitem
from symbp.ops.structure.reshaping import ravel
from symbp.ops.structure.running_sums import cumsum


def reduced_shape(x: Node, axes: tuple[int, ...], keepdims: bool) -> tuple[Size, ...]:
    one = Size.of(1)
    kept = [(one if a in axes else s) for a, s in enumerate(x.shape) if keepdims or a not in axes]
    return tuple(kept)


def restore_axes(y: Node, axes: tuple[int, ...], rank: int) -> Node:
    """A reduced array with its axes back, of size 1."""
    if y.rank == rank:
        return y
    return getitem(y, tuple(None if a in axes else slice(None) for a in range(rank)))


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
def max_(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The largest entry; of equal ones the first gets the gradient.  max(x, y) is the maximum."""
    if isinstance(axis, Node):
        return maximum(x, axis)
    axes = axes_of(axis, x.rank, "max")
    return make(MAX, (x,), (axes, keepdims), reduced_shape(x, axes, keepdims))


@function("min", "amin", example="min(x, axis=1) | x: n,m ; min(x, (-1, 0), keepdims=True) | x: n,m,k")
def min_(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The smallest entry; of equal ones the first gets the gradient.  min(x, y) is the minimum."""
    if isinstance(axis, Node):
        return minimum(x, axis)
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


# -- products ---------------------------------------------------------------------------------


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


# -- moments ----------------------------------------------------------------------------------


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


# -- log-sum-exp and softmax ------------------------------------------------------------------


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


# -- norms ------------------------------------------------------------------------------------

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
    " norm(x, 3) | x: m ; norm(x, 'fro') | x: n,m",
)
def norm(x: Node, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    """√Σx² over all entries or along axes; for vectors ord=1 is Σ|x| and p is (Σ|x|^p)^(1/p).

    Generated files take slope 0 where the norm √Σx² is 0.
    """
    if ord is None or ord == "fro":
        return sqrt(sum_(power(x, 2), axis, keepdims))
    if x.rank != 1 and (axis is None or isinstance(axis, tuple | list)):
        raise OperandError(
            f"norm(X, {ord}) of a matrix is an operator norm, which is not supported",
            hint="norm(X) is √ΣX², sum(abs(X)) adds up absolute values",
        )
    if ord == 2:
        return sqrt(sum_(power(x, 2), axis, keepdims))
    if ord == 1:
        return sum_(abs_(x), axis, keepdims)
    p = number(as_node(ord)) if isinstance(ord, int | Fraction | Node) else None
    if p is None or p <= 0:
        raise OperandError(f"norm: {ord} is no positive number")
    if p.denominator > 2:  # (|x|/‖x‖)^(p - 1) is not shown equal to the slope of the powers
        return power(sum_(power(abs_(x), p), axis, keepdims), 1 / p)
    return P_NORM([x], (axes_of(axis, x.rank, "norm"), keepdims, p))
