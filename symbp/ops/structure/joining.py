"""Arrays side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, as_node, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import axis_of, function, show
from symbp.ops.structure.indexing import expand_dims
from symbp.ops.structure.positions import Take
from symbp.ops.structure.reshaping import ravel
from symbp.ops.structure.slices import take_key
from symbp.ops.structure.structural import Array, SizeOf, Structural


class Concatenate(Structural):
    """Arrays one after the other along an axis.  params: the axis."""

    name = "concatenate"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        (axis,) = node.params
        result: list[Node | None] = []
        start = Size.of(0)
        for arg in node.args:
            length = arg.shape[axis]
            key = [Take(Size.of(0), 1, s) for s in upstream.shape]
            key[axis] = Take(start, 1, length)
            result.append(take_key(upstream, tuple(key)) if arg.dtype == "real" else None)
            start = start + length
        return result

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.concatenate(list(arrays), axis=node.params[0])


CONCATENATE = Concatenate()


@function("concatenate", "concat", "cat", example="concatenate([x, y], axis=1) | x: n,m | y: n,k")
def concatenate(arrays: Sequence[Node], axis: int | None = 0) -> Node:
    """Arrays joined along an existing axis."""
    parts = [as_node(a) for a in arrays]
    if not parts:
        raise OperandError("concatenate needs at least one array")
    rank = parts[0].rank
    if axis is None:
        parts, axis, rank = [ravel(p) for p in parts], 0, 1
    at = axis_of(axis, rank, "concatenate")
    first = parts[0].shape
    for part in parts[1:]:
        if part.rank != rank or any(
            s != t for i, (s, t) in enumerate(zip(part.shape, first, strict=False)) if i != at
        ):
            hint = "x[:, None] gives x another axis"
            if part.rank == rank:
                hint = "the other axes have to be of the same sizes"
            reason = f"concatenate: {show(first)} and {show(part.shape)} differ off axis {at}"
            raise OperandError(reason, hint=hint)
    parts = [p for p in parts if p.shape[at] != 0] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    total = parts[0].shape[at]
    for part in parts[1:]:
        total = total + part.shape[at]
    return make(CONCATENATE, tuple(parts), (at,), (*first[:at], total, *first[at + 1 :]), parts[0].dtype)


@function("stack", example="stack([x, y], axis=0) | x: n,m | y: n,m")
def stack(arrays: Sequence[Node], axis: int = 0) -> Node:
    """Arrays of one shape joined along a new axis."""
    parts = [as_node(a) for a in arrays]
    if not parts or any(p.shape != parts[0].shape for p in parts):
        shapes = " and ".join(dict.fromkeys(show(p.shape) for p in parts)) or "none"
        hint = "concatenate joins arrays of different lengths along an axis"
        raise OperandError(f"stack needs arrays of one shape, not {shapes}", hint=hint)
    at = axis_of(axis, parts[0].rank + 1, "stack")
    return concatenate([expand_dims(p, at) for p in parts], at)


@function("hstack", example="hstack([x, y]) | x: n,m | y: n,k")
def hstack(arrays: Sequence[Node]) -> Node:
    """Joined along columns (along the only axis for vectors)."""
    return concatenate(arrays, 0 if as_node(arrays[0]).rank == 1 else 1)


@function("vstack", example="vstack([x, y]) | x: n,m | y: k,m")
def vstack(arrays: Sequence[Node]) -> Node:
    """Joined along rows; vectors are rows."""
    parts = [as_node(a) for a in arrays]
    return concatenate([expand_dims(p, 0) if p.rank == 1 else p for p in parts], 0)


@function("copy", "ascontiguousarray", "asarray", "array", example="copy(x) | x: n,m")
def copy(x: Any, dtype: Any = None) -> Node:
    """x itself: values, not places, are what equations speak of."""
    if isinstance(x, list | tuple):
        return stack([copy(part) for part in x])
    return as_node(x)
