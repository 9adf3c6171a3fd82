"""symbp derive without --steps and --values, which symbp.commands.explaining adds."""

from __future__ import annotations

import argparse

from symbp.commands.shared import for_terminal, read_names, read_program, write, write_binary
from symbp.emit.derivation_page import render_derivation, render_pdf
from symbp.reading import derive


def run_derive(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    if arguments.format == "pdf" and not arguments.document:
        write_binary(render_pdf(derivation, arguments.form, arguments.lang), arguments.output)
        return 0
    format_ = "document" if arguments.document else for_terminal(arguments.format, arguments.output)
    write(render_derivation(derivation, arguments.form, format_, arguments.lang), arguments.output)
    return 0
