"""Functions that a text names and does not define: a in h = a(W x + b).

Nothing is known of such a function but that it has derivatives.  To compare formulas at points it
stands for p sin(q u) + r u with numbers of its own, which no formula would have by chance.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from functools import lru_cache

from symbp.algebra.node import Node, as_node
from symbp.ops.arithmetic import Operand, add, multiply
from symbp.ops.elementwise import cos, sin
from symbp.ops.registry import Elementwise


class Unspecified(Elementwise):
    """f, or its derivative of some order, of a function that is not defined."""


@lru_cache(maxsize=256)
def unspecified(name: str, order: int = 0) -> Unspecified:
    """The function of this name, differentiated `order` times; the same object every time."""
    digest = hashlib.sha256(name.encode()).digest()
    p, q, r = (Fraction(n + digest[k], m) for k, (n, m) in enumerate(((401, 389), (701, 691), (211, 997))))

    def slope(x: Node, y: Node) -> Node:
        return unspecified(name, order + 1)(x)

    def meaning(x: Operand) -> Node:
        wave = (sin if order % 2 == 0 else cos)(multiply(q, x))
        wave = multiply(p * q**order * (-1) ** (order // 2), wave)
        if order > 1:
            return wave
        return add(wave, multiply(r, x) if order == 0 else as_node(r))

    return Unspecified(name + "'" * order, (slope,), meaning)
