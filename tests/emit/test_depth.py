"""Nothing that is printed recurses over depth, or takes more than linear work."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

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


def _net(layer: str, depth: int) -> str:
    """Each a{k} the layer of the one before, with parameters of its own."""
    layers = [f"a{k} = {layer.format(k=k, before=k - 1)}" for k in range(1, depth + 1)]
    parameters = [f"param W{k}: d, d\nparam b{k}, g{k}: d" for k in range(1, depth + 1)]
    return "\n".join(["input a0, y: n, d", *parameters, *layers, f"L = sum((y - a{depth})²)"])


@pytest.mark.parametrize(
    ("layer", "module", "function"),
    [
        ("gelu_tanh(a{before} @ W{k} + b{k})", "symbp.laws.stable", "rebuild"),
        ("batch_norm(tanh(a{before}), g{k}, b{k})", "symbp.emit.fast.block_rows", "_is_barrier"),
        ("batch_norm(tanh(a{before}), g{k}, b{k})", "symbp.emit.fast.block_rows", "role"),
    ],
)
def test_the_fast_style_looks_at_each_layer_equally_often(
    layer: str, module: str, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as deep, twice the work: 4 times where each call is compared with all that follow."""
    home = importlib.import_module(module)
    original: Callable[..., Any] = getattr(home, function)
    count = 0

    def counted(*arguments: object) -> object:
        nonlocal count
        count += 1
        return original(*arguments)

    monkeypatch.setattr(home, function, counted)
    counts = []
    for depth in (16, 32):
        count = 0
        symbp.generate(_net(layer, depth), style="fast")
        counts.append(count)
    assert 0 < counts[1] < 2.5 * counts[0]
