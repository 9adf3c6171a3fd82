"""What the commands have in common: the model in, the text out."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from symbp.commands.pipes import forget, put
from symbp.errors import OutputError
from symbp.files import ModelText, read_model, write_bytes, write_text
from symbp.lang.program import Program
from symbp.lazy import lazy_module
from symbp.reading import parse

signatures = lazy_module("symbp.audit.signatures")


def read_program(arguments: argparse.Namespace) -> Program:
    """MODEL as the command line means it."""
    found = read_model(arguments.model, arguments.language)
    shapes = named_values(arguments.shapes, ":") or _shapes_of_pair(found)
    keywords = {"shapes": shapes} if shapes else {}
    return parse(found.text, language=found.language, source=found.source, **keywords)


def _shapes_of_pair(found: ModelText) -> dict[str, str]:
    """The shapes under which `forward` and `backward` of a Python file fit together."""
    if found.language != "numpy" or "backward" not in found.text:
        return {}
    shapes: dict[str, str] = signatures.argument_shapes(found.text, found.source)
    return shapes


def named_values(texts: list[str] | None, sign: str) -> dict[str, str]:
    """`x: n,d; W: d,h` as a dictionary.  OutputError where a part has no sign."""
    found: dict[str, str] = {}
    for part in (p for text in texts or () for p in text.split(";") if p.strip()):
        name, mark, value = part.partition(sign)
        if not mark:
            raise OutputError(
                f"'{part.strip()}' is no NAME{sign} VALUE",
                hint=f"write it as NAME{sign} VALUE, several ones with ; between them",
            )
        found[name.strip()] = value.strip()
    return found


def read_names(listed: str | None) -> list[str] | None:
    """`W, b` as a list."""
    return None if listed is None else [n.strip() for n in listed.split(",") if n.strip()]


def for_terminal(format: str, output: str | None) -> str:
    """`terminal` for text that a person is about to read in colour (no-color.org)."""
    plain = output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return "terminal" if format == "text" and not plain and sys.stdout.isatty() else format


def write_binary(data: bytes, output: str | None) -> None:
    """To a file, whole or not at all, or to a pipe.  OutputError on a terminal."""
    if output is not None and output != "-":
        write_bytes(Path(output), data)
    elif sys.stdout.isatty():
        raise OutputError("a PDF is not for a terminal", hint="-o FILE.pdf writes it")
    else:
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        except BrokenPipeError:
            forget(sys.stdout)


def write(text: str, output: str | None) -> None:
    """To a file, whole or not at all, or to standard output."""
    if output is None or output == "-":
        put(text if text.endswith("\n") else text + "\n", sys.stdout)
    else:
        write_text(Path(output), text if text.endswith("\n") else text + "\n")
