"""The pass that decides what a later loop finds in memory and what it brings together again.

The columns of a convolution have the entries of its input many times over.  A second loop that
reads them would make the first keep those of the whole batch; from the input they are one copy away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from symbp.algebra.size import product
from symbp.emit.fast.layout import Call, Layout, Loop, Value, exchanged, noted, time_spans
from symbp.emit.fast.roles import ROWS, role


def recompute_copies(layout: Layout) -> Layout:
    """Copies that are larger than what they are copied from are made anew in each loop that reads them."""
    calls, values, loops = list(layout.calls), list(layout.values), list(layout.loops)
    copies = _copies(calls)
    homes = {key: _home(loops, calls.index(call)) for key, call in copies.items()}
    count = 0
    for k in range(len(loops)):
        loop = loops[k]
        span = calls[loop.start : loop.stop]
        read = dict.fromkeys(o.key for call in span for o in call.reads if homes.get(o.key, k) != k)
        ahead: list[Call] = []
        for key in read:
            chain = _chain_of(layout, copies, key, loop)
            if chain:
                made, new = _again(values, chain)
                ahead += made
                span = [exchanged(call, key, new) for call in span]
                count += 1
        calls[loop.start : loop.stop] = [*ahead, *span]
        loops[k] = replace(loop, stop=loop.stop + len(ahead))
        for j in range(k + 1, len(loops)):
            later = loops[j]
            loops[j] = replace(later, start=later.start + len(ahead), stop=later.stop + len(ahead))
    after = replace(layout, calls=tuple(calls), values=tuple(values), loops=tuple(loops))
    text = f"{count} copies made again rather than kept"
    return noted(replace(after, slots=tuple(range(len(values)))), "recompute_copies", text)


def _copies(calls: Sequence[Call]) -> dict[int, Call]:
    """Key -> the one call that writes the value, a copy; steps of recurrences write parts of values."""
    inside = {k for start, stop, _ in time_spans(calls) for k in range(start, stop)}
    writers = Counter(o.key for call in calls for o in call.writes)
    found = {c.out.key: c for k, c in enumerate(calls) if c.kind == "copy" and c.out and k not in inside}
    return {key: call for key, call in found.items() if writers[key] == 1}


def _home(loops: Sequence[Loop], position: int) -> int | None:
    """The loop that a call stands in."""
    inside = (k for k, loop in enumerate(loops) if loop.start <= position < loop.stop)
    return next(inside, None)


def _chain_of(layout: Layout, copies: dict[int, Call], key: int, loop: Loop) -> list[Call]:
    """The copies that lead to a value, the first one first; none where keeping it is no more memory."""
    found: list[Call] = []
    while key in copies:
        call = copies[key]
        if role(layout, call, loop.rows) != ROWS or layout.values[key].given:
            return []
        found.insert(0, call)
        key = call.reads[0].key
    if not found:
        return []
    assert found[-1].out is not None
    kept = product(layout.values[found[-1].out.key].shape)
    source = product(layout.values[key].shape)
    is_larger = kept.value(dict.fromkeys(kept.letters, 64)) > source.value(dict.fromkeys(source.letters, 64))
    return found if is_larger else []


def _again(values: list[Value], chain: Sequence[Call]) -> tuple[list[Call], int]:
    """The same copies into memory of their own, and the key of the last."""
    made: list[Call] = []
    new: dict[int, int] = {}
    key = -1
    for call in chain:
        assert call.out is not None
        base = values[call.out.key]
        values.append(replace(base, name=f"{base.name}_again"))
        key = len(values) - 1
        new[call.out.key] = key
        for old, fresh in new.items():
            call = exchanged(call, old, fresh)
        made.append(call)
    return made, key
