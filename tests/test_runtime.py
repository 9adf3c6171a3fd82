"""The helpers that travel: 50-digit references, dtype, shapes, no warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from symbp import optimizers
from tests.carried import CARRIED, FUNCTIONS

Array = np.ndarray[Any, Any]
POINTS = [0.0, 1e-30, -1e-30, 1e-8, -1e-8, 1.0, -1.0, 40.0, -40.0, 800.0, -800.0, 1e4, -1e4]
BETWEEN = [0.3, -0.3, 0.499, 0.5, 0.501, 0.99, 1.01, -1.5, 2.5, -2.5, 5.0, -3.0]

REFERENCES: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "log_sigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
}


def off(value: Any, reference: Any, dtype: type) -> float:
    """The distance in units of eps, relative to the reference; absolute below the smallest number."""
    scale = abs(reference)
    smallest = mpmath.mpf(float(np.finfo(dtype).tiny))
    error = abs(mpmath.mpf(float(value)) - reference)
    if scale < smallest:
        return float(error / smallest)
    return float(error / scale / mpmath.mpf(float(np.finfo(dtype).eps)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REFERENCES)
def test_within_4_eps_of_50_digits(name: str, dtype: type) -> None:
    x = np.array(POINTS + BETWEEN, dtype)
    if name == "gelu":
        x = x[: len(POINTS)]
    with np.errstate(all="raise"):
        y = FUNCTIONS[name](x)
    assert y.dtype == dtype
    with mpmath.workdps(50):
        for value, at in zip(y, x, strict=True):
            assert off(value, REFERENCES[name](mpmath.mpf(float(at))), dtype) <= 4, at


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_soft_functions_at_extreme_points(dtype: type) -> None:
    rows = np.array([POINTS, POINTS[::-1]], dtype)
    with np.errstate(all="raise"):
        p, logp = CARRIED.softmax(rows), CARRIED.log_softmax(rows)
        total = CARRIED.logsumexp(rows, axis=1)
        masked = CARRIED.masked_softmax(rows, rows < 50.0)
    for found in (p, logp, total, masked):
        assert found.dtype == dtype
        assert np.all(np.isfinite(found))
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-6)
    with mpmath.workdps(50):
        exact = [mpmath.mpf(float(v)) for v in rows[0]]
        log_total = mpmath.log(sum(mpmath.exp(v) for v in exact))
        assert off(total[0], log_total, dtype) <= 4
        for k, v in enumerate(exact):
            assert off(p[0, k], mpmath.exp(v - log_total), dtype) <= 4
            assert abs(float(logp[0, k]) - float(v - log_total)) <= 4 * np.finfo(dtype).eps * 2e4


@pytest.mark.parametrize("name", REFERENCES)
def test_scalars_and_empty_arrays(name: str) -> None:
    function = FUNCTIONS[name]
    assert np.ndim(function(0.5)) == 0
    assert function(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_windows_and_fold_are_transposes() -> None:
    rng = np.random.default_rng(0)
    for frames in (((0, 2, 1, 1),), ((0, 3, 2, 1), (1, 2, 1, 2)), ((1, 2, 3, 2),)):
        x = rng.standard_normal((7, 6))
        wide = CARRIED.windows(x, frames)
        y = rng.standard_normal(wide.shape)
        assert np.isclose(np.sum(wide * y), np.sum(x * CARRIED.fold(y, frames, x.shape)))


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_optimizers_reach_the_minimum_in_float32(name: str) -> None:
    goal = np.array([1.0, -2.0], np.float32)
    parameters = {"w": np.zeros(2, np.float32), "b": np.zeros((), np.float32)}
    state = getattr(optimizers, f"{name}_state")(parameters)
    for _ in range(600):
        gradients = {"w": parameters["w"] - goal, "b": parameters["b"] - np.float32(3.0)}
        getattr(optimizers, f"{name}_update")(parameters, gradients, state, lr=0.05)
    np.testing.assert_allclose(parameters["w"], goal, atol=1e-2)
    assert {v.dtype for v in parameters.values()} == {np.dtype(np.float32)}


def test_one_step_of_adam_by_hand() -> None:
    parameters = {"w": np.array([1.0])}
    state = optimizers.adam_state(parameters)
    optimizers.adam_update(parameters, {"w": np.array([0.5])}, state, lr=0.1)
    np.testing.assert_allclose(parameters["w"], 1.0 - 0.1 * 0.5 / (0.5 + 1e-8), rtol=1e-14)
