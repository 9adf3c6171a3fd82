"""The pass that takes out of a loop over time what no later step waits for.

Gradients of weights are sums over time of products: time becomes one more index of one product.
Outputs of each step and gradients of inputs become products of whole arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symbp.algebra.node import Node, rebuild, topological
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.emit.fast.time_body import name_of, with_values
from symbp.emit.fast.time_idle import without_unread
from symbp.emit.fast.time_lift import Lift
from symbp.emit.numpy_uses import is_view
from symbp.errors import UnsupportedError
from symbp.ops.arithmetic import ADD, add
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import PART, SCAN, Body, part, states_before
from symbp.ops.structure.slices import GETITEM


@dataclass
class _Split:
    """A scan that keeps more parts, and what its other parts and sums are after the loop."""

    scan: Node
    parts: dict[int, Node] = field(default_factory=dict)
    ends: dict[int, Node] = field(default_factory=dict)


def gather_over_time(joint: Joint) -> Joint:
    """Sums over time and parts that no step reads are worked out after the loop, for all steps at once."""
    order, roots = joint.order(), set(joint.roots)
    readers: dict[Node, list[Node]] = {}
    for node in order:
        for arg in node.args:
            readers.setdefault(arg, []).append(node)
    done: dict[Node, Node] = {}
    splits: dict[Node, _Split] = {}
    for node in order:
        current = rebuild(node, tuple(done[a] for a in node.args))
        source = current.args[0] if current.args else None
        if node.op is SCAN:
            split = _split(current, *_read_parts(node, readers, roots))
            current = split.scan
            splits[current] = split
        elif node.op is PART and source in splits:
            current = splits[source].parts.get(node.params[0], current)
        elif node.op is GETITEM and node.args[0].op is PART:
            ends = splits[done[node.args[0].args[0]]].ends
            current = ends.get(node.args[0].params[0], current)
        done[node] = current
    count = sum(len(s.parts) + len(s.ends) for s in splits.values())
    text = f"{count} sums and arrays after their loop"
    after, _ = without_unread(mapped(joint, done))
    return noted(after, "gather_over_time", text) if splits else joint


def _read_parts(
    scan: Node, readers: Mapping[Node, list[Node]], roots: set[Node]
) -> tuple[set[int], set[int]]:
    """The parts that are read, and the states of which only the end is."""
    length, reverse = scan.params[1:]
    end = length * 0 if reverse else length - 1
    parts = [n for n in readers.get(scan, ()) if n.op is PART]
    only_end = set()
    for values in parts:
        keys = [n.params[0][0] if n.op is GETITEM else None for n in readers.get(values, ())]
        if values not in roots and all(k is not None and k.drop and k.start == end for k in keys):
            only_end.add(values.params[0])
    return {n.params[0] for n in parts}, only_end


def _split(node: Node, read: set[int], only_end: set[int]) -> _Split:
    """The scan without what can be done after it."""
    body: Body = node.params[0]
    sums = _sums(body, only_end)
    free = {k for k in read if k >= len(body.states)}
    while True:
        try:
            return _taken_out(node, sums, free, read)
        except _StaysError as stays:
            sums.pop(stays.part, None)
            free.discard(stays.part)


class _StaysError(Exception):
    """A part that cannot be done for all steps at once."""

    def __init__(self, part_: int) -> None:
        self.part = part_


def _sums(body: Body, only_end: set[int]) -> dict[int, Node]:
    """State -> the term, for states that only add something up."""
    found: dict[int, Node] = {}
    for k, state in enumerate(body.states):
        value = body.values[k]
        if k not in only_end or value.op is not ADD or state not in value.args:
            continue
        term = value.args[1] if value.args[0] is state else value.args[0]
        others = [v for j, v in enumerate(body.values) if j != k]
        if term.shape == value.shape and state not in topological([term, *others]):
            found[k] = term
    return found


def _taken_out(node: Node, sums: Mapping[int, Node], free: set[int], read: set[int]) -> _Split:
    body, length, _ = node.params
    count, along = len(body.states), len(body.sequences)
    first, fixed = node.args[:count], node.args[count + along :]
    later = [*sums.values(), *(body.values[k] for k in sorted(free))]
    kept = [k for k in sorted(read) if k not in sums and k not in free]
    core = topological([body.values[k] for k in _states_needed(body, kept, later)])
    inside = set(core)
    frontier = _frontier(body, inside, later)
    wanted = {n: k for k, n in reversed(list(enumerate(body.values))) if n in inside}
    values, names = list(body.values), list(body.names)
    for inner in frontier:
        if inner not in wanted and inner not in body.states:
            wanted[inner] = len(values)
            values.append(inner)
            names.append(name_of(body, inner))
    split = _Split(with_values(node, values, names))
    known = dict(zip(body.sequences, node.args[count : count + along], strict=True))
    known |= {inner: part(split.scan, wanted[inner]) for inner in frontier if inner in wanted}
    known |= {s: states_before(split.scan, k) for k, s in enumerate(body.states) if s in frontier}
    lift = Lift(known, dict(zip(body.fixed, fixed, strict=True)), length)
    for k in sorted({*sums, *free}):
        try:
            if k in sums:
                summed = lift.summed(sums[k])
                split.ends[k] = summed if is_zero(first[k]) else add(first[k], summed)
            elif body.values[k] not in inside or is_view(body.values[k]):
                lift.fill([body.values[k]])
                split.parts[k] = lift.along[body.values[k]]
        except (UnsupportedError, KeyError):
            raise _StaysError(k) from None
    return split


def _states_needed(body: Body, parts: list[int], later: list[Node]) -> list[int]:
    """The parts, and the states that they and what is done later depend on."""
    found = set(parts)
    below = set(topological([*later, *(body.values[k] for k in parts)]))
    while True:
        stack = [k for k, s in enumerate(body.states) if s in below and k not in found]
        if not stack:
            return sorted(found)
        found.update(stack)
        below = set(topological([body.values[k] for k in stack]))


def _frontier(body: Body, inside: set[Node], later: list[Node]) -> list[Node]:
    """What the loop has to keep: nodes of the step that what is done later starts from."""
    states, others = set(body.states), {*body.sequences, *body.fixed}

    def stays(node: Node) -> bool:
        return node in states or (node in inside and bool(node.args) and not is_view(node))

    below = topological(later, stop=lambda n: n in others or stays(n))
    return [n for n in below if stays(n)]
