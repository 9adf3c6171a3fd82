"""What stands above and below: exponents, transposes, primes, and indices of a bracket."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbp.errors import ParseError, Place
from symbp.lang.names import identifier
from symbp.lang.tex_document import span
from symbp.lang.tex_names import read_name
from symbp.lang.tex_output import OPEN, TokenWriter
from symbp.lang.tex_scan import Lexeme, argument, unstyled
from symbp.lang.token import Token

_TRANSPOSES = {"T", r"\top", r"\intercal"}
_INVERSE_TRANSPOSES = {"-T", r"-\top", r"-\intercal"}
_UNREAD = {"*", r"\dagger", r"\ast", "+", r"\star", "H", r"\circ", r"\prime"}


class ScriptReader(TokenWriter):
    """Reads ^, ' and the _ behind a bracket."""

    def raised(self, lexeme: Lexeme) -> None:
        """Transposes, inverses and powers."""
        content, stop = argument(self.lexemes, self.at)
        text = unstyled(content)
        place = span(self.lexemes[self.at - 1 : stop])
        if not content:
            raise ParseError("this exponent is empty", place, hint="write the exponent in braces: x^{2}")
        if not self.ended():
            raise ParseError(
                "this exponent belongs to nothing", place, hint="write it behind a name or a bracket"
            )
        if text in _TRANSPOSES or text in _INVERSE_TRANSPOSES:
            self.emit(Token("TRANSPOSE", text, place))
            self.at = stop
            if text in _INVERSE_TRANSPOSES:
                one = Token("NUMBER", "1", place, Fraction(1))
                for token in (Token("CARET", "^", place, "paper"), Token("MINUS", "-", place), one):
                    self.emit(token)
            return
        self.power(content, text, lexeme.place, place)

    def power(self, content: Sequence[Lexeme], text: str, sign: Place, place: Place) -> None:
        """x^2, x^{n-1} and x^{\\odot 2}; letters that are no names are refused."""
        if text in _UNREAD:
            raise ParseError(
                f"what '^{text}' means is not known here",
                place,
                hint="write \\top for a transpose, and powers as numbers",
            )
        if len(content) == 1 and content[0].kind == "letter" and not self.is_operand(content[0].text):
            hint = f"a name is written with brackets, as in ^{{({text})}}"
            raise ParseError(f"'{text}' is no number that could be an exponent", place, hint=hint)
        skip = 1 if content[0].text in (r"\odot", r"\circ") else 0
        self.emit(Token("CARET", "^", sign, "paper" if not skip else None))
        self.group(self.at, [Token("LPAR", "(", place)], [Token("RPAR", ")", place)])
        if self.lexemes[self.at].kind == "open":
            for token in self.after.pop(self.at):
                self.emit(token)
            self.at += 1 + skip

    def is_operand(self, letter: str) -> bool:
        key = identifier(letter)
        names = self.names
        exponential = bool(self.out) and self.out[-1].value == "ℯ"
        return exponential or key in names.known or (key in names.alone and not names.declared)

    def prime(self, lexeme: Lexeme) -> None:
        """X'y and x x' as Xᵀ y and x xᵀ, as statisticians write; outside of a product a prime is refused."""
        goes_on = self.at < len(self.lexemes) and (
            self.next_is(*OPEN) or read_name(self.lexemes, self.at, self.names) is not None
        )
        in_product = goes_on or (len(self.out) > 1 and self.out[-2].kind == "JUXT")
        if self.ended() and in_product:
            self.emit(Token("TRANSPOSE", "'", lexeme.place))
            return
        raise ParseError("a prime is read after a function, such as \\sigma'(z)", lexeme.place,
                         hint=r"a transpose is written ^\top")  # fmt: skip

    def entry(self, lexeme: Lexeme) -> None:
        """(W x)_i: entries of what stands in brackets before."""
        content, stop = argument(self.lexemes, self.at)
        place = span(self.lexemes[self.at - 1 : stop])
        indices = tuple(x.text for x in content if x.text != "," and x.kind not in ("open", "close"))
        if not self.out or self.out[-1].kind != "RPAR":
            raise ParseError(
                "this subscript belongs to no name", lexeme.place, hint="write it behind a name, such as x_i"
            )
        if not indices or not set(indices) <= self.names.indices:
            hint = "an index of it is a letter that a sum or the left side runs over"
            raise ParseError("which entry this is cannot be told", place, hint=hint)
        self.at = stop
        self.emit(Token("ENTRY", "_", place, indices))
