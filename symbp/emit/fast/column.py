"""Columns of an array, slices of its last axis, and what is exchanged for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.ops.structure.positions import Take
from symbp.ops.structure.slices import GETITEM, take_key

Exchange = dict[Node, Node]
"""Nodes, and what is to be written in their place."""


@dataclass(frozen=True)
class Column:
    """Entries start … start + width - 1 of the last axis of a base."""

    base: Node
    start: Size
    width: Size


def column_of(node: Node) -> Column | None:
    """The base and the place of a slice of its last axis."""
    if node.op is not GETITEM or not node.rank:
        return None
    (base,), key = node.args, node.params[0]
    if len(key) != base.rank or any(p is None or p.drop for p in key):
        return None
    *others, last = key
    whole = all(p.is_whole(s) for p, s in zip(others, base.shape, strict=False))
    return Column(base, last.start, last.length) if whole and last.step == 1 else None


def columns(base: Node, start: Size, width: Size) -> Node:
    """Some neighbouring columns of an array."""
    key = (*(Take(Size.of(0), 1, s) for s in base.shape[:-1]), Take(start, 1, width))
    return take_key(base, key)


def are_independent(members: Sequence[Node]) -> bool:
    """None of them waits for another."""
    below = set(topological([a for m in members for a in m.args]))
    return not any(m in below for m in members)
