"""The HTML page, the LaTeX document, the graph, and how a derivation shows itself in a notebook."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import symbp
from symbp.emit import mathml
from symbp.emit.derivation_page import render_derivation
from symbp.emit.graph import graph_svg
from symbp.emit.graph_layout import laid_out
from symbp.errors import SymbpError
from tests.emit.test_printed import assert_latex, three_layers

MODELS = sorted((Path(symbp.__file__).parent / "models").glob("*.eq"))
all_models = pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)


@all_models
def test_html_is_one_file_without_script_or_network(path: Path) -> None:
    page = render_derivation(symbp.derive(path.read_text("utf-8")), format="html", detail=3)
    assert "<script" not in page
    assert not re.search(r"(src|href|@import|url\((?!#))", page)
    assert page.count("<math") == page.count("</math>") > 3
    body = page[page.index("<body>") : page.index("</html>")]
    ET.fromstring(re.sub(r"&(?!(lt|gt|amp|quot|#\w+);)\w+;", "", body))
    assert not re.search(r"\\[a-z]+", re.sub(r"<style>.*?</style>", "", body, flags=re.S))


def test_html_of_three_layers_is_small() -> None:
    page = render_derivation(symbp.derive(three_layers), format="html", detail=3)
    assert len(page.encode()) < 100_000
    korean = render_derivation(symbp.derive(three_layers), format="html", language="ko")
    assert '<html lang="ko">' in korean
    assert "기울기" in korean


def test_html_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:

    mathml.mathml.cache_clear()
    monkeypatch.setattr(mathml, "converter", None)
    with pytest.raises(SymbpError, match=r"symbp\[html\]"):
        mathml.mathml("x", True)
    assert symbp.derive("L = x²")._repr_html_() is None


@all_models
def test_latex_documents_are_ascii_and_balanced(path: Path) -> None:
    source = render_derivation(symbp.derive(path.read_text("utf-8")), format="document", detail=3)
    assert source.startswith("\\documentclass")
    assert all(ord(c) < 128 for c in source), {c for c in source if ord(c) > 127}
    assert source.count("{") == source.count("}")
    assert source.count("\\begin{align*}") == source.count("\\end{align*}") > 2
    assert "<<" not in source
    assert "<%" not in source


@all_models
def test_graphs_are_well_formed_and_boxes_do_not_overlap(path: Path) -> None:
    derivation = symbp.derive(path.read_text("utf-8"))
    svg = graph_svg(derivation)
    assert svg == graph_svg(derivation)
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    layout = laid_out(derivation)
    boxes, width, height = layout.boxes, layout.width, layout.height
    for i, a in enumerate(boxes):
        assert a.x - a.width / 2 >= 0
        assert a.x + a.width / 2 <= width + 1
        assert a.y + a.height / 2 <= height
        for b in boxes[i + 1 :]:
            apart = abs(a.x - b.x) >= (a.width + b.width) / 2 or abs(a.y - b.y) >= (a.height + b.height) / 2
            assert apart, (a.key, b.key)
    assert all(edge.boxes[0].layer < edge.boxes[-1].layer for edge in layout.edges)


def test_the_graph_names_gradients_and_shows_values() -> None:
    svg = graph_svg(symbp.derive(three_layers), {"L": "0.25", "W1": "[[1, 2]]"})
    for text in ("∂L/∂W₁", "δ₃ = ∂L/∂Ŷ", "n × d", "0.25", "[[1, 2]]"):
        assert text in svg
    assert svg.count('class="backward"') == 11


def test_a_derivation_shows_itself() -> None:
    derivation = symbp.derive("h = σ(Wx+b); L = Σ(y−h)²")
    assert derivation._repr_latex_().startswith("$$\\begin{aligned}\n\\delta_{h} &= ")
    assert_latex(derivation._repr_latex_().strip("$"))
    assert "<math" in (derivation._repr_html_() or "")
    assert "<svg" in derivation._repr_svg_()
    assert "$$" in derivation._repr_markdown_()
    assert "∂L/∂W = δ_h xᵀ" in derivation.text()
    assert "\\delta_{h} x^\\top" in derivation.latex()
    assert [str(s) for s in derivation.steps][-1] == "∂L/∂b = δ_h"
