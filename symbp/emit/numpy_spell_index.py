"""Keys of NumPy's indexing as text."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.size import Size
from symbp.emit.numpy_page import Page
from symbp.emit.numpy_text import Piece, tuple_text
from symbp.ops.structure.positions import Key, Take


def key_text(page: Page, key: Key, shape: Sequence[Size]) -> str:
    """The index between the brackets; whole axes at the end are left out."""
    sizes = iter(shape)
    parts = ["None" if part is None else _take_text(page, part, next(sizes)) for part in key]
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)


def _take_text(page: Page, part: Take, size: Size) -> str:
    if part.drop:
        last = part.start == size - 1 and not size.is_constant
        return "-1" if last else page.size(part.start)
    if part.is_whole(size):
        return ":"
    if part.length == 0:
        return "0:0"
    if part.step < 0:
        return _backward_slice(page, part, size)
    start = "" if part.start == 0 else page.size(part.start)
    rest = size - part.start
    reaches_end = (rest if part.step == 1 else (rest + part.step - 1) // part.step) == part.length
    stop = "" if reaches_end else page.size(part.start + (part.length - 1) * part.step + 1)
    return _colons([start, stop], part.step)


def _backward_slice(page: Page, part: Take, size: Size) -> str:
    start = "" if part.start == size - 1 else page.size(part.start)
    end = part.start + (part.length - 1) * part.step
    reaches_start = (part.start - part.step) // -part.step == part.length
    if reaches_start or (end.is_constant and end.constant == 0):
        return _colons([start, ""], part.step)
    return _colons([start, page.size(end - 1)], part.step)


def _colons(ends: list[str], step: int) -> str:
    """start:stop:step, with spaces around the colons where an end is no simple name or number."""
    parts = [*ends, str(step)] if step != 1 else ends
    wide = any(" " in p or "." in p for p in parts)
    if not wide:
        return ":".join(parts)
    text = ""
    for k, part in enumerate(parts):
        if k:
            text += " :" if text and not text.endswith(":") else ":"
            text += f" {part}" if part else ""
        else:
            text = part
    return text


def gather_key(axes: Sequence[int], rank: int, indices: Sequence[Piece]) -> tuple[str, str]:
    """The index as it stands between brackets, and as an object."""
    at = dict(zip(axes, (p.text for p in indices), strict=True))
    parts = [at.get(a) for a in range(max(axes) + 1)]
    inside = ", ".join(":" if p is None else p for p in parts)
    listed = ["slice(None)" if p is None else p for p in parts]
    return inside, listed[0] if len(listed) == 1 else tuple_text(listed)
