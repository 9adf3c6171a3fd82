"""The PDF, which needs no TeX installation, and colour on a terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import symbp
from symbp.cli import main
from symbp.commands import shared
from symbp.emit import pdf
from symbp.emit.derivation_page import render_derivation, render_pdf
from symbp.emit.paint import Paint
from symbp.errors import OutputError, SymbpError

pytest.importorskip("fpdf")
pytest.importorskip("ziamath")
NET = "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²"
SUM = r"\left(\sum_{l} \left(a + b_{l}\right)\right) H \left(\frac{a}{b}\right)"


def test_the_same_file_on_every_run() -> None:
    derivation = symbp.derive(NET)
    file = render_pdf(derivation, detail=2)
    assert file.startswith(b"%PDF-")
    assert file == render_pdf(symbp.derive(NET), detail=2)
    assert len(file) < 700_000


def test_no_formula_is_higher_than_it_should_be() -> None:
    """Brackets around a sum with limits keep to the height of the sum."""
    found = pdf.typeset(SUM)
    assert found.above + found.below < 60
    assert pdf.typeset("x").above + pdf.typeset("x").below < 15


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_words_can_be_searched_for(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    assert main(["derive", NET, "--format", "pdf", "--steps", "-o", str(path)]) == 0
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True
    ).stdout.decode()
    for words in ("Forward pass", "checked: proved", "parameter", "Computational graph", "∂L/∂W"):
        assert words in text


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SymbpError, match="no letters for 'ko'"):
        render_pdf(symbp.derive(NET), language="ko")
    monkeypatch.setattr(pdf, "fpdf", None)
    with pytest.raises(SymbpError, match=r"symbp\[pdf\]"):
        render_pdf(symbp.derive(NET))


def test_a_pdf_does_not_go_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(OutputError, match="-o FILE"):
        shared.write_binary(b"%PDF-", None)


def test_colour_changes_nothing_but_colour() -> None:
    derivation = symbp.derive(NET)
    plain = render_derivation(derivation, detail=3, verdicts={"W": "proved"})
    painted = render_derivation(derivation, format="terminal", detail=3, verdicts={"W": "proved"})
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == plain
    assert "\x1b" not in plain
    assert "\x1b[1;4mModel\x1b[0m" in painted
    assert "\x1b[32mproved\x1b[0m" in painted
    assert Paint().heading("Model") == "Model"


@pytest.mark.parametrize(
    ("terminal", "variable", "output", "wanted"),
    [
        (True, None, None, "terminal"),
        (False, None, None, "text"),
        (True, "NO_COLOR", None, "text"),
        (True, None, "page.txt", "text"),
    ],
)
def test_colour_only_on_a_terminal(
    terminal: bool, variable: str | None, output: str | None, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert shared.for_terminal("text", output) == wanted
    assert shared.for_terminal("html", None) == "html"
