"""Many formulas at the same random points, worked out together: what they share is computed once."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.audit.same import PLAIN, same
from symbp.evidence.branches import Point
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.compare import FLOAT_TOLERANCE, NEAR_ZERO, points_for
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats

Array = np.ndarray[Any, Any]
POINTS = 6
ROUNDING = 1e-8
"""A relative difference beyond this is hardly rounding; at two points it is taken for none."""


class Sampled:
    """The values of formulas, and of what is built on them, at random points.

    >>> from symbp.algebra.node import leaf
    >>> x = leaf("x", ())
    >>> Sampled([x * x, x]).differ(x * x, x)
    True
    """

    def __init__(self, roots: Sequence[Node]) -> None:
        self.roots = list(dict.fromkeys(roots))
        self.leaves = {n for n in topological(roots) if n.is_leaf}
        self.points = list(points_for(roots, POINTS))
        self.known: dict[int, dict[Node, Any]] = {}

    def values(self, nodes: Sequence[Node], count: int = POINTS) -> Iterator[tuple[Point, list[Array]]]:
        """Points at which all of these have a value, with the values.  All leaves have to be known here."""
        for k, point in enumerate(self.points[:count]):
            try:
                with np.errstate(all="ignore"):
                    found = evaluate(nodes, self._known(k), point.sizes, Floats())
            except NotEvaluable:
                continue
            shapes = [tuple(s.value(point.sizes) for s in n.shape) for n in nodes]
            numbers = [np.asarray(v, float) for v in found]
            yield point, [np.broadcast_to(v, s) for v, s in zip(numbers, shapes, strict=True)]

    def _known(self, k: int) -> dict[Node, Any]:
        """The values of the formulas at one point; of the leaves alone where one of them has none."""
        if k not in self.known:
            point = self.points[k]
            self.known[k] = dict(point.values)
            with contextlib.suppress(NotEvaluable):
                found = evaluate(self.roots, point.values, point.sizes, Floats())
                self.known[k] |= dict(zip(self.roots, found, strict=True))
        return self.known[k]

    def knows(self, *nodes: Node) -> bool:
        """Whether these are made of leaves that have values here."""
        return all(n in self.leaves for n in topological(nodes) if n.is_leaf)

    def differ(self, a: Node, b: Node) -> bool | None:
        """Whether two formulas differ, plainly or beyond rounding twice; None where that is open."""
        largest, beyond = None, 0
        for _, (x, y) in self.values([a, b]):
            gap = _gap(x, y)
            if gap == math.inf:
                return None
            if gap is not None:
                largest, beyond = max(gap, largest or 0.0), beyond + (gap > ROUNDING)
                if gap > PLAIN or beyond > 1:
                    return True
        return False if largest is not None and largest <= FLOAT_TOLERANCE else None

    def same(self, a: Node, b: Node) -> bool:
        """Equal at all random points that could be used."""
        if a is b or a.shape != b.shape:
            return a is b
        differ = self.differ(a, b) if self.knows(a, b) else None
        return same(a, b) if differ is None else not differ


def _gap(x: Array, y: Array) -> float | None:
    """The largest difference relative to the size of the values; None where there is no value.

    Infinite where both are next to nothing: what is 0 but for rounding differs in its first digit.
    """
    with np.errstate(all="ignore"):
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return None
        scale = max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0))
        gap = float(np.abs(x - y).max(initial=0.0))
    return 0.0 if gap == 0 else gap / scale if scale > NEAR_ZERO else math.inf
