"""The adjoint of a convolution as a layer: every place adds its weighted kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add
from symbp.ops.contract import contract
from symbp.ops.kernels import bias_of_channels, check_places, each_dimension, in_groups, positive
from symbp.ops.registry import function_of_dimensions, show, whole_number
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.windows import Frame, fold


@function_of_dimensions(
    "conv_transpose{}d",
    {
        1: "conv_transpose1d(x, w, b, stride=2, padding=1, output_padding=1) | x: n,c,4 | w: c,k,3 | b: k",
        2: "conv_transpose2d(x, w, b, stride=(2, 1), padding=(1, 0)) | x: n,c,3,4 | w: c,k,3,2 | b: k ;"
        " conv_transpose2d(x, w, groups=2, dilation=2) | x: n,2*c,3,4 | w: 2*c,k,3,2",
    },
)
def transposed_convolution(
    dims: int,
    input: Node,
    weight: Node,
    bias: Node | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: Any = 1,
    dilation: Any = 1,
) -> Node:
    """Transposed convolution of (n, c, places…) by weights (c, filters/groups, widths…)."""
    what = f"conv_transpose{dims}d"
    check_places(input, dims, what)
    if weight.rank != dims + 2 or weight.shape[0] != input.shape[1]:
        raise OperandError(
            f"{what}: weights are ({input.shape[1]} channels, filters, {dims} widths), "
            f"not shape {show(weight.shape)}"
        )
    strides = positive(stride, dims, f"{what}: stride")
    dilations = positive(dilation, dims, f"{what}: dilation")
    cut = each_dimension(padding, dims, f"{what}: padding")
    extra = each_dimension(output_padding, dims, f"{what}: output_padding")
    for e, s, d in zip(extra, strides, dilations, strict=True):
        if not 0 <= e < max(s, d):
            raise OperandError(
                f"{what}: output_padding {e} has to be smaller than stride {s} or dilation {d}"
            )
    count = whole_number(groups, f"{what}: groups")
    each, _ = in_groups(input.shape[1], weight.shape[0], count, what)
    parts = _spread(input, weight, dims, count, each)
    frames: list[Frame] = []
    shape = [*parts.shape[:2]]
    for k, (width, s, d) in enumerate(zip(weight.shape[2:], strides, dilations, strict=True)):
        frames.append((k + 2, width, s, d))
        shape.append((input.shape[k + 2] - 1) * s + (width - 1) * d + 1 + extra[k])
    y = _without_margins(fold(parts, frames, tuple(shape)), cut, what)
    return y if bias is None else add(y, bias_of_channels(bias, dims, y.shape[1], what))


def _without_margins(whole: Node, cut: Sequence[int], what: str) -> Node:
    """The places that padding leaves.  OperandError where it leaves none."""
    sizes = whole.shape[2:]
    for axis, (p, size) in enumerate(zip(cut, sizes, strict=True), start=2):
        if (2 * p - size).is_at_least(0):
            raise OperandError(f"{what}: padding {p} leaves nothing of axis {axis} of size {size}")
    kept = [slice(p, size - p) for p, size in zip(cut, sizes, strict=True)]
    return getitem(whole, (slice(None), slice(None), *kept))


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
