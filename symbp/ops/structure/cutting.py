"""Arrays cut along an axis, and put together in another order."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import axis_of, function, static_int
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.reshaping import ravel, reshape


@function("split", example="split(x, 2, axis=1)[0] | x: n,2*m ; split(x, [1, 3], 1)[1] | x: n,4")
def split(x: Node, indices_or_sections: Any, axis: int = 0, dim: int | None = None) -> list[Node]:
    """Equal parts along an axis, or parts that end at the given positions."""
    at = axis_of(axis if dim is None else dim, x.rank, "split")
    size = x.shape[at]
    if isinstance(indices_or_sections, tuple | list):
        return _cut(x, at, [Size.of(e) for e in indices_or_sections])
    parts = static_int(indices_or_sections, "split: the number of parts")
    each = size.divide(Size.of(parts)) if parts > 0 else None
    if each is None:
        hint = f"a size that {parts} divides is written such as {parts}*h" if parts > 0 else None
        raise OperandError(f"split: {size} does not divide into {parts} equal parts", hint=hint)
    return _cut(x, at, [each * k for k in range(1, parts)])


def _cut(x: Node, axis: int, ends: list[Size]) -> list[Node]:
    """The parts between positions along an axis."""
    starts, stops = [Size.of(0), *ends], [*ends, x.shape[axis]]
    before = [slice(None)] * axis
    return [getitem(x, (*before, slice(a, b))) for a, b in zip(starts, stops, strict=True)]


@function("array_split", example="array_split(x, 3)[1] | x: 7,m")
def array_split(x: Node, indices_or_sections: Any, axis: int = 0) -> list[Node]:
    """split, where the first parts are longer by one if the size does not divide."""
    at = axis_of(axis, x.rank, "array_split")
    size = x.shape[at]
    if isinstance(indices_or_sections, tuple | list) or not size.is_constant:
        return split(x, indices_or_sections, axis)
    parts = static_int(indices_or_sections, "array_split: the number of parts")
    if parts < 1:
        raise OperandError(f"array_split: the number of parts is at least 1, not {parts}")
    each, longer = divmod(size.constant, parts)
    return _cut(x, at, [Size.of(each * k + min(k, longer)) for k in range(1, parts)])


@function("hsplit", example="hsplit(x, 2)[1] | x: n,2*m")
def hsplit(x: Node, indices_or_sections: Any) -> list[Node]:
    """split along columns (along the only axis of a vector)."""
    return split(x, indices_or_sections, 0 if x.rank == 1 else 1)


@function("vsplit", example="vsplit(x, 2)[1] | x: 2*n,m")
def vsplit(x: Node, indices_or_sections: Any) -> list[Node]:
    """split along rows."""
    return split(x, indices_or_sections, 0)


@function(
    "roll",
    example="roll(x, 1, axis=1) | x: n,m ; roll(x, (1, -5), axis=(0, 1)) | x: n,3 ; roll(x, 1) | x: n,m",
)
def roll(x: Node, shift: Any, axis: Any = None) -> Node:
    """Entries moved along an axis, those that fall off come in at the other end."""
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape)
    if isinstance(axis, tuple | list):
        shifts = shift if isinstance(shift, tuple | list) else [shift] * len(axis)
        if len(shifts) != len(axis):
            raise OperandError(f"roll: {len(shifts)} shifts for {len(axis)} axes")
        for s, a in zip(shifts, axis, strict=True):
            x = roll(x, s, a)
        return x
    at = axis_of(axis, x.rank, "roll")
    by, size = static_int(shift, "roll: the shift"), x.shape[at]
    if size.is_constant:
        by = by % size.constant if size.constant else 0
    if by == 0:
        return x
    before = [slice(None)] * at
    return concatenate([getitem(x, (*before, slice(-by, None))), getitem(x, (*before, slice(None, -by)))], at)
