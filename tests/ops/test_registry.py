"""Laws that hold for every function of the registry: a new function is tested by being registered."""

from __future__ import annotations

import warnings
import zlib
from typing import Any

import numpy as np
import pytest

from symbp.algebra.node import Node, leaf, number, topological
from symbp.calculus.reverse import sweep, sweep_between
from symbp.ops.arithmetic import multiply, total
from symbp.ops.constant_arrays import is_zero, zeros_like
from symbp.ops.registry import FUNCTIONS, Composite, Elementwise
from symbp.ops.structure.stopped import stop_gradient
from symbp.ops.sums import sum_
from tests.numeric import evaluate, evaluate_all
from tests.ops.examples import LETTERS, WITHOUT_EXAMPLE, Example, all_examples, build, inputs
from tests.ops.reference import reference

EXAMPLES = all_examples()
STEP = 1e-5
ONES = dict.fromkeys(LETTERS, 1)

OWN_DERIVATIVE = {"stop_gradient": "has a value that moves, and by its meaning no gradient"}

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
differentiable = [e for e in EXAMPLES if e.function not in OWN_DERIVATIVE]
each_differentiable = pytest.mark.parametrize("example", differentiable, ids=str)
each_size = pytest.mark.parametrize("sizes", [LETTERS, ONES], ids=["usual", "ones"])


def generator(example: Example) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(str(example).encode()))


def test_every_function_has_an_example() -> None:
    missing = sorted(name for name, f in FUNCTIONS.items() if not f.examples and name not in WITHOUT_EXAMPLE)
    assert not missing, f"without an example: {missing}"


@each_size
@each_example
def test_value_is_that_of_the_reference(example: Example, sizes: dict[str, int]) -> None:
    node, leaves = build(example)
    values, _ = inputs(example, sizes, generator(example))
    expected = reference(
        example.call, {a.name: values[leaves[a.name].name] for a in example.arguments}, sizes
    )
    found = evaluate(node, values, sizes)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, np.asarray(expected, float), rtol=1e-10, atol=1e-12)


EMPTY = {
    "roll": "an axis of symbolic size has at least as many entries as are moved",
    "cosine_similarity": "the reference has no eps, and so 0/0",
}


@pytest.mark.parametrize("letter", ["n", "m"])
@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.function not in EMPTY], ids=str)
def test_empty_arrays_are_as_in_numpy(example: Example, letter: str) -> None:
    """Wherever NumPy has a value for a size 0, so have we, and a gradient of the right shape."""
    node, leaves = build(example)
    sizes = LETTERS | {letter: 0}
    warnings.simplefilter("ignore")  # the mean of nothing is a warning; pytest restores the filters
    try:
        values, _ = inputs(example, sizes, generator(example))
        given = {a.name: values[leaves[a.name].name] for a in example.arguments}
        expected = reference(example.call, given, sizes)
    except (ValueError, IndexError, ZeroDivisionError):
        pytest.skip("NumPy has no value here")
    found = evaluate(node, values, sizes)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, np.asarray(expected, float), rtol=1e-10)
    values["upstream"] = np.ones(found.shape)
    for name, gradient in gradients(example).items():
        assert evaluate(gradient, values, sizes).shape == values[name].shape


def upstream_of(node: Node) -> Node:
    return leaf("upstream", node.shape)


def gradients(example: Example) -> dict[str, Node]:
    """Leaf name -> gradient of Σ upstream·result."""
    node, leaves = build(example)
    wanted = [leaves[a.name] for a in example.variables]
    found = sweep([(node, upstream_of(node))], wanted).adjoints
    return {x.name: found.get(x, zeros_like(x)) for x in wanted}


def moved(values: dict[str, Any], changes: dict[str, Any], by: float) -> dict[str, Any]:
    return values | {name: values[name] + by * change for name, change in changes.items()}


