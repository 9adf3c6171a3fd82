"""What holds somewhere, everywhere, and how often; none of it carries a gradient."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.ops.compare import equal, not_equal, where
from symbp.ops.registry import function
from symbp.ops.sums import count, sum_


def _ones(x: Node | Scalar) -> Node:
    """1 where x holds, or is not 0."""
    x = as_node(x)
    return where(x if x.dtype == "bool" else not_equal(x, 0), 1, 0)


@function("count_nonzero", example="count_nonzero(x > 0, axis=1) * sum(x) | x: n,m")
def count_nonzero(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """How many entries hold, or are not 0, along axes (of all by default)."""
    return sum_(_ones(x), axis, keepdims)


@function("any", example="any(x > 1, axis=0) * x | x: n,m ; any(x > 0) * x | x: n,m")
def any_(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Whether an entry holds, or is not 0, along axes (among all by default)."""
    return not_equal(sum_(_ones(x), axis, keepdims), 0)


@function("all", example="all(x > -1, axis=1, keepdims=True) * x | x: n,m")
def all_(x: Node, axis: Any = None, keepdims: bool = False) -> Node:
    """Whether all entries hold, or are not 0, along axes (of all by default)."""
    x = as_node(x)
    return equal(sum_(_ones(x), axis, keepdims), count(x, axis))
