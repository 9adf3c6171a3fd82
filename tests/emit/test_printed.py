"""What `symbp derive` prints, for every model that comes along."""

from __future__ import annotations

import json
import re
from pathlib import Path

import latex2mathml.converter
import numpy as np
import pytest

import symbp
from symbp.algebra.node import Node, leaf, replace, topological
from symbp.emit.derivation_page import FORMATS, render_derivation
from symbp.emit.document import FORMS
from symbp.emit.document_writer import Writer
from symbp.emit.printed import WIDTH, columns
from symbp.errors import SymbpError
from symbp.lang.names import Name, identifier
from symbp.ops.scan import PART
from tests.numeric import evaluate

MODELS = sorted((Path(symbp.__file__).parent / "models").glob("*.eq"))
three_layers = (Path(symbp.__file__).parent / "models" / "three_layer_regression.eq").read_text("utf-8")
all_models = pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)


def gradients(text: str, form: str = "matrix") -> list[str]:
    printed = render_derivation(symbp.derive(text), form)
    section = printed.split("Gradients\n")[1].split("\n\n")[0]
    return [re.split(r"\s{4}", line.strip())[0] for line in section.splitlines()]


def backward(text: str) -> list[str]:
    printed = render_derivation(symbp.derive(text))
    section = printed.split("Backward pass\n")[1].split("\n\n")[0]
    return [re.split(r"\s{4}", line.strip())[0] for line in section.splitlines()]


def test_three_layers_as_a_person_writes_them() -> None:
    assert backward(three_layers) == [
        "δ₃ = ∂L/∂Ŷ = 2 (Ŷ − Y)",
        "δ₂ = ∂L/∂Z₂ = (δ₃ W₃ᵀ) ⊙ H₂ ⊙ (1 − H₂)",
        "δ₁ = ∂L/∂Z₁ = (δ₂ W₂ᵀ) ⊙ H₁ ⊙ (1 − H₁)",
    ]
    assert gradients(three_layers) == [
        "∂L/∂W₁ = Xᵀ δ₁",
        "∂L/∂b₁ = 1ᵀ δ₁",
        "∂L/∂W₂ = H₁ᵀ δ₂",
        "∂L/∂b₂ = 1ᵀ δ₂",
        "∂L/∂W₃ = H₂ᵀ δ₃",
        "∂L/∂b₃ = 1ᵀ δ₃",
    ]
    assert gradients(three_layers, "index")[:2] == [
        "∂L/∂W₁[j,l] = Σ_i X[i,j] δ₁[i,l]",
        "∂L/∂b₁[j] = Σ_i δ₁[i,j]",
    ]


def test_column_convention() -> None:
    text = "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²"
    assert backward(text) == ["δ_ŷ = ∂L/∂ŷ = 2 (ŷ − y)", "δ_h = ∂L/∂z_h = (Vᵀ δ_ŷ) ⊙ h ⊙ (1 − h)"]
    assert gradients(text) == ["∂L/∂W = δ_h xᵀ", "∂L/∂b = δ_h", "∂L/∂V = δ_ŷ hᵀ", "∂L/∂c = δ_ŷ"]


def test_softmax_with_cross_entropy() -> None:
    text = "input X: n,d\ntarget Y: n,k\nparam W: d,k\nparam b: k\n"
    text += "Z = X W + b\nP = softmax(Z)\nL = cross_entropy(Z, Y)"
    assert backward("assume Y: prob\n" + text)[0].endswith("= (1/n) (P − Y)")
    assert backward(text)[0].endswith("= (1/n) (P ⊙ (Y 1) − Y)")


def test_zero_gradient_and_forks_are_said() -> None:
    printed = render_derivation(symbp.derive("param a:\nparam c:\nL = (a + 1)² + a"))
    assert "∂L/∂c = 0" in printed
    assert "its gradient is zero: the loss does not depend on it" in printed
    assert "2 paths add up" in printed


def test_a_permutation_of_axes_is_never_lost() -> None:
    text = "input x: a,b,c\nparam w: a,c,b\n"
    text += "L = sum(swapaxes(x,1,2)*w) + sum(transpose(x,(2,0,1))*transpose(w,(1,0,2)))"
    assert gradients(text) == ["∂L/∂w = 2 xᵀ"]


