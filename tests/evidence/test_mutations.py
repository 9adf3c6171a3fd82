"""Mutated gradients are refuted, rewritten ones never are."""

from __future__ import annotations

import pytest

from tests.evidence.mutations import LARGE, SMALL, judge_mutations, judge_rewritings


def test_mutated_gradients_are_refuted() -> None:
    counts, missed = judge_mutations(SMALL, range(60))
    assert missed == []
    assert counts["refuted"] > 40


def test_rewritten_gradients_are_not_refuted() -> None:
    counts, alarms = judge_rewritings(SMALL, range(60))
    assert alarms == []
    assert counts["proved"] > 50


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 2000, 100))
def test_a_thousand_mutations_are_refuted(first: int) -> None:
    assert judge_mutations(SMALL + LARGE, range(first, first + 100))[1] == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 20_000, 500))
def test_ten_thousand_rewritings_are_not_refuted(first: int) -> None:
    assert judge_rewritings(SMALL + LARGE, range(first, first + 500))[1] == []
