"""The pass that works out arrays inside of the frames of zeros that they are wanted in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symbp.emit.fast.layout import Call, Layout, Operand, noted

ANYWHERE = ("entrywise", "copy", "sum")
"""Calls that take entries that lie apart as well."""


def into_frames(layout: Layout) -> Layout:
    """What is copied into a frame, and is read as a whole besides, has its place there from the start."""
    touching = _touching(layout)
    moved: dict[int, Operand] = {}
    dropped: set[int] = set()
    for position, call in enumerate(layout.calls):
        if _is_framing(layout, call, touching) and call.out is not None:
            source = call.reads[0].key
            if source not in moved and _can_move(layout, source, call.out, position, touching):
                moved[source] = call.out
                dropped.add(position)
    calls = [_moved(call, moved) for k, call in enumerate(layout.calls) if k not in dropped]
    after = replace(layout, calls=tuple(calls))
    return noted(after, "into_frames", f"{len(moved)} arrays made inside of their frames")


def _touching(layout: Layout) -> dict[int, list[int]]:
    """Key -> the positions of the calls that read or write the value."""
    found: dict[int, list[int]] = {}
    for position, call in enumerate(layout.calls):
        for key in dict.fromkeys(o.key for o in call.operands):
            found.setdefault(key, []).append(position)
    return found


def _is_framing(layout: Layout, call: Call, touching: Mapping[int, list[int]]) -> bool:
    """A copy of a whole value into a frame that nothing else writes."""
    if call.kind != "copy" or call.out is None or call.reads[0].view:
        return False
    key = call.out.key
    frame = layout.values[key]
    if frame.place != "constant" or "{shape}" not in frame.made:
        return False
    return sum(o.key == key for k in touching[key] for o in layout.calls[k].writes) == 1


def _can_move(
    layout: Layout, key: int, frame: Operand, position: int, touching: Mapping[int, list[int]]
) -> bool:
    """All calls take the value as it is, and could take it from anywhere; the frame is read later."""
    if layout.values[key].place != "workspace":
        return False
    kept = {o.key for o in (*layout.outputs, *(o for _, o in layout.results))}
    using = [(k, layout.calls[k]) for k in touching[key] if k != position]
    plain = all(not o.view for _, c in using for o in c.operands if o.key == key)
    made = [k for k, c in using if any(o.key == key for o in c.writes)]
    read = [k for k in touching[frame.key] if k != position]
    anywhere = all(c.kind in ANYWHERE for _, c in using)
    return key not in kept and plain and anywhere and bool(made) and max(made) < min(read, default=position)


def _moved(call: Call, moved: Mapping[int, Operand]) -> Call:
    """The call with the insides of frames in the place of what is made there."""
    if all(o.key not in moved for o in call.operands):
        return call

    def place(operand: Operand) -> Operand:
        return moved.get(operand.key, operand)

    out = None if call.out is None else place(call.out)
    return replace(call, reads=tuple(map(place, call.reads)), out=out, also=tuple(map(place, call.also)))
