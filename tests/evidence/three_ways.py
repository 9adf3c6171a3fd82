"""Normal form against exact field against 50-digit evaluation, on one pair of expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from symbp.algebra.node import Node, leaves, topological
from symbp.evidence.compare import Point, confirmed, find_difference
from symbp.evidence.field import agree_exactly
from symbp.evidence.prove import prove_equal
from symbp.evidence.samples import sample, size_letters, tiny_sizes
from tests.evidence.random_pairs import pair

BRANCHED = {"sqrt", "abs", "log", "norm"}
"""Where these occur the field may refute what holds for real numbers (|x| is no root there)."""


@dataclass(frozen=True)
class Outcome:
    """What the three ways found of one pair, and whether two of them contradict each other."""

    differs: bool
    proved: bool
    field: bool | None
    rigorous: bool
    contradiction: str | None


def three_ways(a: Node, b: Node, work: int = 80_000) -> Outcome:
    """The outcome for two expressions of one shape."""
    found, _ = find_difference(a, b)
    differs = found is not None or _differs_at_50_digits(a, b)
    proved = prove_equal(a, b, work=work).holds
    field = agree_exactly(a, b, trials=2, attempts=12)
    contradiction = None
    if proved and differs:
        contradiction = "proved, but 50 digits differ"
    elif field.agree and field.rigorous and differs:
        contradiction = "the field agrees, but 50 digits differ"
    elif proved and field.agree is False and field.rigorous and not _branched(a, b):
        contradiction = "proved, but the field differs"
    return Outcome(differs, proved, field.agree, field.rigorous, contradiction)


def _branched(a: Node, b: Node) -> bool:
    return any(n.op.name in BRANCHED for n in topological([a, b]))


def _differs_at_50_digits(a: Node, b: Node) -> bool:
    random = np.random.default_rng(3)
    for sizes in list(tiny_sizes(size_letters([a, b]), [a, b]))[1:2]:
        values = {n: sample(n, sizes, random) for n in leaves([a, b])}
        return confirmed(a, b, Point(sizes, values)) is not None
    return False


def tally(seeds: Iterable[int]) -> tuple[Counter[str], list[str]]:
    """Counts over many random pairs, and the contradictions with their seeds."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        a, b, equal = pair(seed)
        outcome = three_ways(a, b)
        counts["pairs"] += 1
        counts["different" if outcome.differs else "equal"] += 1
        if not outcome.differs:
            status = "proved" if outcome.proved else "holds" if outcome.field else "undecided"
            counts[status] += 1
        if equal and outcome.differs:
            wrong.append(f"seed {seed}: the rewriting changed the value")
        if outcome.contradiction is not None:
            wrong.append(f"seed {seed}: {outcome.contradiction}")
    return counts, wrong
