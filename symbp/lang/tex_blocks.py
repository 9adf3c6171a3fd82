"""Cells of blocks in LaTeX: [h, x], [x; 1], [A | b], and the rows of matrix environments."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.errors import ParseError
from symbp.lang.tex_gates import rows
from symbp.lang.tex_scan import CLOSING, OPENING, Lexeme, outer

MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"}
"""Environments whose cells stand in rows and columns."""
_BARS = {"|", r"\mid", r"\vert", r"\|", r"\Vert"}
Cells = list[list[Sequence[Lexeme]]]


def closing(lexemes: Sequence[Lexeme], at: int) -> int | None:
    """The index of the bracket that closes the one at an index, None where none does."""
    depth = 0
    for stop in range(at, len(lexemes)):
        depth += (lexemes[stop].text in OPENING) - (lexemes[stop].text in CLOSING)
        if depth == 0:
            return stop
    return None


def listed_cells(content: Sequence[Lexeme]) -> tuple[Cells, bool] | None:
    """The rows of cells between square brackets, and whether they are a list; None for one value."""
    inner = [(at, x.text) for at, x in outer(content)]
    rows_at = [at for at, text in inner if text in (";", "\\\\")]
    bars = [at for at, text in inner if text in _BARS]
    commas = [at for at, text in inner if text == ","]
    columns_at = commas + (bars if len(bars) == 1 else [])
    if not rows_at and not columns_at:
        return None
    found = [_cut(row, columns_at) for row in _cut(range(len(content)), rows_at)]
    return [[[content[k] for k in cell] for cell in row] for row in found], not bars


def _cut(indices: Sequence[int], cuts: Sequence[int]) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    for at in indices:
        if at in cuts:
            parts.append([])
        else:
            parts[-1].append(at)
    return parts


def matrix_cells(content: Sequence[Lexeme]) -> Cells:
    """The rows of cells of a matrix environment.  ParseError for an empty cell."""
    found: Cells = [list(row) for row in rows(content)]
    for row in found:
        for cell in row:
            if not cell:
                raise ParseError(
                    "a cell of this matrix is empty", content[0].place, hint="write 0 where nothing stands"
                )
    return found


def is_block_bar(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether the bar at an index parts the cells of a bracket: the only one in [A | b]."""
    opened = [k for k in range(at) if lexemes[k].text in ("[", r"\lbrack")]
    for start in reversed(opened):
        stop = closing(lexemes, start)
        if stop is not None and stop > at:
            bars = [k for k, x in outer(lexemes[start + 1 : stop]) if x.text in _BARS]
            return bars == [at - start - 1]
    return False
