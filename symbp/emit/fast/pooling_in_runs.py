"""Pooling along the last axis without strides: whole arrays are compared with themselves, shifted.

NumPy goes through one run about ten times as fast as through every other entry, so that it is worth to
compare all entries with their neighbours, and to leave unread what begins at no window.  Backwards a
gradient stands where its window begins, between zeros, and goes on to its place by shifts as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand
from symbp.emit.fast.place import Placing
from symbp.emit.fast.rules_convolution import up_to
from symbp.emit.fast.rules_windows import part_of_run, slices_at, zero_frame
from symbp.ops.structure.windows import Frame

MOST_SHIFTS = 4
"""Entries of a window, at most: all of an array are compared so many times."""


@dataclass(frozen=True)
class Run:
    """Memory that holds an array, one run for each sample; its rows may be longer than what is read."""

    operand: Operand
    axes: tuple[Size, ...]

    @property
    def entries(self) -> Size:
        """Of one sample."""
        return product(self.axes[1:])

    def part(self, placing: Placing, start: int, count: Size) -> Operand:
        """So many entries of each sample."""
        whole = placing.flat(self.operand, self.operand.shape or (), [self.axes[0], self.entries])
        return part_of_run(placing, whole, Size.of(start), count)

    def at(self, placing: Placing, shape: Sequence[Size], frame: Frame | None = None) -> Operand:
        """Its entries that stand in an array of a shape; those with which windows begin."""
        keys = [up_to(placing, s, a) for s, a in zip(shape, self.axes, strict=True)]
        if frame is not None:
            keys[-1] = slices_at(placing, ((0, *frame[1:]),), (0,), shape[-1:])[1:-1]
        open_ = placing.flat(self.operand, self.operand.shape or (), self.axes)
        if all(key == ":" for key in keys):
            return open_
        return Operand(open_.key, f"{open_.view}[{', '.join(keys)}]", False, tuple(shape), by_rows=True)


def in_one_run(placing: Placing, base: Node, frame: Frame) -> Run | None:
    """The memory that holds an array in one run, for narrow windows along its last axis."""
    axis, _, stride, _ = frame
    if axis != base.rank - 1 or stride > MOST_SHIFTS:
        return None
    if base in placing.runs:
        runs, shape = placing.runs[base]
        return Run(runs, (*base.shape[: base.rank - len(shape.rows)], *shape.rows))
    source = placing.operand(base)
    own = placing.values[source.key].place not in ("argument", "local")
    return Run(source, base.shape) if own and source.contiguous else None


def largest_lines(parts: Sequence[str], out: str, hits: Sequence[str]) -> list[str]:
    """out = the largest of the parts; masks, for all but the last, of where it is the first of that size."""
    lines = [f"np.maximum({parts[0]}, {parts[1]}, out={out})"]
    lines += [f"np.maximum({out}, {part}, out={out})" for part in parts[2:]]
    if len(hits) == 1:
        return [*lines, f"np.greater_equal({parts[0]}, {parts[1]}, {hits[0]})"]
    for k, hit in enumerate(hits):
        lines.append(f"np.equal({parts[k]}, {out}, {hit})")
        lines += [f"np.greater({hit}, {earlier}, {hit})" for earlier in hits[:k]]
    return lines


def largest_in_run(
    placing: Placing, node: Node, run: Run, stride: int, wanted: bool
) -> tuple[Run, list[Run]]:
    """At each entry the largest from there on, and masks for all places of a window but the last."""
    length = run.entries - (stride - 1)
    words = [("max", "real"), *[("hit", "bool")] * (stride - 1 if wanted else 0)]
    made = [Run(placing.scratch(node, word, run.axes, kind), run.axes) for word, kind in words]
    parts = [run.part(placing, k, length) for k in range(stride)]
    out, *hits = (x.part(placing, 0, length) for x in made)
    here, there = [f"{{{k}}}" for k in range(stride)], [f"{{a{k}}}" for k in range(len(hits))]
    text = "\n".join(largest_lines(here, "{out}", there))
    flops = run.axes[0] * length * stride
    placing.kernel(Call(text, tuple(parts), out, "sum", node, flops, also=tuple(hits), each_row=True))
    return made[0], made[1:]


def beginnings(placing: Placing, node: Node, like: Run) -> Run:
    """Zeros, between which the gradients of windows are to stand where these begin."""
    return Run(zero_frame(placing, placing.temporary(node, "begin"), like.axes), like.axes)


def spread_in_run(placing: Placing, node: Node, begin: Run, hits: Sequence[Run]) -> Run:
    """The gradients go on to the largest entry of their window; there are zeros where there was none."""
    out = Run(placing.scratch(node, "runs", begin.axes), begin.axes)
    count = len(hits)
    length = out.entries - count
    later = [out.part(placing, k + 1, length) for k in range(count)]
    writes = [begin.part(placing, 0, length), out.part(placing, 0, out.entries), *later]
    lines = ["np.multiply({a0}, {0}, {out})", f"{{a1}}[:, -{count}:].fill(0.0)"]
    lines.append("np.subtract({a0}, {out}, {a0})")
    if count > 1:
        writes.append(placing.scratch(node, "share", (begin.axes[0], length)))
    for k in range(1, count):
        share, here = f"{{a{count + 2}}}", f"{{a{k + 1}}}"
        lines += [f"np.multiply({{a0}}, {{{k}}}, {share})", f"np.add({here}, {share}, {here})"]
        lines.append(f"np.subtract({{a0}}, {share}, {{a0}})")
    last = f"{{a{count + 1}}}"
    lines.append(f"np.add({last}, {{a0}}, {last})")
    reads = (*(hit.part(placing, 0, length) for hit in hits), writes[0])
    flops = begin.axes[0] * length * 3 * count
    target = out.part(placing, 0, length)
    placing.kernel(
        Call("\n".join(lines), reads, target, "sum", node, flops, also=tuple(writes), each_row=True)
    )
    return out
