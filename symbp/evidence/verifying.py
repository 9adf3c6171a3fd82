"""`verify`: hand-derived gradients, each right, or wrong with a counterexample and the reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symbp.algebra.node import Node, as_node
from symbp.algebra.node import replace as replaced
from symbp.errors import ShapeError, SymbpError
from symbp.evidence.cases import compare_in_case
from symbp.evidence.local import local_verdict, second_verdict
from symbp.evidence.paths import path_verdict
from symbp.evidence.truth import true_gradients
from symbp.evidence.verdict import REFUTED, UNDECIDED, Report, Verdict
from symbp.lang.cases import read_case
from symbp.lang.claims import misfit
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program


@dataclass(frozen=True)
class Explanation:
    """Why a claim is wrong: sentences, the underlined place, a corrected formula."""

    hints: tuple[str, ...] = ()
    place: str | None = None
    correction: str | None = None


Explainer = Callable[[Claimed, Program, Node, Verdict], Explanation]


def no_explanation(claim: Claimed, program: Program, true: Node, verdict: Verdict) -> Explanation:
    return Explanation()


def verify_claims(program: Program, claims: Sequence[Claimed], explain: Explainer = no_explanation) -> Report:
    """A verdict for each claim, in the order of the claims.

    Where several claims build on each other, the first refuted one is the first wrong line.
    """
    nodes = program.nodes
    truth = true_gradients(program, [nodes[identifier(c.target)] for c in claims])
    others = other_gradients(program, claims)
    verdicts: dict[str, Verdict] = {}
    for claim in claims:
        if claim.key in verdicts and not verdicts[claim.key].is_right:
            continue
        true = truth[nodes[identifier(claim.target)]]
        verdicts[claim.key] = judged(claim, program, true, others, explain)
    return Report(verdicts)


def judged(
    claim: Claimed, program: Program, true: Node, others: Mapping[Node, Node], explain: Explainer
) -> Verdict:
    """The verdict on one claim: about a path, about a name on the way, or about a gradient."""
    if claim.misfit is not None:
        return misfit_verdict(claim, claim.misfit, program, true, explain)
    if claim.again:
        return second_verdict(with_gradients(claim, others), program)
    if claim.path:
        return path_verdict(claim.path, program)
    if claim.of:
        return local_verdict(with_gradients(claim, others), program)
    verdict = verify_claim(with_gradients(claim, others), program, true, explain)
    return replace(verdict, needs=(*verdict.needs, *claim.assumed)) if verdict.is_right else verdict


def other_gradients(program: Program, claims: Sequence[Claimed]) -> dict[Node, Node]:
    """The leaves that stand for other gradients in claims, with what these are."""
    nodes, found = program.nodes, {}
    for leaf, (of, by) in {k: v for c in claims for k, v in c.gradients.items()}.items():
        seeds = None if of is None else [(of, as_node(1))]
        found[leaf] = true_gradients(program, [nodes[by]], seeds)[nodes[by]]
    return found


def with_gradients(claim: Claimed, known: Mapping[Node, Node]) -> Claimed:
    """The claim with other gradients that it mentions put in."""
    if not claim.gradients:
        return claim
    node, *steps = replaced([claim.node, *(s.node for s in claim.steps)], known)
    listed = tuple(replace(s, node=n) for s, n in zip(claim.steps, steps, strict=True))
    return replace(claim, node=node, steps=listed)


def misfit_verdict(
    claim: Claimed, error: ShapeError, program: Program, true: Node, explain: Explainer
) -> Verdict:
    """A formula in which shapes do not fit is wrong whatever the values are."""
    reason = f"the formula has no value: {error.reason}"
    hints = (f"wrong shape: {error.reason}", *((error.hint,) if error.hint else ()))
    verdict = Verdict(REFUTED, "shape", reason, hints=hints)
    found = _explained(claim, program, true, verdict, explain)
    place = None if error.place is None else error.place.caret()
    return replace(verdict, place=place, correction=found.correction)


def verify_claim(
    claim: Claimed, program: Program, true: Node, explain: Explainer = no_explanation
) -> Verdict:
    """The verdict on one claim, with the reason where it is wrong."""
    verdict = compare_in_case(claim, claim.node, true, program)
    if verdict.status == REFUTED and claim.given:
        with_facts = _compare_given(claim, true, program)
        verdict = with_facts if with_facts.is_right else verdict
    if verdict.status == REFUTED and claim.case:
        return replace(verdict, place=None if claim.place is None else claim.place.caret())
    if verdict.status != REFUTED:
        return verdict
    found = _explained(claim, program, true, verdict, explain)
    hints = tuple(dict.fromkeys((*verdict.hints, *found.hints)))
    return replace(verdict, hints=hints, place=found.place, correction=found.correction)


def _compare_given(claim: Claimed, true: Node, program: Program) -> Verdict:
    """The verdict with the facts that the text states for this claim."""
    where = () if claim.where is None else (claim.where,)
    node, known, *region = replaced([claim.node, true, *where], claim.given)
    return compare_in_case(claim, node, known, program, *region)


def _explained(
    claim: Claimed, program: Program, true: Node, verdict: Verdict, explain: Explainer
) -> Explanation:
    """The reason for a refutation.  A mistake in the search for it does not take the verdict away."""
    try:
        return explain(claim, program, true, verdict)
    except (AssertionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return Explanation((f"no reason was found: {type(error).__name__} in the search for one",))


@dataclass(frozen=True)
class CaseResult:
    """What became of one case of a collection."""

    case: str
    report: Report
    seconds: float


def verify_case(case: Mapping[str, Any], explain: Explainer = no_explanation) -> CaseResult:
    """All claims of one case (the format of a cases file)."""
    start = time.perf_counter()
    name = str(case.get("id", "case"))
    verdicts: dict[str, Verdict] = {}
    try:
        program, claims = read_case(case)
        nodes = program.nodes
        read = [t for t, claim in claims.items() if not isinstance(claim, SymbpError)]
        truth = true_gradients(program, [nodes[identifier(t)] for t in read])
    except SymbpError as error:
        reason = f"the forward lines cannot be read: {error.reason}"
        unread = {t: Verdict(UNDECIDED, "reading", reason, place=str(error)) for t in case.get("claims", {})}
        return CaseResult(name, Report(unread, name), time.perf_counter() - start)
    for target, claim in claims.items():
        if isinstance(claim, SymbpError):
            verdicts[target] = _unread(claim, target, program, explain)
            continue
        verdicts[target] = verify_claim(claim, program, truth[nodes[identifier(target)]], explain)
    return CaseResult(name, Report(verdicts, name), time.perf_counter() - start)


def _unread(error: SymbpError, target: str, program: Program, explain: Explainer) -> Verdict:
    """Lines of a claim that cannot be read: ill-typed ones are wrong, of others nothing is known."""
    if isinstance(error, ShapeError):
        claim = misfit(target, program, error)
        true = true_gradients(program, [claim.node])[claim.node]
        return misfit_verdict(claim, error, program, true, explain)
    return Verdict(UNDECIDED, "reading", f"the claim cannot be read: {error.reason}", place=str(error))
