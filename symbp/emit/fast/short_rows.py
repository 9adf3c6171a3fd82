"""The pass that copies short rows of arguments below each other before an operation meets them.

A bias of 16 entries that is added to 32 rows starts anew at each row; to copy it 32 times first, which
moves whole rows at once, and to add without broadcasting takes two thirds of that.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Layout, Operand, Value, noted, time_spans
from symbp.emit.fast.rows_in_full import unique

MOST_COPIED = 2**11
"""Entries of the copies, at most; with more of them the row is met as it is."""
LONGEST = 2**6
"""Entries of a row that is worth a copy, at most."""


def short_rows(layout: Layout) -> Layout:
    """Rows of arguments that operations entry by entry read beside arrays with more axes."""
    values = list(layout.values)
    taken = {value.name for value in values}
    spans = [(loop.start, loop.stop) for loop in layout.loops]
    spans += [(start, stop) for start, stop, _ in time_spans(layout.calls)]
    calls: list[Call] = []
    before: list[int] = []
    """How many calls were added before each call."""
    for position, call in enumerate(layout.calls):
        before.append(len(calls) - position)
        inside = any(start <= position < stop for start, stop in spans)
        reads = list(call.reads)
        for k, operand in enumerate(reads):
            if call.kind != "entrywise" or inside or not _is_short(layout, call, operand):
                continue
            assert call.out is not None and call.out.shape is not None
            row = values[operand.key]
            name = unique(f"{row.name}_rows", taken)
            made = "np.empty({few}, dtype)"
            values.append(Value(name, call.out.shape, "real", "constant", made, row=row.shape))
            reads[k] = Operand(len(values) - 1, shape=call.out.shape)
            calls.append(Call("np.copyto({out}, {0})", (operand,), reads[k], "copy", call.node))
        calls.append(replace(call, reads=tuple(reads)))
    count = len(calls) - len(layout.calls)
    before.append(count)
    loops = tuple(
        replace(loop, start=loop.start + before[loop.start], stop=loop.stop + before[loop.stop])
        for loop in layout.loops
    )
    after = replace(layout, values=tuple(values), calls=tuple(calls), loops=loops)
    text = f"{count} rows of arguments below each other"
    return noted(replace(after, slots=tuple(range(len(values)))), "short_rows", text)


def _is_short(layout: Layout, call: Call, operand: Operand) -> bool:
    """A row of an argument that meets a matrix, and is not known to be long."""
    value = layout.values[operand.key]
    shape: tuple[Size, ...] = () if call.out is None else call.out.shape or ()
    if value.place != "argument" or value.kind != "real" or operand.view or len(value.shape) != 1:
        return False
    if len(shape) != 2 or shape[-1:] != value.shape or not call.out or call.out.view:
        return False
    length, entries = value.shape[0], product(shape)
    few = not entries.is_constant or entries.constant <= MOST_COPIED
    return few and (not length.is_constant or length.constant <= LONGEST)
