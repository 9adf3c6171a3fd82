"""The pass that leaves out of a recurrence what nothing reads."""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.node import Node, make, rebuild, topological
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.emit.fast.time_body import with_values
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.scan import PART, SCAN, Body


def forget_unread(joint: Joint) -> Joint:
    """Parts that are read neither outside nor by a later step become zero, and cost nothing."""
    after, count = without_unread(joint)
    return noted(after, "forget_unread", f"{count} parts of steps") if count is not None else joint


def without_unread(joint: Joint) -> tuple[Joint, int | None]:
    """The same without unread parts and arguments of recurrences, and how many parts; None without any."""
    total = None
    while True:
        after, count = _once(joint)
        total = count if total is None or count is None else total + count
        if after.roots == joint.roots:
            return after, total
        joint = after


def _once(joint: Joint) -> tuple[Joint, int | None]:
    order = joint.order()
    read: dict[Node, set[int]] = {n: set() for n in order if n.op is SCAN}
    for node in order:
        if node.op is PART:
            read[node.args[0]].add(node.params[0])
    done: dict[Node, Node] = {}
    count = 0
    for node in order:
        current = rebuild(node, tuple(done[a] for a in node.args))
        if node.op is SCAN:
            body: Body = current.params[0]
            idle = set(range(len(body.values))) - _needed(body, read[node])
            idle = {k for k in idle if not is_zero(body.values[k])}
            values = [full(v.shape, 0) if k in idle else v for k, v in enumerate(body.values)]
            current = _without_arguments(with_values(current, values, body.names))
            count += len(idle)
        done[node] = current
    return mapped(joint, done), count if read else None


def _without_arguments(node: Node) -> Node:
    """The scan without sequences and fixed arrays that no step reads."""
    body, *rest = node.params
    read = set(topological(body.values))
    count, cut = len(body.states), len(body.states) + len(body.sequences)
    pairs = list(zip(body.inputs, node.args, strict=True))
    along = [(s, v) for s, v in pairs[count:cut] if s in read]
    beside = [(s, v) for s, v in pairs[cut:] if s in read]
    small = replace(body, sequences=tuple(s for s, _ in along), fixed=tuple(s for s, _ in beside))
    args = (*node.args[:count], *(v for _, v in along), *(v for _, v in beside))
    return make(SCAN, args, (small, *rest), ())


def _needed(body: Body, read: set[int]) -> set[int]:
    """The parts that are read, and the states that those depend on."""
    found = set(read)
    stack = sorted(found)
    while stack:
        below = set(topological([body.values[k] for k in stack]))
        stack = [k for k, s in enumerate(body.states) if s in below and k not in found]
        found.update(stack)
    return found
