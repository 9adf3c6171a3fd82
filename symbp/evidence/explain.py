"""Why a claim is wrong, as `verify` says it."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.evidence.diagnose import diagnose, true_lines
from symbp.evidence.verdict import Verdict
from symbp.evidence.verifying import Explanation
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program


def explain(claim: Claimed, program: Program, true: Node, verdict: Verdict) -> Explanation:
    """The reason for a refutation: sentences, the underlined place, a verified correction."""
    if claim.misfit is not None:
        return Explanation(correction=true_lines(claim, program, true))
    found = diagnose(claim, program, true, verdict)
    return Explanation(found.hints, None if found.place is None else found.place.caret(), found.correction)
