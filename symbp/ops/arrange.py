"""NumPy's shorthands for joining, cutting and differencing arrays, by the operations of `structure`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, subtract
from symbp.ops.compare import where
from symbp.ops.contract import contract
from symbp.ops.extrema import max_, min_
from symbp.ops.registry import axis_of, function, static_int
from symbp.ops.structure.indexing import expand_dims, getitem
from symbp.ops.structure.integer_arrays import arange
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.reshaping import ravel, reshape
from symbp.ops.sums import sum_


@function("append", example="append(x, y, axis=0) | x: n,m | y: k,m ; append(x, y) | x: n,m | y: k")
def append(x: Node, values: Node, axis: int | None = None) -> Node:
    """values after x along an axis; without one, all entries in one vector."""
    if axis is None:
        return concatenate([ravel(as_node(x)), ravel(as_node(values))], 0)
    return concatenate([x, values], axis)


@function("column_stack", example="column_stack([x, y]) | x: n | y: n,m")
def column_stack(arrays: Sequence[Node]) -> Node:
    """Joined along columns; vectors are columns."""
    return concatenate([expand_dims(a, 1) if a.rank == 1 else a for a in arrays], 1)


@function("dstack", example="dstack([x, y]) | x: n,m | y: n,m")
def dstack(arrays: Sequence[Node]) -> Node:
    """Joined along a third axis."""
    deep = [expand_dims(expand_dims(a, 0), 2) if a.rank == 1 else a for a in arrays]
    return concatenate([expand_dims(a, 2) if a.rank == 2 else a for a in deep], 2)


@function("atleast_1d", example="atleast_1d(x) | x:  ; atleast_1d(x) | x: n")
def atleast_1d(x: Node | Scalar) -> Node:
    """A number as a vector of one entry; arrays as they are."""
    x = as_node(x)
    return x if x.rank else reshape(x, (1,))


@function("atleast_2d", example="atleast_2d(x) | x: n ; atleast_2d(x) | x: n,m")
def atleast_2d(x: Node | Scalar) -> Node:
    """A vector as a row of a matrix."""
    x = as_node(x)
    return x if x.rank > 1 else reshape(x, (1, *(x.shape or (1,))))


@function("diff", example="diff(x) | x: n,4 ; diff(x, 2, axis=0) | x: 5,m")
def diff(x: Node, n: int = 1, axis: int = -1) -> Node:
    """x_{i+1} - x_i along an axis, n times."""
    at = axis_of(axis, x.rank, "diff")
    before = (slice(None),) * at
    for _ in range(static_int(n, "diff: n")):
        x = subtract(getitem(x, (*before, slice(1, None))), getitem(x, (*before, slice(None, -1))))
    return x


@function(
    "trapezoid",
    "trapz",
    example="trapezoid(y) | y: n,4 ; trapezoid(y, x) | y: n,4 | x: 4 ; trapezoid(y, dx=2) | y: 4",
)
def trapezoid(y: Node, x: Node | None = None, dx: Node | Scalar = 1, axis: int = -1) -> Node:
    """The integral by the trapezoidal rule along an axis, with steps dx or at places x."""
    at = axis_of(axis, y.rank, "trapezoid")
    before = (slice(None),) * at
    middle = add(getitem(y, (*before, slice(1, None))), getitem(y, (*before, slice(None, -1))))
    step = as_node(dx)
    if x is not None:
        step = diff(x, axis=-1 if x.rank == 1 else axis)
        if x.rank == 1:
            step = reshape(step, (step.shape[0], *[1] * (y.rank - at - 1)))
    return divide(sum_(multiply(step, middle), at), 2)


@function("ptp", example="ptp(x, axis=1) | x: n,m")
def ptp(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """The largest entry minus the smallest."""
    return subtract(max_(x, axis, keepdims), min_(x, axis, keepdims))


@function("linspace", example="x * linspace(0, 1, 5) | x: 5 ; x * linspace(0, 1, m, endpoint=False) | x: m")
def linspace(start: Node | Scalar, stop: Node | Scalar, num: Any = 50, endpoint: bool = True) -> Node:
    """num numbers at equal distances from start to stop."""
    steps = Size.of(num) - (1 if endpoint else 0)
    if steps.is_constant and steps.constant < 1:
        raise OperandError("linspace needs at least two numbers")
    step = divide(subtract(stop, start), as_node(steps))
    return add(start, multiply(step, arange(num)))


@function(
    "meshgrid", example="meshgrid(x, y)[0] | x: n | y: m ; meshgrid(x, y, indexing='ij')[1] | x: n | y: m"
)
def meshgrid(*arrays: Node, indexing: str = "xy") -> list[Node]:
    """Vectors repeated to a grid; 'xy' has the second vector along the first axis."""
    if any(a.rank != 1 for a in arrays) or indexing not in ("xy", "ij"):
        raise OperandError("meshgrid takes vectors, and indexing 'xy' or 'ij'")
    order = list(range(len(arrays)))
    if indexing == "xy" and len(order) > 1:
        order[0], order[1] = 1, 0
    shape = tuple(arrays[k].shape[0] for k in order)
    return [
        contract([a], [[axis]], range(len(shape)), dict(enumerate(shape)))
        for axis, a in zip(order, arrays, strict=True)
    ]


@function("select", example="select([x > 1, x > 0], [x, 2 * x], 3) | x: n,m")
def select(condlist: Sequence[Node], choicelist: Sequence[Node], default: Node | Scalar = 0) -> Node:
    """For each entry the choice of the first condition that holds, else the default."""
    if len(condlist) != len(choicelist):
        raise OperandError(f"select: {len(condlist)} conditions for {len(choicelist)} choices")
    result = as_node(default)
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result
