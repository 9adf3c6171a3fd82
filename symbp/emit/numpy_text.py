"""Pieces of NumPy text, put together with the right brackets.

A `Piece` is an expression with its precedence, so that brackets stand only where they are needed
(and around a matrix product inside a product, for the reader).  Products keep their factors
apart: numbers are merged and stand in front, masks come last, so that no intermediate is wider
than it has to be and a mask never meets a bare number (which would make it float64).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

ATOM, POWER, UNARY, TIMES, MATMUL, PLUS, AND, OR, COMPARE = 20, 18, 16, 14, 13, 12, 10, 9, 8
SIMPLE_OPERAND = re.compile(r"[A-Za-z_][\w.]*|-?[\d.]+(e[+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Product:
    """coefficient · Π scalars / Π divisors · Π arrays."""

    coefficient: Fraction = Fraction(1)
    scalars: tuple[Piece, ...] = ()
    divisors: tuple[Piece, ...] = ()
    arrays: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression: its text, its precedence, and what is known of its value.

    `kind` is "array" (of the working dtype), "number" (a Python number, which promotes nothing),
    "bool" or "int"; `weight` counts the array operations that are more than cheap arithmetic.
    `value` is the number that a constant expression has.
    """

    text: str
    level: int = ATOM
    kind: str = "array"
    rank: int = 0
    weight: int = 0
    product: Product | None = None
    value: Fraction | None = None

    @property
    def is_atom(self) -> bool:
        return self.level == ATOM

    def at(self, level: int) -> str:
        """The text as an operand that binds at least as tightly as `level`."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def as_product(self) -> Product:
        if self.product is not None:
            return self.product
        if self.rank == 0 and self.kind in ("number", "array"):
            return Product(scalars=(self,))
        return Product(arrays=(self,))


# -- numbers ----------------------------------------------------------------------------------


def number_text(value: Fraction) -> tuple[str, int]:
    """A number as a person writes it, with its precedence: 2.0, 0.1, 1.0 / 3.0."""
    near = float(value)
    text = repr(near)
    level = UNARY if value < 0 else ATOM
    if Fraction(near) == value or Fraction(text) == value:
        return text, level
    if abs(value.numerator) < 1000 and value.denominator < 1000:
        return f"{float(value.numerator)!r} / {float(value.denominator)!r}", TIMES
    return text, level


def number_piece(value: Fraction) -> Piece:
    text, level = number_text(value)
    return Piece(text, level, "number", value=value, product=Product(value))


# -- sums and products ------------------------------------------------------------------------


def total_weight(pieces: Iterable[Piece]) -> int:
    return sum(p.weight for p in pieces)


def infix(sign: str, level: int, a: Piece, b: Piece, rank: int, kind: str = "array") -> Piece:
    """a + b and the like; the right operand is bracketed where it is a sum itself."""
    text = f"{a.at(level)} {sign} {b.at(level + 1)}"
    number = a.kind == b.kind == "number"
    return Piece(text, level, "number" if number else kind, rank, a.weight + b.weight)


def multiplied(a: Piece, b: Piece, rank: int) -> Piece:
    """a · b, numbers merged; factors of another rank stay bracketed."""
    p, q = _mergeable(a, rank), _mergeable(b, rank)
    merged = Product(
        p.coefficient * q.coefficient,
        p.scalars + q.scalars,
        p.divisors + q.divisors,
        p.arrays + q.arrays,
    )
    return product_piece(merged, rank)


def _mergeable(piece: Piece, rank: int) -> Product:
    if piece.product is not None and piece.rank in (0, rank):
        return piece.product
    return replace(piece, product=None).as_product


def divided(a: Piece, b: Piece, rank: int) -> Piece:
    """a / b; a divisor that is a number joins the numbers in front."""
    if b.kind != "number":
        text = f"{a.at(TIMES)} / {b.at(POWER)}"
        return Piece(text, TIMES, "array", rank, a.weight + b.weight)
    p, q = _mergeable(a, rank), _mergeable(b, 0)
    if not q.coefficient or q.arrays:
        return Piece(f"{a.at(TIMES)} / {b.at(POWER)}", TIMES, "array", rank, a.weight + b.weight)
    merged = Product(p.coefficient / q.coefficient, p.scalars + q.divisors, p.divisors + q.scalars, p.arrays)
    return product_piece(merged, rank)


def negated(a: Piece) -> Piece:
    p = a.as_product
    return product_piece(replace(p, coefficient=-p.coefficient), a.rank)


def product_piece(p: Product, rank: int) -> Piece:
    """The text of a product: (numbers) * arrays * masks, or arrays / number."""
    parts = (*p.scalars, *p.divisors, *p.arrays)
    kind = "number" if all(x.kind == "number" for x in parts) else "array"
    masks = tuple(x for x in p.arrays if x.kind == "bool")
    p = replace(p, arrays=tuple(x for x in p.arrays if x.kind != "bool") + masks)
    sign = "-" if p.coefficient < 0 else ""
    factors = _scalar_factors(p)
    if p.arrays:
        text, level = _with_arrays(p, factors)
    else:
        text, level = _quotient(factors or ["1.0"], p)
    if sign:
        text, level = f"-{text}", TIMES if level == TIMES else UNARY
        if level == TIMES and not p.arrays and len(parts) == 0:
            level = UNARY
    value = _value(p)
    return Piece(text, level, kind, rank, total_weight(parts), p, value)


def _value(p: Product) -> Fraction | None:
    value = p.coefficient
    for x in (*p.scalars, *p.divisors):
        if x.value is None or (x in p.divisors and not x.value):
            return None
    for x in p.scalars:
        value *= x.value or 0
    for x in p.divisors:
        value /= x.value or 1
    return None if p.arrays else value


def _scalar_factors(p: Product) -> list[str]:
    """The numerator's numbers and scalars, the sign left out."""
    size = abs(p.coefficient)
    factors = [x.at(UNARY + 1) for x in p.scalars]
    if p.coefficient == -1 and factors:
        factors[0] = p.scalars[0].at(ATOM)
    if size != 1:
        factors.insert(0, _absolute_text(size, bool(p.scalars or p.divisors)))
    return factors


