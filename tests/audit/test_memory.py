"""What a file remembers from call to call does not reach from one reading into the next."""

from __future__ import annotations

from pathlib import Path

from symbp.audit.files import load
from symbp.audit.find import find_pairs
from symbp.audit.pairs import audit_pair
from symbp.audit.ways import Hints

REMEMBERING = """
import numpy as np

counted = [0]

class OfTheClass:
    seen = []

    def forward(self, x):
        self.seen.append(x)
        return self.seen[0] ** 2

    def backward(self, dout):
        return 2 * self.seen[0] * dout

class OfTheDefault:
    def forward(self, x, kept=[]):
        kept.append(x)
        self.kept = kept
        return x ** 2

    def backward(self, dout):
        return 2 * self.kept[0] * dout

class OfTheFile:
    def forward(self, x):
        counted[0] += 1
        self.x = x
        return counted[0] * x ** 2

    def backward(self, dout):
        return 2 * self.x * dout

class OfTheFileDoubled(OfTheFile):
    def backward(self, dout):
        return 4 * self.x * dout
"""


def test_each_reading_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "remembering.py"
    path.write_text(REMEMBERING, "utf-8")
    module = load(path)
    found = {}
    for pair in find_pairs(module):
        judged = audit_pair(pair, module, Hints()).judged
        found[pair.symbol] = [f.severity for f in judged.findings] if judged is not None else []
    assert found == {
        "OfTheClass": ["right"],
        "OfTheDefault": ["right"],
        "OfTheFile": ["right"],
        "OfTheFileDoubled": ["wrong"],
    }
    assert module.classes["OfTheClass"].attributes["seen"] == []
    assert module.scope.names["counted"] == [0]
