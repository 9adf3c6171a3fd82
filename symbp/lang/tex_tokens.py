"""LaTeX lexemes to the tokens of the equation language, each with its place in the user's LaTeX.

The grammar is that of the equation language (grammar.lark).  What is not understood is an error at
its place; letters side by side are a product only where they are known to be names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from symbp.errors import ParseError, Place, UnknownNameError
from symbp.lang import syntax
from symbp.lang.declare import parse_number
from symbp.lang.infer import NUMBERS
from symbp.lang.names import identifier
from symbp.lang.tex_commands import FUNCTIONS, NO_EQUATION, SIGNS, SPELLINGS, STYLES
from symbp.lang.tex_derivatives import Derivative, differential, read_derivative, skip_list
from symbp.lang.tex_document import span
from symbp.lang.tex_names import Names, TexName, limits_of, read_name
from symbp.lang.tex_scan import Lexeme, argument, word_of
from symbp.lang.tokens import DEEPEST, Token
from symbp.ops import catalogue

_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}
_OPEN = {"(": ")", "[": "]", r"\{": r"\}", r"\lbrace": r"\rbrace", r"\lbrack": r"\rbrack"}
_CLOSE = set(_OPEN.values())
_NORMS = {r"\|": r"\|", r"\Vert": r"\Vert", r"\lVert": r"\rVert"}
_BARS = {"|": "|", r"\vert": r"\vert", r"\lvert": r"\rvert"}
_TRANSPOSES = {"T", r"\top", r"\intercal"}
_OPERAND_END = {"NUMBER", "NAME", "TRANSPOSE", "RPAR", "NORM_CLOSE"}
_OPERAND_START = {"NUMBER", "NAME", "LPAR", "NORM_OPEN", "SUM", "FUNCTION", "CALL"}
_ENDS_FUNCTION = {"PLUS", "MINUS", "COMMA", "COMPARE", "ODOT", "STAR", "SLASH"}
MOST_NESTED = 10
BARS = "|"
"""What |x| calls: absolute values, and nothing for a matrix."""


@dataclass
class _Level:
    """One open bracket: how it closes, what its end becomes, a function without brackets inside."""

    close: str
    ends: tuple[Token, ...]
    place: Place
    bare: Place | None = None


def to_tokens(lexemes: Sequence[Lexeme], names: Names, depth: int = 0) -> list[Token]:
    """The tokens of one expression.  ParseError with its place for what is not understood."""
    if depth > MOST_NESTED:
        raise ParseError("cases and derivatives stand too deep in each other here", span(lexemes))
    return _Translator(lexemes, names, depth).run()


class _Translator:
    def __init__(self, lexemes: Sequence[Lexeme], names: Names, depth: int) -> None:
        self.lexemes, self.names, self.depth = list(lexemes), names, depth
        self.out: list[Token] = []
        self.levels = [_Level("", (), span(lexemes) if lexemes else Place("", 1, 0, 0))]
        self.after: dict[int, list[Token]] = {}
        """Index of a lexeme -> what is emitted before it, instead of a closing brace."""
        self.at = 0

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

    # -- what comes out ---------------------------------------------------------------------------

    def emit(self, token: Token) -> None:
        last = self.out[-1].kind if self.out else ""
        level = self.levels[-1]
        if token.kind in _OPERAND_START and last in _OPERAND_END:
            if level.bare is not None and token.kind != "SUM":
                hint = "put what it is applied to in brackets"
                raise ParseError(
                    f"how far '{level.bare.snippet}' reaches is not clear", level.bare, hint=hint
                )
            self.out.append(Token("JUXT", "", token.place))
        if token.kind in _ENDS_FUNCTION or token.kind == "JUXT":
            level.bare = None
        if token.kind in ("LPAR", "CALL"):
            self.open("", (), token.place)
        elif token.kind == "RPAR":
            self.levels.pop()
        elif token.kind == "FUNCTION":
            level.bare = token.place
        self.out.append(token)

    def open(self, close: str, ends: tuple[Token, ...], place: Place) -> None:
        if len(self.levels) > DEEPEST:
            raise ParseError(f"brackets stand more than {DEEPEST} deep in each other here", place)
        self.levels.append(_Level(close, ends, place))

    def group(self, start: int, head: Sequence[Token], tail: Sequence[Token]) -> int:
        """Put tokens around the argument at an index; the index behind the argument."""
        content, stop = argument(self.lexemes, start)
        if not content:
            raise ParseError("an argument is empty here", self.lexemes[start].place)
        self.after.setdefault(start, []).extend(head)
        self.after[stop] = [*tail, *self.after.get(stop, [])]
        return stop

    def ended(self) -> bool:
        return bool(self.out) and self.out[-1].kind in _OPERAND_END

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
                raise ParseError("this number is too large to be written out", lexeme.place)
            self.emit(Token("NUMBER", text, lexeme.place, value))
        elif text == "^":
            self.raised(lexeme)
        elif text in SIGNS:
            kind, sign = SIGNS[text]
            self.emit(
                Token(kind, sign if kind == "COMPARE" else text, lexeme.place, "dot" if sign == "·" else None)
            )
        elif text in _OPEN or text in _CLOSE:
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
            raise ParseError("this subscript belongs to no name", lexeme.place)
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
        if self.next_is("_"):
            self.at += 1
            self.at = self.opened(lexeme)
        elif not self.next_is(*_OPEN):
            hint = r"write the sum that it stands for, such as \sum_i"
            raise ParseError("how long this vector of ones is cannot be told", lexeme.place, hint=hint)
        return True

    def opened(self, lexeme: Lexeme) -> int:
        """Emit what opens the argument at this index; the index of its first lexeme."""
        stop = argument(self.lexemes, self.at)[1]
        self.emit(Token("LPAR", "(", lexeme.place))
        self.after[stop] = [Token("RPAR", ")", lexeme.place), *self.after.get(stop, [])]
        return self.at + (1 if self.lexemes[self.at].kind == "open" else 0)

    def prime(self, lexeme: Lexeme) -> None:
        raise ParseError("a prime is read after a function, such as \\sigma'(z)", lexeme.place,
                         hint=r"a transpose is written ^\top")  # fmt: skip

    def bracket(self, lexeme: Lexeme) -> None:
        if lexeme.text in _OPEN:
            self.emit(Token("LPAR", "(", lexeme.place))
            self.levels[-1].close = _OPEN[lexeme.text]
            return
        level = self.levels[-1]
        if len(self.levels) == 1 or level.close != lexeme.text:
            opened = f"the '{level.place.snippet}' before it" if len(self.levels) > 1 else "anything"
            raise ParseError(f"this '{lexeme.text}' cannot close {opened}", lexeme.place)
        ends = level.ends
        self.emit(Token("RPAR", ")", lexeme.place))
        for token in ends:
            self.emit(token)

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

    def next_is(self, *texts: str) -> bool:
        return self.at < len(self.lexemes) and self.lexemes[self.at].text in texts

    # -- scripts, fractions, sums ---------------------------------------------------------------------

    def raised(self, lexeme: Lexeme) -> None:
        """Transposes, inverses and powers."""
        content, stop = argument(self.lexemes, self.at)
        text = word_of([x for x in content if x.text not in STYLES and x.kind not in ("open", "close")])
        place = span(self.lexemes[self.at - 1 : stop])
        if not self.ended():
            raise ParseError("this exponent belongs to nothing", place)
        if text in _TRANSPOSES:
            self.emit(Token("TRANSPOSE", text, place))
            self.at = stop
            return
        if text in ("*", r"\dagger", r"\ast", "+", r"\star", "-T", r"-\top", "H", r"\circ", r"\prime"):
            raise ParseError(f"what '^{text}' means is not known here", place)
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
            raise ParseError(f"'{lexeme.text}' begins no derivative here", lexeme.place)
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
            raise ParseError("only the square root is read", lexeme.place)
        head = Token("CALL", r"\sqrt", lexeme.place, "sqrt")
        self.group(self.at, [head], [Token("RPAR", ")", lexeme.place)])

    def total(self, lexeme: Lexeme) -> None:
        below, above, stop = limits_of(self.lexemes, self.at - 1)
        place = span(self.lexemes[self.at - 1 : stop])
        for index in _bound_letters(below, above, place):
            used = index if index in self.names.indices else None
            self.emit(Token("SUM", r"\sum", place, used))
        if not below:
            self.emit(Token("SUM", r"\sum", place, None))
        self.at = stop

    def environment(self, lexeme: Lexeme) -> None:
        name, start = argument(self.lexemes, self.at)
        word = word_of(name)
        if word not in ("cases", "dcases"):
            raise ParseError(f"the environment '{word}' is no expression that is read", lexeme.place)
        stop = self.end_of_environment(start, lexeme.place)
        rows = _rows(self.lexemes[start:stop])
        self.at = argument(self.lexemes, stop + 1)[1]
        tokens = gates(rows, self.names, lexeme.place, self.depth + 1)
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
        raise ParseError("this environment is never ended", place)

    # -- words ------------------------------------------------------------------------------------

    def word(self, lexeme: Lexeme) -> None:
        """A function or a name; a run of letters is a name, or a product of known ones."""
        at = self.at
        if lexeme.text in FUNCTIONS:
            self.at += 1
            self.function(FUNCTIONS[lexeme.text], lexeme.place)
            return
        name = read_name(self.lexemes, at, self.names)
        if name is None:
            raise self.strange(lexeme)
        if name.is_word:
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
        elif lexeme.kind == "letter" and (run := self.run_of_letters(at)):
            self.letters(run)
        else:
            self.named(name)

    def strange(self, lexeme: Lexeme) -> ParseError:
        what = NO_EQUATION.get(lexeme.text)
        reason = f"'{lexeme.text}' is {what}, it is not read" if what else f"'{lexeme.text}' is not known"
        return ParseError(reason, lexeme.place)

    def has_exponent(self, at: int) -> bool:
        return at < len(self.lexemes) and self.lexemes[at].text == "^"

    def applies(self, at: int) -> bool:
        """Whether a bracket follows, perhaps behind primes."""
        while at < len(self.lexemes) and self.lexemes[at].text == "'":
            at += 1
        return at < len(self.lexemes) and self.lexemes[at].text in _OPEN

    def upright_word(self, name: TexName) -> None:
        spelled = name.spelled
        function = function_named(spelled)
        self.at = name.end
        if name.key in self.names.known or name.key in self.names.functions:
            self.named(name)
        elif function is not None and not name.indices:
            self.function(function, name.place)
        elif spelled == "e" and self.has_exponent(name.end):
            self.emit(Token("NAME", "e", name.place, "ℯ"))
        else:
            raise UnknownNameError(f"'{spelled}' is neither a function nor a name that is set", name.place)

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
        if function is not None and stop < len(self.lexemes) and self.lexemes[stop].text in _OPEN:
            self.at = stop
            self.function(function, place)
            return
        known = [self.is_known(x.text) for x in run]
        shape = len(run) == 2 and run[0].text.isupper() and run[1].text.islower()
        line = len(run) == 2 and run[1].text == "x" and run[0].text in "abckmuvw"
        shape = shape or line
        allowed = all(known) or (not self.names.declared and (shape or (any(known) and len(run) <= 3)))
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
        if name.spelled == "δ" and len(name.indices) > 1 and name.key not in self.names.known:
            raise ParseError("Kronecker's δ is not read", name.place, hint="write the entries that are left")
        self.names.note(name)
        self.at = name.end
        if name.key in self.names.functions and self.next_is(*_OPEN, "'"):
            self.function(f"text:{name.key}", name.place)
            return
        if self.next_is("(") and not self.skips_list(name):
            self.refuse_call(name)
        reference: syntax.Syntax = syntax.Reference(name.place, name.spelled)
        if name.indices:
            reference = syntax.Entry(name.place, reference, name.indices)
        value = "π" if name.spelled == "π" and "pi" not in self.names.known else reference
        self.emit(Token("NAME", name.spelled, name.place, value))

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
        if not known and name.spelled not in NUMBERS and not name.indices:
            hint = rf"for a product write {name.latex} \cdot (…)"
            raise UnknownNameError(f"there is no function {name.latex}", name.place, hint=hint)
        inside = self.lexemes[self.at + 1 : skip_list(self.lexemes, self.at) - 1]
        first = read_name(inside, 0, self.names)
        if first is not None and (first.end == len(inside) or inside[first.end].text in (",", ";")):
            hint = rf"for a product write {name.latex} \cdot …"
            reason = f"whether {name.latex} is a function or a factor here is not clear"
            raise ParseError(reason, name.place, hint=hint)

    def function(self, function: str, place: Place) -> None:
        """f(x), f x, f'(x), f^2(x)."""
        while self.next_is("'"):
            function += "'"
            self.at += 1
        power: tuple[Token, ...] = ()
        if self.next_is("^"):
            power = self.power_of_function(place)
        if self.next_is("_"):
            raise ParseError(f"a subscript of '{place.snippet}' is not read", place)
        if self.next_is(*_OPEN):
            close = _OPEN[self.lexemes[self.at].text]
            self.at += 1
            if power:
                self.emit(Token("LPAR", "(", place))
            self.emit(Token("CALL", place.snippet, place, function))
            self.levels[-1].close, self.levels[-1].ends = close, power
            return
        if power:
            raise ParseError("a power of a function needs brackets behind it", place)
        if function.startswith("text:"):
            raise ParseError(f"the function '{place.snippet}' needs its argument in brackets", place)
        self.emit(Token("FUNCTION", place.snippet, place, function))

    def power_of_function(self, place: Place) -> tuple[Token, ...]:
        content, stop = argument(self.lexemes, self.at + 1)
        text = word_of(content)
        if not text.isdigit():
            raise ParseError(f"what '^{text}' of a function means is not known", place)
        where = span(self.lexemes[self.at : stop])
        self.at = stop
        number = Token("NUMBER", text, where, Fraction(text))
        return (Token("CARET", "^", where), number, Token("RPAR", ")", where))


