"""Tests on the data, as `if np.any(x > 0)`, of which random points may meet one side only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.evidence.branches import Branches, Point
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.compare import confirmed, float_gap, points_for
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.evidence.verdict import Counterexample
from symbp.ops.compare import WHERE

SELDOM = "it differs where a test on the data comes out as it seldom does"
PLAIN = 1e-6
"""A relative difference beyond this is looked at with many digits."""


def beyond_unmet_tests(claimed: Node, true: Node) -> Counterexample | None:
    """A difference where a test comes out as it did at no random point; None where there is none."""
    nodes = [claimed, true]
    tests = list(dict.fromkeys(n.args[0] for n in topological(nodes) if n.op is WHERE))
    if not tests or not _unmet(tests, points_for(nodes)):
        return None
    for point in Branches(nodes).points():
        gap = float_gap(claimed, true, point)
        if gap is not None and gap > PLAIN:
            found = confirmed(claimed, true, point)
            if found is not None:
                return found
    return None


def _unmet(tests: list[Node], points: Iterable[Point]) -> bool:
    """Whether there is a test that has come out in one way only."""
    sides: list[set[bool]] = [set() for _ in tests]
    for point in points:
        try:
            values = evaluate(tests, point.values, point.sizes, Floats())
        except (NotEvaluable, KeyError):
            continue
        for met, value in zip(sides, values, strict=True):
            met.update(bool(v) for v in np.unique(np.asarray(value)))
    return any(len(met) < 2 for met in sides)
