"""The pass that lets a loop over time keep what the loop back needs, instead of working it out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symbp.algebra.node import Node, rebuild, replace, topological
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.emit.fast.time_body import exchanged, fresh_placeholder, name_of, widened, with_values
from symbp.emit.fast.time_idle import without_unread
from symbp.emit.numpy_uses import is_view
from symbp.ops.scan import PART, SCAN, Body, part, states_before


@dataclass
class _Saved:
    """What one scan takes from another: nodes of its step -> nodes of the other's step."""

    source: Node
    chosen: dict[Node, Node] = field(default_factory=dict)


def keep_for_backward(joint: Joint) -> Joint:
    """σ, tanh and the like of the way there are kept for the way back."""
    scans = [n for n in joint.order() if n.op is SCAN]
    saved = {node: found for node in scans if (found := _matches(node)) is not None}
    if not scans:
        return joint
    asked: dict[Node, list[Node]] = {}
    for found in saved.values():
        asked.setdefault(found.source, []).extend(found.chosen.values())
    done: dict[Node, Node] = {}
    places: dict[Node, dict[Node, int]] = {}
    for node in joint.order():
        current = rebuild(node, tuple(done[a] for a in node.args))
        if node.op is SCAN:
            exchange: dict[Node, Node] = {}
            if node in saved:
                found = saved[node]
                current, exchange = _taking(current, found, done[found.source], places[found.source])
            if node in asked:
                current, places[node] = _giving(current, list(dict.fromkeys(asked[node])), exchange)
        done[node] = current
    count = sum(len(f.chosen) for f in saved.values())
    after, _ = without_unread(mapped(joint, done))
    return noted(after, "keep_for_backward", f"{count} values of the steps kept")


def _matches(node: Node) -> _Saved | None:
    """Nodes of the step that another scan's step works out too."""
    body: Body = node.params[0]
    count, cut = len(body.states), len(body.states) + len(body.sequences)
    sequences, fixed = node.args[count:cut], node.args[cut:]
    sources = {n.args[0] for n in topological(sequences, stop=lambda n: n.op is SCAN) if n.op is PART}
    best: _Saved | None = None
    for source in sorted(sources, key=lambda s: len(s.params[0].values)):
        if source.params[1] != node.params[1]:
            continue
        same = _same_nodes(body, _slots(body, sequences, fixed, source), source.params[0])
        if same and (best is None or len(same) > len(best.chosen)):
            best = _Saved(source, same)
    return best


def _slots(
    body: Body, sequences: tuple[Node, ...], fixed: tuple[Node, ...], source: Node
) -> dict[Node, Node]:
    """Placeholders of one step -> the nodes of the other's step that they stand for."""
    other: Body = source.params[0]
    count, cut = len(other.states), len(other.states) + len(other.sequences)
    known: dict[Node, Node] = {}
    for k, value in enumerate(other.values):
        known.setdefault(part(source, k), value)
    known |= {states_before(source, k): s for k, s in enumerate(other.states)}
    known |= dict(zip(source.args[count:cut], other.sequences, strict=True))
    beside = dict(zip(source.args[cut:], other.fixed, strict=True))
    slots = {s: known[v] for s, v in zip(body.sequences, sequences, strict=True) if v in known}
    return slots | {s: beside[v] for s, v in zip(body.fixed, fixed, strict=True) if v in beside}


def _same_nodes(body: Body, slots: Mapping[Node, Node], other: Body) -> dict[Node, Node]:
    """The largest nodes of the step that are nodes of the other's step."""
    there = set(topological(other.values))
    same = dict(slots)
    for node in topological(body.values):
        if node.is_leaf or node in same:
            continue
        if not node.args:
            same[node] = node
        elif all(a in same for a in node.args):
            after = rebuild(node, tuple(same[a] for a in node.args))
            if after in there:
                same[node] = after
    found: dict[Node, Node] = {}

    def is_kept(node: Node) -> bool:
        return node in same and bool(node.args) and not is_view(node) and node.rank > 0

    for node in topological(body.values, stop=is_kept):
        if is_kept(node):
            found[node] = same[node]
    return found


def _taking(
    node: Node, found: _Saved, source: Node, places: Mapping[Node, int]
) -> tuple[Node, dict[Node, Node]]:
    """The scan with what the other keeps as sequences."""
    body: Body = node.params[0]
    taken: list[str] = []
    slots = {n: fresh_placeholder(body, "kept", n, taken) for n in found.chosen}
    along = [(slots[n], part(source, places[there])) for n, there in found.chosen.items()]
    return exchanged(widened(node, along), slots), slots


def _giving(node: Node, wanted: list[Node], exchange: dict[Node, Node]) -> tuple[Node, dict[Node, int]]:
    """The scan with more parts, and the number of each."""
    body: Body = node.params[0]
    values, names = list(body.values), list(body.names)
    places: dict[Node, int] = {}
    for there, now in zip(wanted, replace(wanted, exchange), strict=True):
        if now not in values:
            values.append(now)
            names.append(name_of(body, now))
        places[there] = values.index(now)
    return with_values(node, values, names), places
