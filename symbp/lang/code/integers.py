"""Arithmetic on integer arrays gives integer arrays, which can be indices.

`np.repeat(np.arange(k), k) * stride + i` holds integers.  Where all its sizes are known it is
computed at once, so that it stands as a table of numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symbp.algebra.node import CONSTANT, SIZE, Node, number, rebuild
from symbp.algebra.size import Size
from symbp.ops.contract import CONTRACT
from symbp.ops.extrema import ARGMAX, ARGMIN
from symbp.ops.structure.gathering import gather
from symbp.ops.structure.integer_arrays import ARANGE, INTEGER_ARRAY, integer_array
from symbp.ops.structure.reshaping import RESHAPE
from symbp.ops.structure.slices import GETITEM
from symbp.ops.structure.structural import Structural
from symbp.ops.structure.whole_numbers import whole

LARGEST_TABLE = 20_000
DEEPEST_MOVE = 4
"""How many operations one function of the language may put on top of an index array."""


def as_integers(node: Node, depth: int = 0) -> Node:
    """The same value as an integer array where it was made from integer arrays only."""
    if not node.args or node.dtype == "bool":
        return node
    arguments: list[Node] = []
    for argument in node.args:
        if argument.dtype == "real" and argument.args and depth < DEEPEST_MOVE:
            argument = as_integers(argument, depth + 1)
        if argument.dtype != "int" and not _is_whole_number(argument):
            return node
        arguments.append(argument)
    if not any(a.dtype == "int" for a in arguments):
        return node
    found = whole(rebuild(node, tuple(arguments)))
    return node if found is None else folded(found)


def _is_whole_number(node: Node) -> bool:
    value = number(node)
    return node.op is SIZE or (value is not None and value.denominator == 1)


def look_up(table: list[int], index: Node) -> Node:
    """table[index] for an integer array."""
    return folded(gather(integer_array(tuple(table)), [index]))


def integer_division(sign: str, node: Node, left: Node, right: Node) -> Node:
    """left // right or left % right: a table of integers where both sides are known ones."""
    values = [_table(side) for side in (left, right)]
    if values[1] is None or not np.all(values[1]):
        return node
    if values[0] is None:
        count = _bound(left)
        if count is None or np.ndim(values[1]):
            return node
        divided = (np.floor_divide if sign == "//" else np.mod)(np.arange(count), values[1])
        return look_up(divided.tolist(), left)
    if all(side.dtype != "int" for side in (left, right)):
        return node
    return _as_table((np.floor_divide if sign == "//" else np.mod)(values[0], values[1]))


def known_integer(node: Node) -> int | None:
    """The integer that an index array of rank 0 is known to hold."""
    return int(node.params[0]) if node.op is INTEGER_ARRAY and not node.rank else None


def _bound(node: Node) -> int | None:
    """All entries of an index array are below this number, where it is known."""
    while node.op in (CONTRACT, RESHAPE, GETITEM) and node.dtype == "int" and len(node.args) == 1:
        node = node.args[0]
    if node.op in (ARGMAX, ARGMIN):
        count = node.args[0].shape[node.params[0]]
        return count.constant if count.is_constant and count.constant <= LARGEST_TABLE else None
    return None


def folded(node: Node) -> Node:
    """An integer array as a table where it is known; otherwise as it is."""
    values = [_table(a) for a in node.args]
    if any(v is None for v in values) or not all(s.is_constant for s in node.shape):
        return node
    if np.prod([float(s.constant) for s in node.shape]) > LARGEST_TABLE:
        return node
    if node.op is CONTRACT:
        moved = _moved(node, values)
        return node if moved is None else _as_table(moved)
    if not isinstance(node.op, Structural):
        return node
    return _as_table(node.op.apply(node, values, lambda size: size.constant))


def _table(node: Node) -> Any:
    """The numbers of a constant integer array, or of a part of one; else None."""
    parts: list[Node] = []
    while node.op is GETITEM and node.dtype == "int" and len(node.args) == 1 and len(parts) < DEEPEST_MOVE:
        parts.append(node)
        node = node.args[0]
    found = _whole_table(node)
    for part in reversed(parts):
        if found is None or not all(s.is_constant for s in part.shape):
            return None
        found = GETITEM.apply(part, [found], lambda size: size.constant)
    return found


def _whole_table(node: Node) -> Any:
    if node.op is CONSTANT:
        return int(node.params[0]) if node.params[0].denominator == 1 else None
    if node.op is INTEGER_ARRAY:
        return INTEGER_ARRAY.apply(node, [], lambda size: size.constant)
    if node.op is ARANGE and _is_known(node):
        return ARANGE.apply(node, [], lambda size: size.constant)
    return None


def _is_known(node: Node) -> bool:
    return (
        node.params[0].is_constant and node.shape[0].is_constant and node.shape[0].constant <= LARGEST_TABLE
    )


def _moved(node: Node, values: list[Any]) -> Any:
    """A contraction of one array that sums nothing: axes moved and repeated."""
    inputs, out, sizes = node.params
    if len(values) != 1 or len(set(out)) < len(out) or not set(inputs[0]) <= set(out):
        return None
    if len(set(inputs[0])) < len(inputs[0]):
        return None
    order = [label for label in out if label in inputs[0]]
    array = np.transpose(values[0], [inputs[0].index(label) for label in order])
    key = tuple(slice(None) if label in inputs[0] else None for label in out)
    shape = [Size.of(sizes[label]).constant for label in out]
    return np.broadcast_to(array[key], shape)


def _as_table(values: Any) -> Node:
    return integer_array(_nested(np.asarray(values).tolist()))


def _nested(values: Any) -> Any:
    return tuple(_nested(v) for v in values) if isinstance(values, list) else values
