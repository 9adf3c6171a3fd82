"""How far a Σ reaches: as far as a product does, and on over later terms that need its index.

Σ_i y_i log p_i + (1 − y_i) log(1 − p_i) has a second term in which i means nothing outside of the Σ.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symbp.errors import Place
from symbp.lang.rebuilding import rebuilt
from symbp.lang.syntax import Binary, Entry, SumOver, Syntax, Unary, children, walk

_SUMS = ("+", "-")
_PRODUCTS = ("juxtaposition", "dot", "*")


def with_reach(expression: Syntax, bound: Collection[str]) -> Syntax:
    """The expression with terms put into a Σ before them whose index nothing else binds there."""
    if not any(isinstance(piece, SumOver) and piece.index for piece in walk(expression)):
        return expression
    outside: dict[Place, frozenset[str]] = {}
    stack = [(expression, frozenset(bound))]
    while stack:
        piece, binds = stack.pop()
        if isinstance(piece, SumOver):
            binds |= {piece.index} if piece.index is not None else frozenset()
        elif isinstance(piece, Binary) and piece.operator in _SUMS:
            outside[piece.place] = binds
        stack += [(below, binds) for below in children(piece)]

    def widened(piece: Syntax) -> Syntax:
        if not isinstance(piece, Binary) or piece.operator not in _SUMS or piece.place not in outside:
            return piece
        free = _free(piece.right) - outside[piece.place]
        return (_taken_in(piece, free) if free else None) or piece

    return rebuilt(expression, widened)


def _free(piece: Syntax) -> set[str]:
    """The indices in a piece that no Σ inside of it binds."""
    found: set[str] = set()
    stack: list[tuple[Syntax, frozenset[str]]] = [(piece, frozenset())]
    while stack:
        below, binds = stack.pop()
        if isinstance(below, SumOver):
            binds |= {below.index or ""}
        elif isinstance(below, Entry):
            found |= set(below.indices) - binds
        stack += [(child, binds) for child in children(below)]
    return found


def _taken_in(whole: Binary, free: set[str]) -> Syntax | None:
    """The left side with the right one inside the Σ that it ends with; None where it ends with none."""
    way: list[Binary | Unary] = []
    piece = whole.left
    while not isinstance(piece, SumOver):
        if isinstance(piece, Binary) and piece.operator in (*_SUMS, *_PRODUCTS):
            way.append(piece)
            piece = piece.right
        elif isinstance(piece, Unary):
            way.append(piece)
            piece = piece.operand
        else:
            return None
    if piece.index not in free or _is_closed(piece.place, whole.sign):
        return None
    inside = Binary(whole.place, whole.operator, piece.body, whole.right, whole.sign)
    result: Syntax = replace(piece, body=inside)
    for step in reversed(way):
        result = replace(step, right=result) if isinstance(step, Binary) else replace(step, operand=result)
    return result


def _is_closed(total: Place, sign: Place) -> bool:
    """Whether a bracket ends between a Σ and the sign behind it."""
    between = total.line_text if total.line == sign.line else ""
    return any(c in ")]}" for c in between[total.end : sign.start])
