"""Shapes, indexing and reductions as NumPy text."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.evidence.spelled_text import (
    ATOM,
    COMPARE,
    NotSpelled,
    Page,
    Text,
    Writer,
    at,
    registering,
    size_text,
)
from symbp.ops.structure.positions import Take

WRITERS: dict[str, Writer] = {}
writes = registering(WRITERS)


def shape_text(shape: Sequence[Size]) -> str:
    inside = ", ".join(size_text(s)[0] for s in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


@writes("reshape")
def _reshape(page: Page, node: Node, parts: list[Text]) -> Text:
    return page.call("reshape", [parts[0], shape_text(node.shape)])


@writes("getitem")
def _getitem(page: Page, node: Node, parts: list[Text]) -> Text:
    sizes = iter(node.args[0].shape)
    inside = []
    for part in node.params[0]:
        if part is None:
            inside.append("None")
            continue
        size = next(sizes)
        inside.append(":" if part.is_whole(size) else _take_text(part))
    return f"{at(parts[0], ATOM)}[{', '.join(inside)}]", ATOM


def _take_text(part: Take) -> str:
    if part.step < 0:
        raise NotSpelled("a slice that runs backwards")
    return str(part)


@writes("put_zeros")
def _put_zeros(page: Page, node: Node, parts: list[Text]) -> Text:
    """Zeros around the entries."""
    key = node.params[0]
    if None in key:
        kept = ", ".join("0" if part is None else ":" for part in key if part is None or not part.drop)
        text: Text = (f"{at(parts[0], ATOM)}[{kept}]", ATOM)
    else:
        text = parts[0]
    taken = [part for part in key if part is not None]
    if any(part.step != 1 for part in taken):
        raise NotSpelled("zeros between entries")
    if any(part.drop for part in taken):
        text = f"{at(text, ATOM)}[{', '.join('None' if part.drop else ':' for part in taken)}]", ATOM
    widths = []
    for part, size in zip(taken, node.shape, strict=True):
        length = Size.of(1) if part.drop else part.length
        widths.append(f"({part.start}, {size - part.start - length})")
    inside = ", ".join(widths)
    return page.call("pad", [text, f"({inside},)" if len(widths) == 1 else f"({inside})"])


@writes("concatenate")
def _concatenate(page: Page, node: Node, parts: list[Text]) -> Text:
    return page.call("concatenate", [f"[{', '.join(p[0] for p in parts)}]", f"axis={node.params[0]}"])


@writes("onehot")
def _onehot(page: Page, node: Node, parts: list[Text]) -> Text:
    return page.call("onehot", [parts[0], size_text(node.shape[-1])])


@writes("arange")
def _arange(page: Page, node: Node, parts: list[Text]) -> Text:
    start, step = node.params
    stop = start + node.shape[0] * step
    return page.call("arange", [str(start), str(stop), str(step)])


@writes("triangle")
def _triangle(page: Page, node: Node, parts: list[Text]) -> Text:
    kind, k = node.params
    ones = f"{page.prefix}ones({shape_text(node.shape)})"
    return page.call("tril" if kind == "lower" else "triu", [ones, str(k)])


# -- reductions -----------------------------------------------------------------------------------


@writes("max", "min", "prod", "mean", "logsumexp")
def _reduced(page: Page, node: Node, parts: list[Text]) -> Text:
    axes, keepdims = node.params
    arguments = [parts[0][0]]
    if len(axes) < node.args[0].rank or keepdims:
        arguments.append(f"axis={axes[0] if len(axes) == 1 else axes}")
    return page.call(node.op.name, arguments + (["keepdims=True"] if keepdims else []))


@writes("first_max", "first_min")
def _first(page: Page, node: Node, parts: list[Text]) -> Text:
    (axes,) = node.params
    name = node.op.name.removeprefix("first_")
    axis = axes[0] if len(axes) == 1 else axes
    largest = page.call(name, [parts[0], f"axis={axis}", "keepdims=True"])[0]
    return f"{at(parts[0], COMPARE + 1)} == {largest}", COMPARE


@writes("softmax", "log_softmax")
def _softmax(page: Page, node: Node, parts: list[Text]) -> Text:
    return page.call(node.op.name, [parts[0], f"axis={node.params[0]}"])


@writes("cumsum")
def _cumsum(page: Page, node: Node, parts: list[Text]) -> Text:
    axis, from_end = node.params
    if not from_end:
        return page.call("cumsum", [parts[0], f"axis={axis}"])
    turned = page.call("flip", [parts[0], f"axis={axis}"])
    return page.call("flip", [page.call("cumsum", [turned, f"axis={axis}"]), f"axis={axis}"])


@writes("inv", "det", "logdet", "solve")
def _linear(page: Page, node: Node, parts: list[Text]) -> Text:
    name = node.op.name
    return page.call(f"linalg.{name}" if page.prefix and name != "logdet" else name, parts)
