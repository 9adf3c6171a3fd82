"""`check` finds planted errors, with a counterexample, and calls the derived gradients right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import symbp
from symbp.algebra.node import Node, topological
from symbp.algebra.node import replace as replaced
from symbp.calculus.derivation import Derivation
from symbp.evidence.checking import check_derivation
from symbp.evidence.verdict import REFUTED
from tests.evidence.mutations import derived

QUICK = ("multiply_gate", "ridge_regression", "sigmoid_neuron", "softmax_regression", "fully_connected")
Fault = Callable[[Node], Node]


def planted(derivation: Derivation, name: str, fault: Fault) -> Derivation:
    """The derivation with one gradient, written over forward values, changed by a fault."""
    wrong = fault(derivation.full(name))
    results = tuple(replace(g, value=wrong) if g.name.ascii == name else g for g in derivation.results)
    return replace(derivation, results=results)


def first(node: Node, wanted: Callable[[Node], bool]) -> Node:
    return next(n for n in topological([node]) if wanted(n))


def without_slope(node: Node) -> Node:
    """The factor h (1 - h) or h ⊙ (1 - h) that is met first, left out."""
    slope = first(node, lambda n: n.op.name == "subtract" and n.args[0].op.name == "constant")
    return replaced([node], {slope: slope * 0 + 1})[0]


def transposed(node: Node) -> Node:
    square = first(node, lambda n: n.rank == 2 and n.shape[0] == n.shape[1])
    return replaced([node], {square: square.T})[0]


def without_path(node: Node) -> Node:
    fork = first(node, lambda n: n.op.name in ("add", "subtract") and n.args[0].shape == n.shape)
    return replaced([node], {fork: fork.args[0]})[0]


FAULTS: dict[str, tuple[str, str, Fault]] = {
    "sign": ("fully_connected", "W", lambda g: -g),
    "a coefficient off by 0.05 %": ("fully_connected", "b", lambda g: g * Fraction(2001, 2000)),
    "a billionth": ("softmax_regression", "W", lambda g: g * (1 + Fraction(1, 10**9))),
    "a factor 2": ("ridge_regression", "w", lambda g: g / 2),
    "a transpose between equal sizes": ("digits", "W2", transposed),
    "a missing slope": ("sigmoid_neuron", "w", without_slope),
    "a dropped path": ("ridge_regression", "w", without_path),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_error_is_refuted(fault: str) -> None:
    model, name, change = FAULTS[fault]
    verdicts = check_derivation(planted(derived(model), name, change)).verdicts
    assert verdicts[name].status == REFUTED
    assert verdicts[name].counterexample is not None
    assert all(v.is_right for other, v in verdicts.items() if other != name)


@pytest.mark.parametrize("model", QUICK)
def test_derived_gradients_are_proved(model: str) -> None:
    report = check_derivation(derived(model))
    assert report.ok
    assert {v.status for v in report.verdicts.values()} == {"proved"}


LONG = {"batchnorm_mlp", "cascade", "transformer_block"}
MODELS = sorted(p.stem for p in (Path(symbp.__file__).parent / "models").glob("*.eq"))


def test_the_models_that_come_along_check_right() -> None:
    for model in MODELS:
        if model not in LONG:
            assert check_derivation(derived(model)).ok, model


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted(LONG))
def test_the_long_models_check_right(model: str) -> None:
    assert check_derivation(derived(model)).ok


SHIFTED = """input q: n, d
param k: n, d
input v: n, c
s = q @ k.T / sqrt(d)
t = s - max(s, axis=-1, keepdims=True)
p = exp(t) / sum(exp(t), axis=-1, keepdims=True)
L = sum((p @ v)**2)
"""


def test_a_root_in_an_exponent_keeps_its_law() -> None:
    """e^(s/√d) by the shifted softmax and by the softmax: √d has an image among the exponents, too."""
    derivation = symbp.derive(SHIFTED)
    assert symbp.check(derivation).ok
    for fault in (lambda g: g * (1 + Fraction(1, 10**9)), lambda g: -g):
        report = check_derivation(planted(derivation, "k", fault))
        assert report.verdicts["k"].status == REFUTED


@pytest.mark.parametrize("order", ["3", "4", "5/2", "7/3"])
def test_slopes_of_norms_of_any_order_are_shown(order: str) -> None:
    derivation = symbp.derive(f"param y: n\nL = norm(y, {order})")
    assert symbp.check(derivation).ok
    assert check_derivation(planted(derivation, "y", lambda g: g * 2)).verdicts["y"].status == REFUTED
