"""Calls for arrays put together: each part is worked out where it will stand, or copied there."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.fast.layers import layer_of
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_batched import is_batched
from symbp.emit.fast.rules_entrywise import grown_sum
from symbp.emit.fast.views import only_splits, reshaped
from symbp.emit.numpy_text import words
from symbp.ops.structure.joining import CONCATENATE
from symbp.ops.structure.reshaping import RESHAPE
from symbp.ops.structure.slices import GETITEM

IN_PLACE = frozenset(
    words("add subtract multiply divide negative square tanh exp sin cos sigmoid relu maximum minimum")
)
"""Operations whose result may be a slice of an array."""


def reserve(placing: Placing) -> None:
    """Give parts of arrays that are put together their place in those, before anything is placed."""
    for node in reversed(placing.order):
        if node.op.name != "concatenate" or node.dtype != "real" or node in placing.operands:
            continue
        if not any(_may_move(placing, _without_new_axis(part) or part) for part in node.args):
            continue
        out = placing.kept.get(node) or placing.fresh(node)
        placing.kept[node] = out
        for part, place in zip(node.args, _places(placing, node, out), strict=True):
            inner = _without_new_axis(part)
            if inner is not None and _may_move(placing, inner):
                index = place.view[len(out.view) + 1 :].partition(":")[0] or "0"
                placing.kept[inner] = Operand(out.key, f"{out.view}[{index}]", out.contiguous, inner.shape)
            elif _may_move(placing, part):
                _settle(placing, part, place)


def _settle(placing: Placing, node: Node, place: Operand) -> None:
    """Keep a place for a node, and for what lies at the same place before that is done."""
    while True:
        placing.kept[node] = place
        if node.op is RESHAPE:
            (node,) = node.args
            view = place.view + reshaped(placing.page, place.shape or (), node.shape)
            place = Operand(place.key, view, False, node.shape, by_rows=place.keeps_first)
            continue
        grown = grown_sum(placing, node)
        if grown is None or not _may_move(placing, grown[0]):
            return
        node = grown[0]


def _may_move(placing: Placing, part: Node) -> bool:
    """Worked out in this step, where it is told to be, without a place of its own."""
    if part in placing.kept or part in placing.operands or part in placing.results:
        return False
    if part.dtype != "real" or not part.rank:
        return False
    if part.op is RESHAPE and placing.uses[part.args[0]] == 1:
        (inner,) = part.args
        whole = inner.op is not RESHAPE and only_splits(part.shape, inner.shape)
        return whole and inner.shape[0] == part.shape[0] and _may_move(placing, inner)
    return part.op.name in IN_PLACE or is_batched(part) or part.op is CONCATENATE


def _without_new_axis(part: Node) -> Node | None:
    """x of x[None]"""
    if part.op is not GETITEM or part.params[0][0] is not None or None in part.params[0][1:]:
        return None
    whole = all(p.is_whole(s) for p, s in zip(part.params[0][1:], part.args[0].shape, strict=True))
    return part.args[0] if whole else None


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
        view, by_rows = f"{out.view}[{key}]", out.keeps_first and axis > 0
        found.append(Operand(out.key, view, out.contiguous and axis == 0, part.shape, by_rows=by_rows))
        start = stop
    return found


def concatenate(placing: Placing, node: Node) -> bool:
    """Copies of the parts that do not stand there yet."""
    if node.dtype != "real" or any(a.dtype != "real" for a in node.args):
        return False
    out = placing.fresh(node)
    if (stack := _layers_side_by_side(node)) is not None:
        split = placing.flat(out, node.shape, (*node.shape[:-1], stack.shape[0], stack.shape[-1]))
        axes = ", ".join(map(str, (*range(1, stack.rank - 1), 0, stack.rank - 1)))
        source = placing.operand(stack)
        turned = Operand(source.key, f"{source.view}.transpose({axes})", False)
        placing.call("np.copyto({out}, {0})", [turned], split, "copy", node)
        placing.operands[node] = out
        return True
    for part, place in zip(node.args, _places(placing, node, out), strict=True):
        source = placing.operand(part)
        inner = _without_new_axis(part)
        if inner is not None and _stands_in(placing, inner, out):
            continue
        if source.key != out.key:
            placing.call("np.copyto({out}, {0})", [source], place, "copy", node)
    placing.operands[node] = out
    return True


def _stands_in(placing: Placing, part: Node, whole: Operand) -> bool:
    """Whether a part was worked out where it stands in the whole."""
    place = placing.kept.get(part)
    return place is not None and place.key == whole.key and placing.operand(part) == place


def _layers_side_by_side(node: Node) -> Node | None:
    """The array whose layers, all in their order, stand side by side."""
    layers = [layer_of(a) for a in node.args]
    base = layers[0].base if layers[0] is not None else None
    in_order = [x.index for x in layers if x is not None and x.base is base] == list(range(len(layers)))
    whole = base is not None and base.shape[0] == len(layers) and node.params[0] == node.rank - 1
    return base if in_order and whole and node.rank > 1 else None


RULES: dict[str, Sequence[Rule]] = {"concatenate": [concatenate]}
