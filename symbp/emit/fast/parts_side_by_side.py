"""The graph pass that writes parts next to each other which were added up to zeros.

The gradient of an array that is read in slices is a sum of arrays that are zero but for a slice.  Where
these slices fill an axis without overlap, the sum is the slices side by side.
"""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.fast.joint import Joint, noted, rewritten, use_counts
from symbp.ops.arithmetic import ADD
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.positions import Take
from symbp.ops.structure.slices import PUT_ZEROS


def parts_side_by_side(joint: Joint) -> Joint:
    """Sums of slices that fill an axis."""
    order = joint.order()
    if all(node.op is not PUT_ZEROS for node in order):
        return noted(joint, "parts_side_by_side", "0 sums of slices")
    uses = use_counts(order, joint.roots)
    inner = {a for node in order if node.op is ADD for a in node.args if uses[a] == 1 and a.op is ADD}
    joint, count = rewritten(joint, lambda node: None if node in inner else _side_by_side(node))
    return noted(joint, "parts_side_by_side", f"{count} sums of slices")


def _side_by_side(node: Node) -> Node | None:
    """The slices in their order, where node is the sum of some that fill one axis."""
    parts = _addends(node)
    axis = None if parts is None else _common_axis(node, parts)
    if parts is None or axis is None:
        return None
    starts = {part.params[0][axis].start: part.args[0] for part in parts}
    found: list[Node] = []
    place = Size.of(0)
    while place in starts and len(found) < len(parts):
        found.append(starts[place])
        place = place + found[-1].shape[axis]
    fills = len(found) == len(parts) and place == node.shape[axis]
    return concatenate(found, axis) if fills else None


def _addends(node: Node) -> list[Node] | None:
    """What is added up, if it is slices among zeros."""
    if node.op is not ADD or node.dtype != "real":
        return None
    found: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if top.op is PUT_ZEROS and top.dtype == "real" and top.shape == node.shape:
            found.append(top)
        elif top.op is ADD:
            stack.extend(top.args)
        else:
            return None
    return found


def _common_axis(node: Node, parts: list[Node]) -> int | None:
    """The one axis of which the slices take neighbouring entries, if they have all of the others."""
    axes = set()
    for part in parts:
        for axis, (take, size) in enumerate(zip(part.params[0], node.shape, strict=False)):
            if not isinstance(take, Take) or take.drop or take.step != 1:
                return None
            if not take.is_whole(size):
                axes.add(axis)
        if len(part.params[0]) != node.rank:
            return None
    return axes.pop() if len(axes) == 1 else None
