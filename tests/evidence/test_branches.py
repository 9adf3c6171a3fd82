"""Branches far from where random points fall are met, and what was not met is not said to hold."""

from __future__ import annotations

import pytest

import symbp
from symbp.evidence.branches import Branches
from symbp.lang.read import read_equations

HIDDEN = [
    ("where(x > 100, x**2, x)", "ones_like(x)"),
    ("maximum(x, -1000)", "ones_like(x)"),
    ("clip(x, -60, 60)", "ones_like(x)"),
    ("where(abs(x) <= 0.001, 500*x**2, abs(x) - 0.0005)", "sign(x)"),
    ("where(sum(x) > 1000, x**2, x)", "ones_like(x)"),
    ("minimum(exp(x), 1000000)", "exp(x)"),
    ("where(x > 5, where(x < 5.01, x**2, x), x)", "ones_like(x)"),
    ("where(sigmoid(x) > 0.9999999, x**2, x)", "ones_like(x)"),
    ("maximum(x, y + 40)", "zeros_like(x)"),
    ("maximum(0, y*y + x*x - 500)", "zeros_like(x)"),
]


@pytest.mark.parametrize(("loss", "claim"), HIDDEN)
def test_a_branch_that_random_points_miss_is_found(loss: str, claim: str) -> None:
    report = symbp.verify(f"param x: n; input y: n; L = sum({loss})", {"x": claim})
    assert report.verdicts["x"].status == "refuted"


def test_a_branch_that_cannot_be_met_is_proved_away_or_left_open() -> None:
    text = "param x: n; input y: n; L = sum({})"
    assert symbp.verify(text.format("maximum(x**2, -1)"), {"x": "2*x"}).verdicts["x"].status == "proved"
    far = symbp.verify(text.format("maximum(x, -1e9*y**2 - 1e9)"), {"x": "ones_like(x)"}).verdicts["x"]
    assert far.status == "undecided"
    assert "only one side" in far.detail


def test_both_sides_are_noted() -> None:
    program = read_equations("param x: n; L = sum(where(x > 30, x**2, x))")
    branches = Branches([program.nodes["L"]])
    assert branches.unmet
    assert list(branches.points())
    assert not branches.unmet


@pytest.mark.parametrize(
    ("loss", "right", "wrong", "said"),
    [
        ("arccosh(x)", "1/sqrt(x**2 - 1)", "1/sqrt(x**2 + 1)", "sign"),
        ("sqrt(x - 5)", "0.5/sqrt(x - 5)", "1/sqrt(x - 5)", "factor"),
        ("sqrt(1 - x)", "-0.5/sqrt(1 - x)", "0.5/sqrt(1 - x)", "sign"),
        ("log(x - 100)", "1/(x - 100)", "-1/(x - 100)", "sign"),
    ],
)
def test_a_function_with_no_value_near_zero_is_judged_where_it_has_one(
    loss: str, right: str, wrong: str, said: str
) -> None:
    text = f"param x: n; L = sum({loss})"
    assert symbp.verify(text, {"x": right}).verdicts["x"].is_right
    refuted = symbp.verify(text, {"x": wrong}).verdicts["x"]
    assert refuted.status == "refuted"
    assert any(said in hint for hint in refuted.hints), refuted.hints


@pytest.mark.parametrize("claim", ["2*sqrt(-x**2)", "x/0", "(-0.5)**(1 - x*x) + 2*x"])
def test_a_claim_without_any_value_is_wrong(claim: str) -> None:
    verdict = symbp.verify("param x: n; L = sum(x**2)", {"x": claim}).verdicts["x"]
    assert verdict.status == "refuted"
    assert "no value" in verdict.detail
    assert verdict.counterexample is not None
    assert verdict.counterexample.claimed == "nan"


def test_where_nothing_has_a_value_nothing_is_known() -> None:
    verdict = symbp.verify("param x: n; L = sum(sqrt(-x**2))", {"x": "x/sqrt(-x**2)"}).verdicts["x"]
    assert verdict.status == "undecided"
