"""The graph pass for the gradient of a convolution by its input: a convolution with the turned kernel.

Σ_w dy[p - w] K[w] brings windows of dy together and takes one product, where adding up the products
for all windows goes over every place once for each entry of the kernel.
"""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.structure.indexing import flip
from symbp.ops.structure.padding import pad
from symbp.ops.structure.positions import Take
from symbp.ops.structure.windows import Frame, windows

MOST_FILTERS = 8
"""Windows of dy have filters where those of x have channels: at most so many times as much."""
FEW_CHANNELS = 8
"""So few rows take a product of windows longer than adding up does, with twice as many filters or more."""
MOST_PLACES = 1.5
"""Places of x, at most, as a share of those of dy: there is a product for each of them."""


def turned_convolution(joint: Joint) -> Joint:
    """Products added up over windows with stride 1 as one product with windows of the gradient."""

    def cut_rule(node: Node) -> Node | None:
        cut = _cut(node)
        return None if cut is None else _turned(*cut)

    def rule(node: Node) -> Node | None:
        return _turned(node, (Size.of(0),) * node.rank) if node.op.name == "fold" else None

    joint, cut_count = rewritten(joint, cut_rule)
    joint, count = rewritten(joint, rule)
    return noted(joint, "turned_convolution", f"{count + cut_count} gradients of inputs")


def _cut(node: Node) -> tuple[Node, tuple[Size, ...]] | None:
    """fold(…) whose first entries on each axis are left out: how many."""
    if node.op.name == "getitem" and node.args[0].op.name == "fold":
        key = node.params[0]
        if all(isinstance(k, Take) and k.step == 1 and not k.drop for k in key):
            inner = node.args[0]
            starts = tuple(k.start for k in key)
            same = [n == m - 2 * s for n, m, s in zip(node.shape, inner.shape, starts, strict=True)]
            return (inner, starts) if all(same) else None
    return None


def _turned(node: Node, starts: tuple[Size, ...]) -> Node | None:
    """out[…, ch, p] = Σ dy[…, f, p + s - w] K[f, ch, w]"""
    (frames,), scaled = node.params, node.args[0]
    if scaled.op is not CONTRACT or len(scaled.args) != 2 or any(stride != 1 for _, _, stride, _ in frames):
        return None
    inputs, out, sizes = scaled.params
    places = [out[axis] for axis, *_ in frames]
    widths = list(out[node.rank :])
    for k in (0, 1):
        upstream, kernel, labels, weights = scaled.args[k], scaled.args[1 - k], inputs[k], inputs[1 - k]
        if set(places) <= set(labels) and set(widths) <= set(weights) and not set(places) & set(weights):
            break
    else:
        return None
    if set(widths) & set(labels) or list(labels[-len(places) :]) != places:
        return None
    if any(starts[axis] != 0 for axis in range(node.rank) if axis not in [f[0] for f in frames]):
        return None
    margins = [(width - 1) * dilation - starts[axis] for axis, width, _, dilation in frames]
    if any(not m.is_at_least(0) for m in margins):
        return None
    filters = product(sizes[x] for x in labels if x in weights and x not in out)
    channels = product(sizes[x] for x in out[: node.rank] if x in weights and x not in labels)
    seen_places = product(node.shape[axis] - starts[axis] * 2 for axis, *_ in frames)
    kernel_places, given_places = product(sizes[x] for x in widths), product(sizes[x] for x in places)
    if not _is_cheap(filters, channels, kernel_places, seen_places, given_places):
        return None
    first = upstream.rank - len(places)
    around = [(Size.of(0), Size.of(0))] * first + [(m, m) for m in margins]
    moved: list[Frame] = [(first + j, f[1], 1, f[3]) for j, f in enumerate(frames)]
    view = windows(pad(upstream, tuple(around)), moved)
    turned = flip(kernel, tuple(weights.index(w) for w in widths))
    new = dict(enumerate(sizes)) | {("at", p): view.shape[first + j] for j, p in enumerate(places)}
    seen = [*labels[:first], *(("at", p) for p in places), *widths]
    wanted = [("at", x) if x in places else x for x in out[: node.rank]]
    return contract([view, turned], [seen, weights], wanted, new)


def _is_cheap(filters: Size, channels: Size, kernel: Size, places: Size, given: Size) -> bool:
    """Not many more filters than channels, not few channels, not many more places than dy has."""
    some = dict.fromkeys(product([filters, channels, kernel, places, given]).letters, 64)
    many, few = filters.value(some), channels.value(some)
    return (
        many <= few * kernel.value(some) * MOST_FILTERS
        and not (few <= FEW_CHANNELS and many >= 2 * few)
        and places.value(some) <= given.value(some) * MOST_PLACES
    )
