"""The pass that lays the weights of a loop over time out as its products take them fastest.

In double precision OpenBLAS multiplies a few rows by a matrix a third faster where the columns of
the matrix lie together, in single precision where its rows do; the copy costs as much as two steps gain.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.size import Size
from symbp.emit.fast.layout import Call, Layout, Operand, Value, noted, time_spans

DOT = "{0}.dot({1}, {out})"
MADE = 'np.empty({shape}, dtype, "F" if np.dtype(dtype) == np.float64 and {steps} > 2 else "C")'


def weights_in_columns(layout: Layout) -> Layout:
    """A matrix that each step multiplies by lies as its products like it, or is copied so once."""
    spans = time_spans(layout.calls)
    values, calls = list(layout.values), list(layout.calls)
    count = 0
    for start, stop, loop in reversed(spans):
        ahead: list[Call] = []
        written = {o.key for call in calls[start:stop] for o in call.writes}
        copies: dict[int, Operand] = {}
        for k in range(start, stop):
            call = calls[k]
            matrix = call.reads[1] if call.text == DOT and call.kind == "product" else None
            if matrix is None or matrix.view or matrix.key in written or len(values[matrix.key].shape) != 2:
                continue
            if _is_only_multiplied(layout, matrix.key):
                values[matrix.key] = replace(
                    values[matrix.key], place="constant", made=MADE, steps=loop.length
                )
                count += 1
                continue
            if matrix.key not in copies:
                copies[matrix.key] = _copied(values, matrix, call, ahead, loop.length)
                count += 1
            calls[k] = replace(call, reads=(call.reads[0], copies[matrix.key]))
        calls[start:start] = ahead
    if not spans:
        return layout
    after = replace(layout, values=tuple(values), calls=tuple(calls), slots=tuple(range(len(values))))
    return noted(after, "weights_in_columns", f"{count} matrices laid out for their loop")


def _is_only_multiplied(layout: Layout, key: int) -> bool:
    """Put together by copies, and read by products as it is: it may lie as they like."""
    kept = {o.key for o in (*layout.outputs, *(o for _, o in layout.results), *layout.marks.values())}
    writers = [c for c in layout.calls if any(o.key == key for o in c.writes)]
    reads = [(c, o) for c in layout.calls for o in c.reads if o.key == key]
    made = layout.values[key].place == "workspace" and all(c.kind == "copy" for c in writers)
    plain = all(c.text == DOT and not o.view and c.reads[1] is o for c, o in reads)
    return made and plain and key not in kept


def _copied(values: list[Value], matrix: Operand, call: Call, ahead: list[Call], steps: Size) -> Operand:
    """The copy, and the call that makes it."""
    base = values[matrix.key]
    values.append(Value(f"{base.name}_laid", base.shape, base.kind, "constant", MADE, steps=steps))
    copy = Operand(len(values) - 1, shape=base.shape)
    ahead.append(Call("np.copyto({out}, {0})", (matrix,), copy, "copy", call.node))
    return copy
