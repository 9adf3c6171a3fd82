"""Expressions with some of their pieces changed (of LaTeX only: code is evaluated as it stands)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from symbp.errors import ParseError
from symbp.lang.syntax import (
    Binary,
    Block,
    Call,
    Entry,
    Index,
    Method,
    Norm,
    Sequence,
    Slice,
    Slope,
    SumOver,
    Syntax,
    Transposed,
    Unary,
    fold,
)


def rebuilt(
    expression: Syntax, change: Callable[[Syntax], Syntax], only: Collection[int] | None = None
) -> Syntax:
    """The expression with `change` applied to every piece, from the leaves up.

    With `only`, to the pieces with these identities.
    """

    def changed(piece: Syntax, below: list[Syntax]) -> Syntax:
        new = with_children(piece, below)
        return change(new) if only is None or id(piece) in only else new

    return fold(expression, changed)


def with_children(piece: Syntax, new: list[Syntax]) -> Syntax:
    """A piece with other pieces below it, in the order of `children`."""
    match piece:
        case Unary():
            return replace(piece, operand=new[0])
        case SumOver() | Slope() | Norm() | Transposed():
            return replace(piece, body=new[0])
        case Entry():
            return replace(piece, array=new[0])
        case Binary():
            return replace(piece, left=new[0], right=new[1])
        case Call(arguments=plain, named=named):
            pairs = zip(named, new[len(plain) :], strict=True)
            return replace(
                piece, arguments=tuple(new[: len(plain)]), named=tuple((k, v) for (k, _), v in pairs)
            )
        case Sequence():
            return replace(piece, items=tuple(new))
        case Block():
            return replace(piece, cells=tuple(new))
        case Index():
            return replace(piece, receiver=new[0], parts=tuple(new[1:]))
        case Method() | Slice():
            raise ParseError(
                "this cannot stand in LaTeX", piece.place, hint="write it as an equation, without code"
            )
    return piece
