"""A report as text for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from symbp.evidence.verdict import HOLDS, Report, Verdict
from symbp.evidence.verifying import CaseResult

WIDTH = 100


def report_text(
    report: Report,
    formulas: Mapping[str, str],
    names: Mapping[str, str],
    truths: Mapping[str, str] | None = None,
) -> str:
    """One paragraph for each gradient: its formula, the verdict, how it was found.

    `formulas` and `names` say how a gradient and its parameter are written, `truths` what the
    gradient is where a claim about it is wrong.
    """
    lines: list[str] = []
    for key, verdict in report.verdicts.items():
        for line in formulas.get(key, names.get(key, key)).splitlines():
            lines += _wrapped(line, "", "      ")
        lines += verdict_lines(verdict)
        if truths and key in truths:
            lines.append(f"    on paper: {truths[key]}")
    for at, reason in report.unread:
        lines.append(textwrap.shorten(f"not read, line {at.line}: {at.snippet}", WIDTH, placeholder=" …"))
        lines += _wrapped(reason)
    return "\n".join([*lines, "", _summary(report, names)]) + "\n"


def verdict_lines(verdict: Verdict) -> list[str]:
    head = f"{verdict.status} by {verdict.method}" if verdict.method != "none" else verdict.status
    if verdict.status == HOLDS and verdict.bits is not None:
        head += f", with probability at least 1 − 2^−{verdict.bits}"
    lines = _wrapped(f"{head}: {verdict.detail}" if verdict.detail else head)
    if verdict.counterexample is not None:
        lines.append(f"    {verdict.counterexample}")
    lines += [f"    needs: {fact}" for fact in verdict.needs]
    if verdict.place is not None:
        lines += ["    " + line for line in verdict.place.splitlines()]
    lines += [f"    hint: {hint}" for hint in verdict.hints]
    if verdict.correction is not None:
        first, *rest = verdict.correction.splitlines()
        lines.append(f"    right is: {first}")
        lines += [f"              {line}" for line in rest]
    return lines


def _summary(report: Report, names: Mapping[str, str]) -> str:
    """All are right, or which are not."""
    wrong = [names.get(k, k) for k, v in report.verdicts.items() if not v.is_right]
    count = len(report.verdicts)
    unread = len(report.unread)
    more = f"; {unread} line{' is' if unread == 1 else 's are'} not read" if unread else ""
    if not wrong:
        return ("the gradient is right" if count == 1 else f"all {count} gradients are right") + more
    return f"not right: {', '.join(wrong)} ({len(wrong)} of {count}){more}"


def _wrapped(text: str, first: str = "  ", later: str = "    ") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def collection_text(results: Sequence[CaseResult]) -> str:
    """The wrong claims of a collection with their reasons, and the counts."""
    lines: list[str] = []
    counts: dict[str, int] = {}
    for result in results:
        for name, verdict in result.report.verdicts.items():
            counts[verdict.status] = counts.get(verdict.status, 0) + 1
            if not verdict.is_right:
                lines.append(f"{result.case}: {name}")
                lines += verdict_lines(verdict)
    lines.append(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no claims")
    return "\n".join(lines) + "\n"
