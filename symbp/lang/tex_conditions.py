"""Conditions as numbers: 𝟙[x > 0], 𝟙_{i = j}, and the vector of ones that is written alike."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbp.lang import syntax
from symbp.lang.tex_blocks import closing
from symbp.lang.tex_commands import SIGNS, STYLES
from symbp.lang.tex_document import span
from symbp.lang.tex_names import Names
from symbp.lang.tex_output import OPEN, TokenWriter
from symbp.lang.tex_scan import Lexeme, argument, word_of
from symbp.lang.tex_words import kronecker
from symbp.lang.token import Token

ONES = "𝟏"
"""What a vector of ones calls."""


class ConditionReader(TokenWriter):
    """Reads 𝟙 and what it is the truth of."""

    def ones(self, lexeme: Lexeme) -> bool:
        """𝟙[x > 0] and 𝟙_{x > 0} are the truth of what follows; a vector of ones has no length."""
        if lexeme.text not in STYLES or self.at >= len(self.lexemes):
            return False
        content, stop = argument(self.lexemes, self.at)
        if word_of(content) != "1":
            return False
        self.at = stop
        if self.equal_indices(lexeme):
            return True
        if self.next_is("_") and self.is_condition(argument(self.lexemes, self.at + 1)[0]):
            self.at += 1
            self.at = self.opened(lexeme)
        elif not (self.next_is(*OPEN) and self.is_condition(self.lexemes[self.at :])):
            self.at = argument(self.lexemes, self.at + 1)[1] if self.next_is("_") else self.at
            self.emit(Token("NAME", "1", lexeme.place, syntax.Call(lexeme.place, ONES, (), (), lexeme.place)))
        return True

    def is_condition(self, content: Sequence[Lexeme]) -> bool:
        return any(x.text in SIGNS and SIGNS[x.text][0] == "COMPARE" for x in content)

    def equal_indices(self, lexeme: Lexeme) -> bool:
        """𝟙[i = j] is Kronecker's δ."""
        at = self.at + 1 if self.next_is("_") else self.at
        if at >= len(self.lexemes):
            return False
        if self.lexemes[at].text in OPEN:
            stop = closing(self.lexemes, at)
            content, end = self.lexemes[at + 1 : stop], (stop or at) + 1
        else:
            found, end = argument(self.lexemes, at)
            content = list(found)
        tokens = index_condition(content, self.names)
        if not tokens or not content:
            return False
        self.at = end
        for token in (Token("LPAR", "(", lexeme.place), *tokens, Token("RPAR", ")", lexeme.place)):
            self.emit(token)
        return True

    def opened(self, lexeme: Lexeme) -> int:
        """Emit what opens the argument at this index; the index of its first lexeme."""
        stop = argument(self.lexemes, self.at)[1]
        self.emit(Token("LPAR", "(", lexeme.place))
        self.after[stop] = [Token("RPAR", ")", lexeme.place), *self.after.get(stop, [])]
        return self.at + (1 if self.lexemes[self.at].kind == "open" else 0)


def index_condition(content: Sequence[Lexeme], names: Names) -> list[Token]:
    """i = j and i ≠ j as δ_ij and 1 − δ_ij; nothing for any other condition."""
    plain = [x for x in content if x.kind not in ("open", "close")]
    if len(plain) != 3 or not {plain[0].text, plain[2].text} <= names.indices:
        return []
    place = span(plain)
    delta = Token("NAME", "δ", place, kronecker((plain[0].text, plain[2].text), place))
    if plain[1].text == "=":
        return [delta]
    if plain[1].text not in (r"\ne", r"\neq"):
        return []
    return [Token("NUMBER", "1", place, Fraction(1)), Token("MINUS", "-", place), delta]
