"""The graph pass that takes variances from the centred array."""

from __future__ import annotations

from symbp.algebra.node import Node, make
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.emit.numpy_precise import CENTRED
from symbp.ops.arithmetic import power
from symbp.ops.moments import VAR
from symbp.ops.sums import MEAN


def centred_variance(joint: Joint) -> Joint:
    """The variance of centred rows is the mean of their squares."""

    def rule(node: Node) -> Node | None:
        if node.op is not VAR or node.params[1] or node.args[0].op is not CENTRED:
            return None
        axes, _, keepdims = node.params
        (x,) = node.args
        return make(MEAN, (power(x, 2),), (axes, keepdims), node.shape)

    after, count = rewritten(joint, rule)
    return noted(after, "centred_variance", f"{count} variances from the centred rows")
