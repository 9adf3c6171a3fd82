"""Axes in another order, and values repeated along new ones."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.contract import contract
from symbp.ops.registry import axis_of, broadcast_shapes, function, show, static_int


@function("transpose", "permute", "permute_dims", example="transpose(x, (1, 0, 2)) | x: k,n,m")
def transpose(x: Node, *axes: Any) -> Node:
    """NumPy's transpose: axes reversed, or in the given order."""
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], tuple | list)):
        axes = tuple(axes[0] or ())
    order = [axis_of(static_int(a, "an axis"), x.rank, "transpose") for a in axes]
    order = order or list(reversed(range(x.rank)))
    if sorted(order) != list(range(x.rank)):
        raise OperandError(f"transpose: {tuple(order)} is no order of {x.rank} axes")
    return contract([x], [range(x.rank)], order)


Node.operators["transpose"] = transpose


@function("matrix_transpose", example="matrix_transpose(x) | x: k,n,m")
def matrix_transpose(x: Node) -> Node:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


@function("swapaxes", example="swapaxes(x, 0, 2) | x: k,n,m")
def swapaxes(x: Node, axis1: int, axis2: int) -> Node:
    """Two axes exchanged."""
    order = list(range(x.rank))
    i, j = axis_of(axis1, x.rank, "swapaxes"), axis_of(axis2, x.rank, "swapaxes")
    order[i], order[j] = order[j], order[i]
    return contract([x], [range(x.rank)], order)


@function("moveaxis", example="moveaxis(x, 0, -1) | x: k,n,m")
def moveaxis(x: Node, source: Any, destination: Any) -> Node:
    """Axes moved to other places, the rest in order."""
    sources = [axis_of(a, x.rank, "moveaxis") for a in _listed(source)]
    targets = [axis_of(a, x.rank, "moveaxis") for a in _listed(destination)]
    if len(sources) != len(targets):
        raise OperandError("moveaxis: as many destinations as sources")
    order = [a for a in range(x.rank) if a not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return contract([x], [range(x.rank)], order)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]


@function("broadcast_to", example="broadcast_to(x, (2, n, 4)) | x: n,1")
def broadcast_to(x: Node | Scalar, shape: Any) -> Node:
    """x repeated along new axes and along axes of size 1."""
    x = as_node(x)
    target = tuple(Size.of(s) for s in _listed(shape))
    if broadcast_shapes(x.shape, target, "broadcast_to") != target:
        raise OperandError(f"{show(x.shape)} does not broadcast to {show(target)}")
    labels: list[Hashable] = []
    for axis, size in enumerate(x.shape, start=len(target) - x.rank):
        labels.append(("one", axis) if size != target[axis] else axis)
    return contract([x], [labels], range(len(target)), dict(enumerate(target)))
