"""Arrays with indices as what a left side sets: an axis for each of its indices, δ among them."""

from __future__ import annotations

from collections.abc import Mapping

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError, UnreadError
from symbp.lang.labelled import Labelled, arranged
from symbp.ops.arithmetic import add
from symbp.ops.constant_arrays import eye, full


def filled(value: Labelled, sizes: Mapping[str, Size]) -> Node:
    """The array with an axis for each of these labels; it is the same along those that it does not have.

    OperandError for a label besides these.
    """
    free = [label for label in value.labels if label not in sizes]
    if free:
        raise UnreadError(
            f"the index {free[0]} stands on the right side only",
            hint=f"put {free[0]} on the left too, or sum over it: Σ_{free[0]}",
        )
    if value.rank:
        raise OperandError(
            "an entry is a number, this is an array for each index",
            hint="give the left side an index for each axis",
        )
    return add(full(tuple(sizes.values()), 0), arranged(value, tuple(sizes), 0))


def kronecker(i: str, j: str, sizes: Mapping[str, Size]) -> Labelled:
    """δ_ij, where the sizes of both indices are known.  OperandError where they are not."""
    if i not in sizes or j not in sizes:
        raise UnreadError(
            "Kronecker's δ is read where a derivative says how far its indices run",
            hint="write it in a derivative of entries: ∂y_i/∂x_j = δ_ij",
        )
    if sizes[i] != sizes[j]:
        raise OperandError(
            f"{i} runs to {sizes[i]} and {j} to {sizes[j]}",
            hint=f"declare {sizes[i]} and {sizes[j]} by one letter if they are one size",
        )
    return Labelled(eye(sizes[i]), (i, j))


def for_head(value: Labelled, labels: tuple[str, ...]) -> Node:
    """The array that an equation with these indices on its left side sets."""
    free = [label for label in value.labels if label not in labels]
    if free:
        raise UnreadError(
            f"the index {free[0]} stands on the right side only",
            hint=f"put {free[0]} on the left too, or sum over it: Σ_{free[0]}",
        )
    missing = [label for label in labels if label not in value.labels]
    if missing:
        raise UnreadError(
            f"the index {missing[0]} stands on the left side only",
            hint=f"give the right side {missing[0]} too, or leave it out on the left",
        )
    return arranged(value, labels, value.rank)
