"""Gradients that every matrix-calculus text lists, in the form in which it lists them."""

from __future__ import annotations

import pytest

import symbp

TEXTBOOK = {
    "L = tr(X)": ("X", "I"),
    "L = tr(Aᵀ X B)": ("A", "X B"),
    "param A: n,m; input X: n,k; param B: k,m; L = tr(Aᵀ X B)": ("B", "Xᵀ A"),
    "L = log det(X)": ("X", "X⁻ᵀ"),
    "L = ‖y − W x‖²": ("W", "2 (W x − y) xᵀ"),
    "input S: n,n; param P: n,n; assume P: spd; assume S: spd; L = log det(P) − tr(S P)": ("P", "P⁻¹ − S"),
}


@pytest.mark.parametrize("model", TEXTBOOK)
def test_gradient_as_the_books_have_it(model: str) -> None:
    name, formula = TEXTBOOK[model]
    lines = symbp.derive(model).text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"  ∂L/∂{name} = ")]
    assert line.removeprefix(f"  ∂L/∂{name} = ").split("   ")[0] == formula


def test_what_may_be_zero_is_divided_all_the_same() -> None:
    """x/x is 1 almost everywhere, which is what a gradient is asked for."""
    assert symbp.check("L = Σ x ⊙ (x / x)").ok
