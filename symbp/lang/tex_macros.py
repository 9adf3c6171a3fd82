"""Commands that a document defines without arguments: \\newcommand{\\w}{\\mathbf{w}}."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from symbp.errors import ParseError
from symbp.lang.tex_scan import Document, Lexeme, scan

LONGEST = 20_000
DEEPEST = 10
_COMMAND = re.compile(r"\\(?:re|provide)?newcommand\*?\s*(?:\{\s*(\\[A-Za-z]+)\s*\}|(\\[A-Za-z]+))\s*\{")
_OPERATOR = re.compile(r"\\DeclareMathOperator\*?\s*\{\s*(\\[A-Za-z]+)\s*\}\s*\{")
Macros = Mapping[str, Sequence[Lexeme]]


def read_macros(document: Document) -> Macros:
    """Command -> the lexemes that it stands for; those with arguments are left out."""
    found: dict[str, list[Lexeme]] = {}
    for pattern in (_COMMAND, _OPERATOR):
        for match in pattern.finditer(document.text):
            end = _closing(document.text, match.end())
            body = scan(document, match.end(), end)
            if pattern is _OPERATOR:
                place = document.place(match.start(), match.end())
                brace = Lexeme("open", "{", place), Lexeme("close", "}", place)
                body = [Lexeme("command", r"\operatorname", place), brace[0], *body, brace[1]]
            found[match.group(1) or match.group(2)] = body
    return found


def _closing(text: str, start: int) -> int:
    """The offset of the brace that closes the one before an offset; the end where none does."""
    depth = 1
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.start()
    return len(text)


def expanded(lexemes: Sequence[Lexeme], macros: Macros) -> list[Lexeme]:
    """The lexemes with all commands of the document replaced, at the place where each stands."""
    listed = list(lexemes)
    for _ in range(DEEPEST):
        if not any(x.kind == "command" and x.text in macros for x in listed):
            return listed
        new: list[Lexeme] = []
        for lexeme in listed:
            body = macros.get(lexeme.text) if lexeme.kind == "command" else None
            new += [lexeme] if body is None else [replace(x, place=lexeme.place) for x in body]
        listed = new
        if len(listed) > LONGEST:
            break
    place = next((x.place for x in lexemes if x.text in macros), lexemes[0].place)
    raise ParseError("the commands that this document defines grow without end", place)
