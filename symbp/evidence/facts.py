"""Facts that a proof may use, and the record of those that it did use."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from symbp.algebra.node import Node, facts
from symbp.evidence.evaluate import with_definitions
from symbp.evidence.index_terms import Affine, Ix
from symbp.evidence.poly_values import SamplePoints
from symbp.evidence.polynomials import (
    F1,
    Access,
    AtLeastZero,
    Delta,
    Factor,
    Poly,
    Term,
)
from symbp.ops.symmetric import is_symmetric

POSITIVE = ("positive", "unit", "prob")
ROWS = ("onehot", "prob")
ZERO_ONE = ("onehot", "binary", "mask", "causal")
DISCRETE = {"onehot", "binary", "mask", "causal", "pm1", "index"}
GATED = {
    "greater",
    "greater_equal",
    "equal",
    "sign",
    "floor",
    "max",
    "min",
    "first_max",
    "first_min",
    "argmax",
    "argmin",
}
SYMMETRIC = ("symmetric", "spd")


class Facts:
    """What may be used of which leaf; `used` collects what was.

    `without` holds pairs (name, word) that must not be used.  With `by_cases`, functions of gates
    are taken apart (symbp.evidence.gates), with `by_angles` sines and cosines of sums
    (symbp.evidence.angles): more is proved, with more terms.
    """

    def __init__(
        self,
        without: Iterable[tuple[str, str]] = (),
        points: SamplePoints | None = None,
        by_cases: bool = False,
        by_angles: bool = False,
    ) -> None:
        self.without = frozenset(without)
        self.by_cases = by_cases
        self.by_angles = by_angles
        self.used: dict[tuple[str, str], None] = {}
        self.points = points or SamplePoints()
        self._generic: dict[Node, bool] = {}
        self._symmetric: dict[Node, bool] = {}

    def nowhere_zero(self, poly: Poly) -> bool:
        """Whether a polynomial is not 0 at sampled points, whatever the values of its indices."""
        return self.points.nowhere_zero(poly)

    def holds(self, node: Node, words: Iterable[str]) -> bool:
        """Whether one of the words is known of a leaf; then it is noted as used."""
        if not node.is_leaf:
            return False
        known = {f.split()[0] for f in facts(node)}
        for word in words:
            if word in known and (node.name, word) not in self.without:
                self.used.setdefault((node.name, word))
                return True
        return False

    def positive(self, node: Node) -> bool:
        return self.holds(node, POSITIVE)

    def symmetric(self, node: Node) -> bool:
        if node.rank != 2 or node.shape[0] != node.shape[1]:
            return False
        if node not in self._symmetric:
            self._symmetric[node] = is_symmetric(node, lambda leaf: self.holds(leaf, SYMMETRIC))
        return self._symmetric[node]

    def zero_or_one(self, node: Node) -> bool:
        return self.holds(node, ZERO_ONE)

    def generic(self, node: Node) -> bool:
        """Whether the entries are analytic, nowhere locally constant functions of real leaves.

        A comparison below makes an array that may be constant on whole regions (relu is 0).
        """
        if node.is_leaf:
            return not DISCRETE & {f.split()[0] for f in facts(node)}
        known = self._generic.get(node)
        if known is None:
            known = all(n.op.name not in GATED for n in with_definitions([node]))
            self._generic[node] = known
        return known

    def simpler(self, term: Term) -> Term | None:
        """The term after one use of a fact, None where there is none.

        Rows that sum to 1, entries that are 0 or 1, ±1 squared, unit vectors, inverse times matrix.
        """
        for rule in (_powers, _row_sums, _one_hot_pair, _unit_norm, _causal, _inverse):
            found = rule(term, self)
            if found is not None:
                return found
        return None


def _with(term: Term, factors: Iterable[Factor], without: Iterable[Ix] = ()) -> Term:
    gone = set(without)
    return Term(term.coefficient, tuple(i for i in term.bound if i not in gone), tuple(factors))


def _powers(term: Term, known: Facts) -> Term | None:
    """t² = t where t is 0 or 1; s² = 1 where s is ±1."""
    for k, (atom, power) in enumerate(term.factors):
        if not isinstance(atom, Access) or power == 1 or power.denominator != 1:
            continue
        rest = term.factors[:k] + term.factors[k + 1 :]
        if power > 1 and known.holds(atom.node, ZERO_ONE):
            return _with(term, (*rest, (atom, F1)))
        if known.holds(atom.node, ("pm1",)):
            odd = power % 2
            return _with(term, (*rest, (atom, Fraction(odd))) if odd else rest)
    return None


def _only_here(index: Ix, term: Term, k: int) -> bool:
    return all(index not in a.indices for j, (a, _) in enumerate(term.factors) if j != k)


def _row_sums(term: Term, known: Facts) -> Term | None:
    """Σ_j t_ij = 1."""
    return _rows_of_sum_one(term, known, 1, ROWS)


def _unit_norm(term: Term, known: Facts) -> Term | None:
    """Σ_i x_i² = 1 along the last axis."""
    return _rows_of_sum_one(term, known, 2, ("unitnorm",))


def _rows_of_sum_one(term: Term, known: Facts, wanted: int, words: Iterable[str]) -> Term | None:
    """The term without Σ over a whole last axis of a power of an array, where one of the words makes it 1."""
    for k, (atom, power) in enumerate(term.factors):
        if not isinstance(atom, Access) or power != wanted or not atom.at:
            continue
        index = atom.at[-1].single
        if (
            index in term.bound
            and index is not None
            and _only_here(index, term, k)
            and not any(index in a.indices for a in atom.at[:-1])
            and index.size == atom.node.shape[-1]
            and known.holds(atom.node, words)
        ):
            return _with(term, term.factors[:k] + term.factors[k + 1 :], [index])
    return None


def _one_hot_pair(term: Term, known: Facts) -> Term | None:
    """t_ij t_ik = δ_jk t_ij."""
    seen: list[tuple[int, Access]] = []
    for k, (atom, power) in enumerate(term.factors):
        if not isinstance(atom, Access) or power != 1 or not atom.at:
            continue
        for j, other in seen:
            if (
                other.node is atom.node
                and other.at[:-1] == atom.at[:-1]
                and known.holds(atom.node, ("onehot",))
            ):
                factors = [f for n, f in enumerate(term.factors) if n not in (j, k)]
                delta = Delta(atom.at[-1] - other.at[-1])
                return _with(term, [*factors, (other, F1), (delta, F1)])
        seen.append((k, atom))
    return None


def _causal(term: Term, known: Facts) -> Term | None:
    """m_ij = [j <= i]."""
    for k, (atom, power) in enumerate(term.factors):
        if isinstance(atom, Access) and len(atom.at) == 2 and known.holds(atom.node, ("causal",)):
            guard = AtLeastZero(atom.at[0] - atom.at[1])
            return _with(term, (*term.factors[:k], (guard, power), *term.factors[k + 1 :]))
    return None


def _inverse(term: Term, known: Facts) -> Term | None:
    """Σ_k (X⁻¹)_ik X_kj = δ_ij, on either side, X or its transpose."""
    for k, (atom, power) in enumerate(term.factors):
        if not isinstance(atom, Access) or power != 1 or atom.node.op.name != "inv" or len(atom.at) != 2:
            continue
        matrix = atom.node.args[0]
        for j, (other, other_power) in enumerate(term.factors):
            if not isinstance(other, Access) or other.node is not matrix or other_power != 1:
                continue
            for mine, its in ((1, 0), (0, 1)):
                index = atom.at[mine].single
                if index is None or index not in term.bound or other.at[its].single is not index:
                    continue
                if index.size != matrix.shape[0]:
                    continue
                ends: tuple[Affine, Affine] = (atom.at[1 - mine], other.at[1 - its])
                others = [f for n, f in enumerate(term.factors) if n not in (j, k)]
                if any(index in a.indices for a, _ in others) or any(index in e.indices for e in ends):
                    continue
                return _with(term, [*others, (Delta(ends[0] - ends[1]), F1)], [index])
    return None
