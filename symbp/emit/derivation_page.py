"""What `symbp derive` prints: one function for every form and format."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from symbp.calculus.derivation import Derivation
from symbp.emit.article import article_document
from symbp.emit.derivation_lines import derivation_document
from symbp.emit.document import FORMS, Document
from symbp.emit.latex_rows import rows, to_latex
from symbp.emit.numbers import Array, with_numbers
from symbp.emit.phrases import Phrases
from symbp.emit.printed import to_data, to_markdown, to_terminal, to_text
from symbp.emit.steps import DETAILS, steps_document
from symbp.errors import SymbpError

FORMATS = ("text", "terminal", "latex", "document", "markdown", "html", "json")
Values: TypeAlias = tuple[Mapping[str, Array], Mapping[str, Array], Mapping[str, Array], Mapping[str, Array]]
ArticlePart: TypeAlias = tuple[int, Derivation, "Mapping[str, str] | None"]
_PRINTERS = {"text": to_text, "terminal": to_terminal, "latex": to_latex, "markdown": to_markdown}
_WHOLE = {"document": "symbp.emit.tex_document", "html": "symbp.emit.html", "pdf": "symbp.emit.pdf"}
"""Formats laid out by templates -> the module with their `page`; imported when asked for."""


def render_derivation(
    derivation: Derivation,
    form: str = "matrix",
    format: str = "text",
    language: str = "en",
    detail: int | None = None,
    verdicts: Mapping[str, str] | None = None,
    values: Values | None = None,
) -> str:
    """A derivation in matrix notation, index notation or both; with `detail` 1 to 3 step by step.

    `verdicts` are words that a check found for each gradient, `values` numbers to put beside the
    formulas (for forward values, adjoints, gradients, updated parameters).  SymbpError for an unknown word.
    """
    if format not in FORMATS:
        raise SymbpError(
            f"there is no format '{format}', only {', '.join(FORMATS)}", hint="take one of these formats"
        )
    phrases = Phrases(language)
    return _printed(_document(derivation, form, phrases, detail, verdicts, values), format, phrases)


def render_article(
    title: str,
    parts: Sequence[ArticlePart],
    unread: Sequence[tuple[int, str]],
    form: str = "matrix",
    format: str = "text",
    language: str = "en",
    detail: int | None = None,
    said: Sequence[str] = (),
) -> str:
    """The derivations of all models of an article, one after the other; `unread` are lines with reasons.

    `said` are further remarks.  A part is the line on which its model begins, its derivation, and the words
    of a check.
    """
    if format not in FORMATS:
        raise SymbpError(
            f"there is no format '{format}', only {', '.join(FORMATS)}", hint="take one of these formats"
        )
    phrases = Phrases(language)
    return _printed(_article(title, parts, unread, form, phrases, detail, said), format, phrases)


def render_article_pdf(
    title: str,
    parts: Sequence[ArticlePart],
    unread: Sequence[tuple[int, str]],
    form: str = "matrix",
    language: str = "en",
    detail: int | None = None,
    said: Sequence[str] = (),
) -> bytes:
    """The same as a PDF.  SymbpError where fpdf2 or ziamath is not installed."""
    phrases = Phrases(language)
    pdf: bytes = _module("pdf").page(_article(title, parts, unread, form, phrases, detail, said), phrases)
    return pdf


def _article(
    title: str,
    parts: Sequence[ArticlePart],
    unread: Sequence[tuple[int, str]],
    form: str,
    phrases: Phrases,
    detail: int | None,
    said: Sequence[str],
) -> Document:
    found = [(line, _document(d, form, phrases, detail, verdicts, None)) for line, d, verdicts in parts]
    return article_document(title, found, unread, phrases, said)


def _printed(document: Document, format: str, phrases: Phrases) -> str:
    if format == "json":
        return json.dumps(to_data(document), ensure_ascii=False, indent=2) + "\n"
    if format in _WHOLE:
        page: str = _module(format).page(document, phrases)
        return page
    return _PRINTERS[format](document, phrases)


def render_pdf(
    derivation: Derivation,
    form: str = "matrix",
    language: str = "en",
    detail: int | None = None,
    verdicts: Mapping[str, str] | None = None,
    values: Values | None = None,
) -> bytes:
    """The same as a PDF.  SymbpError where fpdf2 or ziamath is not installed."""
    phrases = Phrases(language)
    pdf: bytes = _module("pdf").page(_document(derivation, form, phrases, detail, verdicts, values), phrases)
    return pdf


def _document(
    derivation: Derivation,
    form: str,
    phrases: Phrases,
    detail: int | None,
    verdicts: Mapping[str, str] | None,
    values: Values | None,
) -> Document:
    if form not in FORMS:
        raise SymbpError(
            f"there is no form '{form}', only {', '.join(FORMS)}", hint="take one of these forms"
        )
    if detail is not None and detail not in DETAILS:
        raise SymbpError(
            f"there is no detail {detail}, only {', '.join(map(str, DETAILS))}",
            hint="take one of these numbers",
        )
    if detail is None:
        document = derivation_document(derivation, form, phrases)
    else:
        document = steps_document(derivation, detail, phrases, verdicts)
    return document if values is None else with_numbers(document, *values, phrases)


def render_fragment(derivation: Derivation) -> str:
    """The derivation as HTML for a notebook.  SymbpError where latex2mathml is not installed."""
    fragment: str = _module("html").fragment(derivation_document(derivation, "matrix", Phrases()))
    return fragment


def render_equations(derivation: Derivation) -> str:
    """Adjoints and gradients as one displayed LaTeX block, for a notebook."""
    document = derivation_document(derivation, "matrix", Phrases())
    shown = [rows(s) for s in document.sections if s.kind in ("backward", "gradients")]
    lines = " \\\\\n".join(shown)
    return f"$$\\begin{{aligned}}\n{lines}\n\\end{{aligned}}$$"


def _module(format: str) -> Any:
    return importlib.import_module(_WHOLE[format])
