"""Powers of brackets: what is left of a denominator beside sums that it cancels.

Two identities, both true wherever u is not 0 (where the left sides are not defined either):

    Σ_k f_k · (Σ_k f_k)⁻¹ = 1,        m · u⁻ʲ = u¹⁻ʲ − (u − m) u⁻ʲ.

The second, with m the leading monomial of u in a fixed order, is the rewriting by the relation
u · u⁻¹ = 1 (as in the localisation of a ring, Becker and Weispfenning 1993, ch. 6): terms in which
m stands beside u⁻ʲ disappear, so equal fractions get equal texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from symbp.evidence.index_terms import Ix
from symbp.evidence.polynomials import (
    F0,
    Base,
    Exp,
    Factor,
    Poly,
    Term,
    fresh,
    split_components,
)
from symbp.evidence.writer import Writer

Names = Mapping[Ix, str]
Difference = Callable[[Poly, Poly], Poly]


def expanded_power(term: Term) -> list[Term] | None:
    """u^p with p >= 1 as u^(p-1) times the terms of u."""
    for k, (atom, power) in enumerate(term.factors):
        if isinstance(atom, Base) and power >= 1 and (len(atom.poly) > 1 or power.denominator == 1):
            rest: tuple[Factor, ...] = (*term.factors[:k], (atom, power - 1), *term.factors[k + 1 :])
            rest = tuple(f for f in rest if f[1])
            return [
                Term(term.coefficient * t.coefficient, term.bound + t.bound, rest + t.factors)
                for t in fresh(atom.poly)
            ]
    return None


def cancelled_component(term: Term, names: Names, writer: Writer) -> Term | None:
    """Σ_k f_k beside (Σ_k f_k)^-1 is 1."""
    single = [
        (k, atom, power)
        for k, (atom, power) in enumerate(term.factors)
        if isinstance(atom, Base) and power < 0 and len(atom.poly) == 1
    ]
    if not single:
        return None
    _, components = split_components(term)
    for bound, factors in components:
        outside = {i: n for i, n in names.items() if i not in bound}
        text = None
        for k, atom, power in single:
            inner = atom.poly[0]
            if (atom, power) in factors or len(inner.bound) != len(bound):
                continue
            text = text or writer.component(bound, factors, outside)
            if writer.term(inner, names) != text:
                continue
            rest = [f for f in term.factors if f not in factors and f is not term.factors[k]]
            if power + 1:
                rest.append((atom, power + 1))
            left = tuple(i for i in term.bound if i not in bound)
            return Term(term.coefficient / inner.coefficient, left, tuple(rest))
    return None


def eliminated(term: Term, names: Names, writer: Writer, difference: Difference) -> list[Term] | None:
    """The first elimination of a leading monomial that applies."""
    for k, (atom, power) in enumerate(term.factors):
        if isinstance(atom, Base) and power < 0 and len(atom.poly) > 1:
            replaced = _eliminate(term, k, names, writer, difference)
            if replaced is not None:
                return replaced
    return None


def _eliminate(term: Term, k: int, names: Names, writer: Writer, difference: Difference) -> list[Term] | None:
    """m · u^-j -> u^(1-j) - (u - m) u^-j for the leading monomial m of the bracket u."""
    atom, _ = term.factors[k]
    assert isinstance(atom, Base)
    lead = _leading(atom.poly, names, writer)
    if lead is None:
        return None
    rest = _divide_out(term.factors, lead, names, writer, difference)
    if rest is None:
        return None
    raised = tuple(f for f in ((a, e + 1 if a is atom else e) for a, e in rest) if f[1])
    result = [Term(term.coefficient / lead.coefficient, term.bound, raised)]
    for other in atom.poly:
        if other is lead:
            continue
        (copy,) = fresh((other,))
        coefficient = -term.coefficient * copy.coefficient / lead.coefficient
        result.append(Term(coefficient, term.bound + copy.bound, rest + copy.factors))
    return result


def _leading(poly: Poly, names: Names, writer: Writer) -> Term | None:
    """The monomial of a bracket that is eliminated: unsummed, an exponential if there is one."""
    candidates = [t for t in poly if not t.bound and t.factors]
    if not candidates:
        return None
    vectors = [_exponents(t, names, writer) for t in candidates]
    variables = sorted({v for vector in vectors for v in vector})

    def order(k: int) -> tuple[Fraction, list[Fraction]]:
        vector = vectors[k]
        return sum((abs(e) for e in vector.values()), F0), [vector.get(v, F0) for v in variables]

    best = candidates[max(range(len(candidates)), key=order)]
    exponential = any(isinstance(a, Exp) for a, _ in best.factors)
    return best if exponential or all(e > 0 for _, e in best.factors) else None


def _exponents(term: Term, names: Names, writer: Writer) -> dict[str, Fraction]:
    """A monomial as exponents of variables; an exponential counts by its parts."""
    vector: dict[str, Fraction] = {}
    for atom, power in term.factors:
        if isinstance(atom, Exp):
            for part in atom.exponent:
                vector["exp " + writer.term(part, names)] = part.coefficient
        else:
            vector[writer.atom(atom, names)] = power
    return vector


def _divide_out(
    factors: tuple[Factor, ...], lead: Term, names: Names, writer: Writer, difference: Difference
) -> tuple[Factor, ...] | None:
    """The factors without the monomial, or None where it does not divide them."""
    rest = list(factors)
    for atom, power in lead.factors:
        if isinstance(atom, Exp):
            if not _divide_exponential(rest, atom, names, writer, difference):
                return None
            continue
        text = writer.atom(atom, names)
        for k, (own, have) in enumerate(rest):
            if not isinstance(own, Exp) and writer.atom(own, names) == text:
                if (power > 0 and have >= power) or (power < 0 and have <= power):
                    rest[k] = (own, have - power)
                    break
                return None
        else:
            return None
    return tuple(f for f in rest if f[1])


def _divide_exponential(
    rest: list[Factor], lead: Exp, names: Names, writer: Writer, difference: Difference
) -> bool:
    """Divide the exponential among the factors by another, if that is a part of it."""
    for k, (own, _) in enumerate(rest):
        if not isinstance(own, Exp):
            continue
        head = min(lead.exponent, key=lambda t: writer.term(t, names))
        text = writer.term(head, names)
        for t in own.exponent:
            if writer.term(t, names) == text:
                if t.coefficient / head.coefficient < 1:
                    return False
                left = difference(own.exponent, lead.exponent)
                rest[k : k + 1] = [(Exp(left), Fraction(1))] if left else []
                return True
    return False
