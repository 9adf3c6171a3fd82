"""Several names on the left of one equation: q, k = split(…)."""

from __future__ import annotations

import pytest

import symbp

DATA = "input x: n, d\nparam W: d, 2*h\nparam A: d, d\nparam B: 2, d\n"


@pytest.mark.parametrize("names", ["a, b", "(a, b)", "[a, b]", "a ,b"])
def test_each_name_is_one_of_the_parts(names: str) -> None:
    several = symbp.parse(f"{DATA}{names} = split(x @ W, 2, axis=1)\nL = sum(a * tanh(b))")
    one = symbp.parse(f"{DATA}z = x @ W\nL = sum(z[:, :h] * tanh(z[:, h:]))")
    assert several.nodes["L"] is one.nodes["L"]
    assert [e.name.text for e in several.equations] == ["a", "b", "L"]


@pytest.mark.parametrize(
    ("several", "one"),
    [
        ("s, l = slogdet(A)\nL = l", "L = slogdet(A)[1]"),
        ("u, v = B\nL = u @ v", "L = B[0] @ B[1]"),
        (
            "P, Q = meshgrid(B[0], B[1])\nL = sum(P * Q)",
            "L = sum(meshgrid(B[0], B[1])[0] * meshgrid(B[0], B[1])[1])",
        ),
    ],
)
def test_lists_and_rows_are_taken_apart(several: str, one: str) -> None:
    assert symbp.parse(DATA + several).nodes["L"] is symbp.parse(DATA + one).nodes["L"]


@pytest.mark.parametrize(
    ("equations", "reason"),
    [
        ("a, b = split(x @ W, 4, axis=1)\nL = sum(a)", "does not divide"),
        ("a, b, c = split(x @ W, 2, axis=1)\nL = sum(a)", "3 names stand for 2 values"),
        ("a, b = x\nL = sum(a)", "2 names stand for n values"),
        ("a, b = sum(x)\nL = a", "2 names stand for 1 values"),
        ("a, a = B\nL = sum(a)", "a is set twice"),
        ("a + 1, b = B\nL = sum(b)", "is no name"),
    ],
)
def test_what_does_not_come_apart_is_refused(equations: str, reason: str) -> None:
    with pytest.raises(symbp.SymbpError, match=reason) as caught:
        symbp.parse(DATA + equations)
    assert caught.value.place is not None
