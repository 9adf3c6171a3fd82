"""The pass that works out arrays inside of the frames of zeros that they are wanted in."""

from __future__ import annotations

from dataclasses import replace

from symbp.emit.fast.layout import Call, Layout, Operand, noted

ANYWHERE = ("entrywise", "copy", "sum")
"""Calls that take entries that lie apart as well."""


def into_frames(layout: Layout) -> Layout:
    """What is copied into a frame, and is read as a whole besides, has its place there from the start."""
    calls = list(layout.calls)
    count = 0
    for call in layout.calls:
        if call not in calls or not _is_framing(layout, call):
            continue
        (source,), frame = call.reads, call.out
        position = calls.index(call)
        if frame is not None and _can_move(layout, calls, source.key, frame, position):
            del calls[position]
            calls = [_moved(c, source.key, frame) for c in calls]
            count += 1
    after = replace(layout, calls=tuple(calls))
    return noted(after, "into_frames", f"{count} arrays made inside of their frames")


def _is_framing(layout: Layout, call: Call) -> bool:
    """A copy of a whole value into a frame that nothing else writes."""
    if call.kind != "copy" or call.out is None or call.reads[0].view:
        return False
    frame = layout.values[call.out.key]
    once = sum(o.key == call.out.key for c in layout.calls for o in c.writes) == 1
    return frame.place == "constant" and "{shape}" in frame.made and once


def _can_move(layout: Layout, calls: list[Call], key: int, frame: Operand, position: int) -> bool:
    """All calls take the value as it is, and could take it from anywhere; the frame is read later."""
    if layout.values[key].place != "workspace":
        return False
    kept = {o.key for o in (*layout.outputs, *(o for _, o in layout.results))}
    using = [c for k, c in enumerate(calls) if k != position and any(o.key == key for o in c.operands)]
    plain = all(not o.view for c in using for o in c.operands if o.key == key)
    first = min(
        (k for k, c in enumerate(calls) if any(o.key == frame.key for o in c.reads)), default=position
    )
    made = [k for k, c in enumerate(calls) if any(o.key == key for o in c.writes)]
    sums = all(c.kind in ANYWHERE for c in using)
    return key not in kept and plain and sums and bool(made) and max(made) < first


def _moved(call: Call, key: int, frame: Operand) -> Call:
    def moved(operand: Operand) -> Operand:
        return frame if operand.key == key else operand

    if all(o.key != key for o in call.operands):
        return call
    out = None if call.out is None else moved(call.out)
    return replace(call, reads=tuple(map(moved, call.reads)), out=out, also=tuple(map(moved, call.also)))
