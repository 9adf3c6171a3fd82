"""Second derivatives that a text claims: Hessians, mixed ones and their entries, right and wrong."""

from __future__ import annotations

import pytest

import symbp

LOGISTIC = (
    r"""$$ L = -\sum_{i=1}^n [y_i \log\sigma(w^\top x_i) + (1 - y_i)\log(1 - \sigma(w^\top x_i))] $$ """
)
QUADRATIC = r"Let $f(x) = \frac12 x^\top A x$. "
SOFTMAX = r"Let $p = \mathrm{softmax}(z)$ and $L = \log\sum_k e^{z_k}$. "
LINEAR = r"$$ J(w, b) = \|X w + b\mathbf{1} - y\|^2 $$ "
CLAIMS = {
    LOGISTIC + r"$$s_i = \sigma(w^\top x_i), \nabla_w^2 L = \sum_i s_i(1 - s_i) x_i x_i^\top$$": "∂²L/∂w²",
    LOGISTIC + r"$$\nabla_w^2 L = \sum_i \sigma(w^\top x_i) x_i x_i^\top$$": None,
    QUADRATIC + r"$\nabla^2 f(x) = \frac12 (A + A^\top)$": "∂²f/∂x²",
    QUADRATIC + r"$\nabla^2_x f = A$": None,
    QUADRATIC + r"With $A$ symmetric $\nabla^2_x f = A$": "∂²f/∂x²",
    QUADRATIC + r"$\frac{\partial^2 f}{\partial x \partial x^\top} = \frac12 (A + A^\top)$": "∂²f/∂x²",
    QUADRATIC + r"$\frac{\partial^2 f}{\partial x_i \partial x_j} = \frac12 (A_{ij} + A_{ji})$": "∂²f/∂x²",
    QUADRATIC + r"$\frac{\partial^2 f}{\partial x_i \partial x_j} = A_{ij}$": None,
    SOFTMAX + r"$\frac{\partial^2 L}{\partial z_i \partial z_j} = p_i(\delta_{ij} - p_j)$": "∂²L/∂z²",
    SOFTMAX + r"$\frac{\partial^2 L}{\partial z_i \partial z_j} = p_i(\delta_{ij} + p_j)$": None,
    SOFTMAX + r"$\frac{\partial^2 L}{\partial z\,\partial z^\top} = \mathrm{diag}(p) - p p^\top$": "∂²L/∂z²",
    SOFTMAX + r"$\frac{\partial^2 L}{\partial z^2} = p - p \odot p$": None,
    LINEAR + r"$$\frac{\partial^2 J}{\partial w^2} = 2 X^\top X$$": "∂²J/∂w²",
    LINEAR + r"$$\frac{\partial^2 J}{\partial w\,\partial b} = 2 X^\top \mathbf{1}$$": "∂²J/∂w∂b",
    LINEAR + r"$$\frac{\partial^2 J}{\partial b\,\partial w} = 2 X^\top \mathbf{1}$$": "∂²J/∂b∂w",
    LINEAR + r"$$\frac{\partial^2 J}{\partial w\,\partial b} = X^\top \mathbf{1}$$": None,
    r"$f(x) = x^3 + e^{2x}$, $\frac{d^2 f}{dx^2} = 6x + 4e^{2x}$": "∂²f/∂x²",
    r"$f(x) = x^3 + e^{2x}$, $\frac{d^2 f}{dx^2} = 6x + 2e^{2x}$": None,
}  # fmt: skip


@pytest.mark.parametrize("text", CLAIMS)
def test_second_derivatives(text: str) -> None:
    ((key, verdict),) = symbp.verify(text).verdicts.items()
    wanted = CLAIMS[text]
    assert key == wanted or (wanted is None and key.startswith("∂²"))
    assert verdict.status in (("proved", "holds") if wanted else ("refuted",))


def test_a_second_derivative_in_a_formula_is_refused() -> None:
    text = LINEAR + r"$$\frac{\partial J}{\partial w} = \frac{\partial^2 J}{\partial w^2} w$$"
    with pytest.raises(symbp.SymbpError, match="left of = only"):
        symbp.verify(text)


def test_gradients_and_second_derivatives_beside_each_other() -> None:
    text = QUADRATIC + r"$\nabla f(x) = \frac12 (A + A^\top) x$ and $\nabla^2 f(x) = \frac12 (A + A^\top)$"
    assert {key: v.status for key, v in symbp.verify(text).verdicts.items()} == {
        "x": "proved",
        "∂²f/∂x²": "proved",
    }
