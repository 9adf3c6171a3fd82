"""The pass that leaves out calls whose result nothing reads."""

from __future__ import annotations

from dataclasses import replace

from symbp.emit.fast.layout import Call, Layout, noted


def drop_unused(layout: Layout) -> Layout:
    """Calls whose result nothing reads."""
    needed = {o.key for o in (*layout.outputs, *(o for _, o in layout.results))}
    kept: list[Call] = []
    for call in reversed(layout.calls):
        if not call.writes or any(o.key in needed for o in call.writes):
            needed.update(o.key for o in call.reads)
            kept.append(call)
    text = f"{len(layout.calls) - len(kept)} calls"
    return noted(replace(layout, calls=tuple(reversed(kept))), "drop_unused", text)
