"""The pass in which values take turns in the same memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symbp.algebra.size import Size
from symbp.emit.fast.layout import Call, Layout, Operand, last_uses, noted, time_spans
from symbp.emit.numpy_names import IDENTIFIER


def share_memory(layout: Layout) -> Layout:
    """A value takes over memory of its size whose last reader is done; entry by entry even its own.

    Gradients keep memory of their own until the next call.
    """
    last = last_uses(layout)
    slots = list(range(len(layout.values)))
    free: dict[tuple[Size, str], list[int]] = {}
    born: set[int] = set()
    early = _filled_by_loops(layout)
    ends = _last_reads_in_loops(layout, last)
    for position, call in enumerate(layout.calls):
        for key in early.get(position, ()):
            born.add(key)
            slot = _find(free, layout, key)
            slots[key] = key if slot is None else slot
        dying = [k for k in _keys(call.reads) if last[k] == position and _is_shared(layout, k)]
        for written in call.writes:
            key = written.key
            if key in born:
                continue
            born.add(key)
            ending = [*dying, *(k for k in _keys(call.reads) if ends.get(k) == position)]
            taken = _taken_in_place(layout, call, ending) if call.kind == "entrywise" else None
            if taken is not None and _can_share(layout, key, slots[taken]):
                slots[key] = slots[taken]
                dying = [k for k in dying if k != taken]
                ends.pop(taken, None)
            elif layout.values[key].place == "workspace":
                slot = _find(free, layout, key)
                if slot is not None:
                    slots[key] = slot
            if last.get(key) == position and _is_shared(layout, key):
                dying.append(key)
        for key in dying:
            owner = slots[key]
            if layout.values[owner].place == "workspace":
                value = layout.values[key]
                free.setdefault((value.entries, value.kind), []).append(owner)
    count = sum(1 for k, s in enumerate(slots) if s != k)
    return noted(replace(layout, slots=tuple(slots)), "share_memory", f"{count} values in memory of others")


def _filled_by_loops(layout: Layout) -> dict[int, list[int]]:
    """Where loops over time start: the values that they fill step by step, and need all along."""
    found: dict[int, list[int]] = {}
    before: set[int] = set()
    for start, stop, loop in time_spans(layout.calls):
        before |= {o.key for call in layout.calls[:start] for o in call.writes}
        written = [o for call in layout.calls[start:stop] for o in call.writes]
        filled = [o.key for o in written if loop.time in IDENTIFIER.findall(o.view) and o.key not in before]
        found[start] = [k for k in dict.fromkeys(filled) if _is_shared(layout, k)]
    return found


def _last_reads_in_loops(layout: Layout, last: Mapping[int, int]) -> dict[int, int]:
    """What a loop over blocks takes from before it, and nobody after it: the place of its last reader there.

    Each round does rows of its own, so these may be written over, though the others are still needed.
    """
    found: dict[int, int] = {}
    for loop in layout.loops:
        inside = layout.calls[loop.start : loop.stop]
        made = {o.key for call in inside for o in call.writes}
        for position, call in enumerate(inside, loop.start):
            for key in _keys(call.reads):
                if key not in made and last[key] == loop.stop - 1 and _is_shared(layout, key):
                    found[key] = position
    return found


def _keys(operands: Sequence[Operand]) -> list[int]:
    return list(dict.fromkeys(o.key for o in operands))


def _is_shared(layout: Layout, key: int) -> bool:
    return layout.values[key].place == "workspace"


def _taken_in_place(layout: Layout, call: Call, dying: Sequence[int]) -> int | None:
    """A value read here for the last time, whole and unmoved, of the kind and shape of the result."""
    assert call.out is not None
    target = layout.values[call.out.key]
    for key in dying:
        value = layout.values[key]
        whole = all(not o.view for o in call.reads if o.key == key) and not call.out.view
        if whole and value.shape == target.shape and value.kind == target.kind:
            return key
    return None


def _can_share(layout: Layout, key: int, slot: int) -> bool:
    return layout.values[slot].place == "workspace" and layout.values[key].place == "workspace"


def _find(free: dict[tuple[Size, str], list[int]], layout: Layout, key: int) -> int | None:
    """Free memory of that many entries, the one that was used last (it is in the cache)."""
    value = layout.values[key]
    found = free.get((value.entries, value.kind))
    return found.pop() if found else None
