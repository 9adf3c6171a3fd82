"""Signs and contents: what is known to be positive, and what can be taken out of a bracket."""

from __future__ import annotations

from fractions import Fraction

from symbp.evidence.polynomials import (
    F1,
    Access,
    AtLeastZero,
    Atom,
    Base,
    Delta,
    Exp,
    Factor,
    Letter,
    Poly,
    Step,
    Term,
    inverse,
)
from symbp.evidence.sums import Sums


class Contents(Sums):
    """Brackets as content times a primitive part."""

    def is_positive(self, atom: Atom) -> bool:
        """Known to be > 0 (almost everywhere, where facts allow 0 at the rim)."""
        match atom:
            case Exp() | Letter():
                return True
            case Access(node=node):
                return self.known.positive(node)
            case Base(poly=poly):
                return all(self._is_term_above(t) for t in poly) and any(
                    all(self.is_positive(a) for a, _ in t.factors)
                    and all(i.size.is_at_least(1) for i in t.bound)
                    for t in poly
                )
        return False

    def is_nonnegative(self, atom: Atom) -> bool:
        """Known to be >= 0."""
        if isinstance(atom, Step | Delta | AtLeastZero) or self.is_positive(atom):
            return True
        return isinstance(atom, Base) and all(self._is_term_above(t) for t in atom.poly)

    def _is_term_above(self, term: Term) -> bool:
        """Sums of products of even powers and of what is not negative, with a positive factor."""
        return term.coefficient > 0 and all(
            (e.denominator == 1 and e % 2 == 0) or self.is_nonnegative(a) for a, e in term.factors
        )

    def primitive(self, poly: Poly, exponent: Fraction) -> tuple[Term | None, Poly]:
        """poly = content · primitive, with a primitive part that does not depend on scaling."""
        whole = exponent.denominator == 1
        common = self._common_factors(poly, whole)
        poly = self.collect([Term(t.coefficient, t.bound, t.factors + inverse(common)) for t in poly])
        shift = self._exponential_shift(poly)
        if shift is not None:
            divisor = ((Exp(self.negate(shift.exponent)), F1),)
            poly = self.collect([Term(t.coefficient, t.bound, t.factors + divisor) for t in poly])
            common = (*common, (shift, F1))
        ordered = sorted(poly, key=lambda t: self.writer.term(t, self.names))
        lead = ordered[0].coefficient
        if not whole:
            lead = abs(lead)
        poly = self.scale(tuple(ordered), 1 / lead)
        if lead == 1 and not common:
            return None, poly
        return Term(lead, (), tuple(common)), poly

    def _common_factors(self, poly: Poly, whole: bool) -> tuple[Factor, ...]:
        shared: dict[str, Factor] | None = None
        for term in poly:
            bound = set(term.bound)
            own: dict[str, Factor] = {
                self.writer.atom(a, self.names): (a, e)
                for a, e in term.factors
                if not isinstance(a, Exp) and not a.indices & bound and (whole or self.is_positive(a))
            }
            if shared is None:
                shared = own
                continue
            shared = {
                text: (a, min(e, own[text][1]) if e > 0 else max(e, own[text][1]))
                for text, (a, e) in shared.items()
                if text in own and (e > 0) == (own[text][1] > 0)
            }
        result = list((shared or {}).values())
        negative = self._least_negative(poly, whole, {self.writer.atom(a, self.names) for a, _ in result})
        return tuple(result + negative)

    def _least_negative(self, poly: Poly, whole: bool, known: set[str]) -> list[Factor]:
        """Negative powers of letters and leaves leave the bracket, so that n u and u are alike."""
        least: dict[str, Factor] = {}
        for term in poly:
            for a, e in term.factors:
                if (e < 0 and isinstance(a, Letter)) or (
                    e < 0 and isinstance(a, Access) and (whole or self.is_positive(a)) and not term.bound
                ):
                    text = self.writer.atom(a, self.names)
                    if text not in known and (text not in least or e < least[text][1]):
                        least[text] = (a, e)
        return list(least.values())

    def _exponential_shift(self, poly: Poly) -> Exp | None:
        """The exponential to divide by so that the bracket does not depend on a common shift."""
        candidates: list[Exp | None] = []
        for term in poly:
            found = [a for a, _ in term.factors if isinstance(a, Exp)]
            if found and not (found[0].indices & set(term.bound)):
                candidates.append(found[0])
            elif not found:
                candidates.append(None)
        if not any(candidates):
            return None

        def shifted(choice: Exp | None) -> str:
            if choice is None:
                return self.writer.poly(poly, self.names)
            divisor = ((Exp(self.negate(choice.exponent)), F1),)
            moved = self.collect([Term(t.coefficient, t.bound, t.factors + divisor) for t in poly])
            return self.writer.poly(moved, self.names)

        return min(candidates, key=shifted)
