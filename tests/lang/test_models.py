"""Every model that comes along is read, says what it is, and has something to differentiate by."""

from __future__ import annotations

import pytest

from symbp.files import MODELS, model_names, model_summary, read_model
from symbp.lang.read import read_equations


def test_there_are_models() -> None:
    assert {"three_layer_regression", "two_two_two", "softmax_regression"} <= set(model_names())


@pytest.mark.parametrize("name", model_names())
def test_model_is_read(name: str) -> None:
    found = read_model(name)
    program = read_equations(found.text, found.source)
    assert found.language == "equations"
    assert program.parameters
    assert program.outputs
    assert len(model_summary(name)) > 20


@pytest.mark.parametrize("name", model_names())
def test_name_is_a_plain_word(name: str) -> None:
    assert name.isidentifier()
    assert name == name.lower()
    assert (MODELS / f"{name}.eq").read_text(encoding="utf-8").startswith("# ")


def test_shapes_of_the_first_model() -> None:
    program = read_equations(read_model("three_layer_regression").text)
    shapes = {v.name.ascii: ",".join(map(str, v.shape)) for v in program.variables}
    assert shapes == {
        "X": "n,d", "Y": "n,k", "W1": "d,h1", "b1": "h1", "W2": "h1,h2", "b2": "h2", "W3": "h2,k", "b3": "k",
    }  # fmt: skip
