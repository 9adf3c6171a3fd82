"""Contractions as NumPy text: @, .T, sum, outer, diag, eye, einsum."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.evidence.spelled_text import (
    ATOM,
    TIMES,
    Page,
    Text,
    Writer,
    at,
    left_factor,
    registering,
    size_text,
)

LETTERS = "ijklmnopqrstuvwxyzabcdefgh"
WRITERS: dict[str, Writer] = {}
writes = registering(WRITERS)


@writes("contract")
def _contract(page: Page, node: Node, parts: list[Text]) -> Text:
    inputs, out, sizes = node.params
    simple = _simple(page, node, parts)
    if simple is not None:
        return simple
    operands = [p[0] for p in parts]
    labels = [list(s) for s in inputs]
    result = list(out)
    for place, label in enumerate(result):
        if label in result[:place]:
            fresh = len(sizes) + place
            operands.append(page.call("eye", [size_text(sizes[label])])[0])
            labels.append([label, fresh])
            result[place] = fresh
    inside = {label for s in labels for label in s}
    for label in dict.fromkeys(result):
        if label not in inside:
            operands.append(page.call("ones", [size_text(sizes[label])])[0])
            labels.append([label])
    letter = {label: LETTERS[k] for k, label in enumerate(dict.fromkeys(x for s in labels for x in s))}
    spec = ",".join("".join(letter[x] for x in s) for s in labels)
    spec += "->" + "".join(letter[x] for x in result)
    return page.call("einsum", [f"'{spec}'", *operands])


def _simple(page: Page, node: Node, parts: list[Text]) -> Text | None:
    """Products, transposes, sums, identities and repetition, as they are usually written."""
    inputs, out, sizes = node.params
    if not inputs:
        shape = [size_text(sizes[label])[0] for label in out]
        if len(out) == 2 and out[0] == out[1]:
            return page.call("eye", shape[:1])
        return page.call("ones", [f"({', '.join(shape)},)" if len(shape) > 1 else shape[0]])
    if len(set(out)) < len(out) or any(len(set(s)) < len(s) for s in inputs):
        return _diagonals(page, inputs, out, parts)
    missing = [label for label in out if all(label not in s for s in inputs)]
    if len(inputs) == 1 and not missing:
        return _one(page, inputs[0], out, parts[0])
    if len(inputs) == 1:
        return _kept_axes(page, node, parts[0]) or _repeated(page, node, parts[0])
    if len(inputs) == 2 and not missing:
        return _pair(page, inputs, out, parts)
    return None


def _diagonals(
    page: Page, inputs: Sequence[Sequence[int]], out: Sequence[int], parts: list[Text]
) -> Text | None:
    if len(inputs) != 1:
        return None
    (labels,) = inputs
    if len(labels) == 2 and labels[0] == labels[1] and not out:
        return page.call("trace", parts)
    if len(labels) == 2 and labels[0] == labels[1] and tuple(out) == (labels[0],):
        return page.call("diag", parts)
    if len(labels) == 1 and tuple(out) == (labels[0], labels[0]):
        return page.call("diag", parts)
    return None


def _one(page: Page, labels: Sequence[int], out: Sequence[int], part: Text) -> Text | None:
    summed = [k for k, label in enumerate(labels) if label not in out]
    kept = [label for label in labels if label in out]
    text: Text = part
    if summed:
        arguments = [part[0]]
        if kept:
            axes = str(summed[0]) if len(summed) == 1 else f"({', '.join(map(str, summed))})"
            arguments.append(f"axis={axes}")
        text = page.call("sum", arguments)
    if list(out) == kept:
        return text
    if len(kept) == 2:
        return f"{at(text, ATOM)}.T", ATOM
    order = ", ".join(str(kept.index(label)) for label in out)
    return page.call("transpose", [text, f"({order})"])


def _kept_axes(page: Page, node: Node, part: Text) -> Text | None:
    """A sum that keeps its axes with size 1."""
    (labels,), out, sizes = node.params
    if len(labels) != len(out) or any(
        a != b and not sizes[b].is_one for a, b in zip(labels, out, strict=True)
    ):
        return None
    summed = [k for k, (a, b) in enumerate(zip(labels, out, strict=True)) if a != b]
    if any(labels[k] in out for k in summed):
        return None
    axes = str(summed[0]) if len(summed) == 1 else f"({', '.join(map(str, summed))})"
    return page.call("sum", [part[0], f"axis={axes}", "keepdims=True"])


def _repeated(page: Page, node: Node, part: Text) -> Text | None:
    """Repetition along new axes, of what is left when other axes are summed."""
    (labels,), out, sizes = node.params
    kept = [label for label in labels if label in out]
    if [label for label in out if label in labels] != kept:
        return None
    if kept != list(labels):
        summed = _one(page, labels, kept, part)
        if summed is None:
            return None
        labels, part = tuple(kept), summed
    shape = ", ".join(size_text(sizes[label])[0] for label in out)
    ones = page.call("ones", [f"({shape},)" if len(out) == 1 else f"({shape})"])[0]
    if not labels:
        return f"{left_factor(part)}*{ones}", TIMES
    key = ", ".join(":" if label in labels else "None" for label in out)
    leading = list(out[len(out) - len(labels) :]) == list(labels)
    text = part if leading else (f"{at(part, ATOM)}[{key}]", ATOM)
    return f"{left_factor(text)}*{ones}", TIMES


def _pair(page: Page, inputs: Sequence[Sequence[int]], out: Sequence[int], parts: list[Text]) -> Text | None:
    """A product of two matrices or vectors in either order, transposed as needed."""
    (p, q), (a, b) = inputs, parts
    if len(p) > 2 or len(q) > 2:
        return None
    if len(p) == len(q) == 1:
        if p == q:
            return (f"{at(a, TIMES)} @ {at(b, TIMES + 1)}", TIMES) if not out else None
        first, second = (a, b) if out[0] == p[0] else (b, a)
        return page.call("outer", [first, second])
    for (x, s), (y, t) in (((a, p), (b, q)), ((b, q), (a, p))):
        for turn_x in (False, True) if len(s) == 2 else (False,):
            for turn_y in (False, True) if len(t) == 2 else (False,):
                left = s[::-1] if turn_x else s
                right = t[::-1] if turn_y else t
                if left[-1] == right[0] and left[-1] not in out and (*left[:-1], *right[1:]) == tuple(out):
                    one = f"{at(x, ATOM)}.T" if turn_x else _matrix(x)
                    two = f"{at(y, ATOM)}.T" if turn_y else at(y, TIMES + 1)
                    return f"{one} @ {two}", TIMES
    return None


def _matrix(x: Text) -> str:
    """The left operand of @: a product with * is bracketed, one with @ is not."""
    return at(x, TIMES) if "*" not in x[0] and "/" not in x[0] else at(x, TIMES + 1)
