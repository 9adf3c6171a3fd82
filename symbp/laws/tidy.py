"""Laws that bring a derived formula into the form a person writes.

Each law is an equality that holds for all values.  They move signs and numbers to the front,
merge them, drop what is zero or one, and leave repetition along axes to broadcasting.
"""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import CONSTANT, Node, facts, number
from symbp.laws.law import Laws, registering
from symbp.laws.patterns import is_scalar_number, repeated, scale, scaled
from symbp.ops.arithmetic import (
    ADD,
    DIVIDE,
    MULTIPLY,
    NEGATIVE,
    SUBTRACT,
    add,
    divide,
    multiply,
    negative,
    subtract,
)
from symbp.ops.compare import WHERE
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.loss import ROWS_SUM_TO_ONE

LAWS: Laws = {}
law = registering(LAWS)


@law("zero", MULTIPLY, DIVIDE)
def _zero_product(node: Node) -> Node | None:
    a, b = node.args
    return full(node.shape, 0) if is_zero(a) or (node.op is MULTIPLY and is_zero(b)) else None


@law("zero", CONTRACT)
def _zero_contraction(node: Node) -> Node | None:
    if (node.args and len(node.args) > 1) or (node.args and node.params[0][0]):
        return full(node.shape, 0) if any(is_zero(a) for a in node.args) else None
    return None


@law("zero", ADD, SUBTRACT)
def _zero_sum(node: Node) -> Node | None:
    a, b = node.args
    if is_zero(b) and a.shape == node.shape:
        return a
    if is_zero(a) and b.shape == node.shape:
        return b if node.op is ADD else negative(b)
    return None


@law("broadcasting", MULTIPLY, ADD, SUBTRACT, DIVIDE)
def _leave_to_broadcasting(node: Node) -> Node | None:
    a, b = node.args
    if b.shape == node.shape and (x := repeated(a)) is not None:
        return rebuild_elementwise(node, x, b)
    if a.shape == node.shape and (x := repeated(b)) is not None:
        return rebuild_elementwise(node, a, x)
    return None


def rebuild_elementwise(node: Node, a: Node, b: Node) -> Node:
    build = {MULTIPLY: multiply, ADD: add, SUBTRACT: subtract, DIVIDE: divide}
    return build[node.op](a, b)  # type: ignore[index]


@law("signs and numbers to the front", MULTIPLY)
def _collect_factors(node: Node) -> Node | None:
    a, b = node.args
    p, x = scaled(a)
    q, y = scaled(b)
    if p == 1 and q == 1:
        return None
    for value, rest in ((number(x), y), (number(y), x)):
        if value is not None:
            return _unless(scale(value * p * q, rest), node)
    return _unless(scale(p * q, multiply(x, y)), node)


def _unless(after: Node, node: Node) -> Node | None:
    return None if after is node else after


@law("numbers first", MULTIPLY)
def _number_first(node: Node) -> Node | None:
    a, b = node.args
    if number(b) is not None and number(a) is None:
        return multiply(b, a)
    if is_scalar_number(b) and not is_scalar_number(a):
        return multiply(b, a)
    return None


@law("a·(1/b) = a/b", MULTIPLY)
def _product_with_inverse(node: Node) -> Node | None:
    a, b = node.args
    if b.op is DIVIDE and number(b.args[0]) == 1 and not is_scalar_number(b):
        return divide(a, b.args[1])
    if a.op is DIVIDE and number(a.args[0]) == 1 and not is_scalar_number(a):
        return divide(b, a.args[1])
    return None


@law("a/n·b with numbers in front", MULTIPLY)
def _number_quotient(node: Node) -> Node | None:
    """x · ((p/n) · y) -> (p/n) · (x · y)."""
    a, b = node.args
    if b.op is MULTIPLY and is_scalar_number(b.args[0]) and not is_scalar_number(a):
        return multiply(b.args[0], multiply(a, b.args[1]))
    if a.op is MULTIPLY and is_scalar_number(a.args[0]) and not is_scalar_number(b):
        return multiply(a.args[0], multiply(a.args[1], b))
    if is_scalar_number(a) and a.op is not CONSTANT and b.op is MULTIPLY and number(b.args[0]) is not None:
        return multiply(multiply(b.args[0], a), b.args[1])
    return None


@law("numbers multiplied", MULTIPLY)
def _number_times_quotient(node: Node) -> Node | None:
    """c · (p/n) -> (c p)/n, and (a/n) · (b/m) -> (a b)/(n m)."""
    a, b = node.args
    if number(a) is not None and b.op is DIVIDE and number(b.args[0]) is not None:
        return divide(multiply(a, b.args[0]), b.args[1])
    if is_scalar_number(a) and is_scalar_number(b) and a.op is DIVIDE and b.op is DIVIDE:
        return divide(multiply(a.args[0], b.args[0]), multiply(a.args[1], b.args[1]))
    return None


@law("-(a - b) = b - a", NEGATIVE)
def _negated_difference(node: Node) -> Node | None:
    (a,) = node.args
    if a.op is SUBTRACT:
        return subtract(a.args[1], a.args[0])
    if a.op is DIVIDE and a.args[0].op is SUBTRACT:
        difference = a.args[0]
        return divide(subtract(difference.args[1], difference.args[0]), a.args[1])
    coefficient, rest = scaled(a)
    return None if coefficient == 1 else scale(-coefficient, rest)


