"""How wide LaTeX is set, and that a broken formula is whole LaTeX in every piece."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import symbp
from symbp.emit.derivation_page import render_derivation
from symbp.emit.latex_lines import broken_latex, ems
from symbp.emit.latex_rows import LINE
from tests.emit.test_printed import MODELS, assert_latex

CALL = (
    r"\operatorname{fold}\left(\operatorname{first\_max}\left(\operatorname{windows}\left(C, "
    r"\text{2 on axis 2}\right), \text{axis 4}\right) \odot \delta_{Z} W^\top, x_1 + x_2\right)"
)
WIDE = {"convnet", "transformer_block", "two_two_two"}
"""Models with the widest lines; the others are compiled with -m slow."""


def test_a_fraction_is_as_wide_as_its_wider_half() -> None:
    assert ems(r"\frac{a + b + c + d}{n}") == pytest.approx(ems("a + b + c + d"), abs=0.3)
    assert ems(r"\frac{n}{a + b + c + d}") == pytest.approx(ems("a + b + c + d"), abs=0.3)
    assert ems("x_{ijk}") < ems("xijk")
    assert ems(r"x^\top") < ems(r"x\top")


@pytest.mark.parametrize("width", [15.0, 17.0, 20.0])
def test_a_break_inside_brackets_leaves_both_pieces_whole(width: float) -> None:
    pieces = broken_latex(CALL, width)
    assert len(pieces) > 1
    assert "".join(re.sub(r"\\(left|right)\.|\s", "", p) for p in pieces) == re.sub(r"\s", "", CALL)
    for piece in pieces:
        assert piece.count(r"\left") == piece.count(r"\right")
        assert_latex(piece)
    assert max(map(ems, pieces)) < width + 1


def test_a_short_formula_stays_whole() -> None:
    assert broken_latex(CALL, LINE) == [CALL]
    assert broken_latex("x" * 300, 10) == ["x" * 300]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize(
    "path",
    [p if p.stem in WIDE else pytest.param(p, marks=pytest.mark.slow) for p in MODELS],
    ids=lambda p: p.stem,
)
def test_documents_compile_and_no_line_leaves_the_page(path: Path, tmp_path: Path) -> None:
    source = render_derivation(symbp.derive(path.read_text("utf-8")), format="document", detail=3)
    (tmp_path / "page.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).returncode == 0
    log = (tmp_path / "page.log").read_text("latin-1")
    assert not [w for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(w) > 10]
