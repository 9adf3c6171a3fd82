"""Files of models with stop_gradient: their check holds constant what is stopped, and leaves nothing out."""

from __future__ import annotations

import re

import numpy as np
import pytest

from symbp import generate
from tests.emit.generated_file import load

RECURRENCE = (
    "input x: T, n, d; param W: d, m; param U: m, m; param b: m; param V: m, k; h[0] = 0; h[t] = {step}; "
    "L = sum((h[T] @ V)**2)"
)
MODELS = {
    "a target network": "param q: n; param w: n; L = sum((stop_gradient(q * w) - q)**2)",
    "nothing but stopped values": "param x: n; L = sum(stop_gradient(x))",
    "a shift": "param x: n, k; L = sum(exp(x - stop_gradient(max(x, axis=1, keepdims=True))))",
    "straight through": "param x: n, k; param u: k; L = sum(x + stop_gradient(round(x) - x) * u)",
    "stopped twice": "param x: n; param u: n; L = sum(stop_gradient(stop_gradient(x) * u + x) * u)",
    "several outputs": (
        "param x: n, k; param held: n; s = stop_gradient(relu(x)) * x; r = stop_gradient(s) + held[:, None]; "
        "output s, ds; output r, dr"
    ),
    "a parameter of that name": "param x: n; param stop_gradient: n; L = sum(detach(x) * stop_gradient * x)",
    "a state": RECURRENCE.format(step="tanh(x[t] @ W + stop_gradient(h[t-1]) @ U + b)"),
    "a parameter": RECURRENCE.format(step="tanh(x[t] @ W + h[t-1] @ U) * stop_gradient(b)"),
    "part of a step": RECURRENCE.format(step="tanh(stop_gradient(x[t] @ W) + h[t-1] @ U) * b"),
    "a sum over time": (
        "input x: T, n; param w: n; s[0] = 0; s[t] = s[t-1] + w * stop_gradient(s[t-1] + w * x[t]); "
        "L = sum(s[T])"
    ),
}


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("name", MODELS)
def test_every_gradient_is_checked(name: str, style: str, capsys: pytest.CaptureFixture[str]) -> None:
    namespace = load(generate(MODELS[name], style=style))
    assert namespace["check"]()
    shown = re.findall(r"^(\w+) +\d\.\de[+-]\d\d$", capsys.readouterr().out, re.M)
    assert set(shown) == set(namespace["PARAMETERS"])


@pytest.mark.parametrize("name", ["a target network", "a shift", "straight through", "a state"])
def test_slopes_through_what_is_stopped_are_wrong(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The check would tell: with nothing held constant it finds another slope."""
    source = generate(MODELS[name])
    through = re.sub(r", stop_gradient=take_from\(held\)", "", source)
    assert through != source
    assert not load(through)["check"]()
    assert "WRONG" in capsys.readouterr().out


@pytest.mark.parametrize("name", MODELS)
def test_a_planted_error_is_caught(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    namespace = load(generate(MODELS[name]))
    backward = namespace["backward"]
    for planted in namespace["PARAMETERS"]:

        def changed(cache: object, *upstream: object, planted: str = planted) -> dict[str, object]:
            gradients = backward(cache, *upstream)
            return {**gradients, planted: 1.0005 * np.asarray(gradients[planted]) + 0.0005}

        namespace["backward"] = changed
        assert not namespace["check"]()
        assert f"{planted} " in re.sub(r".*(?<!WRONG)\n", "", capsys.readouterr().out)
    namespace["backward"] = backward


def test_forward_does_not_need_the_function() -> None:
    namespace = load(generate(MODELS["a target network"]))
    loss, _ = namespace["forward"](np.array([2.0]), np.array([3.0]))
    assert loss == 16.0
