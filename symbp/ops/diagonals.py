"""Diagonals of matrices: taken out, added up, or filled with a vector."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.errors import OperandError
from symbp.ops.axes import moveaxis
from symbp.ops.contract import contract
from symbp.ops.registry import function, show, static_int
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.padding import pad


def diagonal_block(x: Node, offset: int, what: str) -> Node:
    """The square block (over axes 0 and 1) whose diagonal is the given one of x."""
    if x.rank < 2:
        raise OperandError(f"{what} needs a matrix, not shape {show(x.shape)}")
    rows, columns = x.shape[0] - max(-offset, 0), x.shape[1] - max(offset, 0)
    if (rows - columns).is_at_least(0):
        length = columns
    elif (columns - rows).is_at_least(0):
        length = rows
    else:
        raise OperandError(
            f"{what}: which of {rows} rows and {columns} columns is shorter is not known",
            hint="declare both with one size, or fix them: size n = 3",
            mismatch=(x.shape[0], x.shape[1]),
        )
    first, second = max(-offset, 0), max(offset, 0)
    return getitem(x, (slice(first, first + length), slice(second, second + length)))


@function(
    "trace",
    "tr",
    example="trace(x) | x: n,n ; trace(x, 1) | x: 3,4 ; trace(x) | x: n,n,k ;"
    " trace(x, axis1=1, axis2=2) | x: k,n,n",
)
def trace(x: Node, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    """Σ_i X_i(i+offset), over axes 0 and 1 or two others."""
    if (axis1, axis2) != (0, 1):
        x = moveaxis(x, (axis1, axis2), (0, 1))
    block = diagonal_block(x, static_int(offset, "trace: the offset"), "trace")
    rest = range(2, x.rank)
    return contract([block], [(0, 0, *rest)], rest)


@function(
    "diagonal", example="diagonal(x) | x: n,n ; diagonal(x, -1) | x: 4,3,k ; diagonal(x, 0, 1, 2) | x: k,n,n"
)
def diagonal(x: Node, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    """The diagonal over two axes, which becomes the last axis."""
    block = diagonal_block(
        moveaxis(x, (axis1, axis2), (0, 1)), static_int(offset, "diagonal: the offset"), "diagonal"
    )
    rest = range(2, x.rank)
    return contract([block], [(0, 0, *rest)], (*rest, 0))


@function("diag", example="diag(x) | x: n ; diag(x, -1) | x: n ; diag(x, 1) | x: 4,3")
def diag(x: Node, k: int = 0) -> Node:
    """The matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix."""
    if x.rank == 2:
        return diagonal(x, k)
    if x.rank != 1:
        raise OperandError(f"diag needs a vector or a matrix, not shape {show(x.shape)}")
    by = static_int(k, "diag: k")
    square = contract([x], [(0,)], (0, 0))
    return pad(square, ((max(-by, 0), max(by, 0)), (max(by, 0), max(-by, 0))))
