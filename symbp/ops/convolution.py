"""Convolution in any number of dimensions, and its transpose: windows, then a contraction.

Arrays are (samples, channels, places…), as in torch; a window of width k reaches
(k - 1)·dilation + 1 places.  y_nop = Σ_cw x_nc(p·stride + w·dilation) W_ocw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add
from symbp.ops.contract import contract
from symbp.ops.registry import function, show, static_int, whole_number
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.padding import pad
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.windows import Frame, fold, windows

Padding = Any


def each_dimension(value: Any, dims: int, what: str) -> tuple[int, ...]:
    """One integer for each dimension, from one for all or a list."""
    listed = list(value) if isinstance(value, tuple | list) else [value] * dims
    if len(listed) == 1:
        listed *= dims
    if len(listed) != dims:
        raise OperandError(f"{what}: {dims} numbers are needed, not {len(listed)}")
    return tuple(static_int(v, what) for v in listed)


def positive(value: Any, dims: int, what: str) -> tuple[int, ...]:
    numbers = each_dimension(value, dims, what)
    if any(v < 1 for v in numbers):
        raise OperandError(f"{what} has to be at least 1, not {min(numbers)}")
    return numbers


def _widths(padding: Padding, reaches: Sequence[Size], strides: Sequence[int], what: str) -> list[Any]:
    """(before, after) for each dimension, from numbers, 'valid' or 'same'."""
    dims = len(reaches)
    if padding == "valid":
        return [(0, 0)] * dims
    if padding == "same":
        if any(s != 1 for s in strides):
            raise OperandError(f"{what}: padding 'same' needs stride 1")
        return [((r - 1) // 2, r - 1 - (r - 1) // 2) for r in reaches]
    if isinstance(padding, str):
        raise OperandError(f"{what}: padding is a number, 'valid' or 'same', not '{padding}'")
    numbers = each_dimension(padding, dims, f"{what}: padding")
    if any(p < 0 for p in numbers):
        raise OperandError(f"{what}: padding cannot be negative")
    return [(p, p) for p in numbers]


def check_places(x: Node, dims: int, what: str) -> None:
    if x.rank != dims + 2:
        raise OperandError(
            f"{what} needs {dims + 2} axes (samples, channels, {dims} of places), not shape {show(x.shape)}",
            hint="a single sample gets its first axis with x[None]" if x.rank == dims + 1 else None,
        )


def frames_over(
    x: Node, widths: Sequence[Size], strides: Sequence[int], dilations: Sequence[int], what: str
) -> list[Frame]:
    """The windows over the places; OperandError where one is larger than its padded axis."""
    frames: list[Frame] = []
    for axis, (width, stride, dilation) in enumerate(zip(widths, strides, dilations, strict=True), start=2):
        reach = (width - 1) * dilation + 1
        lacking = reach - x.shape[axis]
        if lacking.is_at_least(1):
            more = (lacking.constant + 1) // 2 if lacking.is_constant else "more"
            raise OperandError(
                f"{what}: a kernel that reaches {reach} is larger than axis {axis} of size "
                f"{x.shape[axis]}, padding included",
                hint=f"padding by {more} on each side makes room",
            )
        frames.append((axis, width, stride, dilation))
    return frames


# -- convolution --------------------------------------------------------------------------------


def _groups(channels: Size, weights: Size, groups: Size, what: str) -> tuple[Size, Size]:
    """Channels and filters in each group."""
    each, filters = channels.divide(groups), weights.divide(groups)
    if each is None or filters is None:
        which = f"{channels} channels" if each is None else f"{weights} filters"
        raise OperandError(f"{what}: {groups} groups do not divide {which}")
    return each, filters


def _convolution(
    dims: int,
    x: Node,
    weight: Node,
    bias: Node | None,
    stride: Any,
    padding: Padding,
    dilation: Any,
    groups: Any,
) -> Node:
    what = f"conv{dims}d"
    check_places(x, dims, what)
    if weight.rank != dims + 2:
        raise OperandError(
            f"{what}: weights are (filters, channels, {dims} widths), not shape {show(weight.shape)}"
        )
    strides, dilations = (
        positive(stride, dims, f"{what}: stride"),
        positive(dilation, dims, f"{what}: dilation"),
    )
    count = whole_number(groups, f"{what}: groups")
    each, filters = _groups(x.shape[1], weight.shape[0], count, what)
    if each != weight.shape[1]:
        grouped = "" if count.is_one else f" in each of {count} groups"
        raise OperandError(
            f"{what}: the weights {show(weight.shape)} take {weight.shape[1]} channels, "
            f"the input {show(x.shape)} has {each}{grouped}",
            mismatch=(weight.shape[1], each),
        )
    widths = weight.shape[2:]
    reaches = [(w - 1) * d + 1 for w, d in zip(widths, dilations, strict=True)]
    padded = pad(x, [(0, 0), (0, 0), *_widths(padding, reaches, strides, what)])
    seen = windows(padded, frames_over(padded, widths, strides, dilations, what))
    y = _filtered(seen, weight, dims, count, each, filters)
    return y if bias is None else add(y, _channels(bias, dims, weight.shape[0], what))


def _filtered(seen: Node, weight: Node, dims: int, groups: Size, each: Size, filters: Size) -> Node:
    """Σ over the channels of a group and the window, for each filter."""
    places = [f"p{k}" for k in range(dims)]
    window = [f"w{k}" for k in range(dims)]
    if groups.is_one:
        return contract(
            [seen, weight], [["n", "c", *places, *window], ["o", "c", *window]], ["n", "o", *places]
        )
    seen = reshape(seen, (seen.shape[0], groups, each, *seen.shape[2:]))
    weight = reshape(weight, (groups, filters, *weight.shape[1:]))
    labels = [["n", "g", "c", *places, *window], ["g", "o", "c", *window]]
    y = contract([seen, weight], labels, ["n", "g", "o", *places])
    return reshape(y, (y.shape[0], groups * filters, *y.shape[3:]))


def _channels(bias: Node, dims: int, channels: Size, what: str) -> Node:
    if bias.shape != (channels,):
        raise OperandError(f"{what}: the bias needs shape ({channels},), not {show(bias.shape)}")
    return reshape(bias, (channels, *[1] * dims))


@function(
    "conv1d",
    example="conv1d(x, w, b, stride=2, padding=1) | x: n,c,6 | w: k,c,3 | b: k ;"
    " conv1d(x, w, dilation=2, groups=2) | x: n,2*c,7 | w: 4,c,3",
)
def conv1d(
    input: Node,
    weight: Node,
    bias: Node | None = None,
    stride: Any = 1,
    padding: Padding = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> Node:
    """Convolution (without turning the kernel) of (n, c, places) by weights (filters, c/groups, width)."""
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


@function(
    "conv2d",
    example="conv2d(x, w, b, stride=2, padding=1) | x: n,c,5,4 | w: k,c,3,2 | b: k ;"
    " conv2d(x, w, stride=2) | x: n,c,2*h+1,h+2 | w: k,c,3,3 ;"
    " conv2d(x, w, padding='same', dilation=(1, 2), groups=2) | x: n,2*c,4,5 | w: 4,c,2,3 ;"
    " conv2d(x, w, groups=c) | x: n,c,4,5 | w: 2*c,1,2,3",
)
def conv2d(
    input: Node,
    weight: Node,
    bias: Node | None = None,
    stride: Any = 1,
    padding: Padding = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> Node:
    """Convolution of (n, c, h, w) by weights (filters, c/groups, height, width)."""
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


def _transposed(
    dims: int,
    x: Node,
    weight: Node,
    bias: Node | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Node:
    """The adjoint of a convolution as a layer: every place of x adds its weighted kernel."""
    what = f"conv_transpose{dims}d"
    check_places(x, dims, what)
    if weight.rank != dims + 2 or weight.shape[0] != x.shape[1]:
        raise OperandError(
            f"{what}: weights are ({x.shape[1]} channels, filters, {dims} widths), "
            f"not shape {show(weight.shape)}"
        )
    strides, dilations = (
        positive(stride, dims, f"{what}: stride"),
        positive(dilation, dims, f"{what}: dilation"),
    )
    cut, extra = (
        each_dimension(padding, dims, f"{what}: padding"),
        each_dimension(output_padding, dims, f"{what}: output_padding"),
    )
    for e, s, d in zip(extra, strides, dilations, strict=True):
        if not 0 <= e < max(s, d):
            raise OperandError(
                f"{what}: output_padding {e} has to be smaller than stride {s} or dilation {d}"
            )
    count = whole_number(groups, f"{what}: groups")
    each, _ = _groups(x.shape[1], weight.shape[0], count, what)
    parts = _spread(x, weight, dims, count, each)
    frames: list[Frame] = []
    shape = [*parts.shape[:2]]
    for k, (width, s, d) in enumerate(zip(weight.shape[2:], strides, dilations, strict=True)):
        frames.append((k + 2, width, s, d))
        shape.append((x.shape[k + 2] - 1) * s + (width - 1) * d + 1 + extra[k])
    whole = fold(parts, frames, tuple(shape))
    for k, p in enumerate(cut):
        if (2 * p - shape[k + 2]).is_at_least(0):
            raise OperandError(f"{what}: padding {p} leaves nothing of axis {k + 2} of size {shape[k + 2]}")
    kept = [slice(p, size - p) for p, size in zip(cut, shape[2:], strict=True)]
    y = getitem(whole, (slice(None), slice(None), *kept))
    return y if bias is None else add(y, _channels(bias, dims, y.shape[1], what))


def _spread(x: Node, weight: Node, dims: int, groups: Size, each: Size) -> Node:
    """(samples, filters, places…, window…): what each place adds to the places around it."""
    places = [f"p{k}" for k in range(dims)]
    window = [f"w{k}" for k in range(dims)]
    if groups.is_one:
        return contract([x, weight], [["n", "c", *places], ["c", "o", *window]], ["n", "o", *places, *window])
    x = reshape(x, (x.shape[0], groups, each, *x.shape[2:]))
    weight = reshape(weight, (groups, each, *weight.shape[1:]))
    labels = [["n", "g", "c", *places], ["g", "c", "o", *window]]
    y = contract([x, weight], labels, ["n", "g", "o", *places, *window])
    return reshape(y, (y.shape[0], groups * y.shape[2], *y.shape[3:]))


@function(
    "conv_transpose1d",
    example="conv_transpose1d(x, w, b, stride=2, padding=1, output_padding=1) | x: n,c,4 | w: c,k,3 | b: k",
)
def conv_transpose1d(
    input: Node,
    weight: Node,
    bias: Node | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: Any = 1,
    dilation: Any = 1,
) -> Node:
    """Transposed convolution of (n, c, places) by weights (c, filters/groups, width)."""
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@function(
    "conv_transpose2d",
    example="conv_transpose2d(x, w, b, stride=(2, 1), padding=(1, 0)) | x: n,c,3,4 | w: c,k,3,2 | b: k ;"
    " conv_transpose2d(x, w, groups=2, dilation=2) | x: n,2*c,3,4 | w: 2*c,k,3,2",
)
def conv_transpose2d(
    input: Node,
    weight: Node,
    bias: Node | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: Any = 1,
    dilation: Any = 1,
) -> Node:
    """Transposed convolution of (n, c, h, w) by weights (c, filters/groups, height, width)."""
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)
