"""LaTeX lexemes to the tokens of the equation language, each with its place in the user's LaTeX.

The grammar is that of the equation language (grammar.lark).  What is not understood is an error at
its place; letters side by side are a product only where they are known to be names.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbp.errors import ParseError, Place
from symbp.lang import syntax
from symbp.lang.declare import parse_number
from symbp.lang.names import identifier
from symbp.lang.tex_blocks import MATRICES, Cells, closing, listed_cells, matrix_cells
from symbp.lang.tex_commands import SIGNS, STYLES
from symbp.lang.tex_derivatives import Derivative, differential, read_derivative
from symbp.lang.tex_document import span
from symbp.lang.tex_gates import condition, rows
from symbp.lang.tex_indices import apart_letters, bound_letters
from symbp.lang.tex_names import Names, read_name
from symbp.lang.tex_output import OPEN
from symbp.lang.tex_scan import Lexeme, argument, limits_of, word_of
from symbp.lang.tex_words import WordReader, derivative_reference, kronecker
from symbp.lang.tokens import Token

_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}
_CLOSE = set(OPEN.values())
_NORMS = {r"\|": r"\|", r"\Vert": r"\Vert", r"\lVert": r"\rVert"}
_BARS = {"|": "|", r"\vert": r"\vert", r"\lvert": r"\rvert"}
_TRANSPOSES = {"T", r"\top", r"\intercal"}
MOST_NESTED = 10
BARS = "|"
"""What |x| calls: absolute values, and nothing for a matrix."""
ONES = "𝟏"
"""What a vector of ones calls."""
ANGLES = "⟨"
"""What ⟨u, v⟩ calls: the sum over the products of all entries."""


def to_tokens(lexemes: Sequence[Lexeme], names: Names, depth: int = 0) -> list[Token]:
    """The tokens of one expression.  ParseError with its place for what is not understood."""
    if depth > MOST_NESTED:
        raise ParseError(
            "cases and derivatives stand too deep in each other here",
            span(lexemes),
            hint="give the inner part a name of its own",
        )
    return _Translator(lexemes, names, depth).run()


class _Translator(WordReader):
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

    # -- one lexeme -------------------------------------------------------------------------------

    def step(self, lexeme: Lexeme) -> None:
        text = lexeme.text
        self.at += 1
        if lexeme.kind == "open" and self.is_subscripted():
            self.at -= 1
            self.word(lexeme)
            return
        if lexeme.kind in ("open", "close") or text in (r"\quad", r"\qquad"):
            return
        if lexeme.kind == "number":
            value = parse_number(text)
            if value is None:
                raise ParseError(
                    "this number is too large to be written out",
                    lexeme.place,
                    hint="write it as a power, such as 10^{20}",
                )
            self.emit(Token("NUMBER", text, lexeme.place, value))
        elif text == "^":
            self.raised(lexeme)
        elif text in SIGNS:
            kind, sign = SIGNS[text]
            self.emit(
                Token(kind, sign if kind == "COMPARE" else text, lexeme.place, "dot" if sign == "·" else None)
            )
        elif text == r"\langle":
            self.inner_product(lexeme)
        elif text in OPEN or text in _CLOSE:
            self.bracket(lexeme)
        elif text in _NORMS or text in _NORMS.values() or text in _BARS or text in _BARS.values():
            self.bar(lexeme)
        elif text in _FRACTIONS or text in (r"\partial", r"\nabla"):
            self.fraction_or_derivative(lexeme)
        elif text == r"\sqrt":
            self.root(lexeme)
        elif text == r"\sum":
            self.total(lexeme)
        elif text == r"\begin":
            self.environment(lexeme)
        elif self.ones(lexeme):
            return
        elif text == "'":
            self.prime(lexeme)
        elif text == "_":
            self.entry(lexeme)
        else:
            self.at -= 1
            self.word(lexeme)

    def is_subscripted(self) -> bool:
        """{W}_1: braces round a name that say nothing."""
        after = argument(self.lexemes, self.at - 1)[1]
        return self.at - 1 not in self.after and after < len(self.lexemes) and self.lexemes[after].text == "_"

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
        brackets = Token("LPAR", "(", lexeme.place), Token("RPAR", ")", lexeme.place)
        for token in (brackets[0], *tokens, brackets[1]):
            self.emit(token)
        return True

    def opened(self, lexeme: Lexeme) -> int:
        """Emit what opens the argument at this index; the index of its first lexeme."""
        stop = argument(self.lexemes, self.at)[1]
        self.emit(Token("LPAR", "(", lexeme.place))
        self.after[stop] = [Token("RPAR", ")", lexeme.place), *self.after.get(stop, [])]
        return self.at + (1 if self.lexemes[self.at].kind == "open" else 0)

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

    def inner_product(self, lexeme: Lexeme) -> None:
        """⟨u, v⟩"""
        stop = closing(self.lexemes, self.at - 1)
        found = None if stop is None else listed_cells(self.lexemes[self.at : stop])
        if stop is None or found is None or len(found[0]) != 1 or len(found[0][0]) != 2:
            raise ParseError(
                "an inner product has two factors: ⟨u, v⟩", lexeme.place, hint="write ⟨u, v⟩, or u^\\top v"
            )
        first, second = (to_tokens(cell, self.names, self.depth + 1) for cell in found[0][0])
        self.emit(Token("CALL", ANGLES, lexeme.place, ANGLES))
        self.out += [*first, Token("COMMA", ",", lexeme.place), *second]
        self.emit(Token("RPAR", ")", lexeme.place))
        self.at = stop + 1

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
                self.out += to_tokens(cell, self.names, self.depth + 1)
        self.emit(Token("RPAR", "]", place))

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

    def bar(self, lexeme: Lexeme) -> None:
        """‖x‖ and |x|; where a bar may open or close, what stands before it decides."""
        double = lexeme.text == "|" and self.next_is("|") and self._is_norm_bar()
        level = self.levels[-1]
        norm = double or lexeme.text in _NORMS or lexeme.text in _NORMS.values()
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
        order = word_of([x for x in content if x.text not in STYLES and x.kind not in ("open", "close")])
        if order not in ("1", "2", "F"):
            place = span(self.lexemes[self.at : after])
            raise ParseError(f"the norm of order '{order}' is not read", place, hint="1, 2 and F are")
        self.at = after
        return order

    # -- scripts, fractions, sums ---------------------------------------------------------------------

    def raised(self, lexeme: Lexeme) -> None:
        """Transposes, inverses and powers."""
        content, stop = argument(self.lexemes, self.at)
        text = word_of([x for x in content if x.text not in STYLES and x.kind not in ("open", "close")])
        place = span(self.lexemes[self.at - 1 : stop])
        if not content:
            raise ParseError("this exponent is empty", place, hint="write the exponent in braces: x^{2}")
        if not self.ended():
            raise ParseError(
                "this exponent belongs to nothing", place, hint="write it behind a name or a bracket"
            )
        if text in _TRANSPOSES:
            self.emit(Token("TRANSPOSE", text, place))
            self.at = stop
            return
        if text in ("-T", r"-\top", r"-\intercal"):
            one = Token("NUMBER", "1", place, Fraction(1))
            self.emit(Token("TRANSPOSE", text, place))
            for token in (Token("CARET", "^", place, "paper"), Token("MINUS", "-", place), one):
                self.emit(token)
            self.at = stop
            return
        if text in ("*", r"\dagger", r"\ast", "+", r"\star", "H", r"\circ", r"\prime"):
            raise ParseError(
                f"what '^{text}' means is not known here",
                place,
                hint="write \\top for a transpose, and powers as numbers",
            )
        if len(content) == 1 and content[0].kind == "letter" and not self.is_operand(content[0].text):
            hint = f"a name is written with brackets, as in ^{{({text})}}"
            raise ParseError(f"'{text}' is no number that could be an exponent", place, hint=hint)
        skip = 1 if content[0].text in (r"\odot", r"\circ") else 0
        self.emit(Token("CARET", "^", lexeme.place, "paper" if not skip else None))
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

    def fraction_or_derivative(self, lexeme: Lexeme) -> None:
        found = read_derivative(self.lexemes, self.at - 1, self.names)
        if found is not None and found.by is not None:
            self.at = found.end
            if found.of is None:
                self.slope(found)
                return
            self.emit(Token("NAME", found.spelled, found.place, derivative_reference(found)))
            return
        if lexeme.text in _FRACTIONS and self.slope_of_formula():
            return
        if lexeme.text not in _FRACTIONS:
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
        inner = to_tokens(above[1:], self.names, self.depth + 1)
        self.out += [brackets[0], *inner, brackets[1]]
        return True

    def root(self, lexeme: Lexeme) -> None:
        if self.next_is("["):
            raise ParseError(
                "only the square root is read", lexeme.place, hint="write other roots as powers: x^{1/3}"
            )
        head = Token("CALL", r"\sqrt", lexeme.place, "sqrt")
        self.group(self.at, [head], [Token("RPAR", ")", lexeme.place)])

    def total(self, lexeme: Lexeme) -> None:
        below, above, stop = limits_of(self.lexemes, self.at - 1)
        place = span(self.lexemes[self.at - 1 : stop])
        apart = apart_letters(below)
        if apart is not None:
            self.emit(Token("SUM", r"\sum", place, apart))
            self.at = stop
            return
        for index in bound_letters(below, above, place):
            used = index if index in self.names.indices else None
            self.emit(Token("SUM", r"\sum", place, used))
        if not below:
            self.emit(Token("SUM", r"\sum", place, None))
        self.at = stop

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
        tokens = gates(cells, self.names, lexeme.place, self.depth + 1)
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


def _by_indices(
    holds: Sequence[Token], values: Sequence[Sequence[Lexeme]], names: Names, place: Place, depth: int
) -> list[Token]:
    """Two cases that a condition on indices parts: δ_ij a + (1 − δ_ij) b."""
    left, right = Token("LPAR", "(", place), Token("RPAR", ")", place)
    times, one = Token("STAR", "*", place), Token("NUMBER", "1", place, Fraction(1))
    then, other = (
        to_tokens([x for k, x in enumerate(v) if not (x.text == "," and k == len(v) - 1)], names, depth)
        for v in values
    )
    first = [left, *holds, right, times, left, *then, right]
    second = [left, one, Token("MINUS", "-", place), left, *holds, right, right, times, left, *other, right]
    return [left, *first, Token("PLUS", "+", place), *second, right]


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


def gates(
    listed: Sequence[Sequence[Sequence[Lexeme]]], names: Names, place: Place, depth: int
) -> list[Token]:
    """where(condition, value, …) for the rows of a cases environment."""
    out: list[Token] = []
    indices = (
        index_condition(condition(listed[0][1:]), names) if len(listed) == 2 and len(listed[0]) > 1 else []
    )
    if indices:
        return _by_indices(indices, [row[0] for row in listed], names, place, depth)
    for k, row in enumerate(listed):
        where = condition(row[1:]) if len(row) > 1 else []
        value = [x for k, x in enumerate(row[0]) if not (x.text == "," and k == len(row[0]) - 1)]
        last = k == len(listed) - 1
        if where and not last:
            out += [Token("CALL", "cases", place, "where"), *to_tokens(where, names, depth)]
            out.append(Token("COMMA", ",", place))
        elif not last:
            raise ParseError(
                "only the last case may be without a condition",
                span(row[0]),
                hint="give the other cases conditions: x & x > 0",
            )
        out += to_tokens(value, names, depth)
        out.append(Token("COMMA" if not last else "RPAR", "," if not last else ")", place))
    return [*out, *[Token("RPAR", ")", place)] * (len(listed) - 2)]
