"""What stands between the brackets of NumPy's basic indexing: a start, a step and a length for each axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import show, static_int
from symbp.ops.structure.structural import SizeOf


@dataclass(frozen=True, slots=True)
class Take:
    """One input axis: entries start, start + step, …, `length` of them; `drop` for an integer."""

    start: Size
    step: int
    length: Size
    drop: bool = False

    def indices(self, size: SizeOf) -> slice | int:
        start, length = size(self.start), size(self.length)
        if self.drop:
            return start
        if length == 0:
            return slice(0, 0)
        stop = start + self.step * (length - 1) + (1 if self.step > 0 else -1)
        return slice(start, stop if stop >= 0 else None, self.step)

    def __str__(self) -> str:
        """As NumPy writes it: 3, 1:n, 0:n:2."""
        if self.drop:
            return str(self.start)
        stop = self.start + self.length * self.step
        if self.step < 0 and stop.is_constant and stop.constant < 0:
            return f"{self.start}::{self.step}"
        return f"{self.start}:{stop}" + (f":{self.step}" if self.step != 1 else "")

    def is_whole(self, size: Size) -> bool:
        return not self.drop and self.step == 1 and self.start == 0 and self.length == size


Key = tuple["Take | None", ...]
"""One entry for each axis of the input, None for each new axis of the output."""


def concrete_key(key: Key, size: SizeOf) -> tuple[slice | int | None, ...]:
    return tuple(None if part is None else part.indices(size) for part in key)


def basic_key(x: Node, parts: list[Any]) -> Key:
    """The key that slices, integers, None and Ellipsis mean for x.  OperandError out of range."""
    result: list[Take | None] = []
    axis = 0
    for part in fill_ellipsis(parts, x.rank, x):
        if part is None:
            result.append(None)
            continue
        result.append(_take(part, x.shape[axis], axis, x))
        axis += 1
    return tuple(result)


def fill_ellipsis(parts: list[Any], rank: int, x: Node) -> list[Any]:
    used = sum(1 for p in parts if p is not None and p is not Ellipsis)
    if used > rank:
        if not rank:
            raise OperandError("a number has no entries", hint="leave the index out")
        raise OperandError(
            f"{used} indices for an array of rank {rank}, {show(x.shape)}", hint=f"at most {rank} fit"
        )
    rest = [slice(None)] * (rank - used)
    if not any(p is Ellipsis for p in parts):
        return parts + rest
    at = next(i for i, p in enumerate(parts) if p is Ellipsis)
    if any(p is Ellipsis for p in parts[at + 1 :]):
        raise OperandError(
            "only one ... in an index", hint="write : for the axes that one of them stands for"
        )
    return parts[:at] + rest + parts[at + 1 :]


def _take(part: Any, size: Size, axis: int, x: Node) -> Take:
    if isinstance(part, slice):
        return _slice(part, size)
    if isinstance(part, int | Size) and not isinstance(part, bool):
        at = from_end(Size.of(part), size)
        if at.is_at_least(0) and (size - at).is_at_least(1):
            return Take(at, 1, Size.of(1), drop=True)
        if (at.is_constant and size.is_constant) or (at - size).is_at_least(0):
            hint = f"the last one is {size - 1}, or -1"
            raise OperandError(f"index {part} is out of range for axis {axis} of size {size}", hint=hint)
        return Take(at, 1, Size.of(1), drop=True)
    shown = repr(part) if isinstance(part, str) else str(part)
    hint = "an index is an integer, a slice such as 1:n, None, ... or an array of integers"
    raise OperandError(f"{shown} is no index of {show(x.shape)}", hint=hint)


def from_end(value: Size, size: Size) -> Size:
    """Negative positions count from the end.  A size letter is taken as positive."""
    negative = value.constant < 0 if value.is_constant else (-value).is_at_least(1)
    return value + size if negative else value


def _slice(part: slice, size: Size) -> Take:
    step = 1 if part.step is None else static_int(part.step, "the step of a slice")
    if step == 0:
        raise OperandError(
            "the step of a slice cannot be 0", hint="::2 takes every second entry, ::-1 turns round"
        )
    if step > 0:
        start = Size.of(0) if part.start is None else _clip(from_end(Size.of(part.start), size), size)
        stop = size if part.stop is None else _clip(from_end(Size.of(part.stop), size), size)
        span = stop - start
    else:
        start = size - 1 if part.start is None else from_end(Size.of(part.start), size)
        if start.is_constant and size.is_constant:
            start = Size.of(min(start.constant, size.constant - 1))
        stop = Size.of(-1) if part.stop is None else from_end(Size.of(part.stop), size)
        span = start - stop
    if span.is_constant and span.constant <= 0:
        return Take(Size.of(0), 1, Size.of(0))
    length = span if abs(step) == 1 else (span + abs(step) - 1) // abs(step)
    return Take(start, step, length)


def _clip(value: Size, size: Size) -> Size:
    if value.is_constant and size.is_constant:
        return Size.of(max(0, min(value.constant, size.constant)))
    if (value - size).is_at_least(0):
        return size
    if (-value).is_at_least(0):
        return Size.of(0)
    return value
