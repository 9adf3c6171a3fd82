"""Every exception that a user can meet, and the caret that shows where.

An error names the user's own line, marks the smallest wrong part, states each fact with the
line that set it, and offers at most one hint.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

LONGEST_SHOWN = 160
"""Characters of the user's line that a message shows."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line of the user's text: 1-based line, 0-based columns."""

    text: str = field(repr=False)
    line: int
    start: int
    end: int
    source: str = "<text>"

    @property
    def line_text(self) -> str:
        lines = _lines(self.text)
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""

    @property
    def snippet(self) -> str:
        """The text of the place itself."""
        return self.line_text[self.start : self.end].strip()

    def part(self, start: int, end: int) -> Place:
        """A stretch of this place, by columns from its start."""
        return Place(self.text, self.line, self.start + start, self.start + end, self.source)

    def within(self, part: str) -> Place:
        """Where the text of the place says `part`; the whole place where it does not."""
        at = self.line_text.find(part, self.start, self.end) if part else -1
        return self if at < 0 else Place(self.text, self.line, at, at + len(part), self.source)

    def caret(self) -> str:
        """The user's line with the place underlined, as wide as a terminal draws it."""
        line, start, end = _window(self.line_text.replace("\t", " "), self.start, self.end)
        before = _width(line[:start])
        length = max(1, _width(line[start:end]))
        number = str(self.line)
        gutter = " " * (len(number) + 3)
        return f"  {number} | {line}\n{gutter}| {' ' * before}{'^' * length}"


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """The lines of a text; a model of many lines is asked for each of them."""
    return text.splitlines()


def _shortened(text: str) -> str:
    """What quotes the user's own text may be as long as that; it is cut in the middle."""
    if len(text) <= 2 * LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]} … {text[-LONGEST_SHOWN:]}"


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a very long line that holds the place, with the place in it."""
    if len(line) <= LONGEST_SHOWN:
        return line, start, end
    first = max(0, min(start - LONGEST_SHOWN // 4, len(line) - LONGEST_SHOWN))
    last = min(len(line), first + LONGEST_SHOWN)
    left, right = "… " if first else "", " …" if last < len(line) else ""
    shift = len(left) - first
    return left + line[first:last] + right, start + shift, min(end, last) + shift


def _width(text: str) -> int:
    """Columns that a terminal gives to text: combining marks take none, wide letters two."""
    width = 0
    for char in text:
        if unicodedata.combining(char):
            continue
        width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


@dataclass(eq=False)
class SymbpError(Exception):
    """Something in the input cannot be used.  `str(error)` is the whole message."""

    reason: str
    place: Place | None = None
    facts: list[str] = field(default_factory=list)
    hint: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.place, self.facts, self.hint)

    def __str__(self) -> str:
        title = f"symbp.{type(self).__name__}: "
        lines: list[str] = []
        if self.place is None:
            lines.append(title + _shortened(self.reason))
        else:
            lines.append(f"{title}{self.place.source}, line {self.place.line}")
            lines.append(self.place.caret())
            lines.append(f"    {_shortened(self.reason)}")
        lines += [f"    {_shortened(fact)}" for fact in self.facts]
        if self.hint:
            lines.append(f"    hint: {_shortened(self.hint)}")
        return "\n".join(lines)


class ParseError(SymbpError):
    """The text is not an equation: an open bracket, a stray sign, a wrong argument."""


class UnknownNameError(SymbpError):
    """A name or a function that nothing defines."""


class ShapeError(SymbpError):
    """Ranks or sizes that do not fit together."""


class ModelError(SymbpError):
    """The equations are well formed, but are no model: no loss, a name set twice."""


class ClaimError(SymbpError):
    """A claim about something that has no gradient."""


class UnsupportedError(SymbpError):
    """Understood, but nothing here can do it."""


class OutputError(SymbpError):
    """A file that cannot be written or read."""


class OperandError(Exception):
    """Raised by an operation that cannot take its operands; the caller knows the place.

    `mismatch` holds the two sizes that had to be equal, where that is the reason.
    """

    def __init__(
        self,
        reason: str,
        facts: tuple[str, ...] = (),
        hint: str | None = None,
        mismatch: tuple[Any, Any] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts
        self.hint = hint
        self.mismatch = mismatch


class UnreadError(OperandError):
    """Raised where it cannot be told what an operand means: nothing is known of its shape."""
