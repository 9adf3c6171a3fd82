"""The graph pass in which the factor of a loss enters once."""

from __future__ import annotations

from symbp.algebra.node import Node, topological
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import multiply
from symbp.ops.contract import CONTRACT, contract


def is_number(node: Node) -> bool:
    """A formula of numbers, sizes and single numbers that are given."""
    return not any(n.shape for n in topological([node], stop=lambda n: bool(n.shape)))


def fold_scales(joint: Joint) -> Joint:
    """c Σ y is Σ c y where c y is needed anyway: the factor of the loss enters once."""
    present = set(joint.order())

    def rule(node: Node) -> Node | None:
        if node.op.name != "multiply" or node.args[1].op is not CONTRACT or not is_number(node.args[0]):
            return None
        factor, total = node.args
        inputs, out, sizes = total.params
        for k, arg in enumerate(total.args):
            scaled = multiply(factor, arg)
            if arg.rank and scaled in present:
                args = [scaled if j == k else a for j, a in enumerate(total.args)]
                return contract(args, list(inputs), out, dict(enumerate(sizes)))
        return None

    after, count = rewritten(joint, rule)
    return noted(after, "fold_scales", f"{count} factors enter once")
