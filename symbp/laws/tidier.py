"""The laws applied from the leaves up; the trail of their names is what an explanation quotes."""

from __future__ import annotations

from collections.abc import Container

from symbp.algebra.node import Node, rebuild, topological
from symbp.laws import delta, facts, tidy
from symbp.laws.law import Laws


def _in_order(*tables: Laws) -> Laws:
    """All laws of the rooms, those of the first room tried first."""
    found: Laws = {}
    for table in tables:
        for head, laws in table.items():
            found.setdefault(head, []).extend(laws)
    return found


LAWS = _in_order(tidy.LAWS, delta.LAWS, facts.LAWS)
"""What the tidier applies."""


class Tidier:
    """Rewrites nodes by the laws; remembers what it has done, and which laws it used where.

    Nodes in `fixed` (the forward pass, as its author wrote it) are left alone.
    """

    def __init__(self, fixed: Container[Node] = ()) -> None:
        self.fixed = fixed
        self.done: dict[Node, Node] = {}
        self.trail: dict[Node, list[str]] = {}

    def __call__(self, root: Node) -> Node:
        for node in topological([root], stop=self._known):
            if node not in self.done:
                self.done[node] = node if node in self.fixed else self._step(node)
        return self.done[root]

    def _known(self, node: Node) -> bool:
        return node in self.done or node in self.fixed

    def _step(self, node: Node) -> Node:
        current = rebuild(node, tuple(self.done[a] for a in node.args))
        names: list[str] = []
        while (found := self._rewrite_once(current)) is not None:
            name, after = found
            names.append(name)
            if after in self.done or after in self.fixed:
                current = self.done.get(after, after)
                break
            # a law builds at most a few nodes on top of tidy ones: tidy those, then go on
            after = rebuild(after, tuple(self._finish(a) for a in after.args))
            current = after
        if names:
            self.trail.setdefault(current, []).extend(names)
        self.done.setdefault(current, current)
        return current

    def _finish(self, node: Node) -> Node:
        """Tidy the new inner nodes of a right-hand side (nesting is bounded by the laws)."""
        if self._known(node) or not node.args:
            return self.done.get(node, node)
        result = self._step_inner(node)
        self.done[node] = result
        return result

    def _step_inner(self, node: Node) -> Node:
        current = rebuild(node, tuple(self._finish(a) for a in node.args))
        while (found := self._rewrite_once(current)) is not None:
            after = found[1]
            current = rebuild(after, tuple(self._finish(a) for a in after.args))
        self.done.setdefault(current, current)
        return current

    @staticmethod
    def _rewrite_once(node: Node) -> tuple[str, Node] | None:
        for rule in LAWS.get(node.op, ()):
            after = rule.rewrite(node)
            if after is not None and after is not node:
                return rule.name, after
        return None
