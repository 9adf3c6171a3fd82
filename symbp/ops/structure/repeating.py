"""Entries and whole arrays several times."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.contract import contract
from symbp.ops.registry import axis_of, function, static_int
from symbp.ops.structure.indexing import expand_dims, getitem
from symbp.ops.structure.reshaping import ravel, reshape


def _times(value: Any, what: str) -> Size:
    """How often: a known integer that is not negative, or a size."""
    times = value if isinstance(value, Size) else Size.of(static_int(value, f"{what}: the number of times"))
    if times.is_constant and times.constant < 0:
        raise OperandError(f"{what}: the number of times cannot be negative, as {times} is")
    return times


@function("repeat", example="repeat(x, 2, axis=1) | x: n,m ; repeat(x, [1, 0, 2], axis=1) | x: n,3")
def repeat(x: Node, repeats: Any, axis: int | None = None) -> Node:
    """Each entry several times in a row along an axis; a list of numbers has one for each entry."""
    if axis is None:
        return repeat(ravel(x), repeats, 0)
    at = axis_of(axis, x.rank, "repeat")
    if isinstance(repeats, list | tuple):
        counts = [static_int(r, "repeat: the number of times") for r in repeats]
        if x.shape[at] != len(counts) or min(counts, default=0) < 0:
            reason = f"repeat: {list(counts)} does not say how often for each of {x.shape[at]} entries"
            raise OperandError(reason, hint="one number of times from 0 on for each entry, or one for all")
        places = [k for k, count in enumerate(counts) for _ in range(count)]
        return getitem(x, (*[slice(None)] * at, places))
    times = _times(repeats, "repeat")
    labels = list(range(x.rank))
    wide = contract([x], [labels], [*labels[: at + 1], "copy", *labels[at + 1 :]], {"copy": times})
    return reshape(wide, (*x.shape[:at], x.shape[at] * times, *x.shape[at + 1 :]))


@function("tile", example="tile(x, (2, 1)) | x: n,m")
def tile(x: Node, reps: Any) -> Node:
    """The whole array several times along each axis."""
    listed = list(reps) if isinstance(reps, tuple | list) else [reps]
    listed = [1] * (x.rank - len(listed)) + listed
    while x.rank < len(listed):
        x = expand_dims(x, 0)
    times = [_times(r, "tile") for r in listed]
    labels: list[Any] = []
    for a in range(x.rank):
        labels += [("copy", a), a]
    wide = contract([x], [range(x.rank)], labels, {("copy", a): t for a, t in enumerate(times)})
    return reshape(wide, tuple(s * t for s, t in zip(x.shape, times, strict=True)))
