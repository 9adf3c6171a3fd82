"""Arrays that share their entries with another one: in another shape or order, or a part of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from symbp.algebra.node import Node, leaf, rebuild
from symbp.algebra.size import Size
from symbp.lang.code.arrays import Array, Change, ItemView, ShapeView
from symbp.lang.code.integers import as_integers
from symbp.lang.code.source import NotReadError
from symbp.lang.code.strides import is_row_major, reshaped
from symbp.lang.code.values import bounded, plain
from symbp.lang.values import static
from symbp.ops.axes import transpose
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import axis_of
from symbp.ops.structure.indexing import squeeze
from symbp.ops.structure.reshaping import RESHAPE, reshape
from symbp.ops.structure.slices import GETITEM

NodeFunction = Callable[[Node], Any]
PARTS = {
    "expand_dims", "unsqueeze", "flip", "fliplr", "flipud", "rot90",
    "split", "array_split", "hsplit", "vsplit", "dsplit",
}  # fmt: skip
"""Functions that give views of their first argument."""
READ_ONLY = {"diagonal", "diag", "sliding_window_view"}
"""Functions that give views into which nothing can be written, or not without care."""


def shape_view(array: Array, name: str, arguments: list[Any], named: dict[str, Any]) -> Array:
    """The same entries in another shape or order, as a view where NumPy gives one."""
    listed = [static(plain(a)) for a in arguments]
    match name:
        case "transpose":
            axes = named.get("axes", listed)
            while len(axes) == 1 and isinstance(axes[0], tuple | list):
                axes = axes[0]
            if not axes or axes[0] is None:
                axes = list(reversed(range(array.rank)))
            return transposed_view(array, tuple(axis_of(a, array.rank, "transpose") for a in axes))
        case "swapaxes":
            order = list(range(array.rank))
            i, j = (axis_of(a, array.rank, "swapaxes") for a in listed)
            order[i], order[j] = order[j], order[i]
            return transposed_view(array, tuple(order))
        case "moveaxis":
            moved = moveaxis_order(array.rank, listed[0], listed[1])
            return transposed_view(array, moved)
        case "rollaxis":
            return transposed_view(array, _rolled(array.rank, *listed, **named))
        case _ if _is_column_major(name, arguments, named):
            return _by_columns(array, name, arguments, named)
        case "squeeze":
            axis = named.get("axis", listed[0] if listed else None)
            target = squeeze(array.node, axis).shape
        case "ravel":
            if not is_row_major(array.shape, array.strides):
                return Array(reshape(array.node, -1))
            target = reshape(array.node, -1).shape
        case "view":
            return array
        case _:
            shape = named.get("newshape", named.get("shape", listed))
            target = bounded(reshape(array.node, static_shape(shape))).shape
    return reshaped_view(array, target)


def _is_column_major(name: str, arguments: list[Any], named: dict[str, Any]) -> bool:
    """Told to take the first index for the one that changes fastest."""
    positional = arguments[:1] if name == "ravel" else arguments[1:]
    order: Any = named.get("order", next((a for a in positional if isinstance(a, str)), "C"))
    return isinstance(order, str) and order == "F"


def _by_columns(array: Array, name: str, arguments: list[Any], named: dict[str, Any]) -> Array:
    """Another shape, column by column: that of the transpose, row by row."""
    turned = transposed_view(array, tuple(reversed(range(array.rank))))
    listed = [a for a in arguments if not isinstance(a, str)]
    if name != "reshape":
        return shape_view(turned, name, [], {})
    shape = static_shape(named.get("newshape", named.get("shape", listed)))
    while len(shape) == 1 and isinstance(shape[0], tuple | list):
        shape = shape[0]
    found = shape_view(turned, name, list(reversed(shape)), {})
    return transposed_view(found, tuple(reversed(range(found.rank))))


def reshaped_view(array: Array, target: Any) -> Array:
    """The same entries in another shape: a view, or a copy where their places do not allow one."""
    strides = reshaped(array.shape, array.strides, target)
    if strides is None:
        return Array(as_integers(reshape(array.node, target)))
    shape = array.shape
    return ShapeView(array, lambda n: as_integers(reshape(n, target)), lambda n: reshape(n, shape), strides)


def moveaxis_order(rank: int, source: Any, destination: Any) -> tuple[int, ...]:
    """The order of axes that np.moveaxis makes."""
    listed = source if isinstance(source, tuple | list) else [source]
    targets = destination if isinstance(destination, tuple | list) else [destination]
    sources = [axis_of(a, rank, "moveaxis") for a in listed]
    order = [axis for axis in range(rank) if axis not in sources]
    for target, axis in sorted(zip((axis_of(t, rank, "moveaxis") for t in targets), sources, strict=True)):
        order.insert(target, axis)
    return tuple(order)


def _rolled(rank: int, axis: int, start: int = 0) -> tuple[int, ...]:
    """The order of axes that np.rollaxis makes: an axis put before another one."""
    moved, before = axis_of(axis, rank, "rollaxis"), start if start >= 0 else start + rank
    order = [a for a in range(rank) if a != moved]
    order.insert(before - (moved < before), moved)
    return tuple(order)


def static_shape(shape: Any) -> Any:
    """A shape whose sizes are integers and sizes."""
    if isinstance(shape, tuple | list):
        return tuple(static_shape(s) for s in shape)
    return static(plain(shape))


def transposed_view(array: Array, order: tuple[int, ...]) -> Array:
    """The axes in another order."""
    if order == tuple(range(array.rank)):
        return array
    back = tuple(order.index(axis) for axis in range(len(order)))
    strides = tuple(array.strides[axis] for axis in order)
    return ShapeView(array, lambda n: as_integers(transpose(n, order)), lambda n: transpose(n, back), strides)


APART = 7919


class ReadOnlyView(ShapeView):
    """What follows the entries of an array, and takes no values itself."""

    __slots__ = ()

    def __init__(self, owner: Array, there: Change, strides: tuple[Size, ...] = ()) -> None:
        super().__init__(owner, there, there, strides)
        if not strides:  # those of no array whose axes can be joined
            self._strides = tuple(Size.of(APART ** (k + 1)) for k in range(self.rank))

    def assign(self, node: Node) -> None:
        raise NotReadError("values are written into a view that NumPy does not let be written")


def views_of(name: str, array: Array, function: NodeFunction) -> Any:
    """What a function gives that shares the entries of its argument; None where it gives a copy.

    The function is applied to a name of the array's shape: what it does to that is done to the array.
    """
    if name in READ_ONLY:
        return None if name == "diag" and array.rank < 2 else ReadOnlyView(array, function)
    if name not in PARTS and name != "einsum":
        return None
    bare = leaf("array", array.shape, array.node.dtype)
    found = function(bare)
    return [_view(array, n, bare) for n in found] if isinstance(found, list) else _view(array, found, bare)


def _again(step: Node, argument: Node) -> Node:
    return rebuild(step, (argument,))


def _view(array: Array, node: Node, bare: Node) -> Array | None:
    """The view that a formula in the bare name is; None where it is more than a view."""
    steps: list[Node] = []
    while node is not bare:
        if node.op not in (GETITEM, RESHAPE, CONTRACT) or len(node.args) != 1:
            return None
        steps.append(node)
        node = node.args[0]
    view: Array = array
    for step in reversed(steps):
        if step.op is GETITEM:
            view = ItemView(view, step.params[0])
        elif step.op is RESHAPE:
            view = reshaped_view(view, step.shape)
        else:
            (inputs,), out, _ = step.params
            if set(out) != set(inputs) or len(set(out)) != len(out):
                return None
            if len(inputs) != len(out):
                return ReadOnlyView(view, partial(_again, step))
            view = transposed_view(view, tuple(inputs.index(label) for label in out))
    return view