@all_models
@pytest.mark.parametrize("form", FORMS)
def test_every_model_in_every_format(path: Path, form: str) -> None:
    derivation = symbp.derive(path.read_text("utf-8"))
    pages = {f: render_derivation(derivation, form, f) for f in FORMATS}
    assert pages == {f: render_derivation(derivation, form, f) for f in FORMATS}
    for name in derivation.gradients:
        assert derivation.gradient(name).name.text in pages["text"]
    assert all(columns(line) <= WIDTH + 40 for line in pages["text"].splitlines())
    for block in re.findall(r"\\begin\{aligned\}.*?\\end\{aligned\}", pages["latex"], re.S):
        assert_latex(block)
    data = json.loads(pages["json"])
    for line in (line for section in data["sections"] for line in section["lines"]):
        for formula in (line["left"], *line["right"]):
            assert_latex(formula["latex"])
            assert not re.search(
                r"\\operatorname|\\left|\{", formula["text"].replace("_{", "").replace("δ_", "")
            )


def assert_latex(source: str) -> None:
    """Balanced, no subscript on a subscript, and read by an independent parser."""
    assert source.count("{") == source.count("}")
    assert len(re.findall(r"\\left(?![a-z])", source)) == len(re.findall(r"\\right(?![a-z])", source))
    assert not re.search(r"_(\w|\{[^{}]*\})_", source), source
    assert not re.search(r"\^(\w|\\top|\{[^{}]*\})\^", source), source
    assert all(ord(c) < 128 for c in source), source
    converted = latex2mathml.converter.convert(source)
    assert "<math" in converted
    assert "\\" not in re.sub(r"<[^>]*>", "", converted).replace("\\\\", ""), source


def read_back(text: str, names: dict[Node, Name]) -> Node | None:
    """The printed formula read by the language again; None where it is no text of the language."""
    if any(node.dtype != "real" for node in names) or re.search(r"\b1ᵀ| 1\b(?!/)", text):
        return None
    text = re.sub(r"\[([^\[\]]* [<>≥≤] [^\[\]]*)\]", r"(\1)", text)
    declared = "\n".join(f"param {name.text}: {','.join(map(str, n.shape))}" for n, name in names.items())
    try:
        program = symbp.parse(f"{declared}\nparam UP:\nOUTPUT = {text}\nLAST = sum(OUTPUT)*UP")
    except SymbpError:
        return None
    return program.equation("OUTPUT").node


READ_BACK = {
    "three_layer_regression": 6, "two_two_two": 12, "cascade": 7, "digits": 6, "autoencoder": 3,
    "softmax_regression": 2, "batchnorm_mlp": 4, "transformer_block": 3, "convnet": 0, "add_gate": 0,
    "add_multiply": 0, "multiply_gate": 0,
}  # fmt: skip
"""How many formulas of a model are text of the language, at least (sums by 1ᵀ are not)."""


@all_models
def test_printed_formulas_mean_what_they_print(path: Path) -> None:
    derivation = symbp.derive(path.read_text("utf-8"))
    writer = Writer(derivation)
    sizes = {letter: 2 + 3 * k for k, letter in enumerate(derivation.program.size_letters)}
    generator = np.random.default_rng(7)
    read = 0
    for found in (*derivation.adjoints, *derivation.results):
        text = writer.matrix(found.value).text
        below = topological([found.value], stop=lambda n: n in writer.names)
        names = {n: writer.names[n] for n in below if n in writer.names and n is not found.value}
        counts_from_one = any(n.op is PART for n in names)
        again = None if not names or counts_from_one else read_back(text, names)
        if again is None:
            continue
        values: dict[str, object] = {}
        stand_ins = {}
        for node, name in names.items():
            shape = [s.value(sizes) for s in node.shape]
            values[name.ascii] = values[identifier(name.text)] = generator.uniform(0.5, 1.5, shape)
            stand_ins[node] = leaf(name.ascii, node.shape)
        (plain,) = replace([found.value], stand_ins)
        wanted, got = evaluate(plain, values, sizes), evaluate(again, values, sizes)
        assert np.shape(wanted) == np.shape(got), text
        assert np.allclose(wanted, got), text
        read += 1
    assert read >= READ_BACK.get(path.stem, 1)


def test_names_of_layers_are_raised_only_once() -> None:
    """W^{(2)}^\\top is no LaTeX; and only parameters are updated."""
    text = r"$$z^{(1)} = W^{(1)} x, z^{(2)} = W^{(2)} z^{(1)}, L = \|z^{(2)} - y\|^2$$"
    page = render_derivation(symbp.derive(text), format="latex", detail=3)
    assert r"{W^{(2)}}^\top" in page
    assert "}^\\top" not in page.replace(r"}}^\top", "")
    assert "\\leftarrow" in page
    assert "\\leftarrow" not in render_derivation(symbp.derive(text, ["x"]), format="latex", detail=3)


def test_greek_letters_in_words_are_commands() -> None:
    """The upstream gradient of θ is dθ, which LaTeX cannot set as it stands."""
    program = symbp.parse("θ = W x", outputs={"θ": "dθ"})
    page = render_derivation(symbp.derive(program), format="latex")
    assert r"\mathrm{d\theta}" in page
    assert page.isascii()
