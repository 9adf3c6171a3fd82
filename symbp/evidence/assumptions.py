"""Facts that a claim silently takes for granted: "right if A is symmetric"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symbp.algebra.node import Node, facts, leaf, replace, topological
from symbp.evidence.compare import FACT_WORDS
from symbp.evidence.problem import Problem, agree

WORDS = {"onehot": "each row of {} is one-hot (one 1, else 0)", "positive": "all entries of {} are positive"}
HIDDEN = "hidden assumption"
KINDS = {"symmetric": "hidden symmetry assumption"}


@dataclass(frozen=True)
class Assumption:
    """A fact on one array with which the claim would be right."""

    kind: str
    words: str


def assumption(problem: Problem) -> Assumption | None:
    """The first fact on a single array that makes the claim right, confirmed by a proof."""
    claimed, true = problem.claim.node, problem.true
    if claimed.shape != true.shape:
        return None
    given = {u for _, u in problem.seeds}
    for of in (
        n
        for n in topological([claimed, true])
        if n.is_leaf and n.dtype == "real" and n.shape and n not in given
    ):
        for word in _words(of):
            if of is problem.target and word not in ("symmetric", "positive"):
                continue
            known = [*facts(of), word]
            a, b = replace([claimed, true], {of: leaf(of.name, of.shape, of.dtype, known)})
            problem.check_time(0.3)
            if problem.sheets.same(a, b) and agree(a, b):
                fact = WORDS.get(word, FACT_WORDS.get(word, "{} is " + word)).format(of.name)
                kind = KINDS.get(word, HIDDEN)
                return Assumption(kind, f"{kind}: right if {fact}, which is not assumed")
    return _all_symmetric(problem)


def _all_symmetric(problem: Problem) -> Assumption | None:
    """All square matrices symmetric at once, where no single one is enough."""
    claimed, true = problem.claim.node, problem.true
    leaves = [n for n in topological([claimed, true]) if n.is_leaf and n is not problem.target]
    square = [n for n in leaves if n.dtype == "real" and "symmetric" in _words(n)]
    if len(square) < 2:
        return None
    mapping = {n: leaf(n.name, n.shape, n.dtype, [*facts(n), "symmetric"]) for n in square}
    problem.check_time(0.35)
    a, b = replace([claimed, true], mapping)
    if not (problem.sheets.same(a, b) and agree(a, b)):
        return None
    kind, listed = KINDS["symmetric"], " and ".join(n.name for n in square)
    return Assumption(kind, f"{kind}: right if {listed} are symmetric, which is not assumed")


def _words(of: Node) -> Iterator[str]:
    """Facts that could be assumed of a leaf and are not."""
    known = {f.split()[0] for f in facts(of)}
    if of.rank == 2 and of.shape[0] == of.shape[1] and not known & {"symmetric", "spd"}:
        yield "symmetric"
    if known & {"onehot", "prob", "binary", "mask", "pm1", "causal", "constant"}:
        return
    if not known & {"positive", "unit"}:
        yield "positive"
    yield from ("prob", "onehot", "unitnorm", "binary", "pm1")
