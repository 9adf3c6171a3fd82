"""Index expressions: affine in index variables, with sizes as coefficients.

`Ix` is an index with its range 0 … size-1.  `Affine` is const + Σ coefficient·index, where a
`Lookup` (an entry of an integer array) may stand for an index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from symbp.algebra.node import Node
from symbp.algebra.size import Size

_serial = count()


class Ix:
    """One index variable; equal to nothing but itself, so capture is impossible."""

    __slots__ = ("serial", "size")

    def __init__(self, size: Size) -> None:
        self.size = size
        self.serial = next(_serial)

    def __repr__(self) -> str:
        return f"i{self.serial}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """An entry of an integer array, with a number that it is known to stay below."""

    node: Node
    at: tuple[Affine, ...]
    below: Size | None = None


@dataclass(frozen=True, slots=True)
class Digit:
    """(value // stride) % size: one digit of a mixed-radix number."""

    value: Affine
    stride: Size
    size: Size


@dataclass(frozen=True, slots=True)
class Affine:
    """const + Σ coefficient·(index or lookup); no atom twice, no coefficient 0."""

    const: Size
    terms: tuple[tuple[IndexAtom, Size], ...] = ()
    indices: frozenset[Ix] = field(init=False, repr=False, compare=False)
    """The index variables in it; kept, since every rewriting asks for them."""

    single: Ix | None = field(init=False, repr=False, compare=False)
    """The index that this is, without coefficient or constant, else None."""

    def __post_init__(self) -> None:
        found: frozenset[Ix] = NOTHING.union(*(_indices(atom) for atom, _ in self.terms))
        single = None
        if len(self.terms) == 1 and not self.const.terms:
            atom, coefficient = self.terms[0]
            if isinstance(atom, Ix) and coefficient.is_one:
                single = atom
        object.__setattr__(self, "indices", found)
        object.__setattr__(self, "single", single)

    @staticmethod
    def of(value: IndexAtom | Size | int) -> Affine:
        if isinstance(value, Ix | Lookup | Digit):
            return Affine(ZERO, ((value, ONE),))
        return Affine(Size.of(value))

    def __add__(self, other: Affine) -> Affine:
        collected: dict[IndexAtom, Size] = dict(self.terms)
        for atom, coefficient in other.terms:
            collected[atom] = collected.get(atom, ZERO) + coefficient
        kept = tuple((a, c) for a, c in collected.items() if c.terms)
        return Affine(self.const + other.const, kept)

    def times(self, factor: Size) -> Affine:
        if not factor.terms:
            return Affine(ZERO)
        return Affine(self.const * factor, tuple((a, c * factor) for a, c in self.terms))

    def __sub__(self, other: Affine) -> Affine:
        return self + other.times(MINUS_ONE)

    def plus(self, value: Size) -> Affine:
        return Affine(self.const + value, self.terms)

    def replace(self, mapping: Mapping[Ix, Affine]) -> Affine:
        if self.indices.isdisjoint(mapping):
            return self
        if self.single is not None:
            return mapping[self.single]
        result = Affine(self.const)
        for atom, coefficient in self.terms:
            if isinstance(atom, Ix):
                new = mapping.get(atom) or Affine.of(atom)
            elif isinstance(atom, Digit):
                new = digit(atom.value.replace(mapping), atom.stride, atom.size)
            else:
                new = Affine.of(Lookup(atom.node, tuple(p.replace(mapping) for p in atom.at), atom.below))
            result = result + new.times(coefficient)
        return result

    def solve(self, index: Ix) -> Affine | None:
        """What `index` is where this is 0, if its coefficient is 1 or -1 and it occurs once."""
        for atom, coefficient in self.terms:
            if atom is index and coefficient in (ONE, MINUS_ONE):
                rest = Affine(self.const, tuple((a, c) for a, c in self.terms if a is not atom))
                if index in rest.indices:
                    return None
                return rest.times(MINUS_ONE if coefficient == ONE else ONE)
        return None

    def bounds(self) -> tuple[Size, Size] | None:
        """The least and largest value, None where it is not seen."""
        low = high = self.const
        for atom, coefficient in self.terms:
            size = atom.below if isinstance(atom, Lookup) else atom.size
            if size is None:
                return None
            reach = coefficient * (size - 1)
            if coefficient.is_at_least(0):
                high = high + reach
            elif (-coefficient).is_at_least(0):
                low = low + reach
            else:
                return None
        return low, high

    def is_within(self, size: Size) -> bool:
        """Known to lie in 0 … size-1."""
        bounds = self.bounds()
        return bounds is not None and bounds[0].is_at_least(0) and (size - 1 - bounds[1]).is_at_least(0)


def _indices(atom: IndexAtom) -> frozenset[Ix]:
    if isinstance(atom, Ix):
        return frozenset((atom,))
    if isinstance(atom, Digit):
        return atom.value.indices
    return NOTHING.union(*(part.indices for part in atom.at))


def digit(value: Affine, stride: Size, size: Size) -> Affine:
    """(value // stride) % size, worked out where the parts of `value` allow it.

    Terms divisible by stride·size vanish; of the rest, the multiples of `stride` are the quotient
    if what remains is known to lie in 0 … stride-1.
    """
    whole = stride * size
    kept = tuple((a, c) for a, c in value.terms if c.divide(whole) is None)
    const = value.const if value.const.divide(whole) is None else ZERO
    value = Affine(const, kept)
    quotient = Affine(ZERO)
    rest = Affine(ZERO)
    for atom, coefficient in value.terms:
        part = coefficient.divide(stride)
        if part is None:
            rest = rest + Affine(ZERO, ((atom, coefficient),))
        else:
            quotient = quotient + Affine(ZERO, ((atom, part),))
    part = value.const.divide(stride)
    if part is None:
        rest = rest.plus(value.const)
    else:
        quotient = quotient.plus(part)
    if rest.is_within(stride) and quotient.is_within(size):
        return quotient
    return Affine.of(Digit(value, stride, size))


IndexAtom = Ix | Lookup | Digit
NOTHING: frozenset[Ix] = frozenset()
ZERO, ONE, MINUS_ONE = Size.of(0), Size.of(1), Size.of(-1)
