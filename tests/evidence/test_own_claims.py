"""Claims that no wording was tuned on: the verdict, the mistake by its name, the corrected line.

`claims.json` has the format of cases; each label was confirmed by central differences in NumPy at two
choices of sizes.  `said` is a pattern for the words that name the mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symbp.evidence.collection import read_collection
from symbp.evidence.compare import compare
from symbp.evidence.explain import explain
from symbp.evidence.truth import true_gradients
from symbp.evidence.verdict import PROVED, REFUTED, Verdict
from symbp.evidence.verifying import no_explanation, verify_case
from symbp.lang.cases import read_case
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import read_claim

FILE = Path(__file__).parent / "claims.json"
EVERY = 6
"""The quick run explains each sixth case."""
Case = Mapping[str, Any]


@cache
def own_claims() -> list[dict[str, Any]]:
    return read_collection(FILE)


def test_every_verdict_is_the_true_one() -> None:
    wrong, proved, right = [], 0, 0
    for case in own_claims():
        for name, verdict in verify_case(case, no_explanation).report.verdicts.items():
            expected = case["expected"][name]
            right += expected
            proved += expected and verdict.status == PROVED
            if not (verdict.is_right if expected else verdict.status == REFUTED):
                wrong.append(f"{case['id']}: {name} is {expected}, but {verdict.status}")
    assert wrong == []
    assert proved >= 0.9 * right


def explained(cases: Sequence[Case]) -> tuple[float, float]:
    """The shares of the wrong claims of which the mistake is named, and that are corrected."""
    named, corrected, count = 0, 0, 0
    for case in cases:
        verdicts = verify_case(case, explain).report.verdicts
        for name, mistake in case.get("mistakes", {}).items():
            said = " ".join(h for h in verdicts[name].hints if not h.startswith("corrected:"))
            count += 1
            named += re.search(mistake["said"], said) is not None
            corrected += is_corrected(case, name, verdicts[name])
    return named / count, corrected / count


def is_corrected(case: Case, name: str, verdict: Verdict) -> bool:
    """Whether the corrected lines, read anew, give the gradient."""
    if verdict.correction is None:
        return False
    program, _ = read_case(case)
    target = program.nodes[identifier(name)]
    again = read_claim(verdict.correction, program, name)
    return compare(again.node, true_gradients(program, [target])[target]).is_right


def test_mistakes_are_named_and_corrected() -> None:
    named, corrected = explained(own_claims()[::EVERY])
    assert named >= 0.85
    assert corrected >= 0.95


@pytest.mark.slow
def test_all_mistakes_are_named_and_corrected() -> None:
    named, corrected = explained(own_claims())
    assert named >= 0.9
    assert corrected >= 0.98


def test_without_the_facts_that_it_needs_a_claim_is_right_only_if() -> None:
    """With the facts left out, a claim stays right or is refuted with the fact that it lacks."""
    found = 0
    for case in [c for c in own_claims() if c.get("domain")][::2]:
        right = {n: lines for n, lines in case["claims"].items() if case["expected"][n]}
        kept = {n: fact for n, fact in case["domain"].items() if fact.startswith("index")}
        for name, verdict in verify_case(
            {**case, "claims": right, "domain": kept}, explain
        ).report.verdicts.items():
            if not verdict.is_right:
                found += 1
                assert any("right if" in hint for hint in verdict.hints), (case["id"], name, verdict.hints)
    assert found >= 5


def test_the_collection_is_what_it_says() -> None:
    cases = json.loads(FILE.read_text(encoding="utf-8"))
    claims = [e for c in cases for e in c["expected"].values()]
    assert len(claims) >= 150
    assert 0.3 < sum(claims) / len(claims) < 0.7
