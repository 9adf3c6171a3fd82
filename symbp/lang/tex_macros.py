r"""Commands of a document: \newcommand{\w}{\mathbf{w}}, \newcommand{\n}[1]{\lVert #1 \rVert}, \def."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from symbp.errors import ParseError, Place
from symbp.lang.tex_scan import Document, Lexeme, argument, scan

LONGEST = 20_000
DEEPEST = 10
DEFINING = (r"\newcommand", r"\renewcommand", r"\providecommand", r"\DeclareMathOperator", r"\def")
_COMMAND = re.compile(
    r"\\(?:newcommand|renewcommand|providecommand)\*?\s*(?:\{\s*(\\[A-Za-z]+)\s*\}|(\\[A-Za-z]+))\s*"
    r"(?:\[(\d)\]\s*)?(\[[^\]]*\]\s*)?\{"
)
_OPERATOR = re.compile(r"\\DeclareMathOperator\*?\s*\{\s*(\\[A-Za-z]+)\s*\}\s*\{")
_DEF = re.compile(r"\\def\s*(\\[A-Za-z]+)((?:#\d)*)\s*\{")


@dataclass(frozen=True)
class Macro:
    """What a command stands for, and how many arguments it takes (#1, #2 in its body)."""

    body: Sequence[Lexeme]
    arguments: int = 0


Macros = Mapping[str, Macro]


def read_macros(document: Document) -> Macros:
    """Command -> what it stands for; those with an optional argument are left out."""
    found: dict[str, Macro] = {}
    for match in _COMMAND.finditer(document.text):
        if not match.group(4):
            name = match.group(1) or match.group(2)
            found[name] = Macro(_body(document, match.end()), int(match.group(3) or 0))
    for match in _DEF.finditer(document.text):
        found[match.group(1)] = Macro(_body(document, match.end()), match.group(2).count("#"))
    for match in _OPERATOR.finditer(document.text):
        place = document.place(match.start(), match.end())
        brace = Lexeme("open", "{", place), Lexeme("close", "}", place)
        head = Lexeme("command", r"\operatorname", place)
        found[match.group(1)] = Macro([head, brace[0], *_body(document, match.end()), brace[1]])
    return found


def _body(document: Document, start: int) -> list[Lexeme]:
    return scan(document, start, _closing(document.text, start))


def _closing(text: str, start: int) -> int:
    """The offset of the brace that closes the one before an offset; the end where none does."""
    depth = 1
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.start()
    return len(text)


def without_definitions(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """Without the definitions of commands that stand among formulas."""
    found: list[Lexeme] = []
    at = 0
    while at < len(lexemes):
        if lexemes[at].text in DEFINING:
            at = argument(lexemes, at + 1)[1]
            while at < len(lexemes) and lexemes[at].kind != "open":
                at += 1
            at = argument(lexemes, at)[1]
        else:
            found.append(lexemes[at])
            at += 1
    return found


def expanded(lexemes: Sequence[Lexeme], macros: Macros) -> list[Lexeme]:
    """The lexemes with all commands of the document replaced, at the place where each stands."""
    listed = list(lexemes)
    for _ in range(DEEPEST):
        if not any(x.kind == "command" and x.text in macros for x in listed):
            return listed
        listed = _once(listed, macros)
        if len(listed) > LONGEST:
            break
    place = next((x.place for x in lexemes if x.text in macros), lexemes[0].place)
    raise ParseError(
        "the commands that this document defines grow without end",
        place,
        hint="a command may not stand in its own definition",
    )


def _once(listed: Sequence[Lexeme], macros: Macros) -> list[Lexeme]:
    new: list[Lexeme] = []
    at = 0
    while at < len(listed) and len(new) <= LONGEST:
        lexeme = listed[at]
        at += 1
        macro = macros.get(lexeme.text) if lexeme.kind == "command" else None
        if macro is None:
            new.append(lexeme)
            continue
        given: list[Sequence[Lexeme]] = []
        for _ in range(macro.arguments):
            content, at = argument(listed, at) if at < len(listed) else _missing(lexeme)
            given.append(content)
        new += _filled(macro.body, given, lexeme.place)
    return new


def _missing(lexeme: Lexeme) -> tuple[Sequence[Lexeme], int]:
    raise ParseError(
        f"an argument of '{lexeme.text}' is missing",
        lexeme.place,
        hint=f"put it behind the command, in braces: {lexeme.text}{{…}}",
    )


def _filled(body: Sequence[Lexeme], given: Sequence[Sequence[Lexeme]], place: Place) -> list[Lexeme]:
    """The body of a command with #1, #2 replaced; what is given keeps its places."""
    found: list[Lexeme] = []
    for k, lexeme in enumerate(body):
        if k and body[k - 1].text == "#" and lexeme.kind == "number":
            found.pop()
            which = int(lexeme.text) - 1
            if not 0 <= which < len(given):
                raise ParseError(
                    f"this command has no argument #{lexeme.text}",
                    place,
                    hint="count its arguments in \\newcommand{…}[n]{…}",
                )
            found += given[which]
        else:
            found.append(replace(lexeme, place=place))
    return found
