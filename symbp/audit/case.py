"""A reading with its true gradients, and with the values of claims and gradients at random points."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from symbp.algebra.node import CONSTANT, Node, constant, leaves, number, topological
from symbp.algebra.node import replace as substituted
from symbp.audit.reading import Claim, Reading
from symbp.audit.sampled import Sampled
from symbp.calculus.reverse import sweep
from symbp.ops.compare import CLIP
from symbp.ops.constant_arrays import full, ones
from symbp.ops.structure.reshaping import reshape

SMALLEST = Fraction(1, 10**4)
"""Numbers up to this are there to keep something finite."""
LARGEST = 10
"""Limits from this on, to both sides, are there to keep something finite."""


class Case:
    """What is asked of one reading: its claims against the sweep of what forward computes."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        targets = list(dict.fromkeys(c.of for c in reading.claims))
        adjoints = sweep(reading.outputs, targets).adjoints
        self.truth = {t: adjoints.get(t, full(t.shape, 0)) for t in targets}
        self.claims = [replace(c, node=fitted(c.node, self.truth[c.of])) for c in reading.claims]
        """The claims, in the shapes of their gradients where that is only a matter of axes of size 1."""
        pairs = zip(reading.claims, self.claims, strict=True)
        self.bare = [c for given, c in pairs if not given.node.shape and c.node.shape and _varies(given.node)]
        """Those that are one number for a whole array, as a sum over one axis too many is."""

    @cached_property
    def sampled(self) -> Sampled:
        """Claims, gradients and what they are of, at random points."""
        return Sampled([n for c in self.claims for n in (c.node, self.truth[c.of], c.of)])

    @cached_property
    def exact(self) -> Case | None:
        """The same without what only keeps something finite; None where there is nothing of that kind."""
        outputs = [out for out, _ in self.reading.outputs]
        nodes = [*outputs, *(c.node for c in self.claims)]
        targets = list(self.truth)
        if not small_numbers(nodes, targets) and not guards(nodes, targets):
            return None
        changed = _without_guards(nodes, targets)
        changed = substituted(changed, {n: constant(0) for n in small_numbers(changed, targets)})
        seeds = [(out, up) for out, (_, up) in zip(changed, self.reading.outputs, strict=False)]
        rest = zip(self.claims, changed[len(outputs) :], strict=True)
        claims = [replace(claim, node=node) for claim, node in rest]
        return Case(replace(self.reading, outputs=seeds, claims=claims))

    def exactly(self, claim: Claim) -> Claim | None:
        """A claim of this case without that; None where there is nothing of that kind."""
        at = next((k for k, c in enumerate(self.claims) if c.node is claim.node and c.of is claim.of), None)
        return self.exact.claims[at] if self.exact is not None and at is not None else None


def _varies(node: Node) -> bool:
    return any(True for _ in leaves([node]))


def small_numbers(nodes: list[Node], targets: list[Node]) -> list[Node]:
    """The constants in these formulas, apart from targets, that are there to keep something finite."""
    found = [n for n in topological(nodes) if n.op is CONSTANT and 0 < abs(n.params[0]) <= SMALLEST]
    return _apart_from(found, targets)


def guards(nodes: list[Node], targets: list[Node]) -> list[Node]:
    """The limits in these formulas that no sensible value reaches: [-30, 30] of an exponent, [ε, 1 - ε]."""
    found = [n for n in topological(nodes) if n.op is CLIP and _is_guard(*n.args)]
    return _apart_from(found, targets)


def _apart_from(found: list[Node], targets: list[Node]) -> list[Node]:
    inside = set(topological(targets)) if found else set()
    return [n for n in found if n not in inside]


def _is_guard(value: Node, low: Node, high: Node) -> bool:
    """Probabilities that are given may lie beyond [ε, 1 - ε]; those that are computed do not."""
    a, b = number(low), number(high)
    if a is None or b is None:
        return False
    is_probability = 0 <= a <= SMALLEST and 0 <= 1 - b <= SMALLEST
    return (a == -b and b >= LARGEST) or (is_probability and not value.is_leaf)


def _without_guards(nodes: list[Node], targets: list[Node]) -> list[Node]:
    """The formulas with what is limited in place of such limits, one within the other."""
    while found := guards(nodes, targets):
        nodes = substituted(nodes, {n: n.args[0] for n in found})
    return nodes


def fitted(claimed: Node, true: Node) -> Node:
    """The claim in the shape of the gradient, where only axes of size 1 or a bare number differ."""
    if claimed.shape == true.shape:
        return claimed
    if not claimed.shape and (value := number(claimed)) is not None:
        return full(true.shape, value)
    if not claimed.shape:
        return claimed * ones(true.shape) if true.shape else claimed
    mine, wanted = ([s for s in node.shape if not s.is_one] for node in (claimed, true))
    return reshape(claimed, true.shape) if mine == wanted else claimed
