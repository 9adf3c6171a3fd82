"""The updates of the fast style equal those of the plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbp import optimizers, optimizers_blocked
from symbp.pipeline import generate
from tests.emit.generated_file import load


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_blocks_equal_the_whole(name: str, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    start = {"W": rng.standard_normal((5, 7)), "V": rng.standard_normal((70000,)), "T": np.ones((3, 2)).T}
    made = []
    for module in (optimizers, optimizers_blocked):
        rng = np.random.default_rng(1)
        parameters = {k: np.array(v, dtype, order="K") for k, v in start.items()}
        state = getattr(module, f"{name}_state")(parameters)
        for _ in range(4):
            gradients = {k: rng.standard_normal(v.shape).astype(dtype) for k, v in parameters.items()}
            getattr(module, f"{name}_update")(parameters, gradients, state)
        made.append(parameters)
    rounding = 1e-5 if dtype is np.float32 else 1e-12
    for key in start:
        assert made[1][key].dtype == dtype
        np.testing.assert_allclose(made[1][key], made[0][key], rtol=rounding, atol=rounding)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_training_with_the_step(name: str) -> None:
    text = "input X: n × d; target y: n; param w: d; param c; L = Σ (y − X w − c)² / n"
    namespace = load(generate(text, style="fast", optimizer=name))
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 3))
    y = X @ np.array([1.0, -2.0, 0.5]) + 0.25
    parameters: dict[str, Any] = {"w": np.zeros(3), "c": 0.0}
    state, step = namespace["initial_state"](parameters), namespace["Step"](n=30, d=3, dtype=np.float64)
    for _ in range(600):
        loss, gradients = step(X, y, **parameters)
        namespace["update"](parameters, gradients, state, lr=0.02)
    assert loss < 1e-2
