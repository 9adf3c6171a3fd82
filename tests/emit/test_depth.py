"""Nothing that is printed recurses over depth, or takes more than linear work."""

from __future__ import annotations

import pytest

import symbp
from symbp.emit.derivation_page import render_derivation
from symbp.emit.graph import graph_svg

NESTED = 1200
MODELS = {
    "functions": "param x:\nL = " + "tanh(" * 60 + "x" + ")" * 60,
    "sums": "param x:\nL = " + " + ".join(["x²"] * NESTED),
    "products": "".join(f"param A{k}: n,n\n" for k in range(150))
    + "L = sum("
    + " @ ".join(f"A{k}" for k in range(150))
    + ")",
    "layers": "param w:\ninput h0: n\n"
    + "\n".join(f"h{k} = tanh(h{k - 1} * w)" for k in range(1, NESTED))
    + f"\nL = sum(h{NESTED - 1}²)",
}


@pytest.mark.parametrize("name", MODELS)
def test_deep_models_are_printed(name: str) -> None:
    derivation = symbp.derive(MODELS[name])
    for form in ("matrix", "index"):
        assert "Gradients" in render_derivation(derivation, form)
    assert render_derivation(derivation, format="latex").count("\\begin{aligned}") >= 3


def test_a_deep_graph_and_deep_steps() -> None:
    text = "param w:\ninput h0: n\n" + "\n".join(f"h{k} = tanh(h{k - 1} * w)" for k in range(1, 150))
    derivation = symbp.derive(text + "\nL = sum(h149²)")
    assert graph_svg(derivation).count("<rect") > 250
    assert "∂L/∂w" in render_derivation(derivation, detail=3)
