"""The graph pass that divides small arrays rather than large ones."""

from __future__ import annotations

from symbp.algebra.node import Node, constant, number
from symbp.algebra.size import product
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import divide, multiply


def multiply_by_inverses(joint: Joint) -> Joint:
    """x / s is x · (1/s) where s has fewer entries: division is the slower operation."""

    def rule(node: Node) -> Node | None:
        if node.op.name != "divide" or not node.rank:
            return None
        x, s = node.args
        fewer = s.rank < x.rank or product(s.shape) != product(x.shape)
        if not x.rank or x.shape != node.shape or not fewer or number(x) is not None:
            return None
        return multiply(x, divide(constant(1), s))

    after, count = rewritten(joint, rule)
    return noted(after, "multiply_by_inverses", f"{count} divisions of whole arrays")
