"""Whatever the language can call can be printed: in every notation, format and detail."""

from __future__ import annotations

import json
import re

import pytest

import symbp
from symbp.emit.derivation_page import render_derivation
from symbp.emit.factorization import Factorizer
from tests.emit.test_printed import assert_latex
from tests.ops.examples import Example, all_examples, model_text


@pytest.mark.parametrize("example", all_examples(), ids=lambda e: e.function)
def test_every_function_is_printed(example: Example) -> None:
    derivation = symbp.derive(model_text(example))
    factorizer = Factorizer(derivation)
    for gradient in derivation.results:
        factorizer.of(gradient.name.ascii)
    for page in (
        render_derivation(derivation, "both", "json"),
        render_derivation(derivation, format="json", detail=3),
    ):
        data = json.loads(page)
        for line in (line for section in data["sections"] for line in section["lines"]):
            for formula in (line["left"], *line["right"]):
                assert_latex(formula["latex"])
                assert not re.search(r"\(\)|<|Size|Take|None,|object", formula["text"].replace(" < ", ""))
    assert "\\documentclass" in render_derivation(derivation, format="document", detail=3)
    for deep in (1, 2, 3):
        assert render_derivation(derivation, detail=deep)
