"""Indexing by integer arrays, and its adjoint, which adds up where an index is repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, Shape, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import broadcast_shapes
from symbp.ops.structure.integer_arrays import ARANGE, INTEGER_ARRAY
from symbp.ops.structure.positions import basic_key, fill_ellipsis, from_end
from symbp.ops.structure.slices import take_key
from symbp.ops.structure.structural import Array, SizeOf, Structural
from symbp.ops.structure.whole_numbers import as_index


class Gather(Structural):
    """Integer-array indexing: y[o…, rest] = x[i1[o…], i2[o…], …, rest].

    params: the axes of x that the index arrays stand for, and the place of the index axes in the
    result.  Index arrays broadcast against each other; the first argument is x.
    """

    name = "gather"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        x, *indices = node.args
        scattered = make(SCATTER, (upstream, *indices), node.params, x.shape)
        return [scattered, *(None for _ in indices)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.asarray(arrays[0][_numpy_key(node, arrays[0].ndim, arrays[1:])])


class Scatter(Structural):
    """The adjoint of Gather: zeros, with the argument added at the indices (repeats add up)."""

    name = "scatter"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        g, *indices = node.args
        gathered = make(GATHER, (upstream, *indices), node.params, g.shape)
        return [gathered, *(None for _ in indices)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        added = np.asarray(arrays[0])
        result = np.zeros(tuple(size(s) for s in node.shape), dtype=added.dtype)
        np.add.at(result, _numpy_key(node, result.ndim, arrays[1:]), added)
        return result


GATHER, SCATTER = Gather(), Scatter()


def _numpy_key(node: Node, rank: int, indices: Sequence[Array]) -> tuple[Any, ...]:
    axes = node.params[0]
    key: list[Any] = [slice(None)] * rank
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = index
    return tuple(key)


def gather(x: Node, parts: list[Any]) -> Node:
    """Integer-array indexing, possibly beside slices; integers count as index arrays."""
    if any(p is None for p in parts):
        parts = fill_ellipsis(parts, x.rank, x)
        x = take_key(x, basic_key(x, [None if p is None else slice(None) for p in parts]))
        parts = [slice(None) if p is None else p for p in parts]
    filled = fill_ellipsis(parts, x.rank, x)
    filled = [_as_index(p) if isinstance(p, Node) else p for p in filled]
    partial = [p if isinstance(p, slice) else slice(None) for p in filled]
    if any(p != slice(None) for p in partial):
        x = take_key(x, basic_key(x, partial))
    axes = [a for a, p in enumerate(filled) if not isinstance(p, slice)]
    indices = [p if isinstance(p := filled[a], Node) else _integer(p, x.shape[a]) for a in axes]
    where_shape: Shape = ()
    for index in indices:
        where_shape = broadcast_shapes(where_shape, index.shape, "index arrays")
    contiguous = axes == list(range(axes[0], axes[0] + len(axes)))
    at = axes[0] if contiguous else 0
    rest = [s for a, s in enumerate(x.shape) if a not in axes]
    shape = (*rest[:at], *where_shape, *rest[at:])
    return make(GATHER, (x, *indices), (tuple(axes), at), shape, x.dtype)


def _as_index(part: Node) -> Node:
    if part.dtype == "bool":
        raise OperandError(
            "a mask as an index has no shape that is known beforehand",
            hint="multiply by the mask, or use where(mask, x, 0)",
        )
    return as_index(part)


def _integer(value: Any, size: Size) -> Node:
    """An integer index beside index arrays."""
    at = from_end(Size.of(value), size)
    if at.is_constant:
        return make(INTEGER_ARRAY, (), (at.constant,), (), "int")
    return make(ARANGE, (), (at, 1), (Size.of(1),), "int")
