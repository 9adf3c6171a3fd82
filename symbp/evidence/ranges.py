"""Index arithmetic within a term: digits, ranges, and Kronecker deltas solved for summed indices.

Each step is an equality of sums over integers: a summed index is exchanged for others by a
bijection of the ranges, or a δ leaves the one value of an index for which it is 1 (with guards
where that value could be out of range).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symbp.algebra.size import Size
from symbp.evidence.index_terms import Affine, Digit, Ix, Lookup
from symbp.evidence.polynomials import (
    F1,
    Access,
    AtLeastZero,
    Atom,
    Base,
    Delta,
    Exp,
    Factor,
    Function,
    Step,
    Term,
    replace_atom,
)

Factors = list[Factor]


def term_affines(term: Term) -> Iterator[Affine]:
    """Every index expression in a term, at any depth of its atoms."""
    stack: list[Atom] = [a for a, _ in term.factors]
    while stack:
        atom = stack.pop()
        match atom:
            case Access(at=at):
                yield from at
            case Delta(affine=affine) | AtLeastZero(affine=affine):
                yield affine
            case Exp(exponent=poly) | Base(poly=poly) | Step(poly=poly):
                stack += [a for t in poly for a, _ in t.factors]
            case Function(arguments=arguments):
                stack += [a for poly in arguments for t in poly for a, _ in t.factors]


def replace_bound(term: Term, index: Ix, value: Affine, new: tuple[Ix, ...]) -> Term:
    """The term with one bound index written through others (a bijection of the ranges)."""
    bound = tuple(i for i in term.bound if i is not index) + new
    factors = tuple((replace_atom(a, {index: value}), e) for a, e in term.factors)
    return Term(term.coefficient, bound, factors)


def split_digits(term: Term) -> Term:
    """A bound index of which digits are read is replaced by one index for each digit.

    0 … n-1 is the set of numbers a·(size·stride) + b·stride + c where n = above·size·stride.
    """
    if not term.bound:
        return term
    bound = set(term.bound)
    for affine in term_affines(term):
        for atom, _ in affine.terms:
            if isinstance(atom, Digit) and (index := atom.value.single) in bound and index is not None:
                sizes = _radix(index.size, atom.stride, atom.size)
                if sizes is not None:
                    new = tuple(Ix(s) for s in sizes)
                    return split_digits(replace_bound(term, index, _number(new), new))
    return term


def _number(digits: tuple[Ix, ...]) -> Affine:
    """The mixed-radix number with these digits."""
    value = Affine.of(0)
    for i in digits:
        value = value.times(i.size) + (Affine.of(0) if i.size.is_one else Affine.of(i))
    return value


def _radix(total: Size, stride: Size, size: Size) -> list[Size] | None:
    """Sizes of the digits above, at and below one digit of a number below `total`."""
    above = total.divide(stride * size)
    return None if above is None else [above, size, stride]


def shrink_ranges(term: Term) -> Term:
    """Guards on a bound index alone become its range: Σ_i [i <= c] f(i) = Σ_{i < c+1} f(i)."""
    bound = set(term.bound)
    for k, (atom, _) in enumerate(term.factors):
        if not isinstance(atom, AtLeastZero) or len(atom.affine.terms) != 1:
            continue
        index, coefficient = atom.affine.terms[0]
        if index not in bound or not isinstance(index, Ix):
            continue
        const = atom.affine.const
        rest = Term(term.coefficient, term.bound, term.factors[:k] + term.factors[k + 1 :])
        if coefficient == Size.of(-1) and (index.size - 1 - const).is_at_least(0) and const.is_at_least(-1):
            shorter = Ix(const + 1)
            return shrink_ranges(replace_bound(rest, index, Affine.of(shorter), (shorter,)))
        low = -const
        if coefficient.is_one and low.is_at_least(0) and (index.size - low).is_at_least(0):
            shorter = Ix(index.size - low)
            return shrink_ranges(replace_bound(rest, index, Affine.of(shorter).plus(low), (shorter,)))
    return term


# -- deltas ---------------------------------------------------------------------------------------


def split_delta(affine: Affine) -> tuple[Affine, Affine] | None:
    """c·A + B = 0 with |B| < c holds only where A = 0 and B = 0 (B is a multiple of c)."""
    if len(affine.terms) < 2:
        return None
    for _, factor in affine.terms:
        if factor.is_constant and abs(factor.constant) <= 1:
            continue
        c = factor if factor.is_at_least(1) else -factor
        high, low = Affine.of(0), Affine(affine.const)
        for atom, coefficient in affine.terms:
            part = coefficient.divide(c)
            if part is None:
                low = low + Affine(Size.of(0), ((atom, coefficient),))
            else:
                high = high + Affine(Size.of(0), ((atom, part),))
        bounds = low.bounds()
        if bounds is None or not high.terms or not low.terms:
            continue
        if (c - 1 - bounds[1]).is_at_least(0) and (bounds[0] + c - 1).is_at_least(0):
            return high, low
    return None


def solve_deltas(term: Term, names: Mapping[Ix, str]) -> Term | None:
    """δ and guards solved for bound indices, as far as they can be; None where one cannot hold."""
    if not any(isinstance(a, Delta | AtLeastZero) for a, _ in term.factors):
        return term
    bound, factors = list(term.bound), list(term.factors)
    while True:
        for k, (atom, _) in enumerate(factors):
            done: bool | None = False
            if isinstance(atom, Delta):
                done = _solve_delta(atom.affine, k, bound, factors, names)
            elif isinstance(atom, AtLeastZero):
                done = _solve_guard(atom.affine, k, factors)
            if done is None:
                return None
            if done:
                break
        else:
            return Term(term.coefficient, tuple(bound), tuple(factors))


def _solve_delta(
    affine: Affine, k: int, bound: list[Ix], factors: Factors, names: Mapping[Ix, str]
) -> bool | None:
    """One step on factor k, δ(affine): True where something changed, None where it cannot be 1."""
    if not affine.terms:
        if not affine.const.terms:
            del factors[k]
            return True
        return None if affine.const.is_constant or affine.const.is_at_least(1) else False
    if _never_zero(affine):
        return None
    parts = split_delta(affine)
    if parts is not None:
        factors[k : k + 1] = [(Delta(p), F1) for p in parts]
        return True
    found = _solution(affine, bound)
    if found is None:
        return _substitute_free(factors, k, affine, names)
    index, value, guards = found
    bound.remove(index)
    del factors[k]
    factors[:] = [(replace_atom(a, {index: value}), e) for a, e in factors] + guards
    return True


def _solve_guard(affine: Affine, k: int, factors: Factors) -> bool | None:
    """One step on factor k, [affine >= 0]: always true, never true, or true only at 0."""
    bounds = affine.bounds()
    if bounds is None:
        return False
    low, high = bounds
    if high == 0:
        factors[k] = (Delta(affine), F1)
        return True
    if low.is_at_least(0):
        del factors[k]
        return True
    return None if (-high).is_at_least(1) else False


def _substitute_free(factors: Factors, k: int, affine: Affine, names: Mapping[Ix, str]) -> bool:
    """Beside δ(i, e) a free index i is e in all other factors; whether that changed any."""
    for index in sorted(affine.indices, key=lambda i: (names.get(i, ""), i.serial), reverse=True):
        value = affine.solve(index)
        if value is None or any(isinstance(a, Lookup) for a, _ in affine.terms):
            continue
        others = [j for j, (a, _) in enumerate(factors) if j != k and index in a.indices]
        for j in others:
            factors[j] = (replace_atom(factors[j][0], {index: value}), factors[j][1])
        return bool(others)
    return False


def _never_zero(affine: Affine) -> bool:
    bounds = affine.bounds()
    return bounds is not None and (bounds[0].is_at_least(1) or (-bounds[1]).is_at_least(1))


def _solution(affine: Affine, bound: list[Ix]) -> tuple[Ix, Affine, list[Factor]] | None:
    """A bound index, what it is, and the guards that its range needs; guard-free ones first."""
    guarded = None
    for index in bound:
        value = affine.solve(index)
        if value is None:
            continue
        if value.is_within(index.size):
            return index, value, []
        if guarded is None:
            low: Factor = (AtLeastZero(value), F1)
            high: Factor = (AtLeastZero(Affine.of(index.size - 1) - value), F1)
            guarded = index, value, [low, high]
    return guarded
