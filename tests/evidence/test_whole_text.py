"""Beside the gradients of a text its slopes are judged, and what was not understood is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import symbp
from symbp.cli import main

MODEL = r"$$L = \|\sigma(W x) - y\|^2$$" + "\n"
CLAIM = r"$$\nabla_x L = 2 W^\top ((\sigma(W x) - y) \odot \sigma(Wx) \odot (1 - \sigma(Wx)))$$" + "\n"
SLOPES = {
    r"\sigma'(z) = \sigma(z)(1 - \sigma(z))": True,
    r"\sigma'(z) = \sigma(z)(1 + \sigma(z))": False,
    r"\frac{d}{dz} \tanh(z) = 1 - \tanh(z)^2": True,
    r"\frac{d}{dz} \tanh(z) = 1 - \tanh(z)": False,
}


@pytest.mark.parametrize("slope", SLOPES)
def test_slopes_are_judged_beside_gradients(slope: str) -> None:
    report = symbp.verify(MODEL + f"$${slope}$$\n" + CLAIM)
    assert report.ok == SLOPES[slope]
    assert [v.is_right for v in report.verdicts.values()] == [True, SLOPES[slope]]


UNREAD = [r"D_x L = 2 W^\top (W x - y)", r"\frac{\delta L}{\delta x} = W x", r"28 \times 28 = 784"]


@pytest.mark.parametrize("line", UNREAD)
def test_what_is_not_understood_is_listed(line: str) -> None:
    report = symbp.verify(MODEL + CLAIM + f"$${line}$$\n")
    ((place, reason),) = report.unread
    assert report.ok
    assert (place.line, place.snippet, reason) == (3, line, "the left side is no name and no derivative")
    assert f"not read, line 3: {line}" in str(report)


@pytest.mark.parametrize("line", [r"i = 1, \dots, n", r"f \equiv L", r"\eta > 0", r"x \in \mathbb{R}^d"])
def test_what_is_understood_is_not_listed(line: str) -> None:
    assert symbp.verify(MODEL + CLAIM + f"$${line}$$\n").unread == ()


def test_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "text.tex"
    path.write_text(MODEL + CLAIM + f"$${UNREAD[0]}$$\n")
    assert main(["verify", str(path)]) == 0
    assert capsys.readouterr().out.endswith("the gradient is right; 1 line is not read\n")
    assert main(["verify", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["unread"][0]["line"] == 3


def test_claims_beside_a_model_too() -> None:
    net = symbp.parse("L = Σ (y − W x)²")
    text = r"$\frac{\partial L}{\partial W} = 2 (W x - y) x^\top$ and $D_x L = 7$"
    report = symbp.verify(net, text)
    assert report.ok
    assert [place.snippet for place, _ in report.unread] == ["D_x L = 7"]
