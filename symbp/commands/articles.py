"""symbp verify and symbp derive for an article: a text with several models, or with lines that are none."""

from __future__ import annotations

import argparse
import json
import textwrap

from symbp.commands.shared import for_terminal, read_names, write, write_binary
from symbp.emit.derivation_page import ArticlePart, render_article, render_article_pdf
from symbp.emit.phrases import Phrases
from symbp.errors import SymbpError
from symbp.evidence.article import ArticleLine, ArticleReport, counts, judge_article
from symbp.evidence.chains import refuse_unequal
from symbp.evidence.checking import check_derivation
from symbp.evidence.explain import explain
from symbp.evidence.printed import verdict_lines
from symbp.files import ModelText
from symbp.lang.article import STEPS, Article, Part, read_article
from symbp.lang.tex_kinds import NOTHING
from symbp.reading import derive, language_of

WIDTH = 100
FORMULA = 76


def article_of(found: ModelText, error: SymbpError) -> Article:
    """The article that a text is, where it cannot be read as one model; else the error that says why."""
    language = language_of(found.text) if found.language == "auto" else found.language
    if language != "latex":
        raise error
    article = read_article(found.text, found.source)
    kinds = [s.kind for s in article.document.statements]
    several = sum(kind != "none" for kind in kinds) > 1
    if not article.parts and "slope" in kinds and several:
        return article
    if not article.parts or not (several and found.text.count("\n") > 1):
        raise error
    return article


# -- verify -------------------------------------------------------------------------------------


def verify_article(arguments: argparse.Namespace, article: Article) -> bool:
    """Print the verdict on every line that claims something; whether all of them are right."""
    report = judge_article(article, explain)
    if arguments.json:
        write(json.dumps({"ok": report.ok, "results": report.records()}, ensure_ascii=False, indent=2), None)
    else:
        write(report_text(report), None)
    return report.ok


def report_text(report: ArticleReport) -> str:
    """The formulas of the article in its order: what was read, what is right, what is not read and why."""
    blocks = [block for line in report.lines if (block := _block(line))]
    return "\n".join([*blocks, "", *_summary(report)]) + "\n"


def _block(line: ArticleLine) -> str:
    s = line.statement
    if s.reason == NOTHING:
        return ""
    shown = textwrap.shorten(s.text, FORMULA, placeholder=" …")
    head = f"line {s.place.line}  {shown}"
    said = [f"  model {line.model + 1}"] if line.model is not None and not line.verdicts else []
    for name, verdict in line.verdicts:
        said += [f"  {name}", *(f"  {text}" for text in verdict_lines(verdict))]
    if line.note:
        said += textwrap.wrap(f"not read: {line.note}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    elif not said:
        said = [f"  {_KINDS.get(s.kind, 'read')}"]
    return "\n".join([head, *said])


_KINDS = {"update": "an update rule", "activation": "defines a function", "shape": "says a shape"}


def _summary(report: ArticleReport) -> list[str]:
    parts = len(report.article.parts)
    found = counts(report)
    right = found.get("proved", 0) + found.get("holds", 0)
    claims = sum(found.values())
    counted = [f"{n} {what}{'s' if n != 1 else ''}" for n, what in ((parts, "model"), (claims, "claim"))]
    said = [f"{', '.join(counted)}: {right} right"]
    said += [f"{found[status]} {status}" for status in ("refuted", "undecided") if status in found]
    wrong = [f"line {line.statement.place.line}" for line in report.lines if not line.is_right]
    steps = [
        f"{letter} counts to {STEPS} here: the text does not say how far" for letter in report.article.steps
    ]
    return [*steps, ", ".join(said), *([f"not right: {', '.join(dict.fromkeys(wrong))}"] if wrong else [])]


# -- derive -------------------------------------------------------------------------------------


def derive_article(arguments: argparse.Namespace, article: Article) -> None:
    """Print the derivations of all models of an article."""
    detail = arguments.detail if arguments.steps else None
    for part in article.parts:
        refuse_unequal(part.program)
    parts = [_derived(part, arguments, detail) for part in article.parts]
    unread = _unread(article)
    said = _notes(article, Phrases(arguments.lang))
    if arguments.format == "pdf" and not arguments.document:
        pdf = render_article_pdf(article.source, parts, unread, arguments.form, arguments.lang, detail, said)
        write_binary(pdf, arguments.output)
        return
    format_ = "document" if arguments.document else for_terminal(arguments.format, arguments.output)
    page = render_article(
        article.source, parts, unread, arguments.form, format_, arguments.lang, detail, said
    )
    write(page, arguments.output)


def _derived(part: Part, arguments: argparse.Namespace, detail: int | None) -> ArticlePart:
    derivation = derive(part.program, read_names(arguments.wrt))
    verdicts = None
    if detail is not None and detail > 1:
        phrases = Phrases(arguments.lang)
        found = check_derivation(derivation).verdicts
        verdicts = {name: phrases["checked"].format(status=phrases[v.status]) for name, v in found.items()}
    return part.statements[0].place.line, derivation, verdicts


def _unread(article: Article) -> list[tuple[int, str]]:
    """Lines with an equals sign or on a line of their own that no model has, with the reason."""
    found = []
    for s in article.document.statements:
        reason = article.reasons.get(s.place) or s.reason
        if reason and reason != NOTHING:
            found.append((s.place.line, reason))
    return list(dict.fromkeys(found))


def _notes(article: Article, phrases: Phrases) -> list[str]:
    """How many steps were taken where the text leaves it open."""
    return [phrases["steps taken"].format(letter=letter, steps=STEPS) for letter in article.steps]
