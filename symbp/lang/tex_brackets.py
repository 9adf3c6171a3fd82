"""Brackets, blocks between them, inner products, and the bars of norms and absolute values."""

from __future__ import annotations

from symbp.errors import ParseError, Place
from symbp.lang.tex_blocks import Cells, closing, listed_cells
from symbp.lang.tex_document import span
from symbp.lang.tex_output import OPEN, TokenWriter
from symbp.lang.tex_scan import Lexeme, argument, unstyled
from symbp.lang.token import Token

CLOSE = set(OPEN.values())
NORMS = {r"\|", r"\Vert", r"\lVert", r"\rVert"}
ABSOLUTE = {"|", r"\vert", r"\lvert", r"\rvert"}
BARS = "|"
"""What |x| calls: absolute values, and nothing for a matrix."""
ANGLES = "⟨"
"""What ⟨u, v⟩ calls: the sum over the products of all entries."""


class BracketReader(TokenWriter):
    """Reads what opens and closes."""

    def bracket(self, lexeme: Lexeme) -> None:
        if lexeme.text == "[" and self.listed(lexeme):
            return
        if lexeme.text in OPEN:
            self.emit(Token("LPAR", "(", lexeme.place))
            self.levels[-1].close = OPEN[lexeme.text]
            return
        level = self.levels[-1]
        if len(self.levels) == 1 or level.close != lexeme.text:
            opened = f"the '{level.place.snippet}' before it" if len(self.levels) > 1 else "anything"
            raise ParseError(
                f"this '{lexeme.text}' cannot close {opened}",
                lexeme.place,
                hint="leave it out, or open it before",
            )
        ends = level.ends
        self.emit(Token("RPAR", ")", lexeme.place))
        for token in ends:
            self.emit(token)

    def listed(self, lexeme: Lexeme) -> bool:
        """[h, x], [x; 1] and [A | b] are blocks."""
        stop = closing(self.lexemes, self.at - 1)
        found = listed_cells(self.lexemes[self.at : stop]) if stop is not None else None
        if stop is None or found is None:
            return False
        self.block(*found, lexeme.place)
        self.at = stop + 1
        return True

    def block(self, rows: Cells, is_list: bool, place: Place) -> None:
        """The tokens of the cells, each read on its own."""
        self.emit(Token("BLOCK_OPEN", "[", place, is_list))
        for k, row in enumerate(rows):
            if k:
                self.out.append(Token("ROW", "", place))
            for j, cell in enumerate(row):
                if not cell:
                    raise ParseError(
                        "a cell of this block is empty", place, hint="write 0 where nothing stands"
                    )
                if j:
                    self.out.append(Token("CELL", "", place))
                self.out += self.inner(cell)
        self.emit(Token("RPAR", "]", place))

    def inner_product(self, lexeme: Lexeme) -> None:
        """⟨u, v⟩: the sum over the products of all entries."""
        stop = closing(self.lexemes, self.at - 1)
        found = None if stop is None else listed_cells(self.lexemes[self.at : stop])
        if stop is None or found is None or len(found[0]) != 1 or len(found[0][0]) != 2:
            raise ParseError(
                "an inner product has two factors: ⟨u, v⟩", lexeme.place, hint="write ⟨u, v⟩, or u^\\top v"
            )
        first, second = (self.inner(cell) for cell in found[0][0])
        self.emit(Token("CALL", ANGLES, lexeme.place, ANGLES))
        self.out += [*first, Token("COMMA", ",", lexeme.place), *second]
        self.emit(Token("RPAR", ")", lexeme.place))
        self.at = stop + 1

    def bar(self, lexeme: Lexeme) -> None:
        """‖x‖ and |x|; where a bar may open or close, what stands before it decides."""
        double = lexeme.text == "|" and self.next_is("|") and self._is_norm_bar()
        level = self.levels[-1]
        norm = double or lexeme.text in NORMS
        place = span(self.lexemes[self.at - 1 : self.at + 1]) if double else lexeme.place
        self.at += 1 if double else 0
        closes = level.close == ("‖" if norm else "|") and self.ended()
        if norm and not closes:
            self.emit(Token("NORM_OPEN", "‖", place))
            self.open("‖", (), place)
        elif norm:
            self.levels.pop()
            self.out.append(Token("NORM_CLOSE", "‖", place, self.order()))
        elif closes:
            self.emit(Token("RPAR", ")", place))
        else:
            self.emit(Token("CALL", BARS, place, BARS))
            self.levels[-1].close = "|"

    def _is_norm_bar(self) -> bool:
        return not self.ended() or self.levels[-1].close == "‖"

    def order(self) -> str:
        """The index of a norm: 1, 2 or F."""
        if not self.next_is("_"):
            return "2"
        content, after = argument(self.lexemes, self.at + 1)
        order = unstyled(content)
        if order not in ("1", "2", "F"):
            place = span(self.lexemes[self.at : after])
            raise ParseError(f"the norm of order '{order}' is not read", place, hint="1, 2 and F are")
        self.at = after
        return order
