"""The graph pass that takes a loss from gradients which are there anyway."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import multiply
from symbp.ops.contract import CONTRACT, contract


def totals_from_column_sums(joint: Joint) -> Joint:
    """Σ (x g + b) w over everything is g · Σᵢ x w + b · Σᵢ w, where those sums are gradients anyway.

    So a loss that is linear in the parameters of a layer needs no pass of its own.
    """
    present = set(joint.order())

    def column_sum(x: Node) -> Node:
        return contract([x], [(0, 1)], (1,), dict(enumerate(x.shape)))

    def rule(node: Node) -> Node | None:
        if node.op is not CONTRACT or node.rank or len(node.args) != 1 or node.args[0].op.name != "multiply":
            return None
        for affine, w in (node.args[0].args, node.args[0].args[::-1]):
            parts = _affine(affine)
            if parts is None or w.shape != affine.shape or w.rank != 2:
                continue
            x, g, b = parts
            sums = [s for s in (column_sum(multiply(x, w)), column_sum(multiply(w, x))) if s in present]
            if sums and column_sum(w) in present:
                return dot(sums[0], g) + dot(column_sum(w), b)
        return None

    def dot(a: Node, b: Node) -> Node:
        return contract([multiply(a, b)], [(0,)], (), dict(enumerate(a.shape)))

    after, count = rewritten(joint, rule)
    return noted(after, "totals_from_column_sums", f"{count} losses from gradients")


def _affine(node: Node) -> tuple[Node, Node, Node] | None:
    """x, g, b of x g + b with rows g and b."""
    if node.op.name != "add" or node.rank != 2 or node.args[0].op.name != "multiply":
        return None
    (x, g), b = node.args[0].args, node.args[1]
    row = node.shape[1:]
    return (x, g, b) if g.shape == row and b.shape == row and x.shape == node.shape else None
