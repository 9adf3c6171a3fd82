"""Functions of x[mask]: those of single entries, sums and means; of the others nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node, topological
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import Masked
from symbp.ops.registry import Elementwise
from symbp.ops.sums import sum_


def entrywise(name: str, result: Node, given: Sequence[Any], masks: Sequence[Node]) -> Masked:
    """What a function gives for entries taken by a mask.  NotReadError where it mixes entries."""
    if any(mask is not masks[0] for mask in masks):
        raise NotReadError("entries taken by two different masks do not go together")
    nodes = [g for g in given if isinstance(g, Node)]
    known = {n for n in topological(nodes) if n.shape == masks[0].shape}
    between = [n for n in topological([result]) if n not in known and any(a.rank for a in n.args)]
    inside = [n for n in between if not set(topological([n])) <= set(topological(nodes))]
    if result.shape != masks[0].shape or any(not isinstance(n.op, Elementwise) for n in inside):
        raise NotReadError(f"{name} of entries taken by a mask depends on which they are")
    return Masked(result, masks[0])


def over_mask(name: str, value: Masked, arguments: Sequence[Any], named: dict[str, Any]) -> Node:
    """The sum or the mean of all entries taken by a mask."""
    if arguments or named:
        raise NotReadError(f"{name} along an axis of entries taken by a mask is not read")
    total = sum_(value.node * value.mask)
    return total if name == "sum" else total / sum_(value.mask)
