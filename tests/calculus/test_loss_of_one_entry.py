"""A loss that is an array of one entry, as column matrices give it, is a loss."""

from __future__ import annotations

import pytest

from symbp.calculus.derivation import derive_program
from symbp.lang.read import read_equations

QUADRATIC = "param x: n, 1\ninput A: n, n\nL = x.T @ A @ x"


@pytest.mark.parametrize("text", [QUADRATIC, "param x: n\nL = sum(x**2, keepdims=True)"])
def test_gradient_has_the_shape_of_the_parameter(text: str) -> None:
    derivation = derive_program(read_equations(text))
    gradient = derivation.gradient("x")
    assert gradient.value.shape == gradient.of.shape


def test_gradient_is_that_of_the_number() -> None:
    whole = derive_program(read_equations(QUADRATIC)).gradients["x"]
    entry = derive_program(read_equations(f"{QUADRATIC}\nM = sum(L)")).gradients["x"]
    assert whole == entry
