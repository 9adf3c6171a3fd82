"""A derivation as one HTML file: no script, no network, formulas as MathML, the graph inside."""

from __future__ import annotations

import re
from html import escape

from symbp.emit.document import MEMBER, Document, Line, title
from symbp.emit.formula import Formula
from symbp.emit.graph import graph_svg
from symbp.emit.latex_lines import broken_latex, ems
from symbp.emit.latex_rows import space
from symbp.emit.mathml import mathml
from symbp.emit.phrases import Phrases
from symbp.emit.render import render
from symbp.emit.wording import Words

PIECE = 15.0
"""Formulas are given in pieces of about so many em, which a browser sets beside or below each other."""
DEEP = 34.0
"""Formulas wider than that are broken inside brackets, too."""


def page(document: Document, phrases: Phrases) -> str:
    """The whole file.  SymbpError where latex2mathml is not installed."""
    sections = [
        {
            "heading": _words(s.title, display=s.kind == "step"),
            "kind": s.kind,
            "lines": [_line(line) for line in s.lines],
        }
        for s in document.sections
    ]
    svg = graph_svg(document.derivation) if document.derivation is not None else ""
    return render(
        "derivation.html.j2",
        language=phrases.language,
        title=escape(title(document, phrases)),
        sections=sections,
        notes=[_words(note) for note in document.notes],
        notes_heading=phrases["notes"],
        graph_heading=phrases["graph"],
        graph=svg,
    )


def fragment(document: Document) -> str:
    """Sections as plain tables, for a notebook.  SymbpError where latex2mathml is not installed."""
    parts = []
    for section in document.sections:
        cells = [_line(line) for line in section.lines]
        rows = "".join(
            f'<tr><td style="text-align:right">{c["left"]}</td><td style="text-align:left">{c["right"]}</td>'
            f'<td style="text-align:left">{c["shape"]} {c["note"]}</td></tr>'
            for c in cells
        )
        parts.append(f"<h4>{_words(section.title)}</h4><table>{rows}</table>")
    return "<div>" + "".join(parts) + "</div>"


def _words(words: Words, display: bool = False) -> str:
    """A sentence with its formulas between $ set as MathML."""
    parts = re.split(r"\$([^$]*)\$", words.latex)
    return "".join(mathml(p, display) if i % 2 else escape(p) for i, p in enumerate(parts))


def _line(line: Line) -> dict[str, str]:
    if line.sign is MEMBER:
        right = [rf"\in {space(line)}"]
    else:
        right = [f"{line.sign[1]} {line.right[0].latex}", *(f"= {f.latex}" for f in line.right[1:])]
    shape = line.shape if line.shape is not None and line.shape.text != "1" else None
    return {
        "left": mathml(line.left.latex, True) if line.left.text else "",
        "right": "\n".join(mathml(piece, True) for formula in right for piece in _pieces(formula)),
        "shape": _shape(shape),
        "note": escape(line.note),
    }


def _pieces(latex: str) -> list[str]:
    """Broken outside of brackets; inside only where a formula is wider than a page."""
    whole = broken_latex(latex, PIECE, 0, deepest=0)
    pieces = [p for part in whole for p in (broken_latex(part, DEEP, 0) if ems(part) > DEEP else [part])]
    return [pieces[0], *(f"{{}} {piece}" for piece in pieces[1:])]


def _shape(shape: Formula | None) -> str:
    return "" if shape is None else mathml(shape.latex, False)
