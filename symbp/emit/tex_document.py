"""A derivation as a whole LaTeX document, which pdflatex compiles as it is."""

from __future__ import annotations

from symbp.emit.document import Document, title
from symbp.emit.latex_rows import latex_text, rows
from symbp.emit.phrases import Phrases
from symbp.emit.render import render


def page(document: Document, phrases: Phrases) -> str:
    """The source of the document."""
    sections = [
        {
            "heading": s.title.latex.replace(r"\frac", r"\dfrac"),
            "step": s.kind in ("step", "function"),
            "rows": rows(s) if s.lines else "",
        }
        for s in document.sections
    ]
    return render(
        "derivation.tex.j2",
        title=latex_text(title(document, phrases)),
        sections=sections,
        notes=[note.latex for note in document.notes],
        notes_heading=phrases["notes"],
    )
