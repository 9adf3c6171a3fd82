"""The unit matrix on paper, I or I_n: how large it is follows from what it stands beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import Node, as_node, number
from symbp.algebra.size import Size
from symbp.errors import OperandError, UnreadError
from symbp.lang.names import identifier, pieces
from symbp.lang.ones import PRODUCTS, Factor, Ones, Spread
from symbp.lang.syntax import Reference, Syntax, walk
from symbp.ops.arithmetic import add, divide, multiply, power, subtract
from symbp.ops.constant_arrays import eye
from symbp.ops.registry import show

_SPELLED = re.compile(r"I(?:_\{?(?P<size>[^\W\d_]\w*)\}?)?")


@dataclass(frozen=True)
class Identity:
    """A number times a unit matrix."""

    scale: Node


def size_of_identity(name: str) -> str | None:
    """The letter of I_n, empty for I; None for any other name."""
    match = _SPELLED.fullmatch(name)
    return None if match is None else match.group("size") or ""


def identities(expressions: Sequence[Syntax], known: Collection[str]) -> set[str]:
    """Identifiers of unit matrices: I and I_n, where the text has no Î, I' or I_1 and sets no I."""
    used = {p.name for e in expressions for p in walk(e) if isinstance(p, Reference)}
    of_this_letter = {name for name in used if pieces(name)[0].rstrip("'") == "I"}
    if any(size_of_identity(name) is None or identifier(name) in known for name in of_this_letter):
        return set()
    return {identifier(name) for name in of_this_letter}


def identity(name: str, look_up: Callable[[str], Any]) -> Node | Identity:
    """What I or I_n means; look_up finds n where that is a size."""
    letter = size_of_identity(name)
    try:
        size = look_up(letter) if letter else None
    except KeyError:
        size = None
    return eye(size) if isinstance(size, Size | int) else Identity(as_node(1))


def with_identity(operator: str, left: Any, right: Any, factor: Callable[[Any], Factor]) -> Any:
    """An operator with a unit matrix on one side.  OperandError where its size cannot be told."""
    if operator in ("^", "**", "matrix power") and isinstance(left, Identity) and isinstance(right, int):
        return Identity(power(left.scale, right))
    if isinstance(left, Identity) and isinstance(right, Identity):
        return _of_two(operator, left.scale, right.scale)
    if operator in PRODUCTS:
        unit, other = (left, right) if isinstance(left, Identity) else (right, left)
        return _times(unit, other, factor)
    return _beside(operator, left, right, factor)


def _of_two(operator: str, a: Node, b: Node) -> Identity:
    """s I + t I and s I · t I."""
    together = {"+": add, "-": subtract} | dict.fromkeys((*PRODUCTS, "*"), multiply)
    if operator not in together:
        raise untold()
    return Identity(together[operator](a, b))


def _times(unit: Identity, other: Any, factor: Callable[[Any], Factor]) -> Any:
    """s I times a number, a row, a column, a matrix, or ones."""
    if isinstance(other, Ones | Spread) and number(unit.scale) == 1:
        return other
    if isinstance(other, Ones | Spread):
        raise untold()
    found = factor(other)
    scaled = multiply(unit.scale, found.node)
    return Factor(scaled, found.is_row) if scaled.rank else Identity(scaled)


def _beside(operator: str, left: Any, right: Any, factor: Callable[[Any], Factor]) -> Any:
    """A + s I, s I / t, A ⊙ I: with a matrix the size is that of the matrix."""
    is_first = isinstance(left, Identity)
    unit, other = (left, factor(right).node) if is_first else (right, factor(left).node)
    if not other.rank and (operator == "*" or (operator == "/" and is_first)):
        return Identity((multiply if operator == "*" else divide)(unit.scale, other))
    if other.rank != 2 or operator not in ("+", "-", "*"):
        raise untold()
    if other.shape[0] != other.shape[1]:
        reason = f"a unit matrix stands beside a matrix {show(other.shape)} here"
        raise OperandError(
            reason, hint="declare I if it is another matrix", mismatch=(other.shape[0], other.shape[1])
        )
    matrix = multiply(unit.scale, eye(other.shape[0]))
    sides = (matrix, other) if is_first else (other, matrix)
    return {"+": add, "-": subtract, "*": multiply}[operator](*sides)


def untold() -> UnreadError:
    hint = "say it: I_n, where n is a size"
    return UnreadError("how large this unit matrix is cannot be told", hint=hint)
