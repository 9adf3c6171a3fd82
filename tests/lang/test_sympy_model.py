"""Models made of SymPy's own objects."""

from __future__ import annotations

import pytest
import sympy
from sympy import (
    Determinant,
    HadamardProduct,
    Idx,
    IndexedBase,
    Inverse,
    MatrixSymbol,
    OneMatrix,
    Sum,
    Trace,
    exp,
    log,
    symbols,
    tanh,
)

import symbp
from symbp.errors import ModelError

n, d, h, k = symbols("n d h k", integer=True, positive=True)
i, j = symbols("i j", integer=True)


def gradients(model: object, **keywords: object) -> dict[str, str]:
    derivation = symbp.derive(model, **keywords)  # type: ignore[arg-type]
    return {name: str(value) for name, value in derivation.gradients.items()}


def text_gradients(text: str) -> dict[str, str]:
    return {name: str(value) for name, value in symbp.derive(text).gradients.items()}


def test_three_layers_of_matrix_symbols() -> None:
    X, Y, W1 = MatrixSymbol("X", n, d), MatrixSymbol("Y", n, k), MatrixSymbol("W1", d, h)
    W2, W3 = MatrixSymbol("W2", h, h), MatrixSymbol("W3", h, k)
    H1, H2, R = MatrixSymbol("H1", n, h), MatrixSymbol("H2", n, h), MatrixSymbol("R", n, k)
    model = {
        "H1": (X * W1).applyfunc(tanh),
        "H2": (H1 * W2).applyfunc(tanh),
        "R": H2 * W3 - Y,
        "L": Sum(R[i, j] ** 2, (i, 0, n - 1), (j, 0, k - 1)),
    }
    text = """input X: n,d
target Y: n,k
param W1: d,h
param W2: h,h
param W3: h,k
H1 = tanh(X W1)
H2 = tanh(H1 W2)
R = H2 W3 - Y
L = sum(R**2)"""
    derivation = symbp.derive(model)
    assert [v.name.ascii for v in derivation.program.parameters] == ["W1", "W2", "W3"]
    theirs, ours = symbp.derive(text), derivation
    for name in ("W1", "W2", "W3"):
        shape = ours.gradient(name).of.shape
        assert shape == theirs.gradient(name).of.shape
        assert str(ours.gradients[name]) == str(theirs.gradients[name])


def test_least_squares_of_indexed_entries() -> None:
    X, w, y, b = IndexedBase("X"), IndexedBase("w"), IndexedBase("y"), sympy.Symbol("b")
    loss = Sum((y[i] - b - Sum(X[i, j] * w[j], (j, 1, d))) ** 2, (i, 1, n)) / 2
    program = symbp.parse(loss)
    assert {v.name.ascii: str(v.shape) for v in program.variables} == {
        "b": "()",
        "X": "(Size(n), Size(d))",
        "w": "(Size(d),)",
        "y": "(Size(n),)",
    }
    assert list(gradients(loss)) == ["b", "w"]
    assert gradients(loss)["b"] == "-sum(dZ_L)"


def test_traces_inverses_and_determinants() -> None:
    A, B = MatrixSymbol("A", d, d), MatrixSymbol("B", d, d)
    assert gradients(Trace(A * B), params=["A"]) == {"A": "B.T"}
    assert gradients(Trace(B * A.T), params=["A"]) == {"A": "B"}
    assert set(gradients(Trace(Inverse(A)) + log(Determinant(B)))) == {"A", "B"}


def test_products_entry_by_entry_and_ones() -> None:
    A, B = MatrixSymbol("A", n, d), MatrixSymbol("B", n, d)
    loss = Trace(OneMatrix(d, n) * HadamardProduct(A, B))
    assert gradients(loss, params=["A"]) == {"A": "B"}


def test_shifted_indices_and_equations_over_an_index() -> None:
    y = IndexedBase("y", shape=(n,))
    assert gradients(Sum(y[i] * y[i + 1], (i, 0, n - 2)), params=["y"])
    x, w, z, t = IndexedBase("x"), IndexedBase("w"), IndexedBase("z"), IndexedBase("t")
    row, column = Idx("r", n), Idx("c", d)
    model = {
        z[row]: Sum(x[row, column] * w[column], (column, 0, d - 1)),
        "L": Sum(exp(-z[i]) * t[i], (i, 0, n - 1)),
    }
    assert list(gradients(model)) == ["w"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({}, "no equation"),
        (MatrixSymbol("A", n, d), "no number"),
        (Sum(IndexedBase("y")[i + 1], (i, 0, n)), "shape"),
        (IndexedBase("y", shape=(n,))[i], "neither summed"),
        (sympy.gamma(sympy.Symbol("a")), "no counterpart"),
        (Trace(sympy.kronecker_product(MatrixSymbol("A", d, d), MatrixSymbol("B", d, d))), "no counterpart"),
    ],
)
def test_what_cannot_be_converted_is_said(model: object, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        symbp.parse(model)  # type: ignore[arg-type]


def test_facts_may_be_assumed() -> None:
    a = MatrixSymbol("A", n, n)
    model = Trace(Inverse(a)) + log(Determinant(a))
    assert gradients(model, params=["A"], assume={"A": "symmetric"}) != gradients(model, params=["A"])
    program = symbp.parse(model, params=["A"], assume={"A": "spd"})
    assert symbp.check(program).ok
    with pytest.raises(ModelError, match="nothing is called B") as caught:
        symbp.parse(model, assume={"B": "spd"})
    assert caught.value.hint == "facts are assumed of A"
