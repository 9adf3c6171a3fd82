"""Hessians and Hessian-vector products: against differences, and in the form a person writes."""

from __future__ import annotations

import numpy as np
import pytest

import symbp
from symbp.algebra.node import Node, as_node, leaf
from symbp.algebra.size import Size
from symbp.calculus.second import gradient, hessian, hessian_vector_product
from symbp.errors import OperandError, UnsupportedError
from symbp.lang.read import read_equations
from symbp.laws.tidier import Tidier
from symbp.ops.arithmetic import divide, multiply, subtract
from symbp.ops.axes import transpose
from symbp.ops.diagonals import diag
from symbp.ops.elementwise import exp, log, sigmoid
from symbp.ops.loss import cross_entropy
from symbp.ops.products import matmul, outer
from symbp.ops.softmax import logsumexp, softmax
from symbp.ops.sums import sum_
from tests.numeric import evaluate
from tests.ops.examples import LETTERS, Example, all_examples, build, inputs

K, N = Size.letter("k"), Size.letter("n")
Z = leaf("z", (K,))
STEP = 1e-5
NOT_FOR_ALL_AT_ONCE = {
    "det", "logdet", "slogdet", "cholesky", "pinv", "solve", "inv", "matrix_power", "cumprod",
}  # fmt: skip
"""Their second derivatives solve with the direction; use the Hessian-vector product."""


def hessian_of(loss: Node, by: Node) -> Node:
    return hessian(loss, by, Tidier(), leaf("way", by.shape))


def test_hessian_of_softmax_with_cross_entropy() -> None:
    p = softmax(Z)
    for target in ("prob", "onehot"):
        t = leaf("t", (K,), facts=(target,))
        assert hessian_of(cross_entropy(Z, t), Z) is subtract(diag(p), outer(p, p))
    assert hessian_of(logsumexp(Z), Z) is subtract(diag(p), outer(p, p))


def test_hessian_of_a_quadratic_form_is_its_matrix() -> None:
    x, a = leaf("x", (N,)), leaf("A", (N, N), facts=("symmetric",))
    assert hessian_of(divide(matmul(matmul(x, a), x), 2), x) is a


def test_hessian_of_least_squares() -> None:
    w, x, y = leaf("w", (K,)), leaf("X", (N, K)), leaf("y", (N,))
    error = subtract(matmul(x, w), y)
    assert hessian_of(divide(sum_(error * error), 2), w) is matmul(transpose(x), x)


def test_hessian_of_an_elementwise_sum_is_diagonal() -> None:
    assert hessian_of(sum_(exp(Z)), Z) is diag(exp(Z))


def test_second_derivative_by_a_number() -> None:
    s = leaf("s", ())
    value = evaluate(hessian_of(log(sigmoid(s)), s), {"s": 0.3}, {})
    p = 1 / (1 + np.exp(-0.3))
    assert value == pytest.approx(-p * (1 - p))


def single_argument() -> list[Example]:
    return [e for e in all_examples() if e.function not in ("stop_gradient",)]


@pytest.mark.parametrize("example", single_argument(), ids=str)
def test_columns_of_the_hessian_are_products_with_unit_vectors(example: Example) -> None:
    node, leaves = build(example)
    by = leaves[example.variables[0].name]
    upstream = leaf("upstream", node.shape)
    loss = sum_(multiply(upstream, node))
    way = leaf("way", by.shape)
    try:
        whole = hessian_of(loss, by)
    except UnsupportedError:
        assert example.function in NOT_FOR_ALL_AT_ONCE
        return
    rng = np.random.default_rng(7)
    values, _ = inputs(example, LETTERS, rng)
    values["upstream"] = rng.standard_normal(tuple(s.value(LETTERS) for s in node.shape))
    values["way"] = rng.standard_normal(values[by.name].shape)
    product = evaluate(hessian_vector_product(loss, by, way, Tidier()), values, LETTERS)
    matrix = evaluate(whole, values, LETTERS)
    applied = np.tensordot(values["way"], matrix, axes=by.rank)
    np.testing.assert_allclose(applied, product, rtol=1e-9, atol=1e-9)
    slope = gradient(loss, by, Tidier())
    ahead, behind = (
        evaluate(slope, values | {by.name: values[by.name] + sign * STEP * values["way"]}, LETTERS)
        for sign in (1, -1)
    )
    if example.variables[0].words not in ("spd", "symmetric", "prob"):
        np.testing.assert_allclose(product, (ahead - behind) / (2 * STEP), rtol=1e-5, atol=1e-6)


def test_public_functions_speak_in_names() -> None:
    model = "input z: k; target t: k; assume t: onehot; p = softmax(z); L = -sum(t * log(p))"
    assert str(symbp.hessian(model, "z").expression) == "diag(p) - outer(p, p)"
    assert str(symbp.hvp(model, "z").expression) == "p*(v - sum(p*v, axis=0, keepdims=True))"
    with pytest.raises(symbp.SymbpError, match="has a t of its own"):
        symbp.hvp(model, "z", along="t")
    with pytest.raises(symbp.SymbpError, match="has no Hessian"):
        symbp.hessian("param x: n; y = exp(x); output y, dy", "x")


def test_only_numbers_have_a_hessian() -> None:
    with pytest.raises(OperandError, match="of a number"):
        hessian_of(exp(Z), Z)
    with pytest.raises(OperandError, match="shape"):
        hessian_vector_product(sum_(Z), Z, as_node(1), Tidier())


def test_a_model_that_is_linear_has_none() -> None:
    program = read_equations("param w: n\ninput x: n\nL = w @ x")
    assert program.loss is not None
    by = program.nodes["w"]
    value = evaluate(hessian_of(program.loss.node, by), {"w": np.ones(3), "x": np.ones(3)}, {"n": 3})
    assert value.shape == (3, 3)
    assert not value.any()
