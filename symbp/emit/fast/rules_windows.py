"""Calls for frames of zeros, windows as views, and windows added up place by place."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rounds import viewed
from symbp.emit.numpy_spell import SPELLINGS
from symbp.emit.numpy_text import ATOM, Piece
from symbp.ops.structure.windows import Frame

Labels = tuple[int, ...]
MOST_OFFSETS = 64
"""Entries of a window that are gone through one by one, at most."""


def pad(placing: Placing, node: Node) -> bool:
    """The inside of an array whose frame of zeros was made once."""
    (x,) = node.args
    if x not in placing.operands or x.dtype != "real":
        return False
    frame = zero_frame(placing, placing.temporary(node), node.shape)
    source, inside = _runs_inside(placing, node, frame) or (placing.operand(x), None)
    if inside is None:
        key = ", ".join(_inner(placing, a, b, s) for (a, b), s in zip(node.params[0], x.shape, strict=True))
        inside = Operand(frame.key, f"[{key}]", False, x.shape, by_rows=key.startswith(":"))
    placing.call("np.copyto({out}, {0})", [source], inside, "copy", node)
    placing.operands[node] = frame
    return True


def _runs_inside(placing: Placing, node: Node, frame: Operand) -> tuple[Operand, Operand] | None:
    """An array with zeros between its rows, and where it stands in the frame, if that has rows as long."""
    (x,), ends = node.args, node.params[0]
    for (upstream, rows), run in placing.between.items():
        first = node.rank - len(rows)
        if upstream is x and node.shape[first + 1 :] == rows[1:] and all(e == (0, 0) for e in ends[:first]):
            sizes, margins = node.shape[first:], [before for before, _ in ends[first:]]
            steps = [product(sizes[k + 1 :]) for k in range(len(sizes))]
            start = sum((m * step for m, step in zip(margins, steps, strict=True)), Size.of(0))
            flat = placing.flat(frame, node.shape, [*node.shape[:first], product(sizes)])
            return run, part_of_run(placing, flat, start, (run.shape or ())[-1])
    return None


def part_of_run(placing: Placing, operand: Operand, start: Size, run: Size) -> Operand:
    """So many entries of the last axis from one on."""
    shape = operand.shape or ()
    if start == 0 and run == shape[-1]:
        return operand
    first = "" if start == 0 else f"{placing.page.size(start)}"
    last = placing.page.size(start + run)
    between = " : " if " " in first + last else ":"
    view = f"{operand.view}[..., {(first + between + last).strip()}]"
    return Operand(operand.key, view, False, (*shape[:-1], run), by_rows=operand.keeps_first)


def zero_frame(placing: Placing, word: str, shape: Sequence[Size]) -> Operand:
    """Memory that is zero but for what is written inside of it."""
    value = Value(placing.names.fresh(word), tuple(shape), "real", "constant", "np.zeros({shape}, dtype)")
    return placing.add(value)


def _inner(placing: Placing, before: Size, after: Size, size: Size) -> str:
    """An axis without what was put before and after it."""
    if before == after == 0:
        return ":"
    return f"{placing.page.size(before)}:{placing.page.size(before + size)}"


def windows(placing: Placing, node: Node) -> bool:
    """A view."""
    (x,) = node.args
    if x not in placing.operands or x.dtype != "real":
        return False
    base = placing.operand(x)
    text = SPELLINGS["windows"](placing.page, node, [Piece("@", ATOM, "array", x.rank)]).text
    by_rows = all(axis for axis, _, _, _ in node.params[0])
    view = text.replace("@", viewed("@", base.view))
    by_rows = by_rows and base.keeps_first
    placing.operands[node] = Operand(base.key, view, False, node.shape, by_rows=by_rows)
    return True


# -- entries of windows one by one ----------------------------------------------------------------

Frames = Sequence[Frame]


def offsets_of(frames: Frames) -> list[tuple[int, ...]] | None:
    """All places in a window; None where they are not known or too many."""
    if not all(width.is_constant for _, width, _, _ in frames):
        return None
    found = list(itertools.product(*(range(width.constant) for _, width, _, _ in frames)))
    return found if len(found) <= MOST_OFFSETS else None


def slices_at(placing: Placing, frames: Frames, offset: Sequence[int], counts: Sequence[Size]) -> str:
    """The entries that stand at one place of all windows."""
    keys = [":"] * len(counts)
    for (axis, _, stride, dilation), place in zip(frames, offset, strict=True):
        start = Size.of(place * dilation)
        stop = start + (counts[axis] - 1) * stride + 1
        step = f":{stride}" if stride != 1 else ""
        text = placing.page.size(stop)
        keys[axis] = (
            f"{start}:{text}{step}" if " " not in text else f"{start} : {text}{step.replace(':', ' : ')}"
        )
    return f"[{', '.join(keys)}]"


def fold(placing: Placing, node: Node) -> bool:
    """Windows added up, place by place."""
    (x,) = node.args
    frames = node.params[0]
    offsets = offsets_of(frames)
    if offsets is None or x not in placing.operands:
        return False
    counts = x.shape[: node.rank]
    out = placing.fresh(node)
    lines = ["{out}.fill(0.0)"]
    for offset in offsets:
        part = "{out}" + slices_at(placing, frames, offset, counts)
        place = ", ".join(["...", *map(str, offset)])
        lines.append(f"np.add({part}, {{0}}[{place}], {part})")
    flops, each_row = product(x.shape), not any(axis == 0 for axis, *_ in frames)
    call = Call("\n".join(lines), (placing.operand(x),), out, "sum", node, flops, each_row=each_row)
    placing.kernel(call)
    placing.operands[node] = out
    return True


RULES: dict[str, list[Rule]] = {
    "pad": [pad],
    "windows": [windows],
    "fold": [fold],
}
