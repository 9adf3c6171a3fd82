"""A model's text cut into statements: declarations, equations, claims."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symbp.errors import ParseError, Place

DECLARATIONS = ("param", "input", "target", "const", "size", "assume", "loss", "output")
DECLARATION = re.compile(rf"\s*({'|'.join(DECLARATIONS)})\s+(?=[^\s=(\[+*/@.,-])")
_GRADIENT = re.compile(
    r"\s*(?:∂\s*(?P<l1>[^\s/]+)\s*/\s*∂\s*(?P<t1>[^\s=]+)"
    r"|d\s*(?P<l2>[^\s/=(]+?)\s*/\s*d\s*(?P<t2>[^\s=(]+)"
    r"|(?:grad|∇)\s*_?\{?(?P<t3>[^\s=}]+)\}?(?:\s+(?P<l3>[^\s=]+))?)\s*$"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `kind` is a declaration's word, "equation" or "claim".

    `head` is the left-hand side (or what is declared), `body` what follows = or the colon.  Several
    names on the left (q, k, v = split(…)) are a statement each, with `item`: which of how many.
    """

    kind: str
    head: str
    head_place: Place
    body: str
    body_place: Place
    place: Place
    item: tuple[int, int] | None = None


def statements(text: str, source: str) -> Iterator[Statement]:
    """The statements of a text in order.  ParseError for a line that is none."""
    for line, start, piece in pieces(text):
        stripped = piece.strip()
        if not stripped:
            continue
        start += len(piece) - len(piece.lstrip())
        yield from _one_by_one(
            statement_at(stripped, Place(text, line, start, start + len(stripped), source))
        )


def _one_by_one(statement: Statement) -> Iterator[Statement]:
    """The statement itself, or one for each of several names on its left."""
    names = list(re.finditer(r"[^\s,]+", statement.head.strip("()[] ")))
    listed = re.fullmatch(r"[(\[]?\s*[^\s,()\[\]]+(\s*,\s*[^\s,()\[\]]+)+\s*,?\s*[)\]]?", statement.head)
    if statement.kind != "equation" or listed is None:
        yield statement
        return
    for k, name in enumerate(names):
        place = statement.head_place.within(name.group())
        yield replace(statement, head=name.group(), head_place=place, item=(k, len(names)))


def pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """(line, column, text) of each piece between line ends and semicolons, without comments."""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("#", 1)[0]
        start = 0
        for piece in line.split(";"):
            yield number, start, piece
            start += len(piece) + 1


def statement_at(text: str, place: Place) -> Statement:
    """The statement that a stripped stretch of text is.  ParseError where it is none."""
    declared = DECLARATION.match(text)
    if declared and not re.match(r"\s*=(?!=)", text[declared.end() :]):
        return _declaration(declared.group(1), text, declared.end(), place)
    at = _equals(text)
    if at is None:
        claim = _GRADIENT.match(text)
        if claim is None:
            raise _neither(text, place)
        raise ParseError("this claim has no right-hand side", place, hint=f"write {text.strip()} = …")
    head, body = text[:at].rstrip(), text[at + 1 :]
    body_start = at + 1 + len(body) - len(body.lstrip())
    head_place, body_place = place.part(0, len(head)), place.part(body_start, len(text))
    if not body.strip():
        hint = f"write what {head or 'it'} is"
        raise ParseError("the right-hand side is missing", place.part(at, at + 1), hint=hint)
    claim = _GRADIENT.match(head)
    if claim is not None:
        target = claim.group("t1") or claim.group("t2") or claim.group("t3")
        return Statement("claim", target, head_place, body.strip(), body_place, place)
    return Statement("equation", head, head_place, body.strip(), body_place, place)


def _neither(text: str, place: Place) -> ParseError:
    word = text.split()[0]
    if word.rstrip(":") in DECLARATIONS:
        reason = f"a name is missing after '{word.rstrip(':')}'"
        return ParseError(reason, place.part(0, len(word)), hint=f"it is written {word.rstrip(':')} W: n, d")
    near = difflib.get_close_matches(word, DECLARATIONS, n=1, cutoff=0.7)
    if near:
        hint = f"did you mean {near[0]}?"
        return ParseError(f"'{word}' is no declaration", place.part(0, len(word)), hint=hint)
    hint = "an equation is written NAME = expression"
    return ParseError("this is neither a declaration nor an equation", place, hint=hint)


def _declaration(word: str, text: str, at: int, place: Place) -> Statement:
    rest = text[at:]
    separator = re.search(r"[:=]", rest) if word != "output" else None
    if separator is None:
        end = len(rest)
        return Statement(
            word, rest.strip(), place.part(at, at + end), "", place.part(len(text), len(text)), place
        )
    head = rest[: separator.start()].rstrip()
    body = rest[separator.end() :]
    start = at + separator.end() + len(body) - len(body.lstrip())
    return Statement(
        word, head, place.part(at, at + len(head)), body.strip(), place.part(start, len(text)), place
    )


def _equals(text: str) -> int | None:
    """The column of the first = outside brackets that is no comparison."""
    depth = 0
    for i, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif (
            char == "="
            and depth <= 0
            and text[i + 1 : i + 2] != "="
            and text[i - 1 : i] not in ("=", "<", ">", "!")
        ):
            return i
    return None
