"""`symbp derive MODEL --hessian NAME` prints the second derivatives as a formula."""

from __future__ import annotations

import pytest

from symbp.cli import main

SOFTMAX = "input y: k; param z: k; assume y: onehot; p = softmax(z); L = -sum(y*log(p))"


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("text", "∂²L/∂z∂z = diag(p) − p pᵀ    k × k\n"),
        ("latex", r"= \operatorname{diag}\left(p\right) - p p^\top \]"),
        ("markdown", "$$\n\\frac{\\partial^2 L}{\\partial z \\partial z} ="),
        ("json", '"text": "diag(p) − p pᵀ"'),
    ],
)
def test_softmax_with_cross_entropy(format: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", SOFTMAX, "--hessian", "z", "--format", format]) == 0
    assert expected in capsys.readouterr().out


def test_a_name_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", SOFTMAX, "--hessian", "q"]) == 2
    assert "q is no name of the model" in capsys.readouterr().err
