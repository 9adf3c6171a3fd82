"""symbp derive without --steps and --values, which symbp.commands.explaining adds."""

from __future__ import annotations

import argparse

from symbp.calculus.second import hessian_of
from symbp.commands.shared import for_terminal, read_names, read_program, write, write_binary
from symbp.emit.derivation_page import render_derivation, render_pdf
from symbp.emit.second_page import render_second
from symbp.errors import SymbpError
from symbp.files import read_model
from symbp.lang.names import identifier
from symbp.lazy import lazy_module
from symbp.reading import derive

articles = lazy_module("symbp.commands.articles")


def run_derive(arguments: argparse.Namespace) -> int:
    if arguments.hessian is not None:
        return _hessian(arguments)
    try:
        program = read_program(arguments)
    except SymbpError as error:
        articles.derive_article(
            arguments, articles.article_of(read_model(arguments.model, arguments.language), error)
        )
        return 0
    derivation = derive(program, read_names(arguments.wrt))
    if arguments.format == "pdf" and not arguments.document:
        write_binary(render_pdf(derivation, arguments.form, arguments.lang), arguments.output)
        return 0
    format_ = "document" if arguments.document else for_terminal(arguments.format, arguments.output)
    write(render_derivation(derivation, arguments.form, format_, arguments.lang), arguments.output)
    return 0


def _hessian(arguments: argparse.Namespace) -> int:
    """The Hessian of the loss by one array, as a formula."""
    program = read_program(arguments)
    found = hessian_of(program, arguments.hessian)
    names = {name.ascii: name for name in program.names.values()}
    assert program.loss is not None
    text = render_second(found, program.loss.name, names[identifier(arguments.hessian)], arguments.format)
    write(text, arguments.output)
    return 0
