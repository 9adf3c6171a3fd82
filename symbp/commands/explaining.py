"""symbp derive --steps and --values, symbp graph: derivations with verdicts, numbers and pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

from symbp.calculus.derivation import Derivation
from symbp.commands.articles import article_of, derive_article
from symbp.commands.shared import for_terminal, read_names, read_program, write, write_binary
from symbp.emit.derivation_page import Values, render_derivation, render_pdf
from symbp.emit.graph import graph_svg
from symbp.emit.numbers import numbers_formula
from symbp.emit.phrases import Phrases
from symbp.errors import SymbpError
from symbp.evidence.checking import check_derivation
from symbp.evidence.worked import worked
from symbp.files import read_model, read_text
from symbp.lang.given import read_given
from symbp.reading import derive

RESULTS_ONLY = 1


def run_derive(arguments: argparse.Namespace) -> int:
    try:
        program = read_program(arguments)
    except SymbpError as error:
        if arguments.values is not None:
            raise
        derive_article(arguments, article_of(read_model(arguments.model, arguments.language), error))
        return 0
    derivation = derive(program, read_names(arguments.wrt))
    detail = arguments.detail if arguments.steps else None
    values = None if arguments.values is None else values_of(derivation, arguments.values)
    checked = detail is not None and detail > RESULTS_ONLY
    verdicts = verdicts_of(derivation, Phrases(arguments.lang)) if checked else None
    if arguments.format == "pdf" and not arguments.document:
        pdf = render_pdf(derivation, arguments.form, arguments.lang, detail, verdicts, values)
        write_binary(pdf, arguments.output)
        return 0
    format_ = "document" if arguments.document else for_terminal(arguments.format, arguments.output)
    page = render_derivation(derivation, arguments.form, format_, arguments.lang, detail, verdicts, values)
    write(page, arguments.output)
    return 0


def run_graph(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    shown: dict[str, str] = {}
    if arguments.values is not None:
        forward, _, gradients, _ = values_of(derivation, arguments.values)
        shown = {name: numbers_formula(value).text for name, value in forward.items()}
        shown |= {f"d{name}": numbers_formula(value).text for name, value in gradients.items()}
    write(graph_svg(derivation, shown), arguments.output)
    return 0


def verdicts_of(derivation: Derivation, phrases: Phrases) -> dict[str, str]:
    """The words of `symbp check` for each gradient."""
    report = check_derivation(derivation)
    return {name: phrases["checked"].format(status=phrases[v.status]) for name, v in report.verdicts.items()}


def values_of(derivation: Derivation, path: str) -> Values:
    """The derivation worked with the numbers of a file."""
    given = read_given(read_text(Path(path)), derivation.program, path)
    found = worked(derivation, given)
    return found.forward, found.adjoints, found.gradients, found.updated
