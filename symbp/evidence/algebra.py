"""Powers, exponentials and logarithms of polynomials, and the decision whether one is 0.

- e^a e^b = e^(a+b), e^(c log u) = u^c for a positive u: exact.
- (ab)^p = a^p b^p for whole p, and for any p where all factors but one are known to be >= 0 (the
  left side is defined only where the last one is, too); everything else stays under one root:
  √(ab) √(bc) √(ca) is |abc|, not abc.
- (u²)^½ = |u| = u (2[u > 0] - 1): exact, 0 included.
- log|ab| = log|a| + log|b|, log|a^p| = p log|a|: exact where a and b are not 0; gates are refused.
"""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.size import Size
from symbp.evidence.gates import Gates
from symbp.evidence.index_terms import Affine, Ix
from symbp.evidence.polynomials import (
    F1,
    LARGEST,
    Atom,
    Base,
    Exp,
    Factor,
    Function,
    GivenUp,
    Letter,
    Poly,
    Term,
    constant,
    fresh,
    monomial,
    replace_atom,
    split_components,
)

MOST_DENOMINATORS = 2
"""Denominators that are cleared to see that a sum is positive."""


class Algebra(Gates):
    """Sums, products and powers of polynomials in normal form."""

    def power(self, poly: Poly, exponent: Fraction) -> Poly:
        """poly ** exponent, poly in normal form.  GivenUp for 0 to a negative power."""
        if exponent == 1:
            return poly
        if not poly:
            if exponent > 0:
                return ()
            raise GivenUp("a division by zero")
        if exponent.denominator == 1 and 0 < exponent <= 8:
            result = poly
            for _ in range(int(exponent) - 1):
                result = self.multiply(result, poly)
            return result
        if len(poly) == 1:
            return self._power_of_term(poly[0], exponent)
        content, primitive = self.primitive(poly, exponent)
        base = self.collect([Term(F1, (), ((Base(primitive), exponent),))])
        return base if content is None else self.multiply(self._power_of_term(content, exponent), base)

    def _power_of_term(self, term: Term, exponent: Fraction) -> Poly:
        """A product to a power, taken apart as far as that is sound."""
        if exponent.denominator == 1:
            return self._whole_power(term, exponent)
        factors: list[Factor] = []
        left: list[Factor] = []
        for atom, power in self._joined_components(term):
            if isinstance(atom, Exp):
                factors.append((Exp(self.scale(atom.exponent, power * exponent)), F1))
            elif power.denominator == 1 and power % 2 == 0 and (power * exponent).denominator == 1:
                factors += self._absolute(atom, power * exponent)
            elif self.is_nonnegative(atom):
                factors.append((atom, power * exponent))
            else:
                left.append((atom, power))
        coefficient, inside = F1, term.coefficient
        if inside > 0:
            coefficient = _exact_power(inside, exponent) or F1
            if coefficient == 1 and inside != 1:
                factors.append((Base(constant(inside)), exponent))
            inside = F1
        if left or inside != 1:
            whole = self.collect([Term(inside, (), tuple(left))])
            factors.append((Base(whole), exponent))
        return self.collect([Term(coefficient, (), tuple(factors))])

    def _whole_power(self, term: Term, exponent: Fraction) -> Poly:
        free, components = split_components(term)
        factors: list[Factor] = [
            (Exp(self.scale(a.exponent, e * exponent)), F1) if isinstance(a, Exp) else (a, e * exponent)
            for a, e in free
        ]
        for bound, group in components:
            factors.append((Base((Term(F1, tuple(bound), tuple(group)),)), exponent))
        return self.collect([Term(term.coefficient ** int(exponent), (), tuple(factors))])

    def _joined_components(self, term: Term) -> list[Factor]:
        """The factors of a term, equal sums among them as one bracket with a power."""
        free, components = split_components(term)
        found: dict[str, Factor] = {}
        for bound, group in components:
            base = Base((Term(F1, tuple(bound), tuple(group)),))
            text = self.writer.atom(base, self.names)
            found[text] = (found[text][0], found[text][1] + 1) if text in found else (base, F1)
        return [*free, *found.values()]

    def _absolute(self, atom: Atom, power: Fraction) -> list[Factor]:
        """|atom|^power, where atom^2 stood under a root."""
        if power % 2 == 0 or self.is_positive(atom):
            return [(atom, power)]
        poly = self.collect([Term(F1, (), ((atom, F1),))])
        sign = self.add(self.scale(self.step(poly), Fraction(2)), constant(-1))
        return [(atom, power), (Base(sign), F1)]

    # -- exponentials and logarithms ----------------------------------------------------------

    def exp(self, poly: Poly) -> Poly:
        """e^poly, for each case of the gates in it where cases are told apart."""
        return self.by_cases(poly, self._exp) if self.known.by_cases else self._exp(poly)

    def _exp(self, poly: Poly) -> Poly:
        plain, powers = [], []
        for term in poly:
            inner = self._logarithm(term)
            if inner is None:
                plain.append(term)
            else:
                powers.append(self.power(inner, term.coefficient))
        result = monomial(Exp(tuple(plain))) if plain else constant(1)
        for factor in powers:
            result = self.multiply(result, factor)
        return result

    def _logarithm(self, term: Term) -> Poly | None:
        """u where a term is c·log u, u is known to be positive, and c is a number."""
        if term.bound or len(term.factors) != 1:
            return None
        atom, power = term.factors[0]
        if power != 1 or not isinstance(atom, Function) or atom.name != "log":
            return None
        (inner,) = atom.arguments
        return inner if self.is_positive(Base(inner)) else None

    def log(self, poly: Poly) -> Poly:
        """log|poly|, taken apart over products and powers, and over cases where these are told apart."""
        return self.by_cases(poly, self._log) if self.known.by_cases else self._log(poly)

    def _log(self, poly: Poly) -> Poly:
        if not poly:
            raise GivenUp("the logarithm of 0")
        if len(poly) > 1:
            quotient = self.positive_quotient(poly)
            if quotient is not None:
                above, below = quotient
                return self.add(self._log(above), *[self.scale(self._log(b), -k) for b, k in below])
            content, primitive = self.primitive(poly, F1)
            rest = monomial(Function("log", (primitive,)))
            return rest if content is None else self.add(self._log((content,)), rest)
        term = poly[0]
        free, components = split_components(term)
        parts: list[Poly] = _log_number(abs(term.coefficient))
        for atom, power in free:
            if self._is_gate(atom):
                raise GivenUp("the logarithm of what is 0 or 1")
            if isinstance(atom, Exp):
                parts.append(self.scale(atom.exponent, power))
            else:
                inner = atom.poly if isinstance(atom, Base) else monomial(atom)
                parts.append(self.scale(monomial(Function("log", (inner,))), power))
        for bound, group in components:
            inner = (Term(F1, tuple(bound), tuple(group)),)
            parts.append(monomial(Function("log", (inner,))))
        return self.add(*parts)

    def positive_quotient(self, poly: Poly) -> tuple[Poly, list[tuple[Poly, Fraction]]] | None:
        """A sum not seen to be positive as a quotient that is: 1 - 1/(1 + e^-z) as e^-z/(1 + e^-z)."""
        if self.is_positive(Base(poly)):
            return None
        below: list[tuple[Poly, Fraction]] = []
        for _ in range(MOST_DENOMINATORS):
            found = self._denominator(poly)
            if found is None or not self.is_positive(found[1]):
                return None
            poly = self.collect([s for t in poly for s in self._cleared(t, *found)])
            below.append((found[1].poly, found[2]))
            if self.is_positive(Base(poly)):
                return poly, below
        return None

    # -- zero ---------------------------------------------------------------------------------

    def is_zero(self, poly: Poly, depth: int = 6) -> bool:
        """Whether a polynomial is 0: empty, or empty once denominators are cleared.

        Clearing multiplies by a power of a denominator, which is not 0 where the whole is defined.
        """
        self.orient = True
        poly = self.collect(poly)
        self.orient = False
        if self.known.by_cases:
            poly = self.with_implications(poly)
        if not poly:
            return True
        if not depth:
            return False
        found = self._denominator(poly)
        if found is None:
            return self._is_zero_summand(poly, depth)
        cleared = [s for t in poly for s in self._cleared(t, *found)]
        return self.is_zero(self.collect(cleared), depth - 1)

    def _is_zero_summand(self, poly: Poly, depth: int) -> bool:
        """Σ_j P_j = 0 where P_j = 0 for every j: denominators with a bound index can be cleared then.

        One index of each term, of the same size, becomes the free index j; terms without such an
        index have to be 0 by themselves.
        """
        for size in self._divided_sizes(poly):
            common = Ix(size)
            own = [(t, self._summed_over(t, size)) for t in poly]
            freed = [self._freed(t, index, common) for t, index in own if index is not None]
            rest = tuple(t for t, index in own if index is None)
            self.names = {**self.names, common: f"j{depth}"}
            if self.is_zero(tuple(freed), depth - 1) and (not rest or self.is_zero(rest, depth - 1)):
                return True
        return False

    @staticmethod
    def _divided_sizes(poly: Poly) -> list[Size]:
        """The sizes of bound indices that stand in denominators."""
        found: dict[Size, None] = {}
        for term in poly:
            for atom, power in term.factors:
                if isinstance(atom, Base) and power < 0:
                    found.update((i.size, None) for i in term.bound if i in atom.indices)
        return list(found)

    @staticmethod
    def _summed_over(term: Term, size: Size) -> Ix | None:
        """The bound index of a size; one that stands in a denominator where there are several."""
        fitting = [i for i in term.bound if i.size == size]
        below = {i for a, e in term.factors if isinstance(a, Base) and e < 0 for i in a.indices}
        return next((i for i in fitting if i in below), fitting[0] if fitting else None)

    @staticmethod
    def _freed(term: Term, index: Ix, common: Ix) -> Term:
        factors = tuple((replace_atom(a, {index: Affine.of(common)}), e) for a, e in term.factors)
        return Term(term.coefficient, tuple(i for i in term.bound if i is not index), factors)

    def _cleared(self, term: Term, text: str, atom: Base, power: Fraction) -> Poly:
        """The term times atom^power, whole powers expanded."""
        factors = list(term.factors)
        for k, (a, e) in enumerate(factors):
            if isinstance(a, Base) and self.writer.atom(a, self.names) == text:
                power += e
                del factors[k]
                break
        part = power - int(power)
        if part:
            factors.append((atom, part))
        expanded: Poly = (Term(term.coefficient, term.bound, tuple(factors)),)
        for _ in range(int(power)):
            expanded = tuple(
                Term(s.coefficient * t.coefficient, s.bound + t.bound, s.factors + t.factors)
                for s in expanded
                for t in fresh(atom.poly)
            )
            if len(expanded) > LARGEST:
                raise GivenUp("too many terms")
        return expanded

    def _denominator(self, poly: Poly) -> tuple[str, Base, Fraction] | None:
        """A bracket with only free indices to clear, with the power that clears it."""
        worst: dict[str, tuple[Base, Fraction]] = {}
        for term in poly:
            bound = set(term.bound)
            for atom, power in term.factors:
                if isinstance(atom, Base) and power < 0 and not atom.indices & bound:
                    text = self.writer.atom(atom, self.names)
                    if text not in worst or power < worst[text][1]:
                        worst[text] = (atom, power)
        if not worst:
            return None
        text = min(worst)
        atom, power = worst[text]
        return text, atom, -power


def _exact_power(value: Fraction, exponent: Fraction) -> Fraction | None:
    """value ** exponent where it is rational."""
    from_root = [_integer_root(n, exponent.denominator) for n in (value.numerator, value.denominator)]
    if None in from_root:
        return None
    root = Fraction(from_root[0] or 0, from_root[1] or 1)
    return root**exponent.numerator


def _integer_root(value: int, degree: int) -> int | None:
    guess = round(value ** (1.0 / degree)) if value < 2**900 else 0
    return next((g for g in (guess - 1, guess, guess + 1) if g >= 0 and g**degree == value), None)


def _log_number(value: Fraction) -> list[Poly]:
    """log of a positive rational through its prime factors (up to a bound), so that log 6 = log 2 + log 3."""
    parts: list[Poly] = []
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        prime = 2
        while number > 1 and prime <= 1000:
            power = 0
            while number % prime == 0:
                number //= prime
                power += 1
            if power:
                parts.append((Term(Fraction(sign * power), (), ((Letter(f"log {prime}"), F1),)),))
            prime += 1
        if number > 1:
            parts.append((Term(Fraction(sign), (), ((Letter(f"log {number}"), F1),)),))
    return parts
