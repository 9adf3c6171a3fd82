"""Operators between two values, as in code and as on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symbp.algebra.node import PI, Node, as_node, number
from symbp.errors import OperandError
from symbp.lang import labelled
from symbp.lang.identity import Identity, with_identity
from symbp.lang.labelled import Labelled
from symbp.lang.ones import Factor, Ones, Spread, with_ones
from symbp.lang.static_arithmetic import static_arithmetic
from symbp.lang.values import MatrixBars, Row, TimeIndex, is_static, lifted, node_of, unlabelled
from symbp.ops.arithmetic import add, divide, multiply, power, subtract
from symbp.ops.compare import COMPARISONS, logical_and, logical_or
from symbp.ops.determinants import det
from symbp.ops.elementwise import exp
from symbp.ops.inverses import inv
from symbp.ops.norms import squared_norm
from symbp.ops.products import dot, matmul, outer
from symbp.ops.registry import show
from symbp.ops.selection import as_mask
from symbp.ops.ufuncs import floor_divide, remainder

MOST_FACTORS = 16


SYMBOLS = {"π": PI, "ℯ": exp(as_node(1))}


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """One operator applied to two values.  OperandError where they do not fit."""
    if isinstance(left, TimeIndex) and isinstance(right, int) and operator in ("+", "-"):
        return TimeIndex(left.shift + (right if operator == "+" else -right))
    if operator == "+":
        if isinstance(left, list) and isinstance(right, list):
            return [*left, *right]
        if isinstance(left, tuple) and isinstance(right, tuple):
            return (*left, *right)
    if isinstance(left, Ones | Spread) or isinstance(right, Ones | Spread):
        found = with_ones(operator, left, right, _factor)
        return Row(found.node) if isinstance(found, Factor) else found
    if isinstance(left, MatrixBars) and operator in ("^", "**", "matrix power"):
        return power(det(left.node), node_of(right))
    if isinstance(left, Identity) or isinstance(right, Identity):
        found = with_identity(operator, left, right, _factor)
        return (Row(found.node) if found.is_row else found.node) if isinstance(found, Factor) else found
    if is_static(left) and is_static(right):
        result = static_arithmetic(operator, left, right)
        if result is not None:
            return result
    if left is SYMBOLS["ℯ"] and isinstance(right, Labelled) and operator in ("^", "**"):
        return replace(right, node=exp(right.node), factors=())
    if isinstance(left, Labelled) or isinstance(right, Labelled):
        return unlabelled(labelled.arithmetic(operator, lifted(left), lifted(right)))
    if isinstance(left, Row) or isinstance(right, Row):
        return _with_rows(operator, left, right)
    return _array_arithmetic(operator, node_of(left), node_of(right), right)


def _array_arithmetic(operator: str, a: Node, b: Node, exponent: Any) -> Node:
    """One operator between two arrays; `exponent` is the right side as it was read."""
    match operator:
        case "+":
            return add(a, b)
        case "-":
            return subtract(a, b)
        case "//":
            return floor_divide(a, b)
        case "%":
            return remainder(a, b)
        case "*":
            return multiply(a, b)
        case "/":
            return divide(a, b)
        case "**":
            return _power(a, b, exponent)
        case "^":
            return _power_on_paper(a, b, exponent)
        case "matrix power":
            return _matrix_power(a, exponent) if a.rank == 2 else _power(a, b, exponent)
        case "dot":
            return dot(a, b) if a.rank == b.rank == 1 else paper_product(a, b)
        case "@":
            return matmul(a, b)
        case "juxtaposition":
            return paper_product(a, b)
    if operator in COMPARISONS:
        return COMPARISONS[operator](a, b)
    if operator in ("&", "|"):
        if not all(as_mask(side) for side in (a, b)):
            hint = f"put comparisons in brackets: (x > 0) {operator} (y > 0)"
            raise OperandError(f"{operator} joins masks", hint=hint)
        return logical_and(a, b) if operator == "&" else logical_or(a, b)
    raise OperandError(
        f"{operator} cannot be used here", hint="the operators are + - * / ** @ and comparisons"
    )


def _factor(value: Any) -> Factor:
    return Factor(node_of(value), isinstance(value, Row))


def _power(a: Node, b: Node, exponent: Any) -> Node:
    if a is SYMBOLS["ℯ"] or (a.rank == 0 and a.op.name == "leaf" and a.name == "e"):
        return exp(b)
    if a.op.name == "sqrt" and exponent == 2 and _is_norm(a):
        return squared_norm(a.args[0].args[0].args[0])
    if a.op.name == "abs" and exponent == 2 and not a.shape:
        return power(a.args[0], b)
    return power(a, b)


def _power_on_paper(a: Node, b: Node, exponent: Any) -> Node:
    """A^{-1} is the inverse; other powers are taken entry by entry, roots of a matrix are not."""
    if a.rank == 2 and exponent == -1:
        return inv(a)
    if b.rank and a is not SYMBOLS["ℯ"]:
        raise OperandError(
            f"an exponent is a number, this one has shape {show(b.shape)}",
            hint="powers entry by entry are \\exp(b \\log a)",
        )
    if a.rank == 2 and not (isinstance(exponent, int) and exponent > 0):
        hint = "for a diagonal matrix write \\operatorname{diag} of the powers"
        raise OperandError("only whole powers of a matrix are read", hint=hint)
    return _power(a, b, exponent)


def _matrix_power(a: Node, exponent: Any) -> Node:
    """A^3 is A A A."""
    found = a
    for _ in range(min(exponent, MOST_FACTORS) - 1):
        found = matmul(found, a)
    if exponent > MOST_FACTORS:
        raise OperandError(
            f"a matrix is multiplied with itself at most {MOST_FACTORS} times",
            hint="name a power of it first: B = A^4",
        )
    return found


def _is_norm(node: Node) -> bool:
    """√Σx² over all entries."""
    total = node.args[0]
    return total.op.name == "contract" and not total.shape and total.args[0].op.name == "power"


def paper_product(a: Node, b: Node) -> Node:
    """A B as on paper: a number scales, matrices multiply, a vector is a column.

    Times 0 it is 0, of whatever shape: U h₀ with h₀ = 0 is no matrix.
    """
    if number(a) == 0 or number(b) == 0:
        return as_node(0)
    if not a.shape or not b.shape:
        return multiply(a, b)
    if a.rank == 1 and b.rank == 1:
        raise OperandError(f"a column {show(a.shape)} times a column {show(b.shape)} has no meaning")
    if a.rank == 1 and b.rank == 2:
        if b.shape[0].is_one:
            return outer(a, b[0])
        raise OperandError(
            f"a column {show(a.shape)} times a matrix {show(b.shape)} has no meaning",
            hint="aᵀ W is a row; W a a column",
        )
    return matmul(a, b)


def _with_rows(operator: str, left: Any, right: Any) -> Any:
    if operator in ("juxtaposition", "@", "dot"):
        return _row_product(left, right, operator)
    a, b = node_of(left), node_of(right)
    result = arithmetic(operator, a, b)
    both_rows = all(isinstance(v, Row) or not node_of(v).shape for v in (left, right))
    if both_rows:
        return Row(result)
    if a.rank == b.rank == 1:
        raise OperandError(
            "a row and a column do not go together elementwise", hint="take both as columns: x ⊙ y"
        )
    return result


def _row_product(left: Any, right: Any, operator: str) -> Any:
    if isinstance(left, Row) and isinstance(right, Row):
        hint = "wᵀ x is the inner product, w xᵀ the outer"
        raise OperandError("a row times a row has no meaning", hint=hint)
    if isinstance(left, Row):
        b = node_of(right)
        if not b.shape:
            return Row(multiply(left.node, b))
        product = matmul(left.node, b)
        return Row(product) if product.rank == 1 else product
    a = node_of(left)
    if not a.shape:
        return Row(multiply(a, right.node))
    if a.rank == 1:
        return outer(a, right.node)
    raise OperandError(
        f"a matrix {show(a.shape)} times a row has no meaning", hint="A x with a column, or xᵀ A"
    )
