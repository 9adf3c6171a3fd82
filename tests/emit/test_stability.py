"""Generated files for functions of numbers at extreme points: within 4 eps of 50 digits, no warnings.

Values and gradients of the file for one function, in float32 and float64 and in both styles, at
±{0, 1e-30, 1e-8, 1, 40, 800, 1e4} (for two arguments: at all pairs), are compared entry by entry with the
definition and the derived gradient in real numbers of 50 digits and more.  The criterion is
|found - exact| <= 4 eps |exact|, for every function and entry.

Overflow, division by zero and invalid operations raise.  Underflow does not: 0 or a number below
the smallest normal one is the right answer there, and counts as exact within that smallest one.
Left out are entries where the exact value or slope is no real number or exceeds the largest float
(log at 0, the slope of √ at 0, e^800), and only those.

Every registered function of one array, or two, that acts entry by entry is tested by being registered.
Functions of rows are in test_stability_rows.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from symbp.algebra.node import Node, leaf, topological
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops import catalogue
from symbp.ops.registry import FUNCTIONS, Elementwise
from tests.emit.extremes import DTYPES, LEFT, LIMIT, POINTS, RIGHT, Case, worst_errors

# -- functions of one number ------------------------------------------------------------------


def entrywise_functions(count: int) -> list[str]:
    """Every registered function of so many real arrays that acts entry by entry, aliases left out."""
    arguments = [leaf(name, (Size.letter("n"),)) for name in "xy"[:count]]
    found: dict[Any, str] = {}
    for function in filter(None, map(catalogue.find, FUNCTIONS)):
        parameters = list(function.signature.parameters.values())
        required = [p for p in parameters if p.default is p.empty]
        if len(required) != count or any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in required):
            continue
        try:
            node = function.build(*arguments)
        except (OperandError, AttributeError, TypeError, ValueError):
            continue
        if isinstance(node, Node) and _is_entrywise(node, arguments):
            found.setdefault(function.build, function.name)
    return sorted(found.values())


def _is_entrywise(node: Node, arguments: Sequence[Node]) -> bool:
    below = topological([node])
    inner = [n for n in below if n.args]
    real = node.dtype == "real" and node.shape == arguments[0].shape
    return real and bool(inner) and set(arguments) <= set(below) and all(_acts_entrywise(n) for n in inner)


def _acts_entrywise(node: Node) -> bool:
    return isinstance(node.op, Elementwise)


FUNCTIONS_OF_A_NUMBER = entrywise_functions(1)


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS_OF_A_NUMBER)
def test_functions_of_a_number(name: str, dtype: Any, style: str) -> None:
    errors = worst_errors(Case(f"{name}(x)", {"x": POINTS}), dtype, style)
    assert max(errors.values()) <= LIMIT, errors


def test_all_named_ones_are_among_them() -> None:
    assert {"arctan2", "divide", "hypot", "logaddexp", "power", "prelu"} <= set(entrywise_functions(2))
    wanted = "abs arcsinh elu erf gelu gelu_tanh log1p mish relu selu sigmoid silu softplus tanh"
    assert set(wanted.split()) <= set(FUNCTIONS_OF_A_NUMBER)
    assert len(FUNCTIONS_OF_A_NUMBER) >= 50


# -- functions of two numbers -----------------------------------------------------------------

PAIRS = {"x": LEFT, "y": RIGHT}
LOGITS = {"x": LEFT, "y": np.arange(LEFT.size) % 2.0}

OF_TWO = [
    *(Case(f"{name}(x, y)", PAIRS) for name in entrywise_functions(2)),
    Case("elu(x, y)", PAIRS),
    Case("leaky_relu(x, y)", PAIRS),
    *(Case(f"{loss}(x, y, reduction='none')", PAIRS) for loss in ("mse", "mae", "huber", "smooth_l1")),
    Case("hinge(x, y, reduction='none')", PAIRS),
    Case("kl_div(x, y, reduction='none')", PAIRS),
    Case("bce_with_logits(x, y, reduction='none')", LOGITS),
    Case("sigmoid(x + y)", {"x": POINTS, "y": 0.0 * POINTS}),
    Case("tanh(x + y)", {"x": POINTS, "y": 0.0 * POINTS}),
]
"""The sums stand for hidden layers."""


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", OF_TWO, ids=lambda case: case.call)
def test_functions_of_two_numbers(case: Case, dtype: Any, style: str) -> None:
    errors = worst_errors(case, dtype, style)
    assert max(errors.values()) <= LIMIT, errors
