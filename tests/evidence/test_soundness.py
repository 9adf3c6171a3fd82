"""What is false is never proved, with and without the floats that look first."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.evidence import compare as compare_module
from symbp.evidence.compare import find_difference
from symbp.evidence.prove import prove_equal
from symbp.lang.read import read_equations
from symbp.ops.elementwise import exp

FALSE = [
    line
    for line in (Path(__file__).parent / "false_pairs.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def two_nodes(line: str) -> tuple[Node, Node]:
    """The two sides of `declarations | A | B`."""
    declarations, a, b = line.split(" | ")
    program = read_equations(f"{declarations}\nA = {a}\nB = {b}\nL = sum(A) + sum(B)")
    return program.nodes["A"], program.nodes["B"]


@pytest.mark.parametrize("line", FALSE)
def test_a_false_equality_is_refuted_and_its_proof_fails(line: str) -> None:
    a, b = two_nodes(line)
    assert find_difference(a, b)[0] is not None
    assert not prove_equal(a, b).holds
    assert not prove_equal(b, a).holds


UNDEFINED = [
    "input x: n; input m: n; assume m: mask | x * m / m | x",
    "input x: ; input m: ; assume m: mask | x * m / m | x",
    "input x: n | x * relu(x) / relu(x) | x",
    "input x: n; input m: n; assume m: mask | log(m * x) - log(m) | log(x)",
]
"""One side has no value on a set of positive measure, where the other has one."""


@pytest.mark.parametrize("line", UNDEFINED)
def test_a_division_by_a_gate_is_not_cancelled(line: str) -> None:
    assert not prove_equal(*two_nodes(line)).holds


TRUE = [
    "input x: n; input y: n | where(x > y, 1, 0) * x | x - where(x <= y, 1, 0) * x",
    "input x: n | where(x > 0, x, -x) | sqrt(x**2)",
    "input x: n | sqrt(sum(x)**2) | abs(sum(x))",
    "input x: n; input y: n | norm(x) * norm(y) | sqrt(sum(x**2) * sum(y**2))",
    "input x: n; input y: n; assume x: positive | (x * y)**0.5 | sqrt(x) * sqrt(y)",
    "input x: n | relu(x) - relu(-x) | x",
    "input x: n | log(x**2) | log(3 * x**2) - log(3)",
    "input X: n,n | inv(X) @ X | eye(n) + 0 * X",
    "input X: n,n; input Y: n,n | inv(X.T + Y).T | inv(X + Y.T)",
    "input X: n,n; input Y: n,n | inv(X @ Y.T) | inv(Y).T @ inv(X)",
    "input u: n; assume u: unitnorm | sum(u**2) * u | u",
    "input T: n,k; assume T: prob | sum(T, axis=1) | ones(n) + 0 * T[:, 0]",
    "input x: k; input i: n; assume i: index k | onehot(i, k) @ x | x[i]",
    "input M: n,n; input X: n,n; assume M: causal | M * X | tril(X)",
    "input X: a,b,c | reshape(reshape(X, (a*b, c)), (a, b*c)) | reshape(X, (a, b*c))",
    "input X: n,m; assume X: positive | prod(X, axis=0) | exp(sum(log(X), axis=0))",
    "input z: n,k; input c: n | softmax(z + c[:, None], axis=1) | softmax(z, axis=1)",
    "input x: n | tanh(x) | 2 * sigmoid(2 * x) - 1",
    "input x: n; input y: n; assume x: positive | x**y * x**y | x**(2 * y)",
    "input x: n | log(x**2) | 2 * log(abs(x))",
    "input x: n; const c = 1 | where(abs(x) <= c, x, c * sign(x)) | clip(x, -c, c)",
    "input x: n | clip(x, -3, 3) | where(abs(x) <= 3, x, 3 * sign(x))",
    "input x: n | where(x > 1, where(x > 0, 2, 3), 4) | where(x > 1, 2, 4)",
    "input x: n | maximum(x, 0) + log1p(exp(-abs(x))) | softplus(x)",
    "input x: n; const c = 1 | x / sqrt(1 + (x/c)**2) | c * x / sqrt(c**2 + x**2)",
    "input a: h; input W: d,h | W @ (1 - 1/(1 + exp(a))) | W @ (exp(a)/(1 + exp(a)))",
    "input x: n | maximum(x**2, -1) | x**2",
    "input z: n; input g: | (1-sigmoid(z))**(g-1) * (1-sigmoid(z)) | sigmoid(-z)**g",
    "input z: n | log(1 - sigmoid(z)) | -softplus(z)",
    "input X: n,n | triu(X, 1) + tril(X) | X",
    "input X: n,n | triu(X) - triu(X, 1) | X * eye(n)",
    "input X: n,n; input u: n | triu(X, 1) @ u + tril(X, -1) @ u | X @ u - diag(X) * u",
    "input X: n,n | triu(X, 1).T | tril(X.T, -1)",
]


@pytest.mark.parametrize("line", TRUE)
def test_a_true_equality_is_proved(line: str) -> None:
    a, b = two_nodes(line)
    assert find_difference(a, b)[0] is None
    assert prove_equal(a, b).holds


def test_a_difference_that_cannot_be_looked_at_closer_is_not_taken_for_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = leaf("x", (Size.letter("n"),))
    monkeypatch.setattr(compare_module, "_at_many_digits", lambda a, b, point: None)
    assert find_difference(x * x, x) == (None, 0)
    assert find_difference(x * x, x**2)[1] > 0


def test_next_to_nothing_is_not_nothing() -> None:
    """A number such as exp(-200) is compared by its own size; what is 0 but for rounding is 0."""
    x = leaf("x", ())
    tiny = exp(-200 - x * x)
    for other in (-tiny, 2 * tiny, tiny * (1 + tiny / tiny * Fraction(1, 10**6))):
        assert find_difference(tiny, other)[0] is not None
    nothing = (x + 1) ** 2 - x**2 - 2 * x - 1
    assert find_difference(nothing, 0 * x)[0] is None


def test_what_cancels_next_to_one_is_no_difference() -> None:
    """1 - p of a saturated p is next to nothing, and known with so many digits only as are left of it."""
    x = leaf("x", ())
    for depth in (100, 500, 5000):
        tiny = exp(-depth - x * x)
        p, q = 1 / (1 + tiny), tiny / (1 + tiny)
        assert find_difference(p * (1 - p), p * q)[0] is None
    tiny = exp(-300 - x * x)
    assert find_difference(tiny / (1 + tiny), 2 * (1 - 1 / (1 + tiny)))[0] is not None
