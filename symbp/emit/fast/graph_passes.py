"""Passes over the joint graph: the same values with fewer or cheaper operations."""

from __future__ import annotations

from symbp.algebra.node import Node, constant, make, number, topological
from symbp.algebra.size import product
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.emit.fast.time_after import gather_over_time
from symbp.emit.fast.time_before import inputs_at_once
from symbp.emit.fast.time_saved import keep_for_backward
from symbp.ops.arithmetic import divide, multiply, power, subtract
from symbp.ops.contract import CONTRACT, MEAN, contract
from symbp.ops.reduce import VAR


def is_number(node: Node) -> bool:
    """A number or a formula of numbers and sizes."""
    order = topological([node], stop=lambda n: bool(n.shape))
    return not any(n.shape or n.is_leaf for n in order)


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


GRAPH_PASSES = {
    f.__name__: f
    for f in (
        keep_for_backward,
        inputs_at_once,
        gather_over_time,
        centred_variance,
        multiply_by_inverses,
        fold_scales,
        totals_from_column_sums,
    )
}
