"""The fast step of everything that the language can call: the plain style's values, and no new memory.

What NumPy has no form with `out` for is listed here with the reason.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from symbp.algebra.node import topological
from symbp.algebra.size import product
from symbp.calculus.derivation import Derivation
from symbp.commands.benching import drawn
from symbp.emit.fast.compile import plan
from symbp.files import read_text
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import Namespace, load, sample
from tests.emit.test_fast_models import TEXTS, UFUNC_BUFFER, compare, made_step
from tests.ops.examples import Example, all_examples, model_text

LINEAR_ALGEBRA = "numpy.linalg has no place for its result, and works in memory of its own"
SEVERAL_BRANCHES = "a helper with several branches, each worked out as a whole"
ALLOCATED = {
    **dict.fromkeys(("inv", "solve", "pinv", "cholesky", "det", "logdet"), LINEAR_ALGEBRA),
    **dict.fromkeys(
        ("sinc", "sinc_slope", "mish_slope", "erf", "power_less_one", "share_of_two"), SEVERAL_BRANCHES
    ),
    "tanhshrink": SEVERAL_BRANCHES,
    "prod_others": "products from both ends, where entries may be 0",
    "p_norm": SEVERAL_BRANCHES,
}
SIDES = (60_000, 250, 40, 18, 8)
"""Lengths of axes: the first that keeps all arrays below the most entries."""
MOST_ENTRIES = 1_000_000
LARGE = 4 * UFUNC_BUFFER
"""Bytes of an array that would show beside the buffers of ufuncs, one for each operand."""


def spelled_plainly(derivation: Derivation) -> set[str]:
    """The operations of a step that are written as in the plain style, and may allocate."""
    planned = plan(derivation)
    assert planned is not None
    calls = [c for c in planned.layout.calls if c.kind in ("plain", "scalar") and c.node is not None]
    return {c.node.op.name for c in calls if c.kind == "plain" or c.node.op.name in ALLOCATED}


def large_sizes(derivation: Derivation) -> dict[str, int]:
    values = [*(g.value for g in derivation.results), *(a.value for a in derivation.adjoints)]
    nodes = topological([*derivation.forward.roots, *values])
    letters = derivation.program.size_letters
    for side in SIDES:
        sizes = dict.fromkeys(letters, side)
        if max(product(node.shape).value(sizes) for node in nodes) < MOST_ENTRIES:
            return sizes
    return dict.fromkeys(letters, SIDES[-1])


def peak_of_second_call(derivation: Derivation, namespace: Namespace) -> tuple[int, int]:
    """Bytes that a call allocates once a step is made, and those of its largest argument."""
    rng, program, sizes = np.random.default_rng(0), derivation.forward, large_sizes(derivation)
    variables = [*program.data, *program.parameters]
    given = {v.name.ascii: drawn(v, sizes, rng, np.float64) for v in variables}
    ups = [drawn(v, sizes, rng, np.float64) for v in program.variables if v.role == "upstream"]
    step: Any = made_step(namespace, given, np.float64)
    step(*given.values(), *ups)
    tracemalloc.start()
    step(*given.values(), *ups)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak, max(np.asarray(a).nbytes for a in given.values())


@pytest.mark.parametrize("example", all_examples(), ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_equals_the_plain_style_and_allocates_nothing(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    derivation = derive(model_text(example))
    namespace = load(generate(derivation, style="fast"))
    arguments, upstream = sample(namespace, monkeypatch)
    given = {name: arguments[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}
    compare(namespace, given, upstream, np.float64)
    plainly = spelled_plainly(derivation)
    assert plainly <= ALLOCATED.keys()
    if derivation.program.size_letters and not plainly:
        peak, _ = peak_of_second_call(derivation, namespace)
        assert peak < LARGE


@pytest.mark.parametrize("name", TEXTS)
def test_models_allocate_nothing_after_the_first_call(name: str) -> None:
    derivation = derive(read_text(TEXTS[name]))
    peak, _ = peak_of_second_call(derivation, load(generate(derivation, style="fast")))
    assert peak < LARGE


def test_the_list_is_not_too_long() -> None:
    found = {name for example in all_examples() for name in spelled_plainly(derive(model_text(example)))}
    assert found == ALLOCATED.keys()


@pytest.mark.parametrize("formula", ["mish(x)", "x ** y"])
def test_what_is_listed_does_allocate(formula: str) -> None:
    derivation = derive(f"param x, y: n, m; assume x: positive; L = Σ ({formula}) ⊙ y")
    peak, largest = peak_of_second_call(derivation, load(generate(derivation, style="fast")))
    assert peak > largest > LARGE
