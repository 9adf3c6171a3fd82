"""Laws that need an assumption: used with it, not used without it, and true."""

from __future__ import annotations

import numpy as np
import pytest

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.laws.tidier import Tidier
from symbp.ops.axes import transpose
from symbp.ops.compare import abs_, sign
from symbp.ops.constant_arrays import eye
from symbp.ops.contract import contract
from symbp.ops.determinants import det
from symbp.ops.inverses import inv, solve
from symbp.ops.products import matmul
from tests.numeric import evaluate

N, M = Size.letter("n"), Size.letter("m")
X = leaf("x", (N,))
B = leaf("B", (N, M))


def matrix(*facts: str) -> Node:
    return leaf("A", (N, N), facts=facts)


def value_of(node: Node) -> np.ndarray:
    rng = np.random.default_rng(0)
    square = rng.standard_normal((3, 3))
    values = {
        "A": square @ square.T + np.eye(3),
        "B": rng.standard_normal((3, 2)),
        "x": rng.standard_normal(3),
    }
    return evaluate(node, values, {"n": 3, "m": 2})


def used(node: Node) -> tuple[Node, list[str]]:
    tidier = Tidier()
    after = tidier(node)
    return after, [name for names in tidier.trail.values() for name in names]


A = matrix("spd")
CASES: dict[str, tuple[Node, Node]] = {
    "Aᵀ": (transpose(A), A),
    "Aᵀ x": (matmul(transpose(A), X), matmul(A, X)),
    "Aᵀ B": (matmul(transpose(A), B), matmul(A, B)),
    "Bᵀ Aᵀ": (matmul(transpose(B), transpose(A)), matmul(transpose(B), A)),
    "A⁻ᵀ": (transpose(inv(A)), inv(A)),
    "A⁻ᵀ B": (matmul(transpose(inv(A)), B), matmul(inv(A), B)),
    "solve(Aᵀ, x)": (solve(transpose(A), X), solve(A, X)),
    "A⁻¹ A B": (contract([inv(A), A, B], ["ij", "jk", "km"], "im"), B),
    "A A⁻¹": (matmul(A, inv(A)), eye(N)),
    "|det A|": (abs_(det(A)), det(A)),
}


@pytest.mark.parametrize("name", CASES)
def test_law_is_used_where_the_fact_is_known(name: str) -> None:
    before, wanted = CASES[name]
    after, names = used(before)
    assert after is wanted
    assert any(n.endswith(("(symmetric)", "(invertible)", "(spd)")) for n in names)
    np.testing.assert_allclose(value_of(after), value_of(before), rtol=1e-10, atol=1e-12)


def test_sign_of_a_positive_determinant_is_one() -> None:
    after, _ = used(sign(det(A)))
    assert value_of(after) == 1


@pytest.mark.parametrize("facts", [(), ("positive",)])
def test_law_is_not_used_without_the_fact(facts: tuple[str, ...]) -> None:
    plain = matrix(*facts)
    for node in (transpose(plain), matmul(transpose(plain), X), matmul(plain, inv(plain)), abs_(det(plain))):
        after, names = used(node)
        assert after is node
        assert not names


def test_an_invertible_matrix_is_not_symmetric() -> None:
    node = transpose(matrix("invertible"))
    assert used(node)[0] is node