@law("c(a - b) = -c(b - a)", MULTIPLY)
def _turn_difference(node: Node) -> Node | None:
    value = number(node.args[0])
    b = node.args[1]
    if value is not None and value < 0 and b.op is SUBTRACT:
        return scale(-value, subtract(b.args[1], b.args[0]))
    return None


@law("a + (-b) = a - b", ADD)
def _add_negative(node: Node) -> Node | None:
    a, b = node.args
    p, x = scaled(a)
    q, y = scaled(b)
    if q < 0:
        return subtract(a, scale(-q, y))
    if p < 0:
        return subtract(b, scale(-p, x))
    return None


@law("common number factor", ADD, SUBTRACT)
def _common_factor(node: Node) -> Node | None:
    """(1/n) x - (1/n) y -> (1/n)(x - y)."""
    a, b = node.args
    p, x = scaled(a)
    q, y = scaled(b)
    if p <= 0 or q <= 0 or x.op is not MULTIPLY or y.op is not MULTIPLY or p != q:
        return None
    if x.args[0] is not y.args[0] or not is_scalar_number(x.args[0]):
        return None
    build = add if node.op is ADD else subtract
    return scale(p, multiply(x.args[0], build(x.args[1], y.args[1])))


@law("a - (-b) = a + b", SUBTRACT)
def _subtract_negative(node: Node) -> Node | None:
    a, b = node.args
    q, y = scaled(b)
    return add(a, scale(-q, y)) if q < 0 else None


@law("a + a = 2a", ADD)
def _like_terms(node: Node) -> Node | None:
    a, b = node.args
    p, x = scaled(a)
    q, y = scaled(b)
    return scale(p + q, x) if x is y and x.shape == node.shape and p + q else None


@law("signs and numbers out of a quotient", DIVIDE)
def _quotient_factors(node: Node) -> Node | None:
    a, b = node.args
    p, x = scaled(a)
    q, y = scaled(b)
    if q != 1 and number(b) is None:
        return divide(scale(p / q, x), y)
    if p < 0 and number(a) is None:
        return negative(divide(scale(-p, x), b))
    if number(a) is not None and number(a) < 0 and number(b) is None:  # type: ignore[operator]
        return negative(divide(-a, b))
    return None


@law("a/a = 1", DIVIDE)
def _quotient_of_equals(node: Node) -> Node | None:
    a, b = node.args
    return full(node.shape, 1) if a is b and number(a) is None else None


@law("(a/b)/c = a/(bc)", DIVIDE)
def _double_quotient(node: Node) -> Node | None:
    a, b = node.args
    if a.op is DIVIDE and is_scalar_number(a) and is_scalar_number(b):
        return divide(a.args[0], multiply(a.args[1], b))
    return None


@law("numbers out of a contraction", CONTRACT)
def _contraction_factors(node: Node) -> Node | None:
    inputs, out, sizes = node.params
    coefficient = Fraction(1)
    rest: list[Node] = []
    for arg in node.args:
        p, x = scaled(arg)
        keep = x.shape != arg.shape or number(x) is not None
        coefficient *= 1 if keep else p
        rest.append(arg if keep else x)
    if coefficient == 1:
        return None
    return scale(coefficient, contract(rest, inputs, out, dict(enumerate(sizes))))


@law("a scalar out of a contraction", CONTRACT)
def _contraction_scalar(node: Node) -> Node | None:
    """Σ (s·A) B -> s · Σ A B for a scalar s, so that products stay products of matrices."""
    inputs, out, sizes = node.params
    for k, arg in enumerate(node.args):
        if arg.op is MULTIPLY and not arg.args[0].shape and arg.args[1].shape == arg.shape != ():
            rest = [*node.args[:k], arg.args[1], *node.args[k + 1 :]]
            return multiply(arg.args[0], contract(rest, inputs, out, dict(enumerate(sizes))))
        if not arg.shape and len(node.args) > 1:
            rest = [a for j, a in enumerate(node.args) if j != k]
            labels = [s for j, s in enumerate(inputs) if j != k]
            return multiply(arg, contract(rest, labels, out, dict(enumerate(sizes))))
    return None


@law("rows of the target sum to 1", CONTRACT)
def _rows_sum_to_one(node: Node) -> Node | None:
    if len(node.args) != 1 or not ROWS_SUM_TO_ONE & set(facts(node.args[0])):
        return None
    (labels,), out, sizes = node.params
    if not labels or labels[-1] in out or len(set(labels)) < len(labels):
        return None
    ones = full(node.args[0].shape[:-1], Fraction(1))
    return contract([ones], [labels[:-1]], out, dict(enumerate(sizes)))


@law("one factor 1", MULTIPLY)
def _ones_factor(node: Node) -> Node | None:
    a, b = node.args
    if _is_ones(a) and b.shape == node.shape and b.dtype == "real":
        return b
    if _is_ones(b) and a.shape == node.shape and a.dtype == "real":
        return a
    return None


def _is_ones(node: Node) -> bool:
    if number(node) == 1:
        return True
    return node.op is CONTRACT and not node.args and len(set(node.params[1])) == len(node.params[1])


@law("choice of 0", WHERE)
def _where_zero(node: Node) -> Node | None:
    _, a, b = node.args
    if a is b and a.shape == node.shape:
        return a
    return None