def derivative_reference(found: Derivative) -> syntax.Syntax:
    return syntax.Reference(found.place, found.spelled)


def function_named(word: str) -> str | None:
    """The function of the language that a word of a paper names."""
    for candidate in (word, word.lower(), SPELLINGS.get(word.lower(), "")):
        if len(candidate) > 1 and catalogue.find(candidate) is not None:
            return candidate
    return None


def _bound_letters(below: Sequence[Lexeme], above: Sequence[Lexeme], place: Place) -> list[str]:
    """i of i, i=1 and i,j; a sum that starts elsewhere or runs over a set is an error."""
    texts = [x.text for x in below]
    if "=" in texts:
        at = texts.index("=")
        start, letters = "".join(texts[at + 1 :]), texts[:at]
        top = "".join(x.text for x in above)
        if start not in ("1", "0") or len(letters) != 1 or (start == "0" and not top.endswith("-1")):
            raise ParseError("only sums over all of an index are read", place, hint=r"such as \sum_{i=1}^{N}")
    else:
        letters = [t for t in texts if t != ","]
    if not all(len(letter) == 1 and letter.isalpha() for letter in letters):
        hint = r"a sum runs over a letter, such as \sum_i or \sum_{i=1}^{N}"
        raise ParseError("what this sum runs over is not understood", place, hint=hint)
    return letters


