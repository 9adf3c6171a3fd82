"""Every operation of the registry, generated, run and compared with the evaluator of the tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbp.algebra.node import Operation, make
from symbp.calculus.derivation import Derivation
from symbp.emit.numpy_file import generate
from symbp.emit.numpy_lower import Lowering
from symbp.emit.numpy_spell import is_spelled
from symbp.errors import UnsupportedError
from symbp.lang.declare import FACTS
from symbp.ops import catalogue
from symbp.pipeline import derive
from tests import numeric
from tests.emit.generated_file import as_float32, assert_ruff_finds_nothing, load
from tests.ops.examples import LETTERS, Example, all_examples, draw

EXAMPLES = all_examples()
UNKNOWN_DOMAIN = {"arccosh"}
"""Defined only where no fact can say so; their files cannot draw numbers to check themselves with."""


@cache
def derivation_of(example: Example) -> Derivation:
    lines = []
    for a in example.arguments:
        lines.append(f"{'input' if a.is_index else 'param'} {a.name}: {a.shape}")
        fact = a.words.replace(":", " ")
        if fact and fact.split()[0] in FACTS:
            lines.append(f"assume {a.name}: {fact}")
    return derive("\n".join([*lines, f"result = {example.call}", "output result, upstream"]))


@cache
def source_of(example: Example) -> str:
    return generate(derivation_of(example))


def arrays_for(example: Example) -> tuple[dict[str, Any], str, Any]:
    """Arguments by identifier; the name and the value of the upstream gradient."""
    program = derivation_of(example).program
    rng = np.random.default_rng(5)
    variables = {v.name.text: v for v in program.variables}
    values = {}
    for a in example.arguments:
        v = variables[a.name]
        values[v.name.ascii] = draw(a, tuple(s.value(LETTERS) for s in v.shape), LETTERS, rng)
    upstream = next(v for v in program.variables if v.role == "upstream")
    shape = tuple(s.value(LETTERS) for s in upstream.shape)
    return values, upstream.name.ascii, rng.standard_normal(shape)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_values_and_gradients(example: Example) -> None:
    derivation = derivation_of(example)
    namespace = load(source_of(example))
    values, name, upstream = arrays_for(example)
    result, cached = namespace["forward"](**values)
    gradients = namespace["backward"](cached, upstream)
    everything = {**values, name: upstream}
    wanted = numeric.evaluate(derivation.program.nodes["result"], everything, LETTERS)
    np.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-12)
    for gradient in derivation.results:
        key = gradient.name.ascii
        wanted = numeric.evaluate(derivation.full(key), everything, LETTERS)
        np.testing.assert_allclose(gradients[key], wanted, rtol=1e-8, atol=1e-11)
        assert np.shape(gradients[key]) == np.shape(values[key])


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_float32_stays_float32(example: Example) -> None:
    namespace = load(source_of(example))
    values, _, upstream = arrays_for(example)
    result, cached = namespace["forward"](**{k: as_float32(v) for k, v in values.items()})
    gradients = namespace["backward"](cached, as_float32(upstream))
    assert np.asarray(result).dtype == np.float32
    assert {np.asarray(g).dtype for g in gradients.values()} <= {np.dtype(np.float32)}


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.function not in UNKNOWN_DOMAIN], ids=str)
def test_file_agrees_with_itself(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(source_of(example))["check"](), capsys.readouterr().out


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    for k, example in enumerate(EXAMPLES):
        (tmp_path / f"operation_{k}.py").write_text(source_of(example), encoding="utf-8")
    assert_ruff_finds_nothing(tmp_path)


def test_every_operation_has_a_spelling_or_a_definition() -> None:
    """Adjoints and inner operations too, which no function of the language builds by itself."""
    operations = [
        value for room in catalogue.ROOMS for value in vars(room).values() if isinstance(value, Operation)
    ]
    assert len(operations) > 50
    for operation in operations:
        defined = getattr(operation, "meaning", None) is not None or (
            type(operation).definition is not Operation.definition and not hasattr(operation, "meaning")
        )
        assert operation.name == "leaf" or is_spelled(operation.name) or defined, operation.name


def test_an_unknown_operation_fails_when_generated() -> None:
    class Unknown(Operation):
        name = "unknown_to_everybody"

    x = derivation_of(EXAMPLES[0]).program.variables[0].node
    with pytest.raises(UnsupportedError, match="unknown_to_everybody"):
        Lowering(is_spelled)(make(Unknown(), (x,), (), x.shape))
