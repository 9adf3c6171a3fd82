"""A document as text for the terminal, as LaTeX, as markdown, or as plain data."""

from __future__ import annotations

import unicodedata
from typing import Any

from symbp.emit.document import MEMBER, Document, Line, Section
from symbp.emit.formula import Formula
from symbp.emit.phrases import Phrases

WIDTH = 100
_BREAKS = (" = ", " + ", " − ", " ⊙ ", " ")


def columns(text: str) -> int:
    """How many columns a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return wide + sum(not unicodedata.combining(c) for c in text)


# -- text -----------------------------------------------------------------------------------------


def to_text(document: Document, phrases: Phrases) -> str:
    """Sections with aligned shapes and remarks; long formulas go on over several lines."""
    blocks = [_text_section(section) for section in document.sections]
    if document.notes:
        blocks.append("\n".join([phrases["notes"], *(f"  {note.text}" for note in document.notes)]))
    return "\n\n".join(blocks) + "\n"


def _text_section(section: Section) -> str:
    rows = [(_text_line(line), _beside(line)) for line in section.lines]
    reach = max((columns(lines[-1]) for lines, _ in rows if columns(lines[-1]) <= 56), default=0)
    result = [section.title.text]
    for lines, beside in rows:
        last = lines[-1]
        padded = last + " " * max(reach - columns(last), 0)
        result += [*lines[:-1], f"{padded}    {beside}".rstrip() if beside else last]
    return "\n".join(result)


def _text_line(line: Line) -> list[str]:
    whole = f"  {line.left.text} {line.sign[0]} " + " = ".join(r.text for r in line.right)
    return broken(whole, columns(line.left.text) + 5)


def _beside(line: Line) -> str:
    if line.sign is MEMBER:
        return line.note
    shape = line.shape.text if line.shape is not None and line.shape.text != "1" else ""
    return "   ".join(filter(None, [shape, f"({line.note})" if line.note else ""]))


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


# -- LaTeX ----------------------------------------------------------------------------------------

LATEX_WIDTH = 84


def to_latex(document: Document, phrases: Phrases) -> str:
    """One aligned block for each section, to paste into a paper."""
    blocks = [f"% {section.title.text}\n\\[\n{aligned(section)}\n\\]" for section in document.sections]
    return "\n".join(blocks) + "\n"


def aligned(section: Section) -> str:
    return "\\begin{aligned}\n" + rows(section) + "\n\\end{aligned}"


def rows(section: Section) -> str:
    """The lines of an aligned block."""
    return " \\\\\n".join(row for line in section.lines for row in _latex_rows(line))


def _latex_rows(line: Line) -> list[str]:
    if line.sign is MEMBER:
        space = rf"\mathbb{{R}}^{{{line.right[0].latex}}}" if line.right[0].text != "1" else r"\mathbb{R}"
        return [f"{line.left.latex} &\\in {space} && \\text{{{latex_text(line.note)}}}"]
    parts = [line.right[0].latex, *(f"= {r.latex}" for r in line.right[1:])]
    rows: list[str] = []
    for number, part in enumerate(parts):
        pieces = _latex_pieces(part)
        head = f"{line.left.latex} &{line.sign[1]} " if number == 0 else "&"
        rows.append(head + pieces[0])
        rows += [f"&\\quad {piece}" for piece in pieces[1:]]
    room = LATEX_WIDTH - 40 * bool(line.note or line.shape)
    if len(parts) == 2 and sum(map(visible, parts)) < room and len(rows) == 2:
        rows = [f"{rows[0]} {rows[1].removeprefix('&')}"]
    beside = [rf"\in \mathbb{{R}}^{{{line.shape.latex}}}"] if line.shape and line.shape.text != "1" else []
    beside += [rf"\text{{({latex_text(line.note)})}}"] if line.note else []
    if beside:
        rows[-1] += r" && " + r" \quad ".join(beside)
    return rows


_SIGNS = {
    "−": "-", "·": r"\cdot", "⊙": r"\odot", "Σ": r"\sum", "σ": r"\sigma", "δ": r"\delta", "∂": r"\partial",
    "η": r"\eta", "²": "^2", "ᵀ": r"^\top", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "×": r"\times", "′": "'",
    "√": r"\surd", "∈": r"\in", "→": r"\to", "⁻": "^-", "¹": "^1", "‖": r"\|", "Π": r"\prod", "_": r"\_",
    "<": "<", ">": ">", "^": r"\hat{}", "{": r"\{", "}": r"\}", "π": r"\pi", "ε": r"\varepsilon",
}  # fmt: skip


def latex_text(text: str) -> str:
    """Words inside \\text{…}, with signs of mathematics set as such."""
    escaped = text.replace("%", r"\%").replace("&", r"\&").replace("#", r"\#")
    return "".join(f"${_SIGNS[c]}$" if c in _SIGNS else c for c in escaped)


def visible(latex: str) -> int:
    """Roughly how many signs a LaTeX formula shows."""
    count, position = 0, 0
    while position < len(latex):
        char = latex[position]
        if char == "\\":
            position += 1
            while position < len(latex) and latex[position].isalpha():
                position += 1
            count += 1
            continue
        count += char not in "{}^_ &"
        position += 1
    return count


_CUTS = ((" + ", " - "), (r" \odot ",), (r" \left", r" \sum", r" \frac", " "))
"""Where a long formula may be cut, the best places first."""


def _latex_pieces(latex: str) -> list[str]:
    """A long formula cut before signs that stand outside all brackets."""
    pieces = [latex]
    for signs in _CUTS:
        pieces = [part for piece in pieces for part in _cut(piece, signs)]
    return pieces


def _cut(latex: str, signs: tuple[str, ...]) -> list[str]:
    if visible(latex) <= LATEX_WIDTH:
        return [latex]
    pieces, start, depth = [], 0, 0
    for position, char in enumerate(latex):
        depth += (char == "{") - (char == "}")
        depth += _opens(latex, position, r"\left") - _opens(latex, position, r"\right")
        if depth or not latex.startswith(signs, position):
            continue
        if visible(latex[start:position]) > LATEX_WIDTH // 2 and visible(latex[position:]) > 8:
            pieces.append(latex[start:position])
            start = position + 1
    return [*pieces, latex[start:]]


def _opens(latex: str, position: int, word: str) -> bool:
    """`\\left` as a bracket, not as the beginning of `\\leftarrow`."""
    following = latex[position + len(word) : position + len(word) + 1]
    return latex.startswith(word, position) and not following.isalpha()


# -- markdown and data ----------------------------------------------------------------------------


def to_markdown(document: Document, phrases: Phrases) -> str:
    """Headings, and one $$ block for each section."""
    blocks = [f"## {section.title.latex}\n\n$$\n{aligned(section)}\n$$" for section in document.sections]
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
