"""Comparisons and choices: masks carry no gradient, the chosen branch does.

Convention at kinks: where two branches meet, the derivative is that of the branch which the
comparison takes; relu'(0) = 0, abs'(0) = sign(0) = 0, and of equal arguments max and min take
the second (so maximum(0, x) has slope 1 - [0 > x] there; relu is declared on its own).
"""

from __future__ import annotations

from collections.abc import Callable

from symbp.algebra.node import Node, as_node
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.ops.arithmetic import Operand, multiply, subtract
from symbp.ops.registry import FUNCTIONS, Elementwise, function

GREATER = Elementwise("greater", (None, None), dtype="bool")
GREATER_EQUAL = Elementwise("greater_equal", (None, None), dtype="bool")
LESS = Elementwise("less", (None, None), lambda a, b: GREATER(b, a), dtype="bool")
LESS_EQUAL = Elementwise("less_equal", (None, None), lambda a, b: GREATER_EQUAL(b, a), dtype="bool")
EQUAL = Elementwise("equal", (None, None), dtype="bool")
LOGICAL_NOT = Elementwise("logical_not", (None,), lambda a: subtract(1, a), dtype="bool")
NOT_EQUAL = Elementwise("not_equal", (None, None), lambda a, b: LOGICAL_NOT(EQUAL(a, b)), dtype="bool")
LOGICAL_AND = Elementwise("logical_and", (None, None), lambda a, b: multiply(a, b), dtype="bool")
LOGICAL_OR = Elementwise("logical_or", (None, None), lambda a, b: a + b - multiply(a, b), dtype="bool")

WHERE = Elementwise(
    "where",
    (None, lambda c, a, b, y: c, lambda c, a, b, y: LOGICAL_NOT(c)),
    lambda c, a, b: b + multiply(c, a - b),
)
SIGN = Elementwise("sign", (None,))
MAXIMUM = Elementwise(
    "maximum",
    (lambda a, b, y: GREATER(a, b), lambda a, b, y: GREATER_EQUAL(b, a)),
    lambda a, b: WHERE(GREATER(a, b), a, b),
)
MINIMUM = Elementwise(
    "minimum",
    (lambda a, b, y: LESS(a, b), lambda a, b, y: LESS_EQUAL(b, a)),
    lambda a, b: WHERE(LESS(a, b), a, b),
)
ABS = Elementwise("abs", (lambda x, y: SIGN(x),), lambda x: multiply(x, SIGN(x)))


@function("greater", example="greater(x, 0) * x | x: n,m")
def greater(a: Operand, b: Operand) -> Node:
    """The mask [a > b]."""
    return GREATER(a, b)


@function("greater_equal", example="greater_equal(x, 0) * x | x: n,m")
def greater_equal(a: Operand, b: Operand) -> Node:
    """The mask [a >= b]."""
    return GREATER_EQUAL(a, b)


@function("less", example="less(x, 0) * x | x: n,m")
def less(a: Operand, b: Operand) -> Node:
    """The mask [a < b]."""
    return LESS(a, b)


@function("less_equal", example="less_equal(x, 0) * x | x: n,m")
def less_equal(a: Operand, b: Operand) -> Node:
    """The mask [a <= b]."""
    return LESS_EQUAL(a, b)


@function("equal", example="equal(x, 0) * x | x: n,m")
def equal(a: Operand, b: Operand) -> Node:
    """The mask [a = b]."""
    return EQUAL(a, b)


@function("not_equal", example="not_equal(x, 0) * x | x: n,m")
def not_equal(a: Operand, b: Operand) -> Node:
    """The mask [a != b]."""
    return NOT_EQUAL(a, b)


@function("logical_not", example="logical_not(x > 0) * x | x: n,m")
def logical_not(a: Node) -> Node:
    """The complement of a mask."""
    return LOGICAL_NOT(a)


@function("logical_and", example="logical_and(x > 0, x < 1) * x | x: n,m")
def logical_and(a: Node, b: Node) -> Node:
    """Where both masks hold."""
    return LOGICAL_AND(a, b)


@function("logical_or", example="logical_or(x > 1, x < 0) * x | x: n,m")
def logical_or(a: Node, b: Node) -> Node:
    """Where one of the masks holds."""
    return LOGICAL_OR(a, b)


@function("where", example="where(x > 0, x, y) | x: n,m | y: m")
def where(condition: Node, x: Operand, y: Operand) -> Node:
    """x where the condition holds, else y; the other branch gets gradient 0."""
    return WHERE(condition, x, y)


@function("sign", example="sign(x) * x | x: n,m")
def sign(x: Node) -> Node:
    """-1, 0 or 1; carries no gradient."""
    return SIGN(x)


@function("maximum", example="maximum(x, y) | x: n,m | y: m")
def maximum(a: Operand, b: Operand) -> Node:
    """The larger of the two; where they are equal the gradient goes to the second."""
    return MAXIMUM(a, b)


@function("minimum", example="minimum(x, y) | x: n,m | y: m")
def minimum(a: Operand, b: Operand) -> Node:
    """The smaller of the two; where they are equal the gradient goes to the second."""
    return MINIMUM(a, b)


@function("abs", "absolute", "fabs", example="abs(x) | x: n,m")
def abs_(x: Operand) -> Node:
    """|x|, with derivative sign(x): 0 at 0."""
    return ABS(x)


CLIP = Elementwise(
    "clip",
    (
        lambda x, low, high, y: LOGICAL_AND(greater_equal(x, low), less_equal(x, high)),
        lambda x, low, high, y: less(x, low),
        lambda x, low, high, y: LOGICAL_AND(greater(x, high), greater_equal(x, low)),
    ),
    lambda x, low, high: minimum(maximum(x, low), high),
)


@function("clip", "clamp", example="clip(x, -0.5, 0.5) | x: n,m")
def clip(x: Operand, a_min: Operand | None = None, a_max: Operand | None = None) -> Node:
    """x limited to [a_min, a_max]; slope 1 inside and on the border, 0 outside."""
    if a_min is None and a_max is None:
        return as_node(x)
    if a_min is None:
        return minimum(x, a_max if a_max is not None else 0)
    if a_max is None:
        return maximum(x, a_min)
    return CLIP(x, a_min, a_max)


COMPARISONS: dict[str, Callable[[Operand, Operand], Node]] = {
    sign: FUNCTIONS[name].build for name, sign in COMPARISON_SIGNS.items()
}
"""The comparison that each sign stands for."""
