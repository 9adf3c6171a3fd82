"""Masks in brackets: x[m], x[:, m], and what is read of them.

What a text says of x[m] is read as of an array with an axis of |m| entries, and is written with whole
arrays (symbp.ops.selection) as soon as an expression is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from symbp.algebra.node import Node, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError, Place, ShapeError
from symbp.ops.selection import as_mask, is_selected, select, whole
from symbp.ops.structure.indexing import getitem


def masked(node: Node, key: Any, text: str) -> Node | None:
    """node[key] where the key is, or holds, a mask that `text` spells; None where there is none."""
    parts = list(key) if isinstance(key, tuple) else [key]
    masks = [(at, mask) for at, part in enumerate(parts) if (mask := as_mask(part)) is not None]
    if not masks:
        return None
    at, mask = masks[0]
    if len(masks) > 1 or any(isinstance(p, Node | list) for p in parts[:at] + parts[at + 1 :]):
        raise OperandError(
            "a mask stands in brackets with slices and integers only",
            hint="take the mask first, then the other axes: x[mask][:, 0]",
        )
    before, after = parts[:at], parts[at + 1 :]
    around = [slice(None)] * mask.rank
    if any(p is Ellipsis for p in before):
        axis = node.rank - mask.rank - sum(p is not None for p in after)
        axis += sum(p is None for p in before) - sum(isinstance(p, int | Size) for p in before)
    else:
        axis = sum(not isinstance(p, int | Size) for p in before)
    if not before and not after:
        return select(node, mask, 0, text)
    return select(getitem(node, (*before, *around, *after)), mask, axis, text)


def is_open(value: Any) -> bool:
    """Whether a value has an axis, or is a size, that only the data know."""
    return (isinstance(value, Node) and is_selected(value.shape)) or (
        isinstance(value, Size) and value.is_counted
    )


def written(value: Any, pieces: Callable[[], Iterable[tuple[Any, Place]]]) -> Any:
    """A value without |m|, but for the axes it has itself.

    ShapeError at the smallest of the `pieces` (values from the leaves up, with places) that has no meaning.
    """
    node = as_node(value) if isinstance(value, Size) else value
    if not isinstance(node, Node):
        return value
    try:
        (found,) = whole([node])
    except OperandError as error:
        raise ShapeError(error.reason, _smallest(pieces()), hint=error.hint) from None
    return value if is_open(value) and not isinstance(value, Size) else found


def _smallest(pieces: Iterable[tuple[Any, Place]]) -> Place | None:
    for value, place in pieces:
        try:
            whole([value] if isinstance(value, Node) else [])
        except OperandError:
            return place
    return None
