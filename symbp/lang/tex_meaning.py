"""Whether two formulas say the same, with names that are set elsewhere put in.

A document may give f = (x + y) z, and f = q z where q = x + y: that is one equation, written twice.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from symbp.lang.names import identifier
from symbp.lang.syntax import Reference, Syntax, fold


class Meanings:
    """A number for each meaning; equal numbers are equal formulas up to names that are set."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.names: dict[str, int] = {}

    def define(self, key: str, expression: Syntax) -> None:
        """Let a name mean what an expression means."""
        self.names[key] = self.of(expression)

    def of(self, expression: Syntax) -> int:
        """The number of an expression."""
        return fold(expression, self._number)

    def _number(self, piece: Syntax, below: list[int]) -> int:
        if isinstance(piece, Reference):
            key = identifier(piece.name)
            found = self.names.get(key)
            return found if found is not None else self._fresh(("name", key))
        own = tuple(repr(getattr(piece, f.name)) for f in fields(piece) if _says_something(piece, f.name))
        return self._fresh((type(piece).__name__, own, tuple(below)))

    def _fresh(self, key: Any) -> int:
        return self.numbers.setdefault(key, len(self.numbers))


def _says_something(piece: Syntax, field: str) -> bool:
    """Whether a field is neither a place nor a piece that has a number of its own."""
    value = getattr(piece, field)
    return isinstance(value, str | int | bool) or field in ("value", "indices")
