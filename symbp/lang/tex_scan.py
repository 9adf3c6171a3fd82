"""LaTeX to lexemes: commands, letters, numbers, braces, each with its place.

Nothing is understood here; comments are left out, and a stretch of a longer document can be scanned.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symbp.errors import ParseError, Place
from symbp.lang.tex_commands import MARKS, STYLES, UNICODE, plain_letter

LONGEST_FORMULA = 20_000
DEEPEST = 200
_COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?|\\(?:\s*\[[^\]\n]*(?:pt|em|ex|cm|mm)\])?|.)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE]-?\d+)?|\.\d+")
_ONE_ARGUMENT = {"^", "_", r"\sqrt"}
_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ", "0123456789T", strict=True))


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`kind` is command, letter, number, open, close or sign; `text` is normalised (\\cdot for ·)."""

    kind: str
    text: str
    place: Place

    def __str__(self) -> str:
        return self.text


Part = tuple[Lexeme, ...]


class Document:
    """A text with its lines, so that every offset has a place."""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source = text, source
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def place(self, start: int, end: int) -> Place:
        """The place from an offset to another, cut at the end of the line."""
        line = min(bisect_right(self.starts, start), max(1, len(self.starts) - 1))
        first = self.starts[line - 1]
        last = self.starts[line] if line < len(self.starts) else len(self.text)
        return Place(self.text, line, start - first, max(start + 1, min(end, last)) - first, self.source)


def scan(document: Document, start: int, end: int) -> list[Lexeme]:
    """The lexemes between two offsets.  ParseError for a formula that is too long."""
    if end - start > LONGEST_FORMULA:
        reason = f"this formula has {end - start} characters, at most {LONGEST_FORMULA} are read"
        raise ParseError(reason, document.place(start, start + 1), hint="cut it into several equations")
    found: list[Lexeme] = []
    at = start
    while at < end:
        at = _next(document, at, end, found)
    return found


def _next(document: Document, at: int, end: int, found: list[Lexeme]) -> int:
    """Append the lexemes that start at an offset; the offset behind them."""
    text = document.text
    char = text[at]
    if char.isspace() or char in "~\u200b":
        return at + 1
    if char == "%":
        line_end = text.find("\n", at, end)
        return end if line_end < 0 else line_end
    if char == "\\":
        match = _COMMAND.match(text, at, end)
        if match is None:
            raise ParseError(
                "a backslash stands alone",
                document.place(at, at + 1),
                hint="write the name of a command behind it, or \\\\ for a new line",
            )
        word = match.group()
        if word.endswith("*") and word not in (r"\operatorname*", r"\tag*", r"\hspace*"):
            word = word[:-1]
        stop = at + len(word)
        if word.startswith("\\\\"):
            word = "\\\\"
        found.append(Lexeme("command", word, document.place(at, stop)))
        return stop
    number = _NUMBER.match(text, at, end)
    if number is not None:
        stop = at + 1 if _single(found) else number.end()
        found.append(Lexeme("number", text[at:stop], document.place(at, stop)))
        return stop
    for table, sign in ((_SUBSCRIPTS, "_"), (_SUPERSCRIPTS, "^")):
        if char in table:
            return _script(document, at, end, found, table, sign)
    stop = at + 1
    while stop < end and unicodedata.combining(text[stop]):
        stop += 1
    found.append(_letter_or_sign(plain_letter(char) + text[at + 1 : stop], document.place(at, stop)))
    return stop


def _single(found: Sequence[Lexeme]) -> bool:
    """Whether an argument without braces is wanted: \\frac12 is ½, x^23 is x²3."""
    texts = [lexeme.text for lexeme in found[-2:]]
    if texts and texts[-1] in _ONE_ARGUMENT | _FRACTIONS:
        return True
    return len(texts) == 2 and texts[0] in _FRACTIONS and texts[1] != "{"


def _script(
    document: Document, at: int, end: int, found: list[Lexeme], table: Mapping[str, str], sign: str
) -> int:
    """x₁₂ as x_{12}."""
    stop = at
    while stop < end and document.text[stop] in table:
        stop += 1
    place = document.place(at, stop)
    content = "".join(table[c] for c in document.text[at:stop])
    kind = "number" if content.isdigit() else "letter"
    found += [Lexeme("sign", sign, place), Lexeme("open", "{", place)]
    found += [Lexeme(kind, content, place), Lexeme("close", "}", place)]
    return stop


