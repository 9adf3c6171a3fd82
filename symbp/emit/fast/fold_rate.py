"""The learning rate of gradient descent, folded into where gradients begin.

Gradients are linear in the upstream gradient of the loss, so what a step of gradient descent takes
off the parameters comes out of the same products if the rate is multiplied to the seeds: to the terms
of an adjoint that hold no other adjoint.  No pass over the parameters is left but the subtraction.
"""

from __future__ import annotations

from symbp.algebra.node import LEAF, Node, make, number, topological
from symbp.calculus.derivation import Derivation
from symbp.ops.arithmetic import MULTIPLY, multiply

BOTH = ("add", "subtract", "concatenate")
ONE = ("multiply", "contract")
FIRST = (
    "negative",
    "reshape",
    "getitem",
    "put_zeros",
    "fold",
    "windows",
    "pad",
    "mean",
    "divide",
    "gather",
    "scatter",
)


def rate_leaf(name: str) -> Node:
    """What stands for the rate: a number that is known when the step is taken."""
    return make(LEAF, (), (name, ()), ())


class Rate:
    """The rate of one step, and the adjoints that hold it already."""

    def __init__(self, leaf: Node, derivation: Derivation) -> None:
        self.leaf = leaf
        self.adjoints = {a.leaf for a in derivation.adjoints}

    def times(self, root: Node) -> Node | None:
        """The value times the rate; None where it is not plainly linear in the adjoints that it holds."""
        order = topological([root], stop=lambda n: n in self.adjoints)
        holds = {node for node in order if node in self.adjoints}
        done: dict[Node, Node] = {node: node for node in holds}
        for node in order:
            inside = [a in holds for a in node.args]
            if node in done or not any(inside):
                continue
            holds.add(node)
            args = self._arguments(node, inside, done)
            if args is None:
                return None
            done[node] = make(node.op, args, node.params, node.shape, node.dtype)
        return done[root] if root in holds else self._scaled(root)

    def _arguments(self, node: Node, inside: list[bool], done: dict[Node, Node]) -> tuple[Node, ...] | None:
        """The arguments with the rate in those that have to hold it."""
        name = node.op.name
        if name in BOTH:
            return tuple(done[a] if i else self._scaled(a) for a, i in zip(node.args, inside, strict=True))
        if (name in ONE and sum(inside) == 1) or (name in FIRST and inside[0] and not any(inside[1:])):
            return tuple(done[a] if i else a for a, i in zip(node.args, inside, strict=True))
        return None

    def _scaled(self, node: Node) -> Node:
        """A seed times the rate; in one number with the factor that it has."""
        if number(node) == 0:
            return node
        if node.op is MULTIPLY and not node.args[0].rank and node.rank:
            return multiply(multiply(self.leaf, node.args[0]), node.args[1])
        return multiply(self.leaf, node)


def scaled_values(derivation: Derivation, rate: Node) -> tuple[list[Node], list[Node]] | None:
    """All adjoints and all gradients times the rate; None where one is not plainly linear."""
    by = Rate(rate, derivation)
    adjoints = [by.times(a.value) for a in derivation.adjoints]
    results = [by.times(g.value) for g in derivation.results]
    found = [*adjoints, *results]
    if any(v is None for v in found):
        return None
    whole = [v for v in found if v is not None]
    return whole[: len(adjoints)], whole[len(adjoints) :]
