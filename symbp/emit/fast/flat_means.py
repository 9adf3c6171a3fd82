"""The graph pass that takes means over several last axes as means over one."""

from __future__ import annotations

from symbp.algebra.node import Node, make
from symbp.algebra.size import product
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.emit.numpy_precise import CENTRED
from symbp.ops.structure.reshaping import reshape
from symbp.ops.sums import MEAN

FACTORS = ("multiply", "power")


def flat_means(joint: Joint) -> Joint:
    """mean(x, (2, 3)) is the mean along the rows of x with its last axes put together."""

    def rule(node: Node) -> Node | None:
        if node.op not in (MEAN, CENTRED):
            return None
        axes = node.params[0]
        (x,) = node.args
        first = x.rank - len(axes)
        if len(axes) < 2 or tuple(axes) != tuple(range(first, x.rank)) or not first or x.dtype != "real":
            return None
        if node.op is CENTRED:
            return reshape(CENTRED([_flat(x, first)], ((first,),)), node.shape)
        rows = make(MEAN, (_flat(x, first),), ((first,), False), x.shape[:first])
        return reshape(rows, node.shape)

    after, count = rewritten(joint, rule)
    return noted(after, "flat_means", f"{count} means over several axes")


def _flat(x: Node, first: int) -> Node:
    """The last axes put together; of a product in its factors, so that the product is seen."""
    shape = (*x.shape[:first], product(x.shape[first:]))
    if x.op.name in FACTORS and all(a.shape in (x.shape, ()) for a in x.args):
        args = tuple(reshape(a, shape) if a.rank else a for a in x.args)
        return make(x.op, args, x.params, shape, x.dtype)
    return reshape(x, shape)
