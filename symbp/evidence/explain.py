"""Why a claim is wrong, as `verify` says it."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.evidence.verdict import Verdict
from symbp.evidence.verifying import Explanation
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program


def explain(claim: Claimed, program: Program, true: Node, verdict: Verdict) -> Explanation:
    """The reason for a refutation (the diagnosis; nothing beyond the counterexample yet)."""
    return Explanation()
