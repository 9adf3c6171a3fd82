"""Random pairs of expressions: three ways of judging them never contradict each other."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import pytest

from symbp.algebra.node import topological
from tests.evidence.forms import form_gap
from tests.evidence.random_pairs import pair
from tests.evidence.three_ways import tally

QUICK, THOROUGH = 250, 100_000


def test_random_pairs_are_judged_alike() -> None:
    counts, wrong = tally(range(QUICK))
    assert wrong == []
    assert counts["proved"] > 0.85 * counts["equal"]
    assert counts["different"] > QUICK / 4


@pytest.mark.parametrize("seed", [3017595, 9010626, 9050216])
def test_pairs_that_agree_at_few_sizes_only(seed: int) -> None:
    """(n - 2)(n - 3) x is 0 at n = 2 and at n = 3."""
    assert tally([seed])[1] == []


def test_a_tie_is_no_counterexample() -> None:
    """log(exp(u)) > u is false everywhere, whatever rounding says."""
    assert tally([20003499])[1] == []


def test_random_normal_forms_have_the_values_of_their_nodes() -> None:
    gaps = []
    compared = 0
    for seed in range(QUICK):
        for node in topological(pair(seed)[:2])[-1:]:
            gap = form_gap(node, 10_000) if node.dtype == "real" else None
            compared += gap is not None
            if gap is not None and gap > 1e-8:
                gaps.append(f"seed {seed}: {gap:.1e}")
    assert gaps == []
    assert compared > QUICK * 0.8


@pytest.mark.slow
def test_very_many_random_pairs_are_judged_alike() -> None:
    chunks = [range(k, k + 500) for k in range(1_000_000, 1_000_000 + THOROUGH, 500)]
    with ProcessPoolExecutor() as pool:
        assert [w for _, wrong in pool.map(tally, chunks) for w in wrong] == []
