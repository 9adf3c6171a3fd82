"""Arrays with one number in every entry, and the identity matrix."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import CONSTANT, Node, Scalar, Shape, as_node, number
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.registry import function


@function("ones", example="x * ones((n, m)) | x: n,m")
def ones(*shape: Any, dtype: Any = None) -> Node:
    """An array of ones."""
    return full(_shape(shape), 1)


@function("zeros", example="x + zeros((n, m)) | x: n,m")
def zeros(*shape: Any, dtype: Any = None) -> Node:
    """An array of zeros."""
    return full(_shape(shape), 0)


@function("full", example="x * full((n, m), 2) | x: n,m")
def full(shape: Any, fill_value: Node | Scalar) -> Node:
    """An array with one number in every entry."""
    sizes = _shape((shape,))
    value = as_node(fill_value)
    if value.rank:
        raise OperandError("full repeats a number, not an array")
    if not sizes:
        return value
    labels = list(range(len(sizes)))
    if number(value) == 1:
        return contract([], [], labels, dict(enumerate(sizes)))
    return contract([value], [()], labels, dict(enumerate(sizes)))


def _shape(given: tuple[Any, ...]) -> Shape:
    while len(given) == 1 and isinstance(given[0], tuple | list):
        given = tuple(given[0])
    for size in given:
        if not isinstance(size, int | Size):
            raise OperandError(f"a shape is made of sizes; {size} is none")
    return tuple(Size.of(s) for s in given)


@function("ones_like", example="x * ones_like(x) | x: n,m")
def ones_like(x: Node | Scalar, dtype: Any = None) -> Node:
    """An array of ones in the shape of x."""
    return full(as_node(x).shape, 1)


Node.operators["ones_like"] = ones_like


@function("zeros_like", "empty_like", example="x + zeros_like(x) | x: n,m")
def zeros_like(x: Node | Scalar, dtype: Any = None) -> Node:
    """An array of zeros in the shape of x."""
    return full(as_node(x).shape, 0)


@function("full_like", example="x * full_like(x, 2) | x: n,m")
def full_like(x: Node | Scalar, fill_value: Node | Scalar) -> Node:
    """An array with one number in every entry, in the shape of x."""
    return full(as_node(x).shape, fill_value)


@function("eye", "identity", example="x @ eye(m) | x: n,m")
def eye(n: Any, m: Any = None) -> Node:
    """The identity matrix: I_ij = δ_ij."""
    if m is not None and Size.of(m) != Size.of(n):
        raise OperandError("eye: only the square identity")
    return contract([], [], (0, 0), {0: Size.of(n)})


def is_zero(node: Node) -> bool:
    """Known to be zero in every entry."""
    if node.op is CONSTANT:
        return number(node) == 0
    return node.op is CONTRACT and any(number(a) == 0 for a in node.args)
