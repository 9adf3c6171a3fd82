"""What a parsed expression is made of.  Every piece knows its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from symbp.errors import Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Syntax:
    """Any piece of an expression."""

    place: Place


@dataclass(frozen=True, slots=True)
class Number(Syntax):
    value: Fraction
    is_integer: bool


@dataclass(frozen=True, slots=True)
class Text(Syntax):
    value: str


@dataclass(frozen=True, slots=True)
class Literal(Syntax):
    """None, True, False or ... ."""

    value: object


@dataclass(frozen=True, slots=True)
class Reference(Syntax):
    name: str


@dataclass(frozen=True, slots=True)
class Entry(Syntax):
    """x_i, w_{ij}: the entries of an array at indices that a Σ or the left side runs over."""

    array: Syntax
    indices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unary(Syntax):
    operator: str
    operand: Syntax


@dataclass(frozen=True, slots=True)
class Binary(Syntax):
    """operator is one of + - * / // % @ ** juxtaposition and the comparisons.

    LaTeX has two more: `dot` for \\cdot, which is also the inner product of two columns, and `^`,
    which inverts a matrix where the exponent is −1.
    """

    operator: str
    left: Syntax
    right: Syntax
    sign: Place


@dataclass(frozen=True, slots=True)
class Call(Syntax):
    function: str
    arguments: tuple[Syntax, ...]
    named: tuple[tuple[str, Syntax], ...]
    head: Place


@dataclass(frozen=True, slots=True)
class Method(Syntax):
    """receiver.name(arguments), or receiver.name without brackets (`arguments` is None)."""

    receiver: Syntax
    name: str
    arguments: tuple[Syntax, ...] | None
    named: tuple[tuple[str, Syntax], ...]


@dataclass(frozen=True, slots=True)
class Index(Syntax):
    receiver: Syntax
    parts: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Slice(Syntax):
    start: Syntax | None
    stop: Syntax | None
    step: Syntax | None


@dataclass(frozen=True, slots=True)
class Sequence(Syntax):
    """A tuple or a list."""

    items: tuple[Syntax, ...]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Block(Syntax):
    """Rows of cells that stand in one bracket, cell by cell; `widths` counts the cells of each row.

    `is_list` for [h, x], where columns stand one below the other (only LaTeX has blocks).
    """

    cells: tuple[Syntax, ...]
    widths: tuple[int, ...]
    is_list: bool


TURNED = {"≠": "≠", "<": ">", ">": "<", "≤": "≥", "≥": "≤"}
"""Relations of two indices, read from the other side."""


@dataclass(frozen=True, slots=True)
class Beside:
    """How an index stands to another one: i ≠ j, i < j."""

    relation: str
    other: str

    def seen_from(self, index: str) -> Beside:
        """The same about the other index: j > i for i < j."""
        return Beside(TURNED[self.relation], index)


@dataclass(frozen=True, slots=True)
class SumOver(Syntax):
    """Σ with an optional index: over all entries, or over the axis that carries the index.

    With `beside` it takes the values only that stand so to another index: Σ_{i ≠ j}, Σ_{i < j}.
    """

    index: str | None
    body: Syntax
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class Slope(Syntax):
    """d/dx of what follows, ∇_W of what follows (only LaTeX has them)."""

    by: str
    body: Syntax


@dataclass(frozen=True, slots=True)
class Norm(Syntax):
    """‖body‖, the 2-norm."""

    body: Syntax
    order: str


@dataclass(frozen=True, slots=True)
class Transposed(Syntax):
    """Aᵀ; `on_paper` for ᵀ, ^T and ', which also turn a column vector into a row."""

    body: Syntax
    on_paper: bool


def children(piece: Syntax) -> list[Syntax]:
    """The pieces directly below, in the order of reading."""
    match piece:
        case Unary(operand=x) | SumOver(body=x) | Slope(body=x) | Norm(body=x) | Transposed(body=x):
            return [x]
        case Entry(array=x):
            return [x]
        case Binary(left=a, right=b):
            return [a, b]
        case Call(arguments=plain, named=named):
            return [*plain, *(v for _, v in named)]
        case Method(receiver=receiver, arguments=plain, named=named):
            return [receiver, *(plain or ()), *(v for _, v in named)]
        case Index(receiver=receiver, parts=parts):
            return [receiver, *parts]
        case Slice(start=a, stop=b, step=c):
            return [p for p in (a, b, c) if p is not None]
        case Sequence(items=items) | Block(cells=items):
            return list(items)
    return []


def walk(expression: Syntax) -> Iterator[Syntax]:
    """All pieces of an expression, in the order of reading."""
    stack = [expression]
    while stack:
        piece = stack.pop()
        yield piece
        stack.extend(reversed(children(piece)))


def fold(expression: Syntax, value: Callable[[Syntax, list[T]], T]) -> T:
    """What `value` makes of the expression: of each piece and of what it made of those directly below."""
    made: dict[int, T] = {}
    for piece in reversed(list(walk(expression))):
        made[id(piece)] = value(piece, [made[id(c)] for c in children(piece)])
    return made[id(expression)]
