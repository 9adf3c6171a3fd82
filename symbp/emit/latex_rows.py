"""A document as LaTeX: one aligned block for each section, its lines no wider than a page."""

from __future__ import annotations

from dataclasses import dataclass

from symbp.emit.document import MEMBER, Document, Line, Section
from symbp.emit.formula import Formula
from symbp.emit.latex_lines import broken_latex, ems
from symbp.emit.phrases import Phrases

LINE = 42.0
"""How wide a line may be, in em: an A4 page with margins of 22 mm at 11 pt."""
GAP = 2.0


def to_latex(document: Document, phrases: Phrases) -> str:
    """Aligned blocks to paste into a paper."""
    blocks = [
        f"% {section.title.text}\n\\[\n{aligned(section)}\n\\]"
        if section.lines
        else f"% {section.title.text}\n"
        for section in document.sections
    ]
    return "\n".join(blocks) + "\n"


def aligned(section: Section) -> str:
    return "\\begin{aligned}\n" + rows(section) + "\n\\end{aligned}"


@dataclass(frozen=True)
class Block:
    """One line of a section: what stands left of the sign, the rows right of it, shape and remark."""

    left: str
    rows: list[str]
    beside: str


def rows(section: Section) -> str:
    """The lines of an aligned block."""
    room = LINE - max((ems(line.left.latex) for line in section.lines), default=0.0)
    blocks = [block(line, room) for line in section.lines]
    widest = max((ems(row) for b in blocks for row in b.rows), default=0.0)
    beside = max((ems(b.beside) for b in blocks), default=0.0)
    column = widest + GAP + beside <= room
    return " \\\\\n".join(row for b in blocks for row in _rows(b, column, room))


def block(line: Line, room: float) -> Block:
    """A line broken into rows no wider than `room` em."""
    if line.sign is MEMBER:
        return Block(line.left.latex, [rf"\in {space(line)}"], rf"\text{{{latex_text(line.note)}}}")
    parts = [f"{line.sign[1]} {line.right[0].latex}", *(f"= {r.latex}" for r in line.right[1:])]
    if ems(" ".join(parts)) <= room:
        parts = [" ".join(parts)]
    found: list[str] = []
    for part in parts:
        pieces = broken_latex(part, room)
        found += [pieces[0], *(rf"\quad {piece}" for piece in pieces[1:])]
    return Block(line.left.latex, found, _beside(line))


def _rows(line: Block, column: bool, room: float) -> list[str]:
    """The remark in a column of its own, else behind the last row, else below it."""
    found = [f"&{row}" for row in line.rows]
    if line.beside and column:
        found[-1] += f" && {line.beside}"
    elif line.beside and ems(line.rows[-1]) + GAP + ems(line.beside) <= room:
        found[-1] += rf" \qquad {line.beside}"
    elif line.beside:
        found.append(rf"&\qquad {line.beside}")
    found[0] = f"{line.left} {found[0]}"
    return found


def space(line: Line) -> str:
    """ℝ^{n × d}: where a variable lives."""
    shape = line.right[0]
    return rf"\mathbb{{R}}^{{{shape.latex}}}" if shape.text != "1" else r"\mathbb{R}"


def shape_of(line: Line) -> Formula | None:
    """The shape to print beside a line; None for a number."""
    return line.shape if line.shape is not None and line.shape.text != "1" else None


def _beside(line: Line) -> str:
    shape = shape_of(line)
    parts = [] if shape is None else [rf"\in \mathbb{{R}}^{{{shape.latex}}}"]
    parts += [rf"\text{{({latex_text(line.note)})}}"] if line.note else []
    return r" \quad ".join(parts)


_SIGNS = {
    "−": "-", "·": r"\cdot", "⊙": r"\odot", "Σ": r"\sum", "σ": r"\sigma", "δ": r"\delta", "∂": r"\partial",
    "η": r"\eta", "²": "^2", "ᵀ": r"^\top", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "×": r"\times", "′": "'",
    "√": r"\surd", "∈": r"\in", "→": r"\to", "⁻": "^-", "¹": "^1", "‖": r"\|", "Π": r"\prod", "_": r"\_",
    "<": "<", ">": ">", "^": r"\hat{}", "{": r"\{", "}": r"\}", "π": r"\pi", "ε": r"\varepsilon",
}  # fmt: skip


def latex_text(text: str) -> str:
    """Words inside \\text{…}, with signs of mathematics set as such."""
    escaped = text.replace("%", r"\%").replace("&", r"\&").replace("#", r"\#").replace("…", "...")
    return "".join(f"${_SIGNS[c]}$" if c in _SIGNS else c for c in escaped)
