"""Other dtypes and other kinds of value: what code says, and what changes an equation little."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.compare import not_equal, where
from symbp.ops.registry import function, show
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.reshaping import ravel, reshape
from symbp.ops.ufuncs import trunc

DTYPES = frozenset((
    "float", "float16", "float32", "float64", "double", "single", "half", "floating", "longdouble", "int",
    "int8", "int16", "int32", "int64", "intp", "uint8", "uint16", "uint32", "uint64", "integer", "long",
    "bool", "bool_",
))  # fmt: skip
"""The words for dtypes in NumPy, Python and torch."""


@function(
    "astype",
    example="x * astype(3 * x, 'int') | x: n,m ; x * astype(x > 0, 'float') | x: n,m ;"
    " x * astype(x, 'bool') | x: n,m ; x[astype(2 * y, 'int64')] | x: 5,m | y: n unit",
)
def astype(x: Node, dtype: str, **named: Any) -> Node:
    """x in another dtype: for integers cut off towards 0, for bool the mask [x ≠ 0].

    OperandError for a dtype that is not known.
    """
    if dtype not in DTYPES:
        raise OperandError(f"there is no dtype {dtype}", hint="it is int, float or bool")
    if dtype.startswith("bool"):
        return x if x.dtype == "bool" else not_equal(x, 0)
    if dtype[0] in "iul" and not dtype.startswith("longd"):
        if x.dtype == "bool":
            return where(x, 1, 0)
        return x if x.dtype == "int" else trunc(x)
    return where(x, 1, 0) if x.dtype == "bool" else x


@function("float", "float32", "float64", "double", example="float(x) * x | x: n,m")
def float_(x: Node | Scalar) -> Node:
    """x itself: numbers are real."""
    return as_node(x)


@function("int", "int32", "int64", example="int(3 * x) * x | x: n,m")
def int_(x: Node | Scalar) -> Any:
    """x without what is after the point."""
    return x if isinstance(x, int | Size) else astype(as_node(x), "int")


@function("item", example="item(x, 2) * x | x: 2,3 ; item(sum(x)) * x | x: n")
def item(x: Node, index: int | None = None) -> Node:
    """The only entry, or one of all entries in row-major order."""
    if index is not None:
        return getitem(ravel(x), index)
    if not all(s.is_one for s in x.shape):
        hint = "item(x, k) is the k-th of all entries"
        raise OperandError(f"item: an array of shape {show(x.shape)} has more than one entry", hint=hint)
    return reshape(x, ())


@function("len", example="len(x) * x | x: n,m")
def len_(x: Node) -> Size:
    """The size of the first axis."""
    if not isinstance(x, Node) or not x.rank:
        raise OperandError("len: a number has no entries")
    return x.shape[0]
