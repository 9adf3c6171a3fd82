"""symbp derive."""

from __future__ import annotations

import argparse

from symbp.commands.shared import read_names, read_program, write
from symbp.emit.derivation_page import render_derivation
from symbp.reading import derive


def run_derive(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    detail = arguments.detail if arguments.steps else None
    page = render_derivation(derivation, arguments.form, arguments.format, arguments.lang, detail)
    write(page, arguments.output)
    return 0
