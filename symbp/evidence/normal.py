"""Normal forms: an entry of a node as a sum of products, the same for equal ones.

A polynomial is a list of terms; a term is a number, bound (summed) indices, and atoms with
rational exponents.  Two nodes are proved equal, for all sizes and values, where the normal form
of their difference is empty.  Every step is an equality:

- products are distributed over sums, sums over indices are linear (rings);
- a Kronecker δ is solved for a bound index, with a guard where ranges could differ;
- e^a e^b = e^(a+b); powers of one base add their exponents; fractional powers are taken apart
  only for factors that are known to be positive;
- a multi-term base u is made primitive (common factors out), and its first monomial m is
  eliminated beside u^-k by m u^-1 = 1 - (u - m) u^-1;
- [u > 0] is idempotent, [-u > 0] = 1 - [u > 0] almost everywhere;
- terms that differ by renaming bound indices are merged: each connected component gets a
  canonical text by colour refinement with individualisation (McKay 1981; the texts decide, so a
  bad refinement costs time, never soundness).

What has no such form (max, inverse, determinant) stays an atom named by its node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.evidence.index_terms import Affine, Digit, IndexAtom, Ix, Lookup

LARGEST = 1500
"""Terms of one polynomial beyond which the attempt is given up."""

MOST_GATES = 4
"""Gates within a comparison that are split by cases."""
MOST_BRANCHES = 400
"""Orders of bound indices that are tried for one canonical text."""


class GivenUp(Exception):
    """The normal form would be too large, or there is none."""


class Budget:
    """How much work is left; counted in factors looked at, so that verdicts do not depend on the clock."""

    def __init__(self, left: int = 300_000) -> None:
        self.left = left

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise GivenUp("too much work")


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """One entry of a leaf (or of a node that is treated as one)."""

    node: Node
    at: tuple[Affine, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A size, or a symbolic number, as a factor; positive."""

    name: Any


