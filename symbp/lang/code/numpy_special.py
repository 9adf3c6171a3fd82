"""NumPy's functions that speak of places (copy, views), types, or numbers known beforehand."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.lang.code.arrays import Array
from symbp.lang.code.dtypes import cast, is_kind_of, written
from symbp.lang.code.integers import folded, look_up
from symbp.lang.code.items import call_ufunc, fit, parts_of
from symbp.lang.code.numpy_places import PLACES
from symbp.lang.code.operators import binary
from symbp.lang.code.source import NotReadError
from symbp.lang.code.strides import is_row_major
from symbp.lang.code.values import LONGEST_LIST, Opaque, Ufunc, Vectorized, bounded, placed, plain, size_of
from symbp.lang.code.views import ReadOnlyView, shape_view
from symbp.lang.values import is_static, node_of, static
from symbp.ops import catalogue
from symbp.ops.arithmetic import total
from symbp.ops.axes import broadcast_to
from symbp.ops.compare import clip, equal, where
from symbp.ops.convolution import convolution
from symbp.ops.diagonals import diag
from symbp.ops.structure.gathering import gather
from symbp.ops.structure.indexing import flip, getitem
from symbp.ops.structure.integer_arrays import arange, integer_array
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.padding import pad
from symbp.ops.structure.reshaping import reshape

VIEWS = {"reshape", "ravel", "squeeze", "transpose", "swapaxes", "moveaxis", "rollaxis"}


def call_special(name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
    if name in VIEWS and arguments and isinstance(arguments[0], Array):
        return shape_view(arguments[0], name, arguments[1:], named)
    if name in SPECIAL:
        return SPECIAL[name](*arguments, **named)
    first = static(plain(arguments[0])) if len(arguments) == 1 else None
    if name in ("floor", "ceil") and isinstance(first, int | Fraction | Size) and not isinstance(first, bool):
        return (
            first
            if isinstance(first, Size)
            else int(math.floor(first) if name == "floor" else math.ceil(first))
        )
    if name == "prod" and isinstance(first, tuple | list) and all(is_static(v) for v in first):
        product: Any = 1
        for item in first:
            product = bounded(binary("*", product, item))
        return product
    return NotImplemented


def _insert(array: Any, at: Any, values: Any, axis: Any = None) -> Array:
    """One row, column or layer more along an axis, in front of the one of this number."""
    whole, known = node_of(plain(array)), static(plain(at))
    if axis is None:
        whole, axis = reshape(whole, (-1,)), 0
    if not isinstance(known, int) or not isinstance(axis, int) or not -whole.rank <= axis < whole.rank:
        raise NotReadError("np.insert is read for one known place along a known axis")
    axis %= whole.rank
    given = node_of(plain(values))
    one = tuple(Size.of(1) if k == axis else size for k, size in enumerate(whole.shape))
    if given.rank == whole.rank and (axis or not given.shape[0].is_one):
        raise NotReadError("np.insert is read for a number, or for an array of one axis less")
    if given.rank == whole.rank - 1 and given.rank:
        given = reshape(given, (*given.shape[:axis], Size.of(1), *given.shape[axis:]))
    before, after = (getitem(whole, (slice(None),) * axis + (part,)) for part in _parts(known))
    return Array(concatenate([before, broadcast_to(given, one), after], axis))


def _parts(at: int) -> tuple[slice, slice]:
    return slice(None, at), slice(at, None)


def _array(value: Any) -> Array:
    if isinstance(value, Array):
        return Array(value.node, value.dtype)
    if isinstance(value, range):
        value = list(value)
    if isinstance(value, list | tuple):
        return Array(bounded(_table_of(value)))
    return Array(node_of(plain(value)))


def _table_of(value: Any) -> Node:
    """A (nested) list as an array; one of integers can be an index."""
    flat = [value]
    while flat and all(isinstance(v, list | tuple) for v in flat):
        flat = [item for v in flat for item in v]
    if flat and all(isinstance(v, int) and not isinstance(v, bool) for v in flat):
        return integer_array(_tuples(value))
    return catalogue.array(_nested(value))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value


def _nested(value: Any) -> Any:
    return [_nested(v) for v in value] if isinstance(value, list | tuple) else node_of(plain(value))


def array_of_numbers(value: Any) -> Any:
    """A list of known numbers as the array that NumPy makes of it; other values as they are."""
    items = value if isinstance(value, list | tuple) else []
    known = items and all(isinstance(static(plain(v)), int | Fraction | Size) for v in items)
    return _array(value) if known else value


def _broadcast_to(value: Any, shape: Any) -> Array:
    """Known integers stay known, so that they can be sizes."""
    known, sizes = static(plain(value)), static(plain(shape))
    listed = known if isinstance(known, list | tuple) else [known]
    length = static(plain(sizes[0])) if isinstance(sizes, tuple | list) and len(sizes) == 1 else None
    if all(isinstance(v, int) for v in listed) and isinstance(length, int) and len(listed) in (1, length):
        return _array([*listed] * (length // len(listed)))
    array = _asarray(value)
    found = broadcast_to(array.node, sizes)
    new = found.rank - array.rank
    steps = [Size.of(0)] * new + [
        step if size == wide else Size.of(0)
        for step, size, wide in zip(array.strides, array.shape, found.shape[new:], strict=True)
    ]
    return ReadOnlyView(array, lambda node: broadcast_to(node, sizes), tuple(steps))


def _number_of(value: Any) -> Array:
    """np.float64(value): a copy that holds numbers."""
    return Array(cast(_asarray(value).node, "real"))


def _asarray(value: Any) -> Array:
    return value if isinstance(value, Array) else _array(value)


def _size(value: Array, axis: Any) -> Any:
    """How many entries there are, or how many along an axis."""
    return catalogue.entry_count(value.node) if axis is None else size_of(value.shape[axis])


def _contiguous(value: Any) -> Array:
    found = _asarray(value)
    return found if is_row_major(found.shape, found.strides) else Array(found.node)


def _ix(*indices: Any) -> tuple[Any, ...]:
    nodes = [parts_of(i)[0] for i in indices]
    rank = len(nodes)
    shaped = []
    for axis, node in enumerate(nodes):
        shape = [Size.of(1)] * rank
        shape[axis] = node.shape[0]
        shaped.append(Array(reshape(node, tuple(shape))))
    return tuple(shaped)


def _at_least(rank: int) -> Callable[..., Any]:
    def at_least(*values: Any) -> Any:
        if len(values) != 1:
            return [at_least(value) for value in values]
        array = _asarray(values[0])
        while array.rank < rank:
            array = shape_view(array, "reshape", [(1, *(size_of(s) for s in array.shape))], {})
        return array

    return at_least


def _block(rows: Any) -> Array:
    """Arrays side by side in rows, and the rows one under the other."""
    listed = rows if all(isinstance(row, list) for row in rows) else [rows]
    joined = [concatenate([node_of(plain(piece)) for piece in row], -1) for row in listed]
    return Array(concatenate(joined, -2) if len(joined) > 1 else joined[0])


def _unravel_index(index: Any, shape: Any) -> tuple[Any, ...]:
    """The indices along each axis of a position in row-major order."""
    sizes = [Size.of(s) for s in static(plain(shape))]
    position = node_of(plain(index))
    if not all(s.is_constant for s in sizes) or position.dtype != "int":
        raise NotReadError("unravel_index needs an integer position and a known shape")
    lengths = [s.constant for s in sizes]
    count = math.prod(lengths)
    if count > LONGEST_LIST:
        raise NotReadError(f"more than {LONGEST_LIST} positions are not supported")
    found = []
    for axis, length in enumerate(lengths):
        below = math.prod(lengths[axis + 1 :])
        found.append(Array(look_up([p // below % length for p in range(count)], position)))
    return tuple(found)


def _as_strided(value: Any, shape: Any, strides: Any, **named: Any) -> Array:
    """Entries of a row-major array at steps given for each axis; `x.strides` counts entries."""
    sizes, steps = static(plain(shape)), static(plain(strides))
    total: Any = 0
    for axis, (size, step) in enumerate(zip(sizes, steps, strict=True)):
        along = [1] * len(sizes)
        along[axis] = size
        positions = Array(folded(reshape(arange(size), tuple(along))))
        total = binary("+", binary("*", positions, step), total)
    return ReadOnlyView(_asarray(value), lambda node: gather(reshape(node, -1), [total.node]))


def _clip(value: Any, *limits: Any, **named: Any) -> Any:
    """NumPy's clip under both names of its limits."""
    if not {"min", "max"} & named.keys():
        return NotImplemented
    low, high = named.get("min", limits[0] if limits else None), named.get("max")
    if high is None and len(limits) > ("min" not in named):
        high = limits[-1]
    ends = [None if v is None else node_of(plain(v)) for v in (low, high)]
    return placed(clip(node_of(plain(value)), ends[0], ends[1]))


