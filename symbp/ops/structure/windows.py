"""Sliding windows, and their adjoint, which adds them up where they overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, Shape, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import axis_of, function
from symbp.ops.structure.structural import Array, SizeOf, Structural


class Windows(Structural):
    """Sliding windows: y[o…, w…] = x[o·stride + w·dilation].

    params: for each window its axis, width, stride and dilation.  The window axes come last.
    """

    name = "windows"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [fold(upstream, node.params[0], node.args[0].shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        x = arrays[0]
        (frames,) = node.params
        for axis, width, stride, dilation in frames:
            n = (x.shape[axis] - (size(width) - 1) * dilation - 1) // stride + 1
            at = np.arange(max(n, 0))[:, None] * stride + np.arange(size(width)) * dilation
            x = np.moveaxis(np.take(x, at, axis=axis), axis + 1, -1)
        return x


class Fold(Structural):
    """The adjoint of Windows: overlapping windows added up.  params: as Windows."""

    name = "fold"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [windows(upstream, node.params[0])]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        y = arrays[0]
        (frames,) = node.params
        rank = len(node.shape)
        for axis, width, stride, dilation in reversed(frames):
            y = np.moveaxis(y, -1, 0)
            shape = list(y.shape[1:])
            count = shape[axis]
            shape[axis] = size(node.shape[axis])
            result = np.zeros(shape, y.dtype)
            for w in range(size(width)):
                at = [slice(None)] * len(shape)
                at[axis] = slice(w * dilation, w * dilation + (count - 1) * stride + 1, stride)
                result[tuple(at)] = result[tuple(at)] + y[w]
            y = result
        assert y.ndim == rank
        return y


WINDOWS, FOLD = Windows(), Fold()


Frame = tuple[int, Size, int, int]


def windows(x: Node, frames: Sequence[Frame]) -> Node:
    """Sliding windows along axes; OperandError where one is larger than its axis."""
    shape = list(x.shape)
    for axis, width, stride, dilation in frames:
        reach = (width - 1) * dilation + 1
        free = x.shape[axis] - reach
        if free.is_constant and free.constant < 0:
            raise OperandError(
                f"a window of {reach} is larger than axis {axis} of size {x.shape[axis]}",
                hint=f"at most {x.shape[axis]} fits",
            )
        shape[axis] = free // stride + 1
    shape += [width for _, width, _, _ in frames]
    return make(WINDOWS, (x,), (tuple(frames),), tuple(shape), x.dtype)


def fold(y: Node, frames: Sequence[Frame], shape: Shape) -> Node:
    """Windows added up into an array of `shape`."""
    return make(FOLD, (y,), (tuple(frames),), shape, y.dtype)


@function("sliding_window_view", example="sliding_window_view(x, (2, 2), axis=(0, 1)) | x: 3,4")
def sliding_window_view(x: Node, window_shape: Any, axis: Any = None) -> Node:
    """NumPy's sliding windows with stride 1; window axes come last."""
    widths = list(window_shape) if isinstance(window_shape, tuple | list) else [window_shape]
    axes = list(range(x.rank)) if axis is None else (list(axis) if isinstance(axis, tuple | list) else [axis])
    if len(axes) != len(widths):
        raise OperandError("sliding_window_view: one axis for each window size")
    frames = [(axis_of(a, x.rank, "windows"), Size.of(w), 1, 1) for a, w in zip(axes, widths, strict=True)]
    return windows(x, frames)
