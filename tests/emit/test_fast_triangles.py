"""Products with triangles by halves, parts side by side, products as they are read: the same values."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from symbp.algebra.size import Size
from symbp.emit.fast.compile import Surroundings, plan, step_source
from symbp.emit.fast.triangles_by_halves import halves
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import load
from tests.emit.test_fast_models import compare

HEADS = """input T : n × s × 6
param X : n × s × 6
param W : 6 × 18
P = X @ W
Q = swapaxes(reshape(P[:, :, 0:6], (n, s, 2, 3)), 1, 2)
K = swapaxes(reshape(P[:, :, 6:12], (n, s, 2, 3)), 1, 2)
V = swapaxes(reshape(P[:, :, 12:18], (n, s, 2, 3)), 1, 2)
O = scaled_dot_product_attention(Q, K, V, is_causal=True)
L = Σ reshape(swapaxes(O, 1, 2), (n, s, 6)) ⊙ T
"""
SQUARE = "input T : s × 6; param X : s × s; param Y : s × 6; "
SCORES = "input T : s × 6; param U : s × 4; param Z : s × 4; param Y : s × 6; X = U Zᵀ; "
MODELS = {
    "heads": (HEADS, 4),
    "lower": (SQUARE + "L = Σ (tril(X) @ Y) ⊙ T", 2),
    "strictly lower": (SQUARE + "L = Σ (tril(X, -1) @ Y) ⊙ T", 2),
    "upper": (SQUARE + "L = Σ (triu(X) @ Y) ⊙ T", 2),
    "turned": (SQUARE + "L = Σ (tril(X).T @ Y) ⊙ T", 2),
    "below the diagonal only": (SQUARE + "L = Σ (tril(X, 1) @ Y) ⊙ T", 0),
    "needed as a whole": (SQUARE + "A = tril(X); L = Σ (A @ Y) ⊙ T + Σ exp(A)", 0),
    "scores with a gradient": (SQUARE + "A = masked_softmax(X, tri(s, s)); L = Σ (A @ Y) ⊙ T", 0),
    "weighed": (SCORES + "A = masked_softmax(X, tri(s, s)); L = Σ ((A ⊙ X) @ Y) ⊙ T", 4),
    "sums along rows": (
        SCORES + "A = tril(exp(X)); r = sum(A, axis=1, keepdims=True); L = Σ ((A / r) @ Y) ⊙ T",
        2,
    ),
}


def arrays(namespace: dict[str, Any], s: int, scale: float = 1.0) -> dict[str, Any]:
    rng = np.random.default_rng(s)
    sizes = {"n": 3, "s": s}
    shapes = {**namespace["INPUTS"], **namespace["PARAMETERS"]}
    return {
        name: scale * rng.standard_normal([sizes.get(k) or int(k) for k in shape])
        for name, shape in shapes.items()
    }


@pytest.mark.parametrize("s", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("name", MODELS)
def test_equals_the_plain_style(name: str, s: int) -> None:
    namespace = load(generate(MODELS[name][0], style="fast").replace("524288", "64"))
    compare(namespace, arrays(namespace, s), [], np.float64)


@pytest.mark.parametrize("name", MODELS)
def test_how_many_products_are_done_by_halves(name: str) -> None:
    planned = plan(derive(MODELS[name][0]))
    assert planned is not None
    notes = dict(planned.layout.notes)
    assert notes["triangles_by_halves"] == f"{MODELS[name][1]} products with triangles"


@pytest.mark.parametrize("without", ["triangles_by_halves", "turned_products", "parts_side_by_side"])
def test_each_pass_can_be_left_out(without: str) -> None:
    namespace = load(generate(HEADS, style="fast"))
    exec(step_source(derive(HEADS), Surroundings({"n": "n", "s": "s"}), [without]), namespace)  # noqa: S102
    compare(namespace, arrays(namespace, 5), [], np.float64)


def test_heads_are_read_and_written_where_they_stand() -> None:
    """Nothing is copied, and no gradient is added to zeros."""
    planned = plan(derive(HEADS))
    assert planned is not None
    assert not [call for call in planned.layout.calls if call.kind == "copy" or ".fill(" in call.text]


@pytest.mark.parametrize("scale", [30.0, 1e4])
def test_large_scores_are_shifted_without_a_warning(scale: float) -> None:
    """Scores above the diagonal may be infinite after exp; what is kept is done again with a shift."""
    namespace = load(generate(MODELS["weighed"][0], style="fast"))
    given = arrays(namespace, 6, scale)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare(namespace, given, [], np.float64)


def test_the_halves_cover_each_row_once() -> None:
    upper, lower = halves(Size.letter("s"))
    for s in range(1, 9):
        value = {"s": s}
        assert upper.start.value(value) == 0
        assert upper.rows.value(value) == lower.start.value(value) == upper.columns.value(value)
        assert lower.start.value(value) + lower.rows.value(value) == lower.columns.value(value) == s
