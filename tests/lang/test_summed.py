"""x_i in the equation language: entries where a Σ runs over the index, names elsewhere."""

from __future__ import annotations

import pytest

import symbp
from symbp.errors import ParseError
from symbp.evidence.compare import compare
from symbp.lang.summed import entry_reader, limits, sum_letters

SHAPES = {"R": "n, m", "u": "n, k", "v": "m, k", "y": "n", "x": "n, d", "w": "d"}
COLUMN = {"W": "n, d", "b": "n", "x": "d", "y": "n"}
SAME = [
    (SHAPES, "L = Σ_i Σ_j (R_ij - u_i^T v_j)^2", "L = Σ (R - u vᵀ)²"),
    (SHAPES, "L = Σ_{i,j} (R_{ij} − u_iᵀ v_j)²", "L = Σ (R - u vᵀ)²"),
    (SHAPES, "L = Σᵢ (yᵢ − wᵀ xᵢ)²", "L = Σ (y − x w)²"),
    (SHAPES, "e_i = y_i - wᵀ x_i; L = 1/n Σ_{i=1}^n e_i²", "e = y − x w; L = mean(e²)"),
    (COLUMN, "p = softmax(W x + b); L = -Σ_i y_i log p_i", "p = softmax(W x + b); L = -Σ y ⊙ log(p)"),
    (COLUMN, "z_i = Σ_j W_ij x_j + b_i; L = Σ_i (σ(z_i) - y_i)^2", "L = Σ (σ(W x + b) − y)²"),
]


@pytest.mark.parametrize(("known", "indexed", "whole"), SAME)
def test_entries_under_a_sum_mean_what_the_arrays_mean(
    known: dict[str, str], indexed: str, whole: str
) -> None:
    shapes = {name: shape for name, shape in known.items() if name in whole}
    first, second = (symbp.parse(text, shapes=shapes).nodes["L"] for text in (indexed, whole))
    assert compare(first, second).is_right


def test_shapes_of_entries_are_inferred() -> None:
    program = symbp.parse("L = Σ_i Σ_j (R_ij - u_i^T v_j)^2")
    shapes = {v.name.text: [str(s) for s in v.shape] for v in program.variables}
    assert shapes == {"R": ["m_R", "n_R"], "u": ["m_R", "n_u"], "v": ["n_R", "n_u"]}


def test_subscripts_that_nothing_sums_over_belong_to_names() -> None:
    program = symbp.parse("L = Σ_i (w_1 x_i + w_0 - y_i)^2 + h_t²")
    assert {v.name.text for v in program.variables} == {"w_1", "x", "w_0", "y", "h_t"}


def test_a_declared_name_stays_a_name() -> None:
    program = symbp.parse("param x_i: n; input y: n; L = Σ_i (x_i - y)²")
    assert {v.name.text for v in program.variables} == {"x_i", "y"}


def test_claims_with_entries() -> None:
    model = "L = Σ_i Σ_j (R_ij - u_iᵀ v_j)²"
    claims = "e_ij = R_ij - u_iᵀ v_j; ∂L/∂u_i = −2 Σ_j e_ij v_j; ∂L/∂v_j = −2 Σ_i e_ij u_i; ∂L/∂R_ij = e_ij"
    verdicts = symbp.verify(model, claims).verdicts
    assert {name: v.status for name, v in verdicts.items()} == {"u": "proved", "v": "proved", "R": "refuted"}


def test_what_a_sum_does_not_reach_is_an_error_with_a_way_out() -> None:
    with pytest.raises(ParseError) as caught:
        symbp.parse("ŷ_i = σ(w^T x_i); L = -Σ_i y_i log ŷ_i + (1-y_i) log(1-ŷ_i)")
    assert "no Σ runs over the index i" in caught.value.reason
    assert caught.value.hint is not None
    assert "Σ_i (…)" in caught.value.hint


@pytest.mark.parametrize(
    ("sign", "letters"),
    [
        ("Σ", ()),
        ("Σ_i", ("i",)),
        ("Σᵢ", ("i",)),
        ("Σᵢⱼ", ("i", "j")),
        ("Σ_ij", ("i", "j")),
        ("Σ_{i,j}", ("i", "j")),
        ("Σ_{i=1}^{n}", ("i",)),
        ("Σ_{batch}", ()),
    ],
)
def test_letters_of_a_sum(sign: str, letters: tuple[str, ...]) -> None:
    assert sum_letters(sign) == letters


def test_ends_of_sums() -> None:
    assert limits(["1/N Σ_{i=1}^N Σ_j x_ij", "Σᵢ y"]) == {"i": "N", "j": ""}


def test_entries_are_taken_apart() -> None:
    read = entry_reader({"i", "j"}, lambda word: word == "a_i")
    assert [read(w) for w in ("x_i", "x_{ij}", "ŷᵢ", "a_i", "x_1", "x_ik", "x")] == [
        ("x", ("i",)),
        ("x", ("i", "j")),
        ("ŷ", ("i",)),
        None,
        None,
        None,
        None,
    ]
