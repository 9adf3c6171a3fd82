"""Tokens to syntax, by the grammar beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import lark
from lark.lexer import Lexer

from symbp.errors import ParseError, Place
from symbp.lang import syntax
from symbp.lang.names import SUPERSCRIPTS
from symbp.lang.token import Token, Words
from symbp.lang.tokens import tokens

OPEN_ENDED = {
    "PLUS", "MINUS", "ODOT", "STAR", "SLASH", "FLOOR", "PERCENT", "AT", "CARET", "COMMA", "EQUALS", "COMPARE",
    "SUM", "OR", "AND", "NOT",
}  # fmt: skip
_GRAMMAR = Path(__file__).with_name("grammar.lark")


def parse_expression(
    text: str, line: int, offset: int, whole: str, source: str, words: Words
) -> syntax.Syntax:
    """The syntax of one expression.  ParseError with its place where it is none."""
    listed = tokens(text, line, offset, whole, source, words)
    return parse_tokens(listed, Place(whole, line, offset, offset + 1, source))


def parse_tokens(listed: list[Token], place: Place) -> syntax.Syntax:
    """The syntax of tokens, from whatever language.  ParseError with its place where it is none."""
    if not listed:
        raise ParseError(
            "an expression is missing here", place, hint="write a name, a number or a bracket here"
        )
    try:
        return _parser().parse(listed)  # type: ignore[return-value]
    except lark.exceptions.UnexpectedToken as error:
        raise _unexpected(error, listed) from None


def _unexpected(error: lark.exceptions.UnexpectedToken, listed: list[Token]) -> ParseError:
    if error.token.type == "$END":
        last = listed[-1]
        hint = f"write what follows '{last.text}', or take it away"
        return ParseError(
            f"the expression ends after '{last.text}', something is missing", last.place, hint=hint
        )
    found: Token = error.token.value
    at = next(i for i, token in enumerate(listed) if token is found)
    before = listed[at - 1] if at else None
    if found.kind == "EQUALS":
        hint = "one equation has one =; values are compared by =="
        return ParseError("'=' stands here a second time", found.place, hint=hint)
    if found.kind == "COMPARE":
        hint = "compare twice and multiply: (a < b) * (b < c)"
        return ParseError("comparisons cannot be chained", found.place, hint=hint)
    if before is not None and before.kind in OPEN_ENDED:
        reason = f"something is missing between '{before.text}' and '{found.text}'"
        hint = f"write what stands between them, or take '{found.text}' away"
        return ParseError(reason, _span(before.place, found.place), hint=hint)
    reason = f"'{found.text or listed[at + 1].text}' is not expected here"
    return ParseError(reason, found.place, hint="take it away, or write an operator before it")


class _FedLexer(Lexer):
    """Hands over the tokens that symbp.lang.tokens has made."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[lark.Token]:
        for token in lexer_state:
            yield lark.Token(token.kind, token)


def _span(first: Place, last: Place) -> Place:
    if first.line != last.line:
        return first
    return Place(first.text, first.line, min(first.start, last.start), max(first.end, last.end), first.source)


