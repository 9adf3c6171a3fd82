"""Words of LaTeX: functions, names with their indices, letters side by side."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbp.errors import ParseError, Place, UnknownNameError
from symbp.lang import syntax
from symbp.lang.calls import OVER, UNSPECIFIED
from symbp.lang.guesses import NUMBERS
from symbp.lang.labelled_sums import OVER_AN_INDEX
from symbp.lang.names import identifier
from symbp.lang.tex_commands import ABBREVIATIONS, FUNCTIONS, NO_EQUATION, SIGNS, SPELLINGS, STYLES
from symbp.lang.tex_derivatives import Derivative, read_derivative, skip_list
from symbp.lang.tex_document import span
from symbp.lang.tex_names import TexName, bare, read_name
from symbp.lang.tex_output import OPEN, TokenWriter
from symbp.lang.tex_scan import CLOSING, OPENING, Lexeme, argument, outer, word_of
from symbp.lang.token import Token
from symbp.ops import catalogue

MATRICES = set("ABHKPQRSUVWXYZ")
"""Letters that matrices have."""
WEIGHTS = set("ABUVW")
"""Of those, the ones that no function has."""


_ENDS_PRODUCT = {*SIGNS, *FUNCTIONS, "|", r"\|", r"\Vert", "\\\\", "&", ""}


class WordReader(TokenWriter):
    """Reads what begins with a letter or with a command for one."""

    def word(self, lexeme: Lexeme) -> None:
        """A function or a name; a run of letters is a name, or a product of known ones."""
        at = self.at
        if lexeme.text in FUNCTIONS:
            self.at += 1
            self.function(FUNCTIONS[lexeme.text], lexeme.place)
            return
        if lexeme.text == "d" and (found := read_derivative(self.lexemes, at, self.names)) is not None:
            self.at = found.end
            self.emit(Token("NAME", found.spelled, found.place, derivative_reference(found)))
            return
        name = read_name(self.lexemes, at, self.names)
        if name is None and (after := self.styled_zero(at)) is not None:
            self.at = after
            self.emit(Token("NUMBER", "0", lexeme.place, Fraction(0)))
            return
        if name is None:
            raise self.strange(lexeme)
        if name.is_word and lexeme.kind != "letter":
            self.upright_word(name)
        elif name.spelled == "e" and "e" not in self.names.known and self.has_exponent(name.end):
            self.at = name.end
            self.emit(Token("NAME", "e", name.place, "ℯ"))
        elif name.spelled == "σ" and "sigma" not in self.names.known and self.applies(name.end):
            if "sigma" in self.names.alone:
                reason = "σ is a function here and a number elsewhere"
                raise ParseError(reason, name.place, hint=r"write \mathrm{sigmoid} for the function")
            self.at = name.end
            self.function("σ", name.place)
        elif lexeme.kind == "letter" and not name.is_word and (run := self.run_of_letters(at)):
            self.letters(run)
        else:
            self.named(name)

    def styled_zero(self, at: int) -> int | None:
        r"""What follows a 0 in another type: \mathbf{0} and \vec{0}, zeros of whatever shape."""
        if self.lexemes[at].text not in STYLES | {r"\vec"}:
            return None
        content, after = argument(self.lexemes, at + 1)
        return after if bare(content) == ("0",) else None

    def strange(self, lexeme: Lexeme) -> ParseError:
        what = NO_EQUATION.get(lexeme.text)
        if what:
            reason = f"'{lexeme.text}' is {what}, it is not read"
            return ParseError(reason, lexeme.place, hint="leave it out of the formula")
        hint = f"define it by \\newcommand, or write {lexeme.text[1:]} as a plain name"
        return ParseError(f"'{lexeme.text}' is not known", lexeme.place, hint=hint)

    def has_exponent(self, at: int) -> bool:
        return at < len(self.lexemes) and self.lexemes[at].text == "^"

    def applies(self, at: int) -> bool:
        """Whether a bracket follows, perhaps behind primes."""
        while at < len(self.lexemes) and self.lexemes[at].text == "'":
            at += 1
        return at < len(self.lexemes) and self.lexemes[at].text in OPEN

    def upright_word(self, name: TexName) -> None:
        spelled = name.spelled
        function = function_named(spelled)
        self.at = name.end
        if name.key in self.names.known or name.key in self.names.functions:
            self.named(name)
        elif function is not None and not name.indices:
            self.function(function, name.place)
        elif function in OVER_AN_INDEX and len(name.indices) == 1:
            self.function(f"{OVER}{function}:{name.indices[0]}", name.place)
        elif spelled == "e" and self.has_exponent(name.end):
            self.emit(Token("NAME", "e", name.place, "ℯ"))
        elif name.indices and function is None:
            self.named(name)
        else:
            raise UnknownNameError(
                f"'{spelled}' is neither a function nor a name that is set",
                name.place,
                hint="set it in an equation, or write it as a product of letters",
            )

    def run_of_letters(self, at: int) -> list[Lexeme]:
        """Letters that touch each other, where there are several."""
        run = [self.lexemes[at]]
        while (following := at + len(run)) < len(self.lexemes):
            lexeme, last = self.lexemes[following], run[-1].place
            touching = lexeme.place.line == last.line and lexeme.place.start == last.end
            if lexeme.kind != "letter" or not touching:
                break
            run.append(lexeme)
        return run if len(run) > 1 else []

    def letters(self, run: Sequence[Lexeme]) -> None:
        word = word_of(run)
        place = span(run)
        if identifier(word) in self.names.known:
            self.at += len(run)
            self.emit(Token("NAME", word, place, word))
            return
        stop = self.at + len(run)
        function = function_named(word)
        if function is not None and stop < len(self.lexemes) and self.lexemes[stop].text in OPEN:
            self.at = stop
            self.function(function, place)
            return
        known = [self.is_known(x.text) for x in run]
        one_is_set = word.islower() and any(identifier(x.text) in self.names.known for x in run)
        pair = len(run) == 2 and (one_is_set or _is_pair(word))
        matrices = any(known) and set(word) <= MATRICES
        allowed = all(known) or ((pair or matrices) and not self.names.declared)
        if not allowed:
            hint = rf"a word is written \mathrm{{{word}}}; names of a product are set apart: {' '.join(word)}"
            raise ParseError(f"'{word}' is no name that is known", place, hint=hint)
        name = read_name(self.lexemes, self.at, self.names)
        assert name is not None
        self.named(name)

    def is_known(self, letter: str) -> bool:
        key = identifier(letter)
        return key in self.names.known or (key in self.names.alone and not self.names.declared)

    def named(self, name: TexName) -> None:
        """A name as an operand, with its indices; a list of arguments that says nothing is skipped."""
        if name.spelled == "δ" and len(name.indices) == 2 and name.key not in self.names.known:
            self.at = name.end
            self.emit(Token("NAME", name.spelled, name.place, kronecker(name.indices, name.place)))
            return
        if name.key in self.names.roots and name.key not in self.names.known:
            self.root_of_square(name)
            return
        self.names.note(name)
        self.at = name.end
        if name.key in self.names.functions and self.next_is(*OPEN, "'"):
            self.function(f"text:{name.key}", name.place)
            return
        if name.key in self.names.unspecified and self.next_is(*OPEN, "'"):
            self.function(UNSPECIFIED + name.spelled, name.place)
            return
        if self.next_is("(") and not self.skips_list(name):
            self.refuse_call(name)
        reference: syntax.Syntax = syntax.Reference(name.place, name.spelled)
        if name.indices:
            reference = syntax.Entry(name.place, reference, name.indices)
        value = "π" if name.spelled == "π" and "pi" not in self.names.known else reference
        self.emit(Token("NAME", name.spelled, name.place, value))

    def root_of_square(self, name: TexName) -> None:
        """σ_B where only σ_B^2 is set."""
        self.at = name.end
        reference: syntax.Syntax = syntax.Reference(name.place, self.names.roots[name.key])
        if name.indices:
            reference = syntax.Entry(name.place, reference, name.indices)
        self.emit(Token("CALL", name.spelled, name.place, "sqrt"))
        self.emit(Token("NAME", name.spelled, name.place, reference))
        self.emit(Token("RPAR", ")", name.place))

    def skips_list(self, name: TexName) -> bool:
        if name.key not in self.names.listed:
            return False
        depth = 0
        for stop in range(self.at, len(self.lexemes)):
            depth += {"(": 1, ")": -1}.get(self.lexemes[stop].text, 0)
            if depth == 0:
                self.at = stop + 1
                return True
        return False

    def refuse_call(self, name: TexName) -> None:
        """x (y + z) is a product only where x is known to be a name; x (y) is none."""
        known = name.key in self.names.known or (not self.names.declared and name.key in self.names.alone)
        if not known and self.may_be_matrix(name) and self.is_sum_or_product():
            return
        if not known and name.spelled not in NUMBERS and not name.indices:
            hint = rf"for a product write {name.latex} \cdot (…)"
            raise UnknownNameError(f"there is no function {name.latex}", name.place, hint=hint)
        stop = skip_list(self.lexemes, self.at)
        if [x.text for x in self.lexemes[stop : stop + 2]] in (["^", "T"], ["^", r"\top"], ["^", "{"]):
            return
        inside = self.lexemes[self.at + 1 : stop - 1]
        first = read_name(inside, 0, self.names)
        if first is not None and (first.end == len(inside) or inside[first.end].text in (",", ";")):
            hint = rf"for a product write {name.latex} \cdot …"
            reason = f"whether {name.latex} is a function or a factor here is not clear"
            raise ParseError(reason, name.place, hint=hint)

    def may_be_matrix(self, name: TexName) -> bool:
        """Whether an unknown letter may be one: W, or the X of which a text has the rows x_i."""
        has_rows = (f"{name.spelled.lower()}_", 1, 0) in self.names.slots and name.spelled.isupper()
        return has_rows or (name.spelled in WEIGHTS and not self.names.declared)

    def is_sum_or_product(self) -> bool:
        """Whether an operator stands in the bracket that follows: U (r ⊙ h) applies a matrix."""
        inside = self.lexemes[self.at + 1 : skip_list(self.lexemes, self.at) - 1]
        return any(x.text in (r"\odot", "+", "-", r"\cdot", r"\circ") for _, x in outer(inside))

    def over_index(self, function: str) -> str | None:
        """What max_j calls; None where the subscript is no index, or the function has none."""
        content, end = argument(self.lexemes, self.at + 1)
        letter = word_of(content)
        if function not in OVER_AN_INDEX or letter not in self.names.indices:
            return None
        self.at = end
        return f"{OVER}{function}:{letter}"

    def function(self, function: str, place: Place) -> None:
        """f(x), f x, f'(x), f^2(x)."""
        while self.next_is("'"):
            function += "'"
            self.at += 1
        power: tuple[Token, ...] = ()
        if self.next_is("^"):
            power = self.power_of_function(place)
        if self.next_is("_"):
            function = self.over_index(function) or function
        if self.next_is("_"):
            raise ParseError(
                f"a subscript of '{place.snippet}' is not read",
                place,
                hint="leave the subscript out, or name an axis: softmax(x, axis=0) in plain equations",
            )
        if self.next_is(*OPEN):
            close = OPEN[self.lexemes[self.at].text]
            self.at += 1
            if power:
                self.emit(Token("LPAR", "(", place))
            self.emit(Token("CALL", place.snippet, place, function))
            self.levels[-1].close, self.levels[-1].ends = close, power
            return
        if function.startswith("text:"):
            raise ParseError(
                f"the function '{place.snippet}' needs its argument in brackets",
                place,
                hint="put the argument in brackets behind it",
            )
        self.emit(Token("FUNCTION", place.snippet, place, (function, power[1]) if power else function))
        stop = self.end_of_number_product()
        if stop is not None:
            self.emit(Token("LPAR", "(", place))
            self.after[stop] = [Token("RPAR", ")", place), *self.after.get(stop, [])]

    def end_of_number_product(self) -> int | None:
        """Where a product ends that begins with a number here: \\log 2\\pi\\sigma^2 has all of it inside."""
        if self.at == len(self.lexemes) or self.lexemes[self.at].kind != "number":
            return None
        depth, at = 0, self.at
        for at in range(self.at, len(self.lexemes) + 1):
            text = self.lexemes[at].text if at < len(self.lexemes) else ""
            depth += (text in OPENING) - (text in CLOSING)
            if depth < 0 or (depth == 0 and text in _ENDS_PRODUCT):
                break
        return at if at > self.at + 1 else None

    def power_of_function(self, place: Place) -> tuple[Token, ...]:
        content, stop = argument(self.lexemes, self.at + 1)
        text = word_of(content)
        if not text.isdigit():
            raise ParseError(
                f"what '^{text}' of a function means is not known",
                place,
                hint="write the power behind the bracket: f(x)^2",
            )
        where = span(self.lexemes[self.at : stop])
        self.at = stop
        number = Token("NUMBER", text, where, Fraction(text))
        return (Token("CARET", "^", where), number, Token("RPAR", ")", where))


def kronecker(indices: Sequence[str], place: Place) -> syntax.Call:
    """δ_ij"""
    return syntax.Call(place, "δ", tuple(syntax.Text(place, index) for index in indices), (), place)


def derivative_reference(found: Derivative) -> syntax.Syntax:
    """∂L/∂x, or its entries ∂L/∂x_i."""
    reference = syntax.Reference(found.place, found.spelled)
    if found.by is None or not found.by.indices or found.of is None or found.of.indices:
        return reference
    return syntax.Entry(found.place, reference, found.by.indices)


def _is_pair(word: str) -> bool:
    """Wx, wx and XW are products although nothing says so; KL and lr are words."""
    first, second = word[0], word[1]
    matrices = first in MATRICES and second in MATRICES
    return matrices or (first.isupper() and second.islower()) or (second == "x" and first in "abckmuvw")


def function_named(word: str) -> str | None:
    """The function of the language that a word of a paper names."""
    small = "" if word in ABBREVIATIONS else word.lower()
    for candidate in (word, ABBREVIATIONS.get(word, ""), small, SPELLINGS.get(small, "")):
        if len(candidate) > 1 and catalogue.find(candidate) is not None:
            return candidate
    return None
