"""Indexing and item assignment, with NumPy's slices, masks and integer arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, as_node, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.lang.code.arrays import Array, ItemView, key_shape, put, take, zeros_of
from symbp.lang.code.dtypes import written
from symbp.lang.code.integers import as_integers, folded, known_integer
from symbp.lang.code.operators import describe, node_binary
from symbp.lang.code.source import NotReadError
from symbp.lang.code.texts import UNKNOWN
from symbp.lang.code.values import Instance, Masked, Ufunc, WherePart, plain
from symbp.lang.values import indexed, negate, node_of, static
from symbp.ops.axes import broadcast_to
from symbp.ops.compare import equal, less, where
from symbp.ops.constant_arrays import is_zero
from symbp.ops.contract import CONTRACT
from symbp.ops.extrema import ARGMAX, ARGMIN
from symbp.ops.registry import broadcast_shapes, show
from symbp.ops.structure.gathering import SCATTER, gather
from symbp.ops.structure.indexing import getitem, np_index
from symbp.ops.structure.integer_arrays import ARANGE, INTEGER_ARRAY, integer_array
from symbp.ops.structure.joining import stack
from symbp.ops.structure.one_hot import onehot
from symbp.ops.structure.positions import Key, basic_key
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.triangles import triu
from symbp.ops.sums import sum_


def get_item(value: Any, key: Any) -> Any:
    """value[key]: a view of an array for slices, a copy for masks and integer arrays."""
    if isinstance(value, Array):
        return _array_item(value, key)
    if isinstance(value, dict):
        if isinstance(key, list | dict | Array):
            raise NotReadError(f"{describe(key)} is no key of a dict")
        if key not in value:
            raise NotReadError(f"the dict has no key {key!r}")
        return value[key]
    if isinstance(value, str | range):
        return indexed(list(value), _plain_key(key))
    if isinstance(value, Instance) and value.kind.is_tuple:
        return indexed(list(value.attributes.values()), _plain_key(key))
    if isinstance(value, list | tuple):
        return indexed(value, _plain_key(key))
    raise NotReadError(f"{describe(value)} cannot be indexed")


def _plain_key(key: Any) -> Any:
    """An index of a list: sizes that are numbers as integers."""
    if isinstance(key, slice):
        return slice(*(_plain_key(k) for k in (key.start, key.stop, key.step)))
    key = static(plain(key))
    return (
        key.constant
        if isinstance(key, Size) and key.is_constant
        else int(key)
        if isinstance(key, bool)
        else key
    )


def parts_of(key: Any) -> list[Any]:
    """The parts of an index, with arrays as nodes and numbers as integers or sizes."""
    parts = list(key) if isinstance(key, tuple) else [key]
    return [_part(part) for part in _with_masks(parts)]


def _with_masks(parts: list[Any]) -> list[Any]:
    """The index with a mask in place of the indices of where it holds."""
    found: list[Any] = []
    for at, part in enumerate(parts):
        if not isinstance(part, WherePart):
            found.append(part)
        elif part.axis == 0:
            group = parts[at : at + part.mask.rank]
            if group != [WherePart(part.mask, axis) for axis in range(part.mask.rank)]:
                raise NotReadError("the places where a mask holds are read for all of its axes together")
            found.append(part.mask)
        elif not (at and parts[at - 1] == WherePart(part.mask, part.axis - 1)):
            raise NotReadError("the places where a mask holds are read for all of its axes together")
    return found


def _part(part: Any) -> Any:
    if isinstance(part, slice):
        return slice(*(None if p is None else static(plain(p)) for p in (part.start, part.stop, part.step)))
    if isinstance(part, list) and any(isinstance(item, Array) for item in part):
        return stack([node_of(plain(item)) for item in part])
    return np_index(static(plain(part)))


def _mask_of(parts: list[Any], node: Node) -> tuple[Node, int] | None:
    """The mask that an index is, with the shape of the array, and how many axes follow its own.

    None where there is no mask.
    """
    masks = [p for p in parts if isinstance(p, Node) and p.dtype == "bool"]
    if not masks:
        return None
    mask = masks[0]
    others = [p for p in parts if p is not mask and p is not Ellipsis and p != slice(None)]
    before = next(at for at, p in enumerate(parts) if p is mask)
    if Ellipsis in parts[:before]:
        before = node.rank - mask.rank - (len(parts) - before - 1)
    after = node.rank - mask.rank - before
    if others or len(masks) > 1 or before < 0 or mask.shape != node.shape[before : before + mask.rank]:
        raise OperandError(f"a mask of shape {show(mask.shape)} is no index of {show(node.shape)}")
    if mask.rank < node.rank:
        mask = getitem(mask, (..., *[None] * after))
        mask = broadcast_to(mask, node.shape)
    return mask, after


def _array_item(array: Array, key: Any) -> Any:
    parts = parts_of(key)
    if any(isinstance(p, Node) for p in parts):
        node = array.node
        mask = _mask_of(parts, node)
        if mask is not None:
            return Masked(node, mask[0])
        return Array(_row_of_identity(node, parts) or gather(node, parts))
    view = basic_key(array.outline, parts)
    if not key_shape(view) and Ellipsis not in parts:
        entry = folded(as_integers(array.read(view)))
        return known_integer(entry) if known_integer(entry) is not None else Array(entry)
    return ItemView(array, view)


def _row_of_identity(node: Node, parts: list[Any]) -> Node | None:
    """np.eye(k)[classes] is onehot(classes, k); None where it is something else."""
    is_identity = node.op is CONTRACT and not node.args and node.params[1] == (0, 0)
    if not is_identity or not isinstance(parts[0], Node) or parts[1:] not in ([], [slice(None)]):
        return None
    return onehot(parts[0], node.shape[0]) if parts[0].rank and parts[0].dtype == "int" else None


def set_item(container: Any, key: Any, value: Any) -> None:
    """container[key] = value."""
    if isinstance(container, Array):
        _set_in_array(container, key, value, None)
    elif isinstance(container, dict):
        if isinstance(key, list | dict | Array) or (isinstance(key, str) and UNKNOWN in key):
            raise NotReadError(f"{describe(key)} is no key of a dict")
        container[key] = value
    elif isinstance(container, list):
        at = _plain_key(key)
        if isinstance(at, slice) and isinstance(value, list | tuple):
            container[at] = list(value)
        elif isinstance(at, int) and -len(container) <= at < len(container):
            container[at] = value
        else:
            raise NotReadError(f"there is no item {describe(at)} in a list of {len(container)}")
    else:
        raise NotReadError(f"the items of {describe(container)} cannot be set")


def change_item(container: Array, key: Any, sign: str, value: Any) -> None:
    """container[key] sign= value, in place."""
    _set_in_array(container, key, value, sign)


def _set_in_array(array: Array, key: Any, value: Any, sign: str | None) -> None:
    parts = parts_of(key)
    if not any(isinstance(p, Node) for p in parts):
        _set_basic(array, basic_key(array.outline, parts), value, sign)
        return
    node = array.node
    mask = _mask_of(parts, node)
    if mask is not None:
        array.assign(written(array, _with_mask(node, *mask, value, sign)))
    else:
        array.assign(written(array, _with_integers(node, parts, plain(value), sign)))


def _set_basic(array: Array, key: Key, value: Any, sign: str | None) -> None:
    if isinstance(value, Masked):
        raise OperandError("entries taken by a mask have no shape that is known beforehand")
    shape = key_shape(key)
    bare = tuple(part for part in key if part is not None)
    new = node_of(plain(value))
    fitted = reshape(fit(new, shape), key_shape(bare)) if shape != key_shape(bare) else fit(new, shape)
    if sign is None:
        array.update(bare, lambda old: written(array, fitted))
        return
    if array.dtype != "real":
        array.update(bare, lambda old: written(array, _same_shape(node_binary(sign, old, fitted), old)))
        return
    addend = fitted if sign == "+" else None
    array.update(bare, lambda old: _same_shape(node_binary(sign, old, fitted), old), addend)


def fit(value: Node, shape: tuple[Size, ...]) -> Node:
    """A value as it is written into entries of a shape.  OperandError where it does not fit."""
    if value.shape == shape:
        return value
    while value.rank > len(shape) and value.shape[0].is_one:
        value = reshape(value, value.shape[1:])
    if is_zero(value):
        return zeros_of(shape)
    try:
        return broadcast_to(value, shape)
    except OperandError:
        reason = f"an array of shape {show(value.shape)} cannot be written into {show(shape)}"
        raise OperandError(reason) from None


def _same_shape(new: Node, old: Node) -> Node:
    if new.shape != old.shape:
        raise OperandError(
            f"the result has shape {show(new.shape)}, the array it goes into {show(old.shape)}"
        )
    return new


def _with_mask(node: Node, mask: Node, after: int, value: Any, sign: str | None) -> Node:
    """node with a value where a mask holds, after which `after` axes follow."""
    if isinstance(value, Masked):
        if value.mask is not mask:
            raise OperandError("entries taken by two different masks do not go together")
        new = value.node
    else:
        new = node_of(plain(value))
        if new.rank > after or new.shape != node.shape[node.rank - new.rank :]:
            raise OperandError("only a number can be written where a mask holds")
    if sign is not None:
        new = node_binary(sign, node, new)
    return where(mask, new, node)


def _with_integers(node: Node, parts: list[Any], value: Any, sign: str | None) -> Node:
    """node[parts] = value (or sign= value) for integer arrays.

    Where an index comes twice the last value counts, as in NumPy, also for sign=.
    """
    slices, inner = _outer_slices(node, parts)
    old_part = take(node, slices)
    gathered = gather(old_part, inner)
    change = _difference(gathered, is_zero(old_part), fit(node_of(value), gathered.shape), sign)
    (axes, at), given = gathered.params, gathered.args[1:]
    indices = [_from_start(i, old_part.shape[axis]) for i, axis in zip(given, axes, strict=True)]
    if not _all_different(indices):
        weight = _last_of_equals(indices)
        weight = getitem(weight, (*[None] * at, ..., *[None] * (gathered.rank - at - weight.rank)))
        change = weight * change
    scattered = make(SCATTER, (change, *given), (axes, at), old_part.shape)
    return put(node, slices, node_binary("+", old_part, scattered))


def _difference(gathered: Node, from_zeros: bool, value: Node, sign: str | None) -> Node:
    """What an assignment adds to the entries that it changes."""
    if sign == "+":
        return value
    if sign == "-":
        return node_of(negate(value))
    old = zeros_of(gathered.shape) if from_zeros else gathered
    return node_binary("-", value if sign is None else node_binary(sign, old, value), old)


def _outer_slices(node: Node, parts: list[Any]) -> tuple[Key, list[Any]]:
    """The slices of a mixed index as a key, and the index of what the key takes."""
    if None in [p for p in parts if not isinstance(p, Node)]:
        raise NotReadError("an index array beside None is not supported; index in two steps")
    used = sum(1 for p in parts if p is not Ellipsis)
    rest = [slice(None)] * (node.rank - used)
    at = next((i for i, p in enumerate(parts) if p is Ellipsis), len(parts))
    filled = [*parts[:at], *rest, *parts[at + 1 :]]
    if len(filled) > node.rank:
        raise OperandError(f"{len(filled)} indices for an array of rank {node.rank}, {show(node.shape)}")
    slices = basic_key(node, [p if isinstance(p, slice) else slice(None) for p in filled])
    return slices, [slice(None) if isinstance(p, slice) else p for p in filled]


def _all_different(indices: Sequence[Node]) -> bool:
    """Known to name no entry twice."""
    rank = max(i.rank for i in indices)
    if rank == 0:
        return True
    return all(any(_counts_up(i, axis - rank) for i in indices) for axis in range(rank))


def _from_start(index: Node, size: Size) -> Node:
    """An index array with what is counted from the end counted from the start."""
    inner = index
    while inner.op.name in ("reshape", "getitem", "contract") and len(inner.args) == 1:
        inner = inner.args[0]
    if inner.is_leaf or inner.op in (ARANGE, ARGMAX, ARGMIN):
        return index
    if index.op is INTEGER_ARRAY:
        numbers = np.array(index.params[0])
        if not (numbers < 0).any():
            return index
        if size.is_constant:
            return integer_array(_tuples((numbers % size.constant).tolist()))
    return where(less(index, 0), index + as_node(size), index)


def _tuples(values: Any) -> Any:
    return tuple(_tuples(v) for v in values) if isinstance(values, list) else values


def _counts_up(index: Node, axis: int) -> bool:
    """Differs from entry to entry along an axis (counted from the end), wherever the others are."""
    if index.rank < -axis or index.shape[axis].is_one:
        return False
    if any(not s.is_one for a, s in enumerate(index.shape) if a != index.rank + axis):
        return False
    while index.op.name in ("reshape", "getitem") and index.args[0].rank == 1:
        index = index.args[0]
    if index.op is INTEGER_ARRAY and index.rank == 1:
        return len(set(index.params[0])) == len(index.params[0])
    return index.op is ARANGE


def _last_of_equals(indices: Sequence[Node]) -> Node:
    """1 where no later place has the same index, else 0: the place whose value counts."""
    widest: tuple[Size, ...] = ()
    for index in indices:
        widest = broadcast_shapes(widest, index.shape, "index arrays")
    flat = [reshape(broadcast_to(i, widest), -1) for i in indices]
    same = equal(flat[0][:, None], flat[0][None, :])
    for index in flat[1:]:
        same = same * equal(index[:, None], index[None, :])
    later = sum_(triu(same, 1), 1)
    return reshape(equal(later, 0), widest)


def scatter_add(array: Array, key: Any, value: Any, sign: str = "+") -> None:
    """np.add.at: repeated indices add up."""
    parts = parts_of(key)
    node = array.node
    if not any(isinstance(p, Node) for p in parts) or _mask_of(parts, node) is not None:
        _set_in_array(array, key, value, sign)
        return
    slices, inner = _outer_slices(node, parts)
    old_part = take(node, slices)
    gathered = gather(old_part, inner)
    new = fit(node_of(plain(value)), gathered.shape)
    scattered = make(SCATTER, (new, *gathered.args[1:]), gathered.params, old_part.shape)
    array.assign(put(node, slices, node_binary(sign, old_part, scattered)))


def outer_operands(left: Any, right: Any) -> list[Any]:
    """The operands of np.multiply.outer and its like, as those of np.multiply."""
    a, b = node_of(plain(left)), node_of(plain(right))
    return [Array(getitem(a, (..., *[None] * b.rank))) if a.rank else left, right]


def call_ufunc(ufunc: Ufunc, arguments: list[Any]) -> Any:
    """np.add.at, np.subtract.at.  NotReadError for the others."""
    if ufunc.method == "at" and ufunc.name in ("add", "subtract") and len(arguments) == 3:
        if not isinstance(arguments[0], Array):
            raise OperandError("the first argument has to be an array")
        scatter_add(arguments[0], arguments[1], arguments[2], "+" if ufunc.name == "add" else "-")
        return None
    raise OperandError(f"{ufunc.name}.{ufunc.method} is not supported")
