"""A report as text for the terminal."""

from __future__ import annotations

import textwrap

from symbp.calculus.chain_rule import chain_rule, product_text
from symbp.evidence.verdict import HOLDS, Report, Verdict
from symbp.lang.names import Name
from symbp.lang.program import Program

WIDTH = 100


def factorization(program: Program, target: str) -> str:
    """The gradient of a name as sums of products of local derivatives."""
    products = []
    for output, upstream in program.outputs:
        for path in chain_rule(program, output, target):
            before = "" if upstream is None else f"{program.variable(upstream).name} · "
            products.append(before + product_text(path))
    return " + ".join(products) or "0"


def report_text(report: Report, program: Program) -> str:
    """One paragraph for each gradient: the chain rule, the verdict, how it was found."""
    named = {name.ascii: name for name in program.names.values()}
    loss = "" if program.loss is None else str(program.loss.name)
    lines: list[str] = []
    for key, verdict in report.verdicts.items():
        name = named.get(key)
        right = factorization(program, key) if name is not None else ""
        lines += _wrapped(f"∂{loss}/∂{name or key} = {right}" if right else key, "", "    ")
        lines += _verdict_lines(verdict)
    lines += ["", summary(report, named)]
    return "\n".join(lines) + "\n"


def _verdict_lines(verdict: Verdict) -> list[str]:
    head = f"{verdict.status} by {verdict.method}" if verdict.method != "none" else verdict.status
    if verdict.status == HOLDS and verdict.bits is not None:
        head += f", with probability at least 1 − 2^−{verdict.bits}"
    lines = _wrapped(f"{head}: {verdict.detail}" if verdict.detail else head, "  ", "    ")
    if verdict.counterexample is not None:
        lines.append(f"    {verdict.counterexample}")
    lines += [f"    needs: {fact}" for fact in verdict.needs]
    if verdict.place is not None:
        lines += ["    " + line for line in verdict.place.splitlines()]
    lines += [f"    hint: {hint}" for hint in verdict.hints]
    if verdict.correction is not None:
        lines.append(f"    right is: {verdict.correction}")
    return lines


def summary(report: Report, named: dict[str, Name]) -> str:
    """All are right, or which are not."""
    wrong = [str(named.get(k, k)) for k, v in report.verdicts.items() if not v.is_right]
    count = len(report.verdicts)
    if not wrong:
        return "the gradient is right" if count == 1 else f"all {count} gradients are right"
    return f"not right: {', '.join(wrong)} ({len(wrong)} of {count})"


def _wrapped(text: str, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
