"""A collection of claims from textbooks, notes and public code: every verdict is the true one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symbp.evidence.collection import verify_collection
from symbp.evidence.compare import FACT_WORDS
from symbp.evidence.verdict import PROVED, REFUTED
from symbp.evidence.verifying import CaseResult, no_explanation, verify_case

FILE = Path(os.environ.get("SYMBP_CASES", Path(__file__).parents[3] / "shared" / "cases" / "claims.json"))
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the collection is not here")
EVERY = 6
"""The quick run takes each sixth case."""
Case = Mapping[str, Any]


@cache
def collection() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return cases


def quick() -> list[dict[str, Any]]:
    """Each sixth case, without those that take seconds."""
    return [c for c in collection()[::EVERY] if len(c["forward"]) < 25]


def misjudged(cases: Sequence[Case], results: Sequence[CaseResult]) -> tuple[list[str], float]:
    """Claims with a wrong verdict, and which part of the right ones is proved."""
    wrong, right, proved = [], 0, 0
    for case, result in zip(cases, results, strict=True):
        for name, expected in case["expected"].items():
            status = result.report.verdicts[name].status if name in result.report.verdicts else "unread"
            right += expected
            proved += expected and status == PROVED
            good = status in (PROVED, "holds") if expected else status == REFUTED
            if not good:
                wrong.append(f"{case['id']}: {name} is {expected}, but {status}")
    return wrong, proved / max(right, 1)


def test_verdicts_are_the_true_ones() -> None:
    cases = quick()
    wrong, proved = misjudged(cases, [verify_case(c) for c in cases])
    assert wrong == []
    assert proved >= 0.9


@pytest.mark.slow
def test_all_verdicts_are_the_true_ones() -> None:
    results = list(verify_collection(collection(), no_explanation))
    wrong, proved = misjudged(collection(), results)
    assert wrong == []
    assert proved >= 0.9


def critical(cases: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Claims whose verdict changes where the facts about the inputs are dropped."""
    return [(case, name) for case in cases for name in case.get("assumption_critical") or ()]


def test_needed_facts_are_named_and_without_them_a_claim_is_refuted() -> None:
    found = critical([c for c in collection() if len(c["forward"]) < 20])
    assert found
    for case, name in found:
        only = {**case, "claims": {name: case["claims"][name]}}
        verdict = verify_case(only).report.verdicts[name]
        assert verdict.is_right
        assert verdict.needs
        for need in verdict.needs:
            assert any(need == words.format(need_of(need, case)) for words in FACT_WORDS.values())
        without = verify_case({**only, "domain": {}}).report.verdicts[name]
        assert without.status == REFUTED, f"{case['id']}: {name} without its facts"


def need_of(need: str, case: Case) -> str:
    """The input that a fact speaks of."""
    return next(n for n in case["inputs"] if n in need.split())