def _absolute_text(size: Fraction, bracketed: bool) -> str:
    text, level = number_text(size)
    return f"({text})" if level == TIMES and bracketed else text


def _quotient(factors: list[str], p: Product) -> tuple[str, int]:
    text = " * ".join(factors)
    if p.divisors:
        text = f"{text} / {_divisor(p)}"
    return text, ATOM if len(factors) == 1 and not p.divisors and _is_simple(text) else TIMES


def _is_simple(text: str) -> bool:
    return " " not in text or (text[0] == "(" and text[-1] == ")")


def _divisor(p: Product) -> str:
    if len(p.divisors) == 1:
        return p.divisors[0].at(POWER)
    return "(" + " * ".join(x.at(POWER) for x in p.divisors) + ")"


def _with_arrays(p: Product, factors: list[str]) -> tuple[str, int]:
    alone = not factors and len(p.arrays) == 1
    first_level = POWER if factors else TIMES if p.coefficient > 0 else ATOM
    texts = [
        _alone(x, p) if alone else x.at(first_level if k == 0 else POWER) for k, x in enumerate(p.arrays)
    ]
    arrays = " * ".join(texts)
    if not factors:
        if p.divisors:
            return f"{arrays} / {_divisor(p)}", TIMES
        return arrays, p.arrays[0].level if alone and p.coefficient > 0 else TIMES
    scalars, _ = _quotient(factors, p)
    if " " in scalars and (len(factors) > 1 or p.divisors):
        scalars = f"({scalars})"
    return f"{scalars} * {arrays}", TIMES


def _alone(x: Piece, p: Product) -> str:
    if p.divisors:
        return x.at(TIMES)
    return x.text if p.coefficient > 0 else x.at(ATOM)


def power_text(base: Piece, exponent: Piece) -> str:
    """x**2 where both sides are names or numbers, (a + b) ** 2 otherwise, as formatters have it."""
    a, b = base.at(ATOM), exponent.at(UNARY)
    hugged = SIMPLE_OPERAND.fullmatch(a) and SIMPLE_OPERAND.fullmatch(b)
    return f"{a}**{b}" if hugged else f"{a} ** {b}"


def call(function: str, arguments: Iterable[str], rank: int, weight: int, kind: str = "array") -> Piece:
    """function(arguments)."""
    return Piece(f"{function}({', '.join(arguments)})", ATOM, kind, rank, weight)


def words(text: str) -> frozenset[str]:
    """The words of a text, for tables of names."""
    return frozenset(text.split())


def tuple_text(parts: Iterable[str]) -> str:
    """A tuple literal, (a,) for one entry."""
    listed = list(parts)
    return f"({listed[0]},)" if len(listed) == 1 else f"({', '.join(listed)})"
