"""The corpus of layers: each verdict as expected, and confirmed by executing the layer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbp.audit.files import load
from symbp.audit.find import find_pairs
from symbp.audit.pairs import Outcome, audit_pair
from symbp.audit.unmet import SELDOM
from symbp.audit.ways import Hints
from tests.audit.executed import Execution, agrees
from tests.audit.expected import NOT_RIGHT, REASONS
from tests.audit.layers import courses

LAYERS = Path(__file__).parent / "layers"
FILES = sorted(p.name for p in LAYERS.glob("*.py"))


@cache
def outcomes(name: str) -> dict[str, Outcome]:
    module = load(LAYERS / name)
    return {p.symbol: audit_pair(p, module, Hints()) for p in find_pairs(module)}


def test_there_are_sixty_layers() -> None:
    assert sum(len(outcomes(name)) for name in FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_every_verdict_is_as_expected(name: str) -> None:
    for symbol, outcome in outcomes(name).items():
        assert outcome.judged is not None, (symbol, outcome.error)
        found = {f.claim.name: f.severity for f in outcome.judged.findings if f.severity != "right"}
        assert found == NOT_RIGHT.get(symbol, {}), symbol


def test_every_expectation_is_of_a_layer() -> None:
    symbols = {symbol for name in FILES for symbol in outcomes(name)}
    assert set(NOT_RIGHT) | set(REASONS) <= symbols


@pytest.mark.parametrize("symbol", REASONS)
def test_the_reason_is_said(symbol: str) -> None:
    outcome = next(outcomes(name)[symbol] for name in FILES if symbol in outcomes(name))
    assert outcome.judged is not None
    said = " ".join([f.reason for f in outcome.judged.findings] + list(outcome.judged.conditions.values()))
    assert REASONS[symbol] in said, said


@pytest.mark.parametrize("name", FILES)
def test_executing_the_layers_confirms_the_verdicts(name: str) -> None:
    scope: dict[str, Any] = {}
    exec(compile((LAYERS / name).read_text("utf-8"), name, "exec"), scope)  # noqa: S102 - texts of this repository
    for symbol, outcome in outcomes(name).items():
        judged = outcome.judged
        assert judged is not None
        executed: dict[int, Execution] = {}
        for finding in judged.findings:
            is_implied = judged.reading.target is not None and not judged.reading.stated
            if is_implied or "does not run" in finding.verdict.detail:
                continue
            if finding.verdict.detail == SELDOM:  # seen at its counterexample only
                continue
            reading = judged.sources.get(finding.claim.target, judged.reading)
            if id(reading) not in executed:
                executed[id(reading)] = Execution(scope, outcome.pair, reading)
            execution = executed[id(reading)]
            with np.errstate(all="ignore"):
                claimed = execution.claimed(finding.claim)
                assert claimed is not None, (symbol, finding.claim.name)
                right = agrees(claimed, execution.differences(finding.claim.of))
            rated = (
                finding.severity == "right" and "rate" not in finding.reason and "decay" not in finding.reason
            )
            limited = finding.severity == "truncated" and (
                "limits" in finding.reason or "no further" in finding.reason
            )
            stops = finding.reason.startswith("backward does not run")
            assert right == rated or limited or stops, (symbol, finding.claim.name, finding.severity)


@pytest.mark.parametrize(("name", "slope"), [("SlopedWherePositive", 1.5), ("SlopedWherePositiveOnce", 0.5)])
def test_a_branch_that_is_seldom_taken_is_executed(name: str, slope: float) -> None:
    scope: dict[str, Any] = {}
    exec(compile((LAYERS / "guards.py").read_text("utf-8"), "guards.py", "exec"), scope)  # noqa: S102 - as above
    layer = scope[name]()
    x = -np.ones((2, 3))
    true = (layer.forward(x + 1e-6).sum() - layer.forward(x - 1e-6).sum()) / 12e-6
    layer.forward(x)
    assert true == pytest.approx(1.5)
    assert layer.backward(np.ones((2, 3))) == pytest.approx(np.full((2, 3), slope))


def test_backward_that_does_not_run_raises() -> None:
    scope: dict[str, Any] = {}
    exec(compile((LAYERS / "sizes.py").read_text("utf-8"), "sizes.py", "exec"), scope)  # noqa: S102 - as above
    layer = scope["BlockSumsAcross"]()
    assert layer.backward(layer.forward(np.ones((2, 3, 4, 4)))).shape == (2, 3, 4, 4)
    out = layer.forward(np.ones((2, 3, 4, 6)))
    with pytest.raises(ValueError, match="broadcast"):
        layer.backward(out)


def test_what_is_said_not_to_run_stops_when_it_is_executed() -> None:
    for kind, runs in ((courses.Thinned, True), (courses.ThinnedTurned, False)):
        layer = kind(2)
        out = layer.forward(np.random.default_rng(0).normal(size=(2, 3, 5, 7)))
        if runs:
            assert layer.backward(out).shape == (2, 3, 5, 7)
        else:
            with pytest.raises(ValueError, match="broadcast"):
                layer.backward(out)
