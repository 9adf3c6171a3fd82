"""Columns that are worked out alike, found and put together: what `join_gates` does again and again.

A column is a slice of the last axis.  Each function finds one group of nodes below the values, and
gives for each of its nodes what to write in its place, or None.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.emit.fast.column import Exchange, are_independent, column_of, columns
from symbp.emit.fast.joint import use_counts
from symbp.emit.fast.layers import alike, stacked, unfolded
from symbp.emit.fast.layout import total as total_size
from symbp.emit.fast.time_body import moving
from symbp.ops.arithmetic import ADD, total
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.registry import Elementwise
from symbp.ops.scan import Body
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.slices import GETITEM, PUT_ZEROS


def joined_once(body: Body) -> Exchange | None:
    """One group of nodes of a step with what stands for them when they are worked out together.

    Arrays that are the same at each step are put side by side at little cost: that is done once.
    """
    values, fixed, moves = body.values, set(body.fixed), moving(body)
    order = topological(values)
    sums = [n for n in order if n.op is ADD]
    return (
        _tiles(order, values)
        or _products(order, fixed)
        or _alike(sums, fixed)
        or _sums_of_products(order, values, fixed, moves)
        or unfolded(order, values, moves)
        or alike(order, values[: len(body.states)])
        or _alike(order, fixed)
        or stacked(order)
    )


def side_by_side(parts: Sequence[Node]) -> Node:
    """Arrays in one, or the columns that they are neighbours of."""
    known = [c for c in map(column_of, parts) if c is not None]
    follow = all(b.base is a.base and b.start == a.start + a.width for a, b in pairwise(known))
    if len(known) == len(parts) and follow:
        return columns(known[0].base, known[0].start, total_size(c.width for c in known))
    return concatenate(list(parts), parts[0].rank - 1)


def _in_columns(members: Sequence[Node], whole: Node) -> Exchange:
    """Each member as columns of the whole, one after the other."""
    exchange, start = {}, Size.of(0)
    for member in members:
        exchange[member] = columns(whole, start, member.shape[-1])
        start = start + member.shape[-1]
    return exchange


# -- zeros around columns -------------------------------------------------------------------------


def _tiles(order: Sequence[Node], values: Sequence[Node]) -> Exchange | None:
    """Columns with zeros around them, added up so that they fill the array: put side by side."""
    uses = use_counts(order, values)
    inner = {a for n in order if n.op is ADD for a in n.args if a.op is ADD and uses[a] == 1}
    for node in order:
        if node.op is ADD and node.rank and node not in inner:
            parts = _filling(node, addends(node, uses))
            if parts is not None:
                return {node: concatenate(parts, node.rank - 1)}
    return None


def addends(node: Node, uses: Mapping[Node, int]) -> list[Node]:
    """What a sum adds up, through sums that nothing else reads."""
    found: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if top is node or (top.op is ADD and uses[top] == 1 and top.shape == node.shape):
            stack.extend(reversed(top.args))
        else:
            found.append(top)
    return found


def _filling(node: Node, parts: Sequence[Node]) -> list[Node] | None:
    """The columns in their order, where they fill the array."""
    at: dict[Size, Node] = {}
    for padded in parts:
        keys = padded.params[0] if padded.op is PUT_ZEROS else ()
        key = [p for p in keys if p is not None and not p.drop and p.step == 1]
        if len(key) != node.rank or len(keys) != node.rank:
            return None
        if not all(p.is_whole(s) for p, s in zip(key[:-1], node.shape, strict=False)):
            return None
        at.setdefault(key[-1].start, padded.args[0])
    start, found = Size.of(0), []
    while start in at:
        found.append(at.pop(start))
        start = start + found[-1].shape[-1]
    return found if not at and start == node.shape[-1] and len(found) == len(parts) else None


# -- products ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Product:
    """x W with a fixed matrix W: which argument is which, and the axes of W."""

    node: Node
    x: Node
    weight: Node
    first: bool
    summed_axis: int

    @property
    def kind(self) -> Hashable:
        """What products that can be done together have in common, but for x."""
        inputs, out, _ = self.node.params
        return inputs, out, self.first, self.summed_axis

    @property
    def sums_last(self) -> bool:
        """The sum goes over the last axis of x."""
        inputs, out, _ = self.node.params
        return bool(inputs[self.first]) and inputs[self.first][-1] not in out


def _product_of(node: Node, fixed: Collection[Node]) -> _Product | None:
    if node.op is not CONTRACT or len(node.args) != 2 or not node.rank:
        return None
    inputs, out, _ = node.params
    for k, weight in enumerate(node.args):
        labels, others = inputs[k], inputs[1 - k]
        x = node.args[1 - k]
        if weight not in fixed or weight.rank != 2 or len(set(labels)) < 2 or x in fixed:
            continue
        own = [label for label in labels if label not in others]
        plain = tuple(x for x in others if x not in labels)
        if len(own) == 1 and out == (*plain, own[0]) and len(set(others)) == len(others):
            return _Product(node, x, weight, k == 0, 1 - labels.index(own[0]))
    return None


def _products(order: Sequence[Node], fixed: Collection[Node]) -> Exchange | None:
    """Products of one array with several weights: one product with the weights side by side."""
    groups: dict[Hashable, list[_Product]] = {}
    for node in order:
        found = _product_of(node, fixed)
        if found is not None:
            groups.setdefault((found.x, found.kind), []).append(found)
    readers: dict[Node, list[Node]] = {}
    for node in order:
        for arg in node.args:
            readers.setdefault(arg, []).append(node)
    for group in groups.values():
        if len(group) > 1:
            group.sort(key=lambda p: _fate(p.node, readers))
            whole = _joined_product(group, group[0].x, 1 - group[0].summed_axis)
            return _in_columns([p.node for p in group], whole)
    return None


def _fate(node: Node, readers: Mapping[Node, list[Node]]) -> str:
    """What is done to a product once it is added up: what is done alike should be neighbours."""
    while len(readers.get(node, ())) == 1 and readers[node][0].op is ADD:
        (node,) = readers[node]
    return " ".join(sorted({n.op.name for n in readers.get(node, ())}))


def _joined_product(group: Sequence[_Product], x: Node, axis: int) -> Node:
    """x with the weights put together along an axis."""
    inputs, out, _ = group[0].node.params
    weight = concatenate([p.weight for p in group], axis)
    args = [weight, x] if group[0].first else [x, weight]
    return contract(args, inputs, out)


def _sums_of_products(
    order: Sequence[Node], values: Sequence[Node], fixed: Collection[Node], moving: Collection[Node]
) -> Exchange | None:
    """x₁ W₁ + x₂ W₂ as [x₁ x₂] times the weights on top of each other; others read columns of [x₁ x₂]."""
    uses = use_counts(order, values)
    for node in reversed(order):
        if node.op is not ADD:
            continue
        parts = addends(node, uses)
        groups: dict[Hashable, list[_Product]] = {}
        for p in parts:
            found = _product_of(p, fixed) if uses[p] == 1 else None
            if found is not None and found.sums_last and found.x in moving:
                groups.setdefault(found.kind, []).append(found)
        for group in groups.values():
            if len({p.x for p in group}) == len(group) > 1:
                whole = side_by_side([p.x for p in group])
                made = _joined_product(group, whole, group[0].summed_axis)
                taken = {p.node for p in group}
                rest = [p for p in parts if p not in taken]
                return {node: total([*rest, made]), **_read_off(order, [p.x for p in group], whole)}
    return None


def _read_off(order: Sequence[Node], parts: Sequence[Node], whole: Node) -> Exchange:
    """Parts as columns of the whole, but for those that something in the whole waits for."""
    if whole.op is GETITEM:
        return {}
    below = set(topological([whole]))
    waiting = {a for n in order if n in below and n is not whole for a in n.args}
    return {m: c for m, c in _in_columns(parts, whole).items() if m not in waiting and m.args}


def products_of_columns(order: Sequence[Node]) -> Exchange | None:
    """Products of one array with neighbouring columns, or sums of them: one, and columns of that."""
    groups: dict[tuple[Any, ...], dict[tuple[Size, ...], Node]] = {}
    for node in order:
        if node.op is not CONTRACT or not node.rank:
            continue
        inputs, out, _ = node.params
        for k, arg in enumerate(node.args):
            column = column_of(arg)
            is_last = column is not None and inputs[k][-1] == out[-1]
            if column is None or not is_last or any(out[-1] in s for j, s in enumerate(inputs) if j != k):
                continue
            others = tuple(a for j, a in enumerate(node.args) if j != k)
            kind = (column.base, k, inputs, out, others)
            groups.setdefault(kind, {}).setdefault((column.start,), node)
    for (_, k, inputs, out, _), group in groups.items():
        for starts in group:
            run = _run(group, starts)
            if len(run) > 1:
                args = list(run[0].args)
                args[k] = side_by_side([n.args[k] for n in run])
                return _in_columns(run, contract(args, inputs, out))
    return None


# -- entry by entry ---------------------------------------------------------------------------------


def _alike(order: Sequence[Node], fixed: Collection[Node]) -> Exchange | None:
    """The same operation on neighbouring columns."""
    groups: dict[Hashable, dict[tuple[Size, ...], Node]] = {}
    for node in order:
        kind = _kind(node, fixed)
        if kind is not None:
            starts = tuple(c.start for c in map(column_of, node.args) if c is not None)
            groups.setdefault(kind, {}).setdefault(starts, node)
    for group in groups.values():
        for starts in group:
            run = _run(group, starts)
            if len(run) > 1 and are_independent(run):
                return _in_columns(run, _joined_entries(run))
    return None


def _kind(node: Node, fixed: Collection[Node]) -> Hashable | None:
    """The operation and what it is done to, but for which columns; None where it cannot be joined."""
    if not isinstance(node.op, Elementwise) or not node.rank or node.dtype != "real":
        return None
    kinds: list[Hashable] = []
    for arg in node.args:
        column = column_of(arg)
        if column is not None and arg.shape[-1] == node.shape[-1]:
            kinds.append(("columns", column.base))
        elif not arg.rank or arg.shape[-1].is_one:
            kinds.append(("same", arg))
        elif arg in fixed and arg.shape[-1] == node.shape[-1]:
            kinds.append(("fixed", arg.shape[:-1]))
        else:
            return None
    has_columns = any(isinstance(k, tuple) and k[0] == "columns" for k in kinds)
    return (node.op, node.params, node.shape[:-1], tuple(kinds)) if has_columns else None


def _run(group: Mapping[tuple[Size, ...], Node], starts: tuple[Size, ...]) -> list[Node]:
    """The node that starts there and those that go on where it ends."""
    if any(tuple(s + n.shape[-1] for s in other) == starts for other, n in group.items()):
        return []
    found = []
    while starts in group:
        found.append(group[starts])
        width = found[-1].shape[-1]
        starts = tuple(s + width for s in starts)
    return found


def _joined_entries(run: Sequence[Node]) -> Node:
    args = []
    for k, arg in enumerate(run[0].args):
        if column_of(arg) is not None and arg.shape[-1] == run[0].shape[-1]:
            args.append(side_by_side([n.args[k] for n in run]))
        elif not arg.rank or arg.shape[-1].is_one:
            args.append(arg)
        else:
            args.append(concatenate([n.args[k] for n in run], arg.rank - 1))
    op = run[0].op
    assert isinstance(op, Elementwise)
    return op(*args)
