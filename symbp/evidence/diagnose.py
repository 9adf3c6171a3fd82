"""Why a refuted claim is wrong: in words, with the place underlined, and a corrected formula.

Cheapest first: the shape; a fact that would make it right; the ratio to the truth; the truth with
one mistake in it (symbp.evidence.mutations); then the smallest change of the claim's own lines
that makes it right (symbp.evidence.search).  Nothing is offered as a correction that has not been
read again and confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from symbp.algebra.node import Node, topological
from symbp.errors import OperandError, Place, SymbpError
from symbp.evidence.assumptions import HIDDEN, assumption
from symbp.evidence.backward import Mutation
from symbp.evidence.claim_text import ClaimText, claim_text
from symbp.evidence.general import general_reasons
from symbp.evidence.mutations import mutations
from symbp.evidence.problem import OutOfTime, Problem, ReadLocal, Reread
from symbp.evidence.ratios import SCALAR, ratio
from symbp.evidence.search import Fix, smallest_change, suspects
from symbp.evidence.spelled import Speller, statements
from symbp.evidence.spelled_text import NotSpelled
from symbp.evidence.verdict import Verdict
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed, read_claim
from symbp.lang.program import Program
from symbp.ops.registry import show

Answer = TypeVar("Answer")
WRONG_LINE = "wrong line"
MOST_GENERAL = 2
SHORT_SEARCH = 1.0
"""Seconds for a change of the lines where a missing fact is the reason already."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a claim.

    `hints` are sentences, the likeliest reason first; `place` is in the claim's own text;
    `correction` is the whole claim as it should be, verified; `kind` names the mistake.
    """

    hints: tuple[str, ...] = ()
    place: Place | None = None
    correction: str | None = None
    kind: str | None = None


def diagnose(
    claim: Claimed, program: Program, true: Node, verdict: Verdict, reread: Reread | None = None
) -> Diagnosis:
    """The reason for a refutation.  `reread` reads changed lines of the claim again."""
    local = None if reread else _local_reader(claim, program)
    problem = Problem(claim, program, true, reread or _numpy_reader(claim, program), local)
    reasons = _reasons(problem)
    text = claim_text(problem)
    if text is None:
        claim = _needed(claim)
        problem, text = _as_numpy(problem.with_claim(claim))
    if any(kind == HIDDEN for kind, _ in reasons):
        problem.seconds = min(problem.seconds, SHORT_SEARCH)
    fix = _searched(problem, text, reasons[0][0] if reasons else None)
    if not reasons and (fix is None or fix.kind == WRONG_LINE):
        reasons = _in_general(problem)
    place = None
    if fix is not None:
        at = 0 if _says_more(fix.kind, [kind for kind, _ in reasons]) else len(reasons)
        reasons.insert(at, (fix.kind, fix.words))
        place = fix.place
    elif text is not None and len(text.statements) > 1:
        words, place = _first_wrong(problem, text)
        reasons.append((WRONG_LINE, words))
    hints = [words for _, words in reasons]
    if fix is not None and text is not None and len(text.statements) > 1 and fix.kind != WRONG_LINE:
        hints.append("corrected: " + "; ".join(fix.corrected))
    correction = "\n".join(fix.lines) if fix is not None else _from_the_truth(problem)
    place = _in_own_text(claim, place)
    return Diagnosis(tuple(dict.fromkeys(hints)), place, correction, reasons[0][0])


def _first_wrong(problem: Problem, text: ClaimText) -> tuple[str, Place | None]:
    """The first statement that gives nothing true."""
    at = suspects(problem, text)[0][0]
    statement = text.statements[at]
    words = f"line {statement.lineno} is the first one whose value is no gradient of anything in the model"
    return words, text.place(statement)


def _says_more(kind: str, kinds: Sequence[str]) -> bool:
    """Whether the change of a line is a better name for the mistake than what the values say."""
    return (kind in ("transpose", "order") and "hidden symmetry assumption" in kinds) or (
        kind != WRONG_LINE and kinds[:1] == [SCALAR]
    )


def _numpy_reader(claim: Claimed, program: Program) -> Reread:
    def reread(lines: Sequence[str]) -> Claimed:
        return read_claim("\n".join(lines), program, claim.target)

    return reread


def _local_reader(claim: Claimed, program: Program) -> ReadLocal:
    """Reads one statement as if the names that it uses were part of the model."""

    def read_local(statement: str, names: Mapping[str, Node]) -> Node:
        known = replace(program, extras={**program.extras, **names})
        return read_claim(statement, known, claim.target).node

    return read_local


# -- reasons --------------------------------------------------------------------------------------


def _reasons(problem: Problem) -> list[tuple[str, str]]:
    """(kind, words) that follow from the values alone."""
    found: list[tuple[str, str]] = []
    if problem.claim.node.shape != problem.true.shape:
        return [_shape(problem)]
    times = _within_time(lambda: ratio(problem))
    if times is not None and times.kind != SCALAR:
        return [(times.kind, times.words)]
    mistake = None if times is not None else _within_time(lambda: _mistake(problem))
    if mistake is not None:
        found.append((mistake.kind, mistake.words))
    assumed = _within_time(lambda: assumption(problem))
    if assumed is not None:
        found.append((assumed.kind, assumed.words))
    return found if times is None else [*found, (times.kind, times.words)]


def _within_time(ask: Callable[[], Answer | None]) -> Answer | None:
    try:
        return ask()
    except OutOfTime:
        return None


def _mistake(problem: Problem) -> Mutation | None:
    claimed = problem.claim.node
    return next((m for m in mutations(problem) if problem.sheets.same(m.gradient, claimed)), None)


def _shape(problem: Problem) -> tuple[str, str]:
    mine, right = problem.claim.node.shape, problem.true.shape
    both = f"the shape is {show(mine)}, it has to be {show(right)}"
    if len(mine) == len(right) and sorted(map(str, mine)) == sorted(map(str, right)):
        return "transpose", f"transpose: {both}, the result is transposed"
    if list(mine) == [s for s in right if not s.is_one]:
        words = f"wrong shape (rank lost): {both}; keepdims=True or a new axis is missing"
        return "rank lost", words
    if len(mine) > len(right):
        extra = [s for s in mine if s not in right] or list(mine[: len(mine) - len(right)])
        axes = " and ".join(problem.axis_words(s) for s in extra)
        return "missing sum", f"wrong shape: {both}; a sum over {axes} is missing"
    return "wrong shape", f"wrong shape: {both}"


def _in_general(problem: Problem) -> list[tuple[str, str]]:
    """What can be said where no single mistake explains the difference."""
    found: list[tuple[str, str]] = []
    try:
        for reason in general_reasons(problem):
            found.append(reason)
            if len(found) == MOST_GENERAL:
                break
    except OutOfTime:
        pass
    return found or [("unknown", "the formula differs from the gradient in more than one place")]


# -- corrections ----------------------------------------------------------------------------------


def _searched(problem: Problem, text: ClaimText | None, kind: str | None) -> Fix | None:
    if text is None:
        return None
    try:
        return smallest_change(problem, text, kind)
    except (OutOfTime, RecursionError):
        return None


def true_lines(claim: Claimed, program: Program, true: Node) -> str | None:
    """The gradient as NumPy lines, for a claim that has no value of its own."""
    problem = Problem(replace(claim, node=true), program, true, _numpy_reader(claim, program), None)
    return _from_the_truth(problem)


def _from_the_truth(problem: Problem) -> str | None:
    """The true gradient in the claim's language, read again and confirmed."""
    for tidied in (problem.tidy(problem.true), problem.true):
        try:
            lines = statements(
                tidied, problem.names, _suggested(problem), f"d{problem.claim.target}", problem.prefix
            )
            found = problem.reread(lines).node
        except (NotSpelled, SymbpError, OperandError):
            continue
        if problem.confirmed(found):
            return "\n".join(lines)
    return None


