"""How arithmetic of whole numbers is written: as it is, not in numbers of the working dtype."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbp.algebra.node import Node
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.emit.numpy_page import Page, Spelling
from symbp.emit.numpy_text import (
    ATOM,
    COMPARE,
    PLUS,
    POWER,
    TIMES,
    UNARY,
    Piece,
    call,
    infix,
    power_text,
    total_weight,
)

SIGNS = {
    "add": ("+", PLUS), "subtract": ("-", PLUS), "multiply": ("*", TIMES), "floor_divide": ("//", TIMES),
    "remainder": ("%", TIMES), **{name: (sign, COMPARE) for name, sign in COMPARISON_SIGNS.items()},
}  # fmt: skip
CALLED = (
    "fmod", "abs", "sign", "maximum", "minimum", "clip", "where", "logical_not", "logical_and", "logical_or",
)  # fmt: skip


def _infix(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    sign, level = SIGNS[node.op.name.removeprefix("integer_")]
    a, b = pieces
    if sign == "*" and b.level == level:
        return Piece(f"{a.at(level)} * ({b.text})", level, "int", node.rank)
    if level == COMPARE:
        return Piece(f"{a.at(level + 1)} {sign} {b.at(level + 1)}", level, "int", node.rank)
    return infix(sign, level, a, b, node.rank, "int")


def _negative(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return Piece(f"-{pieces[0].at(UNARY)}", UNARY, "int", node.rank)


def _square(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return Piece(power_text(pieces[0], Piece("2")), POWER, "int", node.rank)


def _power(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return Piece(power_text(*pieces), POWER, "int", node.rank)


def _called(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    name = node.op.name.removeprefix("integer_")
    return call(f"np.{name}", [p.text for p in pieces], node.rank, total_weight(pieces) + 1, "int")


def _size(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    text = page.size(node.params[0])
    return Piece(text, ATOM if text.isidentifier() else PLUS, "int")


def _cut_off(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    if x.kind == "number" or not x.rank:
        return call("int", [x.text], node.rank, x.weight, "int")
    return Piece(f"{x.at(ATOM)}.astype(int)", ATOM, "int", node.rank, x.weight + 1)


SPELLINGS: dict[str, Spelling] = {
    **{f"integer_{name}": _infix for name in SIGNS},
    **{f"integer_{name}": _called for name in CALLED},
    "integer_negative": _negative,
    "integer_square": _square,
    "integer_power": _power,
    "integer_size": _size,
    "cut_off": _cut_off,
}


def keeping_whole(spell: Spelling) -> Spelling:
    """The spelling of an operation that moves or adds up entries, which whole numbers stay whole in."""

    def write(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
        if node.dtype != "int":
            return spell(page, node, pieces)
        written = spell(page, node, [replace(p, kind="array") for p in pieces])
        return replace(written, kind="int", product=None)

    return write
