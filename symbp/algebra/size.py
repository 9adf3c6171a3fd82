"""Sizes of axes: polynomials with integer coefficients in size letters.

`n`, `4*h`, `h - r + 1` and, where a stride divides, `(h - r) // s + 1` are sizes.  Two sizes are
equal exactly where their normal forms are, so shape checks hold for every value of the letters.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Quotient:
    """`numerator // denominator`, an atom that nothing simplifies further."""

    numerator: Size
    denominator: Size

    def __str__(self) -> str:
        return f"({self.numerator}) // {_wrapped(self.denominator)}"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entries a mask selects: a size that only the data know."""

    mask: Hashable
    text: str = field(compare=False)

    def __str__(self) -> str:
        return f"|{self.text}|"


Atom: TypeAlias = "str | Quotient | Counted"
Monomial: TypeAlias = tuple[Atom, ...]


class Size:
    """One axis length, as an immutable polynomial.

    >>> n, h = Size.letter("n"), Size.letter("h")
    >>> str(2 * n + h - 1), n + h == h + n
    ('h + 2*n - 1', True)
    >>> (4 * h).value({"h": 3})
    12
    """

    __slots__ = ("_hash", "is_constant", "is_one", "terms")
    terms: tuple[tuple[Monomial, int], ...]
    is_constant: bool
    is_one: bool

    def __init__(self, terms: Iterable[tuple[Monomial, int]]) -> None:
        self.terms = tuple(terms)
        self._hash = hash(self.terms)
        self.is_constant = not self.terms or (len(self.terms) == 1 and not self.terms[0][0])
        self.is_one = self.is_constant and self.constant == 1

    @staticmethod
    def letter(name: str) -> Size:
        return _letter(name)

    @staticmethod
    def counted(mask: Hashable, text: str) -> Size:
        """The number of entries that a mask selects."""
        return Size([((Counted(mask, text),), 1)])

    @staticmethod
    def of(value: int | Size) -> Size:
        if isinstance(value, Size):
            return value
        try:
            return _constant(operator.index(value))
        except TypeError:
            raise TypeError("a size is an integer, a letter, or made of those") from None

    def __reduce__(self) -> tuple[type[Size], tuple[tuple[tuple[Monomial, int], ...]]]:
        return Size, (self.terms,)  # hashes of texts differ from one process to the next

    # -- comparison ---------------------------------------------------------------------------

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            other = _constant(other)
        return isinstance(other, Size) and (self is other or self.terms == other.terms)

    @property
    def constant(self) -> int:
        """The number that a constant size is.  ValueError where letters occur."""
        if not self.is_constant:
            raise ValueError(f"{self} is not a number")
        return self.terms[0][1] if self.terms else 0

    def is_at_least(self, bound: int) -> bool:
        """Known to be >= bound for all letters >= 1 (a sufficient test: write each as 1 + m)."""
        shifted = self - bound
        lowest = 0
        for monomial, coefficient in shifted.terms:
            if coefficient < 0 and monomial:
                return False
            lowest += coefficient
        return lowest >= 0

    # -- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: int | Size) -> Size:
        return _add(self, Size.of(other))

    __radd__ = __add__

    def __neg__(self) -> Size:
        return Size((m, -c) for m, c in self.terms)

    def __sub__(self, other: int | Size) -> Size:
        return _add(self, -Size.of(other))

    def __rsub__(self, other: int | Size) -> Size:
        return _add(Size.of(other), -self)

    def __mul__(self, other: int | Size) -> Size:
        return _multiply(self, Size.of(other))

    __rmul__ = __mul__

    def __floordiv__(self, other: int | Size) -> Size:
        return _quotient(self, Size.of(other))

    def __pow__(self, exponent: int) -> Size:
        result = _constant(1)
        for _ in range(exponent):
            result = result * self
        return result

    def divide(self, other: Size) -> Size | None:
        """The exact quotient as a polynomial, or None where there is none (or it is not seen)."""
        if other.is_constant:
            number = other.constant
            if number and all(c % number == 0 for _, c in self.terms):
                return Size((m, c // number) for m, c in self.terms)
            return None
        if self == other:
            return _constant(1)
        if len(other.terms) != 1:
            return None
        divisor, by = other.terms[0]
        quotients = []
        for monomial, coefficient in self.terms:
            rest = list(monomial)
            for atom in divisor:
                if atom not in rest:
                    return None
                rest.remove(atom)
            if coefficient % by:
                return None
            quotients.append((tuple(rest), coefficient // by))
        return _normal(quotients)

    # -- letters ------------------------------------------------------------------------------

    @property
    def is_counted(self) -> bool:
        """Whether only the data know it."""
        atoms = [atom for monomial, _ in self.terms for atom in monomial if not isinstance(atom, str)]
        return any(
            isinstance(a, Counted) or a.numerator.is_counted or a.denominator.is_counted for a in atoms
        )

    @property
    def mask(self) -> Hashable | None:
        """The mask whose entries are counted, where the size is nothing but that."""
        if len(self.terms) != 1 or self.terms[0][1] != 1 or len(self.terms[0][0]) != 1:
            return None
        (atom,) = self.terms[0][0]
        return atom.mask if isinstance(atom, Counted) else None

    @property
    def letters(self) -> frozenset[str]:
        names: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                if isinstance(atom, str):
                    names.add(atom)
                elif isinstance(atom, Quotient):
                    names |= atom.numerator.letters | atom.denominator.letters
        return frozenset(names)

    def replace(self, sizes: Mapping[str, Size]) -> Size:
        if not (self.letters & sizes.keys()):
            return self
        total = _constant(0)
        for monomial, coefficient in self.terms:
            product = _constant(coefficient)
            for atom in monomial:
                if isinstance(atom, str):
                    product = product * sizes.get(atom, _letter(atom))
                elif isinstance(atom, Counted):
                    product = product * Size([((atom,), 1)])
                else:
                    product = product * (atom.numerator.replace(sizes) // atom.denominator.replace(sizes))
            total = total + product
        return total

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number for given letters.  KeyError where one is missing, or only the data know it."""
        total = 0
        for monomial, coefficient in self.terms:
            product = coefficient
            for atom in monomial:
                if isinstance(atom, str):
                    product *= sizes[atom]
                elif isinstance(atom, Counted):
                    raise KeyError(str(atom))
                else:
                    product *= atom.numerator.value(sizes) // atom.denominator.value(sizes)
            total += product
        return total

    # -- printing -----------------------------------------------------------------------------

    def reading_order(self) -> list[tuple[Monomial, int]]:
        """The terms, higher degree first, then positive before negative, then by letters."""
        return sorted(self.terms, key=lambda t: (-len(t[0]), t[1] < 0, [str(a) for a in t[0]]))

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        pieces = []
        for monomial, coefficient in self.reading_order():
            sign = "-" if coefficient < 0 else "+"
            factors = [_atom_text(a) for a in monomial]
            if abs(coefficient) != 1 or not monomial:
                factors.insert(0, str(abs(coefficient)))
            pieces.append((sign, "*".join(factors)))
        first = ("-" if pieces[0][0] == "-" else "") + pieces[0][1]
        return first + "".join(f" {sign} {text}" for sign, text in pieces[1:])

    def __repr__(self) -> str:
        return f"Size({self})"

    @property
    def is_atomic(self) -> bool:
        """Prints without an operator at its top."""
        if len(self.terms) != 1:
            return not self.terms
        monomial, coefficient = self.terms[0]
        if not monomial:
            return coefficient >= 0
        return coefficient == 1 and len(monomial) == 1 and not isinstance(monomial[0], Quotient)


def _atom_text(atom: Atom) -> str:
    return f"({atom})" if isinstance(atom, Quotient) else str(atom)


def _wrapped(size: Size) -> str:
    return str(size) if size.is_atomic else f"({size})"


def _normal(terms: Iterable[tuple[Monomial, int]]) -> Size:
    collected: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        collected[monomial] = collected.get(monomial, 0) + coefficient
    kept = [(m, c) for m, c in collected.items() if c]
    return Size(sorted(kept, key=lambda t: [str(a) for a in t[0]]))


@lru_cache(maxsize=4096)
def _letter(name: str) -> Size:
    return Size([((name,), 1)])


@lru_cache(maxsize=4096)
def _constant(value: int) -> Size:
    return Size([((), value)] if value else [])


@lru_cache(maxsize=16384)
def _add(a: Size, b: Size) -> Size:
    return _normal(a.terms + b.terms)


@lru_cache(maxsize=16384)
def _multiply(a: Size, b: Size) -> Size:
    return _normal((tuple(sorted(m + k, key=str)), c * d) for m, c in a.terms for k, d in b.terms)


def _quotient(a: Size, b: Size) -> Size:
    exact = a.divide(b)
    if exact is not None:
        return exact
    if a.is_constant and b.is_constant:
        return _constant(a.constant // b.constant)
    if b.is_constant:
        # (b·q + r) // b = q + r // b: the divisible part leaves the atom
        number = b.constant
        whole = _normal((m, c // number) for m, c in a.terms if c % number == 0)
        rest = _normal((m, c) for m, c in a.terms if c % number)
        if whole.terms:
            return whole + rest // b
    return Size([((Quotient(a, b),), 1)])


def product(sizes: Iterable[Size]) -> Size:
    """The number of entries of a shape."""
    result = _constant(1)
    for size in sizes:
        result = result * size
    return result
