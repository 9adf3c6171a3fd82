"""symbp generate."""

from __future__ import annotations

import argparse

from symbp.commands.shared import read_names, read_program, write
from symbp.emit.fast.report import explained
from symbp.pipeline import generate
from symbp.reading import derive


def run_generate(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    if arguments.explain:
        write(explained(derivation, arguments.numba), arguments.output)
        return 0
    text = generate(
        derivation,
        target=arguments.target,
        style=arguments.style,
        optimizer=arguments.optimizer,
        numba=arguments.numba,
    )
    write(text, arguments.output)
    return 0