@each_size
@each_differentiable
def test_gradient_is_that_of_differences(example: Example, sizes: dict[str, int]) -> None:
    node, _ = build(example)
    rng = generator(example)
    values, changes = inputs(example, sizes, rng)
    seed = rng.standard_normal(tuple(s.value(sizes) for s in node.shape))
    for name, gradient in gradients(example).items():
        slope = evaluate(gradient, values | {"upstream": seed}, sizes)
        assert slope.shape == values[name].shape
        change = {name: changes[name]}
        ahead, behind = (evaluate(node, moved(values, change, s * STEP), sizes) for s in (1, -1))
        expected = np.sum(seed * (ahead - behind)) / (2 * STEP)
        size = np.sum(np.abs(seed * (ahead - behind))) / (2 * STEP)
        assert np.sum(slope * changes[name]) == pytest.approx(expected, rel=1e-6, abs=1e-6 * size + 1e-9), (
            name
        )


@each_size
@each_differentiable
def test_second_derivative_is_that_of_differences(example: Example, sizes: dict[str, int]) -> None:
    """Sweep of the sweep: the gradient of ⟨gradient, direction⟩ against differences of it."""
    node, leaves = build(example)
    rng = generator(example)
    values, changes = inputs(example, sizes, rng)
    _, along = inputs(example, sizes, rng)
    values["upstream"] = rng.standard_normal(tuple(s.value(sizes) for s in node.shape))
    first = gradients(example)
    ways = {name: leaf(f"way_{name}", g.shape) for name, g in first.items()}
    product = total([sum_(multiply(g, ways[name])) for name, g in first.items()])
    values |= {f"way_{name}": along[name] for name in first}
    wanted = [leaves[a.name] for a in example.variables]
    second = sweep([(product, leaf("one", ()))], wanted).adjoints
    values["one"] = np.ones(())
    found = sum(
        float(np.sum(evaluate(second[x], values, sizes) * changes[x.name])) for x in wanted if x in second
    )
    ahead, behind = (evaluate(product, moved(values, changes, s * STEP), sizes) for s in (1, -1))
    here = abs(float(evaluate(product, values, sizes)))
    assert found == pytest.approx(float(ahead - behind) / (2 * STEP), rel=1e-6, abs=1e-8 * (1 + here) + 1e-7)


def test_stop_gradient_passes_nothing_on() -> None:
    x = leaf("x", ())
    (slope,) = (sweep([(stop_gradient(x) * x, leaf("one", ()))], [x]).adjoints[x],)
    assert evaluate(slope, {"x": 3.0, "one": 1.0}, {}) == 3.0


def stated_forms(node: Node) -> bool:
    """Whether an operation states both a definition and a form of its derivative."""
    if isinstance(node.op, Elementwise):
        return node.op.meaning is not None and node.op.partials is not None
    return isinstance(node.op, Composite) and node.op.closed is not None


@each_size
@each_example
def test_closed_form_is_what_the_definition_gives(example: Example, sizes: dict[str, int]) -> None:
    node, _ = build(example)
    values, _ = inputs(example, sizes, generator(example))
    for inner in topological([node]):
        if not stated_forms(inner):
            continue
        up = leaf("g", inner.shape)
        closed = inner.op.adjoints(inner, up)
        meaning = inner.op.definition(inner)
        assert meaning is not None
        derived = sweep_between(meaning, up, inner.args, lambda n: n)
        shape = tuple(s.value(sizes) for s in inner.shape)
        at = values | {"g": np.random.default_rng(1).standard_normal(shape)}
        assert_same(inner, meaning, at, sizes)
        for arg in dict.fromkeys(inner.args):
            stated = [
                term for a, term in zip(inner.args, closed, strict=True) if a is arg and term is not None
            ]
            if stated and arg.dtype == "real" and number(arg) is None:
                assert_same(total(stated), derived.get(arg, zeros_like(arg)), at, sizes)


def assert_same(a: Node, b: Node, values: dict[str, Any], sizes: dict[str, int]) -> None:
    found, expected = evaluate_all([a, b], values, sizes)
    if is_zero(b):
        expected = np.broadcast_to(expected, found.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
