"""Generated loops over time: the same numbers as the steps written out, for every length and dtype."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

from symbp.emit.derivation_page import render_derivation
from symbp.files import MODELS, read_text
from symbp.pipeline import derive, generate
from tests.calculus.test_recurrence import MODELS as WRITTEN
from tests.calculus.test_recurrence import SIZES, arrays
from tests.emit.generated_file import load

RECURRENT = ["rnn", "lstm_classifier", "gru_classifier", "stacked_rnn", "bidirectional_rnn"]


@pytest.mark.parametrize("length", [1, 4])
@pytest.mark.parametrize("name", WRITTEN)
def test_loops_give_what_the_steps_written_out_give(name: str, length: int) -> None:
    model = WRITTEN[name]
    derivation = derive(model.text())
    sizes = {**SIZES, "T": length}
    values = arrays(derivation, sizes)
    files = [load(generate(text)) for text in (model.text(), model.unrolled(length))]
    results = []
    for file in files:
        names = inspect.signature(file["forward"]).parameters
        loss, cache = file["forward"](*(values[name] for name in names))
        results.append((loss, file["backward"](cache, 2.0)))
    (short, found), (long, expected) = results
    assert np.isclose(short, long, rtol=1e-13)
    assert found.keys() == expected.keys()
    for key in expected:
        assert np.allclose(found[key], expected[key], rtol=1e-11, atol=1e-12), key


@pytest.mark.parametrize("name", ["lstm", "backwards", "masks"])
def test_arrays_keep_their_dtype_and_are_not_changed(name: str) -> None:
    derivation = derive(WRITTEN[name].text())
    values = {k: v.astype(np.float32) for k, v in arrays(derivation, {**SIZES, "T": 3}).items()}
    before = {k: v.copy() for k, v in values.items()}
    file = load(generate(WRITTEN[name].text()))
    _, cache = file["forward"](**values)
    first, second = file["backward"](cache), file["backward"](cache)
    for key, gradient in first.items():
        assert gradient.dtype == np.float32, key
        assert np.array_equal(gradient, second[key]), key
    assert all(np.array_equal(values[k], before[k]) for k in values)


def test_a_file_is_as_long_as_a_step() -> None:
    text = WRITTEN["lstm"].text()
    counts = {len(generate(f"size T = {length}\n{text}").splitlines()) for length in (50, 5000)}
    assert len(counts) == 1
    assert counts.pop() < 250


def test_sums_that_nothing_reads_are_left_out() -> None:
    text = generate(derive(WRITTEN["lstm"].text(), ["Wi"]))
    assert "dWi +=" in text
    assert "dUi +=" not in text


@pytest.mark.parametrize("model", RECURRENT)
def test_the_backward_recurrence_is_readable(model: str) -> None:
    text = render_derivation(derive(read_text(MODELS / f"{model}.eq")))
    assert "scan" not in text
    assert "∂⁺" not in text
    assert re.search(r"δ_\S+\[t\] = ∂L/∂\S+\[t\] = .*δ_\S+\[t[+−]1\]", text)
    assert re.search(r"∂L/∂U\S* = Σ_t \S+\[t[+−]1\]ᵀ δ_\S+\[t\]|∂L/∂Wh = Σ_t h\[t−1\]ᵀ δ_h\[t\]", text)


FORMULAS = """  h[0] = h0                          n × m
  z_h[t] = x[t] W + h[t−1] U + b     n × m   (t = 1 … T)
  h[t] = tanh(z_h[t])                n × m   (t = 1 … T)
"""
BACKWARD = "  δ_h[t] = ∂L/∂z_h[t] = (δ_h[t+1] Uᵀ) ⊙ (1 − h[t]²)"
GRADIENTS = ["∂L/∂W = Σ_t x[t]ᵀ δ_h[t]", "∂L/∂U = Σ_t h[t−1]ᵀ δ_h[t]", "∂L/∂b = Σ_t 1ᵀ δ_h[t]"]


def test_the_formulas_of_a_plain_recurrence() -> None:
    derivation = derive(WRITTEN["rnn, last state"].text())
    text = re.sub(" +", " ", render_derivation(derivation))
    for line in [*FORMULAS.splitlines(), BACKWARD, *GRADIENTS]:
        assert re.sub(" +", " ", line) in text, line
    latex = render_derivation(derivation, format="latex")
    assert r"\sum_{t} h_{t-1}^\top \delta_{h,t}" in latex
    assert r"\delta_{h,t+1} U^\top" in latex


@pytest.mark.parametrize("form", ["matrix", "index", "both"])
@pytest.mark.parametrize("format", ["text", "latex", "markdown", "json", "html"])
def test_every_form_is_printed(form: str, format: str) -> None:
    derivation = derive(WRITTEN["outputs of each step"].text())
    page = render_derivation(derivation, form=form, format=format)
    assert "scan" not in page
    steps = render_derivation(derivation, format=format, detail=3)
    assert "scan" not in steps


def test_the_chain_rule_goes_over_time() -> None:
    text = render_derivation(derive(read_text(MODELS / "gru_classifier.eq")), detail=3)
    assert "∂L/∂W_z = Σ_t ∂L/∂z_z[t] · ∂z_z[t]/∂W_z " in text
    assert "T − 1" not in text
    notes = text.split("Notes")[1]
    assert "δ_s is worked out once and used in δ_h[T], ∂L/∂V, ∂L/∂a." in notes
    assert "δ_z[t] is worked out once and used in ∂L/∂W_z, ∂L/∂U_z, ∂L/∂b_z." in notes
