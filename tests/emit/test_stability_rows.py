"""Generated files for functions of rows at extreme points: as exact as their inputs, without warnings.

Many of these functions are differences: p - t, x - mean x, g - y mean(g y).  Where the given numbers leave
next to nothing of such a difference, rounding each of them once changes it by more than 4 eps of itself, so
no way of computing could promise that.  Results are held to one of two criteria, entry by entry:

- strict: |found - exact| <= 4 eps |exact|, as for functions of numbers; for whatever is no difference of
  unrelated numbers, however it is written (p - 1 is minus the sum of the other shares, and log p is
  -log(1 + r) with their ratio r to it).  Exponentials are known as well as the differences from the largest
  entry are, so the rows for them are such that these are floats, or far below 1.
- mixed: |found - exact| <= 4 eps (|exact| + Σ_i |∂exact/∂v_i| |v_i|) over all inputs v_i, the upstream
  gradient among them: within 4 eps of the exact result at inputs that are off by 4 eps each.  The slopes
  are differences over a step of 1e-40 of each input, in real numbers of 400 digits.  (Componentwise mixed
  stability: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.6.)

Slopes of x / |x| are held to the second criterion with the largest entry of its row for each |v_i|
(`normwise`): where one entry is nearly all of its row, y = x / |x| is ±1 there whatever it is.

No other scale is set anywhere.  What raises, and what is left out, is said in test_stability.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.emit.extremes import DTYPES, LEFT, LIMIT, POINTS, RIGHT, WIDTH, Case, generated, worst_errors

ROWS = np.array(
    [
        POINTS,
        POINTS[::-1],
        *(np.full(WIDTH, x) for x in (0.0, 1e-30, 1e-8, 40.0, 1e4, -1e4)),
        [*np.full(12, 40.0), 39.0],
        [*np.full(6, 800.0), *np.zeros(7)],
        [*np.tile([1.0, -1.0], 6), 1.0],
        [40.0, 1.0, *np.zeros(11)],
        [40.0, -40.0, 1.0, -1.0, 1e-30, -1e-30, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 39.0],
        [1.0, -1.0, 1e-8, -1e-8, 1e-30, -1e-30, *np.zeros(7)],
        [0.0, *np.full(12, -40.0)],
        [*np.full(5, -40.0), 1.0, *np.full(7, -40.0)],
        [-1.0, *np.full(12, -800.0)],
        [*np.zeros(4), 800.0, 1.0, *np.zeros(7)],
        *np.cos(np.arange(2.0 * WIDTH)).reshape(2, WIDTH),
        1e4 + np.sin(np.arange(float(WIDTH))),
    ]
)
CHANCES = 0.01 + np.abs(np.sin(1.0 + np.arange(float(ROWS.size)))).reshape(ROWS.shape)
CHANCES /= CHANCES.sum(axis=1, keepdims=True)
CLASSES = np.where(np.arange(len(ROWS)) % 4 == 2, np.arange(len(ROWS)) % WIDTH, ROWS.argmax(axis=1))
WITH_CHANCES = {"x": ROWS, "t": CHANCES}
WITH_CLASSES = {"x": ROWS, "c": CLASSES}
WEIGHTS = 1.0 + np.arange(float(WIDTH)) % 4

OF_ROWS = [
    Case("softmax(x)", {"x": ROWS}, "dx"),
    Case("softmax(x)[:, 0]", {"x": ROWS}),
    Case("log_softmax(x)", {"x": ROWS}, "dx"),
    Case("logsumexp(x, axis=1)", {"x": ROWS}),
    Case("cross_entropy(x, t, reduction='none')", WITH_CHANCES, "dx"),
    Case("cross_entropy(x, c, reduction='none')", WITH_CLASSES),
    Case("cross_entropy(x, c, reduction='none', label_smoothing=0.1)", WITH_CLASSES, "dx"),
    Case("nll_loss(x, c, reduction='none')", WITH_CLASSES),
    Case("nll_loss(log_softmax(x), c, reduction='none')", WITH_CLASSES),
    Case("kl_div(x, t, 'none')", WITH_CHANCES, "Y dt"),
    Case("bce(t, u, reduction='none')", {"t": CHANCES, "u": CHANCES**0.5}),
    Case("norm(x, axis=1)", {"x": ROWS}),
    Case("norm(x, 1, axis=1)", {"x": ROWS}),
    Case("norm(x, 3, axis=1)", {"x": ROWS}),
    Case("norm(x, 5/2, axis=1)", {"x": ROWS}),
    Case("normalize(x)", {"x": ROWS}, "", "dx"),
    Case("cosine_similarity(x, t)", WITH_CHANCES, "Y dt", "dx"),
    Case("std(x, axis=1)", {"x": ROWS}, "Y dx"),
    Case("var(x, axis=1)", {"x": ROWS}, "Y dx"),
    Case("var(x, axis=1, ddof=1)", {"x": ROWS}, "Y dx"),
    Case("layer_norm(x)", {"x": ROWS}, "Y", "dx"),
    Case("rms_norm(x)", {"x": ROWS}, "", "dx"),
    Case("max(x, axis=1)", {"x": ROWS}),
    Case("mean(x, axis=1)", {"x": ROWS}, "Y"),
    Case("sum(x, axis=1)", {"x": ROWS}, "Y"),
    Case("cumsum(x, axis=1)", {"x": ROWS}, "Y"),
    Case("prod(x, axis=1)", {"x": ROWS}),
]


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", OF_ROWS, ids=lambda case: case.call)
def test_functions_of_rows(case: Case, dtype: Any, style: str) -> None:
    errors = worst_errors(case, dtype, style)
    assert max(errors.values()) <= LIMIT, errors


SOME = ROWS[[0, 8, 11, 14, 16, 17]]
TALL = ROWS[[8, 9, 11, 13, 17]].T.copy()
BLOCKS = ROWS[[0, 8, 9, 11, 16, 17]].reshape(3, 2, WIDTH)
CALM = ROWS[[8, 9, 10, 18]]
"""Rows of which no entry is nearly all."""
WAVE = np.cos(np.arange(65.0)).reshape(13, 5)

MIXING_ROWS = [
    Case("cross_entropy(x, c)", WITH_CLASSES),
    Case("cross_entropy(x, c, reduction='sum')", WITH_CLASSES),
    Case("cross_entropy(x, c, w, reduction='none')", {"x": SOME, "c": CLASSES[:6], "w": WEIGHTS}),
    Case("logsumexp(x, axis=(0, 1))", {"x": SOME}),
    Case("layer_norm(x, g, b)", {"x": SOME, "g": WEIGHTS, "b": WEIGHTS[::-1] - 2.0}, "Y dg db", "dx"),
    Case("rms_norm(x, g)", {"x": SOME, "g": WEIGHTS}, "dg", "dx"),
    Case("batch_norm(x)", {"x": TALL}, "Y", "dx"),
    Case("group_norm(x, 1)", {"x": BLOCKS}, "Y", "dx"),
    Case("instance_norm(x)", {"x": BLOCKS}, "Y", "dx"),
    Case("std(x, axis=(0, 1))", {"x": SOME[1:5]}, "Y dx"),
    Case("mse(x, y)", {"x": LEFT, "y": RIGHT}, "Y dx dy"),
    Case("huber(x, y)", {"x": LEFT, "y": RIGHT}, "Y dx dy"),
    Case("bce_with_logits(x, y)", {"x": LEFT, "y": np.arange(LEFT.size) % 2.0}),
    Case("triplet(x, y, z)", {"x": CALM, "y": CALM[::-1], "z": np.cos(CALM)}, "Y dx dy dz"),
    Case(
        "scaled_dot_product_attention(x, y, z)",
        {"x": 40 * WAVE, "y": 8 * WAVE[::-1], "z": WAVE},
        "Y dx dy dz",
    ),
]
"""Sums over rows, and rows that are compared with each other."""


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", MIXING_ROWS, ids=lambda case: case.call)
def test_functions_that_mix_rows(case: Case, dtype: Any, style: str) -> None:
    whole = replace(case, by_rows=False)
    errors = worst_errors(whole, dtype, style)
    assert max(errors.values()) <= LIMIT, errors


PLANTED = [
    (Case("log_softmax(x)", {"x": ROWS}, "dx"), "np.log1p(others)", "np.log(1.0 + others)", "Y"),
    (Case("logsumexp(x, axis=1)", {"x": ROWS}), "np.log1p(others)", "np.log(1.0 + others)", "Y"),
    (Case("softmax(x)", {"x": ROWS}, "dx"), "shares > 0.5", "shares > 2.0", "dx"),
    (Case("cross_entropy(x, c, reduction='none')", WITH_CLASSES), "shares > 0.5", "shares > 2.0", "dx"),
    (Case("layer_norm(x)", {"x": ROWS}, "Y", "dx"), "np.mean(rest, ", "0.0 * np.mean(rest, ", "Y"),
    (Case("mean(x, axis=1)", {"x": ROWS}, "Y"), "x.mean(axis=1)", "(x.mean(axis=1) * (1.0 + 1e-5))", "Y"),
]
"""What is naive, or off by a little, in the text of a file, and the result that shows it."""


@pytest.mark.parametrize(("case", "old", "new", "name"), PLANTED, ids=lambda v: getattr(v, "call", v))
def test_naive_forms_are_caught(case: Case, old: str, new: str, name: str) -> None:
    errors = worst_errors(case, np.float64, change=(old, new))
    assert errors[name] > LIMIT, errors


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("call", ["norm(x, axis=1)", "std(x, axis=1)", "normalize(x)", "layer_norm(x)"])
def test_no_slope_of_a_length_is_poisoned_by_zero(call: str, dtype: Any) -> None:
    """Where all entries are equal (0 for the norms) there is no slope; 0 is taken for the length's."""
    namespace = generated(Case(call, {"x": ROWS}).text, "plain").functions
    x = np.zeros((2, 3), dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found, cached = namespace["forward"](x)
        gradient = namespace["backward"](cached, np.ones_like(found))["x"]
    assert np.all(np.isfinite(gradient))
    if call.startswith(("norm(", "std(")):
        assert not gradient.any()
