"""The windows of convolution and pooling: widths, strides, padding and dilation in any number of dimensions.

Arrays are (samples, channels, places…), as in torch; a window of width k reaches
(k - 1)·dilation + 1 places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import show, static_int
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.windows import Frame


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


def padding_widths(padding: Any, reaches: Sequence[Size], strides: Sequence[int], what: str) -> list[Any]:
    """(before, after) for each dimension, from numbers, 'valid' or 'same'."""
    dims = len(reaches)
    if padding == "valid":
        return [(0, 0)] * dims
    if padding == "same":
        if any(s != 1 for s in strides):
            raise OperandError(f"{what}: padding 'same' needs stride 1", hint="give the padding as a number")
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


def in_groups(channels: Size, weights: Size, groups: Size, what: str) -> tuple[Size, Size]:
    """Channels and filters in each group."""
    each, filters = channels.divide(groups), weights.divide(groups)
    if each is None or filters is None:
        which = f"{channels} channels" if each is None else f"{weights} filters"
        raise OperandError(f"{what}: {groups} groups do not divide {which}")
    return each, filters


def bias_of_channels(bias: Node, dims: int, channels: Size, what: str) -> Node:
    if bias.shape != (channels,):
        raise OperandError(f"{what}: the bias needs shape ({channels},), not {show(bias.shape)}")
    return reshape(bias, (channels, *[1] * dims))
