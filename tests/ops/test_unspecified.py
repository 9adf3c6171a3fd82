"""A function that is not defined: its derivatives are those of what it stands for at points."""

from __future__ import annotations

import pytest

from symbp.algebra.node import as_node, leaf
from symbp.algebra.size import Size
from symbp.calculus.reverse import sweep
from symbp.evidence.compare import compare
from symbp.ops.sums import sum_
from symbp.ops.unspecified import unspecified

X = leaf("x", (Size.letter("n"),))


@pytest.mark.parametrize("order", range(4))
def test_the_slope_is_the_derivative_of_the_meaning(order: int) -> None:
    node = unspecified("f", order)(X)
    meaning = node.op.definition(node)
    assert meaning is not None
    slope = unspecified("f", order + 1)(X)
    exact = slope.op.definition(slope)
    assert exact is not None
    assert compare(sweep([(sum_(meaning), as_node(1))], [X]).adjoints[X], exact).is_right


def test_two_functions_are_not_the_same() -> None:
    assert unspecified("f")(X) is unspecified("f")(X)
    assert not compare(unspecified("f")(X), unspecified("g")(X)).is_right
    assert not compare(unspecified("f", 1)(X), unspecified("f")(X)).is_right
