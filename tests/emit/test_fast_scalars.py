"""Tiny models in plain Python numbers: the same values as arrays, at any size of the arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbp.pipeline import generate
from tests.emit.generated_file import load
from tests.emit.test_fast_models import compare

HEAD = "input x : 3; input y : 2; param W : 2 × 3; param b : 2; param s :"
UNITS = (
    "σ({z})",
    "tanh({z})",
    "relu({z})",
    "exp(−{z} ⊙ {z})",
    "{z}[::-1]",
    "s * {z}",
    "maximum({z}, y)",
    "sin({z})",
)
LOSSES = ("L = ½ Σ ({h} − y)²", "L = mean({h} ⊙ y)", "L = ‖{h}‖² + s²", "L = Σ {h}[0:1] + s")
NUMBERS = "input x :; param a :; param b :; L = (σ(a x + b) − tanh(b))² + ½ a³"


def arguments(namespace: dict[str, Any], scale: float) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    shapes = {**namespace["INPUTS"], **namespace["PARAMETERS"]}
    return {name: scale * rng.standard_normal(tuple(map(int, s))) for name, s in shapes.items()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.lists(st.sampled_from(UNITS), min_size=1, max_size=3),
    st.sampled_from(LOSSES),
    st.sampled_from([1.0, 30.0]),
)
def test_equals_the_plain_style(units: list[str], loss: str, scale: float) -> None:
    text = "W @ x + b"
    for unit in units:
        text = unit.format(z=f"({text})")
    source = generate(f"{HEAD}; h = {text}; {loss.format(h='h')}", style="fast")
    assert "scalar_code" in source
    namespace = load(source)
    compare(namespace, arguments(namespace, scale), [], np.float64)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers_alone(dtype: Any) -> None:
    namespace = load(generate(NUMBERS, style="fast"))
    given = {"x": dtype(0.5), "a": dtype(-1.25), "b": dtype(2.0)}
    loss, gradients = namespace["Step"](dtype=dtype)(**given)
    expected, cache = namespace["forward"](**given)
    assert loss == pytest.approx(expected, rel=1e-6)
    for name, value in namespace["backward"](cache).items():
        assert gradients[name].dtype == dtype
        assert gradients[name] == pytest.approx(value, rel=1e-6)


def test_what_may_be_divided_by_zero_stays_with_arrays() -> None:
    assert "scalar_code" not in generate("param a: 2; input x: 2; L = Σ a / x", style="fast")


@pytest.mark.parametrize("call", ["exp", "log", "sqrt", "sin", "log1p", "expm1", "tanh", "σ"])
def test_numbers_for_which_python_raises_errors(call: str) -> None:
    """Infinities and nan as arrays have them."""
    source = generate(f"input x : 4; param a : 4; L = Σ a ⊙ {call}(x)", style="fast")
    assert "scalar_code" in source
    namespace = load(source)
    for entries in ((0.0, 1.0, -3.0, 800.0), (np.inf, 1.0, 2.0, 3.0), (np.nan, -1.0, -800.0, -np.inf)):
        x = np.array(entries)
        with np.errstate(all="ignore"):
            found, gradients = namespace["Step"](dtype=np.float64)(x, np.ones(4))
            expected, cache = namespace["forward"](x, np.ones(4))
            np.testing.assert_allclose(found, expected)
            np.testing.assert_allclose(gradients["a"], namespace["backward"](cache)["a"], atol=1e-300)


def test_gradients_beyond_the_largest_number_of_the_dtype() -> None:
    step = load(generate("param x : 2; L = Σ x² ⊙ x²", style="fast"))["Step"](dtype=np.float32)
    with np.errstate(over="ignore"):
        _, gradients = step(np.array([1e20, 1.0], np.float32))
    assert gradients["x"].tolist() == [np.inf, 4.0]
