"""One pair in full: each gradient with its verdict, its line, the reason and a correction."""

from __future__ import annotations

from collections.abc import Iterator

from symbp.audit.corrected import corrected
from symbp.audit.files import line_of, outcome_of
from symbp.audit.find import Pair, find_pairs
from symbp.audit.judge import Finding
from symbp.audit.pairs import Judged
from symbp.audit.severity import ACCEPTED, WRONG
from symbp.audit.ways import Hints
from symbp.errors import ModelError
from symbp.lang.code.modules import Module


def pair_detail(module: Module, symbol: str, hints: Hints) -> tuple[str, bool]:
    """The text on all pairs of that name, and whether nothing is wrong.  ModelError where there is none."""
    pairs = find_pairs(module)
    chosen = [p for p in pairs if symbol in (p.symbol, p.owner, p.backward, p.forward)]
    if not chosen:
        known = ", ".join(p.symbol for p in pairs) or "none"
        raise ModelError(
            f"{module.source.name} has no forward/backward pair {symbol}", None, [f"pairs: {known}"]
        )
    pieces, ok = [], True
    for pair in chosen:
        outcome = outcome_of(pair, module, hints)
        if isinstance(outcome, str) or outcome.judged is None:
            reason = (
                outcome if isinstance(outcome, str) else str(outcome.error or "no gradient is recognised")
            )
            pieces.append(f"{pair.symbol}: not read\n{reason}")
            ok = False
            continue
        pieces.append("\n".join(_lines(pair, outcome.judged)))
        ok = ok and all(f.severity != WRONG for f in outcome.judged.findings)
    return "\n\n".join(pieces), ok


def _lines(pair: Pair, judged: Judged) -> Iterator[str]:
    layout = judged.attempt.layout.x or "a number"
    sizes = "for all sizes" if judged.attempt.sizes.open else "at small sizes"
    yield f"{pair.symbol}: {pair.forward} and {pair.backward}, read with x: {layout}, {sizes}"
    for finding in judged.findings:
        yield from _finding(pair, judged, finding)


def _finding(pair: Pair, judged: Judged, finding: Finding) -> Iterator[str]:
    line = line_of(pair, finding.claim.name)
    condition = judged.conditions.get(finding.claim.target, "")
    under = f" under {condition}" if condition and finding.severity == WRONG else ""
    verdict = finding.verdict
    yield f"  {finding.claim.name}: {finding.severity}{under} ({verdict.status}, {verdict.method})"
    if finding.reason:
        yield f"    {finding.reason}"
    if finding.severity in ACCEPTED:
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
