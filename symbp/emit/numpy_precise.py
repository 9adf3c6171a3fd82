"""Forms that are equal on paper and better in floats, for what is about to be written.

Formulas keep the form that reads best; the file gets the one that does not lose digits:

- 1 + erf(x) is erfc(-x).
- 1 - σ(x) is σ(-x), and 1 - tanh² x is sech² x, where x is an argument of the model.  Elsewhere only
  the result is kept for backward, and h (1 - h) costs no second exponential: its error is below
  eps of the largest slope.
- √Σx² is `length`, which scales; the slope of sinc is a series near 0.
- In a gradient, 1/‖x‖ is taken to be 0 where the length is 0, and a/(a² + b²) is a/r/r with
  r = √(a² + b²).
"""

from __future__ import annotations

from collections.abc import Container

from symbp.algebra.node import Node, number
from symbp.ops.arithmetic import ADD, DIVIDE, MULTIPLY, POWER, SUBTRACT, divide, multiply, negative
from symbp.ops.compare import WHERE
from symbp.ops.contract import CONTRACT
from symbp.ops.elementwise import HYPOT, erfc, sigmoid
from symbp.ops.reduce import LENGTH, VAR
from symbp.ops.registry import Elementwise
from symbp.ops.structure import GETITEM, RESHAPE

SECH_SQUARED = Elementwise("sech_squared", None)
SINC_SLOPE = Elementwise("sinc_slope", None)
INVERSE_LENGTH = Elementwise("inverse_length", None)


def precise(node: Node, given: Container[Node], in_gradient: bool) -> Node | None:
    """The better form of a node whose arguments have theirs; None where it is fine as it is.

    `given` are the arguments of the model; some forms are for gradients only.
    """
    if node.op is ADD:
        return _add(node)
    if node.op is SUBTRACT:
        return _subtract(node, given)
    if node.op.name == "sqrt":
        return _sqrt(node)
    if node.op is WHERE and in_gradient:
        return _where(node)
    return _divide(node) if node.op is DIVIDE and in_gradient else None


def _add(node: Node) -> Node | None:
    for one, other in (node.args, node.args[::-1]):
        if number(one) == 1 and other.op.name == "erf":
            return erfc(negative(other.args[0]))
    return None


def _subtract(node: Node, given: Container[Node]) -> Node | None:
    one, other = node.args
    if number(one) != 1:
        return None
    if other.op.name == "sigmoid" and other.args[0] in given:
        return sigmoid(negative(other.args[0]))
    squared = _squared(other)
    if squared is not None and squared.op.name == "tanh" and squared.args[0] in given:
        return SECH_SQUARED(squared.args[0])
    return None


def _squared(node: Node) -> Node | None:
    """x where node is x²."""
    if (node.op is POWER and number(node.args[1]) == 2) or node.op.name == "square":
        return node.args[0]
    return node.args[0] if node.op is MULTIPLY and node.args[0] is node.args[1] else None


def _sqrt(node: Node) -> Node | None:
    """√Σx² in one operation."""
    (total,) = node.args
    if total.op.name == "squared_norm":
        x = total.args[0]
        return LENGTH([x], (tuple(range(x.rank)), False)) if x.rank else None
    if total.op is not CONTRACT or len(total.args) != 1 or (base := _squared(total.args[0])) is None:
        return None
    (labels,), out, _ = total.params
    axes = tuple(a for a, label in enumerate(labels) if label not in out)
    if not axes or len(set(labels)) < len(labels):
        return None
    for keepdims in (False, True):
        length = LENGTH([base], (axes, keepdims))
        if length.op.definition(length) is node:
            return length
    return None


def _where(node: Node) -> Node | None:
    """The slope of sinc: (cos πx - sinc x)/x, and 0 at 0."""
    quotient = node.args[2]
    if number(node.args[1]) != 0 or quotient.op is not DIVIDE or quotient.args[0].op is not SUBTRACT:
        return None
    cosine, y = quotient.args[0].args
    return SINC_SLOPE(y.args[0]) if cosine.op.name == "cos" and y.op.name == "sinc" else None


def _divide(node: Node) -> Node | None:
    a, b = node.args
    if b.op is MULTIPLY and number(b.args[0]) is not None and _is_length(b.args[1]):
        return multiply(divide(a, b.args[0]), INVERSE_LENGTH(b.args[1]))
    if _is_length(b):
        return multiply(a, INVERSE_LENGTH(b))
    if b.op is ADD and (p := _squared(b.args[0])) is not None and (q := _squared(b.args[1])) is not None:
        inverse = INVERSE_LENGTH(HYPOT(p, q))
        return multiply(multiply(a, inverse), inverse)
    return None


def _is_length(node: Node) -> bool:
    """Whether a node is ‖x‖, a standard deviation or a hypotenuse, in whatever shape."""
    while node.op in (GETITEM, RESHAPE):
        node = node.args[0]
    return node.op in (LENGTH, HYPOT) or (node.op.name == "sqrt" and node.args[0].op is VAR)
