"""symbp check, symbp verify."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from symbp.commands.articles import article_of, verify_article
from symbp.commands.auditing import run_symbol
from symbp.commands.shared import read_names, read_program, write
from symbp.emit.factorization import Factorizer
from symbp.emit.on_paper import on_paper
from symbp.errors import ClaimError, SymbpError
from symbp.evidence.collection import read_collection, verify_collection
from symbp.evidence.explain import explain
from symbp.evidence.printed import collection_text, report_text
from symbp.evidence.verdict import REFUTED, Report
from symbp.files import read_model
from symbp.lang.article import Article
from symbp.lang.program import Program
from symbp.pipeline import check, verify
from symbp.reading import derive

NOT_RIGHT = 1
"""Exit status where a verdict is not "right"."""


def run_check(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments), read_names(arguments.wrt))
    report = check(derivation)
    if arguments.json:
        write(_json(report), None)
    else:
        factorizer = Factorizer(derivation)
        names = {g.name.ascii: g.name.text for g in derivation.results}
        write(report_text(report, {key: str(factorizer.of(key)) for key in names}, names), None)
    return 0 if report.ok else NOT_RIGHT


def run_verify(arguments: argparse.Namespace) -> int:
    if arguments.cases is not None:
        return _verify_collection(arguments)
    if arguments.symbol is not None:
        return run_symbol(arguments)
    if arguments.model is None:
        raise ClaimError("there is nothing to verify", hint="symbp verify MODEL CLAIMS")
    if arguments.claims is None and arguments.model.endswith(".py") and Path(arguments.model).is_file():
        return run_symbol(arguments)
    try:
        program = read_program(arguments)
    except SymbpError as error:
        if arguments.claims is not None:
            raise
        article = article_of(read_model(arguments.model, arguments.language), error)
        return 0 if verify_article(arguments, article) else NOT_RIGHT
    claims = None if arguments.claims is None else read_model(arguments.claims, literal=True).text
    try:
        report = verify(program, claims)
    except SymbpError as error:
        article = _several_models(arguments, error)
        return 0 if verify_article(arguments, article) else NOT_RIGHT
    if arguments.json:
        write(_json(report), None)
    else:
        write(report_text(report, {}, _spellings(program, report), _truths(report, program)), None)
    return 0 if report.ok else NOT_RIGHT


def _several_models(arguments: argparse.Namespace, error: SymbpError) -> Article:
    """The article that a text is, where claims in it are about several models; else the error."""
    if arguments.claims is not None:
        raise error
    article = article_of(read_model(arguments.model, arguments.language), error)
    if len(article.parts) < 2:
        raise error
    return article


def _truths(report: Report, program: Program) -> dict[str, str]:
    """The gradients that were claimed wrongly, in one formula each where that is short."""
    wrong = [key for key, v in report.verdicts.items() if v.status == REFUTED and key in program.nodes]
    if not wrong:
        return {}
    derivation = derive(program, wrong)
    found = {key: on_paper(derivation, key) for key in wrong}
    return {key: formula for key, formula in found.items() if formula is not None}


def _spellings(program: Program, report: Report) -> dict[str, str]:
    loss = "L" if program.loss is None else str(program.loss.name)
    names = {name.ascii: str(name) for name in program.names.values()}
    found = {key: f"∂{loss}/∂{name}" for key, name in names.items()}
    for key in report.verdicts:
        what, bracket, case = key.partition(" (")
        if what.startswith("∂"):
            found[key] = re.sub(r"[A-Za-z_]\w*?(?=[²/∂]|$)", lambda m: names.get(m.group(), m.group()), what)
        else:
            found[key] = found.get(what, what)
        found[key] += bracket + case
    return found


def _verify_collection(arguments: argparse.Namespace) -> int:
    cases = read_collection(Path(arguments.cases))
    results = list(verify_collection(cases, explain, _progress))
    records = [record for result in results for record in result.report.records()]
    ok = all(result.report.ok for result in results)
    if arguments.json is not None:
        listed = {"ok": ok, "results": records}
        write(json.dumps(listed, ensure_ascii=False, indent=2), arguments.json)
    else:
        write(collection_text(results), None)
    return 0 if ok else NOT_RIGHT


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} cases", end=end, file=sys.stderr, flush=True)


def _json(report: Report) -> str:
    found: dict[str, Any] = {"ok": report.ok, "results": report.records()}
    if report.unread:
        found["unread"] = [{"line": at.line, "text": at.snippet, "reason": r} for at, r in report.unread]
    return json.dumps(found, ensure_ascii=False, indent=2)