def _suggested(problem: Problem) -> dict[Node, str]:
    """Names for the adjoints of named values: dH for the one of H."""
    taken = set(problem.names.values())
    found: dict[Node, str] = {}
    for node, name in problem.names.items():
        gradient = problem.swept.adjoints.get(node)
        wanted = f"d{name}"
        if gradient is not None and gradient.args and wanted not in taken and wanted.isidentifier():
            found.setdefault(problem.tidy(gradient), wanted)
    return {n: name for n, name in found.items() if n not in problem.names and n.rank}


# -- claims in another language -------------------------------------------------------------------


def _needed(claim: Claimed) -> Claimed:
    """The claim with the lines that its value is made of: those of other gradients belong elsewhere."""
    below = set(topological([claim.node]))
    before = [s for s in claim.steps[:-1] if s.node in below]
    return replace(claim, steps=(*before, *claim.steps[-1:]))


def _as_numpy(problem: Problem) -> tuple[Problem, ClaimText | None]:
    """The same claim spelled as NumPy lines, where it is written as equations or as LaTeX."""
    claim, names = problem.claim, dict(problem.names)
    lines: list[str] = []
    try:
        for step in claim.steps:
            name = identifier(step.name) if step.name else ""
            name = name if name.isidentifier() and name not in names.values() else ""
            lines.append((f"{name} = " if name else "") + Speller(names, problem.prefix)(step.node))
            if name and step.node not in names:
                names[step.node] = name
        reread = _numpy_reader(claim, problem.program)
        again = reread(lines)
    except (NotSpelled, SymbpError, OperandError):
        return problem, None
    if not lines or not problem.sheets.same(again.node, claim.node):
        return problem, None
    local = _local_reader(claim, problem.program)
    other = replace(problem.with_claim(again), reread=reread, read_local=local)
    return other, claim_text(other)


def _in_own_text(claim: Claimed, place: Place | None) -> Place | None:
    """The place in the text that the author wrote: where it is in another one, the line there."""
    if not claim.steps:
        return None
    own = claim.steps[-1].place
    if place is None:
        return own
    if (
        own.text.splitlines()[place.line - 1 : place.line]
        == place.text.splitlines()[place.line - 1 : place.line]
    ):
        return Place(own.text, place.line, place.start, place.end, own.source)
    step = claim.steps[min(place.line, len(claim.steps)) - 1].place
    return step.within(place.snippet)
