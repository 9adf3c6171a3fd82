"""Activations of torch that are made of simpler ones; slopes at kinks are those of what they are made of."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, Scalar, as_node
from symbp.ops.arithmetic import Operand, divide, multiply, negative, power, subtract
from symbp.ops.compare import abs_, greater, where
from symbp.ops.elementwise import elu, relu, sigmoid, tanh
from symbp.ops.registry import Elementwise, axis_of, function
from symbp.ops.softmax import softmax
from symbp.ops.structure.cutting import split

HALF = Fraction(1, 2)


@function("softmin", example="softmin(x, axis=1) | x: n,4")
def softmin(x: Node, axis: int | None = None, dim: int | None = None) -> Node:
    """softmax of -x."""
    return softmax(negative(x), axis, dim)


TANHSHRINK = Elementwise("tanhshrink", (lambda x, y: power(tanh(x), 2),), lambda x: subtract(x, tanh(x)))
"""x - tanh x as one operation, as the difference loses its digits near 0; its slope is tanh² x."""


@function("tanhshrink", example="tanhshrink(x) | x: n,m")
def tanhshrink(x: Operand) -> Node:
    """x - tanh x, with slope tanh² x."""
    return TANHSHRINK(x)


@function("celu", example="celu(x, 0.5) | x: n,m")
def celu(x: Operand, alpha: Node | Scalar = 1) -> Node:
    """x for x > 0, else α(e^(x/α) - 1), Barron 2017."""
    return multiply(alpha, elu(divide(x, alpha)))


@function("softshrink", example="softshrink(x, 0.3) | x: n,m")
def softshrink(x: Operand, lambd: Node | Scalar = HALF) -> Node:
    """x moved towards 0 by λ, and 0 where it would pass it."""
    return subtract(relu(subtract(x, lambd)), relu(subtract(negative(as_node(x)), lambd)))


@function("hardshrink", example="hardshrink(x, 0.3) | x: n,m")
def hardshrink(x: Operand, lambd: Node | Scalar = HALF) -> Node:
    """x where |x| > λ, else 0."""
    return where(greater(abs_(x), lambd), x, 0)


@function("threshold", example="threshold(x, 0.1, 20) | x: n,m")
def threshold(x: Operand, threshold: Node | Scalar, value: Node | Scalar) -> Node:
    """x where it is above the threshold, else the value."""
    return where(greater(x, threshold), x, value)


@function("glu", example="glu(x) | x: n,2*m ; glu(x, 0) | x: 2*n,m")
def glu(x: Node, dim: int = -1) -> Node:
    """a ⊙ σ(b) for the two halves a, b of x along an axis, Dauphin et al. 2017."""
    a, b = split(x, 2, axis_of(dim, x.rank, "glu"))
    return multiply(a, sigmoid(b))
