"""The pass that works out the gates of a cell together: one product and one call where there were several.

h U₁ and h U₂ are columns of h [U₁ U₂], σ of two neighbouring columns is columns of one σ, and
δ₁ U₁ᵀ + δ₂ U₂ᵀ is [δ₁ δ₂] [U₁ U₂]ᵀ.  Weights stand side by side once, before the loop.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbp.algebra.node import Node, rebuild
from symbp.algebra.size import Size
from symbp.emit.fast.column import column_of
from symbp.emit.fast.columns import joined_once
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.emit.fast.layers import layer_of
from symbp.emit.fast.time_before import regrouped
from symbp.emit.fast.time_body import exchanged, fresh_placeholder, name_of, widened, with_values
from symbp.ops.scan import PART, SCAN, Body, part
from symbp.ops.structure.positions import Take
from symbp.ops.structure.slices import GETITEM, take_key

MOST_JOINS = 200


@dataclass
class _Joined:
    """A scan, the parts that are columns of other parts now, and how many groups were joined."""

    scan: Node
    parts: dict[int, Node]
    count: int


def join_gates(joint: Joint) -> Joint:
    """Products and operations on neighbouring columns are done for all of them at once."""
    done: dict[Node, Node] = {}
    found: dict[Node, _Joined] = {}
    for node in joint.order():
        current = rebuild(node, tuple(done[a] for a in node.args))
        if node.op is SCAN:
            joined = _joined(regrouped(_seen_through(current)))
            current = joined.scan
            found[current] = joined
        elif node.op is PART and current.args[0] in found:
            current = found[current.args[0]].parts.get(node.params[0], current)
        done[node] = current
    count = sum(j.count for j in found.values())
    return noted(mapped(joint, done), "join_gates", f"{count} groups of columns") if found else joint


def _joined(node: Node) -> _Joined:
    """The scan with as much as possible done together."""
    count = 0
    while count < MOST_JOINS:
        body: Body = node.params[0]
        exchange = joined_once(body)
        if exchange is None:
            break
        node = exchanged(node, exchange)
        count += 1
    return _read_off(node, count)


def _read_off(node: Node, count: int) -> _Joined:
    """Parts that are columns of something are read off that."""
    body, length, _ = node.params
    values, names = list(body.values), list(body.names)
    found: dict[int, int] = {}
    for k in range(len(body.states), len(body.values)):
        part_of = column_of(body.values[k]) or layer_of(body.values[k])
        if part_of is not None and part_of.base.args:
            if part_of.base not in values:
                values.append(part_of.base)
                names.append(name_of(body, part_of.base))
            found[k] = values.index(part_of.base)
    after = with_values(node, values, names)
    all_steps = Take(Size.of(0), 1, length)
    parts = {k: take_key(part(after, at), (all_steps, *values[k].params[0])) for k, at in found.items()}
    return _Joined(after, parts, count)


def _seen_through(node: Node) -> Node:
    """The scan with whole arrays as sequences where it had columns of them."""
    body: Body = node.params[0]
    count = len(body.states)
    taken: list[str] = []
    slots: dict[Node, Node] = {}
    exchange: dict[Node, Node] = {}
    for slot, value in zip(body.sequences, node.args[count:], strict=False):
        base = value.args[0] if value.op is GETITEM and _keeps_time(value) else None
        if base is None or base.op is not PART:
            continue
        if base not in slots:
            like = base.args[0].params[0].values[base.params[0]]
            slots[base] = fresh_placeholder(body, "whole", like, taken)
        exchange[slot] = take_key(slots[base], value.params[0][1:])
    return exchanged(widened(node, [(s, base) for base, s in slots.items()]), exchange) if slots else node


def _keeps_time(node: Node) -> bool:
    """All steps, of each some columns or layers."""
    head, *rest = node.params[0]
    (base,) = node.args
    if head is None or head.drop or not base.rank or not rest or None in rest:
        return False
    return bool(head.is_whole(base.shape[0]))
