"""The pass that works out the next state where the last one stood."""

from __future__ import annotations

from dataclasses import replace

from symbp.emit.fast.layout import Call, Layout, Operand, noted, renamed, time_spans


def into_states(layout: Layout) -> Layout:
    """A carried state is written in place, where no later call of the step reads the old one."""
    spans = time_spans(layout.calls)
    done: set[int] = set()
    for start, stop, _ in spans:
        for position in range(start, stop):
            call = layout.calls[position]
            if call.kind == "copy" and call.out is not None and _is_safe(layout, start, position):
                layout = renamed(layout, call.reads[0].key, call.out.key)
                done.add(position)
    if not spans:
        return layout
    calls = tuple(call for k, call in enumerate(layout.calls) if k not in done)
    return noted(replace(layout, calls=calls), "into_states", f"{len(done)} states in place")


def _is_safe(layout: Layout, start: int, position: int) -> bool:
    """The copy of a value that only the loop knows over a state that is read no more."""
    calls = layout.calls
    (made,), target = calls[position].reads, calls[position].out
    if target is None or target.view or made.view:
        return False
    value, state = layout.values[made.key], layout.values[target.key]
    if value.place != "workspace" or value.shape != state.shape or value.kind != state.kind:
        return False
    touched = [k for k, c in enumerate(calls) if k != position and made.key in {o.key for o in c.operands}]
    if not touched or touched[0] < start or touched[-1] > position:
        return False
    first = touched[0]
    for k in range(first, position):
        for operand in calls[k].operands:
            if operand.key == target.key and not (k == first and _in_place(calls[k], operand)):
                return False
    return any(o.key == made.key for o in calls[first].writes)


def _in_place(call: Call, operand: Operand) -> bool:
    """Entry by entry, an array may be written while it is read."""
    whole = not operand.view and call.out is not None and not call.out.view
    return call.kind == "entrywise" and whole and operand in call.reads
