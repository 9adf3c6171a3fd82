"""The graph pass for sums over all places of a gradient that pooling spreads: nothing is spread for them."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.contract import CONTRACT, contract


def sums_of_pooled(joint: Joint) -> Joint:
    """Σ over places of the gradient at the largest entries of windows is the sum of that gradient."""

    def rule(node: Node) -> Node | None:
        if node.op is not CONTRACT or len(node.args) != 1 or node.args[0].op.name != "fold":
            return None
        (labels,), out, sizes = node.params
        total = node.args[0]
        if any(labels[axis] in out for axis, *_ in total.params[0]):
            return None
        upstream = _spread(total)
        if upstream is None:
            return None
        known = {x: s for x, s in enumerate(sizes) if x not in labels}
        return contract([upstream], [labels], out, known)

    after, count = rewritten(joint, rule)
    return noted(after, "sums_of_pooled", f"{count} sums of the pooled gradient")


def _spread(total: Node) -> Node | None:
    """g of fold(first_max(windows(x)) g): each window holds one largest entry."""
    (scaled,) = total.args
    for first, g in (scaled.args, scaled.args[::-1]) if scaled.op.name == "multiply" else ():
        if first.op.name == "first_max" and first.args[0].op.name == "windows" and g.op.name == "getitem":
            view = first.args[0]
            inner = g.args[0]
            windows_only = first.params[0] == tuple(range(total.rank, view.rank))
            if view.params == total.params and windows_only and inner.shape == view.shape[: total.rank]:
                return inner
    return None
