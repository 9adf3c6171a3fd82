"""Functions that a text names and does not define: a in h = a(W x + b).

Nothing is known of such a function but that it has derivatives.  To compare formulas at points it
stands for a rational function with coefficients of its own, which no formula would have by chance.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from functools import lru_cache

from symbp.algebra.node import Node
from symbp.ops.arithmetic import Operand, divide, multiply, power
from symbp.ops.registry import Elementwise

Coefficients = tuple[Fraction, ...]


class Unspecified(Elementwise):
    """f, or its derivative of some order, of a function that is not defined."""


@lru_cache(maxsize=256)
def unspecified(name: str, order: int = 0) -> Unspecified:
    """The function of this name, differentiated `order` times; the same object every time."""
    top = _numerator(name, order)

    def slope(x: Node, y: Node) -> Node:
        return unspecified(name, order + 1)(x)

    def meaning(x: Operand) -> Node:
        return divide(
            _polynomial(top, x), power(_polynomial((Fraction(1), Fraction(0), Fraction(1)), x), order + 1)
        )

    return Unspecified(name + "'" * order, (slope,), meaning)


def _numerator(name: str, order: int) -> Coefficients:
    """P of the derivative P / (1 + u²)^{order + 1}, lowest power first."""
    digest = hashlib.sha256(name.encode()).digest()
    found: Coefficients = (Fraction(401 + digest[0], 389), Fraction(-701 - digest[1], 691))
    for k in range(1, order + 1):
        grown = _times(_slope(found), (Fraction(1), Fraction(0), Fraction(1)))
        lost = _times(found, (Fraction(0), Fraction(-2 * k)))
        width = max(len(grown), len(lost))
        found = tuple(
            (grown[i] if i < len(grown) else 0) + (lost[i] if i < len(lost) else Fraction(0))
            for i in range(width)
        )
    return found


def _slope(p: Coefficients) -> Coefficients:
    return tuple(k * c for k, c in enumerate(p))[1:] or (Fraction(0),)


def _times(p: Coefficients, q: Coefficients) -> Coefficients:
    found = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            found[i + j] += a * b
    return tuple(found)


def _polynomial(p: Coefficients, x: Operand) -> Node:
    """Horner's rule."""
    value: Node | Fraction = p[-1]
    for c in reversed(p[:-1]):
        value = multiply(value, x) + c
    return value if isinstance(value, Node) else multiply(value, power(x, 0))
