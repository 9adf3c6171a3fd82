"""Arrays with a margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, as_node, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply
from symbp.ops.constant_arrays import full
from symbp.ops.registry import function
from symbp.ops.structure.indexing import flip, getitem
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.positions import Take
from symbp.ops.structure.repeating import repeat
from symbp.ops.structure.slices import take_key
from symbp.ops.structure.structural import Array, SizeOf, Structural


class Pad(Structural):
    """Zeros around an array.  params: (before, after) for each axis."""

    name = "pad"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        key = tuple(
            Take(Size.of(before), 1, size)
            for (before, _), size in zip(node.params[0], node.args[0].shape, strict=True)
        )
        return [take_key(upstream, key)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        widths = [(size(b), size(a)) for b, a in node.params[0]]
        result = np.zeros(
            [n + b + a for n, (b, a) in zip(arrays[0].shape, widths, strict=True)], arrays[0].dtype
        )
        if result.dtype == object and arrays[0].size:
            result[...] = 0 * arrays[0].reshape(-1)[0]
        result[tuple(slice(b, b + n) for n, (b, _) in zip(arrays[0].shape, widths, strict=True))] = arrays[0]
        return result


PAD = Pad()


@function(
    "pad",
    example="pad(x, ((1, 1), (0, 2))) | x: n,m ; pad(x, 1, constant_values=2) | x: n,m ;"
    " pad(x, ((1,), (0,)), constant_values=(3,)) | x: n,m ;"
    " pad(x, ((2, 1), (0, 1)), mode='edge') | x: n,m ; pad(x, ((2, 1), (0, 1)), mode='reflect') | x: 3,4 ;"
    " pad(x, 2, 'symmetric') | x: 3,4 ; pad(x, 2, 'wrap') | x: 3,4",
)
def pad(x: Node, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Node:
    """NumPy's pad: a constant (0 by default), or entries of the array: edge, reflect, symmetric, wrap."""
    widths = _widths(pad_width, x.rank)
    if mode != "constant":
        for axis, (before, after) in enumerate(widths):
            x = _pad_with_entries(x, axis, before, after, mode)
        return x
    if all(b == 0 and a == 0 for b, a in widths):
        return x
    shape = tuple(s + b + a for s, (b, a) in zip(x.shape, widths, strict=True))
    padded = make(PAD, (x,), (widths,), shape, x.dtype)
    while isinstance(constant_values, tuple | list) and len(constant_values) == 1:
        (constant_values,) = constant_values
    value = as_node(constant_values)
    if value is as_node(0):
        return padded
    inside = make(PAD, (full(x.shape, 1),), (widths,), shape)
    return padded + multiply(value, 1 - inside)


def _pad_with_entries(x: Node, axis: int, before: Size, after: Size, mode: str) -> Node:
    """The array between copies of its own entries along one axis."""
    n = x.shape[axis]

    def part(start: Any, stop: Any, turned: bool = False) -> Node:
        piece = getitem(x, (*[slice(None)] * axis, slice(start, stop)))
        return flip(piece, axis) if turned else piece

    if mode == "edge":
        pieces = [repeat(part(0, 1), before, axis), x, repeat(part(n - 1, n), after, axis)]
        return concatenate(pieces, axis)
    far = {"reflect": 1, "symmetric": 0, "wrap": 0}.get(mode)
    if far is None:
        known = "constant, edge, reflect, symmetric or wrap"
        raise OperandError(f"pad: mode '{mode}' is not supported, it is {known}")
    for width in (before, after):
        if (width + far - n - 1).is_at_least(0):
            raise OperandError(f"pad: mode '{mode}' cannot take {width} entries of an axis of size {n}")
    if mode == "wrap":
        return concatenate([part(n - before, n), x, part(0, after)], axis)
    return concatenate([part(far, far + before, True), x, part(n - after - far, n - far, True)], axis)


def _widths(given: Any, rank: int) -> tuple[tuple[Size, Size], ...]:
    if isinstance(given, int | Size):
        given = ((given, given),) * rank
    pairs = [p if isinstance(p, tuple | list) else (p, p) for p in given]
    if len(given) == 2 and not any(isinstance(p, tuple | list) for p in given):
        pairs = [tuple(given)]
    if len(pairs) == 1:
        pairs = pairs * rank
    if len(pairs) != rank:
        raise OperandError(f"pad: {len(pairs)} pairs of widths for an array of rank {rank}")
    widths = tuple((Size.of(p[0]), Size.of(p[-1])) for p in pairs)
    for width in (w for pair in widths for w in pair):
        if width.is_constant and width.constant < 0:
            raise OperandError(
                f"pad: a width cannot be negative, as {width} is", hint="x[1:-1] cuts entries off"
            )
    return widths
