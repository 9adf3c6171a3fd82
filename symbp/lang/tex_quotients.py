"""Fractions, derivatives that look like them, and roots."""

from __future__ import annotations

from symbp.errors import ParseError
from symbp.lang import syntax
from symbp.lang.tex_derivatives import Derivative, differential, read_derivative
from symbp.lang.tex_document import span
from symbp.lang.tex_output import TokenWriter
from symbp.lang.tex_scan import Lexeme, argument
from symbp.lang.tex_words import derivative_reference
from symbp.lang.token import Token

FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}


class QuotientReader(TokenWriter):
    """Reads \\frac, \\partial, \\nabla and \\sqrt."""

    def fraction_or_derivative(self, lexeme: Lexeme) -> None:
        found = read_derivative(self.lexemes, self.at - 1, self.names)
        if found is not None and found.by is not None:
            self.at = found.end
            if found.of is None:
                self.slope(found)
                return
            self.emit(Token("NAME", found.spelled, found.place, derivative_reference(found)))
            return
        if lexeme.text in FRACTIONS and self.slope_of_formula():
            return
        if lexeme.text not in FRACTIONS:
            raise ParseError(
                f"'{lexeme.text}' begins no derivative here",
                lexeme.place,
                hint="write a derivative as \\frac{\\partial L}{\\partial W}",
            )
        place = lexeme.place
        left, right = Token("LPAR", "(", place), Token("RPAR", ")", place)
        first = self.at
        middle = self.group(first, [left, left], [right, Token("SLASH", "/", place)])
        self.group(middle, [left], [right, right])

    def slope(self, found: Derivative) -> None:
        """d/dx and ∇_W before a formula."""
        assert found.by is not None
        nothing = syntax.Literal(found.place, None)
        head = syntax.Slope(found.place, found.by.spelled, nothing)
        self.emit(Token("FUNCTION", found.place.snippet, found.place, head))
        self.levels[-1].bare = None

    def slope_of_formula(self) -> bool:
        """∂(…)/∂x of a formula in brackets."""
        above, middle = argument(self.lexemes, self.at)
        if len(above) < 2 or above[0].text not in (r"\partial", "d") or middle >= len(self.lexemes):
            return False
        below, end = argument(self.lexemes, middle)
        by = differential(below, self.names)
        if by is None:
            return False
        place = span(self.lexemes[self.at - 1 : end])
        self.at = end
        self.slope(Derivative(None, by, place, end))
        brackets = (Token("LPAR", "(", place), Token("RPAR", ")", place))
        inner = self.inner(above[1:])
        self.out += [brackets[0], *inner, brackets[1]]
        return True

    def root(self, lexeme: Lexeme) -> None:
        if self.next_is("["):
            raise ParseError(
                "only the square root is read", lexeme.place, hint="write other roots as powers: x^{1/3}"
            )
        head = Token("CALL", r"\sqrt", lexeme.place, "sqrt")
        self.group(self.at, [head], [Token("RPAR", ")", lexeme.place)])
