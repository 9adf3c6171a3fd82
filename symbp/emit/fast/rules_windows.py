"""Calls for convolution and pooling: windows as views, brought together once for matrix products."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Operand, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.numpy_spell import SPELLINGS
from symbp.emit.numpy_text import ATOM, Piece

Labels = tuple[int, ...]
MOST_OFFSETS = 64
"""Entries of a window that are gone through one by one, at most."""


def pad(placing: Placing, node: Node) -> bool:
    """The inside of an array whose frame of zeros was made once."""
    (x,) = node.args
    if x not in placing.operands or x.dtype != "real":
        return False
    frame = zero_frame(placing, placing.temporary(node), node.shape)
    key = ", ".join(_inner(placing, a, b, s) for (a, b), s in zip(node.params[0], x.shape, strict=True))
    inside = Operand(frame.key, f"[{key}]", False, x.shape, by_rows=key.startswith(":"))
    placing.call("np.copyto({out}, {0})", [placing.operand(x)], inside, "copy", node)
    placing.operands[node] = frame
    return True


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
    if x not in placing.operands or placing.operand(x).view or x.dtype != "real":
        return False
    text = SPELLINGS["windows"](placing.page, node, [Piece("@", ATOM, "array", x.rank)]).text
    by_rows = all(axis for axis, _, _, _ in node.params[0])
    placing.operands[node] = Operand(placing.operand(x).key, text, False, node.shape, by_rows=by_rows)
    return True


# -- products with windows ------------------------------------------------------------------------


def arranged_product(placing: Placing, node: Node) -> bool:
    """A product of arrays whose axes lie apart: brought together, one matrix product for each sample."""
    if len(node.args) != 2 or any(a not in placing.operands or a.dtype != "real" for a in node.args):
        return False
    (a, b), out, _ = node.params
    if any(len(set(part)) < len(part) for part in (a, b, out)) or len(out) < 3:
        return False
    shared = [x for x in a if x in b]
    if any(x in out for x in shared) or any(x not in a and x not in b for x in out):
        return False
    if a[0] == b[0]:
        return _summed_over_samples(placing, node, shared)
    for first, second in ((0, 1), (1, 0)):
        if out[0] == node.params[0][first][0]:
            return _for_each_sample(placing, node, first, second, shared)
    return False


def _for_each_sample(placing: Placing, node: Node, first: int, second: int, shared: Sequence[int]) -> bool:
    """out[n, right, left] = second[right, summed] first[n, summed, left]"""
    inputs, out, sizes = node.params
    lead = inputs[first][0]
    summed = tuple(x for x in inputs[second] if x in shared)
    left = tuple(x for x in out if x in inputs[first] and x != lead)
    right = tuple(x for x in inputs[second] if x not in shared)
    if not summed or not left or not right:
        return False
    x = _together(placing, node.args[first], inputs[first], [(lead,), summed, left], sizes)
    y = _together(placing, node.args[second], inputs[second], [right, summed], sizes, turn=True)
    made = (lead, *right, *left)
    shape = [sizes[k] for k in made]
    result = placing.scratch(node, "prod", shape) if made != out else placing.fresh(node)
    flat = placing.flat(result, shape, _sizes([(lead,), right, left], sizes))
    flops = product(shape) * product(sizes[k] for k in summed) * 2
    placing.call("np.matmul({0}, {1}, {out})", [y, x], flat, "product", node, flops)
    placing.operands[node] = result if made == out else _turned(result, made, out, node)
    return True


def _summed_over_samples(placing: Placing, node: Node, shared: Sequence[int]) -> bool:
    """out[left, right] = Σₙ first[n, left, summed] second[n, right, summed]ᵀ"""
    (a, b), out, sizes = node.params
    lead, summed = a[0], tuple(x for x in a if x in shared and x != a[0])
    left = tuple(x for x in a if x not in shared)
    right = tuple(x for x in out if x in b)
    if out != left + right or not summed or tuple(x for x in b if x in summed) != summed:
        return False
    x = _together(placing, node.args[0], a, [(lead,), left, summed], sizes)
    y = _together(placing, node.args[1], b, [(lead,), right, summed], sizes)
    y = swapped(y)
    shape = _sizes([(lead,), left, right], sizes)
    parts = placing.scratch(node, "parts", shape)
    flops = product(shape) * product(sizes[k] for k in summed) * 2
    placing.call("np.matmul({0}, {1}, {out})", [x, y], parts, "product", node, flops)
    result = placing.fresh(node)
    target = placing.flat(result, node.shape, shape[1:])
    placing.call("np.add.reduce({0}, 0, None, {out})", [parts], target, "sum", node, product(shape))
    placing.operands[node] = result
    return True


def _sizes(groups: Sequence[Labels], sizes: Sequence[Size]) -> list[Size]:
    return [product(sizes[k] for k in group) for group in groups]


def _together(
    placing: Placing,
    node: Node,
    labels: Labels,
    groups: Sequence[Labels],
    sizes: Sequence[Size],
    turn: bool = False,
) -> Operand:
    """The array with its axes in groups, copied where they do not lie so (once for each order)."""
    operand = placing.operand(node)
    wanted = tuple(x for group in groups for x in group)
    order = tuple(labels.index(x) for x in wanted)
    shape = [sizes[k] for k in wanted]
    if turn and tuple(labels) == (*groups[1], *groups[0]) and operand.contiguous:
        flat = placing.flat(operand, node.shape, _sizes(groups[::-1], sizes))
        return Operand(flat.key, f"{flat.view}.T", False, (flat.shape or ())[::-1])
    if order != tuple(range(len(order))) or not operand.contiguous:
        key = (node, order)
        if key not in placing.arranged:
            copy = placing.scratch(node, "columns", shape)
            axes = ", ".join(map(str, order))
            view, by_rows = f"{operand.view}.transpose({axes})", operand.keeps_first and order[0] == 0
            moved = Operand(operand.key, view, False, tuple(shape), by_rows=by_rows)
            placing.call("np.copyto({out}, {0})", [moved], copy, "copy", node)
            placing.arranged[key] = copy
        operand = placing.arranged[key]
    return placing.flat(operand, shape, _sizes(groups, sizes))


def _turned(result: Operand, made: Labels, out: Labels, node: Node) -> Operand:
    axes = ", ".join(str(made.index(x)) for x in out)
    by_rows = result.keeps_first and axes.startswith("0")
    return Operand(result.key, f"{result.view}.transpose({axes})", False, node.shape, by_rows=by_rows)


def swapped(operand: Operand) -> Operand:
    """Each sample's matrix transposed."""
    first, rows, columns = operand.shape or ()
    view = f"{operand.view}.swapaxes(1, 2)"
    return Operand(operand.key, view, False, (first, columns, rows), by_rows=operand.keeps_first)


