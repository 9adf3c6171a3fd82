"""Calls for convolutions with stride 1: products with windows whose places lie in one run.

The windows of a framed image, one row for each channel and place in the kernel, are that image
shifted: whole images are copied, not rows of them.  A run takes in the frame's entries at the
ends of rows, too.  Products work out something for them that nobody reads, and a gradient that a
product sums over places has zeros there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rounds import viewed
from symbp.emit.fast.rules_arranged import swapped
from symbp.emit.fast.rules_windows import pad, part_of_run, zero_frame
from symbp.emit.numpy_text import tuple_text

Labels = tuple[int, ...]
MOST_BETWEEN = 0.25
"""Entries at the ends of rows that products go over needlessly, at most, as a share of the others."""


@dataclass(frozen=True)
class Geometry:
    """Windows of stride 1 over the last axes: the axes before them, places, kernel, rows of the frame."""

    places: tuple[Size, ...]
    widths: tuple[Size, ...]
    dilations: tuple[int, ...]
    frame: tuple[Size, ...]

    @property
    def run(self) -> Size:
        """Entries from the first place to the last."""
        steps = [product(self.frame[k + 1 :]) for k in range(len(self.frame))]
        return sum(((p - 1) * s for p, s in zip(self.places, steps, strict=True)), Size.of(1))

    @property
    def rows(self) -> tuple[Size, ...]:
        """Places with what stands between them: the first axis has no more."""
        return (self.places[0], *self.frame[1:])


def geometry(view: Node) -> Geometry | None:
    """Of windows over all last axes in their order; None for strides, or where much would lie between."""
    if view.op.name != "windows":
        return None
    (x,), (frames,) = view.args, view.params
    start = x.rank - len(frames)
    if start < 1 or [f[0] for f in frames] != list(range(start, x.rank)) or any(f[2] != 1 for f in frames):
        return None
    found = Geometry(
        view.shape[start : x.rank], view.shape[x.rank :], tuple(f[3] for f in frames), x.shape[start:]
    )
    some = dict.fromkeys(product(found.frame).letters, 64)
    needed, run = product(found.places).value(some), found.run.value(some)
    return found if run <= needed * (1 + MOST_BETWEEN) else None


@dataclass(frozen=True)
class Parts:
    """The labels of a contraction of windows (or places) with something else, by what they do."""

    batch: Labels
    right: Labels
    channels: Labels


def convolution(placing: Placing, node: Node) -> bool:
    """y[n, g, f, p] = Σ x[n, g, c, p + w] K[g, f, c, w]; the gradient of K by the same runs."""
    if len(node.args) != 2 or any(a not in placing.operands or a.dtype != "real" for a in node.args):
        return False
    for first, second in ((0, 1), (1, 0)):
        shape = geometry(node.args[first])
        if shape is not None:
            return _forward(placing, node, first, second, shape) or _kernel(
                placing, node, first, second, shape
            )
    return False


def _forward(placing: Placing, node: Node, first: int, second: int, shape: Geometry) -> bool:
    """One product for each sample (and group): the kernels by the runs."""
    inputs, out, sizes = node.params
    labels, weights = inputs[first], inputs[second]
    count = len(shape.places)
    kept, places, widths = labels[: -2 * count], labels[-2 * count : -count], labels[-count:]
    batch = tuple(x for x in kept[1:] if x in weights and x in out)
    channels = tuple(x for x in kept[1:] if x in weights and x not in out)
    right = tuple(x for x in weights if x not in labels)
    wanted = (*batch, *right, *channels, *widths)
    fits = kept == (kept[0], *batch, *channels) and sorted(weights) == sorted(wanted)
    if not fits or kept[0] in weights or out != (kept[0], *batch, *right, *places) or not right:
        return False
    groups = [sizes[x] for x in batch]
    summed, filters = product(sizes[x] for x in (*channels, *widths)), product(sizes[x] for x in right)
    columns = _columns(placing, node.args[first], shape, [sizes[kept[0]], *groups, summed, shape.run])
    kernel = kernels(placing, node.args[second], weights, wanted)
    kernel = placing.flat(kernel, [sizes[x] for x in wanted], [*groups, filters, summed])
    full = product(shape.rows)
    whole = [sizes[kept[0]], *(sizes[x] for x in (*batch, *right)), full]
    result = placing.scratch(node, "runs", whole)
    flat = placing.flat(result, whole, [sizes[kept[0]], *groups, filters, full])
    target = part_of_run(placing, flat, Size.of(0), shape.run)
    flops = product([sizes[kept[0]], *groups, filters, summed, shape.run]) * 2
    placing.call("np.matmul({0}, {1}, {out})", [kernel, columns], target, "product", node, flops)
    placing.operands[node] = _places(placing, result, whole[:-1], shape)
    placing.runs[node] = (result, shape)
    return True


def reshaped_places(placing: Placing, node: Node) -> bool:
    """Another shape of the axes before the places, without bringing the places together."""
    (x,) = node.args
    if x not in placing.runs or placing.operand(x).contiguous:
        return False
    result, shape = placing.runs[x]
    count = len(shape.places)
    if node.shape[-count:] != shape.places or node.shape[0] != x.shape[0]:
        return False
    placing.operands[node] = _places(placing, result, node.shape[:-count], shape)
    placing.runs[node] = (result, shape)
    return True


def _kernel(placing: Placing, node: Node, first: int, second: int, shape: Geometry) -> bool:
    """K[g, f, c, w] = Σ dy[n, g, f, p] x[n, g, c, p + w]: a product for each sample, then added up."""
    inputs, out, sizes = node.params
    labels, upstream = inputs[first], inputs[second]
    count = len(shape.places)
    kept, places, widths = labels[: -2 * count], labels[-2 * count : -count], labels[-count:]
    batch = tuple(x for x in kept[1:] if x in upstream and x in out)
    channels = tuple(x for x in kept[1:] if x not in upstream)
    right = tuple(x for x in upstream if x not in labels)
    fits = kept == (kept[0], *batch, *channels) and upstream == (kept[0], *batch, *right, *places)
    if not fits or out != (*batch, *right, *channels, *widths) or not right:
        return False
    samples, groups = sizes[kept[0]], [sizes[x] for x in batch]
    summed, filters = product(sizes[x] for x in (*channels, *widths)), product(sizes[x] for x in right)
    columns = _columns(placing, node.args[first], shape, [samples, *groups, summed, shape.run])
    dy = with_zeros_between(placing, node.args[second], shape)
    dy = placing.flat(dy, dy.shape or (), [samples, *groups, filters, shape.run])
    made = [samples, *groups, summed, filters]
    parts = placing.scratch(node, "parts", made)
    turned = swapped(dy)
    flops = product([*made, shape.run]) * 2
    placing.call("np.matmul({0}, {1}, {out})", [columns, turned], parts, "product", node, flops)
    total = placing.scratch(node, "total", made[1:])
    placing.call("np.add.reduce({0}, 0, None, {out})", [parts], total, "sum", node, product(made))
    result = placing.fresh(node)
    target = placing.flat(result, node.shape, [*groups, filters, summed])
    placing.call("np.copyto({out}, {0})", [swapped(total)], target, "copy", node)
    placing.operands[node] = result
    return True


# -- arrays as runs -------------------------------------------------------------------------------


def _columns(placing: Placing, view: Node, shape: Geometry, flat: Sequence[Size]) -> Operand:
    """All windows, one row for each channel and place in the kernel; once for each array."""
    if view not in placing.columns:
        (x,) = view.args
        base = placing.operand(x)
        if not base.contiguous or placing.values[base.key].place in ("argument", "local"):
            base = _copied(placing, x)
        widths, dilations = (
            tuple_text(map(placing.page.size, shape.widths)),
            tuple_text(map(str, shape.dilations)),
        )
        text = f"{placing.page.helper('runs')}({viewed('@', base.view)}, {widths}, {dilations})"
        before = x.shape[: x.rank - len(shape.frame)]
        sizes = (*before, *shape.widths, shape.run)
        runs = Operand(base.key, text, False, sizes, by_rows=base.keeps_first)
        columns = placing.scratch(view, "columns", sizes)
        placing.call("np.copyto({out}, {0})", [runs], columns, "copy", view)
        placing.columns[view] = columns
    found = placing.columns[view]
    return placing.flat(found, found.shape or (), flat)


def _copied(placing: Placing, x: Node) -> Operand:
    copy = placing.scratch(x, "rows", x.shape)
    placing.call("np.copyto({out}, {0})", [placing.operand(x)], copy, "copy", x)
    return copy


def kernels(placing: Placing, kernel: Node, labels: Labels, wanted: Labels) -> Operand:
    """The kernels with their axes in order, brought together once for each step where they are not."""
    operand = placing.operand(kernel)
    if labels == wanted and operand.contiguous:
        return operand
    order = [labels.index(x) for x in wanted]
    shape = tuple(kernel.shape[k] for k in order)
    moved = Operand(operand.key, f"{operand.view}.transpose({', '.join(map(str, order))})", False, shape)
    copy = placing.scratch(kernel, "turned", shape)
    placing.call("np.copyto({out}, {0})", [moved], copy, "copy", kernel)
    return copy


def up_to(placing: Placing, wanted: Size, size: Size) -> str:
    """The first so many entries of an axis."""
    text = placing.page.size(wanted)
    return ":" if wanted == size else f": {text}" if " " in text else f":{text}"


def _places(placing: Placing, result: Operand, before: Sequence[Size], shape: Geometry) -> Operand:
    """What stands at the places, without what lies between."""
    open_ = placing.flat(result, result.shape or (), [*before, *shape.rows])
    cuts = [up_to(placing, p, r) for p, r in zip(shape.places, shape.rows, strict=True)]
    if all(cut == ":" for cut in cuts):
        return open_
    while cuts[0] == ":":
        cuts.pop(0)
    view = f"{open_.view}[..., {', '.join(cuts)}]"
    return Operand(open_.key, view, False, (*before, *shape.places), by_rows=open_.keeps_first)


def with_zeros_between(placing: Placing, upstream: Node, shape: Geometry) -> Operand:
    """The array as it lies in a run; a frame of zeros that it stands in for other windows serves, too."""
    count = len(shape.places)
    before, full = upstream.shape[:-count], product(shape.rows)
    if shape.places == shape.rows:
        operand = placing.operand(upstream)
        operand = operand if operand.contiguous else _copied(placing, upstream)
        return placing.flat(operand, upstream.shape, [*before, shape.run])
    key = (upstream, shape.rows)
    if key not in placing.between:
        framed = _frame_around(placing, upstream, shape)
        if framed is None:
            frame = zero_frame(placing, placing.temporary(upstream, "runs"), [*before, full])
            inside = _places(placing, frame, before, shape)
            placing.call("np.copyto({out}, {0})", [placing.operand(upstream)], inside, "copy", upstream)
            framed = part_of_run(placing, frame, Size.of(0), shape.run)
        placing.between[key] = framed
    return placing.between[key]


def _frame_around(placing: Placing, upstream: Node, shape: Geometry) -> Operand | None:
    """The run inside of a frame with rows of the same length."""
    count = len(shape.places)
    for node in placing.order:
        if node.op.name == "pad" and node.args[0] is upstream and node.shape[1 - count :] == shape.frame[1:]:
            ends = node.params[0]
            if any(a != 0 or b != 0 for a, b in ends[:-count]) or (
                node not in placing.operands and not pad(placing, node)
            ):
                continue
            sizes = node.shape[-count:]
            steps = [product(sizes[k + 1 :]) for k in range(count)]
            start = sum((a * s for (a, _), s in zip(ends[-count:], steps, strict=True)), Size.of(0))
            flat = placing.flat(placing.operand(node), node.shape, [*upstream.shape[:-count], product(sizes)])
            return part_of_run(placing, flat, start, shape.run)
    return None


RULES: dict[str, list[Rule]] = {"contract": [convolution], "reshape": [reshaped_places]}
