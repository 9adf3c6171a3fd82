"""Sums and products of polynomials: the ring laws, Kronecker δ, like terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from typing import Protocol, Self

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.evidence.angles import without_square
from symbp.evidence.brackets import cancelled_component, eliminated, expanded_power
from symbp.evidence.index_terms import MINUS_ONE, ONE, Affine, Ix
from symbp.evidence.polynomials import (
    F0,
    F1,
    LARGEST,
    Access,
    AtLeastZero,
    Atom,
    Base,
    Budget,
    Delta,
    Exp,
    Factor,
    Function,
    GivenUp,
    Letter,
    Poly,
    Step,
    Term,
    fresh,
    size_poly,
)
from symbp.evidence.ranges import shrink_ranges, solve_deltas, split_digits
from symbp.evidence.writer import Writer


def plain_number(atom: object) -> Fraction | None:
    """c where an atom is a bracket around the positive number c: its whole powers are numbers."""
    if isinstance(atom, Base) and len(atom.poly) == 1:
        (only,) = atom.poly
        if not only.factors and not only.bound and only.coefficient > 0:
            return only.coefficient
    return None


MOST_BITS = 4096
"""Of a coefficient: y*y sixty times over makes 2^(2^60) out of a 2."""


class Knowledge(Protocol):
    """What an algebra may use of leaves (symbp.evidence.facts)."""

    def positive(self, node: Node) -> bool: ...
    def symmetric(self, node: Node) -> bool: ...
    def zero_or_one(self, node: Node) -> bool: ...
    def generic(self, node: Node) -> bool: ...
    def simpler(self, term: Term) -> Term | None: ...
    def nowhere_zero(self, poly: Poly) -> bool: ...
    @property
    def by_cases(self) -> bool: ...
    @property
    def by_angles(self) -> bool: ...


class Sums:
    """Sums and products of polynomials in normal form.

    `names` are the texts of the free indices of the comparison.
    """

    def __init__(self, names: Mapping[Ix, str], known: Knowledge, budget: Budget | None = None) -> None:
        self.names = dict(names)
        self.known = known
        self.budget = budget or Budget()
        self.writer = Writer(known.symmetric, self.budget)
        self.orient = False
        """Whether guards on free indices are oriented: only once nothing is summed any more."""

    # -- sums ---------------------------------------------------------------------------------

    def collect(self, terms: Iterable[Term]) -> Poly:
        """Like terms merged, zeros dropped."""
        merged: dict[str, Term] = {}
        pending = list(terms)
        pending.reverse()
        steps = 0
        while pending:
            steps += 1
            self.budget.spend(4 * (1 + len(pending[-1].factors)))
            if steps > 8 * LARGEST:
                raise GivenUp("too many terms")
            term = self._simple(pending.pop())
            if term is None:
                continue
            if term.coefficient.numerator.bit_length() > MOST_BITS:
                raise GivenUp("a number that is too large")
            reduced = self._reduced(term)
            if reduced is not None:
                pending.extend(reversed(reduced))
                continue
            key = self.writer.term(term, self.names)
            if key in merged:
                old = merged[key]
                merged[key] = Term(old.coefficient + term.coefficient, old.bound, old.factors)
            else:
                merged[key] = term
        return tuple(t for t in merged.values() if t.coefficient)

    def add(self, *polys: Poly) -> Poly:
        return self.collect([t for p in polys for t in p])

    def scale(self, poly: Poly, factor: Fraction) -> Poly:
        return tuple(Term(t.coefficient * factor, t.bound, t.factors) for t in poly) if factor else ()

    def negate(self, poly: Poly) -> Poly:
        return self.scale(poly, Fraction(-1))

    # -- products -----------------------------------------------------------------------------

    def multiply(self, a: Poly, b: Poly) -> Poly:
        """The product, distributed; bound indices of one side are renamed."""
        if len(a) * len(b) > LARGEST:
            raise GivenUp("too many terms")
        b = fresh(b)
        return self.collect(
            [
                Term(s.coefficient * t.coefficient, s.bound + t.bound, s.factors + t.factors)
                for s in a
                for t in b
            ]
        )

    def total(self, poly: Poly, indices: tuple[Ix, ...]) -> Poly:
        """Σ over indices that were free so far."""
        return self.collect([Term(t.coefficient, t.bound + indices, t.factors) for t in poly])

    def _simple(self, term: Term) -> Term | None:
        """One term with δ solved, equal atoms merged, unused sums counted; None for 0."""
        solved = solve_deltas(split_digits(term), self.names)
        if solved is None:
            return None
        term = shrink_ranges(solved)
        if any(i.size == 0 for i in term.bound):
            return None
        term = _count_unused(self._merge(term))
        return term if term.coefficient else None

    def _merge(self, term: Term) -> Term:
        """Equal atoms once, exponentials in one, gates idempotent."""
        merged: dict[Hashable, Factor] = {}
        exponent: list[Term] = []
        names = self._names_for(term)
        alike = Counter(_outline(atom) for atom, _ in term.factors)
        for atom, power in term.factors:
            if isinstance(atom, Exp):
                exponent += fresh(self.scale(atom.exponent, power))
                continue
            outline = _outline(atom)
            key = self.writer.atom(atom, names) if alike[outline] > 1 else outline
            if power < 0:
                self._refuse_gate(atom)
            if key in merged:
                power += merged[key][1]
            if isinstance(atom, Step | Delta | AtLeastZero) and power > 0:
                power = F1
            merged[key] = (atom, power)
        coefficient, factors = term.coefficient, []
        for atom, power in merged.values():
            base = plain_number(atom)
            if base is not None:
                coefficient *= base ** math.floor(power)
                power -= math.floor(power)
            if power:
                factors.append((atom, power))
        if exponent:
            inner = self._inner(names).collect(exponent)
            if inner:
                factors.append((Exp(inner), F1))
        return Term(coefficient, term.bound, tuple(factors))

    def _refuse_gate(self, atom: object) -> None:
        """1/[u > 0] is undefined where much is, so that m/m = 1 must not be used for gates."""
        if isinstance(atom, Step | Delta | AtLeastZero) or (
            isinstance(atom, Access) and self.known.zero_or_one(atom.node)
        ):
            raise GivenUp("a division by what is 0 or 1")

    def _names_for(self, term: Term) -> dict[Ix, str]:
        names = dict(self.names)
        for index in term.bound:
            names[index] = f"?{index.serial}"
        return names

    def _inner(self, names: Mapping[Ix, str]) -> Self:
        """An algebra in which the bound indices of a term are free."""
        inner = type(self).__new__(type(self))
        inner.names, inner.known, inner.writer = dict(names), self.known, self.writer
        inner.orient, inner.budget = self.orient, self.budget
        return inner

    # -- reductions ---------------------------------------------------------------------------

    def _reduced(self, term: Term) -> list[Term] | None:
        """The term after one use of a fact or one cancellation; None where nothing applies."""
        simpler = self.known.simpler(term)
        if simpler is not None:
            return [simpler]
        expanded = expanded_power(term)
        if expanded is not None:
            return expanded
        if self.known.by_angles:
            names = self._names_for(term)
            turned = without_square(term, lambda atom: self.writer.atom(atom, names))
            if turned is not None:
                return turned
        if not any(isinstance(a, Base) and e < 0 for a, e in term.factors):
            return self._orient_guard(term) if self.orient else None
        names = self._names_for(term)
        cancelled = cancelled_component(term, names, self.writer)
        if cancelled is not None:
            return [cancelled]
        inner = self._inner(names)
        replaced = eliminated(term, names, self.writer, lambda a, b: inner.add(a, inner.negate(b)))
        if replaced is not None:
            return replaced
        return self._orient_guard(term) if self.orient else None

    def _orient_guard(self, term: Term) -> list[Term] | None:
        """[-a - 1 >= 0] is 1 - [a >= 0] for an integer a: the one with the smaller text is kept."""
        bound = set(term.bound)
        for k, (atom, _) in enumerate(term.factors):
            if not isinstance(atom, AtLeastZero):
                continue
            instead = self._by_order(atom, bound)
            if instead is None and not atom.indices & bound:
                other = AtLeastZero(atom.affine.times(Size.of(-1)).plus(Size.of(-1)))
                bounds = other.affine.bounds()
                tight = bounds is not None and bounds[1] == 0
                if tight or self.writer.atom(other, self.names) < self.writer.atom(atom, self.names):
                    instead = [(1, ()), (-1, (other,))]
            if instead:
                rest = term.factors[:k] + term.factors[k + 1 :]
                return [
                    Term(term.coefficient * c, term.bound, (*rest, *((a, F1) for a in atoms)))
                    for c, atoms in instead
                ]
        return None

    def _by_order(self, atom: AtLeastZero, bound: set[Ix]) -> list[tuple[int, tuple[Atom, ...]]] | None:
        """[i > j] and [j >= i] by [i >= j] and δ_ij, where i is free, or has the smaller name.

        An empty list for [i >= j] itself, None for what is no order of two indices.
        """
        constant, signs = atom.affine.const, dict(atom.affine.terms)
        if constant not in (0, -1) or len(signs) != 2 or set(signs.values()) != {ONE, MINUS_ONE}:
            return None
        i, j = sorted(signs, key=lambda index: not signs[index].is_one)
        if not isinstance(i, Ix) or not isinstance(j, Ix):
            return None
        names = [None if x in bound else self.names.get(x) for x in (i, j)]
        if names == [None, None]:
            return None
        strict, difference = constant == -1, Affine.of(i) - Affine.of(j)
        if names[0] is None or (names[1] is not None and names[1] < names[0]):
            reverse = AtLeastZero(difference.times(Size.of(-1)))
            return [(1, ()), (-1, (reverse,)), *([] if strict else [(1, (Delta(difference),))])]
        return [(1, (AtLeastZero(difference),)), (-1, (Delta(difference),))] if strict else []


def _outline(atom: Atom) -> Hashable:
    """What two atoms have in common where their texts are the same: cheaper than the texts."""
    match atom:
        case Access(node=node):
            return (Access, node, atom.indices)
        case Letter(name=name):
            return (Letter, str(name))
        case Function(name=name):
            return (Function, name, atom.indices)
    return (type(atom), atom.indices)


def _count_unused(term: Term) -> Term:
    """Σ over an index that nothing depends on is a factor: its size."""
    if not term.bound:
        return term
    used: set[Ix] = set()
    for atom, _ in term.factors:
        used |= atom.indices
    unused = [i for i in term.bound if i not in used]
    if not unused:
        return term
    coefficient = term.coefficient
    factors = list(term.factors)
    for index in unused:
        size = size_poly(index.size)
        if len(size) == 1:
            coefficient *= size[0].coefficient
            factors += size[0].factors
        elif size:
            factors.append((Base(size), F1))
        else:
            coefficient = F0
    return Term(coefficient, tuple(i for i in term.bound if i in used), tuple(factors))
