"""A document as text for the terminal, as markdown, or as plain data.  LaTeX: symbp.emit.latex_rows."""

from __future__ import annotations

import unicodedata
from typing import Any

from symbp.emit.document import MEMBER, Document, Line, Section
from symbp.emit.formula import Formula
from symbp.emit.latex_rows import aligned
from symbp.emit.paint import Paint
from symbp.emit.phrases import Phrases

WIDTH = 100
PLAIN = Paint()
_BREAKS = (" = ", " + ", " − ", " ⊙ ", " ")


def columns(text: str) -> int:
    """How many columns a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return wide + sum(not unicodedata.combining(c) for c in text)


# -- text -----------------------------------------------------------------------------------------


def to_text(document: Document, phrases: Phrases, paint: Paint = PLAIN) -> str:
    """Sections with aligned shapes and remarks; long formulas go on over several lines."""
    blocks = [_text_section(section, paint) for section in document.sections]
    if document.notes:
        notes = [line for note in document.notes for line in _filled(f"  {note.text}", indent=4)]
        blocks.append("\n".join([paint.heading(phrases["notes"]), *notes]))
    return "\n\n".join(blocks) + "\n"


def to_terminal(document: Document, phrases: Phrases) -> str:
    """The same in colour."""
    return to_text(document, phrases, Paint(colour=True))


def _text_section(section: Section, paint: Paint) -> str:
    rows = [(_text_line(line), _beside(line)) for line in section.lines]
    reach = max((columns(lines[-1]) for lines, _ in rows if columns(lines[-1]) <= 56), default=0)
    result = [paint.heading(section.title.text)]
    for number, (lines, beside) in enumerate(rows):
        found = section.kind == "gradients" or (section.kind == "step" and number == len(rows) - 1)
        shown = [paint.result(line) if found else line for line in lines]
        gap = " " * (max(reach - columns(lines[-1]), 0) + 4)
        result += [*shown[:-1], shown[-1] + gap + paint.remark(beside) if beside else shown[-1]]
    return "\n".join(result)


def _text_line(line: Line) -> list[str]:
    whole = f"  {line.left.text} {line.sign[0]} " + " = ".join(r.text for r in line.right)
    return broken(whole, columns(line.left.text) + 5)


def _beside(line: Line) -> str:
    if line.sign is MEMBER:
        return line.note
    shape = line.shape.text if line.shape is not None and line.shape.text != "1" else ""
    return "   ".join(filter(None, [shape, f"({line.note})" if line.note else ""]))


def _filled(text: str, indent: int) -> list[str]:
    """A sentence in lines of whole words."""
    lines = [text[: len(text) - len(text.lstrip())]]
    for word in text.split():
        if columns(lines[-1]) + columns(word) > WIDTH and lines[-1].strip():
            lines.append(" " * indent)
        lines[-1] += word + " "
    return [line.rstrip() for line in lines]


def broken(text: str, indent: int, width: int = WIDTH) -> list[str]:
    """Lines no longer than `width`, broken before an operator that is in few brackets."""
    lines = []
    while columns(text) > width:
        at = _break_at(text, min(indent, width // 2), width)
        if at is None:
            break
        lines.append(text[:at].rstrip())
        text = " " * min(indent, width // 2) + text[at:].lstrip()
    return [*lines, text]


def _break_at(text: str, start: int, width: int) -> int | None:
    """The best place: the outermost bracket level, then the strongest sign, then far right."""
    best: tuple[int, int, int] | None = None
    depth = 0
    for position, char in enumerate(text[:width]):
        depth += (char in "([⟨") - (char in ")]⟩")
        if position < max(start + 8, width // 3) or char != " ":
            continue
        for rank, sign in enumerate(_BREAKS):
            if text.startswith(sign, position):
                candidate = (depth, rank, -position)
                best = candidate if best is None or candidate < best else best
                break
    return None if best is None else -best[2]


# -- markdown and data ----------------------------------------------------------------------------


def to_markdown(document: Document, phrases: Phrases) -> str:
    """Headings, and one $$ block for each section."""
    blocks = [
        f"## {section.title.latex}\n\n$$\n{aligned(section)}\n$$"
        if section.lines
        else f"# {section.title.latex}"
        for section in document.sections
    ]
    if document.notes:
        blocks.append(f"## {phrases['notes']}\n\n" + "\n".join(f"- {n.latex}" for n in document.notes))
    return "\n\n".join(blocks) + "\n"


def to_data(document: Document) -> dict[str, Any]:
    """Strings only, for JSON."""
    return {
        "source": document.title,
        "sections": [
            {"kind": s.kind, "title": s.title.text, "lines": [_line_data(line) for line in s.lines]}
            for s in document.sections
        ],
        "notes": [note.text for note in document.notes],
    }


def _line_data(line: Line) -> dict[str, Any]:
    def both(f: Formula) -> dict[str, str]:
        return {"text": f.text, "latex": f.latex}

    return {
        "name": line.key,
        "left": both(line.left),
        "right": [both(r) for r in line.right],
        "shape": None if line.shape is None else line.shape.text,
        "note": line.note,
    }
