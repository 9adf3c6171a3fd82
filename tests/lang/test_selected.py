"""Entries that a mask selects: x[m], worked on entry by entry and summed."""

from __future__ import annotations

import pytest

import symbp
from symbp.evidence.compare import compare

DATA = "input y: n, d; input m: n, d; assume m: mask; param w: n, d; "


@pytest.mark.parametrize(
    ("chosen", "whole"),
    [
        ("sum((w[m] - y[m])**2)", "sum(m * (w - y)**2)"),
        ("Σ 3 w[m]²", "3 Σ m ⊙ w²"),
        ("mean(tanh(w[w > 0]))", "sum(tanh(w) * (w > 0)) / sum((w > 0) * ones((n, d)))"),
        ("w[y > 0].sum() + sum(-w[m] * y[m])", "sum(where(y > 0, w, 0)) - sum(m * w * y)"),
    ],
)
def test_gradients_are_those_of_masked_sums(chosen: str, whole: str) -> None:
    right = symbp.derive(DATA + "L = " + chosen)
    written_out = symbp.derive(DATA + "L = " + whole)
    assert symbp.check(right).verdicts["w"].is_right
    assert compare(right.full("w"), written_out.full("w")).status in ("proved", "holds")
    assert compare(2 * right.full("w"), written_out.full("w")).status == "refuted"


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        ("sum(softmax(w[m]))", "softmax of entries that a mask selects"),
        ("sum(w[m] + w[y > 0])", "different masks"),
        ("sum(w[m] + y)", "beside a whole array"),
        ("sum(w[m] @ y)", "a product of matrices"),
        ("sum(w[y[0] > 0])", "does not fit"),
    ],
)
def test_what_has_no_meaning_is_refused(equation: str, reason: str) -> None:
    with pytest.raises(symbp.SymbpError, match=reason):
        symbp.derive(DATA + "L = " + equation)
