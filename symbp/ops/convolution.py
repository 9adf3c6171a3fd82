"""Convolution in any number of dimensions: windows, then a contraction.

y_nop = Σ_cw x_nc(p·stride + w·dilation) W_ocw.
"""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add
from symbp.ops.contract import contract
from symbp.ops.kernels import bias_of_channels, check_places, frames_over, in_groups, padding_widths, positive
from symbp.ops.registry import function_of_dimensions, show, whole_number
from symbp.ops.structure.padding import pad
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.windows import windows


@function_of_dimensions(
    "conv{}d",
    {
        1: "conv1d(x, w, b, stride=2, padding=1) | x: n,c,6 | w: k,c,3 | b: k ;"
        " conv1d(x, w, dilation=2, groups=2) | x: n,2*c,7 | w: 4,c,3",
        2: "conv2d(x, w, b, stride=2, padding=1) | x: n,c,5,4 | w: k,c,3,2 | b: k ;"
        " conv2d(x, w, stride=2) | x: n,c,2*h+1,h+2 | w: k,c,3,3 ;"
        " conv2d(x, w, padding='same', dilation=(1, 2), groups=2) | x: n,2*c,4,5 | w: 4,c,2,3 ;"
        " conv2d(x, w, groups=c) | x: n,c,4,5 | w: 2*c,1,2,3",
    },
)
def convolution(
    dims: int,
    input: Node,
    weight: Node,
    bias: Node | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> Node:
    """Convolution (without turning the kernel) of (n, c, places…) by weights (filters, c/groups, widths…)."""
    what = f"conv{dims}d"
    check_places(input, dims, what)
    if weight.rank != dims + 2:
        raise OperandError(
            f"{what}: weights are (filters, channels, {dims} widths), not shape {show(weight.shape)}"
        )
    strides = positive(stride, dims, f"{what}: stride")
    dilations = positive(dilation, dims, f"{what}: dilation")
    count = whole_number(groups, f"{what}: groups")
    each, filters = in_groups(input.shape[1], weight.shape[0], count, what)
    if each != weight.shape[1]:
        grouped = "" if count.is_one else f" in each of {count} groups"
        raise OperandError(
            f"{what}: the weights {show(weight.shape)} take {weight.shape[1]} channels, "
            f"the input {show(input.shape)} has {each}{grouped}",
            mismatch=(weight.shape[1], each),
        )
    widths = weight.shape[2:]
    reaches = [(w - 1) * d + 1 for w, d in zip(widths, dilations, strict=True)]
    padded = pad(input, [(0, 0), (0, 0), *padding_widths(padding, reaches, strides, what)])
    seen = windows(padded, frames_over(padded, widths, strides, dilations, what))
    y = _filtered(seen, weight, dims, count, each, filters)
    return y if bias is None else add(y, bias_of_channels(bias, dims, weight.shape[0], what))


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
