"""Entries that a mask selects, x[m]: as many as the mask holds, worked on as any other array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symbp
from symbp.evidence.compare import compare
from tests.emit.generated_file import load

DATA = """input y: n, d
input m: n, d
assume m: mask
input k: n
assume k: mask
input c: n
assume c: index d
param w: n, d
param v: d
"""
Array = Any


def drawn() -> dict[str, Array]:
    random = np.random.default_rng(5)
    return {
        "y": random.standard_normal((4, 3)),
        "m": np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]]) * 1.0,
        "k": np.array([1.0, 0.0, 1.0, 1.0]),
        "c": np.array([2, 0, 1, 1]),
        "w": random.standard_normal((4, 3)),
        "v": random.standard_normal(3),
    }


def softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def cross_entropy(z: Array, c: Array) -> Array:
    return np.mean([-np.log(softmax(row)[i]) for row, i in zip(z, c, strict=True)])


Meaning = Callable[..., Array]
CASES: dict[str, Meaning] = {
    "sum((w[m] - y[m])**2)": lambda w, y, m, **_: np.sum((w[m] - y[m]) ** 2),
    "mean(tanh(w[w > 0]))": lambda w, **_: np.mean(np.tanh(w[w > 0])),
    "mean(log(w[w > 0]))": lambda w, **_: np.mean(np.log(w[w > 0])),
    "sum(1 / w[m] + sqrt(w[m]**2))": lambda w, m, **_: np.sum(1 / w[m] + np.abs(w[m])),
    "norm(w[m]) + norm(w[m], 1)": lambda w, m, **_: np.linalg.norm(w[m]) + np.sum(np.abs(w[m])),
    "w[m] @ y[m] / w[m].size": lambda w, y, m, **_: w[m] @ y[m] / w[m].size,
    "std(w[m]) + var(w[m], ddof=1)": lambda w, m, **_: np.std(w[m]) + np.var(w[m], ddof=1),
    "max(w[m]) - min(w[m]) + prod(w[m])": lambda w, m, **_: np.ptp(w[m]) + np.prod(w[m]),
    "softmax(w[m]) @ y[m]": lambda w, y, m, **_: softmax(w[m]) @ y[m],
    "log_softmax(w[m]) @ y[m]": lambda w, y, m, **_: np.log(softmax(w[m])) @ y[m],
    "logsumexp(w[m])": lambda w, m, **_: np.log(np.sum(np.exp(w[m]))),
    "sum(cumsum(w[k], axis=0)**2)": lambda w, k, **_: np.sum(np.cumsum(w[k], axis=0) ** 2),
    "sum(cumprod(w[k], axis=0)**2)": lambda w, k, **_: np.sum(np.cumprod(w[k], axis=0) ** 2),
    "mse(w[k], y[k])": lambda w, y, k, **_: np.mean((w[k] - y[k]) ** 2),
    "cross_entropy(w[k], c[k])": lambda w, c, k, **_: cross_entropy(w[k], c[k]),
    "mean((w[k] @ v)**3)": lambda w, v, k, **_: np.mean((w[k] @ v) ** 3),
    "sum(w[k].T @ y[k])": lambda w, y, k, **_: np.sum(w[k].T @ y[k]),
    "sum(w[:, y[0] > 0]**2)": lambda w, y, **_: np.sum(w[:, y[0] > 0] ** 2),
    "mean(w[k, 0])": lambda w, k, **_: np.mean(w[k, 0]),
    "sum(w[m][w[m] > 0])": lambda w, m, **_: np.sum(w[m][w[m] > 0]),
    "sum(max(w[k], axis=0) * max(w[k]))": lambda w, k, **_: np.sum(np.max(w[k], axis=0) * np.max(w[k])),
    "sum(concatenate([w[k], y[k]], axis=1)**3)": lambda w, y, k, **_: np.sum(w[k] ** 3) + np.sum(y[k] ** 3),
    "sum((w[k] - mean(w[k], axis=0))**2)": lambda w, k, **_: np.sum((w[k] - np.mean(w[k], axis=0)) ** 2),
    "sum(outer(v, w[m])**2)": lambda w, v, m, **_: np.sum(np.outer(v, w[m]) ** 2),
    "sum(w[k][:, [0, 0]] * y[k][:, :1])": lambda w, y, k, **_: np.sum(w[k][:, [0, 0]] * y[k][:, :1]),
    "sum(w[(w > 0) & ~(y > 0) | (y < -1)])": lambda w, y, **_: np.sum(w[(w > 0) & ~(y > 0) | (y < -1)]),
    "sum(w[¬m] * w[~m])": lambda w, m, **_: np.sum(w[~m] ** 2),
    "sum(onehot(c[k], d) * w[k])": lambda w, c, k, **_: np.sum(np.eye(3)[c[k]] * w[k]),
    "sum(reshape(w[k], -1, d, 1)**2)": lambda w, k, **_: np.sum(w[k] ** 2),
}


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("expression", CASES)
def test_values_are_those_of_numpy(expression: str, style: str) -> None:
    """Nothing is worked out that is not finite, and backward gives the slopes of forward."""
    derivation = symbp.derive(f"{DATA}L = {expression}")
    assert symbp.check(derivation).ok
    source = symbp.generate(derivation, style=style)
    assert "gradients.pop" not in source
    file = load(source)
    values = drawn()
    masks = {name: values[name] > 0 for name in "mk"}
    with np.errstate(all="raise", under="ignore"):
        names = [v.name.ascii for v in derivation.program.variables]
        found, _ = file["forward"](**{name: values[name] for name in names})
        assert file["check"]()
    assert np.isclose(found, CASES[expression](**{**values, **masks}), rtol=1e-12)


def test_a_name_may_hold_selected_entries() -> None:
    lines = "u = w[k]\nz = tanh(u @ v)\nL = sum(z**2) / z.size + norm(u)"
    derivation = symbp.derive(DATA + lines)
    assert [e.name.text for e in derivation.program.equations] == ["z", "L"]
    written_out = symbp.derive(DATA + "L = sum(k * tanh(w @ v)**2) / sum(k) + sqrt(sum(k[:, None] * w**2))")
    for name in "wv":
        assert compare(derivation.full(name), written_out.full(name)).status in ("proved", "holds")
        assert compare(2 * derivation.full(name), written_out.full(name)).status == "refuted"


@pytest.mark.parametrize(
    ("chosen", "whole"),
    [
        ("sum((w[m] - y[m])**2)", "sum(m * (w - y)**2)"),
        ("Σ 3 w[m]²", "3 Σ m ⊙ w²"),
        ("mean(tanh(w[w > 0]))", "sum(tanh(w) * (w > 0)) / sum((w > 0) * ones((n, d)))"),
        ("w[y > 0].sum() + sum(-w[m] * y[m])", "sum(where(y > 0, w, 0)) - sum(m * w * y)"),
    ],
)
def test_gradients_are_those_of_masked_sums(chosen: str, whole: str) -> None:
    right = symbp.derive(f"{DATA}L = {chosen}")
    written_out = symbp.derive(f"{DATA}L = {whole}")
    assert symbp.check(right).verdicts["w"].is_right
    assert compare(right.full("w"), written_out.full("w")).status in ("proved", "holds")
    assert compare(2 * right.full("w"), written_out.full("w")).status == "refuted"


@pytest.mark.parametrize(
    ("equations", "reason", "marked"),
    [
        ("L = sum(w[m] + w[y > 0])", r"\|m\| against \|y > 0\|", "w[m] + w[y > 0]"),
        ("L = sum(w[m] + y)", "do not broadcast", "w[m] + y"),
        ("L = sum(w[m] @ y)", "contracts", "w[m] @ y"),
        ("L = sum(w[y[0] > 0])", "does not fit", "w[y[0] > 0]"),
        ("L = sum(2 * w[m][0])", "of which nobody knows", "w[m][0]"),
        ("L = sum(w[m][::-1])", "of which nobody knows", "w[m][::-1]"),
        ("L = sum(reshape(w[m], 2, -1))", "does not divide", "reshape(w[m], 2, -1)"),
        ("L = sum(inv(w[k]))", "square", "inv(w[k])"),
        ("L = sum(w[m, 0])", "does not fit|indices", "w[m, 0]"),
        ("L = w[m]", "nobody knows how many", "L"),
        ("u = w[m]\noutput u, g", "nobody knows how many", "u"),
        (
            "h[0] = 0\nh[t] = h[t-1] + sum(y[t][y[t] > 0])\ng = w[w[0] > 0]\nL = sum(g)",
            "does not fit",
            "w[w[0] > 0]",
        ),
    ],
)
def test_what_has_no_meaning_is_refused_where_it_stands(equations: str, reason: str, marked: str) -> None:
    with pytest.raises(symbp.SymbpError, match=reason) as caught:
        symbp.derive(DATA + equations)
    assert caught.value.place is not None
    assert caught.value.place.snippet == marked
