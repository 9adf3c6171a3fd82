"""Sums over i ≠ j, i < j and the like: over i alone where j belongs to a Σ round it or to the left side,
else over both."""

from __future__ import annotations

from collections.abc import Collection

from symbp.errors import Place
from symbp.lang.rebuilding import rebuilt
from symbp.lang.syntax import SumOver, Syntax, children, walk


def with_both_sums(expression: Syntax, bound: Collection[str]) -> Syntax:
    """The expression with a Σ over each index of a Σ_{i ≠ j} that nothing round it binds.

    For a given i, Σ_{i < j} is a sum over j.
    """
    if not any(isinstance(piece, SumOver) and piece.beside for piece in walk(expression)):
        return expression
    free: set[Place] = set()
    given: set[Place] = set()
    stack = [(expression, frozenset(bound))]
    while stack:
        piece, outside = stack.pop()
        if isinstance(piece, SumOver):
            own = {piece.index, piece.beside.other} if piece.beside else {piece.index}
            if piece.beside is not None and piece.beside.other not in outside:
                (given if piece.index in outside else free).add(piece.place)
            outside |= {index for index in own if index is not None}
        stack += [(below, outside) for below in children(piece)]

    def closed(piece: Syntax) -> Syntax:
        if not isinstance(piece, SumOver) or piece.beside is None:
            return piece
        if piece.place in free:
            return SumOver(piece.place, piece.beside.other, piece)
        if piece.place in given and piece.index is not None:
            return SumOver(piece.place, piece.beside.other, piece.body, piece.beside.seen_from(piece.index))
        return piece

    return rebuilt(expression, closed)
