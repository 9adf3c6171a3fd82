"""Proof that two nodes are equal, for all sizes and values.

Normal forms alone grow with the depth of a network.  So equal inner nodes are found and merged
first, from the leaves up: nodes whose values agree at a random point are candidates, and a pair is
merged only when the normal forms of both, over merged nodes as leaves, are the same (structural
hashing with sweeping, as in the equivalence checking of circuits: Kuehlmann and Krohm 1997; every
merge is itself a proof).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symbp.algebra.node import Node, rebuild, topological
from symbp.evidence.angles import ANGLES
from symbp.evidence.entries import same_normal_form
from symbp.evidence.evaluate import with_definitions
from symbp.evidence.facts import GATED, Facts
from symbp.evidence.fingerprints import Print, fingerprints
from symbp.evidence.matrix_laws import normal_matrices
from symbp.evidence.polynomials import Budget, GivenUp
from symbp.ops.constant_arrays import full, is_zero

DEEPEST = 4
WORK = 1_000_000
"""Work for a whole proof (symbp.evidence.polynomials.Budget)."""
EFFORTS = ((4_000, 20_000), (500_000, WORK))
"""Work for one attempt and for all merges that fail, first and later.

Most proofs are short once inner values are merged; where one merge fails, those above it will too.
"""
LARGEST_CONE = 60


@dataclass
class Proof:
    """Whether equality was proved, and the facts that the proof used, as (leaf, word)."""

    holds: bool
    used: tuple[tuple[str, str], ...] = ()
    tried: list[str] = field(default_factory=list)


def prove_equal(a: Node, b: Node, *, without: Sequence[tuple[str, str]] = (), work: int = WORK) -> Proof:
    """Try to prove that a and b (of one shape) are equal; a Proof that does not hold says nothing."""
    prover = _Prover(Facts(without), Budget(work))
    a, b = normal_matrices([a, b])
    if a is b:
        return Proof(True)
    holds = a.shape == b.shape and prover.equal(a, b)
    return Proof(holds, tuple(prover.known.used) if holds else (), list(dict.fromkeys(prover.tried)))


@dataclass(frozen=True)
class Laws:
    """What a normal form may use beyond the laws that always pay."""

    by_cases: bool = False
    by_angles: bool = False

    @property
    def words(self) -> str:
        """How an attempt under these laws is reported."""
        return (", by cases" if self.by_cases else "") + (
            ", with addition theorems" if self.by_angles else ""
        )


_MORE_LAWS = ((Laws(by_cases=True), GATED), (Laws(by_angles=True), ANGLES))


class _Prover:
    def __init__(self, known: Facts, budget: Budget) -> None:
        self.known = known
        self.budget = budget
        self.tried: list[str] = []
        self.effort = self.patience = 0
        self.laws = Laws()

    def equal(self, a: Node, b: Node) -> bool:
        names = {n.op.name for n in with_definitions([a, b])}
        more = [laws for laws, needed in _MORE_LAWS if not needed.isdisjoint(names)]
        for self.effort, self.patience in EFFORTS:
            for self.laws in (Laws(), *more):
                if self.tries(a, b):
                    return True
        return False

    def tries(self, a: Node, b: Node) -> bool:
        """One attempt of each kind, under the laws in force."""
        over = "normal forms over the inputs" + self.laws.words
        if not self.laws.by_cases and self.shallow(a, b):
            return True
        return self.attempt(a, b, frozenset(), over) or self.merged(a, b)

    def shallow(self, a: Node, b: Node) -> bool:
        """Over what both sides share as leaves, then with more and more of that opened.

        A zero shares nothing, and all else may then be a leaf: Σ (x - mean x) is 0 whatever x is.
        """
        if is_zero(a) or is_zero(b):
            shared, depths = set(topological([a, b])), range(1, 4 * DEEPEST, 2)
        else:
            shared, depths = set(topological([a])) & set(topological([b])), range(DEEPEST)
        shared = {n for n in shared if n.dtype == "real"}
        for depth in depths:
            cut = _frontier([a, b], shared, depth)
            if not cut and depth:
                return False
            if self.attempt(a, b, cut, f"normal forms over shared values, {depth} opened"):
                return True
        return False

    def attempt(self, a: Node, b: Node, cut: frozenset[Node], what: str) -> bool:
        if a is b:
            return True
        if a.shape != b.shape or self.budget.left <= 0:
            return False
        if len(topological([a, b], stop=lambda n: n in cut)) > LARGEST_CONE * 4:
            return False
        self.tried.append(what)
        trial = Facts(self.known.without, self.known.points, self.laws.by_cases, self.laws.by_angles)
        own = Budget(min(self.budget.left, self.effort))
        given = own.left
        try:
            same = same_normal_form(a, b, cut, trial, own)
        except GivenUp:
            same = False
        self.budget.left -= given - max(own.left, 0)
        if not same:
            return False
        self.known.used.update(trial.used)
        return True

    # -- merging ------------------------------------------------------------------------------

    def merged(self, a: Node, b: Node) -> bool:
        """Merge equal inner nodes from the leaves up, then compare what is left."""
        order = [n for n in topological([a, b]) if n.dtype == "real"]
        prints = fingerprints(order)
        if prints is None:
            return False
        seen: dict[Print, list[Node]] = {}
        new: dict[Node, Node] = {}
        wasted = 0
        for node in topological([a, b]):
            current = rebuild(node, tuple(new[x] for x in node.args))
            new[node] = current
            if node.dtype != "real" or self.budget.left <= 0 or wasted > self.patience:
                continue
            key = prints.get(node)
            if key is None:
                continue
            if key.is_zero and key not in seen:
                seen[key] = [full(node.shape, 0)]
            for other in seen.setdefault(key, []):
                if other is current:
                    break
                if other.shape != current.shape:
                    continue
                before = self.budget.left
                if self.shallow(current, other):
                    new[node] = other
                    break
                wasted += before - self.budget.left
            else:
                seen[key].append(current)
        self.tried.append("merging equal inner values")
        left, right = new[a], new[b]
        return left is right or self.shallow(left, right)


def _frontier(roots: Sequence[Node], shared: set[Node], depth: int) -> frozenset[Node]:
    """The shared nodes at which to stop, `depth` steps below where sharing begins."""
    cut: dict[Node, None] = {}
    levels: dict[Node, int] = {}
    stack: list[tuple[Node, int]] = [(r, 0) for r in roots]
    while stack:
        node, level = stack.pop()
        if node in levels and levels[node] <= level:
            continue
        levels[node] = level
        if node in shared:
            if node.is_leaf or not node.args:
                continue
            if level >= depth:
                cut.setdefault(node)
                continue
            level += 1
        meaning = node.meaning
        below = (meaning,) if meaning is not None and node in shared else node.args
        stack.extend((x, level) for x in below)
    opened = {n for n, level in levels.items() if n in cut and level < depth}
    return frozenset(n for n in cut if n not in opened)
