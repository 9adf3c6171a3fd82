"""What formulas on paper say of the names in them, before any shape is known.

One divides by numbers; what is transposed is no number; x_i is a column where something is done with
it that is done with columns only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from symbp.lang.names import identifier
from symbp.lang.syntax import (
    Binary,
    Block,
    Call,
    Entry,
    Norm,
    Reference,
    SumOver,
    Syntax,
    Transposed,
    Unary,
    children,
    walk,
)

_PRODUCTS = ("juxtaposition", "dot", "@")
_OF_NUMBERS = {"+", "-", "*", "**", "^", "matrix power", "/", *_PRODUCTS}
_OF_COLUMNS = {"softmax", "log_softmax", "layer_norm", "⟨"}
_ODOT = {r"\odot", r"\circ", "⊙", "∘"}
_COMPONENT = re.compile(r"[₀-₉]+$|_\{\d+\}$|_\d+$")


@dataclass
class Told:
    """Identifiers of numbers, of what is no number, and of entries x_i that are columns."""

    numbers: set[str] = field(default_factory=set)
    arrays: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)


def told(expressions: Sequence[Syntax], bold: Collection[str] = ()) -> Told:
    """What all expressions together say; `bold` are names that are set in bold type, as columns are."""
    found = Told(arrays=set(bold), columns=set(bold))
    for piece in (p for expression in expressions for p in walk(expression)):
        match piece:
            case Transposed(body=Reference(name=name)):
                found.arrays.add(identifier(name))
            case Transposed(body=body) | Norm(body=body):
                found.columns |= set(_entries(body))
                found.arrays |= set(_summands(body)) if isinstance(piece, Norm) else set()
            case Binary(operator="*") if piece.sign.snippet in _ODOT:
                found.arrays |= {
                    identifier(s.name) for s in (piece.left, piece.right) if isinstance(s, Reference)
                }
            case Call(function=function) if function in _OF_COLUMNS:
                found.columns |= set(_entries(piece))
            case Binary(operator="/", right=right):
                found.numbers |= set(_divisors(right))
            case Binary(operator=operator) if operator in _PRODUCTS:
                found.columns |= set(_factors(piece))
            case Block():
                found.numbers |= set(_components(piece))
    found.numbers -= found.arrays
    return found


def _summands(body: Syntax) -> Iterator[str]:
    """a and b in ‖a − b‖."""
    stack = [body]
    while stack:
        piece = stack.pop()
        if isinstance(piece, Reference):
            yield identifier(piece.name)
        elif isinstance(piece, Unary):
            stack.append(piece.operand)
        elif isinstance(piece, Binary) and piece.operator in ("+", "-"):
            stack += [piece.left, piece.right]


def _entries(body: Syntax) -> Iterator[str]:
    """The names of entries x_i, those below a sum left out: its index is not free."""
    stack = [body]
    while stack:
        piece = stack.pop()
        if not isinstance(piece, SumOver):
            stack += children(piece)
        if isinstance(piece, Entry) and isinstance(piece.array, Reference):
            yield identifier(piece.array.name)


def _divisors(right: Syntax) -> Iterator[str]:
    """Names that a quotient divides by: s, 2s, √s, s² + ε."""
    stack = [right]
    while stack:
        piece = stack.pop()
        if isinstance(piece, Reference):
            yield identifier(piece.name)
        elif isinstance(piece, Binary) and piece.operator in _OF_NUMBERS:
            sides = [piece.left, piece.right]
            inner = piece.operator in _PRODUCTS and any(isinstance(p, Transposed) for p in walk(piece.left))
            stack += [] if inner else sides
        elif isinstance(piece, Unary):
            stack.append(piece.operand)
        elif isinstance(piece, Call) and piece.function == "sqrt":
            stack += piece.arguments


def _factors(product: Binary) -> Iterator[str]:
    """x_i in W x_i, x_i W and q_i · k_j."""
    sides = (product.left, product.right)
    both = all(isinstance(side, Entry) and len(side.indices) == 1 for side in sides)
    if both and product.operator == "dot":
        yield from _entries(product)
    for side, other in (sides, sides[::-1]):
        if isinstance(side, Entry) and len(side.indices) == 1 and _is_matrix(other):
            yield from _entries(side)


def _is_matrix(piece: Syntax) -> bool:
    while isinstance(piece, Unary) or (isinstance(piece, Binary) and piece.operator in _PRODUCTS):
        piece = piece.operand if isinstance(piece, Unary) else piece.right
    if isinstance(piece, Transposed):
        return True
    return isinstance(piece, Reference) and piece.name[:1].isupper()


def _components(block: Block) -> Iterator[str]:
    """x₁ and x₂ one below the other, and whatever stands in several rows and columns of single letters."""
    names = [c.name for c in block.cells if isinstance(c, Reference) and not c.name[:1].isupper()]
    if len(names) < len(block.cells) or len(names) < 2:
        return
    bases = {_COMPONENT.sub("", name) for name in names}
    if len(bases) == 1 and all(_COMPONENT.search(name) for name in names):
        yield from map(identifier, names)
