"""A derivation worked with given numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import symbp
from symbp.cli import main
from symbp.emit.derivation_page import render_derivation
from symbp.emit.numbers import numbers_formula
from symbp.errors import ParseError, ShapeError
from symbp.evidence.worked import worked
from symbp.lang.given import read_given

MODELS = Path(symbp.__file__).parent / "models"
NET = """x1 = 0.05
x2 = 0.1
y1 = 0.01
y2 = 0.99
w1 = 0.15
w2 = 0.2
w3 = 0.25
w4 = 0.3
w5 = 0.4
w6 = 0.5
w7 = 0.45
w8 = 0.55
b₁ = 0.35
b2 = 0.35   # one bias for each neuron
b3 = 0.6
b4 = 0.6
eta = 0.5"""


def test_the_gates_of_the_lecture() -> None:
    derivation = symbp.derive((MODELS / "add_multiply.eq").read_text("utf-8"))
    found = worked(derivation, read_given("x = −2\ny = 5\nz = -4", derivation.program))
    assert (float(found.forward["q"]), float(found.forward["f"])) == (3, -12)
    assert {k: float(v) for k, v in found.gradients.items()} == {"x": -4, "y": -4, "z": 3}
    assert found.updated == {}
    values = (found.forward, found.adjoints, found.gradients, found.updated)
    page = render_derivation(derivation, values=values)
    assert "∂f/∂z = q = 3" in page
    assert "f = q z = −12" in page


def test_the_net_of_eight_weights_after_one_step() -> None:
    derivation = symbp.derive((MODELS / "two_two_two.eq").read_text("utf-8"))
    found = worked(derivation, read_given(NET, derivation.program))
    assert round(float(found.forward["L"]), 6) == 0.298371
    assert round(float(found.gradients["w5"]), 6) == 0.082167
    after = {k: round(float(v), 6) for k, v in found.updated.items() if k in ("w1", "w5", "w8")}
    assert after == {"w1": 0.149781, "w5": 0.358916, "w8": 0.56137}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x = -2\ny = 5", ParseError, "no values for z"),
        ("x = -2\ny = 5\nz = [1]", ShapeError, "1 axes"),
        ("x = 1\nq = 2", ParseError, "q is no variable"),
        ("x = open(1)", ParseError, "no number"),
        ("x", ParseError, "a name, ="),
        ("x = 1e999", ParseError, "finite"),
        ("x = " + "[" * 3000, ParseError, "no number"),
    ],
)
def test_bad_values_have_their_place(text: str, error: type[Exception], message: str) -> None:
    program = symbp.parse((MODELS / "add_multiply.eq").read_text("utf-8"))
    with pytest.raises(error, match=message):
        read_given(text, program)


def test_sizes_follow_from_the_numbers() -> None:
    program = symbp.parse("input x: n, d\nparam w: d\nL = sum((x @ w)²)")
    assert read_given("x = [[1, 2], [3, 4], [5, 6]]\nw = [1, 0]", program).sizes == {"n": 3, "d": 2}
    with pytest.raises(ShapeError, match="size d has 2 entries, not 3"):
        read_given("x = [[1, 2]]\nw = [1, 0, 1]", program)


def test_how_numbers_are_written() -> None:
    assert numbers_formula(np.array(-0.5)).text == "−0.5"
    assert numbers_formula(np.array([1.0, 2.25])).text == "[1, 2.25]"
    assert numbers_formula(np.eye(2)).latex == r"\begin{bmatrix}1 & 0 \\ 0 & 1\end{bmatrix}"
    assert numbers_formula(np.zeros((20, 30))).text == "[20 × 30]"


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = tmp_path / "values.txt"
    values.write_text("x = -2\ny = 5\nz = -4\n", encoding="utf-8")
    picture = tmp_path / "graph.svg"
    assert main(["graph", "add_multiply", "--values", str(values), "-o", str(picture)]) == 0
    assert "−12" in picture.read_text("utf-8")
    page = tmp_path / "page.html"
    assert main(["derive", "add_multiply", "--steps", "--format", "html", "-o", str(page)]) == 0
    assert "<math" in page.read_text("utf-8")
    document = tmp_path / "page.tex"
    assert main(["derive", "add_multiply", "--document", "-o", str(document)]) == 0
    assert document.read_text("utf-8").startswith("\\documentclass")
    assert main(["derive", "add_multiply", "--values", str(tmp_path / "none.txt")]) == 2
