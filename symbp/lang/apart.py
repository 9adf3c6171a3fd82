"""Sums over i ≠ j: over i alone where j belongs to a Σ round it or to the left side, else over both."""

from __future__ import annotations

from collections.abc import Collection

from symbp.lang.rebuilding import rebuilt
from symbp.lang.syntax import SumOver, Syntax, children, walk


def with_both_sums(expression: Syntax, bound: Collection[str]) -> Syntax:
    """The expression with a Σ over each j of a Σ_{i ≠ j} that nothing round it binds."""
    if not any(isinstance(piece, SumOver) and piece.apart for piece in walk(expression)):
        return expression
    free = set()
    stack = [(expression, frozenset(bound))]
    while stack:
        piece, outside = stack.pop()
        if isinstance(piece, SumOver):
            if piece.apart is not None and piece.apart not in outside:
                free.add(piece.place)
            outside |= {index for index in (piece.index, piece.apart) if index is not None}
        stack += [(below, outside) for below in children(piece)]

    def closed(piece: Syntax) -> Syntax:
        if isinstance(piece, SumOver) and piece.apart is not None and piece.place in free:
            return SumOver(piece.place, piece.apart, piece)
        return piece

    return rebuilt(expression, closed)
