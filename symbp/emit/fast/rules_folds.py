"""Calls for products that are added up over windows with stride 1: whole runs, shifted, without windows.

Where a gradient has zeros between its rows, what a product of it with the kernels gives for one place in
the kernel is one run for each channel, which is added to the run of the result that begins so much later.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_arranged import swapped
from symbp.emit.fast.rules_convolution import Geometry, Labels, kernels, with_zeros_between
from symbp.emit.fast.rules_windows import offsets_of
from symbp.ops.structure.windows import Frame

MOST_BETWEEN = 0.5
"""Entries between rows that products go over needlessly, at most, as a share of the others."""


@dataclass(frozen=True)
class _Parts:
    """The labels of y[n, g, c, p, w] = Σ dy[n, g, f, p] K[g, f, c, w], by what they do."""

    batch: Labels
    channels: Labels
    right: Labels
    widths: Labels


def products_in_runs(placing: Placing, node: Node) -> bool:
    """The products for all places in the kernel, of runs, where nothing but a fold reads them."""
    readers = [n for n in placing.order if node in n.args]
    if len(node.args) != 2 or [n.op.name for n in readers] != ["fold"] or node in placing.joint.roots:
        return False
    frames, shape = readers[0].params[0], _geometry(readers[0], node)
    if shape is None or any(a not in placing.operands or a.dtype != "real" for a in node.args):
        return False
    inputs, out, sizes = node.params
    for first, second in ((0, 1), (1, 0)):
        parts = _parts(inputs[first], inputs[second], out, len(frames))
        if parts is not None:
            break
    else:
        return False
    groups = [sizes[x] for x in parts.batch]
    made, filters = (product(sizes[x] for x in p) for p in ((*parts.channels, *parts.widths), parts.right))
    wanted = (*parts.batch, *parts.right, *parts.channels, *parts.widths)
    kernel = kernels(placing, node.args[second], inputs[second], wanted)
    kernel = placing.flat(kernel, [sizes[x] for x in wanted], [*groups, filters, made])
    upstream = with_zeros_between(placing, node.args[first], shape)
    upstream = placing.flat(upstream, upstream.shape or (), [sizes[out[0]], *groups, filters, shape.run])
    result = placing.scratch(node, "runs", [sizes[out[0]], *groups, made, shape.run])
    flops = product([sizes[out[0]], *groups, made, filters, shape.run]) * 2
    placing.call("np.matmul({0}, {1}, {out})", [swapped(kernel), upstream], result, "product", node, flops)
    placing.operands[node] = result
    placing.runs[node] = (result, shape)
    return True


def _geometry(fold: Node, x: Node) -> Geometry | None:
    """Of windows with stride 1 over all last axes, between which little lies."""
    frames: tuple[Frame, ...] = fold.params[0]
    start = fold.rank - len(frames)
    if start < 1 or [f[0] for f in frames] != list(range(start, fold.rank)) or offsets_of(frames) is None:
        return None
    if any(f[2] != 1 for f in frames):
        return None
    places = x.shape[start : fold.rank]
    found = Geometry(places, x.shape[fold.rank :], tuple(f[3] for f in frames), fold.shape[start:])
    some = dict.fromkeys(product(found.frame).letters, 64)
    return found if found.run.value(some) <= product(places).value(some) * (1 + MOST_BETWEEN) else None


def _parts(upstream: Labels, weights: Labels, out: Labels, count: int) -> _Parts | None:
    """The labels by what they do; None for another kind of product."""
    places, widths, kept = out[-2 * count : -count], out[-count:], out[: -2 * count]
    if not kept or kept[0] in weights or upstream[-count:] != places or set(places) & set(weights):
        return None
    batch = tuple(x for x in kept[1:] if x in upstream)
    channels = tuple(x for x in kept[1:] if x not in upstream)
    right = tuple(x for x in upstream[1:-count] if x not in out)
    fits = upstream == (kept[0], *batch, *right, *places) and kept == (kept[0], *batch, *channels)
    every = sorted((*batch, *right, *channels, *widths))
    return _Parts(batch, channels, right, widths) if fits and sorted(weights) == every and right else None


def fold_of_runs(placing: Placing, node: Node) -> bool:
    """One addition for each place in the kernel."""
    (x,) = node.args
    frames = node.params[0]
    if x.op.name != "contract" or x not in placing.runs:
        return False
    runs, shape = placing.runs[x]
    before = node.shape[: node.rank - len(frames)]
    out = placing.fresh(node)
    flat = placing.flat(out, node.shape, [*before, product(shape.frame)])
    source = placing.flat(runs, runs.shape or (), [*before, product(shape.widths), shape.run])
    steps = [product(shape.frame[k + 1 :]) for k in range(len(frames))]
    lines = ["{out}.fill(0.0)"]
    for k, offset in enumerate(offsets_of(frames) or ()):
        moved = zip(offset, steps, shape.dilations, strict=True)
        start = sum((step * (place * dilation) for place, step, dilation in moved), Size.of(0))
        part = "{out}" + _some(placing, start, shape.run)
        lines.append(f"np.add({part}, {{0}}[..., {k}, :], {part})")
    flops = product(source.shape or ())
    placing.kernel(Call("\n".join(lines), (source,), flat, "sum", node, flops, each_row=True))
    placing.operands[node] = out
    return True


def _some(placing: Placing, start: Size, count: Size) -> str:
    """So many entries of the last axis from one on."""
    first, last = ("" if start == 0 else placing.page.size(start)), placing.page.size(start + count)
    colon = " : " if " " in first + last else ":"
    return f"[..., {(first + colon + last).strip()}]"


RULES: dict[str, list[Rule]] = {"contract": [products_in_runs], "fold": [fold_of_runs]}
