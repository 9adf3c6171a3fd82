"""Attributes that backward needs: said to be lost only where nothing sets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbp.audit.files import Row, audit_file
from symbp.audit.ways import Hints

LAYER = """import numpy as np
class Layer:
    def __init__(self):
        self.input = None
class Dense(Layer):
    def __init__(self, n, m):
        super().__init__()
        self.W = np.random.randn(n, m)
    def forward(self, input):
        return np.dot(input, self.W)
    def backward(self, grad):
        self.dW = np.dot(self.input.T, grad)
        return np.dot(grad, self.W.T)
"""
KEPT_ELSEWHERE = {
    "by a network beside it": ("net.py", "def run(layers, x):\n    for l in layers:\n        l.input = x\n"),
    "by name": ("net.py", "def keep(layer, name, x):\n    setattr(layer, name, x)\n"),
}
KEPT = {
    "by the base class": LAYER.replace(
        "class Dense",
        "    def __call__(self, x):\n        self.input = x\n        return self.forward(x)\nclass Dense",
    ),
    "by a class derived from it": LAYER
    + "class Kept(Dense):\n    def forward(self, input):\n        self.input = input\n"
    + "        return super().forward(input)\n",
    "by another method": LAYER + "    def keep(self, x):\n        self.input = x\n",
    "by a method of the base that is overridden": LAYER.replace(
        "class Dense", "    def keep(self, x):\n        self.input = x\nclass Dense"
    )
    + "    def keep(self, x):\n        super().keep(x)\n",
    "asked for first": LAYER.replace(
        "        self.dW =", "        if self.input is None:\n            return grad\n        self.dW ="
    ),
    "of an unknown base": LAYER.replace("class Layer:", "class Layer(Unknown):"),
}


def row_of_dense(folder: Path, text: str) -> Row:
    file = folder / "layers.py"
    file.write_text(text, "utf-8")
    return next(r for r in audit_file(file, Hints()) if r.symbol == "Dense")


def test_what_nobody_keeps_is_wrong_with_its_line(tmp_path: Path) -> None:
    row = row_of_dense(tmp_path, LAYER)
    assert (row.status, row.severity, row.line) == ("refuted", "wrong", 12)
    assert "needs self.input" in row.reason


@pytest.mark.parametrize("case", KEPT_ELSEWHERE)
def test_a_file_beside_it_may_keep_it(tmp_path: Path, case: str) -> None:
    name, text = KEPT_ELSEWHERE[case]
    (tmp_path / name).write_text(text, "utf-8")
    assert row_of_dense(tmp_path, LAYER).severity != "wrong"


@pytest.mark.parametrize("case", KEPT)
def test_the_file_itself_may_keep_it(tmp_path: Path, case: str) -> None:
    assert "needs self.input" not in row_of_dense(tmp_path, KEPT[case]).reason
