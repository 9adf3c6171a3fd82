"""symbp audit."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from symbp.audit.detail import is_right, outcomes_records, outcomes_text, pair_outcomes
from symbp.audit.files import audit_files, load, python_files
from symbp.audit.report import as_json, as_markdown, as_text, is_ok
from symbp.audit.ways import Hints
from symbp.commands.shared import named_values, write
from symbp.errors import OutputError

NOT_RIGHT = 1
"""Exit status where something is wrong."""


def run_audit(arguments: argparse.Namespace) -> int:
    hints = Hints(named_values(arguments.shapes, ":"), named_values(arguments.init, "="))
    files = python_files(arguments.paths)
    rows = audit_files(files, hints, _progress, arguments.jobs, arguments.symbol)
    style = as_json if arguments.json else as_markdown if arguments.markdown else as_text
    write(style(rows), arguments.output)
    return 0 if is_ok(rows) else NOT_RIGHT


def run_symbol(arguments: argparse.Namespace) -> int:
    """symbp verify FILE.py [--symbol Layer]."""
    if arguments.model is None or not Path(arguments.model).is_file():
        raise OutputError("--symbol needs a Python file", hint="symbp verify layers.py --symbol Dense")
    hints = Hints(named_values(arguments.shapes, ":"), named_values(arguments.init, "="))
    outcomes = pair_outcomes(load(Path(arguments.model)), arguments.symbol, hints)
    ok = is_right(outcomes)
    if arguments.json:
        record = {"ok": ok, "results": outcomes_records(outcomes)}
        write(json.dumps(record, ensure_ascii=False, indent=2), None)
    else:
        write(outcomes_text(outcomes), None)
    return 0 if ok else NOT_RIGHT


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)
