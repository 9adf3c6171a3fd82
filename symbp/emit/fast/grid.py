"""How the operands of a call lie on a grid of rows: what a compiled loop over rows needs to know.

A grid has so many rows of so many entries.  Axes before the last one count as rows together.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Layout, Operand
from symbp.emit.fast.roles import DOT
from symbp.emit.fast.views import reshaped
from symbp.emit.numpy_names import Page

ENTRIES, NUMBERS, ROW, NUMBER, TABLE = "entries", "numbers", "row", "number", "table"
"""An entry for each place, a number for each row, one row for all, one number, rows that come again."""
UFUNC = re.compile(r"np\.(\w+)\(\{0\}(?:, \{1\})?, (?:out=)?\{out\}\)")
VECDOT = "np.vecdot({0}, {1}, {out})"
COPY = "np.copyto({out}, {0})"
SUM_INTO = "{out} += {0}.dot({1})"
"""A sum over rows that starts from what is there."""


@dataclass(frozen=True)
class Grid:
    """Rows and entries of a row."""

    rows: Size
    width: Size

    def part(self, operand: Operand) -> str | None:
        """What an operand is to the grid; None where it does not lie on it."""
        shape = operand.shape
        if shape is None:
            return None
        if not shape:
            return NUMBER
        if len(shape) > 1 and shape[-1] == self.width and product(shape[:-1]) == self.rows:
            return ENTRIES if len(shape) == 2 or operand.contiguous else None
        if shape == (self.rows,) or (shape[-1].is_one and product(shape) == self.rows):
            is_row_too = shape == (self.width,)
            return NUMBERS if operand.contiguous and not is_row_too else None
        if shape[-1] == self.width and product(shape) == self.width:
            return ROW if operand.contiguous else None
        repeats = len(shape) == 2 and shape[-1] == self.width and self.rows.divide(shape[0]) is not None
        return TABLE if repeats and operand.contiguous else None

    def axes(self, operand: Operand, part: str) -> tuple[Size, ...]:
        """The axes that a loop sees of a part."""
        known = {ENTRIES: (self.rows, self.width), NUMBERS: (self.rows,), ROW: (self.width,)}
        return known.get(part, operand.shape or ())

    def is_flat(self, operand: Operand, part: str) -> bool:
        return operand.shape == self.axes(operand, part)

    def flat(self, page: Page, layout: Layout, operand: Operand, part: str) -> Operand:
        """The operand with the axes of its part."""
        wanted = self.axes(operand, part)
        if operand.shape == wanted:
            return operand
        if operand.is_whole:
            view = reshaped(page, layout.values[operand.key].shape, wanted)
            return Operand(operand.key, view, True, wanted, True)
        return replace(operand, view=operand.view + reshaped(page, operand.shape or (), wanted), shape=wanted)


def grid_of(call: Call) -> Grid | None:
    """The grid of the widest thing that a call touches."""
    for operand in (*call.writes, *call.reads):
        shape = operand.shape or ()
        if len(shape) > 1 and not shape[-1].is_one and not product(shape[:-1]).is_one:
            return Grid(product(shape[:-1]), shape[-1])
    return None


def memory(layout: Layout, operand: Operand) -> tuple[int, Hashable]:
    """Which memory an operand is, and which part of it."""
    return layout.slots[operand.key], "" if operand.is_whole else operand.view


def is_ones(layout: Layout, operand: Operand) -> bool:
    return layout.values[operand.key].made.startswith("np.ones(")


def ufunc(call: Call) -> str:
    """The name of the function that a call takes of each entry; "" for other calls."""
    found = UFUNC.fullmatch(call.text)
    return "copyto" if call.text == COPY else found[1] if found else ""


def is_row_sum(call: Call) -> bool:
    """x.dot(row) or np.vecdot(x, y): a number for each row."""
    ranks = [len(o.shape or ()) for o in call.reads]
    return (call.text == DOT and ranks == [2, 1]) or call.text == VECDOT


def is_sum_over_rows(call: Call) -> bool:
    """numbers.dot(x): a row."""
    return call.text in (DOT, SUM_INTO) and [len(o.shape or ()) for o in call.reads] == [1, 2]
