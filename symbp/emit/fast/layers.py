"""Columns as layers: neighbouring columns of an array lie apart in memory, its layers lie together.

A layer is an entry of the first axis.  Gates that are worked out side by side, because that is one
product, are laid on top of each other by the first operation on them, which costs nothing more; the
gradients on top of each other come side by side again by one copy.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.fast.column import Exchange, are_independent, column_of
from symbp.emit.numpy_uses import is_view
from symbp.ops.contract import contract
from symbp.ops.registry import Elementwise
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import CONCATENATE, concatenate
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.slices import GETITEM


@dataclass(frozen=True)
class Layer:
    """Entry `index` of the first axis of a base."""

    base: Node
    index: int


def layer_of(node: Node) -> Layer | None:
    """The base and the place of an entry of its first axis."""
    if node.op is not GETITEM:
        return None
    (base,), (head, *rest) = node.args, node.params[0]
    if head is None or not head.drop or not head.start.is_constant or not base.shape[0].is_constant:
        return None
    whole = all(p is not None and p.is_whole(s) for p, s in zip(rest, base.shape[1:], strict=False))
    return Layer(base, head.start.constant) if whole and len(rest) == base.rank - 1 else None


def unfolded(order: Sequence[Node], values: Sequence[Node], moving: Collection[Node]) -> Exchange | None:
    """What is read by columns of one width is worked out with those on top of each other."""
    readers: dict[Node, list[Node]] = {}
    for node in order:
        for arg in node.args:
            readers.setdefault(arg, []).append(node)
    for node in order:
        if node not in moving or node in values or not isinstance(node.op, Elementwise) or not node.rank:
            continue
        found = _equal_columns(node, readers.get(node, ()))
        if found is not None and (made := _on_top(node, found[0])) is not None:
            return {reader: getitem(made, k) for reader, k in found[1].items()}
    return None


def _equal_columns(node: Node, readers: Sequence[Node]) -> tuple[int, dict[Node, int]] | None:
    """How many columns there are, and for each reader which one it reads."""
    places: dict[Node, int] = {}
    count = None
    for reader in readers:
        column = column_of(reader)
        many = None if column is None else node.shape[-1].divide(column.width)
        at = None if column is None else column.start.divide(column.width)
        if many is None or at is None or not many.is_constant or not at.is_constant:
            return None
        if count not in (None, many.constant) or many.constant < 2:
            return None
        count, places[reader] = many.constant, at.constant
    return None if count is None else (count, places)


def _on_top(node: Node, count: int) -> Node | None:
    """The operation on arrays that have their columns on top of each other."""
    args = []
    for arg in node.args:
        if not arg.rank or arg.shape[-1].is_one:
            args.append(arg)
        elif arg.shape == node.shape:
            args.append(_as_layers(arg, count))
        else:
            return None
    assert isinstance(node.op, Elementwise)
    return node.op(*args)


def _as_layers(x: Node, count: int) -> Node:
    """A view of an array with its columns on top of each other."""
    width = x.shape[-1].divide(Size.of(count))
    assert width is not None
    split = reshape(x, (*x.shape[:-1], Size.of(count), width))
    axes = list(range(split.rank))
    return contract([split], [axes], [axes[-2], *axes[:-2], axes[-1]])


# -- the same operation on layers -----------------------------------------------------------------------


def alike(order: Sequence[Node], states: Sequence[Node]) -> Exchange | None:
    """The same operation on neighbouring layers; new states have places of their own."""
    groups: dict[Hashable, dict[tuple[int, ...], Node]] = {}
    for node in order:
        if not isinstance(node.op, Elementwise) or node.dtype != "real" or node in states:
            continue
        layers = [layer_of(a) for a in node.args]
        if any(layer is not None for layer in layers):
            kinds = [a if x is None else ("layers", x.base) for a, x in zip(node.args, layers, strict=True)]
            places = tuple(x.index for x in layers if x is not None)
            group = groups.setdefault((node.op, node.params, node.shape, tuple(kinds)), {})
            group.setdefault(places, node)
    for group in groups.values():
        for places in group:
            run = _run(group, places)
            if len(run) > 1 and are_independent(run):
                made = _joined(run)
                return {member: getitem(made, k) for k, member in enumerate(run)}
    return None


def _run(group: Mapping[tuple[int, ...], Node], places: tuple[int, ...]) -> list[Node]:
    """The node at these layers and those at the next ones."""
    found = []
    if tuple(p - 1 for p in places) not in group:
        while places in group:
            found.append(group[places])
            places = tuple(p + 1 for p in places)
    return found


def _joined(run: Sequence[Node]) -> Node:
    args = []
    for arg in run[0].args:
        layer = layer_of(arg)
        args.append(arg if layer is None else _some(layer.base, layer.index, len(run)))
    op = run[0].op
    assert isinstance(op, Elementwise)
    return op(*args)


def _some(base: Node, start: int, count: int) -> Node:
    return base if base.shape[0] == count else getitem(base, slice(start, start + count))


# -- back to columns --------------------------------------------------------------------------------


def stacked(order: Sequence[Node]) -> Exchange | None:
    """Arrays of one shape side by side are worked out on top of each other, and copied at once."""
    for node in order:
        if node.op is not CONCATENATE or node.params[0] != node.rank - 1 or node.rank < 2:
            continue
        made = all(a.args and not is_view(a) and isinstance(a.op, Elementwise) for a in node.args)
        if made and len(node.args) > 1 and len({a.shape for a in node.args}) == 1:
            whole = concatenate([getitem(a, (None, ...)) for a in node.args], 0)
            return {node: concatenate([getitem(whole, k) for k in range(len(node.args))], node.rank - 1)}
    return None
