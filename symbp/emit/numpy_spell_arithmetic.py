"""Numbers, sums, products, quotients and powers in NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from symbp.algebra.node import Node, number
from symbp.emit.numpy_page import Page, Spelling, registering
from symbp.emit.numpy_text import (
    ATOM,
    PLUS,
    POWER,
    UNARY,
    Piece,
    call,
    divided,
    infix,
    multiplied,
    negated,
    number_piece,
    power_text,
)

SPELLINGS: dict[str, Spelling] = {}
spelling = registering(SPELLINGS)


@spelling("constant")
def _constant(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return number_piece(node.params[0])


@spelling("size")
def _size(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    text = page.size(node.params[0])
    return Piece(text, ATOM if text.isidentifier() else PLUS, "number")


SYMBOLS = {"pi": ("np.pi", math.pi)}


@spelling("symbolic")
def _symbolic(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    text, value = SYMBOLS[node.params[0]]
    return Piece(text, ATOM, "number", value=Fraction(value))


@spelling("add")
def _add(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    if b.text.startswith("-") and b.level <= UNARY:
        return infix("-", PLUS, a, negated(b), node.rank)
    return Piece(f"{a.at(PLUS)} + {b.at(PLUS + 1)}", PLUS, kind_of(a, b), node.rank, a.weight + b.weight)


@spelling("subtract")
def _subtract(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    return infix("-", PLUS, a, b, node.rank)


def kind_of(*pieces: Piece) -> str:
    return "number" if all(p.kind == "number" for p in pieces) else "array"


@spelling("multiply")
def _multiply(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = pieces
    for x, source in ((b, node.args[0]), (a, node.args[1])):
        if source.op.name == "triangle" and x.kind == "array" and x.rank >= 2 and x.rank == node.rank:
            kind, k = source.params
            arguments = [x.text] if k == 0 else [x.text, f"k={k}"]
            return call("np.tril" if kind == "lower" else "np.triu", arguments, node.rank, x.weight + 1)
    a, b = _integers_real(page, a), _integers_real(page, b)
    if "array" not in (a.kind, b.kind) and "bool" in (a.kind, b.kind):
        a = page.real(a) if a.kind == "bool" else a
        b = page.real(b) if b.kind == "bool" and a.kind == "number" else b
    return multiplied(a, b, node.rank)


def _integers_real(page: Page, piece: Piece) -> Piece:
    return page.real(piece) if piece.kind == "int" else piece


@spelling("divide")
def _divide(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    return divided(a, b, node.rank)


@spelling("negative")
def _negative(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return negated(page.real(pieces[0]))


@spelling("power")
def _power(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, exponent = map(page.real, pieces)
    value = number(node.args[1])
    if value == Fraction(1, 2):
        return _root(node, x)
    if value == Fraction(-1, 2):
        return divided(number_piece(Fraction(1)), _root(node, x), node.rank)
    weight = x.weight + exponent.weight + (value != 2)
    if value is not None and value.denominator == 1:
        exponent = Piece(str(value.numerator), ATOM if value >= 0 else UNARY, "number")
    return Piece(power_text(x, exponent), POWER, kind_of(x, exponent), node.rank, weight)


def _root(node: Node, x: Piece) -> Piece:
    if x.kind == "number":
        return of_number("sqrt", x)
    return call("np.sqrt", [x.text], x.rank, x.weight + 1)


@spelling("square")
def _square(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return Piece(power_text(x, Piece("2")), POWER, x.kind, node.rank, x.weight)


@spelling("reciprocal")
def _reciprocal(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return divided(number_piece(Fraction(1)), page.real(pieces[0]), node.rank)


def of_number(name: str, x: Piece) -> Piece:
    """A function of a Python number stays one: a NumPy scalar would make float32 wider."""
    if x.value is not None and hasattr(math, name):
        try:
            return number_piece(Fraction(getattr(math, name)(x.value)))
        except (ValueError, OverflowError):
            return call("float", [f"np.{name}({x.text})"], 0, 0, "number")
    if name == "sqrt":
        return Piece(power_text(x, Piece("0.5")), POWER, "number")
    return call("float", [f"np.{name}({x.text})"], 0, 0, "number")