def _letter_or_sign(char: str, place: Place) -> Lexeme:
    if char in "{}":
        return Lexeme("open" if char == "{" else "close", char, place)
    if char in UNICODE:
        word = UNICODE[char]
        return Lexeme("command" if word.startswith("\\") else "sign", word, place)
    composed = unicodedata.normalize("NFC", char)
    if composed[0].isalpha():
        return Lexeme("letter", composed, place)
    return Lexeme("sign", char, place)


def matched(lexemes: Sequence[Lexeme]) -> dict[int, int]:
    """Index of each opening brace -> index of its closing one.  ParseError where one is missing."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for at, lexeme in enumerate(lexemes):
        if lexeme.kind == "open":
            if len(opened) >= DEEPEST:
                raise ParseError(
                    f"braces stand more than {DEEPEST} deep in each other here",
                    lexeme.place,
                    hint="give the inner part a name of its own",
                )
            opened.append(at)
        elif lexeme.kind == "close":
            if not opened:
                raise ParseError(
                    "this '}' closes nothing", lexeme.place, hint="leave it out, or add the opening brace"
                )
            pairs[opened.pop()] = at
    if opened:
        hint = "add the closing brace"
        raise ParseError("this '{' is never closed", lexemes[opened[-1]].place, hint=hint)
    return pairs


def argument(lexemes: Sequence[Lexeme], at: int) -> tuple[Sequence[Lexeme], int]:
    """The argument that starts at an index, without its braces, and the index behind it."""
    if at >= len(lexemes):
        place = lexemes[-1].place if lexemes else None
        raise ParseError(
            "an argument is missing here", place, hint="put the argument in braces behind the command"
        )
    if lexemes[at].kind != "open":
        if lexemes[at].kind == "close":
            raise ParseError(
                "an argument is missing here",
                lexemes[at].place,
                hint="put the argument in braces behind the command",
            )
        stop = _styled(lexemes, at)
        return lexemes[at:stop], stop
    depth = 0
    for stop in range(at, len(lexemes)):
        depth += {"open": 1, "close": -1}.get(lexemes[stop].kind, 0)
        if depth == 0:
            return lexemes[at + 1 : stop], stop + 1
    raise ParseError("this '{' is never closed", lexemes[at].place, hint="add the closing brace")


def limits_of(lexemes: Sequence[Lexeme], at: int) -> tuple[Sequence[Lexeme], Sequence[Lexeme], int]:
    """What stands below and above the \\sum or \\nabla at an index, and the index behind all of it."""
    below: Sequence[Lexeme] = ()
    above: Sequence[Lexeme] = ()
    at += 1
    while at < len(lexemes) and lexemes[at].text in ("_", "^"):
        content, after = argument(lexemes, at + 1)
        if lexemes[at].text == "_":
            below = content
        else:
            above = content
        at = after
    return below, above, at


def _styled(lexemes: Sequence[Lexeme], at: int) -> int:
    """The index behind a letter, or behind type styles and marks with what they hold: x_\\text{reg}."""
    while lexemes[at].text in STYLES | MARKS.keys() and at + 1 < len(lexemes):
        at += 1
        if lexemes[at].kind == "open":
            return argument(lexemes, at)[1]
    return at + 1


def spaced(lexemes: Sequence[Lexeme]) -> str:
    """The words of an argument such as \\text{for all}, small, with the spaces between them."""
    found = ""
    for before, x in zip([None, *lexemes], lexemes, strict=False):
        gap = before is not None and (before.place.end < x.place.start or before.place.line < x.place.line)
        found += (" " if gap else "") + x.text
    return found.strip().lower()


def word_of(lexemes: Sequence[Lexeme]) -> str:
    """The bare text of an argument such as \\text{log softmax}."""
    return "".join(lexeme.text for lexeme in lexemes)


def unstyled(content: Sequence[Lexeme]) -> str:
    """The same without braces and styles: T of \\mathsf{T}."""
    return word_of([x for x in content if x.text not in STYLES and x.kind not in ("open", "close")])


def outer(lexemes: Sequence[Lexeme]) -> Iterator[tuple[int, Lexeme]]:
    """(index, lexeme) outside all brackets of any kind and outside nested environments."""
    depth = 0
    for at, lexeme in enumerate(lexemes):
        if lexeme.text in OPENING:
            depth += 1
        elif lexeme.text in CLOSING:
            depth -= 1
        elif depth <= 0:
            yield at, lexeme


OPENING = {"{", "(", "[", r"\{", r"\lbrace", r"\begin", r"\langle", r"\lbrack"}
CLOSING = {"}", ")", "]", r"\}", r"\rbrace", r"\end", r"\rangle", r"\rbrack"}
