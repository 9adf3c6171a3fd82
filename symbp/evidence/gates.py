"""Comparisons: [u > 0] as an atom in normal form.

Exact for every value are: a positive factor of u may be dropped, and a gate within u may be split
off by cases.  Up to a set of measure zero, [-u > 0] = 1 - [u > 0] and the rule of signs for
products: they hold where u is not 0.  They are used only for a u that is analytic on a connected
domain and is not 0, for any values of its indices, at sampled points: an analytic function that is
not 0 somewhere is 0 on a set of measure zero only (Krantz and Parks 2002, section 4.1).  Without
the second condition [x_i > x_j] + [x_j > x_i] would be 1, which is wrong where i = j.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

from symbp.evidence.contents import Contents
from symbp.evidence.polynomials import (
    F1,
    Access,
    AtLeastZero,
    Atom,
    Base,
    Delta,
    Exp,
    Function,
    GivenUp,
    Letter,
    Poly,
    Step,
    Term,
    constant,
    monomial,
)

MOST_GATES = 4
"""Gates within a comparison that are split by cases."""
ENTIRE = {"sin", "cos", "erf"}
ANALYTIC_ON_REALS = {"arctan", "arcsin"}


class Gates(Contents):
    """Comparisons in normal form."""

    def step(self, poly: Poly) -> Poly:
        """[poly > 0], up to a positive factor.

        Gates within (0 or 1 on sets of positive measure) are split off first, by cases.  Where
        what is left could be zero, only positive numbers are taken out.
        """
        if not poly or self.is_positive(Base(self.negate(poly))):
            return ()
        if self.is_positive(Base(poly)):
            return constant(1)
        gate = self._gate(poly)
        if gate is not None:
            return self.by_cases(poly, self.step, gate)
        if not self.is_almost_nowhere_zero(poly):
            return monomial(Step(self.scale(poly, 1 / abs(self._lead(poly)))))
        if len(poly) == 1 and not poly[0].bound:
            return self._step_of_term(poly[0])
        content, primitive = self.primitive(poly, F1)
        content = content or Term(F1, (), ())
        lead = monomial(Step(primitive))
        if not content.factors:
            return lead if content.coefficient > 0 else self.add(constant(1), self.negate(lead))
        other = self._step_of_term(content)
        both = self.multiply(other, lead)
        return self.add(constant(1), self.negate(other), self.negate(lead), self.scale(both, Fraction(2)))

    def equals_zero(self, poly: Poly) -> Poly:
        """[poly = 0]: 0 almost everywhere, or an atom where that is not known."""
        if self.is_almost_nowhere_zero(poly):
            return ()
        return monomial(Function("is_zero", (self.scale(poly, 1 / self._lead(poly)),)))

    def is_almost_nowhere_zero(self, poly: Poly) -> bool:
        """Whether a polynomial is 0 on a set of measure zero only, for any values of its indices."""
        analytic = all(self.is_generic(a, e) for t in poly for a, e in t.factors)
        return bool(poly) and analytic and self.known.nowhere_zero(poly)

    def _lead(self, poly: Poly) -> Fraction:
        return min(poly, key=lambda t: self.writer.term(t, self.names)).coefficient

    # -- gates within -------------------------------------------------------------------------

    def _is_gate(self, atom: Atom) -> bool:
        return isinstance(atom, Step | Delta | AtLeastZero) or (
            isinstance(atom, Access) and self.known.zero_or_one(atom.node)
        )

    def _gate(self, poly: Poly) -> Atom | None:
        """The first gate whose indices are free."""
        gates: dict[str, Atom] = {}
        for term in poly:
            for atom, _ in term.factors:
                if self._is_gate(atom) and not atom.indices & set(term.bound):
                    gates.setdefault(self.writer.atom(atom, self.names), atom)
        if len(gates) > MOST_GATES:
            raise GivenUp("too many cases")
        return gates[min(gates)] if gates else None

    def by_cases(self, poly: Poly, function: Callable[[Poly], Poly], gate: Atom | None = None) -> Poly:
        """g f(poly with g = 1) + (1 - g) f(poly with g = 0) for each gate g, which is 0 or 1.

        Both values of f have to exist: f is defined everywhere, or gives up where it is not.
        """
        gate = gate or self._gate(poly)
        if gate is None:
            return function(poly)
        text = self.writer.atom(gate, self.names)
        opened: list[Term] = []
        closed: list[Term] = []
        for term in poly:
            rest = tuple(f for f in term.factors if self.writer.atom(f[0], self.names) != text)
            opened.append(Term(term.coefficient, term.bound, rest))
            if len(rest) == len(term.factors):
                closed.append(term)
        chosen = monomial(gate)
        one = self.multiply(chosen, self.by_cases(self.collect(opened), function))
        other = self.add(constant(1), self.negate(chosen))
        return self.add(one, self.multiply(other, self.by_cases(self.collect(closed), function)))

    def with_implications(self, poly: Poly) -> Poly:
        """Products of two gates of which one decides the other, with u and v up to positive factors.

        v - u > 0 always: [u > 0][v > 0] = [u > 0].    -u - v > 0 always: it is 0.
        u + v > 0 always: one of them is 1, so it is [u > 0] + [v > 0] - 1.
        """
        done: list[Term] = []
        stack = list(poly)
        while stack:
            term = stack.pop()
            found = self._implied(term)
            if found is None:
                done.append(term)
            else:
                stack += found
        return self.collect(done)

    def _implied(self, term: Term) -> list[Term] | None:
        """What a term is after one use of these rules; None where there is none."""
        gates = [(k, a.poly) for k, (a, _) in enumerate(term.factors) if isinstance(a, Step)]
        for (i, u), (j, v) in itertools.permutations(gates, 2):
            if any(self._is_above(self.add(w, self.negate(u))) for w in self._scaled_to(v, u, 1)):
                return [_without(term, j)]
            sums = [self.add(u, w) for w in self._scaled_to(v, u, -1)]
            if any(self._is_above(self.negate(s)) for s in sums):
                return []
            if any(self._is_above(s) for s in sums):
                both = _without(term, i, j)
                return [
                    _without(term, i),
                    _without(term, j),
                    Term(-both.coefficient, both.bound, both.factors),
                ]
        return None

    def _is_above(self, poly: Poly) -> bool:
        return self.is_positive(Base(poly))

    def _scaled_to(self, poly: Poly, other: Poly, sign: int) -> Iterator[Poly]:
        """Positive multiples of a polynomial in which a monomial is `sign` times one of the other."""
        texts = {self._monomial(t): t.coefficient for t in other if t.factors}
        for term in poly:
            wanted = texts.get(self._monomial(term)) if term.factors else None
            if wanted is not None and sign * wanted / term.coefficient > 0:
                yield self.scale(poly, sign * wanted / term.coefficient)

    def _monomial(self, term: Term) -> str:
        return self.writer.term(Term(F1, term.bound, term.factors), self.names)

    # -- analytic polynomials -----------------------------------------------------------------

    def is_generic(self, atom: Atom, power: Fraction = F1) -> bool:
        """Whether atom^power is one analytic function of the real leaves on a connected domain.

        Poles do not matter (without them the complex domain is connected); roots, logarithms and
        arcus functions have branches, so their arguments must be positive or free of poles.
        """
        match atom:
            case Letter():
                return True
            case Access(node=node):
                return self.known.generic(node) and (power.denominator == 1 or self.known.positive(node))
            case Exp(exponent=poly):
                return self._all_generic(poly)
            case Base(poly=poly):
                return self._all_generic(poly) and (power.denominator == 1 or self._has_one_branch(poly))
            case Function(name="log", arguments=(poly,)):
                return self._all_generic(poly) and self.is_positive(Base(poly))
            case Function(name=name, arguments=(poly,)):
                whole = all(e >= 1 for t in poly for _, e in t.factors)
                known = name in ENTIRE or (name in ANALYTIC_ON_REALS and whole)
                return known and power.denominator == 1 and self._all_generic(poly)
        return False

    def _all_generic(self, poly: Poly) -> bool:
        return all(self.is_generic(a, e) for t in poly for a, e in t.factors)

    def _has_one_branch(self, poly: Poly) -> bool:
        """Whether {poly > 0} is connected: it is positive, or f + c·e with a positive leaf e.

        (The second is all that lies above a graph over the other leaves.)
        """
        return self.is_positive(Base(poly)) or any(
            t.coefficient > 0
            and not t.bound
            and len(t.factors) == 1
            and t.factors[0][1] == 1
            and isinstance(a := t.factors[0][0], Access)
            and a.node.is_leaf
            and self.known.positive(a.node)
            for t in poly
        )

    # -- products -----------------------------------------------------------------------------

    def _step_of_term(self, term: Term) -> Poly:
        """A product is positive where an even number of its factors is negative."""
        sign = constant(1 if term.coefficient > 0 else -1)
        for atom, power in term.factors:
            if self.is_positive(atom) or power % 2 == 0:
                continue
            inner = atom.poly if isinstance(atom, Base) else monomial(atom)
            gate = self.add(self.scale(monomial(Step(inner)), Fraction(2)), constant(-1))
            sign = self.multiply(sign, gate)
        return self.add(self.scale(sign, Fraction(1, 2)), constant(Fraction(1, 2)))


def _without(term: Term, *gone: int) -> Term:
    """The term without some of its factors."""
    return Term(term.coefficient, term.bound, tuple(f for k, f in enumerate(term.factors) if k not in gone))
