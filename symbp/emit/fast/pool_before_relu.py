"""The graph pass that takes the largest entries first, then adds a bias and cuts at zero.

Both keep the order of entries, so that there is a window's share as much to do.
"""

from __future__ import annotations

from symbp.algebra.node import Node, make, number
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.arithmetic import add, multiply
from symbp.ops.extrema import MAX
from symbp.ops.structure.windows import fold, windows

RELU = "relu"


def pool_before_relu(joint: Joint) -> Joint:
    """max(relu(x + b)) as relu(max(x) + b), and the gradient masked where the largest entry is cut."""
    joint, masks = rewritten(joint, _gradient)
    joint, largest = rewritten(joint, _forward)
    return noted(joint, "pool_before_relu", f"{largest} poolings, {masks} masks of their gradients")


def _forward(node: Node) -> Node | None:
    """max(windows(relu(x))), max(windows(x + b))"""
    if node.op.name not in ("max", "first_max") or node.args[0].op.name != "windows":
        return None
    (view,), (x,) = node.args, node.args[0].args
    places = {axis for axis, *_ in view.params[0]}
    if node.op.name == "max" and node.params != (_last_axes(view), False):
        return None
    if x.op.name == RELU and node.op.name == "max":
        inner = make(node.op, (windows(x.args[0], view.params[0]),), node.params, node.shape)
        return make(x.op, (_forward(inner) or inner,), (), node.shape)
    if x.op.name == "add":
        for base, bias in (x.args, x.args[::-1]):
            if base.shape == x.shape and _is_same_in(bias, places, x.rank):
                largest = make(node.op, (windows(base, view.params[0]),), node.params, node.shape, node.dtype)
                return add(largest, bias) if node.op.name == "max" else largest
    return None


def _last_axes(view: Node) -> tuple[int, ...]:
    return tuple(range(view.args[0].rank, view.rank))


def _is_same_in(bias: Node, places: set[int], rank: int) -> bool:
    """The same number for all entries of a window."""
    missing = rank - bias.rank
    return all(axis < missing or bias.shape[axis - missing].is_one for axis in places)


def _gradient(node: Node) -> Node | None:
    """fold(first_max(windows(y)) g) (y > 0) of y = relu(x), by windows of x and a mask of each window."""
    if node.op.name != "multiply":
        return None
    for total, mask in (node.args, node.args[::-1]):
        if total.op.name != "fold" or mask.op.name != "greater" or number(mask.args[1]) != 0:
            continue
        parts = total.args[0]
        if parts.op.name != "multiply":
            continue
        for first, g in (parts.args, parts.args[::-1]):
            if first.op.name == "first_max" and first.args[0].op.name == "windows":
                found = _masked_windows(total, mask, first, g)
                if found is not None:
                    return found
    return None


def _masked_windows(total: Node, mask: Node, first: Node, g: Node) -> Node | None:
    view = first.args[0]
    (y,) = view.args
    if y.op.name != RELU or mask.args[0] is not y or g.op.name != "getitem":
        return None
    upstream = g.args[0]
    if view.params != total.params or upstream.shape != view.shape[: y.rank] or g.rank != view.rank:
        return None
    axes = _last_axes(view)
    largest_op = _max_of(axes, view)
    positive = make(mask.op, (largest_op, mask.args[1]), mask.params, upstream.shape, "bool")
    masked = multiply(upstream, positive)
    again = make(g.op, (masked,), g.params, g.shape, g.dtype)
    plain = make(first.op, (windows(y.args[0], view.params[0]),), first.params, first.shape, first.dtype)
    return fold(multiply(plain, again), view.params[0], total.shape)


def _max_of(axes: tuple[int, ...], view: Node) -> Node:
    """The largest entry of each window."""
    return make(MAX, (view,), (axes, False), view.shape[: view.rank - len(axes)])