# -- cases --------------------------------------------------------------------------------------


def _rows(lexemes: Sequence[Lexeme]) -> list[list[list[Lexeme]]]:
    """Rows of cells; those of an environment inside stay together."""
    rows: list[list[list[Lexeme]]] = [[[]]]
    depth = 0
    for lexeme in lexemes:
        depth += {r"\begin": 1, r"\end": -1}.get(lexeme.text, 0)
        if lexeme.text == "\\\\" and depth == 0:
            rows.append([[]])
        elif lexeme.text == "&" and depth == 0:
            rows[-1].append([])
        else:
            rows[-1][-1].append(lexeme)
    return [row for row in rows if any(row)]


def gates(rows: Sequence[Sequence[Sequence[Lexeme]]], names: Names, place: Place, depth: int) -> list[Token]:
    """where(condition, value, …) for the rows of a cases environment."""
    out: list[Token] = []
    for k, row in enumerate(rows):
        condition = _condition(row[1:]) if len(row) > 1 else []
        value = [x for k, x in enumerate(row[0]) if not (x.text == "," and k == len(row[0]) - 1)]
        last = k == len(rows) - 1
        if condition and not last:
            out += [Token("CALL", "cases", place, "where"), *to_tokens(condition, names, depth)]
            out.append(Token("COMMA", ",", place))
        elif not last:
            raise ParseError("only the last case may be without a condition", span(row[0]))
        out += to_tokens(value, names, depth)
        out.append(Token("COMMA" if not last else "RPAR", "," if not last else ")", place))
    return [*out, *[Token("RPAR", ")", place)] * (len(rows) - 2)]


def _condition(cells: Sequence[Sequence[Lexeme]]) -> list[Lexeme]:
    """The condition of a case without its words; empty for `otherwise`."""
    found = [x for cell in cells for x in cell]
    while found and (found[0].text in STYLES or found[0].text == ","):
        content, after = argument(found, 1) if found[0].text in STYLES else ((), 1)
        word = word_of(content).lower()
        if word.startswith(("otherwise", "else")):
            return []
        if content and word not in ("if", "for", "when"):
            break
        found = found[after:]
    return [x for k, x in enumerate(found) if not (x.text in (",", ".") and k == len(found) - 1)]
