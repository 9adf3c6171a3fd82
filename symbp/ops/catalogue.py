"""All functions of the language together.  Importing this room fills the registry."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from symbp.algebra.node import Node, as_node
from symbp.algebra.size import product as size_product
from symbp.errors import OperandError
from symbp.ops import (  # noqa: F401 (a declaration registers itself)
    activations,
    arithmetic,
    arrange,
    attention,
    axes,
    casts,
    compare,
    constant_arrays,
    contract,
    convolution,
    determinants,
    diagonals,
    einsum,
    elementwise,
    entry_products,
    extrema,
    factorisations,
    inverses,
    layers,
    likelihood_loss,
    loss,
    margin_loss,
    masks,
    moments,
    normalisation,
    norms,
    pooling,
    products,
    regression_loss,
    softmax,
    sums,
    transposed_convolution,
    ufuncs,
)
from symbp.ops.registry import FUNCTIONS, Elementwise, Function
from symbp.ops.structure import (  # noqa: F401
    cutting,
    gathering,
    indexing,
    integer_arrays,
    joining,
    one_hot,
    padding,
    repeating,
    reshaping,
    running_sums,
    slices,
    stopped,
    triangles,
    windows,
)
from symbp.ops.structure.joining import stack

ROOMS = tuple(value for value in [*globals().values()] if isinstance(value, ModuleType))
"""The rooms that are imported above."""


def find(name: str) -> Function | None:
    return FUNCTIONS.get(name)


def names() -> list[str]:
    return sorted(FUNCTIONS)


def array(values: list[Any]) -> Node:
    """A list of numbers or arrays as one array."""
    return stack([array(v) if isinstance(v, list) else as_node(v) for v in values])


def entry_count(node: Node) -> Any:
    size = size_product(node.shape)
    return size.constant if size.is_constant else size


def derivative(node: Node, order: int) -> Node:
    """f'(x) for a node f(x) of an elementwise function."""
    for _ in range(order):
        if not isinstance(node.op, Elementwise) or len(node.args) != 1 or node.op.partials is None:
            raise OperandError(
                "' means the derivative of an elementwise function such as σ'",
                hint="name the gradient: symbp derive gives it",
            )
        partial = node.op.partials[0]
        node = as_node(0) if partial is None else as_node(partial(node.args[0], node))
    return node
