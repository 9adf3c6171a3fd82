"""NumPy's functions that say where entries are, go through places, or write to some of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.lang.code.arrays import Array
from symbp.lang.code.dtypes import written
from symbp.lang.code.items import fit, get_item, parts_of, set_item
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import LONGEST_LIST, WherePart, bounded, plain
from symbp.lang.values import node_of, static
from symbp.ops.axes import broadcast_to
from symbp.ops.compare import equal, not_equal, where
from symbp.ops.registry import axis_of
from symbp.ops.structure.integer_arrays import arange, integer_array
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.reshaping import reshape


def known_shape(shape: Any) -> list[int]:
    """A shape of known sizes.  NotReadError where one of them is open."""
    value = static(plain(shape))
    sizes = [Size.of(static(s)) for s in (value if isinstance(value, list | tuple) else [value])]
    if not all(s.is_constant for s in sizes):
        raise NotReadError("a loop over all places needs known sizes", hint="say the sizes as numbers")
    count = 1
    for size in sizes:
        count *= size.constant
    if count > LONGEST_LIST:
        raise NotReadError(f"more than {LONGEST_LIST} places are not supported")
    return [s.constant for s in sizes]


def _ndindex(*shape: Any) -> list[tuple[int, ...]]:
    """All places of an array of a shape, row after row."""
    given = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    return list(itertools.product(*map(range, known_shape(given))))


def _ndenumerate(value: Any) -> list[tuple[tuple[int, ...], Any]]:
    array = _array(value)
    return [(place, get_item(array, place)) for place in _ndindex(array.shape)]


def _array(value: Any) -> Array:
    return value if isinstance(value, Array) else Array(node_of(plain(value)))


def _where(condition: Any, *values: Any) -> Any:
    """With one argument the places where it holds, which stand for the condition itself."""
    return NotImplemented if values else _nonzero(condition)


def _nonzero(value: Any) -> tuple[WherePart, ...]:
    mask = _mask(value)
    return tuple(WherePart(mask, axis) for axis in range(mask.rank))


def _mask(value: Any) -> Node:
    node = node_of(plain(value))
    return node if node.dtype == "bool" else not_equal(node, 0)


def _copyto(target: Array, value: Any, where: Any = True, **named: Any) -> None:
    _put(target, where, node_of(plain(value)))


def _putmask(target: Array, mask: Any, value: Any) -> None:
    node = node_of(plain(value))
    if node.rank and node.shape != target.shape:
        raise NotReadError("putmask is read for a number, or for an array of the same shape")
    _put(target, mask, node)


def _put(target: Array, mask: Any, node: Node) -> None:
    new = fit(node, target.shape)
    if mask is not True:
        new = where(broadcast_to(_mask(mask), target.shape), new, target.node)
    target.assign(written(target, new))


def _fill_diagonal(target: Array, value: Any, wrap: bool = False) -> None:
    if target.rank != 2 or wrap:
        raise NotReadError("fill_diagonal is read for matrices, without wrap")
    rows, columns = target.shape
    given = node_of(plain(value))
    new = reshape(given, (*given.shape, 1)) if given.rank else given
    if given.rank and (given.rank > 1 or given.shape[0] != rows):
        raise NotReadError("fill_diagonal is read for a number, or for one number in each row")
    on = equal(reshape(arange(rows), (rows, Size.of(1))), arange(columns))
    target.assign(written(target, where(on, broadcast_to(new, target.shape), target.node)))


def _table(numbers: list[int]) -> Array:
    return Array(integer_array(tuple(numbers)))


def _diag_indices(count: Any, ndim: int = 2) -> tuple[Array, ...]:
    return tuple(Array(arange(static(plain(count)))) for _ in range(ndim))


def _triangle(name: str) -> Callable[..., Any]:
    def indices(count: Any, k: int = 0, m: Any = None) -> tuple[Array, Array]:
        rows, columns = known_shape((count, count if m is None else m))
        places = itertools.product(range(rows), range(columns))
        chosen = [(r, c) for r, c in places if (c - r >= k if name == "triu" else c - r <= k)]
        return _table([r for r, _ in chosen]), _table([c for _, c in chosen])

    return indices


def _indices_from(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda array, k=0: function(array.shape[0], k, array.shape[1])


def _indices(shape: Any) -> Array:
    """One array of indices for each axis, one behind the other."""
    sizes = known_shape(shape)
    return Array(integer_array(tuple(_nested(sizes, axis) for axis in range(len(sizes)))))


def _nested(sizes: list[int], axis: int) -> Any:
    if axis == 0:
        return tuple(_repeated(k, sizes[1:]) for k in range(sizes[0]))
    return tuple(_nested(sizes[1:], axis - 1) for _ in range(sizes[0]))


def _repeated(value: int, sizes: list[int]) -> Any:
    return tuple(_repeated(value, sizes[1:]) for _ in range(sizes[0])) if sizes else value


def _flat_unless(array: Array, axis: Any) -> tuple[Node, int]:
    """An array with the axis along which something is left out; flat where none is given."""
    if axis is None:
        return reshape(array.node, -1), 0
    return array.node, axis_of(static(plain(axis)), array.rank, "delete")


def _cut(node: Node, axis: int, start: Any, stop: Any) -> Node:
    key = (*[slice(None)] * axis, slice(start, stop))
    found = get_item(Array(node), key)
    assert isinstance(found, Array)
    return found.node


def _delete(value: Any, place: Any, axis: Any = None) -> Array:
    """What is left without one entry along an axis, or without a run of them."""
    node, at = _flat_unless(_array(value), axis)
    if isinstance(place, slice):
        start, stop, step = place.start, place.stop, place.step
        if step not in (None, 1):
            raise NotReadError("delete is read for one place, or for a slice without a step")
        return Array(concatenate([_cut(node, at, None, start or 0), _cut(node, at, stop, None)], at))
    start = static(plain(place))
    if not isinstance(start, int | Size):
        raise NotReadError("delete is read for one place, or for a slice without a step")
    after = None if start == -1 else start + 1
    rest = [] if after is None else [_cut(node, at, after, None)]
    return Array(concatenate([_cut(node, at, None, start), *rest], at))


def _select(conditions: Any, values: Any, default: Any = 0) -> Array:
    """The value of the first condition that holds."""
    found = node_of(plain(default))
    for condition, value in reversed(list(zip(conditions, values, strict=True))):
        found = where(_mask(condition), node_of(plain(value)), found)
    return Array(found)


def _put_at(target: Array, places: Any, values: Any) -> None:
    """np.put: entries of the flat array."""
    flat = Array(reshape(target.node, -1))
    set_item(flat, _array(bounded(parts_of(places)[0])), values)
    target.assign(written(target, reshape(flat.node, target.shape)))


PLACES: dict[str, Callable[..., Any]] = {
    "ndindex": _ndindex,
    "ndenumerate": _ndenumerate,
    "where": _where,
    "nonzero": _nonzero,
    "copyto": _copyto,
    "putmask": _putmask,
    "put": _put_at,
    "fill_diagonal": _fill_diagonal,
    "diag_indices": _diag_indices,
    "diag_indices_from": lambda array: _diag_indices(array.shape[0]),
    "triu_indices": _triangle("triu"),
    "tril_indices": _triangle("tril"),
    "triu_indices_from": _indices_from(_triangle("triu")),
    "tril_indices_from": _indices_from(_triangle("tril")),
    "indices": _indices,
    "select": _select,
    "delete": _delete,
}
