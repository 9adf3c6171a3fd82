"""The graph pass that takes 1/cosh² from a sigmoid that is there: 1/cosh² x = 4 σ(2x) (1 - σ(2x)).

Both factors keep their relative precision, so nothing is lost.
"""

from __future__ import annotations

from symbp.algebra.node import Node, number
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import multiply, subtract


def slopes_from_sigmoids(joint: Joint) -> Joint:
    """The slope of tanh, where the sigmoid of twice its argument is worked out anyway."""

    def rule(node: Node) -> Node | None:
        if node.op.name != "sech_squared" or node.args[0] not in halves:
            return None
        sigmoid = halves[node.args[0]]
        return multiply(4, multiply(sigmoid, subtract(1, sigmoid)))

    halves = {
        node.args[0].args[1]: node
        for node in joint.order()
        if node.op.name == "sigmoid"
        and node.args[0].op.name == "multiply"
        and number(node.args[0].args[0]) == 2
    }
    after, count = rewritten(joint, rule)
    return noted(after, "slopes_from_sigmoids", f"{count} slopes")
