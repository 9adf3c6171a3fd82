"""Words of an equation: a name, a function, a word of the language, or a product without a sign."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from symbp.errors import ParseError, Place
from symbp.lang.lexical import INDEXED, LITERALS, PIECE
from symbp.lang.token import Token, Words
from symbp.ops.casts import DTYPES

LONGEST_NAME = 100
DEEPEST = 200
"""Bounds on one expression: letters of a name, brackets inside brackets."""


class WordScanner:
    """Where a scanner stands in its text, and what a word means there."""

    def __init__(self, text: str, line: int, offset: int, whole: str, source: str, words: Words) -> None:
        self.text, self.line, self.offset, self.whole, self.source = text, line, offset, whole, source
        self.words = words
        self.brackets: list[tuple[str, Place, bool]] = []
        """The open ones: sign, place, whether a call opened it."""
        self.at = 0

    def place(self, start: int, end: int) -> Place:
        return Place(self.whole, self.line, self.offset + start, self.offset + end, self.source)

    def next_is(self, pattern: str) -> bool:
        return re.compile(pattern).match(self.text, self.at) is not None

    def nest(self, text: str, place: Place, is_call: bool) -> None:
        if len(self.brackets) >= DEEPEST:
            raise ParseError(
                f"brackets stand more than {DEEPEST} deep in each other here",
                place,
                hint="give the inner part a name of its own",
            )
        self.brackets.append((text, place, is_call))

    def word(self, text: str, start: int) -> Iterator[Token]:
        bare, place = self._without_module(text, start)
        if len(bare) > LONGEST_NAME:
            raise ParseError(
                f"a name of {len(bare)} letters is too long", place, hint="give it a shorter name"
            )
        fixed = self._fixed_word(bare, place)
        entry = None if fixed is not None or self.words.is_name(bare) else self.words.entry(bare)
        if fixed is not None:
            yield fixed
        elif entry is not None:
            yield Token("NAME", entry[0], place, entry[0])
            yield Token("ENTRY", "_", place, entry[1])
        elif self.words.is_name(bare):
            yield Token("NAME", bare, place, bare)
        elif self.words.is_function(bare):
            yield from self.function(bare, start)
        elif (parts := self.split(bare)) is not None:
            yield from self.product(bare, parts, start)
        elif self.next_is(r"['′]*\s*\("):
            yield from self.function(bare, start)
        else:
            yield Token("NAME", bare, place, bare)

    def _without_module(self, text: str, start: int) -> tuple[str, Place]:
        """exp of np.exp; n of n.T where n is a name, and then only n is read."""
        first, *inner = text.split(".")
        bare = inner[-1] if inner else text
        if inner and (self.words.is_name(first) or (first == "F" and not self.words.declared)):
            bare, self.at = first, start + len(first)
        return unicodedata.normalize("NFC", bare), self.place(start, self.at)

    def _fixed_word(self, bare: str, place: Place) -> Token | None:
        """What a word means by itself: None, π, a keyword before =, a dtype."""
        is_name = self.words.is_name(bare)
        if bare in LITERALS:
            return Token("LITERAL", bare, place, LITERALS[bare])
        if bare == "pi" and not is_name:
            return Token("NAME", "π", place, "π")
        if bare == "e" and not is_name and self.next_is(r"\s*(?:\^|\*\*|[⁰¹²³⁴-⁹⁻⁺])"):
            return Token("NAME", "ℯ", place, "ℯ")
        if self.is_keyword():
            return Token("KEYWORD", bare, place, bare)
        if (bare in DTYPES or bare == "inf") and not is_name and not self.next_is(r"\s*\("):
            return Token("STRING", bare, place, bare)
        return None

    def is_keyword(self) -> bool:
        inside_call = bool(self.brackets) and self.brackets[-1][2]
        return inside_call and self.next_is(r"\s*=(?!=)")

    def function(self, name: str, start: int) -> Iterator[Token]:
        primes = re.compile(r"['′]+").match(self.text, self.at)
        if primes is not None:
            name += "'" * len(primes.group())
            self.at = primes.end()
        opening = re.compile(r"\s*\(").match(self.text, self.at)
        place = self.place(start, self.at)
        if opening is None:
            yield Token("FUNCTION", name, place, name)
            return
        self.at = opening.end()
        self.nest("(", self.place(self.at - 1, self.at), True)
        yield Token("CALL", name, place, name)

    def split(self, word: str) -> list[str] | None:
        """A word as a product of names, longest known names first; None where it is none."""
        parts: list[str] = []
        at = 0
        while at < len(word):
            for end in range(len(word), at, -1):
                if self.words.is_name(word[at:end]):
                    break
            else:
                piece = PIECE.match(word, at)
                if piece is None or self.words.declared:
                    return None
                end = piece.end()
            parts.append(word[at:end])
            at = end
        if len(parts) < 2 or any(self.words.is_timed(p) for p in parts[:-1]):
            return None
        if self.words.is_timed(parts[-1]) and not self.next_is(r"\s*\["):
            return None
        if self.words.declared or (len(parts) <= 3 and self.looks_like_product(parts)):
            return parts
        return None

    def looks_like_product(self, parts: list[str]) -> bool:
        """Without declarations `Wx`, `wx`, `x₁w₁` and `λw` are products, `loss` is a word."""
        if any(self.words.is_name(p) for p in parts):
            return True
        if all(INDEXED.fullmatch(p) for p in parts[:-1]):
            return True
        if len(parts) == 2 and parts[1] == "x" and parts[0] in "abckmuvw":
            return True
        alphabets = {p[0].isascii() for p in parts}
        if len(alphabets) > 1 and parts[0] not in ("δ", "Δ"):
            return True
        capitals = [p for p in parts if p[0].isupper()]
        return bool(capitals) and (len(parts) == 2 or len(capitals) >= 2)

    def product(self, word: str, parts: list[str], start: int) -> Iterator[Token]:
        at = start + (self.at - start - len(word) if self.at - start >= len(word) else 0)
        for part in parts:
            end = min(at + len(part), self.at)
            yield Token("NAME", part, self.place(at, end), part)
            at = end
