"""Whether two formulas are equal at random points, where no counterexample has to be shown."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.evidence.compare import NEAR_ZERO, find_difference, float_gap, points_for

PLAIN = 1e-3
"""A relative difference beyond this is none of rounding, so that it needs no further digits."""


def same(a: Node, b: Node) -> bool:
    """Equal at all random points that could be used."""
    if a.shape != b.shape:
        return False
    gaps = (float_gap(a, b, point, NEAR_ZERO) for point in points_for([a, b], 1))
    if any(gap is not None and gap > PLAIN for gap in gaps):
        return False
    found, points = find_difference(a, b)
    return found is None and points > 0
