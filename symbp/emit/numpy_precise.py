"""Forms that are equal on paper and better in floats, for what is about to be written.

Formulas keep the form that reads best; the file gets the one that does not lose digits:

- 1 + erf(x) is erfc(-x).
- The slopes σ (1 - σ) and 1 - tanh² are operations of their own, which forward sets beside the values:
  read off a value that rounds to 1 they would be 0.  (A recurrence keeps the values only; there the
  error of a slope is below eps of the largest one.)
- 1 - σ(x) is σ(-x) where x is an argument of the model, and σ(x) - t of logits x, of which forward
  needs no σ(x), is σ(x)(1 - t) - σ(-x) t.
- 1 + tanh(x) is 2 σ(2x), and σ((a - b) ln 2) is 2^a/(2^a + 2^b).
- The slope of mish is one quotient of sums of like signs.
- x - mean(x) is `centred`, which takes off the mean of the rest too, and var(x) is that of the centred x.
- √Σx² is `length`, which scales; the slope of sinc is a series near 0; x^(p - 1) is x^p / x, as p - 1
  is rounded.
- In a gradient, 1/‖x‖ is taken to be 0 where the length is 0, and a/(a² + b²) is a/r/r with
  r = √(a² + b²).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from symbp.algebra.node import Node, number
from symbp.ops.arithmetic import (
    ADD,
    DIVIDE,
    MULTIPLY,
    NEGATIVE,
    POWER,
    SUBTRACT,
    divide,
    multiply,
    negative,
    subtract,
)
from symbp.ops.compare import WHERE
from symbp.ops.contract import CONTRACT
from symbp.ops.elementwise import HYPOT, LOG2, erfc, sigmoid
from symbp.ops.moments import VAR
from symbp.ops.norms import LENGTH, P_NORM
from symbp.ops.registry import Composite, Elementwise
from symbp.ops.structure.reshaping import RESHAPE
from symbp.ops.structure.slices import GETITEM
from symbp.ops.sums import MEAN, mean

SIGMOID_SLOPE = Elementwise("sigmoid_slope", None)
SIGMOID_MINUS = Elementwise("sigmoid_minus", None)
SHARE_OF_TWO = Elementwise("share_of_two", None)
SECH_SQUARED = Elementwise("sech_squared", None)
MISH_SLOPE = Elementwise("mish_slope", None)
POWER_LESS_ONE = Elementwise("power_less_one", None)
SINC_SLOPE = Elementwise("sinc_slope", None)
INVERSE_LENGTH = Elementwise("inverse_length", None)
CENTRED = Composite("centred", lambda x, axes: subtract(x, mean(x, axes, keepdims=True)))


@dataclass(frozen=True)
class AtHand:
    """What the better forms may be made of."""

    given: Container[Node] = ()
    """The arguments of the model, where they are at hand in the gradients too."""
    computed: Container[Node] = ()
    """Nodes that are there anyway, so that others may be read off them."""
    in_gradient: bool = False
    """Whether the forward pass is done, and what comes now belongs to gradients."""
    by_slopes: bool = True
    """Whether σ (1 - σ) is one operation; else 1 - σ is one that is known to its last digits."""


def precise(node: Node, at_hand: AtHand) -> Node | None:
    """The better form of a node whose arguments have theirs; None where it is fine as it is."""
    in_gradient = at_hand.in_gradient
    if node.op is ADD:
        return _mish_slope(node) or _add(node)
    if node.op is SUBTRACT:
        return _subtract(node, at_hand)
    if node.op is MULTIPLY and in_gradient and at_hand.by_slopes:
        return _multiply(node)
    if node.op.name == "sqrt":
        return _sqrt(node)
    if node.op.name == "sigmoid":
        return _sigmoid(node)
    if node.op is VAR:
        return _var(node)
    if node.op is POWER and in_gradient:
        return _power(node)
    if node.op is WHERE and in_gradient:
        return _where(node)
    return _divide(node) if node.op is DIVIDE and in_gradient else None


def _add(node: Node) -> Node | None:
    for one, other in (node.args, node.args[::-1]):
        if number(one) == 1 and other.op.name == "erf":
            return erfc(negative(other.args[0]))
        if number(one) == 1 and other.op.name == "tanh":
            return multiply(2, sigmoid(multiply(2, other.args[0])))
    return None


def _mish_slope(node: Node) -> Node | None:
    """tanh(softplus x) + x σ(x) sech²(softplus x), a difference of like numbers below 0."""
    first, second = node.args
    if first.op.name != "tanh" or first.args[0].op.name != "softplus":
        return None
    (soft,) = first.args
    (x,) = soft.args
    return MISH_SLOPE(x) if set(_factors(second)) == {x, sigmoid(x), SECH_SQUARED(soft)} else None


def _subtract(node: Node, at_hand: AtHand) -> Node | None:
    one, other = node.args
    fresh = at_hand.in_gradient and one.op.name == "sigmoid" and one not in at_hand.computed
    if fresh and other.is_leaf and other.dtype == "real":
        if at_hand.by_slopes:
            return SIGMOID_MINUS(one.args[0], other)
        return SUBTRACT(multiply(one, subtract(1, other)), multiply(subtract(1, one), other))
    if other.op is MEAN and other.args[0] is one and other.params[1]:
        known = not at_hand.in_gradient or one in at_hand.computed
        return CENTRED([one], other.params[:1]) if known else None
    if number(one) != 1:
        return None
    if other.op.name == "sigmoid" and other.args[0] in at_hand.given:
        return sigmoid(negative(other.args[0]))
    squared = _squared(other)
    return SECH_SQUARED(squared.args[0]) if squared is not None and squared.op.name == "tanh" else None


def _multiply(node: Node) -> Node | None:
    """A product of which σ(x) and 1 - σ(x) are factors, with the slope in their places."""
    factors = _factors(node)
    values = {f.args[0]: k for k, f in enumerate(factors) if f.op.name == "sigmoid"}
    for at, factor in enumerate(factors):
        x = _complement_of(factor)
        if x in values and values[x] != at:
            rest = [f for k, f in enumerate(factors) if k not in (at, values[x])]
            product = SIGMOID_SLOPE(x)
            for other in rest[::-1]:
                product = multiply(other, product)
            return product
    return None


def _sigmoid(node: Node) -> Node | None:
    """σ((a - b) ln 2), as it is the slope of log₂(2^a + 2^b)."""
    (x,) = node.args
    if x.op is not MULTIPLY or x.args[0] is not LOG2 or x.args[1].op is not SUBTRACT:
        return None
    return SHARE_OF_TWO(*x.args[1].args)


def _var(node: Node) -> Node | None:
    """The variance of the centred array."""
    (x,) = node.args
    return None if x.op is CENTRED else VAR([CENTRED([x], node.params[:1])], node.params)


def _power(node: Node) -> Node | None:
    """x^(p - 1) of an array of exponents."""
    x, exponent = node.args
    less_one = exponent.op is SUBTRACT and number(exponent.args[1]) == 1
    return POWER_LESS_ONE(x, exponent.args[0]) if less_one else None


def _factors(node: Node) -> list[Node]:
    """The factors of a product of products."""
    stack, found = [node], []
    while stack:
        top = stack.pop()
        if top.op is MULTIPLY:
            stack += top.args[::-1]
        else:
            found.append(top)
    return found


def _complement_of(node: Node) -> Node | None:
    """x where node is 1 - σ(x), however it is written."""
    if node.op is SUBTRACT and number(node.args[0]) == 1 and node.args[1].op.name == "sigmoid":
        return node.args[1].args[0]
    if node.op.name == "sigmoid":
        (x,) = node.args
        return x.args[0] if x.op is NEGATIVE else negative(x)
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
    return node.op in (LENGTH, HYPOT, P_NORM) or (node.op.name == "sqrt" and node.args[0].op is VAR)
