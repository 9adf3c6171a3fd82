"""An article line by line: which formulas were read, and the verdict on each that claims something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symbp.algebra.node import Node, facts, leaf
from symbp.algebra.node import replace as replaced
from symbp.errors import Place
from symbp.evidence.chains import chain_verdicts
from symbp.evidence.compare import FACT_WORDS, compare
from symbp.evidence.slopes import slope_verdict
from symbp.evidence.truth import true_gradients
from symbp.evidence.verdict import REFUTED, UNDECIDED, Verdict
from symbp.evidence.verifying import Explainer, judged, no_explanation, other_gradients, with_gradients
from symbp.lang.article import Article, Part
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program
from symbp.lang.tex_statement import TexStatement

JUDGED = ("claim", "factorization", "gradient", "slope")


@dataclass(frozen=True)
class ArticleLine:
    """What became of one formula: the model that it belongs to, its verdicts, or why it has none."""

    statement: TexStatement
    model: int | None = None
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    note: str = ""

    @property
    def is_right(self) -> bool:
        return all(verdict.is_right for _, verdict in self.verdicts)


@dataclass(frozen=True)
class ArticleReport:
    """The lines of an article, in the order of the text."""

    article: Article
    lines: tuple[ArticleLine, ...]

    @property
    def ok(self) -> bool:
        return all(line.is_right for line in self.lines)

    def records(self) -> list[dict[str, Any]]:
        """What --json prints: one record for each verdict, with its line and formula."""
        return [
            {
                "case": None if line.model is None else f"model {line.model + 1}",
                "name": name,
                "line": line.statement.place.line,
                "formula": line.statement.text,
                **_record(verdict),
            }
            for line in self.lines
            for name, verdict in line.verdicts
        ]


def _record(verdict: Verdict) -> dict[str, Any]:
    found = verdict.counterexample
    return {
        "status": verdict.status,
        "method": verdict.method,
        "detail": verdict.detail,
        "bits": verdict.bits,
        "needs": list(verdict.needs),
        "counterexample": None if found is None else str(found),
        "hints": list(verdict.hints),
        "correction": verdict.correction,
    }


def judge_article(article: Article, explain: Explainer = no_explanation) -> ArticleReport:
    """The verdict on every formula of an article that says something which can be compared."""
    found: dict[tuple[Place, str], ArticleLine] = {}
    for k, part in enumerate(article.parts):
        for line in _of_part(part, k, explain):
            known = found.get((line.statement.place, line.statement.kind))
            verdicts = (*known.verdicts, *line.verdicts) if known is not None else line.verdicts
            found[line.statement.place, line.statement.kind] = replace(line, verdicts=verdicts)
    lines: list[ArticleLine] = []
    seen: set[tuple[Place, str]] = set()
    for s in article.document.statements:
        if (s.place, s.kind) in seen:
            continue
        seen.add((s.place, s.kind))
        reason = article.reasons.get(s.place, "")
        there = found.get((s.place, s.kind))
        if there is not None and s.kind in JUDGED and reason:
            # a formula that stands for several layers, of which some cannot be read
            unread = _name(s), Verdict(UNDECIDED, "none", reason)
            there = replace(there, verdicts=(*there.verdicts, unread))
        lines.append(there or _alone(article, s, reason or s.reason))
    return ArticleReport(article, tuple(lines))


def _alone(article: Article, s: TexStatement, reason: str) -> ArticleLine:
    """The line of a statement that belongs to no model."""
    if s.kind == "slope" and not reason:
        return ArticleLine(s, verdicts=(("all sides", slope_verdict(article.document, s)),))
    if s.kind in JUDGED:
        return ArticleLine(s, verdicts=((_name(s), Verdict(UNDECIDED, "none", reason)),))
    return ArticleLine(s, note=reason)


def _name(s: TexStatement) -> str:
    d = s.derivative
    return f"∂{d.of.spelled}/∂{d.by.spelled}" if d is not None and d.of and d.by else "claim"


def _of_part(part: Part, k: int, explain: Explainer) -> Iterator[ArticleLine]:
    program = part.program
    nodes = program.nodes
    unequal: dict[Place, list[tuple[str, Verdict]]] = {}
    places = {e.name.ascii: e.place for e in program.equations}
    for said, verdict in chain_verdicts(program):
        place = places[said.name]
        shown = replace(verdict, place=None if verdict.is_right else said.place.caret())
        unequal.setdefault(place or said.place, []).append((f"= {said.place.snippet}", shown))
    for s in part.statements:
        yield ArticleLine(s, k, tuple(unequal.get(s.place, ())))
    claims = [claim for _, listed in part.claims for claim in listed]
    truth = true_gradients(program, [nodes[identifier(c.target)] for c in claims])
    others = other_gradients(program, claims)
    for s, listed in part.claims:
        verdicts = []
        for claim in listed:
            true = truth[nodes[identifier(claim.target)]]
            verdict = judged(claim, program, true, others, explain)
            if verdict.status == REFUTED and not (claim.path or claim.of):
                verdict = _for_distributions(with_gradients(claim, others).node, true, program) or verdict
            side = f" = {claim.place.snippet}" if claim.place is not None and len(s.parts) > 1 else ""
            verdicts.append((_shown(claim, part) + side, _at_its_place(verdict, claim)))
        yield ArticleLine(s, k, tuple(verdicts))


def _for_distributions(claimed: Node, true: Node, program: Program) -> Verdict | None:
    """The verdict where a target is a distribution, if that makes the claim right.

    A text that writes p − y for softmax with cross-entropy seldom says that Σ y = 1; the verdict does.
    """
    for variable in program.data:
        if variable.role != "target" or not variable.shape or claimed.shape != true.shape:
            continue
        node = variable.node
        known = leaf(node.name, node.shape, node.dtype, [*facts(node), "prob"])
        verdict = compare(*replaced([claimed, true], {node: known}))
        if verdict.is_right:
            fact = FACT_WORDS["prob"].format(variable.name)
            return replace(verdict, needs=(f"{fact}, which the text does not say",))
    return None


def _at_its_place(verdict: Verdict, claim: Claimed) -> Verdict:
    """A wrong claim with the user's line, where nothing has marked a smaller place in it."""
    if verdict.is_right or verdict.place is not None or claim.place is None:
        return verdict
    return replace(verdict, place=claim.place.caret())


def _shown(claim: Claimed, part: Part) -> str:
    """∂L/∂W"""
    program = part.program
    spelled = {name.ascii: name.text for name in program.names.values()}
    loss = "L" if program.loss is None else program.loss.name.text
    shown = f"∂{spelled.get(claim.of, claim.of) or loss}/∂{spelled.get(claim.target, claim.target)}"
    shown += f" ({claim.case})" if claim.case else ""
    return shown.replace("_{prime}", "'").replace("_{sq}", "²")


# -- slopes -------------------------------------------------------------------------------------


def counts(report: ArticleReport) -> Mapping[str, int]:
    """How many verdicts there are of each status."""
    found: dict[str, int] = {}
    for line in report.lines:
        for _, verdict in line.verdicts:
            found[verdict.status] = found.get(verdict.status, 0) + 1
    return found
