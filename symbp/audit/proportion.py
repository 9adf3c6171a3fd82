"""Claims that are a constant times the gradient: which one, in numbers, sizes and learning rates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.audit.sampled import Sampled
from symbp.ops.constant_arrays import is_zero

SAME, ROUNDED = 1e-8, 1e-5
"""A difference up to the second may be rounding at an ill-conditioned point, which then says nothing."""
NOTHING = 1e-13
"""Zero but for rounding."""


@dataclass(frozen=True)
class Proportion:
    """claim = value · gradient."""

    text: str
    value: Fraction | None
    size: bool = False

    @property
    def negative(self) -> bool:
        return self.text.startswith("-")


def proportion(claimed: Node, true: Node, sampled: Sampled | None = None) -> Proportion | None:
    """What the claim is times the gradient; None where it is no constant."""
    if claimed.shape != true.shape or is_zero(claimed) or is_zero(true):
        return None
    if sampled is None or not sampled.knows(claimed, true):
        sampled = Sampled([claimed, true])
    ratios: list[tuple[float, Mapping[str, int], Mapping[Node, object]]] = []
    for point, (x, y) in sampled.values([claimed, true], 4):
        ratio = _ratio(x, y)
        if ratio is None:
            return None
        if ratio == 0:
            continue
        ratios.append((ratio, point.sizes, point.values))
    if len(ratios) < 2:
        return None
    return next((p for p in _candidates(claimed, true, ratios) if p is not None), None)


def _ratio(x: Any, y: Any) -> float | None:
    """x / y where it is one number; 0 where the point says nothing: both are zero, rounded or infinite."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return 0.0
    if max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0)) < NOTHING:
        return 0.0
    at = np.unravel_index(int(np.abs(y).argmax()), y.shape)
    if y[at] == 0 or x[at] == 0:
        return None
    ratio = float(x[at] / y[at])
    gap = np.abs(x - ratio * y).max() / np.abs(x).max()
    return ratio if gap <= SAME else 0.0 if gap <= ROUNDED else None


def _candidates(
    claimed: Node, true: Node, ratios: list[tuple[float, Mapping[str, int], Mapping[Node, object]]]
) -> Iterator[Proportion | None]:
    letters = sorted(ratios[0][1])
    scalars = [n for n in topological([claimed, true]) if n.is_leaf and not n.shape and n.dtype == "real"][:4]
    powers: list[tuple[tuple[str, int], ...]] = [()]
    for count in (1, 2, 3):
        for chosen in itertools.combinations(letters, count):
            powers += [
                tuple(zip(chosen, signs, strict=True)) for signs in itertools.product((1, -1), repeat=count)
            ]
    for scalar in [None, *scalars]:
        for power in powers:
            rest = []
            for ratio, sizes, values in ratios:
                value = ratio
                for letter, sign in power:
                    value /= float(sizes[letter]) ** sign
                if scalar is not None:
                    value /= float(np.asarray(values[scalar]))
                rest.append(value)
            if max(rest) - min(rest) <= SAME * abs(rest[0]):
                number = Fraction(rest[0]).limit_denominator(100_000)
                if abs(float(number) - rest[0]) <= SAME * abs(rest[0]):
                    yield _spelled(number, power, scalar.name if scalar is not None else "")
                    return


def _spelled(number: Fraction, power: tuple[tuple[str, int], ...], scalar: str) -> Proportion:
    signs = {**dict(power), **({scalar: 1} if scalar else {})}
    value = number if not power and not scalar else None
    return Proportion(spelled(number, signs), value, bool(power) and not scalar)


def spelled(number: Fraction, signs: Mapping[str, int]) -> str:
    """A number times sizes and by sizes, as people write it.

    >>> spelled(Fraction(1, 2), {"d": 1, "n": -1})
    'd/(2·n)'
    """
    above = [name for name, sign in signs.items() if sign > 0]
    below = [name for name, sign in signs.items() if sign < 0]
    if abs(number.numerator) != 1 or not above:
        above.insert(0, str(abs(number.numerator)))
    if number.denominator != 1:
        below.insert(0, str(number.denominator))
    text = "·".join(above)
    if below:
        text += "/" + (below[0] if len(below) == 1 else f"({'·'.join(below)})")
    return f"-{text}" if number < 0 else text
