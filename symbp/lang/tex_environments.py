"""Environments in a formula: cases, and matrices by their cells."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbp.errors import ParseError, Place
from symbp.lang.tex_blocks import MATRICES, matrix_cells
from symbp.lang.tex_brackets import BracketReader
from symbp.lang.tex_conditions import index_condition
from symbp.lang.tex_document import span
from symbp.lang.tex_gates import condition, rows
from symbp.lang.tex_scan import Lexeme, argument, word_of
from symbp.lang.token import Token

Row = Sequence[Sequence[Lexeme]]


class EnvironmentReader(BracketReader):
    """Reads what stands between \\begin and \\end, row by row and cell by cell."""

    def environment(self, lexeme: Lexeme) -> None:
        name, start = argument(self.lexemes, self.at)
        word = word_of(name)
        if word not in ("cases", "dcases") and word not in MATRICES:
            raise ParseError(
                f"the environment '{word}' is no expression that is read",
                lexeme.place,
                hint="write cases or a matrix, such as pmatrix",
            )
        stop = self.end_of_environment(start, lexeme.place)
        if word in MATRICES:
            start = argument(self.lexemes, start)[1] if word == "array" else start
            self.block(matrix_cells(self.lexemes[start:stop]), False, lexeme.place)
            self.at = argument(self.lexemes, stop + 1)[1]
            return
        cells = rows(self.lexemes[start:stop])
        self.at = argument(self.lexemes, stop + 1)[1]
        tokens = self.gates(cells, lexeme.place)
        if self.ended():
            self.out.append(Token("JUXT", "", lexeme.place))
        self.out += tokens

    def end_of_environment(self, start: int, place: Place) -> int:
        """The index of the \\end that belongs to a \\begin before an index."""
        depth = 1
        for at in range(start, len(self.lexemes)):
            depth += {r"\begin": 1, r"\end": -1}.get(self.lexemes[at].text, 0)
            if depth == 0:
                return at
        raise ParseError("this environment is never ended", place, hint="add its \\end")

    def gates(self, listed: Sequence[Row], place: Place) -> list[Token]:
        """where(condition, value, …) for the rows of a cases environment."""
        if len(listed) == 1:
            raise ParseError(
                "one case is no choice",
                place,
                hint="add a row for what holds otherwise: 0 & \\text{otherwise}",
            )
        if len(listed) == 2 and len(listed[0]) > 1:
            indices = index_condition(condition(listed[0][1:]), self.names)
            if indices:
                return self.by_indices(indices, listed, place)
        out: list[Token] = []
        for row in listed[:-1]:
            where = condition(row[1:])
            if not where:
                raise ParseError(
                    "only the last case may be without a condition",
                    span(row[0]),
                    hint="give the other cases conditions: x & x > 0",
                )
            comma = Token("COMMA", ",", place)
            out += [Token("CALL", "cases", place, "where"), *self.inner(where), comma]
            out += [*self.value(row), comma]
        ends = [Token("RPAR", ")", place)] * (len(listed) - 1)
        return [*out, *self.value(listed[-1]), *ends] if listed else []

    def value(self, row: Row) -> list[Token]:
        """What a case says, without the comma behind it."""
        first = row[0]
        return self.inner(first[:-1] if first and first[-1].text == "," else first)

    def by_indices(self, holds: Sequence[Token], listed: Sequence[Row], place: Place) -> list[Token]:
        """Two cases that a condition on indices parts: δ_ij a + (1 − δ_ij) b."""
        left, right = Token("LPAR", "(", place), Token("RPAR", ")", place)
        times, one = Token("STAR", "*", place), Token("NUMBER", "1", place, Fraction(1))
        then, other = map(self.value, listed)
        first = [left, *holds, right, times, left, *then, right]
        otherwise = [left, one, Token("MINUS", "-", place), left, *holds, right, right]
        second = [*otherwise, times, left, *other, right]
        return [left, *first, Token("PLUS", "+", place), *second, right]
