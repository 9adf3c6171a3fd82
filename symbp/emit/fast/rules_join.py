"""Calls for arrays put together: each part is worked out where it will stand, or copied there."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.numpy_text import words

IN_PLACE = frozenset(
    words("add subtract multiply divide negative square tanh exp sin cos sigmoid relu maximum minimum")
)
"""Operations whose result may be a slice of an array."""


def reserve(placing: Placing) -> None:
    """Give parts of arrays that are put together their place in those, before anything is placed."""
    for node in reversed(placing.order):
        if node.op.name != "concatenate" or node.dtype != "real" or node in placing.operands:
            continue
        if not any(_may_move(placing, part) for part in node.args):
            continue
        out = placing.kept.setdefault(node, placing.fresh(node))
        for part, place in zip(node.args, _places(placing, node, out), strict=True):
            if _may_move(placing, part):
                placing.kept[part] = place


def _may_move(placing: Placing, part: Node) -> bool:
    """Worked out entry by entry in this step, without a place of its own."""
    free = part not in placing.kept and part not in placing.operands and part not in placing.results
    return free and part.op.name in IN_PLACE and part.dtype == "real" and part.rank > 0


def _places(placing: Placing, node: Node, out: Operand) -> list[Operand]:
    """The slices that the parts fill."""
    (axis,) = node.params
    found, start = [], Size.of(0)
    for part in node.args:
        stop = start + part.shape[axis]
        first = "" if start == 0 else placing.page.size(start)
        last = "" if stop == node.shape[axis] else placing.page.size(stop)
        colon = " : " if " " in first + last else ":"
        key = ", ".join([*[":"] * axis, f"{first}{colon}{last}".strip()])
        found.append(Operand(out.key, f"{out.view}[{key}]", out.contiguous and axis == 0, part.shape))
        start = stop
    return found


def concatenate(placing: Placing, node: Node) -> bool:
    """Copies of the parts that do not stand there yet."""
    if node.dtype != "real" or any(a.dtype != "real" for a in node.args):
        return False
    out = placing.fresh(node)
    for part, place in zip(node.args, _places(placing, node, out), strict=True):
        source = placing.operand(part)
        if (source.key, source.view) != (place.key, place.view):
            placing.call("np.copyto({out}, {0})", [source], place, "copy", node)
    placing.operands[node] = out
    return True


RULES: dict[str, Sequence[Rule]] = {"concatenate": [concatenate]}