# -- entries of windows one by one ----------------------------------------------------------------

Frames = Sequence[tuple[int, Size, int, int]]


def _offsets(frames: Frames) -> list[tuple[int, ...]] | None:
    """All places in a window; None where they are not known or too many."""
    if not all(width.is_constant for _, width, _, _ in frames):
        return None
    found = list(itertools.product(*(range(width.constant) for _, width, _, _ in frames)))
    return found if len(found) <= MOST_OFFSETS else None


def _slices(placing: Placing, frames: Frames, offset: Sequence[int], counts: Sequence[Size]) -> str:
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


def pooled_max(placing: Placing, node: Node) -> bool:
    """The largest entry of each window, place by place."""
    (view,) = node.args
    axes, keepdims = node.params
    if view.op.name != "windows" or keepdims or view.args[0] not in placing.operands:
        return False
    frames, base = view.params[0], view.args[0]
    offsets = _offsets(frames)
    if offsets is None or len(offsets) < 2 or tuple(axes) != tuple(range(base.rank, view.rank)):
        return False
    counts = view.shape[: base.rank]
    parts = ["{0}" + _slices(placing, frames, offset, counts) for offset in offsets]
    out = placing.fresh(node)
    lines = [f"np.maximum({parts[0]}, {parts[1]}, out={{out}})"]
    lines += [f"np.maximum({{out}}, {part}, out={{out}})" for part in parts[2:]]
    reads = (placing.operand(base),)
    flops, each_row = product(base.shape), not any(axis == 0 for axis, *_ in frames)
    call = Call("\n".join(lines), reads, out, "sum", node, flops, each_row=each_row)
    placing.kernel(call)
    placing.operands[node] = out
    return True


def unpooled(placing: Placing, node: Node) -> bool:
    """The gradient of the largest entry goes where that stands first in its window."""
    frames = node.params[0]
    found = _first_largest(placing, node)
    offsets = _offsets(frames)
    if found is None or offsets is None or any(width != stride for _, width, stride, _ in frames):
        return False
    base, top, upstream = found
    counts = top.shape
    out = placing.fresh(node)
    hit, done = (placing.scratch(node, word, counts, "bool") for word in ("hit", "done"))
    whole = all(counts[axis] * stride == node.shape[axis] for axis, _, stride, _ in frames)
    lines = [] if whole else ["{out}.fill(0.0)"]
    for k, offset in enumerate(offsets):
        part = _slices(placing, frames, offset, counts)
        mask = "{a1}" if k == 0 else "{a0}"
        lines.append(f"np.equal({{0}}{part}, {{1}}, {mask})")
        if k:
            lines.append("np.greater({a0}, {a1}, {a0})")
        lines.append(f"np.multiply({{2}}, {mask}, {{out}}{part})")
        if 0 < k < len(offsets) - 1:
            lines.append("np.logical_or({a1}, {a0}, {a1})")
    reads = (placing.operand(base), placing.operand(top), placing.operand(upstream))
    flops, each_row = product(node.shape) * 3, not any(axis == 0 for axis, *_ in frames)
    call = Call("\n".join(lines), reads, out, "sum", node, flops, also=(hit, done), each_row=each_row)
    placing.kernel(call)
    placing.operands[node] = out
    return True


def _first_largest(placing: Placing, node: Node) -> tuple[Node, Node, Node] | None:
    """x, its largest entries and their gradient, of fold(first_max(windows(x)) gradient)."""
    (scaled,) = node.args
    if scaled.op.name != "multiply":
        return None
    for mask, upstream in (scaled.args, scaled.args[::-1]):
        if mask.op.name != "first_max" or upstream.op.name != "getitem":
            continue
        view, inner = mask.args[0], upstream.args[0]
        tops = [n for n in placing.order if n.op.name == "max" and n.args[0] is view and not n.params[1]]
        same = (
            view.op.name == "windows"
            and view.params == node.params
            and inner.shape == view.shape[: node.rank]
        )
        if same and tops and {tops[0], inner, view.args[0]} <= placing.operands.keys():
            return view.args[0], tops[0], inner
    return None


def fold(placing: Placing, node: Node) -> bool:
    """Windows added up, place by place."""
    (x,) = node.args
    frames = node.params[0]
    offsets = _offsets(frames)
    if offsets is None or x not in placing.operands:
        return False
    counts = x.shape[: node.rank]
    out = placing.fresh(node)
    lines = ["{out}.fill(0.0)"]
    for offset in offsets:
        part = "{out}" + _slices(placing, frames, offset, counts)
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
    "max": [pooled_max],
    "fold": [unpooled, fold],
    "contract": [arranged_product],
}
