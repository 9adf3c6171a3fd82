"""Integer indexing and sliding windows, and what brings their entries back, as NumPy text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.evidence.spelled_text import ATOM, PLUS, NotSpelled, Page, Text, Writer, at, registering, size_text

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_WIDTH = 9
WRITERS: dict[str, Writer] = {}
writes = registering(WRITERS)


@writes("gather")
def _gather(page: Page, node: Node, parts: list[Text]) -> Text:
    """x[:, i]"""
    axes, place = node.params
    if list(axes) != list(range(axes[0], axes[0] + len(axes))) or place != axes[0]:
        raise NotSpelled("index arrays with slices between them")
    keys = [":"] * axes[0] + [p[0] for p in parts[1:]]
    return f"{at(parts[0], ATOM)}[{', '.join(keys)}]", ATOM


@writes("scatter")
def _scatter(page: Page, node: Node, parts: list[Text]) -> Text:
    """Σ over the places: the entries times one-hot rows, which is what np.add.at adds up."""
    axes, place = node.params
    values, *indices = node.args
    shape = indices[0].shape
    if any(i.shape != shape for i in indices) or not shape:
        raise NotSpelled("index arrays of different shapes")
    letters = list(LETTERS[: values.rank])
    taken = letters[place : place + len(shape)]
    fresh = list(LETTERS[values.rank : values.rank + len(axes)])
    rest = iter([*letters[:place], *letters[place + len(shape) :]])
    result = [fresh[axes.index(k)] if k in axes else next(rest) for k in range(node.rank)]
    spec = ",".join(["".join(letters), *("".join([*taken, f]) for f in fresh)]) + "->" + "".join(result)
    rows = [
        page.call("onehot", [p, size_text(node.shape[k])[0]])[0].removeprefix(page.prefix)
        for p, k in zip(parts[1:], axes, strict=True)
    ]
    return page.call("einsum", [f"'{spec}'", parts[0], *rows])


@writes("windows")
def _windows(page: Page, node: Node, parts: list[Text]) -> Text:
    """One slice of x for each place in the window."""
    text, rank = at(parts[0], ATOM), node.args[0].rank
    for k, (axis, width, stride, dilation) in enumerate(node.params[0]):
        count, pieces = node.shape[axis], []
        for w in range(_known(width)):
            start = w * dilation
            stop = size_text((count - 1) * stride + (start + 1))[0]
            keys = [":"] * (rank + k)
            keys[axis] = f"{start}:{stop}" + (f":{stride}" if stride != 1 else "")
            pieces.append(f"{text}[{', '.join(keys)}]")
        text = page.call("stack", [f"[{', '.join(pieces)}]", "axis=-1"])[0]
    return text, ATOM


@writes("fold")
def _fold(page: Page, node: Node, parts: list[Text]) -> Text:
    """Each place of the windows put where it came from, with zeros around it."""
    frames, rank = node.params[0], node.rank
    if any(stride != 1 for _, _, stride, _ in frames):
        raise NotSpelled("zeros between entries")
    terms = []
    for offsets in _offsets([_known(width) for _, width, _, _ in frames]):
        widths = [("0", "0")] * rank
        for w, (axis, width, _, dilation) in zip(offsets, frames, strict=True):
            widths[axis] = (str(w * dilation), str((_known(width) - 1 - w) * dilation))
        taken = f"{at(parts[0], ATOM)}[{', '.join([':'] * rank + [str(w) for w in offsets])}]"
        around = ", ".join(f"({a}, {b})" for a, b in widths)
        terms.append(page.call("pad", [taken, f"({around},)" if rank == 1 else f"({around})"])[0])
    return " + ".join(terms), PLUS if len(terms) > 1 else ATOM


def _offsets(widths: Sequence[int]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for width in widths:
        found = [(*before, w) for before in found for w in range(width)]
    return found


def _known(width: Any) -> int:
    size = Size.of(width)
    if not size.is_constant or size.constant > MOST_WIDTH:
        raise NotSpelled("windows of an open or large width")
    return size.constant
