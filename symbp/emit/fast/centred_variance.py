"""The graph pass that takes variances from the centred array."""

from __future__ import annotations

from symbp.algebra.node import Node, make
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import power, subtract
from symbp.ops.moments import VAR
from symbp.ops.sums import MEAN


def centred_variance(joint: Joint) -> Joint:
    """var(x) is the mean of (x - mean(x))², and x - mean(x) is needed anyway."""

    def rule(node: Node) -> Node | None:
        if node.op is not VAR or node.params[1]:
            return None
        axes, _, keepdims = node.params
        (x,) = node.args
        shape = tuple(s * 0 + 1 if k in axes else s for k, s in enumerate(x.shape))
        centre = make(MEAN, (x,), (axes, True), shape)
        square = power(subtract(x, centre), 2)
        return make(MEAN, (square,), (axes, keepdims), node.shape)

    after, count = rewritten(joint, rule)
    return noted(after, "centred_variance", f"{count} variances from the centred rows")
