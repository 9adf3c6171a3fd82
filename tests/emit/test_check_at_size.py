"""A file checks itself at larger sizes: neither rounding nor chaos is an error, an error still is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbp import generate
from symbp.selfcheck import compare
from tests.emit.generated_file import load

SIZES = "size T = 40; size d = 24; size m = 24; size n = 4; size k = 3; "
DATA = "input x: T, n, d; target y: n, k; assume y: onehot; param W: d, m; param U: m, m; param V: m, k; "
NETS = {
    "tanh": "h[0] = 0; h[t] = tanh(x[t] @ W + h[t-1] @ U); L = cross_entropy(h[T] @ V, y)",
    "relu": "h[0] = 0; h[t] = relu(x[t] @ W + h[t-1] @ U); L = cross_entropy(h[T] @ V, y)",
    "saturated": "h[0] = 0; h[t] = tanh(40 * (x[t] @ W) + h[t-1] @ U); L = sum((h[T] @ V - y)**2)",
    "gated": (
        "h[0] = 0; g[t] = sigmoid(x[t] @ W + h[t-1] @ U); "
        "h[t] = g[t] * h[t-1] + (1 - g[t]) * tanh(x[t] @ W); L = mean((h[T] @ V - y)**2)"
    ),
}


@pytest.mark.parametrize("net", NETS)
def test_long_recurrences_check_themselves(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    namespace = load(generate(SIZES + DATA + NETS[net]))
    assert namespace["check"]()
    assert "settle" not in capsys.readouterr().out


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("planted", ["W", "U", "V"])
def test_planted_errors_are_caught_there_too(net: str, planted: str) -> None:
    namespace = load(generate(SIZES + DATA + NETS[net]))
    backward = namespace["backward"]

    def changed(cache: Any) -> Any:
        gradients = backward(cache)
        return {**gradients, planted: gradients[planted] * 1.0005}

    namespace["backward"] = changed
    assert not namespace["check"]()


def chaos(x: Any) -> Any:
    """The logistic map, 24 times over: differences of it are noise."""
    for _ in range(24):
        x = 3.9 * x * (1 - x)
    return np.sum(x)


def chaotic_gradient(x: Any) -> Any:
    slope = np.ones_like(x)
    for _ in range(24):
        slope, x = slope * 3.9 * (1 - 2 * x), 3.9 * x * (1 - x)
    return slope


def test_chaos_is_not_called_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    x = np.array([0.3, 0.6])
    assert compare(chaos, {"x": x}, {"x": chaotic_gradient(x)}, {}, False)
    assert "the differences do not settle" in capsys.readouterr().out
    assert not compare(chaos, {"x": x}, {"x": 1e12 * chaotic_gradient(x)}, {}, False)


@pytest.mark.parametrize("distance", [1e-6, 3e-6, 8e-6, 1.5e-5])
def test_a_kink_nearby_is_no_error(distance: float) -> None:
    x = {"x": np.array([distance, 1.0])}
    assert compare(lambda x: np.sum(np.abs(x)), x, {"x": np.ones(2)}, {}, False)
    assert not compare(lambda x: np.sum(np.abs(x)), x, {"x": np.array([1.0, 1.0005])}, {}, False)


@pytest.mark.parametrize("complex_step", [True, False])
def test_what_is_not_finite_is_wrong(complex_step: bool) -> None:
    x = {"x": np.array([-1.0])}
    with np.errstate(invalid="ignore"):
        assert not compare(lambda x: np.sum(x) + np.nan, x, {"x": np.ones(1)}, {}, complex_step)
    assert not compare(lambda x: np.sum(x), x, {"x": np.array([np.nan])}, {}, complex_step)


def test_underflow_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    x = {"x": np.array([400.0, -30.0])}
    slopes = 1 - np.tanh(x["x"]) ** 2
    assert compare(lambda x: np.sum(np.tanh(x)), x, {"x": slopes}, {}, False)
    assert "settle" not in capsys.readouterr().out
