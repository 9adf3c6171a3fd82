"""The updates of the fast style equal those of the plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbp import optimizers, optimizers_blocked
from symbp.commands.benching import drawn
from symbp.files import read_text
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import load
from tests.emit.test_fast_models import TEXTS


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_blocks_equal_the_whole(name: str, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    start = {"W": rng.standard_normal((5, 7)), "V": rng.standard_normal((140000,)), "T": np.ones((3, 2)).T}
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
def test_parts_are_those_of_the_arrays_that_are_given(name: str) -> None:
    """Views are kept from one call to the next, but never those of another array."""
    parameters, gradients = {"W": np.ones((4, 3))}, {"W": np.ones((4, 3))}
    state = getattr(optimizers_blocked, f"{name}_state")(parameters)
    update = getattr(optimizers_blocked, f"{name}_update")
    update(parameters, gradients, state)
    _, kept = state["blocks"]["W"]
    update(parameters, gradients, state)
    assert state["blocks"]["W"][1] is kept
    parameters["W"] = np.ones((4, 3))
    update(parameters, gradients, state)
    assert (parameters["W"] < 1.0).all()
    gradients["W"] = -10.0 * np.ones((4, 3))
    moved = parameters["W"].copy()
    for _ in range(30):
        update(parameters, gradients, state)
    assert (parameters["W"] > moved).all()


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


SMALL = {
    "n": 6,
    "d": 3,
    "h": 4,
    "k": 3,
    "t": 2,
    "q": 2,
    "f": 3,
    "o": 2,
    "c": 2,
    "s": 2,
    "m": 2,
    "T": 2,
    "p": 2,
}
FOLDED = ["w1", "w2", "w3", "w4", "w6", "w7", "autoencoder", "batchnorm_mlp", "two_convolutions", "swiglu"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FOLDED)
def test_a_descent_is_a_step_and_an_update(name: str, dtype: Any) -> None:
    derivation = derive(read_text(TEXTS[name]))
    sizes = {letter: SMALL.get(letter, 3) for letter in derivation.program.size_letters}
    namespace = load(generate(derivation, style="fast", optimizer="sgd"))
    rng, program = np.random.default_rng(0), derivation.forward
    data = {v.name.ascii: drawn(v, sizes, rng, dtype) for v in program.data}
    start = {v.name.ascii: drawn(v, sizes, rng, dtype) for v in program.parameters}
    moved, updated = ({k: v.copy() for k, v in start.items()} for _ in range(2))
    step = namespace["Step"](**sizes, dtype=dtype)
    output = step.descend(**data, **moved, lr=0.25)
    loss, gradients = step(**data, **updated)
    assert output == pytest.approx(loss, rel=1e-5)
    namespace["update"](updated, gradients, namespace["initial_state"](updated), lr=0.25)
    rounding = 1e-4 if dtype is np.float32 else 1e-11
    for key, value in updated.items():
        scale = np.max(np.abs(value - start[key])) + 1e-6
        assert np.max(np.abs(moved[key] - value)) <= rounding * (scale + np.max(np.abs(value)))


def test_no_descent_where_the_rate_has_no_place() -> None:
    number = "input x: n; param c; L = Σ (c x)²"
    assert "def descend" not in generate(number, style="fast", optimizer="sgd")
    assert "def descend" not in generate(read_text(TEXTS["w1"]), style="fast", optimizer="adam")
    assert "def descend" not in generate(read_text(TEXTS["w1"]), style="fast")
