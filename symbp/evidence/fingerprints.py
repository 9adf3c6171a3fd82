"""Fingerprints: numbers that equal nodes share, so that only likely pairs are given to the prover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.evidence.samples import sample, size_choices, size_letters

ROUNDING = 1e-11
"""What cancels to less than this part of its arguments may be 0."""
POINTS = 3
"""Points of a fingerprint, each at other sizes: normalised over two rows, all batches are alike."""


class Print(NamedTuple):
    """What equal nodes have in common at random points."""

    shape: tuple[Size, ...]
    values: tuple[tuple[float, float], ...]
    """A random combination of the entries and its scale, at each point."""

    @property
    def is_zero(self) -> bool:
        return not any(scale for _, scale in self.values)


def fingerprints(nodes: Sequence[Node]) -> dict[Node, Print] | None:
    """For each node its shape and random combinations of its values at random points."""
    random = np.random.default_rng(20240501)
    letters = size_letters(nodes)
    inputs = [n for n in topological(nodes) if n.is_leaf]
    found: list[dict[Node, tuple[float, float]]] = []
    for sizes in size_choices(letters, nodes):
        point = {n: sample(n, sizes, random) for n in inputs}
        try:
            found.append(_prints_at(nodes, point, sizes))
        except NotEvaluable:
            continue
        if len(found) == POINTS:
            break
    if not found:
        return None
    return {n: Print(n.shape, tuple(at[n] for at in found)) for n in nodes if all(n in at for at in found)}


def _prints_at(
    nodes: Sequence[Node], point: Mapping[Node, Any], sizes: Mapping[str, int]
) -> dict[Node, tuple[float, float]]:
    """A random combination of the entries of each node that is finite, with its scale."""
    prints, scales = dict[Node, tuple[float, float]](), dict[Node, float]()
    for node, value in zip(nodes, evaluate(nodes, point, sizes, Floats()), strict=True):
        array = np.broadcast_to(value, tuple(s.value(sizes) for s in node.shape))
        weights = np.cos(np.arange(array.size, dtype=float) * 1.7 + 0.3).reshape(array.shape)
        with np.errstate(all="ignore"):
            number = float((weights * array).sum())
            scale = float(np.abs(weights * array).sum())
        if np.isfinite(number):
            if scale <= ROUNDING * max((scales.get(arg, 0.0) for arg in node.args), default=0.0):
                number = scale = 0.0
            scales[node] = scale
            digits = 0.0 if scale == 0 else float(f"{number / max(scale, 1e-300):.7f}")
            prints[node] = (digits + 0.0, float(f"{scale:.6e}"))
    return prints
