"""Lower and upper triangles of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply
from symbp.ops.registry import function, show, static_int
from symbp.ops.structure.structural import Array, SizeOf, Structural


class Triangle(Structural):
    """The mask [j <= i + k] (lower) or [j >= i + k] (upper).  params: "lower"/"upper", k."""

    name = "triangle"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        kind, k = node.params
        rows, columns = (size(s) for s in node.shape)
        i, j = np.arange(rows)[:, None], np.arange(columns)
        return np.asarray(j <= i + k if kind == "lower" else j >= i + k, np.int64)


TRIANGLE = Triangle()


@function("tril", example="tril(x) | x: n,m")
def tril(x: Node, k: int = 0) -> Node:
    """The lower triangle, zeros above the k-th diagonal."""
    return multiply(_triangle("lower", k, x), x)


@function("triu", example="triu(x) | x: n,m")
def triu(x: Node, k: int = 0) -> Node:
    """The upper triangle, zeros below the k-th diagonal."""
    return multiply(_triangle("upper", k, x), x)


def _triangle(kind: str, k: int, x: Node) -> Node:
    if x.rank < 2:
        raise OperandError(f"a triangle is one of a matrix, not of shape {show(x.shape)}")
    return make(TRIANGLE, (), (kind, static_int(k, "k")), x.shape[-2:])


@function("tri", example="x * tri(n, m) | x: n,m")
def tri(n: Any, m: Any = None, k: int = 0) -> Node:
    """Ones on and below the k-th diagonal."""
    rows = Size.of(n)
    return make(TRIANGLE, (), ("lower", static_int(k, "k")), (rows, rows if m is None else Size.of(m)))
