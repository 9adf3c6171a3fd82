"""Claims against the sweep of what forward computes: one finding for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from symbp.algebra.node import Node, facts, topological
from symbp.audit.case import Case, small_numbers
from symbp.audit.conventions import ADDED, conventions
from symbp.audit.limits import clipped_unseen
from symbp.audit.reading import Claim, Reading
from symbp.audit.sampled import Sampled
from symbp.audit.severity import FACTOR, PAIR, RIGHT, UNKNOWN, WRONG, Convention
from symbp.audit.unmet import SELDOM, beyond_unmet_tests
from symbp.audit.vocabulary import BIAS, STATE, WEIGHT
from symbp.evidence.compare import FACT_WORDS, find_difference, without_fact
from symbp.evidence.field import agree_exactly
from symbp.evidence.prove import prove_equal
from symbp.evidence.verdict import HOLDS, PROVED, REFUTED, UNDECIDED, Verdict
from symbp.ops.registry import show

SMALL_GRAPH, LARGE_GRAPH = 350, 20_000
FLOATS = "floats"
UNSEEN = 1e-11
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
    equal: tuple[Node, Node] | None = None
    """What has to be equal, where that is not the claim and the gradient themselves."""


def judge(reading: Reading) -> list[Finding]:
    """A finding for each claim of a reading, by floats at random points: `settled` confirms it."""
    case = Case(reading)
    found = _consistent([_judged(claim, case) for claim in case.claims], reading)
    return _of_one_step(_of_one_sign(found))


def _judged(claim: Claim, case: Case) -> Finding:
    true = case.truth[claim.of]
    if claim.node.shape != true.shape:
        reason = f"its shape is {show(claim.node.shape)}, the gradient has {show(true.shape)}"
        verdict = Verdict(REFUTED, "shape", reason)
    else:
        reason, verdict = "", _by_floats(claim.node, true, case.sampled)
        if verdict.is_right and (beyond := clipped_unseen(claim, case)) is not None:
            return _by_convention(claim, verdict, beyond, true)
        if verdict.status != REFUTED:
            return Finding(claim, RIGHT if verdict.is_right else UNKNOWN, verdict, true=true)
        if claim in case.bare:
            reason = f"it is one number, the gradient has {show(true.shape)}"
            verdict = Verdict(REFUTED, "shape", reason)
    convention = conventions(claim, case)
    if convention is not None:
        return _by_convention(claim, verdict, convention, true)
    return Finding(claim, WRONG, verdict, reason, true=true)


def _by_convention(claim: Claim, verdict: Verdict, convention: Convention, true: Node) -> Finding:
    if convention.severity == RIGHT:
        verdict = Verdict(HOLDS, FLOATS, convention.words)
    words, factor = convention.words, convention.factor
    return Finding(claim, convention.severity, verdict, words, factor, true, convention.equal)


def _needs(verdict: Verdict) -> str:
    return f"needs: {', '.join(verdict.needs)}" if verdict.needs else ""


def settled(finding: Finding, reading: Reading) -> Finding:
    """A finding of floats with its proof or its counterexample, as far as there is one."""
    claim, true = finding.claim, finding.true
    by_words = finding.severity == RIGHT and finding.reason
    if by_words and finding.verdict.method == FLOATS and finding.equal is not None:
        verdict = equality(*finding.equal)
        return replace(finding, verdict=replace(verdict, status=HOLDS)) if verdict.is_right else finding
    if finding.verdict.method != FLOATS or true is None or by_words or claim.node.shape != true.shape:
        return finding
    verdict = equality(claim.node, true)
    if verdict.status == REFUTED:
        return _refuted(claim, verdict, reading, finding)
    if finding.verdict.status == REFUTED:  # nothing but rounding
        finding = replace(finding, severity=RIGHT if verdict.is_right else UNKNOWN, reason="", factor=None)
    unseen = _unseen(claim.node, true) if verdict.method == FLOATS and verdict.is_right else ""
    return replace(finding, verdict=verdict, reason=finding.reason or _needs(verdict) or unseen)


def _unseen(claimed: Node, true: Node) -> str:
    """A number too small for floats to tell whether both formulas have it alike."""
    found = [n for n in small_numbers([claimed, true], []) if abs(n.params[0]) < UNSEEN]
    return f"but for {float(found[0].params[0]):g}, which keeps forward finite" if found else ""


def _refuted(claim: Claim, verdict: Verdict, reading: Reading, finding: Finding) -> Finding:
    """A finding with its counterexample; judged again where the floats had seen no difference."""
    if finding.verdict.status == REFUTED:
        return replace(finding, verdict=verdict)
    if verdict.detail == SELDOM:
        reason = f"{SELDOM}: {verdict.counterexample}"
        return replace(finding, severity=WRONG, verdict=verdict, reason=reason)
    convention = conventions(claim, Case(reading))
    if convention is not None and finding.true is not None:
        return _by_convention(claim, verdict, convention, finding.true)
    return replace(finding, severity=WRONG, verdict=verdict)


def _by_floats(claimed: Node, true: Node, sampled: Sampled) -> Verdict:
    """Whether two formulas agree at random points.  A plain difference needs no further digits here."""
    if claimed is true:
        return Verdict(PROVED, "normal form", "the same expression")
    differ = sampled.differ(claimed, true) if sampled.knows(claimed, true) else None
    if differ:
        return Verdict(REFUTED, FLOATS, "the formulas differ")
    if differ is None:
        found, points = find_difference(claimed, true)
        if found is not None:
            return Verdict(REFUTED, "counterexample", "the formulas differ", counterexample=found)
        if not points:
            return Verdict(UNDECIDED, "none", "no point could be evaluated")
    return Verdict(HOLDS, FLOATS, "random points agree to 11 digits")


def equality(claimed: Node, true: Node) -> Verdict:
    """The ladder of `compare` with bounded proofs: many claims are judged in one audit."""
    if claimed is true:
        return Verdict(PROVED, "normal form", "the same expression")
    found, points = find_difference(claimed, true)
    if found is not None:
        return Verdict(REFUTED, "counterexample", "the formulas differ", counterexample=found)
    if not points:
        return Verdict(UNDECIDED, "none", "no point could be evaluated")
    count = len(topological([claimed, true]))
    if count <= SMALL_GRAPH and prove_equal(claimed, true, work=PROOF).holds:
        detail = "the normal forms are the same"
        return Verdict(PROVED, "normal form", detail, needs=tuple(_facts_needed(claimed, true)))
    found = beyond_unmet_tests(claimed, true) if count <= SMALL_GRAPH else None
    if found is not None:
        return Verdict(REFUTED, "counterexample", SELDOM, counterexample=found)
    if count <= LARGE_GRAPH:
        agreement = agree_exactly(claimed, true, trials=2, attempts=8)
        if agreement.agree:
            detail = f"{agreement.trials} random points agree"
            return Verdict(HOLDS, "exact evaluation", detail, bits=agreement.bits)
    return Verdict(HOLDS, FLOATS, f"{points} random points agree to 11 digits")


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


def _of_one_sign(found: list[Finding]) -> list[Finding]:
    """A sign is a convention only where all gradients have it."""
    others = [f.claim.name for f in found if f.severity in (RIGHT, FACTOR)]
    if not others:
        return found
    words = f"the sign is wrong: that of {others[0]} is the other one"
    return [replace(f, severity=WRONG, reason=words) if _is_negative(f) else f for f in found]


def _is_negative(finding: Finding) -> bool:
    return finding.severity == PAIR and (finding.factor or "").startswith("-")


def _of_one_step(found: list[Finding]) -> list[Finding]:
    """Steps are all added, or all subtracted: where both occur, those that are fewer are wrong."""
    steps = [f for f in found if f.claim.how == "update"]
    added = [f for f in steps if f.severity == PAIR and f.reason.startswith(ADDED)]
    taken = [f for f in steps if f.severity in (RIGHT, FACTOR)]
    if not added or not taken:
        return found
    odd, rest = (added, taken) if len(added) <= len(taken) else (taken, added)
    words = f"its sign is not that of {', '.join(f.claim.name for f in rest)}"
    verdict = Verdict(REFUTED, FLOATS, words)
    return [replace(f, severity=WRONG, reason=words, verdict=verdict) if f in odd else f for f in found]


def _others(weights: list[Finding], odd: Finding) -> str:
    return ", ".join(f.claim.name for f in weights if f is not odd)


def _odd_one(weights: list[Finding]) -> Finding:
    """The one that is off by the rarest factor; never one that is the gradient."""
    counts: dict[str | None, int] = {}
    for f in weights:
        counts[f.factor] = counts.get(f.factor, 0) + 1
    off = [f for f in weights if f.factor is not None]
    rare = min(counts[f.factor] for f in off)
    return next(f for f in reversed(off) if counts[f.factor] == rare)


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
