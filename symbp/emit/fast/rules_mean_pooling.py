"""Calls for means of windows side by side, axis by axis, and for their gradient, the same for all entries."""

from __future__ import annotations

from symbp.algebra.node import Node, number
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.pooling_in_runs import Run, in_one_run
from symbp.emit.fast.rules_pooling import are_apart
from symbp.emit.fast.rules_windows import offsets_of, slices_at
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.windows import Frame


def mean_of_windows(placing: Placing, node: Node) -> bool:
    """Sums along one axis after the other, the last one first; then the share of each entry."""
    view = _windows_of(node)
    if view is None or view.args[0] not in placing.operands or not are_apart(view):
        return False
    base, frames = view.args[0], sorted(view.params[0], reverse=True)
    source, counts = placing.operand(base), list(base.shape)
    for k, frame in enumerate(frames):
        axis = frame[0]
        counts[axis] = view.shape[axis]
        run = None if k else in_one_run(placing, base, frame)
        if run is not None:
            source = _summed_run(placing, node, run, frame).at(placing, counts, frame)
            continue
        out = placing.scratch(node, "sum", tuple(counts))
        places = [
            "{0}" + slices_at(placing, (frame,), offset, counts) for offset in offsets_of((frame,)) or ()
        ]
        _add_up(placing, node, (source,), places, out)
        source = out
    share = product(width for _, width, _, _ in frames).constant
    each = placing.constant(f"c1_by_{share}", f"np.array(1.0 / {share}, dtype)")
    out = placing.fresh(node)
    placing.entrywise(node, "np.multiply", [source, each], out)
    placing.operands[node] = out
    return True


def _windows_of(node: Node) -> Node | None:
    """The windows that a mean is taken of, also where their axes were put together first."""
    (x,), (axes, keepdims) = node.args, node.params
    view = x.args[0] if x.op.name == "reshape" else x
    if view.op.name != "windows" or keepdims:
        return None
    base = view.args[0].rank
    merged = x is not view and x.rank == base + 1 and x.shape[:base] == view.shape[:base]
    wanted = (base,) if merged else tuple(range(base, view.rank))
    return view if tuple(axes) == wanted and (merged or x is view) else None


def _summed_run(placing: Placing, node: Node, run: Run, frame: Frame) -> Run:
    """At each entry the sum of so many from there on."""
    made = Run(placing.scratch(node, "sum", run.axes), run.axes)
    count = frame[2]
    length = run.entries - (count - 1)
    parts = tuple(run.part(placing, k, length) for k in range(count))
    places = [f"{{{k}}}" for k in range(count)]
    _add_up(placing, node, parts, places, made.part(placing, 0, length))
    return made


def _add_up(
    placing: Placing, node: Node, reads: tuple[Operand, ...], places: list[str], out: Operand
) -> None:
    lines = [f"np.add({places[0]}, {places[1]}, {{out}})"]
    lines += [f"np.add({{out}}, {place}, {{out}})" for place in places[2:]]
    flops = product(out.shape or ()) * len(places)
    placing.kernel(Call("\n".join(lines), reads, out, "sum", node, flops, each_row=True))


def spread_evenly(placing: Placing, node: Node) -> bool:
    """What all entries of a window get, copied to each of its places."""
    found = _repeated(node)
    if found is None:
        return False
    source, factor = found
    frames = sorted(node.params[0], reverse=True)
    if source not in placing.operands or source.dtype != "real":
        return False
    value = placing.operand(source)
    if factor is not None:
        scaled = placing.scratch(node, "share", source.shape)
        placing.entrywise(node, "np.multiply", [placing.operand(factor), value], scaled)
        value = scaled
    counts = list(source.shape)
    for k, frame in enumerate(frames):
        axis = frame[0]
        before = tuple(counts)
        counts[axis] = node.shape[axis]
        out = placing.fresh(node) if k == len(frames) - 1 else placing.scratch(node, "spread", tuple(counts))
        lines = [] if before[axis] * frame[2] == counts[axis] else ["{out}.fill(0.0)"]
        places = (slices_at(placing, (frame,), offset, before) for offset in offsets_of((frame,)) or ())
        lines += [f"np.copyto({{out}}{place}, {{0}})" for place in places]
        placing.kernel(Call("\n".join(lines), (value,), out, "sum", node, product(counts), each_row=True))
        value = out
    placing.operands[node] = value
    return True


def _repeated(node: Node) -> tuple[Node, Node | None] | None:
    """g and the number c, of windows side by side that hold c g at each place."""
    (x,) = node.args
    factor = None
    if x.op.name == "multiply":
        numbers = [a for a in x.args if not a.rank and number(a) is not None]
        if len(numbers) != 1:
            return None
        factor = numbers[0]
        x = x.args[1] if x.args[0] is factor else x.args[0]
    if x.op is not CONTRACT or len(x.args) != 1 or x.rank == node.rank:
        return None
    (labels,), out, _ = x.params
    same = out[: len(labels)] == labels and len(set(out)) == len(out) and len(labels) == node.rank
    apart = all(
        axis and width == Size.of(stride) and dilation == 1
        for axis, width, stride, dilation in node.params[0]
    )
    return (x.args[0], factor) if same and apart and len(out) == node.rank + len(node.params[0]) else None


RULES: dict[str, list[Rule]] = {"mean": [mean_of_windows], "fold": [spread_evenly]}
