"""Generated files on arrays of unusual layout and size: strided, of size 1, empty."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

from symbp.pipeline import generate
from tests.emit.generated_file import load
from tests.numeric import evaluate
from tests.ops.examples import LETTERS, Example, all_examples, build, inputs, model_text
from tests.ops.reference import reference
from tests.ops.test_registry import EMPTY, generator, gradients

EXAMPLES = all_examples()
NOTHING_TO_TAKE = {
    "softmax": "its stable form shifts by the largest entry, and there is none",
    "log_softmax": "as softmax",
    "masked_softmax": "as softmax",
    "scaled_dot_product_attention": "as softmax",
    "multi_head_attention": "as softmax",
    "max_pool2d": "no window fits into a place axis of size 0",
    "linear": "a product over batches of rows without entries is written with reshape(-1, 0)",
}
"""Functions whose files refuse an axis of size 0 that NumPy would take."""

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)


@cache
def functions(example: Example) -> Any:
    return load(generate(model_text(example)))


def strided(x: Any) -> Any:
    """The same values with the axes laid out in reverse and every second place left out."""
    if not x.ndim:
        return x
    wide = np.zeros(tuple(2 * n for n in reversed(x.shape)), x.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in x.shape)].transpose()
    view[...] = x
    return view


def compare(example: Example, sizes: dict[str, int], layout: Any = lambda x: x) -> None:
    """What the file computes against the evaluator, which sees ordinary arrays."""
    node, _ = build(example)
    rng = generator(example)
    values, _ = inputs(example, sizes, rng)
    upstream = rng.standard_normal(tuple(s.value(sizes) for s in node.shape))
    namespace = functions(example)
    result, cached = namespace["forward"](**{name: layout(x) for name, x in values.items()})
    found = namespace["backward"](cached, layout(upstream))
    np.testing.assert_allclose(result, evaluate(node, values, sizes), rtol=1e-9, atol=1e-12)
    for name, gradient in gradients(example).items():
        expected = evaluate(gradient, values | {"upstream": upstream}, sizes)
        assert np.shape(found[name]) == expected.shape
        np.testing.assert_allclose(found[name], expected, rtol=1e-8, atol=1e-10)


@each_example
def test_strided_arrays(example: Example) -> None:
    compare(example, LETTERS, strided)


@each_example
def test_axes_of_size_one(example: Example) -> None:
    compare(example, dict.fromkeys(LETTERS, 1))


@pytest.mark.parametrize("letter", ["n", "m"])
@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if e.function not in {**EMPTY, **NOTHING_TO_TAKE}], ids=str
)
def test_empty_arrays(example: Example, letter: str) -> None:
    """Wherever NumPy has a finite value for a size 0, the file has a gradient of the right shape."""
    _, leaves = build(example)
    sizes = LETTERS | {letter: 0}
    warnings.simplefilter("ignore")  # the mean of nothing is a warning; pytest restores the filters
    try:
        values, _ = inputs(example, sizes, generator(example))
        given = {a.name: values[leaves[a.name].name] for a in example.arguments}
        expected = np.asarray(reference(example.call, given, sizes), float)
    except (ValueError, IndexError, ZeroDivisionError):
        pytest.skip("NumPy has no value here")
    if not np.isfinite(expected).all():
        pytest.skip("NumPy has no finite value here")
    result, cached = functions(example)["forward"](**values)
    np.testing.assert_allclose(result, expected, rtol=1e-10)
    found = functions(example)["backward"](cached, np.ones(expected.shape))
    for name in gradients(example):
        assert np.shape(found[name]) == values[name].shape
