"""Twenty-one derivatives of matrix expressions: what SymPy 1.14 answers, and that ours are right.

Nine of SymPy's answers are 0 without a word, seven are exceptions, one has products of matrices
whose shapes do not fit, three are nested array products, one takes ½ for the slope of relu at 0.
Issues: 23492, 24725, 26561, 26585, 27406, 30527 of sympy/sympy.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import (
    Determinant,
    HadamardPower,
    HadamardProduct,
    Identity,
    Lambda,
    MatrixSymbol,
    Max,
    OneMatrix,
    Trace,
    exp,
    log,
    sqrt,
    tanh,
)

from symbp.algebra.node import as_node
from symbp.calculus.reverse import sweep
from symbp.lang.read import read_equations
from symbp.laws.tidier import Tidier
from tests.numeric import evaluate

SIZES = {"n": 3, "m": 4, "h": 5, "k": 2}
n, m, h, k = sympy.symbols("n m h k", integer=True, positive=True)
s = sympy.Symbol("s")
A, B, S = (MatrixSymbol(name, n, n) for name in "ABS")
z, t, x = (MatrixSymbol(name, n, 1) for name in "ztx")
W, X, U, V = (
    MatrixSymbol("W", m, n),
    MatrixSymbol("X", n, m),
    MatrixSymbol("U", m, h),
    MatrixSymbol("V", h, k),
)
b, y, Y = MatrixSymbol("b", m, 1), MatrixSymbol("y", m, 1), MatrixSymbol("Y", n, k)
u = sympy.Dummy("u")


def each(function: Callable[[Any], Any], matrix: Any) -> Any:
    """A function applied to every entry."""
    return matrix.applyfunc(Lambda(u, function(u)))


def squared(matrix: Any) -> Any:
    return Trace(matrix.T * matrix)


@dataclass(frozen=True)
class Case:
    """A model and the name it is derived by; SymPy's way of asking, and its answer; the truth."""

    name: str
    model: str
    by: str
    asked: Callable[[], Any]
    answer: str
    truth: Callable[..., Any]
    at: dict[str, float] = field(default_factory=dict)


def column_step(v: Any) -> Any:
    return 1 - np.tanh(v) ** 2


MATRICES = "param A: n, n; param B: n, n; "
VECTORS = "param z: n; param t: n; "
LAYER = "param W: m, n; param x: n; param b: m; param y: m; "
NET = "param X: n, m; param U: m, h; param V: h, k; param Y: n, k; "

