"""The pass that lays the weights of a loop over time out as its products take them fastest.

In double precision OpenBLAS multiplies a few rows by a matrix a third faster where the columns of
the matrix lie together, in single precision where its rows do (with its kernels for AVX-512; with
those for AVX2 it is all the same).  The copy costs as much as two steps gain.  It is taken some rows
at a time, of which the cache holds the lines that it writes: that is four times as fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from symbp.algebra.size import Size
from symbp.emit.fast.layout import Call, Layout, Operand, Value, noted, time_spans

DOT = "{0}.dot({1}, {out})"
MADE = 'np.empty({shape}, dtype, "F" if np.dtype(dtype) == np.float64 and {steps} > 2 else "C")'
MADE_TURNED = 'np.empty({shape}, dtype, "F" if np.dtype(dtype) == np.float32 and {steps} > 2 else "C")'
ROWS = 16
COPY = "np.copyto({out}, {0})"
SOME = "[{own start} : {own start} + {own strip}]"
IN_STRIPS = f"""{{own strip}} = {ROWS} if {{out}}.strides[0] == {{out}}.itemsize else len({{out}})
for {{own start}} in range(0, len({{out}}), {{own strip}}):
    np.copyto({{out}}{SOME}, {{0}}{SOME})"""


def weights_in_columns(layout: Layout) -> Layout:
    """A matrix that each step multiplies by lies as its products like it, or is copied so once."""
    spans = time_spans(layout.calls)
    values, calls = list(layout.values), list(layout.calls)
    count = 0
    for start, stop, loop in reversed(spans):
        written = {o.key for call in calls[start:stop] for o in call.writes}
        laid = _Laid(values, loop.length)
        for k in range(start, stop):
            call = calls[k]
            matrix = call.reads[1] if call.text == DOT and call.kind == "product" else None
            if matrix is None or not _is_fixed(values, matrix, written):
                continue
            if _is_only_multiplied(layout, matrix):
                values[matrix.key] = replace(
                    values[matrix.key], place="constant", made=_made(matrix), steps=loop.length
                )
                calls = [_in_strips(c, matrix.key) for c in calls]
                count += 1
            else:
                calls[k] = replace(call, reads=(call.reads[0], laid.copy(matrix, call)))
        calls[start:start] = laid.ahead
        count += len(laid.copies)
    if not spans:
        return layout
    after = replace(layout, values=tuple(values), calls=tuple(calls), slots=tuple(range(len(values))))
    return noted(after, "weights_in_columns", f"{count} matrices laid out for their loop")


def _is_fixed(values: list[Value], matrix: Operand, written: set[int]) -> bool:
    """A whole matrix or its transpose, which no step changes."""
    plain = matrix.view in ("", ".T") and len(values[matrix.key].shape) == 2
    return plain and matrix.key not in written


def _in_strips(call: Call, key: int) -> Call:
    """The same, but for a copy into a matrix."""
    into = call.text == COPY and call.out is not None and call.out.key == key
    return replace(call, text=IN_STRIPS) if into else call


def _made(matrix: Operand) -> str:
    return MADE_TURNED if matrix.view else MADE


def _is_only_multiplied(layout: Layout, matrix: Operand) -> bool:
    """Put together by copies, and read by products as it is: it may lie as they like."""
    key = matrix.key
    kept = {o.key for o in (*layout.outputs, *(o for _, o in layout.results), *layout.marks.values())}
    writers = [c for c in layout.calls if any(o.key == key for o in c.writes)]
    reads = [(c, o) for c in layout.calls for o in c.reads if o.key == key]
    made = layout.values[key].place == "workspace" and all(c.kind == "copy" for c in writers)
    plain = all(c.text == DOT and o.view == matrix.view and c.reads[1] is o for c, o in reads)
    return made and plain and key not in kept


@dataclass
class _Laid:
    """Copies of matrices that are made before one loop."""

    values: list[Value]
    steps: Size
    copies: dict[tuple[int, str], Operand] = field(default_factory=dict)
    ahead: list[Call] = field(default_factory=list)

    def copy(self, matrix: Operand, call: Call) -> Operand:
        """The copy of a matrix, seen as the products see it, with the call that makes it."""
        key = (matrix.key, matrix.view)
        if key not in self.copies:
            base = self.values[matrix.key]
            word = "turned" if matrix.view else "laid"
            self.values.append(
                Value(
                    f"{base.name}_{word}", base.shape, base.kind, "constant", _made(matrix), steps=self.steps
                )
            )
            copy = Operand(len(self.values) - 1, shape=base.shape)
            self.ahead.append(Call(IN_STRIPS, (replace(matrix, view=""),), copy, "copy", call.node))
            self.copies[key] = replace(copy, view=matrix.view, shape=matrix.shape)
        return self.copies[key]
