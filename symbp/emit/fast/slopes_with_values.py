"""The graph pass that works out slopes where their values are: while those are in the cache.

What a gradient needs of a layer may then be one array, where the slope itself would need several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symbp.algebra.node import Node, topological
from symbp.emit.fast.fold_scales import is_number
from symbp.emit.fast.joint import Joint, noted
from symbp.emit.numpy_uses import is_view
from symbp.ops.registry import Elementwise

Readers = Mapping[Node, list[Node]]


def slopes_with_values(joint: Joint) -> Joint:
    """Slopes are scheduled right after what they are made of, where they let go of an array of that."""
    order, forward = joint.order(), set(topological(joint.outputs))
    slopes = _slopes(order, forward)
    readers = _readers(joint, order)
    found = [n for n in order if n in slopes and any(r not in slopes for r in readers[n])]
    while True:
        covered = {n for slope in found for n in _cone(slope, slopes)}
        kept = [n for n in found if _lets_go(n, slopes, covered, forward, readers)]
        if len(kept) == len(found):
            return noted(replace(joint, early=tuple(kept)), "slopes_with_values", f"{len(kept)} slopes")
        found = kept


def _slopes(order: Iterable[Node], forward: set[Node]) -> set[Node]:
    """What gradients need that is worked out entry by entry out of nothing but values."""
    found: set[Node] = set()
    for node in order:
        if node in forward or not node.rank or not isinstance(node.op, Elementwise):
            continue
        if all(a in forward or a in found or (not a.rank and is_number(a)) for a in node.args):
            found.add(node)
    return found


def _readers(joint: Joint, order: Iterable[Node]) -> Readers:
    """Who takes each node; what is returned is taken by itself."""
    readers: dict[Node, list[Node]] = {node: [] for node in order}
    for node in readers:
        for arg in node.args:
            readers[arg].append(node)
    for root in joint.roots:
        readers[root].append(root)
    return readers


def _cone(slope: Node, slopes: set[Node]) -> list[Node]:
    """The slope and the slopes that it is made of."""
    return [n for n in topological([slope], stop=lambda n: n not in slopes) if n in slopes]


def _lets_go(
    slope: Node, slopes: set[Node], covered: set[Node], forward: set[Node], readers: Readers
) -> bool:
    """One of the values that it is made of is needed for nothing else after it."""
    below = [a for n in _cone(slope, slopes) for a in n.args if a in forward]
    values = [v for v in below if v.shape == slope.shape and v.args and not is_view(v)]
    return any(all(r in covered or (r in forward and r is not v) for r in readers[v]) for v in values)
