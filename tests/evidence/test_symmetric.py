"""Symmetric matrices are found, others are not: compared with values at random points."""

from __future__ import annotations

import pytest

import symbp
from symbp.algebra.node import facts
from symbp.evidence.compare import find_difference
from symbp.ops.symmetric import is_symmetric

DECLARED = """
param X: n, m
param Y: n, m
param A: n, n
param B: n, n
param S: n, n
param s
param v: n
assume S: symmetric
"""
SYMMETRIC = [
    "X @ X.T", "X @ X.T + s * eye(n)", "inv(X @ X.T + eye(n))", "A + A.T", "A @ S @ A.T", "A.T @ inv(S) @ A",
    "exp(X @ X.T) * S", "outer(v, v)", "X @ (X.T @ S @ X) @ X.T", "A @ A.T @ A @ A.T", "S", "S * s + A @ A.T",
    "sum(v) * S", "outer(sum(X, axis=1), sum(X, axis=1))", "A @ (X @ X.T) @ A.T",
    "S @ A @ S @ A.T @ S", "full((n, n), 2)",
]  # fmt: skip
OTHERS = [
    "X @ Y.T", "A", "A @ S", "S @ A @ S", "A @ A", "A @ B @ A", "outer(v, sum(X, axis=1))", "S + v",
    "A @ A.T @ A", "outer(sum(X, axis=1), sum(Y, axis=1))", "inv(A @ A)", "S * v[:, None]", "tril(S)",
    "S @ X @ X.T", "A @ X @ X.T", "outer(sum(A, axis=1), sum(A, axis=0))", "A - A.T",
]  # fmt: skip


def _found(expression: str) -> tuple[bool, bool]:
    """Whether it was seen to be symmetric, and whether it is at random points."""
    program = symbp.parse(f"{DECLARED}\nM = {expression}\noutput M, G")
    node = program.nodes["M"]
    seen = is_symmetric(node, lambda leaf: "symmetric" in facts(leaf))
    return seen, find_difference(node, node.T)[0] is None


@pytest.mark.parametrize("expression", SYMMETRIC)
def test_symmetric(expression: str) -> None:
    assert _found(expression) == (True, True)


@pytest.mark.parametrize("expression", OTHERS)
def test_not_symmetric(expression: str) -> None:
    assert _found(expression) == (False, False)


def test_a_singular_matrix_is_no_counterexample() -> None:
    """Xᵀ A X has no inverse for a wide X, though rounding gives it one."""
    net = symbp.parse("param X: n, m\nparam A: n, n\nL = logdet(X.T @ A @ X)")
    right = "A @ X @ inv(X.T @ A @ X) + A.T @ X @ inv(X.T @ A.T @ X)"
    assert symbp.verify(net, {"X": right}).verdicts["X"].is_right
    assert symbp.verify(net, {"X": f"2 * ({right})"}).verdicts["X"].status == "refuted"


@pytest.mark.parametrize("fact", ["symmetric", "spd"])
def test_inverses_of_symmetric_products(fact: str) -> None:
    text = f"param X: n, m\ninput A: n, n\nassume A: {fact}\nL = logdet(X.T @ A @ X)"
    report = symbp.verify(text, {"X": "2 * A @ X @ inv(X.T @ A @ X)"})
    assert report.verdicts["X"].status == "proved"
    assert report.verdicts["X"].needs == ("A is symmetric",)
    without = symbp.verify(text.replace(f"assume A: {fact}\n", ""), {"X": "2 * A @ X @ inv(X.T @ A @ X)"})
    assert without.verdicts["X"].status == "refuted"
