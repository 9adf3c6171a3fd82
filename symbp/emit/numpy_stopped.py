"""What reaches a stop_gradient: slopes of forward are not its gradient."""

from __future__ import annotations

from collections.abc import Iterable

from symbp.algebra.node import Node, topological
from symbp.ops.scan import SCAN, Body
from symbp.ops.structure.stopped import STOP_GRADIENT


def stopped(roots: Iterable[Node]) -> set[Node]:
    """All nodes on which a value below the roots depends whose gradient is stopped there, and would show."""
    found = topological(roots)
    stops = [n for n in found if n.op is STOP_GRADIENT and not n.params]
    inside = [a for n in found if n.op is SCAN for a in _stopped_arguments(n)]
    return set(topological([*stops, *inside]))


def _stopped_arguments(scan: Node) -> list[Node]:
    """The arguments of a recurrence on which a stopped value of some step depends."""
    body: Body = scan.params[0]
    reached = stopped(body.values)
    grew = bool(reached)
    while grew:
        states = zip(body.states, body.values, strict=False)
        before = [v for s, v in states if s in reached and v not in reached]
        reached |= set(topological(before))
        grew = bool(before)
    return [a for a, slot in zip(scan.args, body.inputs, strict=True) if slot in reached]
