"""Sines and cosines in normal form: the addition theorems, and sin² = 1 - cos².

All three are exact for every real and complex argument (Abramowitz and Stegun 1964, 4.3.10 and
4.3.16-17).  They multiply terms, so they are used only where a proof without them has failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Protocol

from symbp.evidence.polynomials import (
    Atom,
    Factor,
    Function,
    GivenUp,
    Letter,
    Poly,
    Term,
    constant,
    monomial,
)

ANGLES = {"sin", "cos"}
MOST_ADDENDS = 8
"""Addends of one angle: sin of a sum of k is a sum of 2^(k-1) products."""

_QUARTERS = {0: (0, 1), 1: (1, 0), 2: (0, -1), 3: (-1, 0)}
"""sin and cos of quarter turns."""


class Ring(Protocol):
    """Sums and products of polynomials (symbp.evidence.sums)."""

    def add(self, *polys: Poly) -> Poly: ...
    def negate(self, poly: Poly) -> Poly: ...
    def multiply(self, a: Poly, b: Poly) -> Poly: ...


def of_angle(ring: Ring, name: str, poly: Poly) -> Poly:
    """sin or cos of a sum, taken apart into sines and cosines of its addends."""
    sine, cosine = constant(0), constant(1)
    addends = list(_addends(poly))
    if len(addends) > MOST_ADDENDS:
        raise GivenUp("too many addends of an angle")
    for s, c in addends:
        sine, cosine = (
            ring.add(ring.multiply(sine, c), ring.multiply(cosine, s)),
            ring.add(ring.multiply(cosine, c), ring.negate(ring.multiply(sine, s))),
        )
    return sine if name == "sin" else cosine


def _addends(poly: Poly) -> Iterator[tuple[Poly, Poly]]:
    """sin and cos of what an angle consists of: 3x/2 is three times x/2, quarter turns are numbers."""
    for term in poly:
        turns = 2 * term.coefficient
        if _is_pi(term) and turns.denominator == 1:
            sine, cosine = _QUARTERS[int(turns) % 4]
            yield constant(sine), constant(cosine)
            continue
        times = term.coefficient.numerator
        unit = (Term(Fraction(1, term.coefficient.denominator), term.bound, term.factors),)
        s, c = monomial(Function("sin", (unit,))), monomial(Function("cos", (unit,)))
        if times < 0:
            s = tuple(Term(-t.coefficient, t.bound, t.factors) for t in s)
        if abs(times) > MOST_ADDENDS:
            raise GivenUp("too many addends of an angle")
        for _ in range(abs(times)):
            yield s, c


def _is_pi(term: Term) -> bool:
    if term.bound or len(term.factors) != 1:
        return False
    atom, power = term.factors[0]
    return power == 1 and isinstance(atom, Letter) and atom.name == "number pi"


def without_square(term: Term, text: Callable[[Atom], str]) -> list[Term] | None:
    """The term with sin² = 1 - cos² put in once; with cos² = 1 - sin² where it is divided by that sine."""
    below = {text(a) for a, e in term.factors if e < 0 and isinstance(a, Function)}
    for k, (atom, power) in enumerate(term.factors):
        if not isinstance(atom, Function) or atom.name not in ANGLES:
            continue
        other = Function("cos" if atom.name == "sin" else "sin", atom.arguments)
        if power < 2 or power.denominator != 1 or (atom.name == "cos" and text(other) not in below):
            continue
        rest: tuple[Factor, ...] = (*term.factors[:k], *term.factors[k + 1 :])
        if power > 2:
            rest = (*rest, (atom, power - 2))
        squared = (*rest, (other, Fraction(2)))
        return [Term(term.coefficient, term.bound, rest), Term(-term.coefficient, term.bound, squared)]
    return None
