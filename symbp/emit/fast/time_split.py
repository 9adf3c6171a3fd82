"""The pass that runs recurrences on top of each other one after the other.

Where the states of one layer need those of the layer below but not the other way round, the lower
layer can be done for all steps first: then its outputs are an input of the upper one, whose
product with the weights is one for all steps.
"""

from __future__ import annotations

from dataclasses import replace as replace_fields

from symbp.algebra.node import Node, make, rebuild, replace, topological
from symbp.emit.fast.columns import addends
from symbp.emit.fast.joint import Joint, mapped, noted, use_counts
from symbp.emit.fast.time_body import exchanged, fresh_placeholder, name_of
from symbp.emit.numpy_uses import is_view
from symbp.ops.arithmetic import ADD, add, total
from symbp.ops.scan import PART, SCAN, Body, part, states_before

Levels = dict[Node, int]


def split_loops(joint: Joint) -> Joint:
    """States that do not need each other get loops of their own, the lower ones first."""
    done: dict[Node, Node] = {}
    parts: dict[Node, dict[int, Node]] = {}
    count = 0
    for node in joint.order():
        current = rebuild(node, tuple(done[a] for a in node.args))
        if node.op is SCAN:
            found = _split(current)
            if found is not None:
                parts[current] = found
                count += 1
        elif node.op is PART and current.args[0] in parts:
            current = parts[current.args[0]][node.params[0]]
        done[node] = current
    has_loops = any(node.op is SCAN for node in joint.order())
    return noted(mapped(joint, done), "split_loops", f"{count} loops apart") if has_loops else joint


def _split(node: Node) -> dict[int, Node] | None:
    """Each part as a part of one of several scans; None where all states need each other."""
    orders = _orders(node.params[0])
    if len(set(orders.values())) < 2 or _has_mixed_sums(node.params[0], orders):
        return None
    node = _regrouped(node, orders)
    body: Body = node.params[0]
    levels = _levels(body, orders)
    found: dict[int, Node] = {}
    known: dict[Node, Node] = {}
    for level in sorted(set(levels.values()) | {0}):
        _add_level(node, level, levels, found, known)
    return found


def _orders(body: Body) -> dict[int, int]:
    """State -> the place of its loop; sums over time, which nothing reads, have none."""
    cones = [set(topological([v])) for v in body.values]
    states = body.states
    sums = {
        k
        for k, s in enumerate(states)
        if body.values[k].op is ADD and s in body.values[k].args and sum(s in c for c in cones) == 1
    }
    others = [k for k in range(len(states)) if k not in sums]
    needs = {k: {j for j, s in enumerate(states) if s in cones[k]} for k in others}
    for j in needs:
        for k in needs:
            if j in needs[k]:
                needs[k] |= needs[j]
    return {k: len({frozenset(needs[j]) for j in needs[k] if needs[j] < needs[k]}) for k in needs}


def _has_mixed_sums(body: Body, orders: dict[int, int]) -> bool:
    """A gradient that adds up over several loops, because they share a weight."""
    levels, uses = _levels(body, orders), use_counts(topological(body.values), body.values)
    for k, state in enumerate(body.states):
        if k not in orders:
            terms = [p for p in addends(body.values[k], uses) if p is not state]
            if len({levels.get(p, -1) for p in terms}) > 1:
                return True
    return False


def _levels(body: Body, orders: dict[int, int]) -> Levels:
    """Node of the step -> the last loop that it waits for."""
    levels = {body.states[k]: place for k, place in orders.items()}
    sums = {s for k, s in enumerate(body.states) if k not in orders}
    for node in topological(body.values):
        found = [levels[a] for a in node.args if a in levels and a not in sums]
        if found:
            levels[node] = max(found)
    return levels


def _regrouped(node: Node, orders: dict[int, int]) -> Node:
    """Sums with what waits for earlier loops brought together."""
    body: Body = node.params[0]
    levels = _levels(body, orders)
    order = topological(body.values)
    uses = use_counts(order, body.values)
    done: dict[Node, Node] = {}
    for n in order:
        current = rebuild(n, tuple(done[a] for a in n.args))
        if n.op is ADD and n in levels:
            parts = addends(n, uses)
            low = [done[p] for p in parts if levels.get(p, -1) < levels[n]]
            high = [done[p] for p in parts if levels.get(p, -1) == levels[n]]
            if len(low) > 1 and high:
                current = add(total(low), total(high))
        done[n] = current
    return exchanged(node, done)


def _add_level(
    node: Node, level: int, levels: Levels, found: dict[int, Node], known: dict[Node, Node]
) -> None:
    """The scan of one level, its parts, and the arrays over time that later levels start from."""
    body, length, reverse = node.params
    count, cut = len(body.states), len(body.states) + len(body.sequences)
    own = [k for k, v in enumerate(body.values) if _level_of(body, k, levels) == level]
    states = [k for k in own if k < count]
    inside = [body.values[k] for k in own]
    later = _handed_on(body, level, levels)
    extra = [n for n in later if n not in inside and n not in body.states]
    values, names = [*inside, *extra], [body.names[k] for k in own]
    names += [name_of(body, n) for n in extra]
    taken: list[str] = []
    below = topological(values, stop=lambda n: n in known)
    slots = {n: fresh_placeholder(body, "below", n, taken) for n in below if n in known}
    (*changed,) = replace(values, slots)
    read = set(topological(changed))
    along = [(s, v) for s, v in zip(body.sequences, node.args[count:cut], strict=True) if s in read]
    along += [(slot, known[n]) for n, slot in slots.items()]
    beside = [(s, v) for s, v in zip(body.fixed, node.args[cut:], strict=True) if s in read]
    step = replace_fields(
        body,
        states=tuple(body.states[k] for k in states),
        sequences=tuple(s for s, _ in along),
        fixed=tuple(s for s, _ in beside),
        values=tuple(changed),
        names=tuple(names),
        locals=tuple(x for x in body.locals if set(topological([x.value])) <= set(below)),
    )
    args = (*(node.args[k] for k in states), *(v for _, v in along), *(v for _, v in beside))
    scanned = make(SCAN, args, (step, length, reverse), ())
    found.update({k: part(scanned, at) for at, k in enumerate(own)})
    for n in later:
        if n in body.states:
            known[n] = states_before(scanned, states.index(body.states.index(n)))
        else:
            known[n] = part(scanned, values.index(n))


def _level_of(body: Body, k: int, levels: Levels) -> int:
    """The loop of a part: the one of its state, or the last one that it waits for."""
    value = body.values[k]
    if k < len(body.states) and body.states[k] in levels:
        return levels[body.states[k]]
    return levels.get(value, 0)


def _handed_on(body: Body, level: int, levels: Levels) -> list[Node]:
    """Nodes of this level that nodes of later ones read."""
    found: dict[Node, None] = {}
    for node in topological(body.values):
        for arg in node.args:
            if levels.get(node, 0) > level and levels.get(arg) == level:
                base = arg
                while is_view(base) and levels.get(base.args[0]) == level:
                    (base,) = base.args
                found[base] = None
    for k, state in enumerate(body.states):  # a state that is but the value of a lower one
        if levels.get(state, -1) > level and levels.get(body.values[k]) == level:
            found[body.values[k]] = None
    return list(found)
