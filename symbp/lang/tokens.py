"""Text to tokens: what a mathematician writes without saying is said here.

Two operands side by side get a product sign, a bar opens or closes a norm, a word that is no known
name but is made of known ones is taken apart (`Wx`), a function is told from a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from symbp.errors import ParseError, Place
from symbp.lang.declare import parse_number
from symbp.lang.lexical import OPERAND_END, OPERAND_START, TOKEN, VULGAR
from symbp.lang.names import SUBSCRIPTS
from symbp.lang.summed import sum_letters
from symbp.lang.token import Token, Words
from symbp.lang.word_tokens import DEEPEST, WordScanner

LARGE = "numbers up to about 1e300 are read"
LONGEST_LINE = 10_000
"""Characters of one expression."""


def tokens(text: str, line: int, offset: int, whole: str, source: str, words: Words) -> list[Token]:
    """The tokens of one expression, which starts at column `offset` of `line` of `whole`."""
    scanner = _Scanner(text, line, offset, whole, source, words)
    return list(scanner.run())


class _Scanner(WordScanner):
    def __init__(self, text: str, line: int, offset: int, whole: str, source: str, words: Words) -> None:
        super().__init__(text, line, offset, whole, source, words)
        self.norms: list[Place] = []
        self.last: Token | None = None

    def run(self) -> Iterator[Token]:
        if len(self.text) > LONGEST_LINE:
            reason = f"this line has {len(self.text)} characters, at most {LONGEST_LINE} are read"
            hint = "cut it into several equations"
            raise ParseError(reason, self.place(0, len(self.text)), hint=hint)
        while self.at < len(self.text):
            match = TOKEN.match(self.text, self.at)
            if match is None:
                raise ParseError(
                    f"'{self.text[self.at]}' means nothing here",
                    self.place(self.at, self.at + 1),
                    hint="take it away; signs that are read are + - * / @ ⊙ ^ ** ' ᵀ Σ ‖ and brackets",
                )
            kind = match.lastgroup or ""
            start, self.at = match.start(), match.end()
            if kind == "SPACE":
                continue
            for token in self.tokens_for(kind, match.group(), start):
                if token.kind in OPERAND_START and self.last is not None and self.last.kind in OPERAND_END:
                    yield Token("JUXT", "", token.place)
                self.last = token
                yield token
        self._refuse_open()

    def _refuse_open(self) -> None:
        if self.brackets:
            opened, place, _ = self.brackets[-1]
            raise ParseError(f"this '{opened}' is never closed", place, hint="add the closing bracket")
        if self.norms:
            raise ParseError("this '‖' is never closed", self.norms[-1], hint="add the closing ‖")

    def tokens_for(self, kind: str, text: str, start: int) -> Iterator[Token]:
        place = self.place(start, self.at)
        if kind == "NUMBER":
            yield Token("NUMBER", text, place, self.number(text, place))
        elif kind == "VULGAR":
            yield Token("NUMBER", text, place, VULGAR[text])
        elif kind == "ELLIPSIS":
            yield Token("LITERAL", text, place, ...)
        elif kind == "NAME":
            yield from self.word(text, start)
        elif kind == "DOTNAME":
            yield self.attribute(text, place)
        elif kind == "QUOTE":
            yield self.quote(text, start)
        elif kind == "NORM":
            yield self.norm(text, start)
        elif kind == "SUM":
            for index in sum_letters(text) or (None,):
                yield Token("SUM", text, place, index)
        elif kind in ("LPAR", "LBRACKET"):
            yield self.open(kind, text, place)
        elif kind in ("RPAR", "RBRACKET"):
            self.close(text, place)
            yield Token(kind, text, place)
        else:
            yield Token(kind, text, place)

    def number(self, text: str, place: Place) -> Fraction:
        value = parse_number(text)
        if value is None:
            raise ParseError("this number is too large to be written out", place, hint=LARGE)
        return value

    def open(self, kind: str, text: str, place: Place) -> Token:
        self.nest(text, place, False)
        if kind == "LBRACKET" and (self.last is None or self.last.kind not in OPERAND_END):
            kind = "LBRACKET_OPEN"
        return Token(kind, text, place)

    def close(self, text: str, place: Place) -> None:
        wanted = {")": "(", "]": "[", "}": "{"}[text]
        if not self.brackets:
            raise ParseError(f"this '{text}' closes nothing", place, hint="take it away, or open a bracket")
        opened = self.brackets[-1]
        closing = {"(": ")", "[": "]", "{": "}"}[opened[0]]
        if opened[0] != wanted:
            raise ParseError(
                f"this '{text}' cannot close the '{opened[0]}' before it",
                _span(opened[1], place),
                hint=f"'{opened[0]}' is closed by '{closing}'",
            )
        self.brackets.pop()

    def norm(self, text: str, start: int) -> Token:
        closes = self.norms and self.last is not None and self.last.kind in OPERAND_END
        if not closes:
            if len(self.norms) >= DEEPEST:
                raise ParseError(
                    f"norms stand more than {DEEPEST} deep in each other here",
                    self.place(start, self.at),
                    hint="give the inner part a name of its own",
                )
            self.norms.append(self.place(start, self.at))
            return Token("NORM_OPEN", text, self.place(start, self.at))
        self.norms.pop()
        order = re.compile(r"_\{?([0-9F])\}?|([₁₂])").match(self.text, self.at)
        if order is None:
            return Token("NORM_CLOSE", text, self.place(start, self.at), "2")
        self.at = order.end()
        value = order.group(1) or SUBSCRIPTS[order.group(2)]
        return Token("NORM_CLOSE", text, self.place(start, self.at), value)

    def quote(self, text: str, start: int) -> Token:
        if self.last is not None and self.last.kind in OPERAND_END and text != '"':
            return Token("TRANSPOSE", text, self.place(start, self.at))
        end = self.text.find(text, self.at)
        if text == "′" or end < 0:
            raise ParseError(
                "this quote is never closed", self.place(start, self.at), hint="add the closing quote"
            )
        value = self.text[self.at : end]
        self.at = end + 1
        return Token("STRING", value, self.place(start, self.at), value)

    def attribute(self, text: str, place: Place) -> Token:
        name = text[1:].strip()
        opening = re.compile(r"\s*\(").match(self.text, self.at)
        if opening is None:
            return Token("ATTRIBUTE", name, place, name)
        self.at = opening.end()
        self.nest("(", self.place(self.at - 1, self.at), True)
        return Token("METHOD", name, place, name)


def _span(first: Place, last: Place) -> Place:
    return Place(first.text, first.line, first.start, last.end, first.source)
