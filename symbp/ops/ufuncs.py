"""NumPy's remaining elementwise functions that have a derivative almost everywhere."""

from __future__ import annotations

from symbp.algebra.node import PI, Node, as_node
from symbp.ops.arithmetic import Operand, divide, multiply, subtract
from symbp.ops.compare import abs_, equal, greater_equal, sign, where
from symbp.ops.elementwise import LOG2, cos, floor, logaddexp, sigmoid, sin, unary
from symbp.ops.registry import Elementwise, function

trunc = unary(
    "trunc",
    "The integer towards 0; gradient 0.",
    None,
    lambda x: multiply(sign(x), floor(abs_(x))),
    aliases=("fix",),
    carries_gradient=False,
)


def _inside(x: Node) -> Node:
    """x, and 1 where x is 0, so that it can be divided by."""
    return where(equal(x, 0), 1, x)


sinc = unary(
    "sinc",
    "sin(πx)/(πx), and 1 at 0, where the slope is 0.",
    lambda x, y: where(equal(x, 0), 0, divide(subtract(cos(PI * x), y), _inside(x))),
    lambda x: where(equal(x, 0), 1, divide(sin(PI * _inside(x)), PI * _inside(x))),
)

LOGADDEXP2 = Elementwise(
    "logaddexp2",
    (lambda a, b, y: sigmoid(LOG2 * (a - b)), lambda a, b, y: sigmoid(LOG2 * (b - a))),
    lambda a, b: divide(logaddexp(LOG2 * a, LOG2 * b), LOG2),
)
COPYSIGN = Elementwise(
    "copysign",
    (lambda a, b, y: multiply(sign(a), where(greater_equal(b, 0), 1, -1)), None),
    lambda a, b: multiply(abs_(a), where(greater_equal(b, 0), 1, -1)),
)
REMAINDER = Elementwise(
    "remainder",
    (lambda a, b, y: 1, lambda a, b, y: divide(subtract(y, a), b)),
    lambda a, b: subtract(a, multiply(b, floor(a / b))),
)
FMOD = Elementwise(
    "fmod",
    (lambda a, b, y: 1, lambda a, b, y: divide(subtract(y, a), b)),
    lambda a, b: subtract(a, multiply(b, trunc(a / b))),
)
FLOOR_DIVIDE = Elementwise("floor_divide", (None, None), lambda a, b: floor(a / b))
LOGICAL_XOR = Elementwise("logical_xor", (None, None), lambda a, b: a + b - 2 * multiply(a, b), dtype="bool")


@function("logaddexp2", example="logaddexp2(x, y) | x: n,m | y: m")
def logaddexp2(a: Operand, b: Operand) -> Node:
    """log₂(2^a + 2^b)."""
    return LOGADDEXP2(a, b)


@function("copysign", example="copysign(x, y) | x: n,m | y: m")
def copysign(a: Operand, b: Operand) -> Node:
    """|a| with the sign of b (0 counts as positive); no gradient by b."""
    return COPYSIGN(a, b)


@function("remainder", "mod", example="remainder(x, y) | x: n,m | y: m ; mod(x, 2) | x: n")
def remainder(a: Operand, b: Operand) -> Node:
    """a - b ⌊a/b⌋, with the sign of b; slope 1 by a, (y - a)/b = -⌊a/b⌋ by b."""
    return REMAINDER(a, b)


@function("fmod", example="fmod(x, y) | x: n,m | y: m")
def fmod(a: Operand, b: Operand) -> Node:
    """a - b trunc(a/b), with the sign of a; slope 1 by a, (y - a)/b = -trunc(a/b) by b."""
    return FMOD(a, b)


@function("floor_divide", example="x * floor_divide(x, y) | x: n,m | y: m")
def floor_divide(a: Operand, b: Operand) -> Node:
    """⌊a/b⌋; carries no gradient."""
    return FLOOR_DIVIDE(a, b)


@function("divmod", example="divmod(x, 3)[1] | x: n,m unit ; divmod(x, 2)[0] * x | x: n unit")
def divmod_(a: Operand, b: Operand) -> list[Node]:
    """⌊a/b⌋ and what remains."""
    return [floor_divide(a, b), remainder(a, b)]


@function("modf", example="modf(3 * x)[0] | x: n,m unit ; modf(-x)[1] * x | x: n,m unit")
def modf(x: Operand) -> list[Node]:
    """What is after the point and what is before it, both with the sign of x; slopes 1 and 0."""
    return [subtract(x, trunc(as_node(x))), trunc(as_node(x))]


@function("logical_xor", example="logical_xor(x > 0, y > 0) * x | x: n,m | y: m")
def logical_xor(a: Node, b: Node) -> Node:
    """Where exactly one of the masks holds."""
    return LOGICAL_XOR(a, b)


@function("positive", "real", "conj", "conjugate", example="positive(x) | x: n,m")
def positive(x: Operand) -> Node:
    """x itself; arrays here are real."""
    return as_node(x)
