"""Entries of integer arrays as index expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbp.algebra.node import CONSTANT, SIZE, Node
from symbp.algebra.size import Size
from symbp.evidence.index_terms import Affine, Lookup
from symbp.evidence.moves import key_places, reshape_places
from symbp.ops.contract import CONTRACT


def index_value(node: Node, at: Sequence[Affine], below: Mapping[Node, Size]) -> Affine:
    """The entry of an integer array at a place; `below` are numbers that entries stay below."""
    while True:
        at = [Affine.of(0) if s.is_one else a for s, a in zip(node.shape, at, strict=True)]
        known = _known_entry(node, at)
        if known is not None:
            return known
        places = _places_of_argument(node, at)
        if places is None:
            return Affine.of(Lookup(node, tuple(at), below.get(node)))
        node, at = node.args[0], places


def _known_entry(node: Node, at: Sequence[Affine]) -> Affine | None:
    if node.op in (CONSTANT, SIZE):
        (value,) = node.params
        return Affine.of(int(value) if node.op is CONSTANT else value)
    if node.op.name == "arange":
        start, step = node.params
        return at[0].times(Size.of(step)).plus(start)
    if node.op.name == "integer_array" and all(not a.terms and a.const.is_constant for a in at):
        value = node.params[0]
        for a in at:
            value = value[a.const.constant]
        return Affine.of(int(value))
    return None


def _places_of_argument(node: Node, at: Sequence[Affine]) -> Sequence[Affine] | None:
    """Where an operation that only moves entries takes this one from."""
    if node.op.name == "getitem":
        return key_places(node.params[0], at)
    if node.op.name == "reshape":
        return reshape_places(node.args[0].shape, node.shape, at)
    if node.op is CONTRACT and len(node.args) == 1:
        (labels,), out, _ = node.params
        if len(set(out)) == len(out) and set(labels) <= set(out):
            where = dict(zip(out, at, strict=True))
            return [where[label] for label in labels]
    return None
