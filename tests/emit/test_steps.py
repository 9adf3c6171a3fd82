"""The steps of a derivation, and the derivatives of functions line by line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import symbp
from symbp.emit import phrases
from symbp.emit.derivation_page import FORMATS, render_derivation
from symbp.emit.phrases import LANGUAGES, Phrases
from symbp.emit.scalar_steps import ENDINGS, X, scalar_derivation
from symbp.emit.steps import DETAILS, derivation_steps
from symbp.errors import SymbpError
from symbp.laws.tidier import LAWS
from symbp.ops.catalogue import names
from symbp.ops.registry import FUNCTIONS
from tests.emit.test_printed import assert_latex, three_layers
from tests.numeric import evaluate

MODELS = sorted((Path(symbp.__file__).parent / "models").glob("*.eq"))
DERIVED = [n for n in names() if (FUNCTIONS[n].example or "").startswith(f"{n}(x) | x: n,m")]


def derived_functions() -> list[str]:
    return [name for name in DERIVED if scalar_derivation(name) is not None]


def test_the_sigmoid_as_in_a_lecture() -> None:
    found = scalar_derivation("sigmoid")
    assert found is not None
    assert [s.written.text for s in found.steps] == [
        "−(1 / (1 + e^(−x))²) d/dx(1 + e^(−x))",
        "−(1 / (1 + e^(−x))²) d/dx(e^(−x))",
        "−(1 / (1 + e^(−x))²) e^(−x) d/dx(−x)",
        "(1 / (1 + e^(−x))²) e^(−x)",
        "e^(−x) / (1 + e^(−x))²",
        "(1 + e^(−x) − 1) / (1 + e^(−x))²",
        "1 / (1 + e^(−x)) − 1 / (1 + e^(−x))²",
        "σ(x) − σ(x)²",
        "σ(x) (1 − σ(x))",
    ]


@pytest.mark.parametrize("name", derived_functions())
def test_every_finished_line_is_the_derivative(name: str) -> None:
    """Lines with nothing left to differentiate agree with differences of the function."""
    found = scalar_derivation(name)
    assert found is not None
    for step in found.steps:
        assert_latex(step.written.latex)
    finished = [s for s in found.steps if "d/dx" not in s.written.text]
    assert len(finished) >= 1
    value = FUNCTIONS[name].build(X)
    above_one = "above one" in (FUNCTIONS[name].example or "")
    for point in (1.31, 1.52, 2.77) if above_one else (0.31, 0.52, 0.77):
        above, below = (float(evaluate(value, {"x": point + e}, {})) for e in (1e-5, -1e-5))
        slope = (above - below) / 2e-5
        for step in finished:
            assert np.isclose(float(evaluate(step.value, {"x": point}, {})), slope, rtol=1e-6, atol=1e-7)


def test_the_endings_belong_to_functions() -> None:
    assert all(scalar_derivation(name) is not None for name in ENDINGS)


def test_three_layers_in_steps() -> None:
    steps = {str(s.derivative): s for s in derivation_steps(symbp.derive(three_layers))}
    step = steps["∂L/∂W₁"]
    assert str(step.chain) == "∂L/∂Z₁ · ∂Z₁/∂W₁"
    assert [str(f) for f in step.substitution] == [
        "Σ_{i,m} δ₁[i,m] ∂Z₁[i,m]/∂W₁[j,l]",
        "Σ_{i,m} δ₁[i,m] X[i,j] δ[l,m]",
    ]
    assert [str(f) for f in step.index] == ["∂L/∂W₁[j,l]", "Σ_i X[i,j] δ₁[i,l]"]
    assert (str(step.matrix), str(step.shape)) == ("Xᵀ δ₁", "d × h1")
    page = render_derivation(symbp.derive(three_layers), detail=3)
    assert "only i = l survives" in page
    assert "W₁ ← W₁ − η ∂L/∂W₁" in page


def test_a_short_gradient_between_gets_its_step() -> None:
    derivation = symbp.derive((MODELS[0].parent / "add_multiply.eq").read_text("utf-8"))
    assert [str(s) for s in derivation.steps] == ["∂f/∂q = z", "∂f/∂x = z", "∂f/∂y = z", "∂f/∂z = q"]
    assert str(derivation.steps[1].chain) == "∂f/∂q · ∂q/∂x"
    page = render_derivation(derivation, detail=3)
    assert page.count("∂f/∂q = z") == 1


def test_verdicts_stand_at_the_results() -> None:
    page = render_derivation(symbp.derive(three_layers), detail=2, verdicts={"W1": "proved"})
    (line,) = [line for line in page.splitlines() if "proved" in line]
    assert line.strip().startswith("∂L/∂W₁ = Xᵀ δ₁")


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
@pytest.mark.parametrize("detail", DETAILS)
def test_every_model_in_steps(path: Path, detail: int) -> None:
    derivation = symbp.derive(path.read_text("utf-8"))
    for language in LANGUAGES:
        assert render_derivation(derivation, format="text", language=language, detail=detail)
    data = json.loads(render_derivation(derivation, format="json", detail=detail))
    for line in (line for section in data["sections"] for line in section["lines"]):
        for formula in (line["left"], *line["right"]):
            assert_latex(formula["latex"])


def test_languages_have_the_same_phrases() -> None:
    (words, facts), *others = LANGUAGES.values()
    for other_words, other_facts in others:
        assert set(other_words) == set(words)
        assert set(other_facts) == set(facts)
        for key, phrase in words.items():
            assert {c for c in ("{name}", "{users}", "{count}", "{pairs}", "{laws}") if c in phrase} == {
                c for c in ("{name}", "{users}", "{count}", "{pairs}", "{laws}") if c in other_words[key]
            }
    with pytest.raises(SymbpError, match="fr"):
        Phrases("fr")


def test_every_law_with_a_worded_name_has_one_in_each_language() -> None:
    names = {rule.name for rules in LAWS.values() for rule in rules}
    worded = {n for n in names if re.search(r"[a-z]{3,}", n)}
    assert len(worded) > 10
    for table in phrases.LAWS.values():
        assert worded <= set(table)
        assert all(found for found in table.values())


def test_every_phrase_that_is_asked_for_is_there() -> None:
    """`phrases["…"]` anywhere in symbp/, and the rule of every line of every scalar derivation."""
    asked = {s.rule for name in derived_functions() for s in scalar_derivation(name).steps}  # type: ignore[union-attr]
    for path in Path(symbp.__file__).parent.rglob("*.py"):
        asked |= set(re.findall(r'phrases\["([^"]+)"\]', path.read_text("utf-8")))
    assert len(asked) > 20
    for words, _ in LANGUAGES.values():
        assert asked <= set(words)


def test_unknown_words_are_refused() -> None:
    derivation = symbp.derive("L = x²")
    for keywords in ({"form": "tensor"}, {"format": "docx"}, {"detail": 4}):
        with pytest.raises(SymbpError, match="only"):
            render_derivation(derivation, **keywords)  # type: ignore[arg-type]
    assert set(FORMATS) >= {"text", "latex", "markdown", "json"}
