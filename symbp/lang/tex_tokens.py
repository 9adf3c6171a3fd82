"""LaTeX lexemes to the tokens of the equation language, each with its place in the user's LaTeX.

The grammar is that of the equation language (grammar.lark).  What is not understood is an error at
its place; letters side by side are a product only where they are known to be names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.errors import ParseError
from symbp.lang.declare import parse_number
from symbp.lang.tex_brackets import ABSOLUTE, CLOSE, NORMS
from symbp.lang.tex_commands import SIGNS
from symbp.lang.tex_conditions import ConditionReader
from symbp.lang.tex_document import span
from symbp.lang.tex_environments import EnvironmentReader
from symbp.lang.tex_indices import beside_letters, bound_letters
from symbp.lang.tex_names import Names
from symbp.lang.tex_output import OPEN
from symbp.lang.tex_quotients import FRACTIONS, QuotientReader
from symbp.lang.tex_scan import Lexeme, argument, limits_of
from symbp.lang.tex_scripts import ScriptReader
from symbp.lang.tex_words import WordReader
from symbp.lang.token import Token

MOST_NESTED = 10


def to_tokens(lexemes: Sequence[Lexeme], names: Names, depth: int = 0) -> list[Token]:
    """The tokens of one expression.  ParseError with its place for what is not understood."""
    if depth > MOST_NESTED:
        raise ParseError(
            "cases and derivatives stand too deep in each other here",
            span(lexemes),
            hint="give the inner part a name of its own",
        )
    return _Translator(lexemes, names, depth).run()


class _Translator(WordReader, ScriptReader, QuotientReader, ConditionReader, EnvironmentReader):
    def run(self) -> list[Token]:
        while self.at <= len(self.lexemes):
            for token in self.after.pop(self.at, []):
                self.emit(token)
            if self.at < len(self.lexemes):
                self.step(self.lexemes[self.at])
            else:
                break
        if len(self.levels) > 1:
            place = self.levels[-1].place
            hint = "add the closing bracket"
            raise ParseError(f"this '{place.snippet}' is never closed", place, hint=hint)
        return self.out

    def inner(self, lexemes: Sequence[Lexeme]) -> list[Token]:
        return to_tokens(lexemes, self.names, self.depth + 1)

    def step(self, lexeme: Lexeme) -> None:
        text = lexeme.text
        self.at += 1
        if lexeme.kind == "open" and self.is_subscripted():
            self.at -= 1
            self.word(lexeme)
        elif lexeme.kind in ("open", "close") or text in (r"\quad", r"\qquad"):
            return
        elif lexeme.kind == "number":
            self.number(lexeme)
        elif text in _READERS:
            _READERS[text](self, lexeme)
        elif not self.ones(lexeme):
            self.at -= 1
            self.word(lexeme)

    def is_subscripted(self) -> bool:
        """{W}_1: braces round a name that say nothing."""
        after = argument(self.lexemes, self.at - 1)[1]
        return self.at - 1 not in self.after and after < len(self.lexemes) and self.lexemes[after].text == "_"

    def number(self, lexeme: Lexeme) -> None:
        value = parse_number(lexeme.text)
        if value is None:
            raise ParseError(
                "this number is too large to be written out",
                lexeme.place,
                hint="write it as a power, such as 10^{20}",
            )
        self.emit(Token("NUMBER", lexeme.text, lexeme.place, value))

    def sign(self, lexeme: Lexeme) -> None:
        kind, sign = SIGNS[lexeme.text]
        text = sign if kind == "COMPARE" else lexeme.text
        self.emit(Token(kind, text, lexeme.place, "dot" if sign == "·" else None))

    def total(self, lexeme: Lexeme) -> None:
        below, above, stop = limits_of(self.lexemes, self.at - 1)
        place = span(self.lexemes[self.at - 1 : stop])
        beside = beside_letters(below, above, self.names.indices)
        if beside is not None:
            self.emit(Token("SUM", r"\sum", place, beside))
            self.at = stop
            return
        for index in bound_letters(below, above, place):
            used = index if index in self.names.indices else None
            self.emit(Token("SUM", r"\sum", place, used))
        if not below:
            self.emit(Token("SUM", r"\sum", place, None))
        self.at = stop


_READERS: dict[str, Callable[[_Translator, Lexeme], None]] = {
    **dict.fromkeys(SIGNS, _Translator.sign),
    **dict.fromkeys([*OPEN, *CLOSE], _Translator.bracket),
    **dict.fromkeys([*NORMS, *ABSOLUTE], _Translator.bar),
    **dict.fromkeys([*FRACTIONS, r"\partial", r"\nabla"], _Translator.fraction_or_derivative),
    "^": _Translator.raised,
    "'": _Translator.prime,
    "_": _Translator.entry,
    r"\langle": _Translator.inner_product,
    r"\sqrt": _Translator.root,
    r"\sum": _Translator.total,
    r"\begin": _Translator.environment,
}
"""What reads a lexeme that says by itself what it is."""
