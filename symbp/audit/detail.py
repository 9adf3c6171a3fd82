"""One pair in full: each gradient with its verdict, its line, the reason and a correction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from symbp.audit.corrected import corrected
from symbp.audit.files import line_of, outcome_of
from symbp.audit.find import Pair, find_pairs
from symbp.audit.judge import Finding
from symbp.audit.judged import Judged, under
from symbp.audit.pairs import Outcome
from symbp.audit.severity import ACCEPTED, FACTOR, WRONG
from symbp.audit.ways import Hints
from symbp.errors import ModelError
from symbp.evidence.verdict import REFUTED, UNDECIDED, Report, Verdict
from symbp.lang.code.modules import Module


def pair_outcomes(module: Module, symbol: str | None, hints: Hints) -> list[tuple[Pair, Outcome | str]]:
    """What became of all pairs, or of those of one name.  ModelError where there is none."""
    pairs = find_pairs(module)
    chosen = [p for p in pairs if symbol in (None, p.symbol, p.owner, p.backward, p.forward)]
    if not chosen and symbol is None:
        hint = "symbp verify MODEL.py CLAIMS takes lines such as dW = X.T @ dZ"
        raise ModelError(f"{module.source.name} has no forward/backward pair", hint=hint)
    if not chosen:
        known = ", ".join(p.symbol for p in pairs) or "none"
        raise ModelError(
            f"{module.source.name} has no forward/backward pair {symbol}",
            None,
            [f"pairs: {known}"],
            hint=f"name one of its pairs: {known}" if pairs else "symbp audit FILE lists what it finds",
        )
    return [(pair, outcome_of(pair, module, hints)) for pair in chosen]


def is_right(outcomes: Sequence[tuple[Pair, Outcome | str]]) -> bool:
    """Whether every pair was read, and nothing in it is wrong."""
    judged = [None if isinstance(o, str) else o.judged for _, o in outcomes]
    return all(j is not None and all(f.severity != WRONG for f in j.findings) for j in judged)


def outcomes_text(outcomes: Sequence[tuple[Pair, Outcome | str]]) -> str:
    """Each pair in full, for people."""
    pieces = []
    for pair, outcome in outcomes:
        if isinstance(outcome, str) or outcome.judged is None:
            lost = not isinstance(outcome, str) and outcome.lost is not None
            pieces.append(f"{pair.symbol}: {'wrong' if lost else 'not read'}\n{_why_unread(outcome)}")
        else:
            pieces.append("\n".join(_lines(pair, outcome.judged)))
    return "\n\n".join(pieces)


def outcomes_records(outcomes: Sequence[tuple[Pair, Outcome | str]]) -> list[dict[str, Any]]:
    """The same as the list that --json prints, with the severity of each gradient."""
    found: list[dict[str, Any]] = []
    for pair, outcome in outcomes:
        if isinstance(outcome, str) or outcome.judged is None:
            lost = not isinstance(outcome, str) and outcome.lost is not None
            verdict = Verdict(REFUTED if lost else UNDECIDED, "reading", _why_unread(outcome))
            found += Report({pair.backward: verdict}, pair.symbol).records()
            continue
        for finding in outcome.judged.findings:
            (record,) = Report({finding.claim.name: finding.verdict}, pair.symbol).records()
            found.append({**record, "severity": finding.severity})
    return found


def _why_unread(outcome: Outcome | str) -> str:
    if isinstance(outcome, str):
        return outcome
    if outcome.lost is not None:
        return f"{outcome.lost} (line {outcome.lost.line})"
    return str(outcome.error or "no gradient is recognised")


def _lines(pair: Pair, judged: Judged) -> Iterator[str]:
    layout = judged.attempt.layout.x or "a number"
    sizes = "for all sizes" if judged.attempt.sizes.open else "at small sizes"
    yield f"{pair.symbol}: {pair.forward} and {pair.backward}, read with x: {layout}, {sizes}"
    for finding in judged.findings:
        yield from _finding(pair, judged, finding)


def _finding(pair: Pair, judged: Judged, finding: Finding) -> Iterator[str]:
    line = line_of(pair, finding.claim.name)
    condition = judged.conditions.get(finding.claim.target, "")
    where = f" {under(condition)}" if condition and finding.severity in (WRONG, FACTOR) else ""
    verdict = finding.verdict
    yield f"  {finding.claim.name}: {finding.severity}{where} ({verdict.status}, {verdict.method})"
    if finding.reason:
        yield f"    {finding.reason}"
    if finding.severity in ACCEPTED or verdict.is_right:
        return
    yield f"    line {line}: {pair.back.source.line(line).strip()}"
    if finding.verdict.counterexample is not None:
        yield f"    {finding.verdict.counterexample}"
    if condition:
        return
    found = corrected(finding, judged.reading, pair, line)
    if found is None:
        return
    for hint in found.hints:
        if hint not in finding.reason:
            yield f"    {hint}"
    if found.correction:
        yield "    corrected: " + found.correction.replace("\n", "\n               ")
