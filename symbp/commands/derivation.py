"""symbp derive and symbp graph."""

from __future__ import annotations

import argparse
from pathlib import Path

from symbp.calculus.derivation import Derivation
from symbp.commands.shared import read_names, read_program, write
from symbp.emit.derivation_page import Values, render_derivation
from symbp.emit.graph import graph_svg
from symbp.emit.numbers import numbers_formula
from symbp.evidence.worked import worked
from symbp.files import read_text
from symbp.lang.given import read_given
from symbp.reading import derive


def run_derive(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    detail = arguments.detail if arguments.steps else None
    format_ = "document" if arguments.document else arguments.format
    values = None if arguments.values is None else _values(derivation, arguments.values)
    page = render_derivation(derivation, arguments.form, format_, arguments.lang, detail, values=values)
    write(page, arguments.output)
    return 0


def run_graph(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    shown: dict[str, str] = {}
    if arguments.values is not None:
        forward, _, gradients, _ = _values(derivation, arguments.values)
        shown = {name: numbers_formula(value).text for name, value in forward.items()}
        shown |= {f"d{name}": numbers_formula(value).text for name, value in gradients.items()}
    write(graph_svg(derivation, shown), arguments.output)
    return 0


def _values(derivation: Derivation, path: str) -> Values:
    """The derivation worked with the numbers of a file."""
    given = read_given(read_text(Path(path)), derivation.program, path)
    found = worked(derivation, given)
    return found.forward, found.adjoints, found.gradients, found.updated
