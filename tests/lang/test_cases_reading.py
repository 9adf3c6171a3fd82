"""The collection of cases: every line is read, and means what NumPy computes from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbp.errors import ModelError, SymbpError
from symbp.lang.cases import fixed_sizes, read_case
from symbp.lang.numpy_source import Claimed
from tests.lang.executed import draw, execute
from tests.numeric import evaluate_all

COLLECTION = Path(
    os.environ.get("SYMBP_CASES", Path(__file__).parents[3] / "shared" / "cases" / "claims.json")
)
CASES: list[dict[str, Any]] = json.loads(COLLECTION.read_text()) if COLLECTION.exists() else []

needs_cases = pytest.mark.skipif(not CASES, reason="the collection of cases is not here")


def sizes_of(case: dict[str, Any], more: int) -> dict[str, int]:
    """The sizes of a case, those that may change increased."""
    fixed = fixed_sizes(case)
    return {letter: size if letter in fixed else size + more for letter, size in case["dims"].items()}


def values_of_lines(lines: list[str], scope: dict[str, Any]) -> Any:
    """What plain NumPy has for the last of some lines: its expression, or the name that it sets."""
    *first, last = lines
    names = execute("\n".join([*first, last]), scope)
    target = last.split("=")[0].strip()
    if target.isidentifier() and "==" not in last:
        return names[target]
    return execute("\n".join([*first, f"final_value = {last}"]), scope)["final_value"]


@needs_cases
def test_every_line_is_read() -> None:
    claims = [claim for case in CASES for claim in read_case(case)[1].values()]
    assert [str(claim) for claim in claims if isinstance(claim, SymbpError)] == []


@needs_cases
@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reading_is_executing(case: dict[str, Any], more: int) -> None:
    program, claims = read_case(case)
    sizes = sizes_of(case, more)
    values = draw(program, sizes, 7)
    given = {**sizes, **{v.name.text: values[v.name.ascii] for v in program.variables}}
    scope = execute("\n".join(case["forward"]), given)
    kept = {name: value for name, value in scope.items() if isinstance(value, np.ndarray | float | int)}
    nodes = [e.node for e in program.equations]
    for equation, value in zip(program.equations, evaluate_all(nodes, values, sizes), strict=True):
        assert np.allclose(value, scope[equation.name.text], rtol=1e-9, atol=1e-9), equation.name.text
    for target, claim in claims.items():
        assert isinstance(claim, Claimed)
        wanted = values_of_lines(case["claims"][target], kept)
        (value,) = evaluate_all([claim.node], values, sizes)
        assert np.shape(value) == np.shape(wanted), target
        assert np.allclose(value, wanted, rtol=1e-9, atol=1e-9), target


def test_case_without_forward_is_an_error() -> None:
    with pytest.raises(ModelError, match="no 'forward'"):
        read_case({"id": "empty", "inputs": {}})


def test_malformed_cases_are_errors() -> None:
    case = {"inputs": {"x": "n"}, "dims": {"n": 3}, "loss": "L", "claims": {}}
    with pytest.raises(ModelError, match="the size of k is fixed"):
        read_case({**case, "forward": ["L = sum(x)"], "fixed_dims": ["k"]})
    with pytest.raises(ModelError, match="list of lines"):
        read_case({**case, "forward": [1, 2]})


def test_open_length_of_a_loop_is_an_error_that_says_so() -> None:
    case = {"inputs": {"x": "t, d"}, "dims": {"t": 3, "d": 2}, "claims": {}, "loss": "L"}
    lines = ["L = 0", "for i in range(t):", "    L = L + sum(x[i])"]
    with pytest.raises(SymbpError, match="fix it: size t = 3") as caught:
        read_case({**case, "forward": lines})
    assert caught.value.place is not None
    assert caught.value.place.line == 2
    program, _ = read_case({**case, "forward": lines, "fixed_dims": ["t"]})
    assert program.outputs == (("L", None),)
