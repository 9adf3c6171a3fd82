"""Derivatives of functions of one number that a text states: σ'(x) = σ(x)(1 − σ(x)), d/dz tanh z = …"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.node import Node, as_node, leaf
from symbp.calculus.reverse import sweep
from symbp.errors import SymbpError
from symbp.evidence.compare import compare
from symbp.evidence.verdict import UNDECIDED, Report, Verdict
from symbp.lang.evaluate import evaluate
from symbp.lang.names import identifier
from symbp.lang.scope import Scope
from symbp.lang.tex_document import span
from symbp.lang.tex_facts import fits
from symbp.lang.tex_functions import TextFunctions
from symbp.lang.tex_model import parsed
from symbp.lang.tex_statement import TexStatement
from symbp.lang.tex_statements import TexDocument
from symbp.lang.values import node_of


def slope_verdict(document: TexDocument, s: TexStatement) -> Verdict:
    """Whether all sides of σ'(x) = … are equal, the derivatives in them worked out."""
    try:
        sides = slope_sides(document, s)
    except SymbpError as error:
        place = None if error.place is None else error.place.caret()
        return Verdict(
            UNDECIDED, "none", error.reason, hints=(error.hint,) if error.hint else (), place=place
        )
    verdict = Verdict(UNDECIDED, "none", "it has one side only")
    for part, side in zip(s.parts, sides[1:], strict=True):
        verdict = compare(side, sides[0])
        if not verdict.is_right:
            return replace(verdict, place=span(part).caret())
    return verdict


def slope_sides(document: TexDocument, s: TexStatement) -> list[Node]:
    """All sides of a slope as functions of its argument.  SymbpError where one cannot be read."""
    functions = TextFunctions(document)
    known = {stated.key: [stated.fact] for stated in document.facts if fits(stated.fact, ())}

    def argument(name: str) -> Node:
        return leaf(identifier(name), (), facts=known.get(identifier(name), ()))

    scope = Scope(argument, lambda: [], {}, slope=lambda value, by: _slope(value, argument(by)))
    listed = [parsed(part, document.names, functions) for part in (s.left, *s.parts)]
    return [node_of(evaluate(expression, scope)) for expression in listed]


def _slope(value: Node, at: Node) -> Node:
    return sweep([(value, as_node(1))], [at]).adjoints.get(at, as_node(0))


def has_slopes(document: TexDocument) -> bool:
    """Whether a text states derivatives of functions."""
    return any(s.kind == "slope" for s in document.statements)


def with_rest_of(document: TexDocument, report: Report) -> Report:
    """The report on the claims of a text with its slopes, and with what in it was not understood."""
    slopes = {
        f"line {s.place.line}: {s.place.snippet.partition('=')[0].strip()}": slope_verdict(document, s)
        for s in document.statements
        if s.kind == "slope"
    }
    unread = tuple((s.place, s.reason) for s in document.statements if s.is_unread)
    return replace(report, verdicts={**report.verdicts, **slopes}, unread=unread)
