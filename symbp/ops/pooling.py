"""Pooling in any number of dimensions: windows, then the largest entry or the mean."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, subtract
from symbp.ops.constant_arrays import full
from symbp.ops.extrema import max_, min_
from symbp.ops.kernels import check_places, each_dimension, frames_over, positive
from symbp.ops.registry import function, function_of_dimensions
from symbp.ops.structure.padding import pad
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.stopped import without_slope
from symbp.ops.structure.windows import windows
from symbp.ops.sums import mean, sum_


def _pooling_windows(
    dims: int, x: Node, kernel: Any, stride: Any, padding: Any, dilation: Any, what: str, outside: Node
) -> Node:
    """(samples, channels, places…, window…) of the padded input."""
    check_places(x, dims, what)
    widths = positive(kernel, dims, f"{what}: kernel_size")
    strides = positive(kernel if stride is None else stride, dims, f"{what}: stride")
    dilations = positive(dilation, dims, f"{what}: dilation")
    around = each_dimension(padding, dims, f"{what}: padding")
    for p, w in zip(around, widths, strict=True):
        if not 0 <= p <= w // 2:
            raise OperandError(
                f"{what}: padding {p} is more than half of the kernel {w}", hint=f"at most {w // 2} fits"
            )
    padded = pad(x, [(0, 0), (0, 0), *((p, p) for p in around)], constant_values=outside)
    sizes = [Size.of(w) for w in widths]
    return windows(padded, frames_over(padded, sizes, strides, dilations, what))


@function_of_dimensions(
    "max_pool{}d",
    {
        1: "max_pool1d(x, 2) | x: n,c,6 ; max_pool1d(x, 3, stride=1, padding=1) | x: n,c,5",
        2: "max_pool2d(x, 2) | x: n,c,2*h,2*m ; max_pool2d(x, 3, stride=2, padding=1) | x: n,c,5,6",
    },
)
def max_pool(
    dims: int,
    input: Node,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Node:
    """The largest entry of each window; of equal ones the first gets the gradient.

    Outside the image stands a number below all entries, so that it is never chosen.
    """
    what = f"max_pool{dims}d"
    _no_ceil(ceil_mode, what)
    below = as_node(0)
    if padding != 0:
        check_places(input, dims, what)
        below = subtract(without_slope(min_(input, tuple(range(2, input.rank)), keepdims=True)), 1)
    seen = _pooling_windows(dims, input, kernel_size, stride, padding, dilation, what, below)
    return max_(seen, tuple(range(dims + 2, 2 * dims + 2)))


def _avg_pool(
    dims: int, x: Node, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, include: bool, divisor: Any
) -> Node:
    what = f"avg_pool{dims}d"
    _no_ceil(ceil_mode, what)
    seen = _pooling_windows(dims, x, kernel, stride, padding, 1, what, as_node(0))
    axes = tuple(range(dims + 2, 2 * dims + 2))
    if divisor is not None:
        return divide(sum_(seen, axes), divisor)
    if include or padding == 0:
        return mean(seen, axes)
    inside = _pooling_windows(dims, full(x.shape, 1), kernel, stride, padding, 1, what, as_node(0))
    return divide(sum_(seen, axes), sum_(inside, axes))


def _no_ceil(ceil_mode: bool, what: str) -> None:
    if ceil_mode:
        raise OperandError(
            f"{what}: ceil_mode is not supported", hint="pad the input on its far side instead"
        )


@function(
    "avg_pool1d", example="avg_pool1d(x, 2) | x: n,c,6 ; avg_pool1d(x, 3, stride=1, padding=1) | x: n,c,5"
)
def avg_pool1d(
    input: Node,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Node:
    """The mean of each window."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@function(
    "avg_pool2d",
    example="avg_pool2d(x, 2) | x: n,c,4,6 ;"
    " avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False) | x: n,c,5,6",
)
def avg_pool2d(
    input: Node,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Node | Scalar | None = None,
) -> Node:
    """The mean of each window; padding counts as zeros unless count_include_pad is False."""
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@function(
    "adaptive_avg_pool2d",
    example="adaptive_avg_pool2d(x, 2) | x: n,c,4,6 ; adaptive_avg_pool2d(x, 1) | x: n,c,k,m",
)
def adaptive_avg_pool2d(input: Node, output_size: Any) -> Node:
    """Means of blocks, so many along each axis; the sizes have to divide."""
    what = "adaptive_avg_pool2d"
    check_places(input, 2, what)
    shape: list[Any] = list(input.shape[:2])
    for parts, size in zip(positive(output_size, 2, f"{what}: output_size"), input.shape[2:], strict=True):
        each = size.divide(Size.of(parts))
        if each is None:
            raise OperandError(f"{what}: {parts} blocks do not divide an axis of size {size}")
        shape += [parts, each]
    return mean(reshape(input, tuple(shape)), (3, 5))
