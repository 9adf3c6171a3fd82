"""Articles: which formulas make a model, and why others are in none."""

from __future__ import annotations

from symbp.lang.article import Article, read_article
from tests.lang.articles import NEEDS_THE_WRONG_LINE, OVERVIEW, TWO_SECTIONS, UNREAD


def article(text: str) -> Article:
    return read_article(text, "article.md")


def models(found: Article) -> list[list[str]]:
    return [[e.name.text for e in part.program.equations] for part in found.parts]


def test_one_name_for_two_losses() -> None:
    found = article(TWO_SECTIONS)
    assert models(found) == [["ŷ", "L"], ["z", "p", "L"]]
    assert [[s.place.line for s, _ in part.claims] for part in found.parts] == [[4, 5, 5], [10, 11]]
    assert not found.reasons


def test_each_formula_that_is_not_read_has_a_reason() -> None:
    found = article(UNREAD)
    assert models(found) == [["h"]]
    assert found.parts[0].program.outputs == (("h", "dh"),)
    assert {place.line: reason for place, reason in found.reasons.items()} == {
        2: "nothing in this text sets z",
        6: "V: V is not defined",
    }
    assert [s.reason for s in found.document.statements if s.place.line == 3] == ["an ellipsis stands in it"]


def test_a_model_with_a_line_that_cannot_be_read_is_left_out() -> None:
    found = article(NEEDS_THE_WRONG_LINE)
    assert models(found) == [["q", "f"]]
    reasons = {place.line: reason for place, reason in found.reasons.items()}
    assert r"'\foo' is not known" in reasons[1]
    assert reasons[2] == reasons[3] == "it belongs to a model that is not read because of line 1"


def test_the_overview_as_a_whole() -> None:
    """Six models: one name for two losses, gates, a neuron, a product of matrices."""
    found = article(OVERVIEW)
    assert models(found) == [["L"], ["L", "L_{prime}"], ["L_{reg}"], ["q", "f"], ["y"], ["D"]]
    assert found.parts[-1].program.outputs == (("D", "G_D"),)
    assert not found.reasons


def test_a_later_section_does_not_set_the_data_of_an_earlier_one() -> None:
    text = "# Loss\n$$L = \\|y - h\\|^2, h = W x$$\n# Neuron\n$$y = \\tanh(V u)$$\n"
    assert models(article(text)) == [["h", "L"], ["y"]]
