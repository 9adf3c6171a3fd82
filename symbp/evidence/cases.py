"""Claims made under a condition: for i ≠ j, if y = 1, where a > 0, when the unit is active.

What is understood of a condition is put in: values for leaves, and a factor that is 1 where the claim is
about and 0 elsewhere, on both sides.  For a condition in words the comparisons of the gradient say which
regions there are; a claim that is right in one of them is right there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.algebra.node import replace as replaced
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.compare import compare, points_for
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.evidence.spelled import Speller
from symbp.evidence.spelled_text import NotSpelled
from symbp.evidence.verdict import REFUTED, UNDECIDED, Verdict
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program
from symbp.ops.arithmetic import multiply
from symbp.ops.constant_arrays import full

MOST_COMPARISONS = 3
"""Comparisons of a gradient whose sides are tried: 2³ regions."""
_TURNED = {"greater": "{} <= {}", "greater_equal": "{} < {}"}
_PLAIN = {"greater": "{} > {}", "greater_equal": "{} >= {}"}


def compare_in_case(
    claim: Claimed, claimed: Node, true: Node, program: Program, where: Node | None = None
) -> Verdict:
    """The verdict under the condition of a claim; `where` is its region, for these two nodes."""
    where = claim.where if where is None else where
    claimed, true = replaced([claimed, true], claim.instead)
    if where is not None and claimed.shape == true.shape:
        (where,) = replaced([where], claim.instead)
        if not _arises(where):
            reason = f"no point was found where {claim.case}"
            return Verdict(UNDECIDED, "none", reason)
        claimed, true = multiply(where, claimed), multiply(where, true)
    verdict = compare(claimed, true)
    if verdict.status != REFUTED or not claim.in_words or claimed.shape != true.shape:
        return verdict
    return _in_some_region(claim, claimed, true, program, verdict)


def _arises(where: Node) -> bool:
    """Whether a condition holds at some entry of some random point."""
    for point in points_for([where], 24):
        try:
            (value,) = evaluate([where], point.values, point.sizes, Floats())
        except NotEvaluable:
            continue
        if np.any(value != 0):
            return True
    return False


def _in_some_region(
    claim: Claimed, claimed: Node, true: Node, program: Program, everywhere: Verdict
) -> Verdict:
    """Right where some comparisons of the gradient go one way; undecided where it has none."""
    comparisons = [n for n in topological([true]) if n.op.name in _TURNED][:MOST_COMPARISONS]
    if not comparisons:
        reason = f"it is claimed under a condition that is not read ({claim.case}), and differs elsewhere"
        return replace(everywhere, status=UNDECIDED, method="none", detail=reason)
    for sides in itertools.product((1, 0), repeat=len(comparisons)):
        known = {n: full(n.shape, side) for n, side in zip(comparisons, sides, strict=True)}
        verdict = compare(*replaced([claimed, true], known))
        if verdict.is_right:
            regions = tuple(_regions(comparisons, sides, program))
            return replace(verdict, needs=(*verdict.needs, *regions))
    return everywhere


def _regions(comparisons: Sequence[Node], sides: Sequence[int], program: Program) -> Iterator[str]:
    """The sides of comparisons in words: 1 - y*(w @ x) >= 0."""
    spell = Speller({node: name.text for node, name in program.names.items()})
    for node, side in zip(comparisons, sides, strict=True):
        try:
            left, right = (spell(arg) for arg in node.args)
        except NotSpelled:
            left, right = "what it compares", "the other"
        yield (_PLAIN if side else _TURNED)[node.op.name].format(left, right)
