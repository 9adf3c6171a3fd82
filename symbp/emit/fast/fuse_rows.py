"""The pass that finds runs of calls which one compiled loop over rows can do, for `--numba`.

The calls stay as they are: they are what is done where Numba cannot be imported.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from symbp.emit.fast.grid import (
    ENTRIES,
    NUMBER,
    NUMBERS,
    ROW,
    SUM_INTO,
    Grid,
    grid_of,
    is_row_sum,
    is_sum_over_rows,
    memory,
    ufunc,
)
from symbp.emit.fast.kernel_text import OF_ENTRIES, OF_NUMBERS
from symbp.emit.fast.layout import Call, Fused, Layout, Operand, noted
from symbp.emit.fast.rules_classes import is_of_classes
from symbp.emit.fast.rules_rows import is_softmax

LEAST_PASSES = 2
"""Passes over all entries that a loop has to save at least one of."""
LAYER = re.compile(r"(.*?)\[(?:(\w*[^\W\d]\w*)(?: \+ )?)?(\d*)\]")
"""[2], [t] or [t + 1] after anything: a layer of an array, or of one of its layers."""


def fuse_rows(layout: Layout) -> Layout:
    """Runs of operations entry by entry, sums along rows and over them, and softmax."""
    borders = {p for loop in layout.loops for p in (loop.start, loop.stop)}
    lifetimes = Lifetimes.of(layout)
    found: list[Fused] = []
    position = 0
    while position < len(layout.calls):
        run = _run(layout, lifetimes, position, borders)
        if run is None or run.passes < LEAST_PASSES:
            position += 1
            continue
        found.append(run.fused())
        position = run.stop
    count = sum(f.stop - f.start for f in found)
    text = f"{count} calls in {len(found)} compiled loops over rows"
    return noted(replace(layout, fused=tuple(found)), "fuse_rows", text)


@dataclass(frozen=True)
class Lifetimes:
    """Where each value is touched, and which the caller sees."""

    touched: dict[int, list[int]]
    returned: set[int]
    layout: Layout

    @classmethod
    def of(cls, layout: Layout) -> Lifetimes:
        touched: dict[int, list[int]] = {}
        for k, call in enumerate(layout.calls):
            for operand in call.operands:
                touched.setdefault(operand.key, []).append(k)
        returned = {o.key for o in (*layout.outputs, *(o for _, o in layout.results))}
        return cls(touched, returned, layout)

    def ends_within(self, key: int, start: int, stop: int) -> bool:
        """Made and used up by the calls start … stop - 1, so that nothing else needs its memory."""
        places = self.touched.get(key, [])
        inside = bool(places) and start <= places[0] and places[-1] < stop
        if not inside or key in self.returned or self.layout.values[key].place != "workspace":
            return False
        return all(o.key != key for o in self.layout.calls[places[0]].reads)

    def added_into(self, position: int) -> Operand | None:
        """What a sum over rows is added to at once, where that is all that becomes of it."""
        calls = self.layout.calls
        sums = is_sum_over_rows(calls[position]) and position + 1 < len(calls)
        call = calls[position + 1] if sums else None
        part = calls[position].out
        if call is None or part is None or call.out is None or ufunc(call) != "add":
            return None
        keys = [o.key for o in call.reads]
        only_there = self.touched[part.key] == [position, position + 1]
        return call.out if keys == [call.out.key, part.key] and only_there else None


@dataclass
class _Run:
    """A run that grows call by call."""

    layout: Layout
    lifetimes: Lifetimes
    grid: Grid
    start: int
    stop: int
    passes: int = 0
    parts: dict[int, set[tuple[str, Hashable]]] = field(default_factory=dict)
    """Memory -> the parts of it that are touched."""
    written: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    """Rows that are added up: they are done when the loop is."""
    calls: list[Call] = field(default_factory=list)

    def grows(self) -> bool:
        """Take the next call; False where it does not belong to the run."""
        call = self.layout.calls[self.stop]
        total = self.lifetimes.added_into(self.stop)
        if total is not None:
            call = replace(call, text=SUM_INTO, out=total)
        calls = [replace(c, reads=tuple(map(self._as_number, c.reads))) for c in self._calls(call)]
        if not all(self._fits(c) and self._keeps_apart(c) for c in calls):
            return False
        wide = any(self.grid.part(o) == ENTRIES for o in call.operands)
        self.passes += (3 if call.kind == "softmax" else 1) * wide
        self.stop += 1 if total is None else 2
        self.calls += calls
        return True

    def _calls(self, call: Call) -> tuple[Call, ...]:
        return (call,) if call.each is None else call.each(call)

    def _as_number(self, operand: Operand) -> Operand:
        """A row of equal numbers is one number to the loop."""
        is_equal = "{row}" in self.layout.values[operand.key].made
        return Operand(operand.key, shape=()) if is_equal else operand

    def fused(self) -> Fused:
        keys = {o.key for call in self.calls for o in call.writes}
        ended = frozenset(k for k in keys if self.lifetimes.ends_within(k, self.start, self.stop))
        return Fused(self.start, self.stop, self.grid.rows, self.grid.width, tuple(self.calls), ended)

    def _fits(self, call: Call) -> bool:
        if is_softmax(call) or is_of_classes(call):
            return self.grid.part(call.reads[0]) == ENTRIES
        if call.out is None or call.also or not all(map(self._is_known, call.operands)):
            return False
        out = self.grid.part(call.out)
        parts = [self.grid.part(o) for o in call.reads]
        if any(o.key in self.rows for o in call.reads) and out != ROW:
            return False
        if is_row_sum(call):
            return out == NUMBERS and parts[0] == ENTRIES and parts[1] in (ENTRIES, ROW)
        if is_sum_over_rows(call):
            return out == ROW and parts == [NUMBERS, ENTRIES] and call.out.key not in self.rows
        name = ufunc(call)
        if out == ENTRIES:
            return name in OF_ENTRIES
        if out == NUMBERS:
            return name in OF_NUMBERS and set(parts) <= {NUMBERS, NUMBER}
        sums = any(o.key in self.rows for o in call.reads)
        return out == ROW and sums and name in OF_ENTRIES and set(parts) <= {ROW, NUMBER}

    def _is_known(self, operand: Operand) -> bool:
        """Real numbers or masks that lie on the grid; single numbers only as arrays of the step."""
        part, value = self.grid.part(operand), self.layout.values[operand.key]
        if part is None or value.kind == "int":
            return False
        in_blocks = any(loop.start <= self.start < loop.stop for loop in self.layout.loops)
        if in_blocks and not operand.is_whole and not self.grid.is_flat(operand, part):
            return False
        return part != NUMBER or value.place in ("constant", "workspace")

    def _keeps_apart(self, call: Call) -> bool:
        """Memory that is written has one shape in the whole run; sums over rows have some of their own."""
        parts = {slot: set(known) for slot, known in self.parts.items()}
        written = set(self.written)
        over_rows = is_sum_over_rows(call)
        for operand in call.operands:
            slot, view = memory(self.layout, operand)
            parts.setdefault(slot, set()).add((self.grid.part(operand) or "", view))
        for operand in call.writes:
            slot = self.layout.slots[operand.key]
            if over_rows and len(self.parts.get(slot, ())) > 0:
                return False
            written.add(slot)
        if any(slot in written and not _are_apart(known) for slot, known in parts.items()):
            return False
        self.parts, self.written = parts, written
        if over_rows:
            self.rows.update(o.key for o in call.writes)
        return True


def _are_apart(parts: set[tuple[str, Hashable]]) -> bool:
    """One part of some memory, or layers of one array."""
    if len(parts) == 1:
        return True
    layers = [LAYER.fullmatch(str(view)) for _, view in parts]
    bases = {(found[1], found[2]) for found in layers if found is not None}
    return all(layers) and len(bases) == 1 and len({part for part, _ in parts}) == 1


def _run(layout: Layout, lifetimes: Lifetimes, start: int, borders: set[int]) -> _Run | None:
    """The longest run from a position on."""
    calls: Sequence[Call] = layout.calls
    grid = grid_of(calls[start])
    if grid is None:
        return None
    run = _Run(layout, lifetimes, grid, start, start)
    while run.stop < len(calls) and (run.stop == start or run.stop not in borders):
        if not run.grows():
            break
    return run
