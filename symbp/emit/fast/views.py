"""Views: which of them leave entries, or the first axis, as they are."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.numpy_names import Page
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.positions import Take


def reshaped(page: Page, old: Sequence[Size], new: Sequence[Size]) -> str:
    """`.reshape(-1, d)` where the first axis goes on as it is, so that it holds for any rows."""
    if not new:
        return ".reshape(())"
    texts = [page.size(s) for s in new]
    rest = product(new[1:])
    if len(new) > 1 and old and new[0] == old[0] and not (rest.is_constant and not rest.constant):
        texts[0] = "-1"
    return f".reshape({', '.join(texts)})"


def only_splits(old: Sequence[Size], new: Sequence[Size]) -> bool:
    """Each axis stays or becomes several: a view, wherever the entries lie."""
    rest = list(new)
    for size in old:
        have = Size.of(1)
        while rest and have != size:
            have = have * rest.pop(0)
        if have != size:
            return False
    return not rest


def keeps_first_axis(node: Node) -> bool:
    """A view that leaves the first axis as it is."""
    (arg,) = node.args
    if node.op is CONTRACT:
        (labels,), out, _ = node.params
        return bool(labels and out) and labels[0] == out[0]
    if node.op.name == "getitem":
        first = node.params[0][0]
        return isinstance(first, Take) and not first.drop and first.step == 1 and first.length == arg.shape[0]
    return False


def keeps_order(node: Node) -> bool:
    """A view that leaves the entries in their order without gaps."""
    if node.op is CONTRACT:
        (labels,), out, sizes = node.params
        return [x for x in out if x in labels and not sizes[x].is_one] == [
            x for x in labels if not sizes[x].is_one
        ]
    return False


def is_part_in_one_piece(node: Node) -> bool:
    """Entries of the first axis one after the other."""
    if node.op.name != "getitem":
        return False
    (arg,), (head, *rest) = node.args, node.params[0]
    whole = all(p is not None and p.is_whole(s) for p, s in zip(rest, arg.shape[1:], strict=False))
    return whole and head is not None and (head.drop or head.step == 1)


def added(node: Node) -> list[Size]:
    """The sizes of axes that a view adds."""
    (labels,), out, sizes = node.params
    return [sizes[x] for x in out if x not in labels]
