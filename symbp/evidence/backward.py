"""The backward sweep to one target, repeated with mistakes built in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from symbp.algebra.node import Node
from symbp.calculus.reverse import local_adjoints
from symbp.evidence.problem import Problem
from symbp.ops.arithmetic import total

Change = Callable[[Node, list["Node | None"]], Sequence["Node | None"]]
"""(adjoint of a node, what it passes on to its arguments) -> what the mistaken one passes on."""
Edge = tuple["Node | None", Node]
"""(consumer, node); no consumer: the upstream gradient that arrives from outside."""


@dataclass(frozen=True)
class Mutation:
    """A mistake: its kind, the sentence that says it, the gradient that it leads to."""

    kind: str
    words: str
    gradient: Node


class Backward:
    """The sweep to one target, repeated with changes at some nodes."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.target = problem, problem.target
        self.order = [n for n in problem.forward if n.dtype == "real"]
        self.needed: set[Node] = set()
        for node in self.order:
            if node is self.target or any(a in self.needed for a in node.args):
                self.needed.add(node)
        self.base: dict[Node, tuple[Node, list[Node | None]]] = {}
        self.sources: dict[Node, list[Node | None]] = {}
        """node -> the consumers that contribute to its adjoint (None: from outside)"""
        self.gradient({}, set(), record=True)

    @cached_property
    def between(self) -> list[Node]:
        """The nodes that have an adjoint and lead to the target, arguments first."""
        return [n for n in self.order if n in self.base]

    def gradient(
        self, changes: Mapping[Node, Change], dropped: set[Edge], record: bool = False
    ) -> Node | None:
        """The gradient of the target with these changes; None where nothing arrives."""
        terms: dict[Node, list[Node]] = {}
        for out, up in self.problem.seeds:
            if out in self.needed and (None, out) not in dropped:
                terms.setdefault(out, []).append(up)
            if record and out in self.needed:
                self.sources.setdefault(out, []).append(None)
        for node in reversed(self.order):
            if node not in terms:
                continue
            adjoint = total(terms[node])
            if record:
                self.base[node] = (adjoint, [])
            if node is self.target:
                return adjoint
            for arg, term in zip(node.args, self._passed(node, adjoint, changes, record), strict=True):
                if term is None or arg not in self.needed:
                    continue
                if record and node not in self.sources.get(arg, []):
                    self.sources.setdefault(arg, []).append(node)
                if (node, arg) not in dropped:
                    terms.setdefault(arg, []).append(term)
        return None

    def _passed(
        self, node: Node, adjoint: Node, changes: Mapping[Node, Change], record: bool
    ) -> Sequence[Node | None]:
        if not any(a in self.needed for a in node.args):
            return [None] * len(node.args)
        known = self.base.get(node)
        if known is not None and known[0] is adjoint and known[1]:
            passed = known[1]
        else:
            passed = list(local_adjoints(node, adjoint, lambda n: n))
            if record:
                self.base[node] = (adjoint, passed)
        change = changes.get(node)
        return passed if change is None else change(adjoint, list(passed))

    # -- names ------------------------------------------------------------------------------------

    @cached_property
    def consumers(self) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {}
        for node in self.order:
            for arg in node.args:
                found.setdefault(arg, []).append(node)
        return found

    def named_above(self, node: Node) -> Node | None:
        """The node itself where it has a name, else the nearest named one that it leads to."""
        queue, seen = [node], {node}
        while queue:
            current = queue.pop(0)
            if current in self.problem.names:
                return current
            for above in self.consumers.get(current, []):
                if above not in seen:
                    seen.add(above)
                    queue.append(above)
        return None

    def via(self, node: Node) -> str:
        above = self.named_above(node)
        return self.problem.short(node) or "the loss" if above is None else self.problem.names[above]
