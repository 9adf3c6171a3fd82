"""The pass that lays the weights of a loop over time out as its products take them fastest.

In double precision OpenBLAS multiplies a few rows by a matrix a third faster where the columns of
the matrix lie together, in single precision where its rows do; the copy costs less than a few steps.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.emit.fast.layout import Call, Layout, Operand, Value, noted, time_spans

DOT = "{0}.dot({1}, {out})"
MADE = 'np.empty({shape}, dtype, "F" if np.dtype(dtype) == np.float64 else "C")'


def weights_in_columns(layout: Layout) -> Layout:
    """A matrix that each step multiplies by is copied once, column by column where that is faster."""
    spans = time_spans(layout.calls)
    values, calls = list(layout.values), list(layout.calls)
    count = 0
    for start, stop, _ in reversed(spans):
        ahead: list[Call] = []
        written = {o.key for call in calls[start:stop] for o in call.writes}
        copies: dict[int, Operand] = {}
        for k in range(start, stop):
            call = calls[k]
            matrix = call.reads[1] if call.text == DOT and call.kind == "product" else None
            if matrix is None or matrix.view or matrix.key in written or len(values[matrix.key].shape) != 2:
                continue
            if matrix.key not in copies:
                copies[matrix.key] = _copied(values, matrix, call, ahead)
                count += 1
            calls[k] = replace(call, reads=(call.reads[0], copies[matrix.key]))
        calls[start:start] = ahead
    if not spans:
        return layout
    after = replace(layout, values=tuple(values), calls=tuple(calls), slots=tuple(range(len(values))))
    return noted(after, "weights_in_columns", f"{count} matrices laid out for their loop")


def _copied(values: list[Value], matrix: Operand, call: Call, ahead: list[Call]) -> Operand:
    """The copy, and the call that makes it."""
    base = values[matrix.key]
    values.append(Value(f"{base.name}_laid", base.shape, base.kind, "constant", MADE))
    copy = Operand(len(values) - 1, shape=base.shape)
    ahead.append(Call("np.copyto({out}, {0})", (matrix,), copy, "copy", call.node))
    return copy
