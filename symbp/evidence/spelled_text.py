"""Pieces of NumPy text with how tightly they bind, and what a writer of pieces may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Protocol

from symbp.algebra.node import Node
from symbp.algebra.size import Size

ATOM, POWER, UNARY, TIMES, PLUS, COMPARE = 20, 18, 16, 14, 12, 8
LONGEST = 4000
"""Characters after which a formula is no help to anybody."""

Text = tuple[str, int]
"""An expression and how tightly its outermost operator binds."""


class NotSpelled(Exception):
    """This node has no spelling."""


class Page(Protocol):
    """What writes nodes: the known names, the prefix of functions, and any piece."""

    names: Mapping[Node, str]
    prefix: str

    def piece(self, node: Node) -> Text: ...

    def call(self, name: str, parts: Iterable[Text | str]) -> Text: ...


Writer = Callable[[Page, Node, list[Text]], Text]


def registering(table: dict[str, Writer]) -> Callable[..., Callable[[Writer], Writer]]:
    """A decorator that puts a writer into a table under the names of its operations."""

    def writes(*names: str) -> Callable[[Writer], Writer]:
        def register(write: Writer) -> Writer:
            for name in names:
                table[name] = write
            return write

        return register

    return writes


def at(text: Text, level: int) -> str:
    return text[0] if text[1] >= level else f"({text[0]})"


def number_text(value: Fraction) -> Text:
    """2, 0.5, 1/3."""
    level = UNARY if value < 0 else ATOM
    if value.denominator == 1:
        return str(value.numerator), level
    if Fraction(float(value)) == value or Fraction(repr(float(value))) == value:
        return repr(float(value)), level
    return f"{value.numerator}/{value.denominator}", TIMES if value > 0 else UNARY - 1


def size_text(size: Size) -> Text:
    text = str(size)
    return text, ATOM if size.is_atomic else PLUS


def left_factor(a: Text) -> str:
    """A left factor; a matrix product in front of * is bracketed."""
    return at(a, TIMES + 1) if "@" in a[0] else at(a, TIMES)
