"""Elementwise arithmetic with NumPy's broadcasting: y_i = a_i + b_i and its relatives."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, Scalar, as_node, constant, number
from symbp.ops.registry import Elementwise, function

ADD = Elementwise("add", (lambda a, b, y: 1, lambda a, b, y: 1))
SUBTRACT = Elementwise("subtract", (lambda a, b, y: 1, lambda a, b, y: -1))
MULTIPLY = Elementwise("multiply", (lambda a, b, y: b, lambda a, b, y: a))
DIVIDE = Elementwise("divide", (lambda a, b, y: 1 / b, lambda a, b, y: -(y / b)))
NEGATIVE = Elementwise("negative", (lambda a, y: -1,))


def _power_by_base(a: Node, p: Node, y: Node) -> Node:
    return p * a if number(p) == 2 else p * power(a, p - 1)


def _power_by_exponent(a: Node, p: Node, y: Node) -> Node:
    return y * Node.operators["log"](a)


POWER = Elementwise("power", (_power_by_base, _power_by_exponent))

Operand = Node | Scalar


@function(example="add(x, y) | x: n,m | y: m")
def add(a: Operand, b: Operand) -> Node:
    """a + b, entry by entry."""
    a, b = as_node(a), as_node(b)
    if a.op.name == b.op.name == "bundle":
        return Node.operators["add_bundles"](a, b)
    p, q = number(a), number(b)
    if p is not None and q is not None:
        return constant(p + q)
    if p == 0 and b.dtype == "real":
        return b
    if q == 0 and a.dtype == "real":
        return a
    return ADD(a, b)


@function(example="subtract(x, y) | x: n,m | y: n,1")
def subtract(a: Operand, b: Operand) -> Node:
    """a - b, entry by entry."""
    a, b = as_node(a), as_node(b)
    p, q = number(a), number(b)
    if p is not None and q is not None:
        return constant(p - q)
    if q == 0 and a.dtype == "real":
        return a
    return SUBTRACT(a, b)


@function(example="multiply(x, y) | x: n,m | y: m")
def multiply(a: Operand, b: Operand) -> Node:
    """a * b, entry by entry."""
    a, b = as_node(a), as_node(b)
    p, q = number(a), number(b)
    if p is not None and q is not None:
        return constant(p * q)
    if p == 1 and b.dtype == "real":
        return b
    if q == 1 and a.dtype == "real":
        return a
    return MULTIPLY(a, b)


@function("divide", "true_divide", example="divide(x, y) | x: n,m | y: n,m positive")
def divide(a: Operand, b: Operand) -> Node:
    """a / b, entry by entry."""
    a, b = as_node(a), as_node(b)
    p, q = number(a), number(b)
    if p is not None and q:
        return constant(p / q)
    if q == 1 and a.dtype == "real":
        return a
    return DIVIDE(a, b)


@function("power", "pow", example="power(x, y) | x: n,m positive | y: m")
def power(a: Operand, b: Operand) -> Node:
    """a ** b, entry by entry.  The exponent may be an array where the base is positive."""
    a, b = as_node(a), as_node(b)
    p, q = number(a), number(b)
    if q == 1:
        return a
    if q == 0:
        return constant(1) if not a.shape else Node.operators["ones_like"](a)
    if p is not None and q is not None and q.denominator == 1 and (p or q > 0) and abs(q) <= 64:
        return constant(Fraction(p) ** int(q))
    return POWER(a, b)


@function("negative", "neg", example="negative(x) | x: n,m")
def negative(a: Operand) -> Node:
    """-a."""
    a = as_node(a)
    p = number(a)
    if p is not None:
        return constant(-p)
    return NEGATIVE(a)


Node.operators.update(
    add=add, subtract=subtract, multiply=multiply, divide=divide, power=power, negative=negative
)


def total(nodes: list[Node]) -> Node:
    """The sum of a non-empty list."""
    result = nodes[0]
    for node in nodes[1:]:
        result = add(result, node)
    return result
