"""Files of models with roots and logarithms check themselves at arrays for which these have a value."""

from __future__ import annotations

import numpy as np
import pytest

from symbp import generate
from tests.emit.generated_file import load

MODELS = [
    "param X: n, d; param w: d; L = sum(log(X @ w))",
    "param x: n; L = sum(log1p(x))",
    "param x: n; L = -sum(x * log(x) + (1 - x) * log(1 - x))",
    "param x: n; L = sum(log(exp(x) - 1))",
    "param x: n; L = sum(arccosh(x + 1)) + sum(arcsin(x**2))",
    "param x: n; param y: n; L = sum(sqrt(x * y)) + sum((x + 1)**1.5)",
    "param a: ; param x: n; L = sum(log2(a * x + 2) / log10(1 + x))",
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.filterwarnings("error")
def test_values_are_inside_the_domain(model: str) -> None:
    namespace = load(generate(model))
    assert namespace["check"]()
    backward = namespace["backward"]
    namespace["backward"] = lambda cache: {k: v * 1.0005 for k, v in backward(cache).items()}
    assert not namespace["check"]()


@pytest.mark.parametrize(
    "inside", ["sum(x**2) + 1", "softmax(x)", "exp(x)", "var(x) + 1e-5", "abs(x) + x @ x"]
)
def test_what_is_never_negative_leaves_its_arrays_as_they_are(inside: str) -> None:
    source = generate(f"param x: n; L = sum(log({inside}))")
    assert '"x": rng.standard_normal((n,))' in source


def test_facts_are_kept() -> None:
    source = generate("param x: n; input t: n; assume t: pm1; L = sum(log(3 + t * x))")
    assert "rng.integers(0, 2, (n,)) * 2.0 - 1.0" in source
    assert np.all(np.isfinite(load(source)["forward"](t=np.ones(2), x=np.ones(2))[0]))
