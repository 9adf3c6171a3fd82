"""Calls for the largest entries of windows that do not overlap, and for their gradient.

One axis after the other, the last one first: of equal entries the first in the order of rows counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.pooling_in_runs import (
    Run,
    beginnings,
    in_one_run,
    largest_in_run,
    largest_lines,
    spread_in_run,
)
from symbp.emit.fast.rules_windows import offsets_of, part_of_run, slices_at
from symbp.ops.structure.windows import Frame

MOST_PLACES = 64
"""Entries of a window along one axis, at most."""


@dataclass(frozen=True)
class Pooled:
    """One axis of a pooling: which entry is the largest, as a mask for each place but the last."""

    frame: Frame
    before: tuple[Size, ...]
    after: tuple[Size, ...]
    hits: tuple[Operand, ...]
    runs: tuple[Run, ...] = ()
    """The masks, where they are for all places of the array, not for those of windows alone."""


def pooled_max(placing: Placing, node: Node) -> bool:
    """The largest entry of each window, axis by axis, with the masks that its gradient needs."""
    (view,) = node.args
    if view.op.name != "windows" or view.args[0] not in placing.operands or not are_apart(view):
        return False
    base, frames = view.args[0], view.params[0]
    if node.params != (tuple(range(base.rank, view.rank)), False):
        return False
    wanted = any(n.op.name == "first_max" and n.args[0] is view for n in placing.order)
    source, shape = placing.operand(base), base.shape
    steps: list[Pooled] = []
    ordered = sorted(frames, reverse=True)
    for k, frame in enumerate(ordered):
        counts = tuple(view.shape[frame[0]] if a == frame[0] else s for a, s in enumerate(shape))
        run = in_one_run(placing, base, frame) if not k and len(ordered) > 1 else None
        if run is not None:
            made, runs = largest_in_run(placing, node, run, frame[2], wanted)
            steps.append(Pooled(frame, shape, counts, (), tuple(runs)))
            source, shape = made.at(placing, counts, frame), counts
            continue
        last = k == len(ordered) - 1
        out = placing.fresh(node) if last else placing.scratch(node, "max", counts)
        hits = _largest_along(placing, node, frame, source, out, counts, wanted)
        steps.append(Pooled(frame, shape, counts, hits))
        source, shape = out, counts
    placing.pooled[view] = steps
    placing.operands[node] = source
    return True


def are_apart(view: Node) -> bool:
    """Windows side by side, few entries along each axis, samples apart."""
    return all(
        width.is_constant
        and width.constant == stride
        and 2 <= stride <= MOST_PLACES
        and not dilation - 1
        and axis
        for axis, width, stride, dilation in view.params[0]
    ) and len({axis for axis, *_ in view.params[0]}) == len(view.params[0])


def _largest_along(
    placing: Placing,
    node: Node,
    frame: Frame,
    source: Operand,
    out: Operand,
    counts: Sequence[Size],
    wanted: bool,
) -> tuple[Operand, ...]:
    """out = max over the entries of a window along one axis; its masks, where they are wanted."""
    places = [slices_at(placing, (frame,), offset, counts) for offset in offsets_of((frame,)) or ()]
    parts = ["{0}" + place for place in places]
    count = len(parts) - 1 if wanted else 0
    hits = tuple(placing.scratch(node, "hit", counts, "bool") for _ in range(count))
    lines = largest_lines(parts, "{out}", [f"{{a{k}}}" for k in range(count)])
    flops = product(counts) * len(parts)
    placing.kernel(Call("\n".join(lines), (source,), out, "sum", node, flops, also=hits, each_row=True))
    return hits


def largest_by_place(placing: Placing, node: Node) -> bool:
    """The largest entry of windows that overlap, place by place."""
    (view,) = node.args
    axes, keepdims = node.params
    if view.op.name != "windows" or keepdims or view.args[0] not in placing.operands:
        return False
    frames, base = view.params[0], view.args[0]
    offsets = offsets_of(frames)
    if offsets is None or len(offsets) < 2 or tuple(axes) != tuple(range(base.rank, view.rank)):
        return False
    counts = view.shape[: base.rank]
    parts = ["{0}" + slices_at(placing, frames, offset, counts) for offset in offsets]
    out = placing.fresh(node)
    lines = largest_lines(parts, "{out}", [])
    flops, each_row = product(base.shape), not any(axis == 0 for axis, *_ in frames)
    reads = (placing.operand(base),)
    placing.kernel(Call("\n".join(lines), reads, out, "sum", node, flops, each_row=each_row))
    placing.operands[node] = out
    return True


def unpooled(placing: Placing, node: Node) -> bool:
    """The gradient of the largest entry goes where that stands first in its window."""
    found = _pooled(placing, node)
    if found is None:
        return False
    view, upstream = found
    steps = placing.pooled[view]
    source = placing.operand(upstream)
    in_run = bool(steps[0].runs)
    begin = beginnings(placing, node, steps[0].runs[0]) if in_run else None
    for k, step in enumerate(reversed(steps)):
        if step.runs and begin is not None:
            _give_runs(placing, node, spread_in_run(placing, node, begin, step.runs), view.args[0])
            return True
        last = k == len(steps) - 1
        out = placing.fresh(node) if last else placing.scratch(node, "spread", step.before)
        if begin is not None and k == len(steps) - 2:
            out = begin.at(placing, step.before, steps[0].frame)
        _spread_along(placing, node, step, source, out)
        source = out
    placing.operands[node] = source
    return True


def _give_runs(placing: Placing, node: Node, run: Run, like: Node) -> None:
    """The gradient of a convolution, which may take it with the zeros that stand between its rows."""
    placing.operands[node] = run.at(placing, node.shape)
    if like in placing.runs:
        shape = placing.runs[like][1]
        before = node.shape[: node.rank - len(shape.rows)]
        flat = placing.flat(run.operand, run.axes, [*before, product(shape.rows)])
        placing.between[node, shape.rows] = part_of_run(placing, flat, Size.of(0), shape.run)


def unpooled_by_place(placing: Placing, node: Node) -> bool:
    """The same for windows that overlap: place by place, where no place before it was as large."""
    found = _spread(node)
    offsets = offsets_of(node.params[0])
    if found is None or offsets is None or len(offsets) < 2 or not all(f[0] for f in node.params[0]):
        return False
    view, upstream = found
    (base,) = view.args
    axes = tuple(range(base.rank, view.rank))
    largest = [n for n in placing.order if n.op.name == "max" and n.args[0] is view]
    known = [n for n in largest if n.params == (axes, False) and n in placing.operands]
    if not known or upstream not in placing.operands or base not in placing.operands:
        return False
    counts = view.shape[: base.rank]
    out, part = placing.fresh(node), placing.scratch(node, "share", counts)
    seen, here = (placing.scratch(node, word, counts, "bool") for word in ("seen", "here"))
    lines = ["{out}.fill(0.0)", "{a0}.fill(False)"]
    for offset in offsets:
        place = slices_at(placing, node.params[0], offset, counts)
        lines += [
            f"np.equal({{0}}{place}, {{1}}, {{a1}})",
            "np.greater({a1}, {a0}, {a1})",
            "np.logical_or({a0}, {a1}, {a0})",
            "np.multiply({2}, {a1}, {a2})",
            f"np.add({{out}}{place}, {{a2}}, {{out}}{place})",
        ]
    reads = tuple(placing.operand(n) for n in (base, known[0], upstream))
    flops = product(counts) * 5 * len(offsets)
    also = (seen, here, part)
    placing.kernel(Call("\n".join(lines), reads, out, "sum", node, flops, also=also, each_row=True))
    placing.operands[node] = out
    return True


def _pooled(placing: Placing, node: Node) -> tuple[Node, Node] | None:
    """The same, where the masks of the windows are known."""
    found = _spread(node)
    if found is None or found[0] not in placing.pooled:
        return None
    return found if found[1] in placing.operands else None


def _spread(node: Node) -> tuple[Node, Node] | None:
    """The windows of x and the gradient g, of fold(first_max(windows(x)) g)."""
    (scaled,) = node.args
    if scaled.op.name != "multiply":
        return None
    for mask, upstream in (scaled.args, scaled.args[::-1]):
        if mask.op.name != "first_max" or upstream.op.name != "getitem":
            continue
        view, inner = mask.args[0], upstream.args[0]
        same = view.op.name == "windows" and view.params == node.params
        every = mask.params[0] == tuple(range(node.rank, view.rank))
        if same and every and inner.shape == view.shape[: node.rank]:
            return view, inner
    return None


def _spread_along(placing: Placing, node: Node, step: Pooled, source: Operand, out: Operand) -> None:
    """out at the place of the largest entry = source, elsewhere zero; along one axis."""
    axis, _, stride, _ = step.frame
    places = [
        slices_at(placing, (step.frame,), offset, step.after) for offset in offsets_of((step.frame,)) or ()
    ]
    whole = step.after[axis] * stride == step.before[axis]
    lines = [] if whole else ["{out}.fill(0.0)"]
    last = "{out}" + places[-1]
    rest = "{0}"
    for k, place in enumerate(places[:-1]):
        lines.append(f"np.multiply({{0}}, {{{k + 1}}}, {{out}}{place})")
        lines.append(f"np.subtract({rest}, {{out}}{place}, {last})")
        rest = last
    reads = (source, *step.hits)
    flops = product(step.after) * 2 * len(places)
    placing.kernel(Call("\n".join(lines), reads, out, "sum", node, flops, each_row=True))


RULES: dict[str, list[Rule]] = {"max": [pooled_max, largest_by_place], "fold": [unpooled, unpooled_by_place]}
