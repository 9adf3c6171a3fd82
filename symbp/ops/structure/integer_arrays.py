"""Arrays of integers: constants and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, make
from symbp.algebra.size import Size
from symbp.ops.registry import function, static_int
from symbp.ops.structure.structural import Array, SizeOf, Structural


class IntegerArray(Structural):
    """A constant array of integers.  params: the numbers, a (nested) tuple."""

    name = "integer_array"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.array(node.params[0], dtype=np.int64)


class ARange(Structural):
    """0, 1, …, n-1.  params: start, step."""

    name = "arange"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        start, step = node.params
        return np.asarray(size(start) + step * np.arange(size(node.shape[0])))


INTEGER_ARRAY, ARANGE = IntegerArray(), ARange()


def integer_array(values: tuple[Any, ...]) -> Node:
    shape = tuple(Size.of(s) for s in np.array(values).shape)
    return make(INTEGER_ARRAY, (), (values,), shape, "int")


@function("arange", example="x[arange(3), [0, 1, 2]] | x: 3,4")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Node:
    """The integers from start (0) below stop."""
    first, last = (Size.of(0), Size.of(start)) if stop is None else (Size.of(start), Size.of(stop))
    by = static_int(step, "arange: the step")
    span = last - first if by > 0 else first - last
    length = span if abs(by) == 1 else (span + abs(by) - 1) // abs(by)
    return make(ARANGE, (), (first, by), (length,), "int")
