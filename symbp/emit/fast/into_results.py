"""The pass that works out gradients in the memory that they are returned in."""

from __future__ import annotations

from symbp.emit.fast.layout import Layout, Operand, noted, renamed, time_spans


def into_results(layout: Layout) -> Layout:
    """What becomes a gradient in its last call, entry by entry, is worked out in the gradient's memory."""
    count = 0
    first: dict[int, int] = {}
    for k, call in enumerate(layout.calls):
        for operand in call.operands:
            first.setdefault(operand.key, k)
    inside = {k for start, stop, _ in time_spans(layout.calls) for k in range(start, stop)}
    for position in range(len(layout.calls) - 1, -1, -1):
        call = layout.calls[position]
        if call.kind != "entrywise" or call.out is None or layout.values[call.out.key].place != "result":
            continue
        key = call.out.key
        if first[key] != position or position in inside:
            continue
        later = {o.key for c in layout.calls[position + 1 :] for o in c.operands}
        later |= {o.key for o in (*layout.outputs, *(o for _, o in layout.results))}
        for operand in call.reads:
            if operand.key not in later and _becomes(layout, operand, key):
                layout = renamed(layout, operand.key, key)
                count += 1
                break
    return noted(layout, "into_results", f"{count} gradients made in place")


def _becomes(layout: Layout, operand: Operand, key: int) -> bool:
    value, target = layout.values[operand.key], layout.values[key]
    same = value.shape == target.shape and value.kind == target.kind
    return same and value.place == "workspace" and not operand.view and not value.given
