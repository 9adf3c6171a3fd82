"""Tokens as they come out of LaTeX: product signs between operands, brackets that have to close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.errors import ParseError, Place
from symbp.lang.tex_commands import FUNCTIONS
from symbp.lang.tex_document import span
from symbp.lang.tex_names import Names
from symbp.lang.tex_scan import Lexeme, argument
from symbp.lang.token import Token
from symbp.lang.word_tokens import DEEPEST

OPEN = {"(": ")", "[": "]", r"\{": r"\}", r"\lbrace": r"\rbrace", r"\lbrack": r"\rbrack"}
_OPERAND_END = {"NUMBER", "NAME", "TRANSPOSE", "RPAR", "NORM_CLOSE", "ENTRY"}
_OPERAND_START = {"NUMBER", "NAME", "LPAR", "NORM_OPEN", "SUM", "FUNCTION", "CALL", "BLOCK_OPEN"}
_ENDS_FUNCTION = {"PLUS", "MINUS", "COMMA", "CELL", "ROW", "COMPARE", "ODOT", "STAR", "SLASH"}


@dataclass
class _Level:
    """One open bracket: how it closes, what its end becomes, a function without brackets inside."""

    close: str
    ends: tuple[Token, ...]
    place: Place
    bare: Place | None = None


def _is_operator(token: Token) -> bool:
    r"""Whether an upright function begins: it ends another one's argument, as in \sin x \cos y."""
    return token.kind in ("FUNCTION", "CALL") and token.place.snippet in FUNCTIONS


class TokenWriter:
    """Collects tokens; the lexemes they come from are read by the classes below this one."""

    def __init__(self, lexemes: Sequence[Lexeme], names: Names, depth: int) -> None:
        self.lexemes, self.names, self.depth = list(lexemes), names, depth
        self.out: list[Token] = []
        self.levels = [_Level("", (), span(lexemes) if lexemes else Place("", 1, 0, 0))]
        self.after: dict[int, list[Token]] = {}
        """Index of a lexeme -> what is emitted before it, instead of a closing brace."""
        self.at = 0

    def emit(self, token: Token) -> None:
        last = self.out[-1].kind if self.out else ""
        level = self.levels[-1]
        if token.kind in _OPERAND_START and last in _OPERAND_END:
            if level.bare is not None and token.kind != "SUM" and not _is_operator(token):
                hint = "put what it is applied to in brackets"
                raise ParseError(
                    f"how far '{level.bare.snippet}' reaches is not clear", level.bare, hint=hint
                )
            self.out.append(Token("JUXT", "", token.place))
        if token.kind in _ENDS_FUNCTION or token.kind == "JUXT":
            level.bare = None
        if token.kind in ("LPAR", "CALL", "BLOCK_OPEN"):
            self.open("", (), token.place)
        elif token.kind == "RPAR":
            self.levels.pop()
        elif token.kind == "FUNCTION":
            level.bare = token.place
        self.out.append(token)

    def open(self, close: str, ends: tuple[Token, ...], place: Place) -> None:
        if len(self.levels) > DEEPEST:
            raise ParseError(
                f"brackets stand more than {DEEPEST} deep in each other here",
                place,
                hint="give the inner part a name of its own",
            )
        self.levels.append(_Level(close, ends, place))

    def group(self, start: int, head: Sequence[Token], tail: Sequence[Token]) -> int:
        """Put tokens around the argument at an index; the index behind the argument."""
        content, stop = argument(self.lexemes, start)
        if not content:
            raise ParseError(
                "an argument is empty here",
                self.lexemes[start].place,
                hint="write the argument, or leave out the comma",
            )
        self.after.setdefault(start, []).extend(head)
        self.after[stop] = [*tail, *self.after.get(stop, [])]
        return stop

    def ended(self) -> bool:
        return bool(self.out) and self.out[-1].kind in _OPERAND_END

    def next_is(self, *texts: str) -> bool:
        return self.at < len(self.lexemes) and self.lexemes[self.at].text in texts

    def inner(self, lexemes: Sequence[Lexeme]) -> list[Token]:
        """The tokens of a part that is read on its own."""
        raise NotImplementedError
