"""Losses for targets ±1 that ask scores, distances or angles to keep a margin."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, Scalar
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, negative, subtract
from symbp.ops.compare import greater, where
from symbp.ops.elementwise import relu, softplus, sqrt
from symbp.ops.loss import reduce_rows
from symbp.ops.registry import function
from symbp.ops.sums import sum_

SMALLEST = Fraction("1e-12")
"""Added to squared lengths, so that the angle with a row of zeros is 0."""


@function("soft_margin", "soft_margin_loss", example="soft_margin(x, y) | x: n,m | y: n,m pm1")
def soft_margin(input: Node, target: Node, reduction: str = "mean") -> Node:
    """log(1 + e^{-y ŷ}) for targets ±1; the mean over all entries."""
    return reduce_rows(softplus(negative(multiply(target, input))), reduction)


@function("hinge_embedding_loss", example="hinge_embedding_loss(x, y) | x: n,m | y: n,m pm1")
def hinge_embedding_loss(
    input: Node, target: Node, margin: Node | Scalar = 1, reduction: str = "mean"
) -> Node:
    """A distance x where y is 1, max(0, margin - x) where it is -1 (slope 0 on the margin); the mean."""
    entries = where(greater(target, 0), input, relu(subtract(margin, input)))
    return reduce_rows(entries, reduction)


@function(
    "margin_ranking_loss",
    example="margin_ranking_loss(x, y, t) | x: n | y: n | t: n pm1 ;"
    " margin_ranking_loss(x, y, t, 0.5, 'sum') | x: n | y: n | t: n pm1",
)
def margin_ranking_loss(
    input1: Node, input2: Node, target: Node, margin: Node | Scalar = 0, reduction: str = "mean"
) -> Node:
    """max(0, margin - y (x₁ - x₂)): x₁ ranks higher where y is 1; slope 0 on the margin; the mean."""
    ahead = multiply(target, subtract(input1, input2))
    return reduce_rows(relu(subtract(margin, ahead)), reduction)


@function(
    "cosine_embedding_loss",
    example="cosine_embedding_loss(x, y, t) | x: n,m | y: n,m | t: n pm1 ;"
    " cosine_embedding_loss(x, y, t, 0.25, 'none') | x: n,m | y: n,m | t: n pm1",
)
def cosine_embedding_loss(
    input1: Node, input2: Node, target: Node, margin: Node | Scalar = 0, reduction: str = "mean"
) -> Node:
    """1 - cos(x₁, x₂) for rows with y = 1, max(0, cos - margin) for those with -1; the mean over rows."""
    if input1.rank != target.rank + 1:
        raise OperandError(
            f"cosine_embedding_loss: a target for each row is needed, not rank {target.rank}",
            hint="the last axis of the inputs is that of the vectors",
        )
    squares = [add(sum_(multiply(x, x), -1), SMALLEST) for x in (input1, input2)]
    cosine = divide(sum_(multiply(input1, input2), -1), sqrt(multiply(*squares)))
    entries = where(greater(target, 0), subtract(1, cosine), relu(subtract(cosine, margin)))
    return reduce_rows(entries, reduction)
