"""The axes that a reduction takes away, and how they come back with size 1."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.ops.structure.indexing import getitem


def reduced_shape(x: Node, axes: tuple[int, ...], keepdims: bool) -> tuple[Size, ...]:
    one = Size.of(1)
    kept = [(one if a in axes else s) for a, s in enumerate(x.shape) if keepdims or a not in axes]
    return tuple(kept)


def restore_axes(y: Node, axes: tuple[int, ...], rank: int) -> Node:
    """A reduced array with its axes back, of size 1."""
    if y.rank == rank:
        return y
    return getitem(y, tuple(None if a in axes else slice(None) for a in range(rank)))
