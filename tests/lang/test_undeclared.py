"""Texts without declarations are read as a mathematician reads them."""

from __future__ import annotations

import pytest

from symbp.errors import SymbpError
from symbp.lang.read import read_equations

READINGS = {
    "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²": {
        "W": "n_h,n_x", "x": "n_x", "b": "n_h", "V": "n_y,n_h", "c": "n_y", "y": "n_y",
    },
    "H = σ(X W₁ + b₁); Ŷ = H W₂ + b₂; L = Σ (Y − Ŷ)²": {
        "X": "n,n_X", "W1": "n_X,n_H", "b1": "n_H", "W2": "n_H,n_Y", "b2": "n_Y", "Y": "n,n_Y",
    },
    "Z = W X + b; L = Σ (Z − Y)²": {"W": "m_Y,m_X", "X": "m_X,n", "b": "m_Y,1", "Y": "m_Y,n"},
    "p = softmax(W x + b); L = -Σ y ⊙ log p + λ‖W‖²": {
        "W": "n_y,n_x", "x": "n_x", "b": "n_y", "y": "n_y", "lambda_": "",
    },
    "L = ‖y − A x‖²": {"y": "n_y", "A": "n_y,n_x", "x": "n_x"},
    "L = ½‖X w − y‖² + λ‖w‖²": {"X": "m_X,n_X", "w": "n_X", "y": "m_X", "lambda_": ""},
    "f = (x+y)z": {"x": "", "y": "", "z": ""},
    "h₁ = σ(x₁w₁ + x₂w₂ + b₁); L = (y₁ − h₁)²": {
        "x1": "", "w1": "", "x2": "", "w2": "", "b1": "", "y1": "",
    },
    "y = σ(wᵀx + b); L = (t − y)²": {"w": "n_x", "x": "n_x", "b": "", "t": ""},
    "y = wx + b; L = (t − y)^2": {"w": "", "x": "", "b": "", "t": ""},
    "f = max(x, y) * z": {"x": "", "y": "", "z": ""},
    "h = 1/(1+e^{-z}); L = (y−h)²": {"z": "", "y": ""},
    "L = xᵀ A x": {"x": "n_x", "A": "n_x,n_x"},
    "Ŷ = X W + b; L = Σ (Y − Ŷ)² / n": {"X": "n,n_X", "W": "n_X,n_Y", "b": "n_Y", "Y": "n,n_Y"},
    "P = softmax(X W); L = -1/N Σ Y ⊙ log P": {"X": "N,n_X", "W": "n_X,n_Y", "Y": "N,n_Y"},
    "L = Σ (y − W x)² / n": {"y": "n_y", "W": "n_y,n_x", "x": "n_x", "n": ""},
    "Z = relu(X W) U; L = cross_entropy(Z, T)": {"X": "n,n_X", "W": "n_X,n_W", "U": "n_W,n_T", "T": "n,n_T"},
    "p = softmax(W x + b); L = -Σ y log p": {"W": "n_y,n_x", "x": "n_x", "b": "n_y", "y": "n_y"},
    "h = σ(W x); L = −Σ (y log h + (1−y) log(1−h))": {"W": "n_y,n_x", "x": "n_x", "y": "n_y"},
    "D = W X; output D, G": {"W": "m_D,m_X", "X": "m_X,n", "G": "m_D,n"},
}  # fmt: skip


@pytest.mark.parametrize("text", READINGS)
def test_shapes(text: str) -> None:
    program = read_equations(text)
    assert {v.name.ascii: ",".join(map(str, v.shape)) for v in program.variables} == READINGS[text]


def test_roles() -> None:
    program = read_equations("h = σ(Wx+b); L = Σ(y−h)² + λ‖W‖²")
    assert {v.name.ascii: v.role for v in program.variables} == {
        "W": "param", "x": "input", "b": "param", "y": "target", "lambda_": "param",
    }  # fmt: skip


def test_roles_by_keyword() -> None:
    program = read_equations("L = ‖y − A x‖²", params=["x"])
    assert [v.name.ascii for v in program.parameters] == ["x"]


def test_a_word_is_no_product() -> None:
    program = read_equations("L = (target − prediction)²")
    assert [v.name.text for v in program.variables] == ["target", "prediction"]


def test_what_cannot_be_inferred_is_asked_for() -> None:
    with pytest.raises(SymbpError) as caught:
        read_equations("z = a W x; L = Σ z")
    assert "param" in (caught.value.hint or "")
    assert "?" not in str(caught.value)


@pytest.mark.parametrize("declared", [True, False])
def test_a_deep_text_is_read(declared: bool) -> None:
    """Nothing recurses over depth."""
    depth = 2000
    lines = [f"H{i} = σ(H{i - 1} W{i} + b{i})" for i in range(1, depth + 1)]
    if declared:
        lines = ["input H0: n, d", *(f"param W{i}: d, d\nparam b{i}: d" for i in range(1, depth + 1)), *lines]
    program = read_equations("\n".join([*lines, f"L = Σ H{depth}²"]))
    assert len(program.equations) == depth + 1
