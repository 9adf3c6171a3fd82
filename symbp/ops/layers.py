"""Small layers: linear, dropout with a given mask, embedding."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, Scalar, as_node
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, subtract
from symbp.ops.axes import transpose
from symbp.ops.products import matmul
from symbp.ops.registry import function, show
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.whole_numbers import whole


@function("linear", example="linear(x, w, b) | x: n,m | w: k,m | b: k ; linear(x, w) | x: b,n,m | w: k,m")
def linear(input: Node, weight: Node, bias: Node | None = None) -> Node:
    """x Wᵀ + b over the last axis, with W of shape (outputs, inputs) as in torch."""
    if weight.rank != 2:
        raise OperandError(f"linear needs a matrix of weights, not shape {show(weight.shape)}")
    if not input.rank or input.shape[-1] != weight.shape[1]:
        raise OperandError(
            f"linear: the last axis of {show(input.shape)} has to be the {weight.shape[1]} inputs of "
            f"the weights {show(weight.shape)}",
            mismatch=(input.shape[-1], weight.shape[1]) if input.rank else None,
        )
    product = matmul(input, transpose(weight))
    return product if bias is None else add(product, bias)


@function("dropout", example="dropout(x, mask, 0.25) | x: n,m | mask: n,m mask")
def dropout(input: Node, mask: Node, p: Node | Scalar = Fraction(1, 2)) -> Node:
    """x ⊙ mask / (1 - p), where the given mask is 1 for what stays; p is the share that is dropped."""
    if not isinstance(mask, Node) or not mask.rank:
        raise OperandError("dropout needs the mask of what stays", hint="dropout(x, mask, p)")
    return divide(multiply(input, mask), subtract(1, as_node(p)))


@function(
    "embedding", example="embedding(i, w) | i: n index:m | w: m,k ; embedding(i, w) | i: b,n index:m | w: m,k"
)
def embedding(input: Node, weight: Node) -> Node:
    """The rows of a table at integer positions; rows that are used twice collect both gradients."""
    if whole(input) is None:
        raise OperandError(
            "embedding takes integer positions first, then the table",
            hint="declare the positions with: assume NAME: index v",
        )
    if weight.rank != 2:
        raise OperandError(f"embedding needs a table of rows, not shape {show(weight.shape)}")
    return getitem(weight, input)
