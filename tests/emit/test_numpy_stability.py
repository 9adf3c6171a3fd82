"""Functions of one number in generated files: finite, without warnings, within 4 eps of 50 digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

from symbp.pipeline import generate
from tests.emit.generated_file import Namespace, load

POINTS = [0.0, 1e-30, -1e-30, 1e-8, -1e-8, 1.0, -1.0, 40.0, -40.0, 800.0, -800.0, 1e4, -1e4]
half = mpmath.mpf(1) / 2


def logistic(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def soft(x: Any) -> Any:
    return mpmath.log1p(mpmath.exp(x))


def gelu_tanh(x: Any) -> Any:
    inner = mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)
    return half * x * (1 + mpmath.tanh(inner))


SMOOTH: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "square": lambda x: x * x,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "arctan": mpmath.atan,
    "arcsinh": mpmath.asinh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sigmoid": logistic,
    "log_sigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "softplus": soft,
    "silu": lambda x: x * logistic(x),
    "mish": lambda x: x * mpmath.tanh(soft(x)),
    "gelu_exact": lambda x: half * x * mpmath.erfc(-x / mpmath.sqrt(2)),
    "gelu_tanh": gelu_tanh,
}
KINKED: dict[str, Callable[[Any], Any]] = {
    "abs": abs,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "relu6": lambda x: min(max(x, mpmath.mpf(0)), mpmath.mpf(6)),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "softsign": lambda x: x / (1 + abs(x)),
    "hard_tanh": lambda x: min(max(x, mpmath.mpf(-1)), mpmath.mpf(1)),
}


@cache
def namespace_of(function: str) -> Namespace:
    return load(generate(f"param x: n; Y = {function}(x); output Y, G"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [*SMOOTH, *KINKED])
def test_value_and_slope(function: str, dtype: type[np.floating[Any]]) -> None:
    reference = SMOOTH.get(function) or KINKED[function]
    namespace, limits = namespace_of(function), np.finfo(dtype)
    eps, tiny, largest = float(limits.eps), float(limits.tiny), float(limits.max)
    for point in POINTS:
        x = np.array([point], dtype)
        with mpmath.workdps(50):
            exact = mpmath.mpf(float(x[0]))
            value = reference(exact)
            if abs(value) > largest:
                continue
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                found, cached = namespace["forward"](x)
                slope = namespace["backward"](cached, np.ones(1, dtype))["x"]
            assert abs(mpmath.mpf(float(found[0])) - value) <= 4 * eps * abs(value) + tiny, point
            assert np.isfinite(slope[0])
            if function in SMOOTH and abs(point) > 1e-20:
                wanted = mpmath.diff(reference, exact)
                assert abs(mpmath.mpf(float(slope[0])) - wanted) <= 4 * eps * max(abs(wanted), 1), point