def _put_along_axis(target: Array, indices: Any, values: Any, axis: int) -> None:
    """target[…, indices, …] = values along one axis, for one index in each row."""
    at = static(plain(axis)) % target.rank
    chosen = node_of(plain(indices))
    if chosen.rank != target.rank or not chosen.shape[at].is_one:
        raise NotReadError("put_along_axis is read for one index in each row")
    along = [Size.of(1)] * target.rank
    along[at] = target.shape[at]
    mask = equal(chosen, reshape(arange(target.shape[at]), tuple(along)))
    target.assign(written(target, fit(where(mask, node_of(plain(values)), target.node), target.shape)))


def _sliding_sum(flips: bool) -> Callable[..., Any]:
    """scipy.signal's correlate2d; with `flips` its convolve2d."""

    def apply(value: Any, kernel: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0) -> Any:
        x, k = node_of(plain(value)), node_of(plain(kernel))
        known = [s.constant for s in k.shape if s.is_constant]
        if len(known) != 2 or boundary != "fill" or fillvalue != 0 or mode not in ("full", "same", "valid"):
            raise NotReadError(
                "correlate2d and convolve2d are read for kernels of known size and zeros outside"
            )
        k = flip(k) if flips else k
        before = {"full": [s - 1 for s in known], "same": [s // 2 for s in known], "valid": [0, 0]}[mode]
        after = [s - 1 - b if mode == "same" else b for s, b in zip(known, before, strict=True)]
        if mode == "same" and not flips:
            before, after = after, before
        x = pad(x, [(b, a) for b, a in zip(before, after, strict=True)])
        return Array(getitem(convolution(2, getitem(x, (None, None)), getitem(k, (None, None))), (0, 0)))

    return apply


def _known_beforehand(*arguments: Any, **named: Any) -> Any:
    raise NotReadError("whether this holds depends on the data")


def _broadcast_arrays(*values: Any) -> list[Array]:
    nodes = [node_of(plain(v)) for v in values]
    shape = total(nodes).shape
    return [ReadOnlyView(_asarray(v), lambda node: broadcast_to(node, shape)) for v in values]


SPECIAL: dict[str, Callable[..., Any]] = {
    "array": _array,
    "copy": _array,
    "asarray": _asarray,
    "ascontiguousarray": _contiguous,
    "asfortranarray": _asarray,
    "asanyarray": _asarray,
    "shape": lambda value: tuple(size_of(s) for s in _asarray(value).shape),
    "ndim": lambda value: _asarray(value).rank,
    "size": lambda value, axis=None: _size(_asarray(value), axis),
    **PLACES,
    "ix_": _ix,
    "insert": _insert,
    "atleast_1d": _at_least(1),
    "atleast_2d": _at_least(2),
    "add_at": lambda target, key, value: call_ufunc(Ufunc("add", "at"), [target, key, value]),
    "allclose": _known_beforehand,
    "isnan": _known_beforehand,
    "isinf": _known_beforehand,
    "isfinite": _known_beforehand,
    "array_equal": _known_beforehand,
    "vectorize": lambda function, **named: Vectorized(function),
    "nan_to_num": lambda value, *limits, **named: _array(value),
    "block": _block,
    "issubdtype": is_kind_of,
    "broadcast_arrays": _broadcast_arrays,
    "broadcast_to": _broadcast_to,
    "correlate2d": _sliding_sum(False),
    "convolve2d": _sliding_sum(True),
    "put_along_axis": _put_along_axis,
    "unravel_index": _unravel_index,
    "as_strided": _as_strided,
    "clip": _clip,
    "diagflat": lambda value: Array(diag(reshape(_asarray(value).node, -1))),
    "errstate": lambda **named: Opaque("errstate"),
    "seterr": lambda **named: None,
    "set_printoptions": lambda **named: None,
    "float32": _number_of,
    "float64": _number_of,
}
