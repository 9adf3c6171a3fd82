"""Forward and backward as one graph: what both compute is computed once.

Nodes are hash-consed, so writing each adjoint's value in the place of its name makes the common
subexpressions of both passes the same objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symbp.algebra.node import Node, rebuild, topological
from symbp.calculus.derivation import Derivation
from symbp.emit.numpy_lower import Lowering
from symbp.emit.numpy_precise import AtHand
from symbp.emit.numpy_spell import is_spelled


@dataclass(frozen=True)
class Joint:
    """The outputs, the gradients by name, and the names that nodes have in the model."""

    outputs: tuple[Node, ...]
    results: tuple[tuple[str, Node], ...]
    names: Mapping[Node, str]
    notes: tuple[tuple[str, str], ...] = ()
    early: tuple[Node, ...] = ()
    """Parts of gradients that are worked out as soon as what they are made of is there."""

    @property
    def roots(self) -> list[Node]:
        return [*self.outputs, *(value for _, value in self.results)]

    def order(self) -> tuple[Node, ...]:
        """All nodes, arguments first."""
        return self._order

    @cached_property
    def _order(self) -> tuple[Node, ...]:
        return tuple(topological(self.roots))


def joint_graph(derivation: Derivation, scaled: tuple[list[Node], list[Node]] | None = None) -> Joint:
    """The graph with the upstream gradient 1, all operations of which have a spelling.

    `scaled` holds other values for the adjoints and the gradients.
    """
    adjoints = [a.value for a in derivation.adjoints] if scaled is None else scaled[0]
    gradients = [g.value for g in derivation.results] if scaled is None else scaled[1]
    program = derivation.forward
    lower = Lowering(is_spelled)
    lower.at_hand = AtHand(by_slopes=False)
    outputs = tuple(lower.all(program.nodes[name] for name, _ in program.outputs))
    computed = set(topological(outputs))
    lower.at_hand = replace(lower.at_hand, computed=computed, in_gradient=True)
    values = {}
    for adjoint, value in zip(derivation.adjoints, adjoints, strict=True):
        values[adjoint.leaf] = lower.done[adjoint.leaf] = lower(value)
    pairs = zip(derivation.results, gradients, strict=True)
    results = tuple((g.name.ascii, lower(value)) for g, value in pairs)
    names: dict[Node, str] = {}
    leaves = {v.node for v in program.variables}
    listed = [(e.node, e.name.ascii) for e in program.equations]
    listed += [(h.node, h.name.ascii) for h in derivation.hidden]
    listed += [(a.leaf, a.name.ascii) for a in derivation.adjoints]
    for node, name in listed:
        low = lower.done.get(node)
        if low is not None and low not in leaves:
            names.setdefault(low, name)
    return Joint(outputs, results, names)


def rewritten(joint: Joint, rule: Callable[[Node], Node | None]) -> tuple[Joint, int]:
    """Every node exchanged by a rule, arguments first; how often the rule applied."""
    done: dict[Node, Node] = {}
    count = 0
    for node in joint.order():
        current = rebuild(node, tuple(done[a] for a in node.args))
        after = rule(current)
        if after is not None and after is not current:
            count += 1
            current = after
        done[node] = current
    return mapped(joint, done), count


def mapped(joint: Joint, done: Mapping[Node, Node]) -> Joint:
    """The joint graph of what its nodes have become."""
    names: dict[Node, str] = {}
    for node, name in joint.names.items():
        if node in done:
            names.setdefault(done[node], name)
    results = tuple((name, done[value]) for name, value in joint.results)
    outputs, early = tuple(done[n] for n in joint.outputs), tuple(done[n] for n in joint.early)
    return replace(joint, outputs=outputs, results=results, names=names, early=early)


def noted(joint: Joint, name: str, text: str) -> Joint:
    """The same with a line for the report."""
    return replace(joint, notes=(*joint.notes, (name, text)))


def use_counts(order: Sequence[Node], roots: Sequence[Node]) -> dict[Node, int]:
    """How many nodes (or results) take each node."""
    uses = dict.fromkeys(order, 0)
    for node in order:
        for arg in node.args:
            uses[arg] += 1
    for root in roots:
        uses[root] += 1
    return uses
