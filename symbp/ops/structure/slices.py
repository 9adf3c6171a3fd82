"""Entries taken out at regular positions, and put back there: x[key] and its adjoint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbp.algebra.node import Node, Shape, make, number
from symbp.algebra.size import Size
from symbp.ops.constant_arrays import full, zeros_like
from symbp.ops.registry import Composite
from symbp.ops.structure.positions import Key, concrete_key
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.structural import Array, SizeOf, Structural


class GetItem(Structural):
    """NumPy's basic indexing.  params: a Key."""

    name = "getitem"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [put_zeros(upstream, node.params[0], node.args[0].shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return arrays[0][concrete_key(node.params[0], size)]


class PutZeros(Structural):
    """The adjoint of GetItem: zeros, with the argument at the places of the key.  params: a Key."""

    name = "put_zeros"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [take_key(upstream, node.params[0])]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        result = np.zeros(tuple(size(s) for s in node.shape), dtype=arrays[0].dtype)
        if result.dtype == object:
            result[...] = 0 * arrays[0].reshape(-1)[0] if arrays[0].size else 0
        result[concrete_key(node.params[0], size)] = arrays[0]
        return result


GETITEM, PUT_ZEROS = GetItem(), PutZeros()


def take_key(x: Node, key: Key) -> Node:
    """x at the places of a key."""
    taken = [part for part in key if part is not None]
    if None not in key and all(p.is_whole(s) for p, s in zip(taken, x.shape, strict=True)):
        return x
    shape = tuple(
        Size.of(1) if part is None else part.length for part in key if part is None or not part.drop
    )
    value = number(x)
    if value is not None:
        return full(shape, value)
    return make(GETITEM, (x,), (key,), shape, x.dtype)


def put_zeros(x: Node, key: Key, shape: Shape) -> Node:
    """Zeros of a shape, with x at the places of a key."""
    taken = [part for part in key if part is not None]
    if all(p.is_whole(s) for p, s in zip(taken, shape, strict=True)):
        if None not in key:
            return x
        return reshape(x, shape)
    return make(PUT_ZEROS, (x,), (key,), shape, x.dtype)


def _set_items_meaning(a: Node, value: Node, key: Key) -> Node:
    return a - put_zeros(take_key(a, key), key, a.shape) + put_zeros(value, key, a.shape)


def _set_items_closed(a: Node, value: Node, key: Key, y: Node, g: Node) -> list[Node | None]:
    outside = SET_ITEMS([g, zeros_like(value)], (key,)) if a.dtype == "real" else None
    return [outside, take_key(g, key) if value.dtype == "real" else None]


SET_ITEMS = Composite("set_items", _set_items_meaning, _set_items_closed)


def set_items(a: Node, value: Node, key: Key) -> Node:
    """a with the entries at a key exchanged: NumPy's a[key] = value, as a value of its own.

    `value` has the shape of what the key takes.
    """
    taken = [part for part in key if part is not None]
    if all(p.is_whole(s) for p, s in zip(taken, a.shape, strict=True)):
        return value if None not in key else reshape(value, a.shape)
    return SET_ITEMS([a, value], (key,))
