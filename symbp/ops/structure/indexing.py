"""x[…] in all its forms, and the functions that are spelled by it."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.axes import transpose
from symbp.ops.registry import axes_of, axis_of, function, static_int
from symbp.ops.structure.gathering import gather
from symbp.ops.structure.integer_arrays import arange, integer_array
from symbp.ops.structure.positions import basic_key
from symbp.ops.structure.reshaping import ravel, reshape
from symbp.ops.structure.slices import take_key


@function("expand_dims", "unsqueeze", example="expand_dims(x, 1) | x: n,m")
def expand_dims(x: Node, axis: Any) -> Node:
    """New axes of size 1."""
    listed = axis if isinstance(axis, tuple | list) else (axis,)
    rank = x.rank + len(listed)
    new = axes_of(tuple(listed), rank, "expand_dims")
    return getitem(x, tuple(None if a in new else slice(None) for a in range(rank)))


@function("squeeze", example="squeeze(x, 1) | x: n,1,m")
def squeeze(x: Node, axis: Any = None) -> Node:
    """Axes of size 1 dropped."""
    if axis is None:
        axes = tuple(a for a, s in enumerate(x.shape) if s.is_one)
    else:
        axes = axes_of(axis, x.rank, "squeeze")
    for a in axes:
        if not x.shape[a].is_one:
            raise OperandError(f"squeeze: axis {a} has size {x.shape[a]}, not 1")
    return getitem(x, tuple(0 if a in axes else slice(None) for a in range(x.rank)))


@function("getitem")
def getitem(x: Node, key: Any) -> Node:
    """NumPy's x[key]: slices with steps, integers, None, Ellipsis, integer arrays, masks."""
    listed = list(key) if isinstance(key, tuple) else [key]
    _check_masks(x, listed)
    parts = [np_index(p) for p in listed]
    if any(isinstance(p, Node) for p in parts):
        return gather(x, parts)
    return take_key(x, basic_key(x, parts))


Node.operators["getitem"] = getitem


def np_index(part: Any) -> Any:
    """Lists of integers are integer arrays; a list of truth values says where its True ones stand."""
    if not isinstance(part, list | tuple) or not part:
        return part
    if all(isinstance(i, bool) for i in part):
        return integer_array(tuple(k for k, chosen in enumerate(part) if chosen))
    listed = _nested(part)
    return part if listed is None else integer_array(listed)


def _check_masks(x: Node, parts: list[Any]) -> None:
    """OperandError for a list of truth values that is not as long as its axis."""
    for k, part in enumerate(parts):
        if not isinstance(part, list | tuple) or not part or not all(isinstance(i, bool) for i in part):
            continue
        from_end = any(p is Ellipsis for p in parts[:k])
        beside = sum(p is not None for p in (parts[k:] if from_end else parts[:k]))
        axis = x.rank - beside if from_end else beside
        if 0 <= axis < x.rank and x.shape[axis] != len(part):
            reason = f"a mask of {len(part)} entries does not fit axis {axis} of size {x.shape[axis]}"
            raise OperandError(reason, hint="one truth value for each entry of the axis")


def _nested(value: Any) -> Any:
    """Lists in lists of integers as tuples in tuples; None for anything else."""
    if not isinstance(value, list | tuple):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    inner = [_nested(v) for v in value]
    even = len({np.shape(v) for v in inner if v is not None}) < 2
    return tuple(inner) if even and None not in inner else None


@function("flip", example="flip(x, axis=1) | x: n,m")
def flip(x: Node, axis: Any = None) -> Node:
    """The order of entries reversed along axes (all by default)."""
    axes = axes_of(axis, x.rank, "flip")
    return getitem(x, tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.rank)))


@function("fliplr", example="fliplr(x) | x: n,m")
def fliplr(x: Node) -> Node:
    """Columns in reverse order."""
    return flip(x, 1)


@function("flipud", example="flipud(x) | x: n,m")
def flipud(x: Node) -> Node:
    """Rows in reverse order."""
    return flip(x, 0)


@function("rot90", example="rot90(x) | x: n,m")
def rot90(x: Node, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Node:
    """Rotated by k quarter turns in the plane of two axes."""
    for _ in range(static_int(k, "rot90: k") % 4):
        order = list(range(x.rank))
        a, b = axis_of(axes[0], x.rank, "rot90"), axis_of(axes[1], x.rank, "rot90")
        order[a], order[b] = order[b], order[a]
        x = flip(transpose(x, tuple(order)), a)
    return x


@function("take", example="take(x, [0, 2, 0], axis=1) | x: 3,4")
def take(x: Node, indices: Any, axis: int | None = None) -> Node:
    """x at integer positions along an axis."""
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, x.rank, "take")
    return getitem(x, (*[slice(None)] * at, np_index(indices) if not isinstance(indices, Node) else indices))


@function(
    "take_along_axis", example="take_along_axis(x, onehot_ids, axis=1) | x: n,m | onehot_ids: n,k index:m"
)
def take_along_axis(x: Node, indices: Node, axis: int) -> Node:
    """x at integer positions along one axis, which differ from place to place."""
    at = axis_of(axis, x.rank, "take_along_axis")
    parts: list[Any] = []
    for a in range(x.rank):
        if a == at:
            parts.append(indices)
        else:
            shape = [Size.of(1)] * x.rank
            shape[a] = indices.shape[a]
            parts.append(reshape(arange(indices.shape[a]), tuple(shape)))
    return gather(x, parts)
