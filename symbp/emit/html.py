"""A derivation as one HTML file: no script, no network, formulas as MathML, the graph inside.

MathML is made from the LaTeX by latex2mathml, an optional dependency.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from pathlib import Path

from symbp.emit.document import MEMBER, Document, Line
from symbp.emit.formula import Formula, Words
from symbp.emit.graph import graph_svg
from symbp.emit.phrases import Phrases
from symbp.emit.render import render
from symbp.errors import SymbpError

try:
    from latex2mathml import converter
except ImportError:
    converter = None  # type: ignore[assignment]


def page(document: Document, phrases: Phrases) -> str:
    """The whole file.  SymbpError where latex2mathml is not installed."""
    sections = [
        {"heading": _words(s.title), "kind": s.kind, "lines": [_line(line) for line in s.lines]}
        for s in document.sections
    ]
    svg = graph_svg(document.derivation) if document.derivation is not None else ""
    return render(
        "derivation.html.j2",
        language=phrases.language,
        title=escape(Path(document.title).stem.replace("_", " ").strip("<>")),
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


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool) -> str:
    """One formula as MathML.  SymbpError where latex2mathml is not installed."""
    if not hasattr(converter, "convert"):
        hint = "pip install symbp[html]"
        raise SymbpError("HTML needs the package latex2mathml, which is not installed", hint=hint)
    converted: str = converter.convert(latex, display="block" if display else "inline")
    return converted.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")


def _words(words: Words) -> str:
    """A sentence with its formulas between $ set as MathML."""
    parts = re.split(r"\$([^$]*)\$", words.latex)
    return "".join(mathml(p, False) if i % 2 else escape(p) for i, p in enumerate(parts))


def _line(line: Line) -> dict[str, str]:
    if line.sign is MEMBER:
        space = rf"\mathbb{{R}}^{{{line.right[0].latex}}}" if line.right[0].text != "1" else r"\mathbb{R}"
        right = [mathml(rf"\in {space}", True)]
    else:
        right = [mathml(f"{line.sign[1]} {f.latex}", True) for f in line.right]
    shape = line.shape if line.shape is not None and line.shape.text != "1" else None
    return {
        "left": mathml(line.left.latex, True) if line.left.text else "",
        "right": "".join(right),
        "shape": _shape(shape),
        "note": escape(line.note),
    }


def _shape(shape: Formula | None) -> str:
    return "" if shape is None else mathml(shape.latex, False)
