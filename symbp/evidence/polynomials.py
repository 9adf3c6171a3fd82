"""Normal forms: an entry of an array as a sum of products, the same for equal ones.

A polynomial is a list of terms; a term is a number, bound (summed) indices, and atoms with
rational exponents.  Two nodes are proved equal, for all sizes and values, where the normal form
of their difference is empty.  Every rewriting is an equality wherever both sides are defined, up
to a set of measure zero; the argument for each stands where it is made:

- `symbp.evidence.sums`: rings, Kronecker δ, renaming of bound indices;
- `symbp.evidence.ranges`: index arithmetic;
- `symbp.evidence.brackets`: powers of sums;
- `symbp.evidence.gates`: comparisons;
- `symbp.evidence.algebra`: powers, exponentials, logarithms;
- `symbp.evidence.facts`: what is known of a leaf.

What has no such form (max, inverse, determinant) stays an atom named by its node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.evidence.index_terms import NOTHING, Affine, Ix

LARGEST = 1500
"""Terms of one polynomial beyond which the attempt is given up."""


class GivenUp(Exception):
    """The normal form would be too large, or there is none."""


class Budget:
    """How much work is left; counted in factors looked at, so that verdicts do not depend on the clock."""

    def __init__(self, left: int = 1_500_000) -> None:
        self.left = left

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise GivenUp("too much work")


# -- atoms ------------------------------------------------------------------------------------
# Each keeps its free indices (`indices`): nearly every rewriting asks for them.


def _derived() -> Any:
    return field(init=False, repr=False)


def _set(atom: Atom, indices: frozenset[Ix]) -> None:
    object.__setattr__(atom, "indices", indices)


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """One entry of a leaf (or of a node that is treated as one)."""

    node: Node
    at: tuple[Affine, ...]
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, NOTHING.union(*(part.indices for part in self.at)))


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A size, or a fixed positive number ("number pi", "log 2"), as a factor."""

    name: Any
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, NOTHING)


@dataclass(frozen=True, slots=True, eq=False)
class Exp:
    """e^exponent; always with power 1."""

    exponent: Poly
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, poly_indices(self.exponent))


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """A polynomial in brackets."""

    poly: Poly
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, poly_indices(self.poly))


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function that no law here takes apart."""

    name: str
    arguments: tuple[Poly, ...]
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, NOTHING.union(*(poly_indices(p) for p in self.arguments)))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """[poly > 0]."""

    poly: Poly
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, poly_indices(self.poly))


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """[affine = 0]."""

    affine: Affine
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, self.affine.indices)


@dataclass(frozen=True, slots=True, eq=False)
class AtLeastZero:
    """[affine >= 0]."""

    affine: Affine
    indices: frozenset[Ix] = _derived()

    def __post_init__(self) -> None:
        _set(self, self.affine.indices)


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


def poly_indices(poly: Poly) -> frozenset[Ix]:
    """The free indices of a polynomial."""
    return NOTHING.union(*(term_indices(term) for term in poly))


def term_indices(term: Term) -> frozenset[Ix]:
    """The free indices of a term."""
    return NOTHING.union(*(atom.indices for atom, _ in term.factors)).difference(term.bound)


def replace_atom(atom: Atom, mapping: Mapping[Ix, Affine]) -> Atom:
    if atom.indices.isdisjoint(mapping):
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
    """Free indices exchanged for index expressions; bound ones are renamed where they would capture."""
    new = NOTHING.union(*(value.indices for value in mapping.values()))
    result = []
    for term in poly:
        if any(i in new or i in mapping for i in term.bound):
            (term,) = fresh((term,))
        factors = tuple((replace_atom(a, mapping), e) for a, e in term.factors)
        result.append(Term(term.coefficient, term.bound, factors))
    return tuple(result)


def fresh(poly: Poly) -> Poly:
    """The same with bound indices of its own."""
    result = []
    for term in poly:
        new = {i: Ix(i.size) for i in term.bound}
        mapping = {i: Affine.of(j) for i, j in new.items()}
        factors = tuple((replace_atom(a, mapping), e) for a, e in term.factors) if new else term.factors
        result.append(Term(term.coefficient, tuple(new.values()), factors))
    return tuple(result)


def split_components(term: Term) -> tuple[list[Factor], list[tuple[list[Ix], list[Factor]]]]:
    """Factors without bound indices, and groups that are connected through bound indices."""
    bound = set(term.bound)
    free: list[Factor] = []
    groups: list[tuple[set[Ix], list[Factor]]] = []
    for factor in term.factors:
        own = factor[0].indices & bound
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


def inverse(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    return tuple((a, -e) for a, e in factors)
