"""The shorter polynomial that a line shows beside the computed one is the same array."""

from __future__ import annotations

import pytest

import symbp
from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.emit.simpler import simpler
from symbp.evidence.compare import compare
from symbp.ops.arithmetic import negative
from symbp.ops.elementwise import sigmoid

SHAPE = (Size.letter("n"),)
Y, Z, S = leaf("y", SHAPE), leaf("z", SHAPE), leaf("s", ())
P = sigmoid(Z)
SHORTER = {
    "cross-entropy": (negative(Y - 1) * P - Y * sigmoid(negative(Z)), P - Y),
    "scaled": (S * (Y * sigmoid(negative(Z)) - (1 - Y) * P), S * (Y - P)),
    "cancelling": ((Y + P) * (Y - P) + P * P, Y * Y),
    "nothing": (Y * P - P * Y + Z - Z, None),
    "kept": (P * (1 - P), None),
    "short already": (2 * (Y - P), None),
}


@pytest.mark.parametrize("title", SHORTER)
def test_shorter_polynomials(title: str) -> None:
    node, wanted = SHORTER[title]
    found = simpler(node, {Y, Z, P, S})
    assert (found is None) == (wanted is None)
    if found is not None and wanted is not None:
        assert found is wanted or compare(found, wanted).is_right
        assert compare(found, node).status == "proved"


def test_only_named_values_are_turned() -> None:
    node: Node = negative(Y - 1) * P - Y * sigmoid(negative(Z))
    assert simpler(node, {Y, Z}) is None


def test_the_line_of_logistic_regression() -> None:
    text = symbp.derive("ŷ = σ(Wx+b); L = −Σ (y log ŷ + (1−y) log(1−ŷ))").text()
    assert "δ_ŷ = ∂L/∂z_ŷ = −(y − 1) ⊙ ŷ − y ⊙ σ(−z_ŷ) = ŷ − y" in text
