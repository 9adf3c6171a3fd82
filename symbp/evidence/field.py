"""Two formulas that agree at random points of a prime field agree, with a stated probability.

Bound: by Schwartz (1980) and Zippel (1979), two rational functions of total degree D that differ
agree at a random point with probability at most D/P; trials are independent.  With e^x of sums of
leaves the same holds for Laurent polynomials; with nested exponentials or functions by pseudo-random
values the bound is heuristic, and `rigorous` is False.  So it is where not all branches were met.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.evaluate import evaluate
from symbp.evidence.residues import FIXED, Residues, random_leaf
from symbp.evidence.samples import size_choices, size_letters

DEGREE = 1024
"""A generous bound on the degree of what is compared (cleared of denominators)."""
MOST_ATTEMPTS, MOST_VALUES = 400, 20_000
"""Random points that are tried, and values of nodes at all of them together."""
FIRST_SIZES, MOST_SIZES = 4, 8
"""Choices of sizes that are tried; the later ones where the first have no value (XᵀX at n < m)."""
DIFFERENT_SIZES = 3
"""Values that each size letter takes: (n - 2)(n - 3) x is 0 at two of them."""
BITS_PER_TRIAL = 20
"""log2(P / DEGREE), rounded down."""


@dataclass(frozen=True)
class Agreement:
    """What exact evaluation found: whether all trials agreed, and how much that says."""

    agree: bool | None
    bits: int
    rigorous: bool
    trials: int


def agree_exactly(a: Node, b: Node, *, trials: int = 4, attempts: int = 60) -> Agreement:
    """Compare two nodes of one shape at random points of the field, at several sizes.

    Points are added until every comparison was true and false somewhere, up to `attempts`; beyond
    these only where most points had no value (each root exists for half of them).  With comparisons, and
    with leaves that take few values only (masks, classes), the bound is heuristic all the same:
    not all combinations were met.  `agree` is None where points at enough sizes could not be had (each was a
    pole or had no root).
    """
    random = np.random.default_rng(7919)
    letters = size_letters([a, b])
    leaves = [n for n in topological([a, b]) if n.is_leaf]
    done, rigorous = 0, True
    drawn = any(n.dtype == "int" or FIXED & {f.split()[0] for f in n.params[1]} for n in leaves)
    sides: list[tuple[bool, bool]] = []
    used: set[int] = set()
    choices = list(size_choices(letters, [a, b]))[:MOST_SIZES]
    if not choices:
        return Agreement(None, 0, False, 0)
    needed = {letter: min(DIFFERENT_SIZES, len({c[letter] for c in choices})) for letter in letters}
    most = max(attempts, min(MOST_ATTEMPTS, MOST_VALUES // len(topological([a, b]))))
    for attempt in range(most):
        enough = done >= trials and _varied(choices, used, needed)
        if enough and (attempt >= attempts or all(map(all, sides))):
            break
        chosen = attempt % min(len(choices), FIRST_SIZES if attempt < 4 * FIRST_SIZES else MOST_SIZES)
        sizes = choices[chosen]
        numbers = Residues()
        try:
            values = {n: random_leaf(n, sizes, random) for n in leaves}
            x, y = evaluate([a, b], values, sizes, numbers)
        except NotEvaluable:
            continue
        shape = tuple(s.value(sizes) for s in a.shape)
        if not np.array_equal(np.broadcast_to(x.p, shape), np.broadcast_to(y.p, shape)):
            return Agreement(False, 0, numbers.rigorous, done)
        rigorous = rigorous and numbers.rigorous
        sides = _both(sides, numbers.sides)
        used.add(chosen)
        done += 1
    if not done or not _varied(choices, used, needed):
        return Agreement(None, 0, False, 0)
    return Agreement(True, min(done, trials) * BITS_PER_TRIAL, rigorous and not sides and not drawn, done)


def _varied(choices: Sequence[Mapping[str, int]], used: Container[int], needed: Mapping[str, int]) -> bool:
    """Whether each size letter had enough different values at the points."""
    met = [c for k, c in enumerate(choices) if k in used]
    return all(len({c[letter] for c in met}) >= count for letter, count in needed.items())


def _both(before: list[tuple[bool, bool]], now: list[tuple[bool, bool]]) -> list[tuple[bool, bool]]:
    """The sides that comparisons have been on, over all points so far."""
    if not before:
        return now
    return [(a or c, b or d) for (a, b), (c, d) in zip(before, now, strict=True)]
