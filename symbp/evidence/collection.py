"""Whole collections of claims (the cases format), over all cores, with progress."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from symbp.errors import OutputError, ParseError, Place
from symbp.evidence.verifying import CaseResult, Explainer, verify_case
from symbp.lang.case_format import check_case

LARGEST_FILE = 50_000_000


def read_collection(path: Path) -> list[dict[str, Any]]:
    """The cases of a JSON file.  OutputError, ParseError, ModelError where it is none."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise OutputError(
                f"{path} is larger than {LARGEST_FILE // 10**6} MB", hint="split it into several files"
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(
            f"{path} cannot be read: {error}", hint="name a JSON file that can be read, in UTF-8"
        ) from None
    try:
        cases = json.loads(text)
    except json.JSONDecodeError as error:
        place = Place(text, error.lineno, error.colno - 1, error.colno, path.name)
        hint = "a collection is a JSON list of cases with inputs, forward and claims"
        raise ParseError(f"this is no JSON: {error.msg}", place, hint=hint) from None
    except RecursionError:
        raise OutputError(
            f"{path} is nested too deeply",
            hint="a collection is a JSON list of cases with inputs, forward and claims",
        ) from None
    if not isinstance(cases, list) or not all(isinstance(c, dict) for c in cases):
        raise OutputError(
            f"{path} holds no list of cases",
            hint="a collection is a JSON list of cases with inputs, forward and claims",
        )
    for number, case in enumerate(cases):
        check_case(case, number)
    return cases


def verify_collection(
    cases: Sequence[dict[str, Any]],
    explain: Explainer,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
) -> Iterator[CaseResult]:
    """The result of each case, in their order."""
    count = workers or os.cpu_count() or 1
    if count == 1 or len(cases) < 8:
        for done, case in enumerate(cases, start=1):
            yield verify_case(case, explain)
            progress(done, len(cases))
        return
    with ProcessPoolExecutor(count) as pool:
        jobs = pool.map(verify_case, cases, [explain] * len(cases), chunksize=4)
        for done, result in enumerate(jobs, start=1):
            progress(done, len(cases))
            yield result
