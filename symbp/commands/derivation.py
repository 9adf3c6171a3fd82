"""symbp derive without --steps and --values, which symbp.commands.explaining adds."""

from __future__ import annotations

import argparse

from symbp.commands.shared import read_names, read_program, write
from symbp.emit.derivation_page import render_derivation
from symbp.reading import derive


def run_derive(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    format_ = "document" if arguments.document else arguments.format
    write(render_derivation(derivation, arguments.form, format_, arguments.lang), arguments.output)
    return 0
