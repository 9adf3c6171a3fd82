"""Values of many formulas at a few fixed random points: the quick filter of the diagnosis.

Each point has sizes of its own, all different, so that no transpose and no 1/n hides.  Values are
kept by node; of a new formula only what is new in it is worked out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, facts, topological
from symbp.algebra.size import Size
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.evaluate import evaluate, with_definitions
from symbp.evidence.real import Floats
from symbp.evidence.samples import sample, size_choices, size_letters

Array = np.ndarray[Any, Any]
WORST_CONDITION = 1e6
EQUAL = 1e-8
"""Relative; what passes is confirmed exactly before it is said."""


class Point:
    """Sizes, and the values of all nodes that were asked for at these sizes."""

    def __init__(self, number: int, sizes: Mapping[str, int]) -> None:
        self.number, self.sizes = number, dict(sizes)
        self.values: dict[Node, Any] = {}

    def value(self, node: Node) -> Array | None:
        """The value of a node; None where it has none here."""
        if node not in self.values:
            self._evaluate(node)
        found = self.values[node]
        return None if found is None else np.asarray(found)

    def _evaluate(self, node: Node) -> None:
        order = with_definitions([node], self.values)
        if not self._has_shapes(order):
            self.values[node] = None
            return
        for leaf in order:
            if leaf.is_leaf:
                self.values[leaf] = self._drawn(leaf)
        order = [n for n in order if not n.is_leaf]
        if not order:
            return
        try:
            if any(self.values.get(a, 0) is None for n in order for a in n.args):
                raise NotEvaluable("an argument has no value")
            found = evaluate(order, self.values, self.sizes, Floats())
            self.values.update(zip(order, found, strict=True))
        except (NotEvaluable, KeyError, ZeroDivisionError, ValueError, IndexError):
            self.values[node] = None

    def _has_shapes(self, order: Iterable[Node]) -> bool:
        """Whether each leaf has a shape at these sizes (there are none where no size fits all arrays)."""
        try:
            return all(size.value(self.sizes) >= 0 for n in order if n.is_leaf for size in n.shape)
        except KeyError:
            return False

    def is_sound(self, nodes: Iterable[Node]) -> bool:
        """Whether the nodes have values here that rounding does not spoil (no singular matrix)."""
        inverted = [
            n.args[0] for n in with_definitions(list(nodes)) if n.op.name in ("inv", "solve", "logdet")
        ]
        for matrix in inverted:
            value = self.value(matrix)
            if value is None or not np.isfinite(value).all() or np.linalg.cond(value).max() > WORST_CONDITION:
                return False
        return True

    def _drawn(self, leaf: Node) -> Array:
        """Entries that depend on the name of the leaf and on the point only."""
        seed = zlib.crc32(f"{leaf.name}/{self.number}".encode())
        value = sample(leaf, self.sizes, np.random.default_rng(seed))
        if "unitnorm" in facts(leaf) and value.size:
            value = value / np.sqrt((value**2).sum(axis=-1, keepdims=True))
        return value


class Sheets:
    """Points for one program and one claim, and what is equal at all of them."""

    def __init__(self, nodes: Sequence[Node], count: int = 3) -> None:
        nodes = list(nodes)
        letters = size_letters(nodes)
        choices = list(size_choices(letters, nodes)) or [{}]
        step = max(1, (len(choices) - 1) // max(1, count - 1))
        mixed = _mixed_sizes(letters, nodes)
        order = [*choices[:1], *mixed, *choices[::step], *choices * 3]
        self.points: list[Point] = []
        for number, sizes in enumerate(order):
            point = Point(number, sizes)
            if len(self.points) < count and point.is_sound(nodes):
                self.points.append(point)

    def add(self, sizes: Mapping[str, int], leaves: Mapping[Node, Any]) -> None:
        """One more point, with these values of leaves."""
        point = Point(len(self.points) + 100, sizes)
        point.values.update(leaves)
        self.points.append(point)

    def have_value(self, node: Node) -> bool:
        """Whether a node is finite at all points."""
        return all(_is_finite(p.value(node)) for p in self.points)

    def keep_only(self, node: Node, most: int) -> None:
        """Only points at which a node is finite, as far as there are any."""
        self.points = [p for p in self.points if _is_finite(p.value(node))][:most] or self.points[:most]

    def values(self, node: Node) -> list[Array | None]:
        return [p.value(node) for p in self.points]

    def same(self, a: Node, b: Node) -> bool:
        """Equal at every point that both can be evaluated at, and there is one."""
        if a is b:
            return True
        if a.shape != b.shape:
            return False
        usable = 0
        for point in self.points:
            x, y = point.value(a), point.value(b)
            if x is None or y is None:
                continue
            if not close(x, y):
                return False
            usable += 1
        return usable > 0

    def find(self, node: Node, among: Iterable[Node]) -> Node | None:
        """The first of `among` that has the shape and the value of a node."""
        return next((other for other in among if self.same(node, other)), None)


class Values:
    """A set of formulas in which one can look for a value: by one number for each, then in full."""

    def __init__(self, sheets: Sheets, nodes: Iterable[Node]) -> None:
        self.sheets = sheets
        self.point = sheets.points[0]
        self.found: dict[tuple[Size, ...], tuple[Array, list[Node]]] = {}
        listed: dict[tuple[Size, ...], list[tuple[float, Node]]] = {}
        for node in dict.fromkeys(nodes):
            number = self._number(node)
            if number is not None:
                listed.setdefault(node.shape, []).append((number, node))
        for shape, pairs in listed.items():
            pairs.sort(key=lambda pair: pair[0])
            self.found[shape] = np.array([p[0] for p in pairs]), [p[1] for p in pairs]

    def holds(self, node: Node) -> bool:
        """Whether one of the formulas has the shape and value of a node."""
        if node.shape not in self.found:
            return False
        number = self._number(node)
        if number is None:
            return False
        numbers, nodes = self.found[node.shape]
        margin = 1e-7 * (1 + abs(number))
        first, last = np.searchsorted(numbers, [number - margin, number + margin])
        return any(self.sheets.same(node, nodes[k]) for k in range(int(first), int(last)))

    def _number(self, node: Node) -> float | None:
        value = self.point.value(node)
        if value is None:
            return None
        flat = np.asarray(value, dtype=float).reshape(-1)
        with np.errstate(all="ignore"):
            number = float(flat @ np.cos(np.arange(flat.size)))
        return number if np.isfinite(number) else None


def _is_finite(value: Array | None) -> bool:
    return value is not None and bool(np.isfinite(np.asarray(value, dtype=float)).all())


def _mixed_sizes(letters: Sequence[str], nodes: Sequence[Node]) -> list[dict[str, int]]:
    """Sizes without any pattern, so that no two products of sizes agree by accident at all points."""
    random = np.random.default_rng(61)
    shapes = {size for node in topological(nodes) for size in node.shape}
    found: list[dict[str, int]] = []
    for _ in range(24 if letters else 0):
        drawn = random.permutation(max(len(letters), 6))[: len(letters)] % 6 + 2
        sizes = {letter: int(value) for letter, value in zip(letters, drawn, strict=True)}
        if all(size.value(sizes) >= 1 for size in shapes) and sizes not in found:
            found.append(sizes)
    return found[:3]


def close(x: Array, y: Array) -> bool:
    """Equal up to rounding, relative to the largest entry; never where a value is not finite."""
    if x.shape != y.shape:
        return False
    if not x.size:
        return True
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    with np.errstate(all="ignore"):
        gap = np.abs(x - y).max()
        scale = max(np.abs(x).max(), np.abs(y).max())
    return bool(gap <= EQUAL * max(scale, 1e-12))