CASES = [
    Case(
        "tr(AᵀA) + tr(BᵀB)",
        MATRICES + "L = trace(A.T @ A) + trace(B.T @ B)",
        "A",
        lambda: (squared(A) + squared(B)).diff(A),
        "0",
        lambda A, B: 2 * A,
    ),
    Case(
        "log Σ exp z",
        "param z: n; L = log(sum(exp(z)))",
        "z",
        lambda: log((OneMatrix(1, n) * each(exp, z))[0, 0]).diff(z),
        "0",
        lambda z: np.exp(z) / np.exp(z).sum(),
    ),
    Case(
        "W₀₀",
        "param W: m, n; L = W[0, 0]",
        "W",
        lambda: W[0, 0].diff(W),
        "0",
        lambda W: np.eye(4)[:, :1] * np.eye(3)[:1],
    ),
    Case(
        "(tr(I - A))²",
        "param A: n, n; L = trace(eye(n) - A)**2",
        "A",
        lambda: (Trace(Identity(n) - A) ** 2).diff(A),
        "AttributeError",
        lambda A: -2 * np.trace(np.eye(3) - A) * np.eye(3),
    ),
    Case(
        "tᵀ(z ⊙ z)",
        VECTORS + "L = t @ (z * z)",
        "z",
        lambda: (t.T * HadamardProduct(z, z)).diff(z),
        "ValueError",
        lambda z, t: 2 * t * z,
    ),
    Case(
        "1ᵀ z^∘2",
        "param z: n; L = sum(z**2)",
        "z",
        lambda: (OneMatrix(1, n) * HadamardPower(z, 2)).diff(z),
        "ValueError",
        lambda z: 2 * z,
    ),
    Case(
        "two tanh layers, squared error",
        NET + "R = tanh(tanh(X @ U) @ V) - Y; L = sum(R**2)",
        "U",
        lambda: squared(each(tanh, each(tanh, X * U) * V) - Y).diff(U),
        "ValueError",
        lambda X, U, V, Y: (
            X.T
            @ (
                ((2 * (np.tanh(np.tanh(X @ U) @ V) - Y) * column_step(np.tanh(X @ U) @ V)) @ V.T)
                * column_step(X @ U)
            )
        ),
    ),
    Case(
        "√tr(AᵀA)",
        "param A: n, n; L = sqrt(trace(A.T @ A))",
        "A",
        lambda: sqrt(squared(A)).diff(A),
        "TypeError",
        lambda A: A / np.sqrt((A * A).sum()),
    ),
    Case(
        "tr((A + sB)²) by s",
        MATRICES + "param s: ; L = trace((A + s * B) @ (A + s * B))",
        "s",
        lambda: Trace((A + s * B) * (A + s * B)).diff(s),
        "NotImplementedError",
        lambda A, B, s: 2 * np.trace(B @ (A + s * B)),
    ),
    Case(
        "1ᵀ tanh(Wx + b)",
        LAYER + "L = sum(tanh(W @ x + b))",
        "W",
        lambda: (OneMatrix(1, m) * each(tanh, W * x + b)).diff(W),
        "PermuteDims",
        lambda W, x, b, y: np.outer(column_step(W @ x + b), x),
    ),
    Case(
        "relu at 0",
        "param s: ; L = relu(s)",
        "s",
        lambda: Max(0, s).diff(s).subs(s, 0),
        "1/2",
        lambda s: 0.0,
        at={"s": 0.0},
    ),
    Case(
        "tr XᵀX U",
        "param X: n, m; param U: m, h; param G: m, h; L = sum(G * (X.T @ X @ U))",
        "U",
        lambda: (X.T * X * U).diff(U),
        "PermuteDims",
        lambda X, U, G: X.T @ X @ G,
    ),
    Case(
        "tᵀz + zᵀz",
        VECTORS + "L = t @ z + z @ z",
        "z",
        lambda: (Trace(t.T * z) + Trace(z.T * z)).diff(z),
        "0",
        lambda z, t: t + 2 * z,
    ),
    Case(
        "tr(S) + 1",
        "param S: n, n; L = trace(S) + 1",
        "S",
        lambda: (Trace(S) + 1).diff(S),
        "0",
        lambda S: np.eye(3),
    ),
    Case(
        "log tr S",
        "param S: n, n; L = log(trace(S))",
        "S",
        lambda: log(Trace(S)).diff(S),
        "0",
        lambda S: np.eye(3) / np.trace(S),
    ),
    Case(
        "exp tr S",
        "param S: n, n; L = exp(trace(S))",
        "S",
        lambda: exp(Trace(S)).diff(S),
        "0",
        lambda S: np.eye(3) * np.exp(np.trace(S)),
    ),
    Case(
        "log det S",
        "param S: n, n; L = log(det(S))",
        "S",
        lambda: log(Determinant(S)).diff(S),
        "0",
        lambda S: np.linalg.inv(S).T,
    ),
    Case(
        "one tanh layer, squared error",
        NET + "R = tanh(X @ U) @ V - Y; L = sum(R**2)",
        "U",
        lambda: squared(each(tanh, X * U) * V - Y).diff(U),
        "shapes that do not fit",
        lambda X, U, V, Y: X.T @ ((2 * (np.tanh(X @ U) @ V - Y) @ V.T) * column_step(X @ U)),
    ),
    Case(
        "row-wise log-sum-exp",
        "param X: n, m; param U: m, h; L = sum(log(sum(exp(X @ U), axis=1)))",
        "U",
        lambda: Trace(each(log, each(exp, X * U) * OneMatrix(h, 1)) * OneMatrix(1, n)).diff(U),
        "ValueError",
        lambda X, U: X.T @ (np.exp(X @ U) / np.exp(X @ U).sum(1, keepdims=True)),
    ),
    Case(
        "bias of a hidden layer",
        LAYER + "L = sum((tanh(W @ x + b) - y)**2)",
        "b",
        lambda: squared(each(tanh, W * x + b) - y).diff(b),
        "ArrayAdd",
        lambda W, x, b, y: 2 * (np.tanh(W @ x + b) - y) * column_step(W @ x + b),
    ),
    Case(
        "the norms of A and B, squared and added with a factor",
        MATRICES + "param s: ; L = trace(A.T @ A) + s * trace(B.T @ B)",
        "B",
        lambda: (squared(A) + s * squared(B)).diff(B),
        "0",
        lambda A, B, s: 2 * s * B,
    ),
]


def kind_of_answer(case: Case) -> str:
    """SymPy's answer in a word: 0, the name of the exception, or what the result is made of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = case.asked()
        except (AttributeError, NotImplementedError, TypeError, ValueError) as error:
            return type(error).__name__
    if answer.is_number or isinstance(answer, sympy.ZeroMatrix):
        return "0" if isinstance(answer, sympy.ZeroMatrix) else str(answer)
    return "shapes that do not fit" if mixes_shapes(answer) else type(answer).__name__


def mixes_shapes(answer: Any) -> bool:
    """Whether some elementwise product has factors of different shapes."""
    products = answer.find(HadamardProduct) if hasattr(answer, "find") else ()
    return any(len({factor.shape for factor in p.args}) > 1 for p in products)


@pytest.mark.skipif(not sympy.__version__.startswith("1.14"), reason="these are the answers of SymPy 1.14")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_sympy_answers(case: Case) -> None:
    assert kind_of_answer(case) == case.answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ours_is_right(case: Case) -> None:
    program = read_equations(case.model.replace("; ", "\n"))
    assert program.loss is not None
    leaf = program.nodes[case.by]
    found = sweep([(program.loss.node, as_node(1))], [leaf], Tidier()).adjoints[leaf]
    rng = np.random.default_rng(11)
    values: dict[str, Any] = {}
    for variable in program.variables:
        shape = tuple(size.value(SIZES) for size in variable.shape)
        square = len(shape) == 2 and shape[0] == shape[1]
        values[variable.name.ascii] = rng.standard_normal(shape) * 0.5 + (2 * np.eye(3) if square else 0)
    values.update(case.at)
    expected = np.asarray(case.truth(**values), float)
    slope = evaluate(found, values, SIZES)
    assert slope.shape == expected.shape
    np.testing.assert_allclose(slope, expected, rtol=1e-12, atol=1e-14)


def test_there_are_twenty_one() -> None:
    assert len(CASES) == len({case.name for case in CASES}) == 21
