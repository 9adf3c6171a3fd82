"""Every right gradient of the collection, derived, generated and run, equals the claimed value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbp.calculus.derivation import derive_program
from symbp.emit.numpy_file import generate
from symbp.lang.cases import read_case
from symbp.lang.names import identifier
from symbp.lang.numpy_source import Claimed
from symbp.lang.program import Program
from tests.emit.generated_file import load
from tests.lang.executed import draw
from tests.lang.test_cases_reading import CASES, needs_cases, sizes_of
from tests.numeric import evaluate_all

RIGHT = [case for case in CASES if any(case["expected"].values())]


def run(source: str, program: Program, values: dict[str, Any]) -> dict[str, Any]:
    """The gradients that a generated file gives for these values."""
    file = load(source)
    wanted = [v.name.ascii for v in (*program.data, *program.parameters)]
    _, cache = file["forward"](**{name: values[name] for name in wanted})
    upstreams = [values[program.variable(up).name.ascii] for _, up in program.outputs if up is not None]
    gradients: dict[str, Any] = file["backward"](cache, *upstreams)
    return gradients


@needs_cases
@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case["id"])
def test_generated_gradients_are_the_claimed_ones(case: dict[str, Any], more: int) -> None:
    program, claims = read_case(case)
    right = {t: c for t, c in claims.items() if case["expected"][t] and isinstance(c, Claimed)}
    sizes = sizes_of(case, more)
    values = draw(program, sizes, 11)
    source = generate(derive_program(program, list(right)))
    found = run(source, program, values)
    expected = evaluate_all([c.node for c in right.values()], values, sizes)
    for target, value in zip(right, expected, strict=True):
        gradient = np.asarray(found[identifier(target)])
        value = np.broadcast_to(value, gradient.shape)
        scale = max(1e-30, float(np.abs(value).max(initial=0.0)))
        assert gradient.shape == np.shape(value)
        assert float(np.abs(gradient - value).max(initial=0.0)) <= 1e-8 * scale + 1e-13, target
