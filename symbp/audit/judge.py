"""Claims against the sweep of what forward computes: one finding for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from symbp.algebra.node import Node, facts, topological
from symbp.audit.conventions import Convention, conventions
from symbp.audit.reading import Claim, Reading
from symbp.audit.severity import FACTOR, RIGHT, UNKNOWN, WRONG
from symbp.audit.values import BIAS, STATE, WEIGHT
from symbp.calculus.reverse import sweep
from symbp.evidence.compare import FACT_WORDS, find_difference, without_fact
from symbp.evidence.field import agree_exactly
from symbp.evidence.prove import prove_equal
from symbp.evidence.verdict import HOLDS, PROVED, REFUTED, UNDECIDED, Verdict
from symbp.ops.constant_arrays import full, ones
from symbp.ops.registry import show
from symbp.ops.structure.reshaping import reshape

SMALL_GRAPH, LARGE_GRAPH = 350, 20_000
PROOF = 10_000
"""How much work a proof may be."""


@dataclass(frozen=True)
class Finding:
    """What is known of one claimed gradient."""

    claim: Claim
    severity: str
    verdict: Verdict
    reason: str = ""
    factor: str | None = None
    true: Node | None = None


def judge(reading: Reading, quick: bool = False) -> list[Finding]:
    """A finding for each claim of a reading.

    `quick` settles for floats at random points where there is no difference.
    """
    targets = list(dict.fromkeys(c.of for c in reading.claims))
    adjoints = sweep(reading.outputs, targets).adjoints
    truth = {t: adjoints.get(t, full(t.shape, 0)) for t in targets}
    found = [_judged(claim, reading, truth[claim.of], quick) for claim in reading.claims]
    return _consistent(found, reading)


def _judged(claim: Claim, reading: Reading, true: Node, quick: bool) -> Finding:
    node = fitted(claim.node, true)
    if node.shape != true.shape:
        reason = f"its shape is {show(node.shape)}, the gradient has {show(true.shape)}"
        verdict = Verdict(REFUTED, "shape", reason)
        convention = conventions(replace(claim, node=node), reading, true)
        if convention is not None:
            return _by_convention(claim, verdict, convention, true)
        return Finding(claim, WRONG, verdict, reason, true=true)
    verdict = equality(node, true, quick)
    if verdict.status != REFUTED:
        return Finding(claim, RIGHT if verdict.is_right else UNKNOWN, verdict, _needs(verdict), true=true)
    claim = replace(claim, node=node)
    convention = conventions(claim, reading, true)
    if convention is not None:
        return _by_convention(claim, verdict, convention, true)
    return Finding(claim, WRONG, verdict, "", true=true)


def _by_convention(claim: Claim, verdict: Verdict, convention: Convention, true: Node) -> Finding:
    if convention.severity == RIGHT:
        verdict = Verdict(HOLDS, "floats", convention.words)
    return Finding(claim, convention.severity, verdict, convention.words, convention.factor, true)


def _needs(verdict: Verdict) -> str:
    return f"needs: {', '.join(verdict.needs)}" if verdict.needs else ""


def fitted(claimed: Node, true: Node) -> Node:
    """The claim in the shape of the gradient, where only axes of size 1 or a bare number differ."""
    if claimed.shape == true.shape:
        return claimed
    if not claimed.shape:
        return claimed * ones(true.shape) if true.shape else claimed
    mine, wanted = ([s for s in node.shape if not s.is_one] for node in (claimed, true))
    return reshape(claimed, true.shape) if mine == wanted else claimed


def equality(claimed: Node, true: Node, quick: bool) -> Verdict:
    """The ladder of `compare` with bounded proofs: many claims are judged in one audit."""
    if claimed is true:
        return Verdict(PROVED, "normal form", "the same expression")
    found, points = find_difference(claimed, true)
    if found is not None:
        return Verdict(REFUTED, "counterexample", "the formulas differ", counterexample=found)
    if not points:
        return Verdict(UNDECIDED, "none", "no point could be evaluated")
    count = len(topological([claimed, true]))
    if not quick and count <= SMALL_GRAPH and prove_equal(claimed, true, work=PROOF).holds:
        detail = "the normal forms are the same"
        return Verdict(PROVED, "normal form", detail, needs=tuple(_facts_needed(claimed, true)))
    if not quick and count <= LARGE_GRAPH:
        agreement = agree_exactly(claimed, true, trials=2, attempts=8)
        if agreement.agree:
            detail = f"{agreement.trials} random points agree"
            return Verdict(HOLDS, "exact evaluation", detail, bits=agreement.bits)
    return Verdict(HOLDS, "floats", f"{points} random points agree to 11 digits")


def _facts_needed(claimed: Node, true: Node) -> Iterator[str]:
    """What must be known of the leaves, without which the claim would be wrong."""
    for node in [n for n in topological([claimed, true]) if n.is_leaf]:
        for word in (f.split()[0] for f in facts(node)):
            if word in FACT_WORDS:
                a, b = without_fact([claimed, true], node, word)
                if find_difference(a, b)[0] is not None:
                    yield FACT_WORDS[word].format(node.name)


def _consistent(found: list[Finding], reading: Reading) -> list[Finding]:
    """Parameters of one layer have one factor: where a weight is averaged, so is its bias."""
    weights = [f for f in found if f.severity in (RIGHT, FACTOR) and _is_parameter(f, reading)]
    factors = {f.factor for f in weights}
    if len(factors) < 2 or len(weights) < 2:
        return found
    odd = _odd_one(weights)
    mean = next(f.factor for f in weights if f.claim is not odd.claim)
    words = (
        f"{odd.claim.name} has the factor {odd.factor or 1} where {_others(weights, odd)} "
        f"{'has' if len(weights) == 2 else 'have'} {mean or 1}: one is summed, the other averaged"
    )
    return [replace(f, severity=WRONG, reason=words) if f is odd else f for f in found]


def _others(weights: list[Finding], odd: Finding) -> str:
    return ", ".join(f.claim.name for f in weights if f is not odd)


def _odd_one(weights: list[Finding]) -> Finding:
    counts: dict[str | None, int] = {}
    for f in weights:
        counts[f.factor] = counts.get(f.factor, 0) + 1
    rare = min(counts.values())
    return next(f for f in reversed(weights) if counts[f.factor] == rare)


def _is_parameter(finding: Finding, reading: Reading) -> bool:
    name = finding.claim.target.split(".")[-1]
    named = any(pattern.match(name) for pattern in (WEIGHT, BIAS)) and not STATE.match(name)
    return finding.claim.target in reading.parameters or named


def statuses(found: list[Finding]) -> Mapping[str, int]:
    """How many findings of each severity there are."""
    counts: dict[str, int] = {}
    for f in found:
        counts[f.severity] = counts.get(f.severity, 0) + 1
    return counts
