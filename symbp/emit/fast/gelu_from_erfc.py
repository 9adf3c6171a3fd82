"""The graph pass that takes x Φ(x) from the erfc that its slope Φ(x) + x φ(x) needs anyway."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, constant, number, rebuild, replace
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.ops.arithmetic import DIVIDE, NEGATIVE, multiply


def gelu_from_erfc(joint: Joint) -> Joint:
    """The exact GELU as x (½ erfc(-x/√2)), where that erfc is there."""
    order = joint.order()
    found = {x: node for node in order if (x := _below_erfc(node)) is not None}
    done: dict[Node, Node] = {}
    count = 0
    for node in order:
        if node.op.name == "gelu_exact" and node.args[0] in found:
            x = done[node.args[0]]
            (erfc,) = replace([found[node.args[0]]], {node.args[0]: x})
            done[node] = multiply(x, multiply(constant(Fraction(1, 2)), erfc))
            count += 1
        else:
            done[node] = rebuild(node, tuple(done[a] for a in node.args))
    return noted(mapped(joint, done), "gelu_from_erfc", f"{count} functions")


def _below_erfc(node: Node) -> Node | None:
    """x of erfc(-x/√2)."""
    if node.op.name != "erfc" or node.args[0].op is not NEGATIVE:
        return None
    (scaled,) = node.args[0].args
    if scaled.op is not DIVIDE:
        return None
    x, root = scaled.args
    return x if root.op.name == "sqrt" and number(root.args[0]) == 2 else None