class _Build(lark.Transformer[Any, Any]):
    """Called by the parser at each reduction, so that nothing recurses over depth."""

    def number(self, items: list[Any]) -> syntax.Syntax:
        token = items[0].value
        return syntax.Number(token.place, token.value, token.text.isdigit())

    def string(self, items: list[Any]) -> syntax.Syntax:
        return syntax.Text(items[0].value.place, items[0].value.value)

    def name(self, items: list[Any]) -> syntax.Syntax:
        token = items[0].value
        if isinstance(token.value, syntax.Syntax):
            return token.value
        return syntax.Reference(token.place, token.value)

    def literal(self, items: list[Any]) -> syntax.Syntax:
        return syntax.Literal(items[0].value.place, items[0].value.value)

    def binary(self, items: list[Any]) -> syntax.Syntax:
        left, sign, right = items
        operators = {
            "ODOT": "*",
            "STAR": "*",
            "SLASH": "/",
            "FLOOR": "//",
            "PERCENT": "%",
            "AT": "@",
            "PLUS": "+",
            "MINUS": "-",
        }
        operators |= {"AND": "&", "OR": "|"}
        kind = sign.value.kind
        operator = operators.get(kind, sign.value.value or "juxtaposition")
        if kind == "COMPARE":
            operator = {"≤": "<=", "≥": ">=", "≠": "!="}.get(sign.value.text, sign.value.text)
        return syntax.Binary(_span(left.place, right.place), operator, left, right, sign.value.place)

    def raised(self, items: list[Any]) -> syntax.Syntax:
        base, sign, exponent = items
        operator = "^" if sign.value.value == "paper" else "**"
        return syntax.Binary(_span(base.place, exponent.place), operator, base, exponent, sign.value.place)

    def minus(self, items: list[Any]) -> syntax.Syntax:
        return syntax.Unary(_span(items[0].value.place, items[1].place), "-", items[1])

    def complement(self, items: list[Any]) -> syntax.Syntax:
        sign, operand = items[0].value, items[1]
        return syntax.Call(_span(sign.place, operand.place), "logical_not", (operand,), (), sign.place)

    def plus(self, items: list[Any]) -> syntax.Syntax:
        return items[1]  # type: ignore[no-any-return]

    def total(self, items: list[Any]) -> syntax.Syntax:
        place, index = _span(items[0].value.place, items[1].place), items[0].value.value
        if isinstance(index, tuple):
            return syntax.SumOver(place, index[0], items[1], syntax.Beside(*index[1:]))
        return syntax.SumOver(place, index, items[1])

    def apply(self, items: list[Any]) -> syntax.Syntax:
        head = items[0].value
        place = _span(head.place, items[1].place)
        if isinstance(head.value, syntax.Slope):
            return syntax.Slope(place, head.value.by, items[1])
        if not isinstance(head.value, tuple):
            return syntax.Call(place, head.value, (items[1],), (), head.place)
        function, exponent = head.value
        value = syntax.Call(place, function, (items[1],), (), head.place)
        power = syntax.Number(exponent.place, exponent.value, True)
        return syntax.Binary(place, "**", value, power, exponent.place)

    def call(self, items: list[Any]) -> syntax.Syntax:
        head, (arguments, named), close = items[0].value, items[1], items[2].value
        return syntax.Call(_span(head.place, close.place), head.value, arguments, named, head.place)

    def method(self, items: list[Any]) -> syntax.Syntax:
        receiver, head, (arguments, named), close = items
        place = _span(receiver.place, close.value.place)
        return syntax.Method(place, receiver, head.value.value, arguments, named)

    def attribute(self, items: list[Any]) -> syntax.Syntax:
        receiver, head = items
        place = _span(receiver.place, head.value.place)
        if head.value.value == "T":
            return syntax.Transposed(place, receiver, False)
        if head.value.value == "mT":
            return syntax.Call(place, "matrix_transpose", (receiver,), (), head.value.place)
        return syntax.Method(place, receiver, head.value.value, None, ())

    def superscript(self, items: list[Any]) -> syntax.Syntax:
        base, token = items[0], items[1].value
        digits = "".join(SUPERSCRIPTS.get(c, c) for c in token.text)
        exponent = syntax.Number(token.place, _integer(digits, token.place), True)
        return syntax.Binary(_span(base.place, token.place), "**", base, exponent, token.place)

    def transposed(self, items: list[Any]) -> syntax.Syntax:
        return syntax.Transposed(_span(items[0].place, items[1].value.place), items[0], True)

    def index(self, items: list[Any]) -> syntax.Syntax:
        receiver, _, parts, close = items
        return syntax.Index(_span(receiver.place, close.value.place), receiver, parts)

    def norm(self, items: list[Any]) -> syntax.Syntax:
        opening, body, close = items
        return syntax.Norm(_span(opening.value.place, close.value.place), body, close.value.value)

    def group(self, items: list[Any]) -> syntax.Syntax:
        return items[1]  # type: ignore[no-any-return]

    def tuple_of(self, items: list[Any]) -> syntax.Syntax:
        place = _span(items[0].value.place, items[-1].value.place)
        return syntax.Sequence(place, tuple(i for i in items if isinstance(i, syntax.Syntax)), False)

    def list_of(self, items: list[Any]) -> syntax.Syntax:
        place = _span(items[0].value.place, items[-1].value.place)
        return syntax.Sequence(place, tuple(i for i in items if isinstance(i, syntax.Syntax)), True)

    def block(self, items: list[Any]) -> syntax.Syntax:
        opening, close = items[0].value, items[-1].value
        rows = [row for row in items if type(row) is tuple]
        cells = tuple(cell for row in rows for cell in row)
        place = _span(opening.place, close.place)
        return syntax.Block(place, cells, tuple(map(len, rows)), opening.value)

    def cells(self, items: list[Any]) -> tuple[syntax.Syntax, ...]:
        return tuple(i for i in items if isinstance(i, syntax.Syntax))

    def entry(self, items: list[Any]) -> syntax.Syntax:
        return syntax.Entry(_span(items[0].place, items[1].value.place), items[0], items[1].value.value)

    def named(self, items: list[Any]) -> tuple[str, syntax.Syntax]:
        return (items[0].value.value, items[2])

    def arguments(
        self, items: list[Any]
    ) -> tuple[tuple[syntax.Syntax, ...], tuple[tuple[str, syntax.Syntax], ...]]:
        plain = [i for i in items if isinstance(i, syntax.Syntax)]
        named = [i for i in items if type(i) is tuple]
        return tuple(plain), tuple(named)

    def parts(self, items: list[Any]) -> tuple[syntax.Syntax, ...]:
        return tuple(i for i in items if isinstance(i, syntax.Syntax))

    def slice(self, items: list[Any]) -> syntax.Syntax:
        slots: list[syntax.Syntax | None] = [None]
        for item in items:
            if isinstance(item, lark.Token):
                slots.append(None)
            else:
                slots[-1] = item
        slots += [None] * (3 - len(slots))
        places = [i.value.place if isinstance(i, lark.Token) else i.place for i in items]
        return syntax.Slice(_span(places[0], places[-1]), slots[0], slots[1], slots[2])


def _integer(digits: str, place: Place) -> Fraction:
    try:
        return Fraction(int(digits))
    except ValueError:
        raise ParseError(
            f"'{digits}' is no exponent", place, hint="an exponent is a whole number, such as x²"
        ) from None


@lru_cache(maxsize=1)
def _parser() -> lark.Lark:
    return lark.Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer=_FedLexer,
        transformer=_Build(),
        maybe_placeholders=False,
    )