@dataclass(frozen=True, slots=True, eq=False)
class Exp:
    """e^exponent; always with power 1."""

    exponent: Poly


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """A polynomial in brackets."""

    poly: Poly


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function that no law here takes apart."""

    name: str
    arguments: tuple[Poly, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """[poly > 0]."""

    poly: Poly


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """[affine = 0]."""

    affine: Affine


@dataclass(frozen=True, slots=True, eq=False)
class AtLeastZero:
    """[affine >= 0]."""

    affine: Affine


Atom: TypeAlias = "Access | Letter | Exp | Base | Function | Step | Delta | AtLeastZero"
Factor: TypeAlias = tuple[Atom, Fraction]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """coefficient · Σ over bound · Π atom^exponent."""

    coefficient: Fraction
    bound: tuple[Ix, ...]
    factors: tuple[Factor, ...]


Poly: TypeAlias = tuple[Term, ...]
F0, F1 = Fraction(0), Fraction(1)


def constant(value: Fraction | int) -> Poly:
    return (Term(Fraction(value), (), ()),) if value else ()


def monomial(atom: Atom, exponent: Fraction = F1) -> Poly:
    return (Term(F1, (), ((atom, exponent),)),)


def size_poly(size: Size) -> Poly:
    """A size as a polynomial in its letters."""
    terms = []
    for atoms, coefficient in size.terms:
        counted: dict[Any, int] = {}
        for atom in atoms:
            key = atom if isinstance(atom, str) else Size([((atom,), 1)])
            counted[key] = counted.get(key, 0) + 1
        factors = tuple((Letter(a), Fraction(k)) for a, k in counted.items())
        terms.append(Term(Fraction(coefficient), (), factors))
    return tuple(terms)


# -- indices ------------------------------------------------------------------------------------


def atom_indices(atom: Atom) -> set[Ix]:
    """The free indices of an atom."""
    match atom:
        case Access(at=at):
            return {i for part in at for i in part.indices()}
        case Exp(exponent=poly) | Base(poly=poly) | Step(poly=poly):
            return poly_indices(poly)
        case Function(arguments=arguments):
            return set().union(*(poly_indices(p) for p in arguments)) if arguments else set()
        case Delta(affine=affine) | AtLeastZero(affine=affine):
            return set(affine.indices())
    return set()


def poly_indices(poly: Poly) -> set[Ix]:
    found: set[Ix] = set()
    for term in poly:
        inside: set[Ix] = set()
        for atom, _ in term.factors:
            inside |= atom_indices(atom)
        found |= inside - set(term.bound)
    return found


def replace_atom(atom: Atom, mapping: Mapping[Ix, Affine]) -> Atom:
    if not (atom_indices(atom) & mapping.keys()):
        return atom
    match atom:
        case Access(node=node, at=at):
            return Access(node, tuple(part.replace(mapping) for part in at))
        case Exp(exponent=poly):
            return Exp(replace_poly(poly, mapping))
        case Base(poly=poly):
            return Base(replace_poly(poly, mapping))
        case Step(poly=poly):
            return Step(replace_poly(poly, mapping))
        case Function(name=name, arguments=arguments):
            return Function(name, tuple(replace_poly(p, mapping) for p in arguments))
        case Delta(affine=affine):
            return Delta(affine.replace(mapping))
        case AtLeastZero(affine=affine):
            return AtLeastZero(affine.replace(mapping))
    return atom


def replace_poly(poly: Poly, mapping: Mapping[Ix, Affine]) -> Poly:
    return tuple(
        Term(t.coefficient, t.bound, tuple((replace_atom(a, mapping), e) for a, e in t.factors)) for t in poly
    )


def fresh(poly: Poly) -> Poly:
    """The same with bound indices of its own."""
    result = []
    for term in poly:
        if not term.bound:
            result.append(term)
            continue
        new = {i: Ix(i.size) for i in term.bound}
        mapping = {i: Affine.of(j) for i, j in new.items()}
        factors = tuple((replace_atom(a, mapping), e) for a, e in term.factors)
        result.append(Term(term.coefficient, tuple(new.values()), factors))
    return tuple(result)


# -- canonical texts ----------------------------------------------------------------------------


class Writer:
    """Canonical texts of atoms, terms and polynomials.

    `names` give the texts of free indices.  Nodes and sizes are written by numbers that this
    writer hands out, so a text says nothing outside its own comparison.
    """

    def __init__(self, symmetric: Callable[[Node], bool] = lambda node: False) -> None:
        self._symmetric = symmetric
        self._nodes: dict[Node, int] = {}
        self._branches = 0
        self._cache: dict[tuple[Any, ...], str] = {}
        self._kept: list[Atom] = []
        """Atoms whose id is a key of the cache: they must not be freed before it."""

    def node(self, node: Node) -> str:
        return f"t{self._nodes.setdefault(node, len(self._nodes))}"

    def affine(self, affine: Affine, names: Mapping[Ix, str]) -> str:
        parts = []
        for atom, coefficient in affine.terms:
            text = self.index(atom, names)
            parts.append(text if coefficient.is_one else f"({coefficient}){text}")
        parts.sort()
        if affine.const.terms or not parts:
            parts.append(str(affine.const))
        return "+".join(parts)

    def index(self, atom: IndexAtom, names: Mapping[Ix, str]) -> str:
        if isinstance(atom, Ix):
            return names.get(atom) or f"?{atom.serial}"
        if isinstance(atom, Digit):
            return f"digit({self.affine(atom.value, names)};{atom.stride};{atom.size})"
        return f"{self.node(atom.node)}[{','.join(self.affine(p, names) for p in atom.at)}]"

    def atom(self, atom: Atom, names: Mapping[Ix, str]) -> str:
        match atom:
            case Access(node=node, at=at):
                places = [self.affine(p, names) for p in at]
                if len(places) == 2 and self._symmetric(node):
                    places.sort()
                return f"{self.node(node)}[{','.join(places)}]"
            case Letter(name=name):
                return f"#{name}"
        used = atom_indices(atom)
        relevant = tuple(sorted((i.serial, names[i]) for i in used if i in names))
        key = (id(atom), relevant)
        if key not in self._cache:
            self._cache[key] = self._compound(atom, names)
            self._kept.append(atom)
        return self._cache[key]

    def _compound(self, atom: Atom, names: Mapping[Ix, str]) -> str:
        match atom:
            case Exp(exponent=poly):
                return f"exp({self.poly(poly, names)})"
            case Base(poly=poly):
                return f"({self.poly(poly, names)})"
            case Step(poly=poly):
                return f"step({self.poly(poly, names)})"
            case Function(name=name, arguments=arguments):
                return f"{name}({';'.join(self.poly(p, names) for p in arguments)})"
            case Delta(affine=affine):
                both = sorted((self.affine(affine, names), self.affine(affine.times(Size.of(-1)), names)))
                return f"delta({both[0]})"
            case AtLeastZero(affine=affine):
                return f"atleast0({self.affine(affine, names)})"
        raise TypeError(atom)

    def factor(self, factor: Factor, names: Mapping[Ix, str]) -> str:
        atom, exponent = factor
        text = self.atom(atom, names)
        return text if exponent == 1 else f"{text}^{exponent}"

    def poly(self, poly: Poly, names: Mapping[Ix, str]) -> str:
        return "+".join(sorted(f"{t.coefficient}*{self.term(t, names)}" for t in poly)) or "0"

    def term(self, term: Term, names: Mapping[Ix, str]) -> str:
        """The text of a term without its coefficient."""
        if not term.bound:
            return "*".join(sorted(self.factor(f, names) for f in term.factors)) or "1"
        free, components = split_components(term)
        texts = [self.factor(f, names) for f in free]
        texts += [self.component(bound, factors, names) for bound, factors in components]
        return "*".join(sorted(texts)) or "1"

    def component(self, bound: list[Ix], factors: list[Factor], names: Mapping[Ix, str]) -> str:
        """The text of one connected sum: the least over the orders that refinement leaves open."""
        colours = {i: str(i.size) for i in bound}
        inside = {i: [f for f in factors if i in atom_indices(f[0])] for i in bound}
        self._branches = 0
        best = self._individualise(bound, factors, inside, dict(names), colours)
        return f"sum{{{best}}}"

    def _refine(
        self,
        bound: list[Ix],
        inside: Mapping[Ix, list[Factor]],
        names: dict[Ix, str],
        colours: dict[Ix, str],
    ) -> dict[Ix, str]:
        while True:
            coloured = {**names, **{i: f"<{c}>" for i, c in colours.items()}}
            texts = {}
            for i in bound:
                seen = {**coloured, i: "*"}
                texts[i] = colours[i] + "|" + "|".join(sorted(self.factor(f, seen) for f in inside[i]))
            ranks = {text: f"{k:03d}" for k, text in enumerate(sorted(set(texts.values())))}
            new = {i: ranks[texts[i]] for i in bound}
            if len(ranks) == len(set(colours.values())):
                return new
            colours = new

    def _individualise(
        self,
        bound: list[Ix],
        factors: list[Factor],
        inside: Mapping[Ix, list[Factor]],
        names: dict[Ix, str],
        colours: dict[Ix, str],
    ) -> str:
        refined = (
            self._refine(bound, inside, names, colours) if len(bound) > 1 else dict.fromkeys(bound, "000")
        )
        classes: dict[str, list[Ix]] = {}
        for i in bound:
            classes.setdefault(refined[i], []).append(i)
        open_class = next((classes[c] for c in sorted(classes) if len(classes[c]) > 1), None)
        if open_class is None:
            order = sorted(bound, key=lambda i: refined[i])
            depth = _depth(factors, names)
            inner = {**names, **{i: f"b{depth + k}" for k, i in enumerate(order)}}
            sizes = ",".join(str(i.size) for i in order)
            return f"{sizes}:" + "*".join(sorted(self.factor(f, inner) for f in factors))
        self._branches += len(open_class)
        if self._branches > MOST_BRANCHES:
            raise GivenUp("too symmetric a sum")
        return min(
            self._individualise(bound, factors, inside, names, {**refined, i: refined[i] + "!"})
            for i in open_class
        )


def _depth(factors: list[Factor], names: Mapping[Ix, str]) -> int:
    """The first number for bound indices that no index around these factors has."""
    used: set[Ix] = set()
    for atom, _ in factors:
        used |= atom_indices(atom)
    return max((int(names[i][1:]) + 1 for i in used if names.get(i, "")[:1] == "b"), default=0)


def split_components(term: Term) -> tuple[list[Factor], list[tuple[list[Ix], list[Factor]]]]:
    """Factors without bound indices, and groups that are connected through bound indices."""
    bound = set(term.bound)
    free: list[Factor] = []
    groups: list[tuple[set[Ix], list[Factor]]] = []
    for factor in term.factors:
        own = atom_indices(factor[0]) & bound
        if not own:
            free.append(factor)
            continue
        joined: tuple[set[Ix], list[Factor]] = (set(own), [factor])
        rest = []
        for group in groups:
            if group[0] & own:
                joined[0].update(group[0])
                joined[1].extend(group[1])
            else:
                rest.append(group)
        groups = [*rest, joined]
    order = {i: k for k, i in enumerate(term.bound)}
    return free, [(sorted(g, key=order.__getitem__), fs) for g, fs in groups]


# -- indices of a term --------------------------------------------------------------------------


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
    """A bound index of which digits are read is replaced by one index for each digit."""
    if not term.bound:
        return term
    bound = set(term.bound)
    for affine in term_affines(term):
        for atom, _ in affine.terms:
            if isinstance(atom, Digit) and (index := atom.value.single) in bound and index is not None:
                sizes = _radix(index.size, atom.stride, atom.size)
                if sizes is not None:
                    new = tuple(Ix(s) for s in sizes)
                    value = Affine.of(0)
                    for i in new:
                        value = value.times(i.size) + (Affine.of(0) if i.size.is_one else Affine.of(i))
                    return split_digits(replace_bound(term, index, value, new))
    return term


def _radix(total: Size, stride: Size, size: Size) -> list[Size] | None:
    """Sizes of the digits above, at and below one digit of a number below `total`."""
    above = total.divide(stride * size)
    return None if above is None else [above, size, stride]


def shrink_ranges(term: Term) -> Term:
    """Guards on a bound index alone become its range."""
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


def split_delta(affine: Affine) -> tuple[Affine, Affine] | None:
    """c·A + B = 0 with |B| < c holds only where A = 0 and B = 0."""
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


# -- the algebra --------------------------------------------------------------------------------


class Knowledge(Protocol):
    """What an algebra may use of leaves (symbp.evidence.facts)."""

    def positive(self, node: Node) -> bool: ...
    def symmetric(self, node: Node) -> bool: ...
    def zero_or_one(self, node: Node) -> bool: ...
    def generic(self, node: Node) -> bool: ...
    def simpler(self, term: Term) -> Term | None: ...


class Algebra:
    """Sums, products and powers of polynomials in normal form.

    `names` are the texts of the free indices of the comparison.
    """

    def __init__(self, names: Mapping[Ix, str], known: Knowledge, budget: Budget | None = None) -> None:
        self.names = dict(names)
        self.known = known
        self.budget = budget or Budget()
        self.writer = Writer(known.symmetric)
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
            self.budget.spend(1 + len(pending[-1].factors))
            if steps > 8 * LARGEST:
                raise GivenUp("too many terms")
            term = self._simple(pending.pop())
            if term is None:
                continue
            reduced = self._reduce(term)
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
        solved = self._solve_deltas(split_digits(term))
        if solved is None:
            return None
        term = shrink_ranges(solved)
        if any(i.size == 0 for i in term.bound):
            return None
        term = self._count_unused(self._merge(term))
        return term if term.coefficient else None

    def _solve_deltas(self, term: Term) -> Term | None:
        """δ solved for bound indices; None where one cannot hold."""
        if not any(isinstance(a, Delta | AtLeastZero) for a, _ in term.factors):
            return term
        bound, factors = list(term.bound), list(term.factors)
        progress = True
        while progress:
            progress = False
            for k, (atom, _) in enumerate(factors):
                if isinstance(atom, Delta):
                    if not atom.affine.terms:
                        if atom.affine.const.terms:
                            if atom.affine.const.is_constant or atom.affine.const.is_at_least(1):
                                return None
                            continue
                        del factors[k]
                        progress = True
                        break
                    if self._never_zero(atom.affine):
                        return None
                    parts = split_delta(atom.affine)
                    if parts is not None:
                        factors[k : k + 1] = [(Delta(p), F1) for p in parts]
                        progress = True
                        break
                    found = self._solution(atom.affine, bound)
                    if found is not None:
                        index, value, guards = found
                        bound.remove(index)
                        del factors[k]
                        mapping = {index: value}
                        factors = [(replace_atom(a, mapping), e) for a, e in factors] + guards
                        progress = True
                        break
                    if self._substitute_free(factors, k, atom.affine):
                        progress = True
                        break
                elif isinstance(atom, AtLeastZero):
                    bounds = atom.affine.bounds()
                    if bounds is not None and bounds[1] == 0:
                        factors[k] = (Delta(atom.affine), F1)
                        progress = True
                        break
                    if bounds is not None and bounds[0].is_at_least(0):
                        del factors[k]
                        progress = True
                        break
                    if bounds is not None and (-bounds[1]).is_at_least(1):
                        return None
        return Term(term.coefficient, tuple(bound), tuple(factors))

    def _substitute_free(self, factors: list[Factor], k: int, affine: Affine) -> bool:
        """Beside δ(i, e) a free index i is e in all other factors; whether that changed any."""
        for index in sorted(set(affine.indices()), key=lambda i: self.names.get(i, ""), reverse=True):
            value = affine.solve(index)
            if value is None or any(isinstance(a, Lookup) for a, _ in affine.terms):
                continue
            others = [j for j, (a, _) in enumerate(factors) if j != k and index in atom_indices(a)]
            if not others:
                return False
            for j in others:
                factors[j] = (replace_atom(factors[j][0], {index: value}), factors[j][1])
            return True
        return False

    @staticmethod
    def _never_zero(affine: Affine) -> bool:
        bounds = affine.bounds()
        return bounds is not None and (bounds[0].is_at_least(1) or (-bounds[1]).is_at_least(1))

    @staticmethod
    def _solution(affine: Affine, bound: list[Ix]) -> tuple[Ix, Affine, list[Factor]] | None:
        """A bound index, what it is, and the guards that its range needs; guard-free ones first."""
        guarded: tuple[Ix, Affine, list[Factor]] | None = None
        for index in bound:
            value = affine.solve(index)
            if value is None:
                continue
            if value.is_within(index.size) or any(isinstance(a, Lookup) for a, _ in value.terms):
                return index, value, []
            if guarded is None:
                low = (AtLeastZero(value), F1)
                high = (AtLeastZero(Affine.of(index.size - 1) - value), F1)
                guarded = index, value, [low, high]
        return guarded

    def _merge(self, term: Term) -> Term:
        """Equal atoms once, exponentials in one, gates idempotent."""
        coefficient = term.coefficient
        merged: dict[str, Factor] = {}
        exponent: list[Term] = []
        names = self._names_for(term)
        for atom, power in term.factors:
            if isinstance(atom, Exp):
                exponent += fresh(self.scale(atom.exponent, power))
                continue
            key = self.writer.atom(atom, names)
            if key in merged:
                power += merged[key][1]
            if isinstance(atom, Step | Delta | AtLeastZero) and power > 0:
                power = F1
            merged[key] = (atom, power)
        factors = [f for f in merged.values() if f[1]]
        if exponent:
            inner = self._inner(names).collect(exponent)
            if inner:
                factors.append((Exp(inner), F1))
        return Term(coefficient, term.bound, tuple(factors))

    def _names_for(self, term: Term) -> dict[Ix, str]:
        names = dict(self.names)
        for index in term.bound:
            names[index] = f"?{index.serial}"
        return names

    def _inner(self, names: Mapping[Ix, str]) -> Algebra:
        """An algebra in which the bound indices of a term are free."""
        inner = Algebra.__new__(Algebra)
        inner.names, inner.known, inner.writer = dict(names), self.known, self.writer
        inner.orient, inner.budget = self.orient, self.budget
        return inner

    @staticmethod
    def _count_unused(term: Term) -> Term:
        if not term.bound:
            return term
        used: set[Ix] = set()
        for atom, _ in term.factors:
            used |= atom_indices(atom)
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

    # -- reductions ---------------------------------------------------------------------------

    def _reduce(self, term: Term) -> list[Term] | None:
        """Expand whole powers of brackets, cancel sums against brackets, eliminate monomials.

        None where nothing applies.
        """
        simpler = self.known.simpler(term)
        if simpler is not None:
            return [simpler]
        for k, (atom, power) in enumerate(term.factors):
            if isinstance(atom, Base) and power >= 1 and (len(atom.poly) > 1 or power.denominator == 1):
                rest = (*term.factors[:k], (atom, power - 1), *term.factors[k + 1 :])
                rest = tuple(f for f in rest if f[1])
                return [
                    Term(term.coefficient * t.coefficient, term.bound + t.bound, rest + t.factors)
                    for t in fresh(atom.poly)
                ]
        if term.bound:
            cancelled = self._cancel_component(term)
            if cancelled is not None:
                return [cancelled]
        for k, (atom, power) in enumerate(term.factors):
            if isinstance(atom, Base) and power < 0 and len(atom.poly) > 1:
                replaced = self._eliminate(term, k)
                if replaced is not None:
                    return replaced
        return self._orient_guard(term) if self.orient else None

    def _orient_guard(self, term: Term) -> list[Term] | None:
        """[-a - 1 >= 0] is 1 - [a >= 0]: of the two the one with the smaller text is kept."""
        bound = set(term.bound)
        for k, (atom, _) in enumerate(term.factors):
            if isinstance(atom, AtLeastZero) and not atom_indices(atom) & bound:
                other = AtLeastZero(atom.affine.times(Size.of(-1)).plus(Size.of(-1)))
                bounds = other.affine.bounds()
                tight = bounds is not None and bounds[1] == 0
                if tight or self.writer.atom(other, self.names) < self.writer.atom(atom, self.names):
                    rest = term.factors[:k] + term.factors[k + 1 :]
                    whole = Term(term.coefficient, term.bound, rest)
                    return [whole, Term(-term.coefficient, term.bound, (*rest, (other, F1)))]
        return None

    def _cancel_component(self, term: Term) -> Term | None:
        """Σ_k f_k beside (Σ_k f_k)^-1 is 1."""
        single = [
            (k, atom, power)
            for k, (atom, power) in enumerate(term.factors)
            if isinstance(atom, Base) and power < 0 and len(atom.poly) == 1
        ]
        if not single:
            return None
        _free, components = split_components(term)
        names = self._names_for(term)
        for bound, factors in components:
            text = None
            for k, atom, power in single:
                if (atom, power) in factors:
                    continue
                inner = atom.poly[0]
                if len(inner.bound) != len(bound):
                    continue
                outside = {i: n for i, n in names.items() if i not in bound}
                text = text or self.writer.component(bound, factors, outside)
                if self.writer.term(Term(F1, inner.bound, inner.factors), names) != text:
                    continue
                rest = [f for f in term.factors if f not in factors and f is not term.factors[k]]
                if power + 1:
                    rest.append((atom, power + 1))
                left = tuple(i for i in term.bound if i not in bound)
                return Term(term.coefficient / inner.coefficient, left, tuple(rest))
        return None

    def _eliminate(self, term: Term, k: int) -> list[Term] | None:
        """m · u^-j -> u^(1-j) - (u - m) u^-j for the first monomial m of the bracket u."""
        atom, _power = term.factors[k]
        assert isinstance(atom, Base)
        names = self._names_for(term)
        lead = self._leading(atom.poly, names)
        if lead is None:
            return None
        rest = self._divide_out(term.factors, lead, names)
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

    def _leading(self, poly: Poly, names: Mapping[Ix, str]) -> Term | None:
        """The monomial of a bracket that is eliminated: unsummed, an exponential if there is one."""
        candidates = [t for t in poly if not t.bound and t.factors]
        if not candidates:
            return None

        vectors = [self._exponents(t, names) for t in candidates]
        variables = sorted({v for vector in vectors for v in vector})

        def order(k: int) -> tuple[Fraction, list[Fraction]]:
            vector = vectors[k]
            return sum((abs(e) for e in vector.values()), F0), [vector.get(v, F0) for v in variables]

        best = max(range(len(candidates)), key=order)
        return (
            candidates[best]
            if any(isinstance(a, Exp) for a, _ in candidates[best].factors)
            or (all(e > 0 for _, e in candidates[best].factors))
            else None
        )

    def _exponents(self, term: Term, names: Mapping[Ix, str]) -> dict[str, Fraction]:
        """A monomial as exponents of variables; an exponential counts by its parts."""
        vector: dict[str, Fraction] = {}
        for atom, power in term.factors:
            if isinstance(atom, Exp):
                for part in atom.exponent:
                    vector["exp " + self.writer.term(part, names)] = part.coefficient
            else:
                vector[self.writer.atom(atom, names)] = power
        return vector

    def _divide_out(
        self, factors: tuple[Factor, ...], lead: Term, names: Mapping[Ix, str]
    ) -> tuple[Factor, ...] | None:
        """The factors without the monomial, or None where it does not divide them."""
        rest = list(factors)
        for atom, power in lead.factors:
            if isinstance(atom, Exp):
                if not self._divide_exponential(rest, atom, names):
                    return None
                continue
            text = self.writer.atom(atom, names)
            for k, (own, have) in enumerate(rest):
                if not isinstance(own, Exp) and self.writer.atom(own, names) == text:
                    if (power > 0 and have >= power) or (power < 0 and have <= power):
                        rest[k] = (own, have - power)
                        break
                    return None
            else:
                return None
        return tuple(f for f in rest if f[1])

    def _divide_exponential(self, rest: list[Factor], lead: Exp, names: Mapping[Ix, str]) -> bool:
        for k, (own, _) in enumerate(rest):
            if isinstance(own, Exp):
                head = min(lead.exponent, key=lambda t: self.writer.term(t, names))
                text = self.writer.term(head, names)
                for t in own.exponent:
                    if self.writer.term(t, names) == text:
                        if t.coefficient / head.coefficient < 1:
                            return False
                        left = self._inner(names).add(own.exponent, self.negate(lead.exponent))
                        if left:
                            rest[k] = (Exp(left), F1)
                        else:
                            del rest[k]
                        return True
        return False

    # -- powers -------------------------------------------------------------------------------

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
        content, primitive = self._primitive(poly, exponent)
        base = self.collect([Term(F1, (), ((Base(primitive), exponent),))])
        return base if content is None else self.multiply(self._power_of_term(content, exponent), base)

    def _power_of_term(self, term: Term, exponent: Fraction) -> Poly:
        whole = exponent.denominator == 1
        free, components = split_components(term)
        factors: list[Factor] = []
        left: list[Factor] = []
        for atom, power in free:
            if isinstance(atom, Exp):
                factors.append((Exp(self.scale(atom.exponent, power * exponent)), F1))
            elif whole or self.is_positive(atom):
                factors.append((atom, power * exponent))
            elif power.denominator == 1 and power % 2 == 0 and (power * exponent).denominator == 1:
                factors += self._absolute(atom, power * exponent)
            else:
                left.append((atom, power))
        coefficient = F1
        inside = term.coefficient
        if whole:
            coefficient, inside = term.coefficient ** int(exponent), F1
        elif inside > 0:
            root = _exact_power(inside, exponent)
            if root is not None:
                coefficient, inside = root, F1
            else:
                factors.append((Base(constant(inside)), exponent))
                inside = F1
        for bound, group in components:
            factors.append((Base((Term(F1, tuple(bound), tuple(group)),)), exponent))
            if not whole and inside < 0:
                raise GivenUp("a root of a negative number")
        if left or inside != 1:
            factors.append((Base((Term(inside, (), tuple(left)),)), exponent))
        return self.collect([Term(coefficient, (), tuple(factors))])

    def _absolute(self, atom: Atom, power: Fraction) -> list[Factor]:
        """|atom|^power, where atom^2 stood under a root."""
        if power % 2 == 0:
            return [(atom, power)]
        poly = self.collect([Term(F1, (), ((atom, F1),))])
        sign = self.add(self.scale(self.step(poly), Fraction(2)), constant(-1))
        return [(atom, power), (Base(sign), F1)]

    def is_positive(self, atom: Atom) -> bool:
        match atom:
            case Exp() | Letter():
                return True
            case Access(node=node):
                return self.known.positive(node)
            case Base(poly=poly):
                return all(
                    t.coefficient > 0
                    and all(
                        self.is_positive(a) or (e % 2 == 0 if e.denominator == 1 else False)
                        for a, e in t.factors
                    )
                    for t in poly
                ) and any(all(self.is_positive(a) for a, _ in t.factors) for t in poly)
        return False

    def _primitive(self, poly: Poly, exponent: Fraction) -> tuple[Term | None, Poly]:
        """poly = content · primitive, with a primitive part that does not depend on scaling."""
        whole = exponent.denominator == 1
        common = self._common_factors(poly, whole)
        poly = self.collect([Term(t.coefficient, t.bound, t.factors + _inverse(common)) for t in poly])
        shift = self._exponential_shift(poly)
        if shift is not None:
            inverse = ((Exp(self.negate(shift.exponent)), F1),)
            poly = self.collect([Term(t.coefficient, t.bound, t.factors + inverse) for t in poly])
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
                if not isinstance(a, Exp) and not atom_indices(a) & bound and (whole or self.is_positive(a))
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
                    e < 0 and isinstance(a, Access) and whole and not term.bound
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
            if found and not (atom_indices(found[0]) & set(term.bound)):
                candidates.append(found[0])
            elif not found:
                candidates.append(None)
        if not any(candidates):
            return None

        def shifted(choice: Exp | None) -> str:
            if choice is None:
                return self.writer.poly(poly, self.names)
            inverse = ((Exp(self.negate(choice.exponent)), F1),)
            moved = self.collect([Term(t.coefficient, t.bound, t.factors + inverse) for t in poly])
            return self.writer.poly(moved, self.names)

        return min(candidates, key=shifted)

    # -- functions ----------------------------------------------------------------------------

    def exp(self, poly: Poly) -> Poly:
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
        """log|poly|, taken apart over products and powers."""
        if not poly:
            raise GivenUp("the logarithm of 0")
        if len(poly) > 1:
            content, primitive = self._primitive(poly, F1)
            rest = monomial(Function("log", (primitive,)))
            return rest if content is None else self.add(self.log((content,)), rest)
        term = poly[0]
        free, components = split_components(term)
        parts: list[Poly] = []
        if abs(term.coefficient) != 1:
            parts += _log_number(abs(term.coefficient))
        for atom, power in free:
            if isinstance(atom, Exp):
                parts.append(self.scale(atom.exponent, power))
            else:
                inner = atom.poly if isinstance(atom, Base) else monomial(atom)
                parts.append(self.scale(monomial(Function("log", (inner,))), power))
        for bound, group in components:
            inner = (Term(F1, tuple(bound), tuple(group)),)
            parts.append(monomial(Function("log", (inner,))))
        return self.add(*parts)

    def step(self, poly: Poly) -> Poly:
        """[poly > 0], up to a positive factor.

        Gates within (0 or 1 on sets of positive measure) are split off first, by cases.  What is
        left is zero almost nowhere, so that there [-u > 0] = 1 - [u > 0] may be used; where that
        is not known, only positive factors are taken out.
        """
        if not poly:
            return ()
        gate = self._gate(poly)
        if gate is not None:
            return self._step_by_cases(poly, gate)
        if not all(self.is_generic(a) for t in poly for a, _ in t.factors):
            return monomial(Step(self.scale(poly, 1 / abs(self._lead(poly)))))
        if len(poly) == 1 and not poly[0].bound:
            return self._step_of_term(poly[0])
        content, primitive = self._primitive(poly, F1)
        content = content or Term(F1, (), ())
        lead = self._step_of_atom(Step(primitive))
        if not content.factors:
            return lead if content.coefficient > 0 else self.add(constant(1), self.negate(lead))
        other = self._step_of_term(content)
        both = self.multiply(other, lead)
        return self.add(constant(1), self.negate(other), self.negate(lead), self.scale(both, Fraction(2)))

    def _lead(self, poly: Poly) -> Fraction:
        return min(poly, key=lambda t: self.writer.term(t, self.names)).coefficient

    def _is_gate(self, atom: Atom) -> bool:
        return isinstance(atom, Step | Delta | AtLeastZero) or (
            isinstance(atom, Access) and self.known.zero_or_one(atom.node)
        )

    def _gate(self, poly: Poly) -> Atom | None:
        """The first gate whose indices are free."""
        gates: dict[str, Atom] = {}
        for term in poly:
            for atom, _ in term.factors:
                if self._is_gate(atom) and not atom_indices(atom) & set(term.bound):
                    gates.setdefault(self.writer.atom(atom, self.names), atom)
        if len(gates) > MOST_GATES:
            raise GivenUp("too many cases")
        return gates[min(gates)] if gates else None

    def _step_by_cases(self, poly: Poly, gate: Atom) -> Poly:
        text = self.writer.atom(gate, self.names)
        opened: list[Term] = []
        closed: list[Term] = []
        for term in poly:
            rest = tuple(f for f in term.factors if self.writer.atom(f[0], self.names) != text)
            opened.append(Term(term.coefficient, term.bound, rest))
            if len(rest) == len(term.factors):
                closed.append(term)
        chosen = monomial(gate)
        one = self.multiply(chosen, self.step(self.collect(opened)))
        other = self.add(constant(1), self.negate(chosen))
        return self.add(one, self.multiply(other, self.step(self.collect(closed))))

    def is_generic(self, atom: Atom) -> bool:
        """Whether an atom is an analytic, nowhere locally constant function of real leaves."""
        match atom:
            case Letter():
                return True
            case Access(node=node):
                return self.known.generic(node)
            case Exp(exponent=poly) | Base(poly=poly):
                return all(self.is_generic(a) for t in poly for a, _ in t.factors)
            case Function(arguments=arguments):
                return all(self.is_generic(a) for p in arguments for t in p for a, _ in t.factors)
        return False

    def _step_of_term(self, term: Term) -> Poly:
        """A product is positive where an even number of its factors is negative."""
        sign = constant(1 if term.coefficient > 0 else -1)
        for atom, power in term.factors:
            if self.is_positive(atom) or power % 2 == 0:
                continue
            inner = atom.poly if isinstance(atom, Base) else monomial(atom)
            gate = self.add(self.scale(self._step_of_atom(Step(inner)), Fraction(2)), constant(-1))
            sign = self.multiply(sign, gate)
        return self.add(self.scale(sign, Fraction(1, 2)), constant(Fraction(1, 2)))

    @staticmethod
    def _step_of_atom(step: Step) -> Poly:
        return monomial(step)

    # -- zero ---------------------------------------------------------------------------------

    def is_zero(self, poly: Poly, depth: int = 6) -> bool:
        """Whether a polynomial is 0: empty, or empty once denominators are cleared."""
        self.orient = True
        poly = self.collect(poly)
        self.orient = False
        if not poly:
            return True
        if depth == 0:
            return False
        found = self._denominator(poly)
        if found is None:
            return False
        text, atom, power = found
        cleared: list[Term] = []
        for term in poly:
            factors = list(term.factors)
            have = F0
            for k, (a, e) in enumerate(factors):
                if isinstance(a, Base) and self.writer.atom(a, self.names) == text:
                    have = e
                    del factors[k]
                    break
            new = have + power
            whole, part = int(new), new - int(new)
            expanded: Poly = (Term(term.coefficient, term.bound, tuple(factors)),)
            if part:
                expanded = (Term(term.coefficient, term.bound, (*factors, (atom, part))),)
            for _ in range(whole):
                expanded = tuple(
                    Term(s.coefficient * t.coefficient, s.bound + t.bound, s.factors + t.factors)
                    for s in expanded
                    for t in fresh(atom.poly)
                )
                if len(expanded) > LARGEST:
                    raise GivenUp("too many terms")
            cleared += expanded
        return self.is_zero(self.collect(cleared), depth - 1)

    def _denominator(self, poly: Poly) -> tuple[str, Base, Fraction] | None:
        """A bracket with only free indices to clear, with the power that clears it."""
        worst: dict[str, tuple[Base, Fraction]] = {}
        for term in poly:
            bound = set(term.bound)
            for atom, power in term.factors:
                if isinstance(atom, Base) and power < 0 and not atom_indices(atom) & bound:
                    text = self.writer.atom(atom, self.names)
                    if text not in worst or power < worst[text][1]:
                        worst[text] = (atom, power)
        if not worst:
            return None
        text = min(worst)
        atom, power = worst[text]
        return text, atom, -power


def _inverse(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    return tuple((a, -e) for a, e in factors)


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
