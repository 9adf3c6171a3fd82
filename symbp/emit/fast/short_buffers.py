"""The pass that spares loops the copies which NumPy makes for broadcasting.

NumPy fills a buffer of 8192 entries with a row or a column as often as it fits in, so that its inner
loop is long.  For long rows that costs more than to start anew at each; a short buffer, which holds
none of them, is left out.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Layout, Loop, Operand, noted

LONG_ROW, SMALL_BUFFER = 384, 512
"""Entries of rows that are broadcast faster without a buffer, and of one that is too short for them."""


def short_buffers(layout: Layout) -> Layout:
    """Loops over blocks get a short buffer, unless runs between the starts of broadcasting are short."""
    loops = tuple(replace(loop, runs=_runs(layout, loop)) for loop in layout.loops)
    count = sum(1 for loop in loops if loop.runs)
    return noted(replace(layout, loops=loops), "short_buffers", f"{count} loops broadcast without copies")


def _runs(layout: Layout, loop: Loop) -> tuple[Size, ...]:
    """How many entries lie between the starts of broadcasting; none where some are known to be few."""
    found: dict[Size, None] = {}
    for call in layout.calls[loop.start : loop.stop]:
        if call.kind == "entrywise" and call.out is not None:
            found.update(dict.fromkeys(r for o in call.reads if (r := _run(call.out, o)) is not None))
    is_short = any(run.is_constant and run.constant < LONG_ROW for run in found)
    return () if is_short else tuple(found)


def _run(out: Operand, operand: Operand) -> Size | None:
    """The entries that an operand has side by side, or repeats; None where nothing is broadcast."""
    shape, have = out.shape or (), operand.shape or ()
    if product(have).is_one or product(have) == product(shape):
        return None
    have = (*(Size.of(1) for _ in shape[len(have) :]), *have)
    same = have[-1] == shape[-1]
    run = shape[-1]
    for size, own in zip(shape[-2::-1], have[-2::-1], strict=True):
        if (own == size) != same or not operand.contiguous:
            break
        run = run * size
    return run
