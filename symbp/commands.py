"""What each command does.  symbp/cli.py has read the arguments."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from pathlib import Path

from symbp.emit.derivation_page import render_derivation
from symbp.emit.factorization import Factorizer
from symbp.errors import ClaimError, SymbpError
from symbp.evidence.collection import read_collection, verify_collection
from symbp.evidence.explain import explain
from symbp.evidence.printed import collection_text, report_text
from symbp.evidence.verdict import HOLDS, PROVED, Report
from symbp.files import model_names, model_summary, read_model, write_text
from symbp.lang.program import Program
from symbp.pipeline import check, derive, generate, parse, verify

NOT_RIGHT, UNUSABLE = 1, 2
"""Exit status where a verdict is not "right", and where the input cannot be used."""


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was asked for; errors become a message and exit status 2."""
    if "utf" not in (sys.stdout.encoding or "").lower():
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stderr.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        status = COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
    except SymbpError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # The reader has seen enough; nothing may be written any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if arguments.debug:
            traceback.print_exc()
        print(f"symbp: internal error: {type(error).__name__}: {error}", file=sys.stderr)
        print(
            "    hint: this is a mistake of symbp; please report it with the input and the", file=sys.stderr
        )
        print("    output of the same command with --debug", file=sys.stderr)
        return UNUSABLE
    return status


def _program(arguments: argparse.Namespace) -> Program:
    found = read_model(arguments.model, arguments.language)
    return parse(found.text, language=found.language, source=found.source)


def _names(listed: str | None) -> list[str] | None:
    return None if listed is None else [n.strip() for n in listed.split(",") if n.strip()]


def _json(report: Report) -> str:
    return json.dumps({"ok": report.ok, "results": report.records()}, ensure_ascii=False, indent=2)


def _write(text: str, output: str | None) -> None:
    if output is None or output == "-":
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        write_text(Path(output), text if text.endswith("\n") else text + "\n")


# -- the commands -------------------------------------------------------------------------------


def _derive(arguments: argparse.Namespace) -> int:
    derivation = derive(_program(arguments), _names(arguments.wrt))
    detail = arguments.detail if arguments.steps else None
    page = render_derivation(derivation, arguments.form, arguments.format, arguments.lang, detail)
    _write(page, arguments.output)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    derivation = derive(_program(arguments), _names(arguments.wrt))
    report = check(derivation)
    if arguments.json:
        _write(_json(report), None)
    else:
        factorizer = Factorizer(derivation)
        names = {g.name.ascii: g.name.text for g in derivation.results}
        _write(report_text(report, {key: str(factorizer.of(key)) for key in names}, names), None)
    return 0 if report.ok else NOT_RIGHT


def _generate(arguments: argparse.Namespace) -> int:
    derivation = derive(_program(arguments), _names(arguments.wrt))
    options = {"target": arguments.target, "style": arguments.style, "optimizer": arguments.optimizer}
    _write(generate(derivation, **options), arguments.output)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.cases is not None:
        return _verify_collection(arguments)
    if arguments.model is None:
        raise ClaimError("there is nothing to verify", hint="symbp verify MODEL CLAIMS")
    program = _program(arguments)
    claims = None if arguments.claims is None else read_model(arguments.claims, literal=True).text
    report = verify(program, claims)
    _write(_json(report) if arguments.json else report_text(report, {}, _spellings(program)), None)
    return 0 if report.ok else NOT_RIGHT


def _spellings(program: Program) -> dict[str, str]:
    return {name.ascii: f"∂/∂{name}" for name in program.names.values()}


def _verify_collection(arguments: argparse.Namespace) -> int:
    cases = read_collection(Path(arguments.cases))
    results = list(verify_collection(cases, explain, _progress))
    records = [record for result in results for record in result.report.records()]
    ok = all(r["status"] in (PROVED, HOLDS) for r in records) and not any(r.errors for r in results)
    if arguments.json is not None:
        listed = {"ok": ok, "results": records}
        _write(json.dumps(listed, ensure_ascii=False, indent=2), arguments.json)
    else:
        _write(collection_text(results), None)
    return 0 if ok else NOT_RIGHT


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} cases", end=end, file=sys.stderr, flush=True)


def _models(arguments: argparse.Namespace) -> int:
    if arguments.name is not None:
        _write(read_model(arguments.name).text, None)
        return 0
    names = model_names()
    width = max(map(len, names), default=0)
    _write("\n".join(f"{name:{width}}  {model_summary(name)}" for name in names), None)
    return 0


COMMANDS = {"derive": _derive, "check": _check, "generate": _generate, "verify": _verify, "models": _models}
