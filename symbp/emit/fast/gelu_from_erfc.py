"""The graph pass that takes x Φ(x) from the erfc that its slope Φ(x) + x φ(x) needs anyway."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, constant, number
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import DIVIDE, MULTIPLY, NEGATIVE, multiply


def gelu_from_erfc(joint: Joint) -> Joint:
    """The exact GELU as x (½ erfc(-x/√2)), where that erfc is there."""
    found = {x: node for node in joint.order() if (x := _below_erfc(node)) is not None}

    def rule(node: Node) -> Node | None:
        if node.op.name != "gelu_exact" or node.args[0] not in found:
            return None
        (x,) = node.args
        return multiply(x, multiply(constant(Fraction(1, 2)), found[x]))

    after, count = rewritten(joint, rule)
    return noted(after, "gelu_from_erfc", f"{count} functions")


def _below_erfc(node: Node) -> Node | None:
    """x of erfc(-x/√2)."""
    if node.op.name != "erfc" or node.args[0].op is not NEGATIVE:
        return None
    (scaled,) = node.args[0].args
    if scaled.op is not MULTIPLY or not _is_root_of_half(scaled.args[1]):
        return None
    return scaled.args[0]


def _is_root_of_half(node: Node) -> bool:
    """1/√2"""
    if node.op is not DIVIDE or number(node.args[0]) != 1:
        return False
    root = node.args[1]
    return root.op.name == "sqrt" and number(root.args[0]) == 2
