"""Gradients by softmax that keep their digits where a share p is near 1.

The entries of p - y (y one-hot), of p (g - Σ g p) and of g - p Σ g add up to 0 along the axis of the
softmax.  Where p is near 1 its entry is a small difference of numbers near each other; there it is minus the
sum of the others, which loses nothing.  On paper that is the same number, so formulas do not show it.
"""

from __future__ import annotations

from collections import Counter

from symbp.algebra.node import Node, constant
from symbp.ops.arithmetic import MULTIPLY, NEGATIVE, SUBTRACT
from symbp.ops.attention import MASKED_SOFTMAX
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import Composite
from symbp.ops.softmax import SOFTMAX
from symbp.ops.structure.one_hot import ONEHOT
from symbp.ops.sums import sum_

SHARES = (SOFTMAX, MASKED_SOFTMAX)
BALANCED = Composite("balanced", lambda x, shares, axis: x)
"""x, whose entries add up to 0 along an axis (or several), and the shares that say which one is the rest."""


def balance(pattern: Node, value: Node) -> Node:
    """The value, an equal form of the pattern; in balance where the pattern adds up to 0 by its form.

    What is in balance already stays as it is.
    """
    if pattern.op is BALANCED and pattern.args[0].op is BALANCED:
        return pattern.args[0]
    shares = None
    if value.op is not BALANCED and pattern.op in (SUBTRACT, MULTIPLY):
        shares = _subtracted(pattern) if pattern.op is SUBTRACT else _centred(pattern)
    return value if shares is None else BALANCED([value, shares], shares.params)


def _subtracted(node: Node) -> Node | None:
    """p where the difference is p - y with one-hot rows y, or g - p Σ g."""
    one, other = node.args
    if one.op in SHARES and other.op is ONEHOT:
        return one if one.params == (one.rank - 1,) else None
    factors = _factors(other)
    for p in factors:
        if p.op in SHARES and p.shape == one.shape and _opened(factors - Counter([p]), p) == _factors(one):
            return p
    return None


def _centred(node: Node) -> Node | None:
    """p where the product is p (g - Σ g p)."""
    for p, difference in (node.args, node.args[::-1]):
        if p.op in SHARES and difference.op is SUBTRACT and p.shape == difference.args[0].shape:
            g, mean = difference.args
            if _opened(_factors(mean), p) == _factors(g) + Counter([p]):
                return p
    return None


def _factors(node: Node) -> Counter[Node]:
    """The factors of a product of products; -x is -1 times x."""
    stack, found = [node], Counter[Node]()
    while stack:
        top = stack.pop()
        if top.op is MULTIPLY:
            stack += top.args
        elif top.op is NEGATIVE:
            stack += [top.args[0], constant(-1)]
        else:
            found[top] += 1
    return found


def _opened(factors: Counter[Node], p: Node) -> Counter[Node] | None:
    """The factors with those of x in the place of Σ x along the axis of p; the others are scalars."""
    sums = [f for f in factors if f.rank]
    if len(sums) != 1 or factors[sums[0]] != 1 or sums[0].op is not CONTRACT or len(sums[0].args) != 1:
        return None
    (inner,) = sums[0].args
    if inner.shape != p.shape or sums[0] is not sum_(inner, p.params[0], keepdims=True):
        return None
    return factors - Counter(sums) + _factors(inner)
