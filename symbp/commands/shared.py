"""What the commands have in common: the model in, the text out."""

from __future__ import annotations

import argparse
from pathlib import Path

from symbp.files import read_model, write_text
from symbp.lang.program import Program
from symbp.reading import parse


def read_program(arguments: argparse.Namespace) -> Program:
    """MODEL as the command line means it."""
    found = read_model(arguments.model, arguments.language)
    return parse(found.text, language=found.language, source=found.source)


def read_names(listed: str | None) -> list[str] | None:
    """`W, b` as a list."""
    return None if listed is None else [n.strip() for n in listed.split(",") if n.strip()]


def write(text: str, output: str | None) -> None:
    """To a file, whole or not at all, or to standard output."""
    if output is None or output == "-":
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        write_text(Path(output), text if text.endswith("\n") else text + "\n")
