"""Text to tokens: what a mathematician writes without saying is said here.

Two operands side by side get a product sign, a bar opens or closes a norm, a word that is no known
name but is made of known ones is taken apart (`Wx`), a function is told from a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from symbp.errors import ParseError, Place
from symbp.lang.declare import parse_number
from symbp.lang.names import MARKS, SUBSCRIPTS
from symbp.lang.summed import SUM_SIGN, Entry, no_entry, sum_letters
from symbp.ops.casts import DTYPES

VULGAR = {
    "½": Fraction(1, 2),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
    "¼": Fraction(1, 4),
    "¾": Fraction(3, 4),
}
_LETTER = r"[^\W\d_²³¹⁰⁴-⁹ᵀᵗⁿ⁻⁺∂∇Σ∑" + "".join(SUBSCRIPTS) + "]"
_MARK = "[" + "".join(MARKS) + "]"
_SUB = "[" + "".join(SUBSCRIPTS) + "]"
_NAME = rf"{_LETTER}(?:{_LETTER}|{_MARK}|{_SUB}|[0-9]|_(?!\{{))*(?:_\{{[^{{}}]*\}})?"
_PIECE = re.compile(rf"{_LETTER}{_MARK}*(?:{_SUB}+|_\{{[^{{}}]*\}}|_?[0-9]+)?")
_MODULE = (
    r"(?:np|numpy|jnp)\.(?:linalg\.|lib\.stride_tricks\.)?|jax\.(?:nn|numpy|scipy)\.(?:linalg\.|special\.)?"
    r"|torch\.(?:nn\.functional\.|linalg\.|special\.)?|scipy\.(?:special|linalg)\.|linalg\.|math\.|F\.(?=\w+\s*\()"
)
"""Modules whose functions are called as they are there."""
_TOKEN = re.compile(
    "|".join(
        [
            r"(?P<SPACE>\s+)",
            r"(?P<NUMBER>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\d.]))",
            r"(?P<VULGAR>[½⅓⅔¼¾])",
            r"(?P<ELLIPSIS>\.\.\.|…)",
            r"(?P<DOTNAME>\.\s*[A-Za-z_]\w*)",
            rf"(?P<NAME>(?:{_MODULE})?{_NAME})",
            r"(?P<TRANSPOSE>\^\s*\{?\s*(?:T|⊤|\\top)\s*\}?(?![\w])|ᵀ|⊤)",
            r"(?P<SUPERSCRIPT>[⁰¹²³⁴-⁹⁻⁺]+)",
            r"(?P<NORM>‖|\|\|)",
            rf"(?P<SUM>{SUM_SIGN})",
            r"(?P<OR>\||∨)",
            r"(?P<AND>&|∧)",
            r"(?P<NOT>~|¬)",
            r"(?P<COMPARE><=|>=|==|!=|≤|≥|≠|<|>)",
            r"(?P<CARET>\*\*|\^)",
            r"(?P<AT>@)",
            r"(?P<ODOT>⊙|∘)",
            r"(?P<JUXT>·|⋅)",
            r"(?P<STAR>\*)",
            r"(?P<FLOOR>//)",
            r"(?P<SLASH>/|÷)",
            r"(?P<PERCENT>%)",
            r"(?P<PLUS>\+)",
            r"(?P<MINUS>-|−|–)",
            r"(?P<LPAR>[({])",
            r"(?P<RPAR>[)}])",
            r"(?P<LBRACKET>\[)",
            r"(?P<RBRACKET>\])",
            r"(?P<COMMA>,)",
            r"(?P<COLON>:)",
            r"(?P<EQUALS>=)",
            r"(?P<QUOTE>[\"'′])",
        ]
    )
)
_OPERAND_END = {
    "NUMBER", "STRING", "NAME", "LITERAL", "SUPERSCRIPT", "TRANSPOSE", "ATTRIBUTE", "RBRACKET", "RPAR",
    "NORM_CLOSE", "ENTRY",
}  # fmt: skip
_OPERAND_START = {"NUMBER", "NAME", "LPAR", "NORM_OPEN", "SUM", "FUNCTION", "CALL"}
_INDEXED = re.compile(rf".+(?:{_SUB}|\d|\}})")
LARGE = "numbers up to about 1e300 are read"
LONGEST_LINE = 10_000
LONGEST_NAME = 100
DEEPEST = 200
"""Bounds on one expression: characters, letters of a name, brackets inside brackets."""
_LITERALS: dict[str, object] = {"None": None, "True": True, "False": False, "newaxis": None}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    place: Place
    value: object = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Words:
    """What the tokenizer has to know of a text: which words are names, which are functions."""

    is_name: Callable[[str], bool]
    is_function: Callable[[str], bool]
    declared: bool
    """Whether the text declares its names; without declarations short words may be products."""
    entry: Callable[[str], Entry | None] = no_entry
    """x_i as an array and its indices (symbp.lang.summed)."""
    is_timed: Callable[[str], bool] = lambda word: False
    """Which names mean something at a time only, as i[t] does."""


def _span(first: Place, last: Place) -> Place:
    return Place(first.text, first.line, first.start, last.end, first.source)


def tokens(text: str, line: int, offset: int, whole: str, source: str, words: Words) -> list[Token]:
    """The tokens of one expression, which starts at column `offset` of `line` of `whole`."""
    scanner = _Scanner(text, line, offset, whole, source, words)
    return list(scanner.run())


class _Scanner:
    def __init__(self, text: str, line: int, offset: int, whole: str, source: str, words: Words) -> None:
        self.text, self.line, self.offset, self.whole, self.source = text, line, offset, whole, source
        self.words = words
        self.brackets: list[tuple[str, Place, bool]] = []
        self.norms: list[Place] = []
        self.last: Token | None = None
        self.at = 0

    def place(self, start: int, end: int) -> Place:
        return Place(self.whole, self.line, self.offset + start, self.offset + end, self.source)

    def run(self) -> Iterator[Token]:
        if len(self.text) > LONGEST_LINE:
            reason = f"this line has {len(self.text)} characters, at most {LONGEST_LINE} are read"
            hint = "cut it into several equations"
            raise ParseError(reason, self.place(0, len(self.text)), hint=hint)
        while self.at < len(self.text):
            match = _TOKEN.match(self.text, self.at)
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
                if token.kind in _OPERAND_START and self.last is not None and self.last.kind in _OPERAND_END:
                    yield Token("JUXT", "", token.place)
                self.last = token
                yield token
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

    def nest(self, text: str, place: Place, is_call: bool) -> None:
        if len(self.brackets) >= DEEPEST:
            raise ParseError(
                f"brackets stand more than {DEEPEST} deep in each other here",
                place,
                hint="give the inner part a name of its own",
            )
        self.brackets.append((text, place, is_call))

    def open(self, kind: str, text: str, place: Place) -> Token:
        self.nest(text, place, False)
        if kind == "LBRACKET" and (self.last is None or self.last.kind not in _OPERAND_END):
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
        closes = self.norms and self.last is not None and self.last.kind in _OPERAND_END
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
        if self.last is not None and self.last.kind in _OPERAND_END and text != '"':
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

    # -- words --------------------------------------------------------------------------------

    def word(self, text: str, start: int) -> Iterator[Token]:
        place = self.place(start, self.at)
        first, *inner = text.split(".")
        bare = inner[-1] if inner else text
        if inner and (self.words.is_name(first) or (first == "F" and not self.words.declared)):
            bare, self.at = first, start + len(first)
            place = self.place(start, self.at)
        bare = unicodedata.normalize("NFC", bare)
        if len(bare) > LONGEST_NAME:
            raise ParseError(
                f"a name of {len(bare)} letters is too long", place, hint="give it a shorter name"
            )
        if bare in _LITERALS:
            yield Token("LITERAL", bare, place, _LITERALS[bare])
            return
        if bare == "pi" and not self.words.is_name("pi"):
            yield Token("NAME", "π", place, "π")
            return
        if bare == "e" and not self.words.is_name("e") and self.next_is(r"\s*(?:\^|\*\*|[⁰¹²³⁴-⁹⁻⁺])"):
            yield Token("NAME", "ℯ", place, "ℯ")
            return
        if self.is_keyword():
            yield Token("KEYWORD", bare, place, bare)
            return
        if (bare in DTYPES or bare == "inf") and not self.words.is_name(bare) and not self.next_is(r"\s*\("):
            yield Token("STRING", bare, place, bare)
            return
        if not self.words.is_name(bare):
            entry = self.words.entry(bare)
            if entry is not None:
                yield Token("NAME", entry[0], place, entry[0])
                yield Token("ENTRY", "_", place, entry[1])
                return
            if self.words.is_function(bare):
                yield from self.function(bare, start)
                return
            parts = self.split(bare)
            if parts is not None:
                yield from self.product(bare, parts, start)
                return
            if self.next_is(r"['′]*\s*\("):
                yield from self.function(bare, start)
                return
        yield Token("NAME", bare, place, bare)

    def is_keyword(self) -> bool:
        inside_call = bool(self.brackets) and self.brackets[-1][2]
        return inside_call and self.next_is(r"\s*=(?!=)")

    def next_is(self, pattern: str) -> bool:
        return re.compile(pattern).match(self.text, self.at) is not None

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
                piece = _PIECE.match(word, at)
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
        if all(_INDEXED.fullmatch(p) for p in parts[:-1]):
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
