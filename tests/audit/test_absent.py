"""Modules that are not beside the file: ours stand in, and what that takes for granted is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbp.audit.files import load
from symbp.audit.find import find_pairs
from symbp.audit.pairs import audit_pair
from symbp.audit.ways import Hints

SKIP = """
import {module} as nn
class Skip:
    def __init__(self, width):
        self.first = nn.Dense(width, width)
        self.second = nn.Dense(width, width)
    def forward(self, x):
        return x + self.second(self.first(x))
    def backward(self, grad):
        return {back}
"""
IN_ORDER = "grad + self.first.backward(self.second.backward(grad))"
SOFTMAX = """
import numpy as np
from {module} import softmax
def answer_loss(scores, labels):
    p = softmax(scores)
    loss = -np.sum(labels * np.log(p))
    dscores = {back}
    return loss, dscores
"""
ASSUMED = "where what own.layers gives is what its names say"


@pytest.mark.parametrize(
    ("text", "module", "back", "severity", "said"),
    [
        (SKIP, "own.layers", IN_ORDER, "right", ASSUMED),
        (SKIP, "own.layers", "self.first.backward(self.second.backward(grad))", "undecided", "is a guess"),
        (SKIP, "own.layers", "grad + self.second.backward(self.first.backward(grad))", "undecided", "guess"),
        (SOFTMAX, "own.layers", "p - labels", "right", ASSUMED),
        (SOFTMAX, "own.layers", "labels - p", "undecided", "is a guess"),
        (SKIP, "torch.nn", IN_ORDER, None, "torch.nn is not imported"),
        (SKIP.replace("Dense", "dense"), "own.layers", IN_ORDER, None, "own.layers is not imported"),
    ],
)
def test_what_stands_in_is_said(
    tmp_path: Path, text: str, module: str, back: str, severity: str | None, said: str
) -> None:
    file = tmp_path / "network.py"
    file.write_text(text.format(module=module, back=back), "utf-8")
    read = load(file)
    before = dict(read.scope.names)
    (pair,) = find_pairs(read)
    outcome = audit_pair(pair, read, Hints())
    assert read.scope.names == before
    if severity is None:
        assert outcome.judged is None
        assert said in str(outcome.error)
        return
    assert outcome.judged is not None
    assert [f.severity for f in outcome.judged.findings] == [severity]
    assert all(said in f.reason for f in outcome.judged.findings)


DEFAULT = """
import settings
class Triple:
    def __init__(self, kept=settings.KEPT):
        self.kept = kept
    def forward(self, x):
        return 3 * x
    def backward(self, grad):
        return {back}
"""


@pytest.mark.parametrize(("back", "severity"), [("3 * grad", "right"), ("7 * grad", "wrong")])
def test_a_default_that_another_file_holds_loses_no_class(tmp_path: Path, back: str, severity: str) -> None:
    path = tmp_path / "triple.py"
    path.write_text(DEFAULT.format(back=back), encoding="utf-8")
    module = load(path)
    (pair,) = find_pairs(module)
    judged = audit_pair(pair, module, Hints()).judged
    assert judged is not None
    assert [f.severity for f in judged.findings] == [severity]
