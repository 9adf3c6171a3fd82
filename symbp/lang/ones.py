"""Vectors of ones on paper: 1ᵀ A, A 1, and X W + 1 bᵀ.  Their length follows from what they stand beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import Node
from symbp.errors import UnreadError
from symbp.ops.arithmetic import add, multiply, subtract
from symbp.ops.axes import transpose
from symbp.ops.products import outer
from symbp.ops.sums import sum_

PRODUCTS = ("juxtaposition", "@", "dot")


@dataclass(frozen=True)
class Ones:
    """A vector of ones whose length nothing has said yet."""

    is_row: bool = False


@dataclass(frozen=True)
class Spread:
    """1 bᵀ, b 1ᵀ and s 1: an array that is repeated along an axis of any size, to be used in sums."""

    node: Node


@dataclass(frozen=True)
class Factor:
    """The other factor of a product: its array, and whether it is a row."""

    node: Node
    is_row: bool


def turned(value: Ones | Spread) -> Ones | Spread:
    """The transpose."""
    return Ones(not value.is_row) if isinstance(value, Ones) else Spread(transpose(value.node))


def with_ones(
    operator: str, left: Any, right: Any, factor: Callable[[Any], Factor]
) -> Node | Spread | Factor:
    """An operator with a vector of ones on one side.  OperandError where its length cannot be told."""
    ones = [isinstance(side, Ones) for side in (left, right)]
    spread = [isinstance(side, Spread) for side in (left, right)]
    if operator in PRODUCTS and any(ones) and not all(ones) and not any(spread):
        return _times_ones(factor(right), left) if ones[0] else _ones_behind(factor(left), right)
    if operator in ("+", "-") and sum(spread) == 1 and not any(ones):
        a, b = (side.node if isinstance(side, Spread) else factor(side).node for side in (left, right))
        whole, part = (b, a) if spread[0] else (a, b)
        if whole.rank == 2 or (whole.rank == 1 and not part.rank):
            return add(a, b) if operator == "+" else subtract(a, b)
    if operator in PRODUCTS and sum(spread) == 1 and not any(ones):
        a, b = (side.node if isinstance(side, Spread) else factor(side).node for side in (left, right))
        if (b if spread[0] else a).rank == 0:
            return Spread(multiply(a, b))
        if spread[0] and left.node.shape[1].is_one and not factor(right).is_row:
            # (b 1ᵀ) v = b (1ᵀ v)
            total = sum_(b, 0)
            return outer(a[:, 0], total) if total.rank else multiply(a[:, 0], total)
        if spread[1] and right.node.shape[0].is_one and (a.rank == 2 or factor(left).is_row):
            # A (1 bᵀ) = (A 1) bᵀ
            total = sum_(a, -1)
            return outer(total, b[0]) if total.rank else Factor(multiply(total, b[0]), True)
    raise UnreadError(
        "how long this vector of ones is cannot be told",
        hint="put it beside what gives it a length: A 1, 1ᵀ x or b 1ᵀ",
    )


def _times_ones(other: Factor, ones: Ones) -> Node | Spread | Factor:
    """1ᵀ v, 1ᵀ A, 1 bᵀ and 1 s."""
    if not other.node.rank:
        return Spread(other.node)
    if ones.is_row and not other.is_row and other.node.rank:
        total = sum_(other.node, 0)
        return Factor(total, True) if total.rank else total
    if not ones.is_row and other.is_row:
        return Spread(other.node[None, :])
    raise UnreadError(
        "how long this vector of ones is cannot be told",
        hint="put it beside what gives it a length: A 1, 1ᵀ x or b 1ᵀ",
    )


def _ones_behind(other: Factor, ones: Ones) -> Node | Spread | Factor:
    """vᵀ 1, A 1, b 1ᵀ and s 1."""
    if not other.node.rank:
        return Spread(other.node)
    if not ones.is_row and (other.is_row or other.node.rank == 2):
        return sum_(other.node, -1)
    if ones.is_row and other.node.rank == 1 and not other.is_row:
        return Spread(other.node[:, None])
    raise UnreadError(
        "how long this vector of ones is cannot be told",
        hint="put it beside what gives it a length: A 1, 1ᵀ x or b 1ᵀ",
    )
