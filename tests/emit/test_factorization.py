"""The chain rule as a product of named factors, and its factors by entries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import symbp
from symbp.emit.factorization import Factorizer, factorization
from tests.emit.test_printed import assert_latex, three_layers

MODELS = sorted((Path(symbp.__file__).parent / "models").glob("*.eq"))


def lines(text: str, name: str) -> tuple[str, dict[str, str]]:
    found = factorization(symbp.derive(text), name)
    return str(found), {f.left.text: f.right.text for f in found.factors}


def test_three_layers() -> None:
    whole, factors = lines(three_layers, "W1")
    assert whole == "∂L/∂W₁ = ∂L/∂Ŷ · ∂Ŷ/∂H₂ · ∂H₂/∂H₁ · ∂H₁/∂W₁"
    assert factors["∂Ŷ[i,j]/∂H₂[l,m]"] == "δ[l,i] W₃[m,j]"
    assert factors["∂H₁[i,j]/∂W₁[l,m]"] == "X[i,l] δ[m,j] H₁[i,m] (1 − H₁[i,m])"
    assert lines(three_layers, "b3")[1]["∂Ŷ[i,j]/∂b₃[l]"] == "δ[l,j]"


def test_forks_add_up() -> None:
    whole, _ = lines("param x:\nparam z:\ninput y:\nq = x + y\nf = q z + q x", "x")
    assert whole == "∂f/∂x = ∂⁺f/∂x + ∂f/∂q · ∂q/∂x"


def test_softmax_keeps_its_deltas() -> None:
    _, factors = lines("input X: n,d\nparam W: d,k\ninput Y: n,k\nZ = X W\nP = softmax(Z)\nL = sum(P*Y)", "W")
    assert factors["∂P[i,j]/∂Z[l,m]"] == "P[l,m] (δ[l,i] δ[m,j] − δ[l,i] P[l,j])"


def test_a_name_that_the_loss_does_not_see() -> None:
    found = factorization(symbp.derive("param a:\nparam c:\nL = a²"), "c")
    assert (str(found), found.paths) == ("∂L/∂c = 0", 0)


def test_many_paths_become_one_step() -> None:
    layers = "\n".join(f"h{k} = h{k - 1} + tanh(h{k - 1} w{k})" for k in range(1, 9))
    text = "input h0: n\n" + "".join(f"param w{k}:\n" for k in range(1, 9)) + layers + "\nL = sum(h8²)"
    derivation = symbp.derive(text)
    assert str(factorization(derivation, "w8")) == "∂L/∂w8 = ∂L/∂h8 · ∂h8/∂w8"
    wide = (
        "param w:\n"
        + "\n".join(f"q{k} = w*{k}" for k in range(1, 9))
        + "\nL = "
        + " + ".join(f"q{k}²" for k in range(1, 9))
    )
    found = factorization(symbp.derive(wide), "w")
    assert found.paths == 8
    assert str(found).count("·") == 8


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_every_model(path: Path) -> None:
    derivation = symbp.derive(path.read_text("utf-8"))
    factorizer = Factorizer(derivation)
    for name in derivation.gradients:
        found = factorizer.of(name)
        assert found.paths > 0
        for line in found.lines:
            assert_latex(line.latex)
        for factor in found.factors:
            assert_latex(factor.left.latex)
            assert_latex(factor.right.latex)
            assert "unit of" not in factor.right.text
            top, bottom = (
                set(re.findall(r"[a-z]", m))
                for m in re.findall(r"\[([^\]]*)\]", factor.left.text + "[][]")[:2]
            )
            assert not top & bottom
