"""The mathematics of five articles, derived: generated/seeds/ is what `symbp derive --steps` prints.

docs/derivations.md says which equation of which article is where.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from symbp.cli import main, parser
from symbp.commands import explaining
from symbp.commands.shared import read_program
from symbp.emit.derivation_page import render_derivation
from symbp.emit.phrases import Phrases
from symbp.files import read_text
from symbp.reading import derive

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
WHERE = ROOT / "docs" / "derivations.md"
SEEDS = {
    "three_layer_regression": None,
    "fully_connected": None,
    "cascade": None,
    "two_two_two": EXAMPLES / "two_two_two.values",
    "digits_784": None,
    "add_multiply": EXAMPLES / "add_multiply.values",
    "add_gate": None,
    "max_gate": None,
    "multiply_gate": None,
    "sigmoid_neuron": None,
    "softmax_regression": None,
    "penalised_regression": None,
    "matrix_product": None,
}
"""Model that comes along, or stands in examples/ -> the numbers to put through it."""


def arguments(name: str) -> list[str]:
    """What `symbp derive` is asked for."""
    own = EXAMPLES / f"{name}.eq"
    values = SEEDS[name]
    return [str(own) if own.exists() else name, *(["--values", str(values)] if values else []), "--steps"]


@pytest.mark.parametrize("name", SEEDS)
def test_derivations_of_the_articles(name: str, compare_or_update: Callable[[Path, str], None]) -> None:
    asked = parser().parse_args(["derive", *arguments(name)])
    derivation = derive(read_program(asked))
    verdicts = explaining.verdicts_of(derivation, Phrases())
    values = explaining.values_of(derivation, asked.values) if asked.values else None
    for format_, ending in (("markdown", "md"), ("latex", "tex")):
        page = render_derivation(derivation, "matrix", format_, "en", 3, verdicts, values)
        compare_or_update(ROOT / "generated" / "seeds" / f"{name}.{ending}", page)


def test_the_command_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", *arguments("add_multiply"), "--format", "markdown"]) == 0
    assert capsys.readouterr().out == read_text(ROOT / "generated" / "seeds" / "add_multiply.md")


def test_every_file_is_in_the_table_and_every_quotation_in_its_file() -> None:
    """A row of the table: what the article says, a link to a file, and a line that stands there."""
    table = read_text(WHERE)
    assert set(re.findall(r"generated/seeds/(\w+)\.md", table)) == set(SEEDS)
    quoted = re.findall(r"\(\.\./(generated/seeds/\w+\.md)\)[^|]*\|\s*`([^`]+)`", table)
    assert len(quoted) >= 30
    for path, line in quoted:
        assert line in read_text(ROOT / path), (path, line)
