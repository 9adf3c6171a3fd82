"""Points on every side of every comparison: what holds near 0 need not hold beyond |x| = 50.

Random points of a few scales need not meet a branch at all.  Here leaves are scaled and shifted, one
by one and together, until each comparison of two formulas was true and false somewhere; then points
are taken on both sides of, and close to, where it changes (found by bisection), so that narrow
branches are met too.  A comparison of which only one side was met leaves a question open.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.algebra.node import Node, facts, topological
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.evaluate import evaluate, with_definitions
from symbp.evidence.real import Floats
from symbp.evidence.samples import ROUNDED, sample, size_choices, size_letters
from symbp.ops.arithmetic import subtract

TWO_SIDED = {"greater", "greater_equal", "sign", "floor"}
EXTREMA = {"max", "min", "first_max", "first_min", "argmax", "argmin"}
SCALES = (30.0, 0.03, 1000.0, 0.001)
SHIFTS = (3.0, 10.0, 40.0, 200.0, 2000.0)
FREE = {"symmetric", "constant", "positive"}
"""Facts of leaves whose entries may be scaled, and shifted upwards."""
MOST_POINTS = 150
MOST_EDGES = 8
HALVINGS = 24
NEAR_EDGE = (0.3, 0.01, 3e-4)


@dataclass(frozen=True)
class Point:
    """Sizes and leaf values."""

    sizes: Mapping[str, int]
    values: Mapping[Node, Any]


class Branches:
    """The comparisons below some nodes, and which of their sides have been met."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        order = with_definitions(list(nodes))
        self.nodes = list(nodes)
        self.gates = [n for n in order if n.op.name in TWO_SIDED]
        self.any = bool(self.gates) or any(n.op.name in EXTREMA for n in order)
        self.margins = [n.args[0] if len(n.args) == 1 else subtract(*n.args) for n in self.gates]
        self.met: list[set[int]] = [set() for _ in self.gates]
        self._edges: dict[int, tuple[Point, Point]] = {}

    @property
    def unmet(self) -> list[Node]:
        """Comparisons of which one side was never met."""
        return [g for g, sides in zip(self.gates, self.met, strict=True) if len(sides) < 2]

    def points(self) -> Iterator[Point]:
        """Points at more and more distant places, then close to where comparisons change."""
        if not self.any:
            return
        random = np.random.default_rng(2203)
        letters = size_letters(self.nodes)
        leaves = [n for n in topological([*self.nodes, *self.margins]) if n.is_leaf]
        for sizes in list(size_choices(letters, self.nodes))[:1]:
            base = Point(sizes, {n: sample(n, sizes, random) for n in leaves})
            before = self._note(base, None)
            for count, point in enumerate(moved(base, random)):
                if count > MOST_POINTS:
                    break
                self._note(point, before)
                yield point
            yield from self._near_edges()

    def _note(self, point: Point, base: tuple[Point, list[Any]] | None) -> tuple[Point, list[Any]] | None:
        """Which sides a point is on; a pair of points on both sides of the same entry is kept."""
        values = self._values(self.margins, point)
        if values is None:
            return None
        for k, value in enumerate(values):
            if (value > 0).any():
                self.met[k].add(1)
            if (value < 0).any():
                self.met[k].add(-1)
            if base is not None and k not in self._edges and base[1][k].shape == value.shape:
                crossed = np.sign(value) * np.sign(base[1][k]) < 0
                if crossed.any():
                    self._edges[k] = base[0], point
        return point, values

    def _near_edges(self) -> Iterator[Point]:
        for k, (start, end) in list(self._edges.items())[:MOST_EDGES]:
            low, high = 0.0, 1.0
            first, last = (self._values([self.margins[k]], p) for p in (start, end))
            assert first is not None and last is not None
            entry = np.unravel_index(int((np.sign(first[0]) * np.sign(last[0])).argmin()), first[0].shape)
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                found = self._values([self.margins[k]], between(start, end, middle))
                if found is None or not np.isfinite(found[0][entry]):
                    break
                if np.sign(found[0][entry]) == np.sign(first[0][entry]):
                    low = middle
                else:
                    high = middle
            for step in (*NEAR_EDGE, *(-s for s in NEAR_EDGE)):
                yield between(start, end, low + step * max(low, 0.01))

    def _values(self, nodes: Sequence[Node], point: Point) -> list[Any] | None:
        try:
            found = evaluate(nodes, point.values, point.sizes, Floats())
        except NotEvaluable:
            return None
        shapes = [tuple(s.value(point.sizes) for s in n.shape) for n in nodes]
        return [
            np.broadcast_to(np.asarray(v, dtype=float), shape) for v, shape in zip(found, shapes, strict=True)
        ]


def distant_points(nodes: Sequence[Node], most: int = 60) -> Iterator[Point]:
    """Random points with leaves scaled and shifted, one by one and together."""
    random = np.random.default_rng(2207)
    leaves = [n for n in topological(nodes) if n.is_leaf]
    for sizes in list(size_choices(size_letters(nodes), nodes))[:2]:
        base = Point(sizes, {n: sample(n, sizes, random) for n in leaves})
        yield from itertools.islice(moved(base, random), most)


def moved(base: Point, random: np.random.Generator) -> Iterator[Point]:
    """The base with all leaves, then each single one, scaled and shifted (as far as facts allow)."""
    free = [n for n in base.values if n.dtype == "real" and {f.split()[0] for f in facts(n)} <= FREE]
    for group in [free, *([n] for n in free if len(free) > 1)]:
        for size in SHIFTS:
            for sign in (1.0, -1.0):
                for whole in (True, False):
                    yield _changed(base, {n: _shifted(base, n, sign * size, whole, random) for n in group})
        for scale in SCALES:
            yield _changed(base, {n: base.values[n] * scale for n in group})


def _shifted(base: Point, leaf: Node, by: float, whole: bool, random: np.random.Generator) -> Any:
    """All entries shifted, or about half of them; positive ones only upwards."""
    value = base.values[leaf]
    words = {f.split()[0] for f in facts(leaf)}
    if by < 0 and "positive" in words:
        return value
    chosen = np.ones(value.shape) if whole or "symmetric" in words else random.integers(0, 2, value.shape)
    return value + by * chosen


def _changed(base: Point, values: Mapping[Node, Any]) -> Point:
    rounded = {n: np.round(v / ROUNDED) * ROUNDED for n, v in values.items()}
    return Point(base.sizes, {**base.values, **rounded})


def between(start: Point, end: Point, share: float) -> Point:
    """A point on the line through two points of the same sizes."""
    values = {
        n: (1 - share) * v + share * end.values[n] if end.values[n] is not v else v
        for n, v in start.values.items()
    }
    return Point(start.sizes, values)
