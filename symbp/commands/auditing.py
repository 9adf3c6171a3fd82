"""symbp audit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from symbp.audit.detail import pair_detail
from symbp.audit.files import audit_files, load, python_files
from symbp.audit.report import as_json, as_markdown, as_text, is_ok
from symbp.audit.ways import Hints
from symbp.commands.shared import write
from symbp.errors import OutputError

NOT_RIGHT = 1
"""Exit status where something is wrong."""


def run_audit(arguments: argparse.Namespace) -> int:
    hints = Hints(_pairs(arguments.shapes, ":"), _pairs(arguments.init, "="))
    files = python_files(arguments.paths)
    rows = audit_files(files, hints, _progress, arguments.jobs, arguments.symbol)
    style = as_json if arguments.json else as_markdown if arguments.markdown else as_text
    write(style(rows), arguments.output)
    return 0 if is_ok(rows) else NOT_RIGHT


def run_symbol(arguments: argparse.Namespace) -> int:
    """symbp verify FILE.py --symbol Layer."""
    if arguments.model is None or not Path(arguments.model).is_file():
        raise OutputError("--symbol needs a Python file", hint="symbp verify layers.py --symbol Dense")
    hints = Hints(_pairs(arguments.shapes, ":"), _pairs(arguments.init, "="))
    text, ok = pair_detail(load(Path(arguments.model)), arguments.symbol, hints)
    write(text, None)
    return 0 if ok else NOT_RIGHT


def _pairs(texts: list[str] | None, sign: str) -> dict[str, str]:
    """`x: n,d; W: d,h` as a dictionary.  OutputError where a part has no sign."""
    found: dict[str, str] = {}
    for part in (p for text in texts or () for p in text.split(";") if p.strip()):
        name, mark, value = part.partition(sign)
        if not mark:
            raise OutputError(f"'{part.strip()}' is no NAME{sign} VALUE")
        found[name.strip()] = value.strip()
    return found


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)
