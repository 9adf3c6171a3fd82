"""Shapes and indexing: operations that move entries and compute nothing.

Each is linear, y_o = x_{e(o)} with an index map e that is affine (slices, windows, padding),
mixed-radix (reshape) or given by an integer array (gather).  The adjoint is the transposed map,
x̄_a = Σ_o ȳ_o δ(e(o), a), which is again an operation of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.algebra.node import Node, Operation, Shape, as_node, make, number, size_value
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply
from symbp.ops.contract import CONTRACT, contract, full, transpose, zeros_like
from symbp.ops.registry import Composite, axes_of, axis_of, broadcast_shapes, function, show, static_int

Array = np.ndarray[Any, Any]
SizeOf = Callable[[Size], int]


class Structural(Operation):
    """y_o = x_{e(o)}, on arrays of any kind of entry."""

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        """The result for concrete arrays; `size` gives the numbers for sizes."""
        raise NotImplementedError


# -- reshape ----------------------------------------------------------------------------------


class Reshape(Structural):
    """Entries in row-major order, in another shape."""

    name = "reshape"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [reshape(upstream, node.args[0].shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return arrays[0].reshape(tuple(size(s) for s in node.shape))


RESHAPE = Reshape()


@function("reshape", example="reshape(x, (m, n)) | x: n,m")
def reshape(x: Node, *shape: Any, **named: Any) -> Node:
    """Row-major order kept; -1 stands for the size that is left."""
    if "newshape" in named or "shape" in named:
        shape = (named.get("shape", named.get("newshape")),)
    while len(shape) == 1 and isinstance(shape[0], tuple | list):
        shape = tuple(shape[0])
    total = size_product(x.shape)
    open_axes = [i for i, s in enumerate(shape) if s == -1]
    if len(open_axes) > 1:
        raise OperandError("reshape: only one size can be left open with -1")
    sizes = [Size.of(s) if isinstance(s, int | Size) else _no_size(s) for s in shape]
    if open_axes:
        rest = size_product(s for i, s in enumerate(sizes) if i != open_axes[0])
        quotient = total.divide(rest)
        if quotient is None:
            hint = f"a size that {rest} divides is written such as {rest}*h" if rest.is_atomic else None
            reason = f"reshape: {rest} does not divide the {total} entries of {show(x.shape)}"
            raise OperandError(reason, hint=hint)
        sizes[open_axes[0]] = quotient
    if size_product(sizes) != total:
        raise OperandError(
            f"reshape: {show(x.shape)} has {total} entries, {show(tuple(sizes))} has {size_product(sizes)}",
            hint="-1 stands for the size that is left",
        )
    if x.op is RESHAPE:
        x = x.args[0]
    x = _without_kept_axes(x, tuple(sizes))
    if tuple(sizes) == x.shape:
        return x
    return make(RESHAPE, (x,), (), tuple(sizes), x.dtype)


def _without_kept_axes(x: Node, shape: Shape) -> Node:
    """A contraction that keeps axes of size 1 only for the sake of its shape, without them."""
    if x.op is not CONTRACT or x.rank <= len(shape):
        return x
    inputs, out, sizes = x.params
    used = {label for labels in inputs for label in labels}
    left = [label for label in out if label in used or not sizes[label].is_one]
    if tuple(sizes[label] for label in left) != shape:
        return x
    return contract(x.args, inputs, left, dict(enumerate(sizes)))


def _no_size(value: Any) -> Size:
    raise OperandError(f"reshape: {value} is no size")


@function("ravel", "flatten", example="ravel(x) | x: n,m")
def ravel(x: Node) -> Node:
    """All entries in one row-major vector."""
    return reshape(x, -1)


@function("vec", example="vec(x) | x: n,m")
def vec(x: Node) -> Node:
    """All entries in one vector, column after column (Magnus and Neudecker, Matrix Differential Calculus)."""
    return ravel(transpose(x))


@function("expand_dims", "unsqueeze", example="expand_dims(x, 1) | x: n,m")
def expand_dims(x: Node, axis: Any) -> Node:
    """New axes of size 1."""
    listed = axis if isinstance(axis, tuple | list) else (axis,)
    rank = x.rank + len(listed)
    new = axes_of(tuple(listed), rank, "expand_dims")
    return getitem(x, tuple(None if a in new else slice(None) for a in range(rank)))


@function("squeeze", example="squeeze(x, 1) | x: n,1,m")
def squeeze(x: Node, axis: Any = None) -> Node:
    """Axes of size 1 dropped."""
    if axis is None:
        axes = tuple(a for a, s in enumerate(x.shape) if s.is_one)
    else:
        axes = axes_of(axis, x.rank, "squeeze")
    for a in axes:
        if not x.shape[a].is_one:
            raise OperandError(f"squeeze: axis {a} has size {x.shape[a]}, not 1")
    return getitem(x, tuple(0 if a in axes else slice(None) for a in range(x.rank)))


# -- basic indexing ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Take:
    """One input axis: entries start, start + step, …, `length` of them; `drop` for an integer."""

    start: Size
    step: int
    length: Size
    drop: bool = False

    def indices(self, size: SizeOf) -> slice | int:
        start, length = size(self.start), size(self.length)
        if self.drop:
            return start
        if length == 0:
            return slice(0, 0)
        stop = start + self.step * (length - 1) + (1 if self.step > 0 else -1)
        return slice(start, stop if stop >= 0 else None, self.step)

    def __str__(self) -> str:
        """As NumPy writes it: 3, 1:n, 0:n:2."""
        if self.drop:
            return str(self.start)
        stop = self.start + self.length * self.step
        if self.step < 0 and stop.is_constant and stop.constant < 0:
            return f"{self.start}::{self.step}"
        return f"{self.start}:{stop}" + (f":{self.step}" if self.step != 1 else "")

    def is_whole(self, size: Size) -> bool:
        return not self.drop and self.step == 1 and self.start == 0 and self.length == size


Key = tuple["Take | None", ...]
"""One entry for each axis of the input, None for each new axis of the output."""


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


def concrete_key(key: Key, size: SizeOf) -> tuple[slice | int | None, ...]:
    return tuple(None if part is None else part.indices(size) for part in key)


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


@function("getitem")
def getitem(x: Node, key: Any) -> Node:
    """NumPy's x[key]: slices with steps, integers, None, Ellipsis, integer arrays, masks."""
    parts = list(key) if isinstance(key, tuple) else [key]
    parts = [np_index(p) for p in parts]
    if any(isinstance(p, Node) for p in parts):
        return gather(x, parts)
    return take_key(x, basic_key(x, parts))


def basic_key(x: Node, parts: list[Any]) -> Key:
    """The key that slices, integers, None and Ellipsis mean for x.  OperandError out of range."""
    result: list[Take | None] = []
    axis = 0
    for part in _fill_ellipsis(parts, x.rank, x):
        if part is None:
            result.append(None)
            continue
        result.append(_take(part, x.shape[axis], axis, x))
        axis += 1
    return tuple(result)


def np_index(part: Any) -> Any:
    """Lists of integers are integer arrays."""
    if isinstance(part, list | tuple) and all(isinstance(i, int) for i in part):
        return integer_array(tuple(part))
    return part


def _fill_ellipsis(parts: list[Any], rank: int, x: Node) -> list[Any]:
    used = sum(1 for p in parts if p is not None and p is not Ellipsis)
    if used > rank:
        raise OperandError(
            f"{used} indices for an array of rank {rank}, {show(x.shape)}", hint=f"at most {rank} fit"
        )
    rest = [slice(None)] * (rank - used)
    if not any(p is Ellipsis for p in parts):
        return parts + rest
    at = next(i for i, p in enumerate(parts) if p is Ellipsis)
    if any(p is Ellipsis for p in parts[at + 1 :]):
        raise OperandError("only one ... in an index")
    return parts[:at] + rest + parts[at + 1 :]


def _take(part: Any, size: Size, axis: int, x: Node) -> Take:
    if isinstance(part, slice):
        return _slice(part, size)
    if isinstance(part, int | Size) and not isinstance(part, bool):
        at = _from_end(Size.of(part), size)
        if at.is_at_least(0) and (size - at).is_at_least(1):
            return Take(at, 1, Size.of(1), drop=True)
        if (at.is_constant and size.is_constant) or (at - size).is_at_least(0):
            hint = f"the last one is {size - 1}, or -1"
            raise OperandError(f"index {part} is out of range for axis {axis} of size {size}", hint=hint)
        return Take(at, 1, Size.of(1), drop=True)
    raise OperandError(f"{part!r} is no index of {show(x.shape)}")


def _from_end(value: Size, size: Size) -> Size:
    """Negative positions count from the end.  A size letter is taken as positive."""
    negative = value.constant < 0 if value.is_constant else (-value).is_at_least(1)
    return value + size if negative else value


def _slice(part: slice, size: Size) -> Take:
    step = 1 if part.step is None else static_int(part.step, "the step of a slice")
    if step == 0:
        raise OperandError("the step of a slice cannot be 0")
    if step > 0:
        start = Size.of(0) if part.start is None else _clip(_from_end(Size.of(part.start), size), size)
        stop = size if part.stop is None else _clip(_from_end(Size.of(part.stop), size), size)
        span = stop - start
    else:
        start = size - 1 if part.start is None else _from_end(Size.of(part.start), size)
        if start.is_constant and size.is_constant:
            start = Size.of(min(start.constant, size.constant - 1))
        stop = Size.of(-1) if part.stop is None else _from_end(Size.of(part.stop), size)
        span = start - stop
    if span.is_constant and span.constant <= 0:
        return Take(Size.of(0), 1, Size.of(0))
    length = span if abs(step) == 1 else (span + abs(step) - 1) // abs(step)
    return Take(start, step, length)


def _clip(value: Size, size: Size) -> Size:
    if value.is_constant and size.is_constant:
        return Size.of(max(0, min(value.constant, size.constant)))
    if (value - size).is_at_least(0):
        return size
    if (-value).is_at_least(0):
        return Size.of(0)
    return value


@function("flip", example="flip(x, axis=1) | x: n,m")
def flip(x: Node, axis: Any = None) -> Node:
    """The order of entries reversed along axes (all by default)."""
    axes = axes_of(axis, x.rank, "flip")
    return getitem(x, tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.rank)))


@function("fliplr", example="fliplr(x) | x: n,m")
def fliplr(x: Node) -> Node:
    """Columns in reverse order."""
    return flip(x, 1)


@function("flipud", example="flipud(x) | x: n,m")
def flipud(x: Node) -> Node:
    """Rows in reverse order."""
    return flip(x, 0)


@function("rot90", example="rot90(x) | x: n,m")
def rot90(x: Node, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Node:
    """Rotated by k quarter turns in the plane of two axes."""
    for _ in range(static_int(k, "rot90: k") % 4):
        order = list(range(x.rank))
        a, b = axis_of(axes[0], x.rank, "rot90"), axis_of(axes[1], x.rank, "rot90")
        order[a], order[b] = order[b], order[a]
        x = flip(transpose(x, tuple(order)), a)
    return x


# -- joining ----------------------------------------------------------------------------------


class Concatenate(Structural):
    """Arrays one after the other along an axis.  params: the axis."""

    name = "concatenate"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        (axis,) = node.params
        result: list[Node | None] = []
        start = Size.of(0)
        for arg in node.args:
            length = arg.shape[axis]
            key = [Take(Size.of(0), 1, s) for s in upstream.shape]
            key[axis] = Take(start, 1, length)
            result.append(take_key(upstream, tuple(key)) if arg.dtype == "real" else None)
            start = start + length
        return result

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.concatenate(list(arrays), axis=node.params[0])


CONCATENATE = Concatenate()


@function("concatenate", "concat", "cat", example="concatenate([x, y], axis=1) | x: n,m | y: n,k")
def concatenate(arrays: Sequence[Node], axis: int | None = 0) -> Node:
    """Arrays joined along an existing axis."""
    parts = [as_node(a) for a in arrays]
    if not parts:
        raise OperandError("concatenate needs at least one array")
    rank = parts[0].rank
    if axis is None:
        parts, axis, rank = [ravel(p) for p in parts], 0, 1
    at = axis_of(axis, rank, "concatenate")
    first = parts[0].shape
    for part in parts[1:]:
        if part.rank != rank or any(
            s != t for i, (s, t) in enumerate(zip(part.shape, first, strict=False)) if i != at
        ):
            hint = "x[:, None] gives x another axis"
            if part.rank == rank:
                hint = "the other axes have to be of the same sizes"
            reason = f"concatenate: {show(first)} and {show(part.shape)} differ off axis {at}"
            raise OperandError(reason, hint=hint)
    parts = [p for p in parts if p.shape[at] != 0] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    total = parts[0].shape[at]
    for part in parts[1:]:
        total = total + part.shape[at]
    return make(CONCATENATE, tuple(parts), (at,), (*first[:at], total, *first[at + 1 :]), parts[0].dtype)


@function("stack", example="stack([x, y], axis=0) | x: n,m | y: n,m")
def stack(arrays: Sequence[Node], axis: int = 0) -> Node:
    """Arrays of one shape joined along a new axis."""
    parts = [as_node(a) for a in arrays]
    if not parts or any(p.shape != parts[0].shape for p in parts):
        shapes = " and ".join(dict.fromkeys(show(p.shape) for p in parts)) or "none"
        hint = "concatenate joins arrays of different lengths along an axis"
        raise OperandError(f"stack needs arrays of one shape, not {shapes}", hint=hint)
    at = axis_of(axis, parts[0].rank + 1, "stack")
    return concatenate([expand_dims(p, at) for p in parts], at)


@function("hstack", example="hstack([x, y]) | x: n,m | y: n,k")
def hstack(arrays: Sequence[Node]) -> Node:
    """Joined along columns (along the only axis for vectors)."""
    return concatenate(arrays, 0 if as_node(arrays[0]).rank == 1 else 1)


@function("vstack", example="vstack([x, y]) | x: n,m | y: k,m")
def vstack(arrays: Sequence[Node]) -> Node:
    """Joined along rows; vectors are rows."""
    parts = [as_node(a) for a in arrays]
    return concatenate([expand_dims(p, 0) if p.rank == 1 else p for p in parts], 0)


@function("split", example="split(x, 2, axis=1)[0] | x: n,2*m ; split(x, [1, 3], 1)[1] | x: n,4")
def split(x: Node, indices_or_sections: Any, axis: int = 0, dim: int | None = None) -> list[Node]:
    """Equal parts along an axis, or parts that end at the given positions."""
    at = axis_of(axis if dim is None else dim, x.rank, "split")
    size = x.shape[at]
    if isinstance(indices_or_sections, tuple | list):
        return _cut(x, at, [Size.of(e) for e in indices_or_sections])
    parts = static_int(indices_or_sections, "split: the number of parts")
    each = size.divide(Size.of(parts)) if parts > 0 else None
    if each is None:
        hint = f"a size that {parts} divides is written such as {parts}*h" if parts > 0 else None
        raise OperandError(f"split: {size} does not divide into {parts} equal parts", hint=hint)
    return _cut(x, at, [each * k for k in range(1, parts)])


def _cut(x: Node, axis: int, ends: list[Size]) -> list[Node]:
    """The parts between positions along an axis."""
    starts, stops = [Size.of(0), *ends], [*ends, x.shape[axis]]
    before = [slice(None)] * axis
    return [getitem(x, (*before, slice(a, b))) for a, b in zip(starts, stops, strict=True)]


@function("array_split", example="array_split(x, 3)[1] | x: 7,m")
def array_split(x: Node, indices_or_sections: Any, axis: int = 0) -> list[Node]:
    """split, where the first parts are longer by one if the size does not divide."""
    at = axis_of(axis, x.rank, "array_split")
    size = x.shape[at]
    if isinstance(indices_or_sections, tuple | list) or not size.is_constant:
        return split(x, indices_or_sections, axis)
    parts = static_int(indices_or_sections, "array_split: the number of parts")
    if parts < 1:
        raise OperandError(f"array_split: the number of parts is at least 1, not {parts}")
    each, longer = divmod(size.constant, parts)
    return _cut(x, at, [Size.of(each * k + min(k, longer)) for k in range(1, parts)])


@function("hsplit", example="hsplit(x, 2)[1] | x: n,2*m")
def hsplit(x: Node, indices_or_sections: Any) -> list[Node]:
    """split along columns (along the only axis of a vector)."""
    return split(x, indices_or_sections, 0 if x.rank == 1 else 1)


@function("vsplit", example="vsplit(x, 2)[1] | x: 2*n,m")
def vsplit(x: Node, indices_or_sections: Any) -> list[Node]:
    """split along rows."""
    return split(x, indices_or_sections, 0)


@function(
    "roll",
    example="roll(x, 1, axis=1) | x: n,m ; roll(x, (1, -5), axis=(0, 1)) | x: n,3 ; roll(x, 1) | x: n,m",
)
def roll(x: Node, shift: Any, axis: Any = None) -> Node:
    """Entries moved along an axis, those that fall off come in at the other end."""
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape)
    if isinstance(axis, tuple | list):
        shifts = shift if isinstance(shift, tuple | list) else [shift] * len(axis)
        if len(shifts) != len(axis):
            raise OperandError(f"roll: {len(shifts)} shifts for {len(axis)} axes")
        for s, a in zip(shifts, axis, strict=True):
            x = roll(x, s, a)
        return x
    at = axis_of(axis, x.rank, "roll")
    by, size = static_int(shift, "roll: the shift"), x.shape[at]
    if size.is_constant:
        by = by % size.constant if size.constant else 0
    if by == 0:
        return x
    before = [slice(None)] * at
    return concatenate([getitem(x, (*before, slice(-by, None))), getitem(x, (*before, slice(None, -by)))], at)


def _times(value: Any, what: str) -> Size:
    """How often: a known integer that is not negative, or a size."""
    times = value if isinstance(value, Size) else Size.of(static_int(value, f"{what}: the number of times"))
    if times.is_constant and times.constant < 0:
        raise OperandError(f"{what}: the number of times cannot be negative, as {times} is")
    return times


@function("repeat", example="repeat(x, 2, axis=1) | x: n,m")
def repeat(x: Node, repeats: int | Size, axis: int | None = None) -> Node:
    """Each entry several times in a row along an axis."""
    if axis is None:
        return repeat(ravel(x), repeats, 0)
    at = axis_of(axis, x.rank, "repeat")
    times = _times(repeats, "repeat")
    labels = list(range(x.rank))
    wide = contract([x], [labels], [*labels[: at + 1], "copy", *labels[at + 1 :]], {"copy": times})
    return reshape(wide, (*x.shape[:at], x.shape[at] * times, *x.shape[at + 1 :]))


@function("tile", example="tile(x, (2, 1)) | x: n,m")
def tile(x: Node, reps: Any) -> Node:
    """The whole array several times along each axis."""
    listed = list(reps) if isinstance(reps, tuple | list) else [reps]
    listed = [1] * (x.rank - len(listed)) + listed
    while x.rank < len(listed):
        x = expand_dims(x, 0)
    times = [_times(r, "tile") for r in listed]
    labels: list[Any] = []
    for a in range(x.rank):
        labels += [("copy", a), a]
    wide = contract([x], [range(x.rank)], labels, {("copy", a): t for a, t in enumerate(times)})
    return reshape(wide, tuple(s * t for s, t in zip(x.shape, times, strict=True)))


# -- padding and windows ----------------------------------------------------------------------


class Pad(Structural):
    """Zeros around an array.  params: (before, after) for each axis."""

    name = "pad"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        key = tuple(
            Take(Size.of(before), 1, size)
            for (before, _), size in zip(node.params[0], node.args[0].shape, strict=True)
        )
        return [take_key(upstream, key)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        widths = [(size(b), size(a)) for b, a in node.params[0]]
        result = np.zeros(
            [n + b + a for n, (b, a) in zip(arrays[0].shape, widths, strict=True)], arrays[0].dtype
        )
        if result.dtype == object and arrays[0].size:
            result[...] = 0 * arrays[0].reshape(-1)[0]
        result[tuple(slice(b, b + n) for n, (b, _) in zip(arrays[0].shape, widths, strict=True))] = arrays[0]
        return result


PAD = Pad()


@function(
    "pad",
    example="pad(x, ((1, 1), (0, 2))) | x: n,m ; pad(x, 1, constant_values=2) | x: n,m ;"
    " pad(x, ((1,), (0,)), constant_values=(3,)) | x: n,m ;"
    " pad(x, ((2, 1), (0, 1)), mode='edge') | x: n,m ; pad(x, ((2, 1), (0, 1)), mode='reflect') | x: 3,4 ;"
    " pad(x, 2, 'symmetric') | x: 3,4 ; pad(x, 2, 'wrap') | x: 3,4",
)
def pad(x: Node, pad_width: Any, mode: str = "constant", constant_values: Any = 0, **named: Any) -> Node:
    """NumPy's pad: a constant (0 by default), or entries of the array: edge, reflect, symmetric, wrap."""
    widths = _widths(pad_width, x.rank)
    if mode != "constant":
        for axis, (before, after) in enumerate(widths):
            x = _pad_with_entries(x, axis, before, after, mode)
        return x
    if all(b == 0 and a == 0 for b, a in widths):
        return x
    shape = tuple(s + b + a for s, (b, a) in zip(x.shape, widths, strict=True))
    padded = make(PAD, (x,), (widths,), shape, x.dtype)
    while isinstance(constant_values, tuple | list) and len(constant_values) == 1:
        (constant_values,) = constant_values
    value = as_node(constant_values)
    if value is as_node(0):
        return padded
    inside = make(PAD, (full(x.shape, 1),), (widths,), shape)
    return padded + multiply(value, 1 - inside)


def _pad_with_entries(x: Node, axis: int, before: Size, after: Size, mode: str) -> Node:
    """The array between copies of its own entries along one axis."""
    n = x.shape[axis]

    def part(start: Any, stop: Any, turned: bool = False) -> Node:
        piece = getitem(x, (*[slice(None)] * axis, slice(start, stop)))
        return flip(piece, axis) if turned else piece

    if mode == "edge":
        pieces = [repeat(part(0, 1), before, axis), x, repeat(part(n - 1, n), after, axis)]
        return concatenate(pieces, axis)
    far = {"reflect": 1, "symmetric": 0, "wrap": 0}.get(mode)
    if far is None:
        known = "constant, edge, reflect, symmetric or wrap"
        raise OperandError(f"pad: mode '{mode}' is not supported, it is {known}")
    for width in (before, after):
        if (width + far - n - 1).is_at_least(0):
            raise OperandError(f"pad: mode '{mode}' cannot take {width} entries of an axis of size {n}")
    if mode == "wrap":
        return concatenate([part(n - before, n), x, part(0, after)], axis)
    return concatenate([part(far, far + before, True), x, part(n - after - far, n - far, True)], axis)


def _widths(given: Any, rank: int) -> tuple[tuple[Size, Size], ...]:
    if isinstance(given, int | Size):
        return ((Size.of(given), Size.of(given)),) * rank
    pairs = [p if isinstance(p, tuple | list) else (p, p) for p in given]
    if len(given) == 2 and not any(isinstance(p, tuple | list) for p in given):
        pairs = [tuple(given)]
    if len(pairs) == 1:
        pairs = pairs * rank
    if len(pairs) != rank:
        raise OperandError(f"pad: {len(pairs)} pairs of widths for an array of rank {rank}")
    return tuple((Size.of(p[0]), Size.of(p[-1])) for p in pairs)


class Windows(Structural):
    """Sliding windows: y[o…, w…] = x[o·stride + w·dilation].

    params: for each window its axis, width, stride and dilation.  The window axes come last.
    """

    name = "windows"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [fold(upstream, node.params[0], node.args[0].shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        x = arrays[0]
        (frames,) = node.params
        for axis, width, stride, dilation in frames:
            n = (x.shape[axis] - (size(width) - 1) * dilation - 1) // stride + 1
            at = np.arange(max(n, 0))[:, None] * stride + np.arange(size(width)) * dilation
            x = np.moveaxis(np.take(x, at, axis=axis), axis + 1, -1)
        return x


class Fold(Structural):
    """The adjoint of Windows: overlapping windows added up.  params: as Windows."""

    name = "fold"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [windows(upstream, node.params[0])]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        y = arrays[0]
        (frames,) = node.params
        rank = len(node.shape)
        for axis, width, stride, dilation in reversed(frames):
            y = np.moveaxis(y, -1, 0)
            shape = list(y.shape[1:])
            count = shape[axis]
            shape[axis] = size(node.shape[axis])
            result = np.zeros(shape, y.dtype)
            for w in range(size(width)):
                at = [slice(None)] * len(shape)
                at[axis] = slice(w * dilation, w * dilation + (count - 1) * stride + 1, stride)
                result[tuple(at)] = result[tuple(at)] + y[w]
            y = result
        assert y.ndim == rank
        return y


WINDOWS, FOLD = Windows(), Fold()
Frame = tuple[int, Size, int, int]


def windows(x: Node, frames: Sequence[Frame]) -> Node:
    """Sliding windows along axes; OperandError where one is larger than its axis."""
    shape = list(x.shape)
    for axis, width, stride, dilation in frames:
        reach = (width - 1) * dilation + 1
        free = x.shape[axis] - reach
        if free.is_constant and free.constant < 0:
            raise OperandError(f"a window of {reach} is larger than axis {axis} of size {x.shape[axis]}")
        shape[axis] = free // stride + 1
    shape += [width for _, width, _, _ in frames]
    return make(WINDOWS, (x,), (tuple(frames),), tuple(shape), x.dtype)


def fold(y: Node, frames: Sequence[Frame], shape: Shape) -> Node:
    """Windows added up into an array of `shape`."""
    return make(FOLD, (y,), (tuple(frames),), shape, y.dtype)


@function("sliding_window_view", example="sliding_window_view(x, (2, 2), axis=(0, 1)) | x: 3,4")
def sliding_window_view(x: Node, window_shape: Any, axis: Any = None) -> Node:
    """NumPy's sliding windows with stride 1; window axes come last."""
    widths = list(window_shape) if isinstance(window_shape, tuple | list) else [window_shape]
    axes = list(range(x.rank)) if axis is None else (list(axis) if isinstance(axis, tuple | list) else [axis])
    if len(axes) != len(widths):
        raise OperandError("sliding_window_view: one axis for each window size")
    frames = [(axis_of(a, x.rank, "windows"), Size.of(w), 1, 1) for a, w in zip(axes, widths, strict=True)]
    return windows(x, frames)


# -- integer indexing -------------------------------------------------------------------------


class IntegerArray(Structural):
    """A constant array of integers.  params: the numbers, a (nested) tuple."""

    name = "integer_array"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.array(node.params[0], dtype=np.int64)


class ARange(Structural):
    """0, 1, …, n-1.  params: start, step."""

    name = "arange"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        start, step = node.params
        return np.asarray(size(start) + step * np.arange(size(node.shape[0])))


INTEGER_ARRAY, ARANGE = IntegerArray(), ARange()


def integer_array(values: tuple[Any, ...]) -> Node:
    shape = tuple(Size.of(s) for s in np.array(values).shape)
    return make(INTEGER_ARRAY, (), (values,), shape, "int")


@function("arange", example="x[arange(3), [0, 1, 2]] | x: 3,4")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Node:
    """The integers from start (0) below stop."""
    first, last = (Size.of(0), Size.of(start)) if stop is None else (Size.of(start), Size.of(stop))
    by = static_int(step, "arange: the step")
    span = last - first if by > 0 else first - last
    length = span if abs(by) == 1 else (span + abs(by) - 1) // abs(by)
    return make(ARANGE, (), (first, by), (length,), "int")


class Gather(Structural):
    """Integer-array indexing: y[o…, rest] = x[i1[o…], i2[o…], …, rest].

    params: the axes of x that the index arrays stand for, and the place of the index axes in the
    result.  Index arrays broadcast against each other; the first argument is x.
    """

    name = "gather"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        x, *indices = node.args
        scattered = make(SCATTER, (upstream, *indices), node.params, x.shape)
        return [scattered, *(None for _ in indices)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.asarray(arrays[0][_numpy_key(node, arrays[0].ndim, arrays[1:])])


class Scatter(Structural):
    """The adjoint of Gather: zeros, with the argument added at the indices (repeats add up)."""

    name = "scatter"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        g, *indices = node.args
        gathered = make(GATHER, (upstream, *indices), node.params, g.shape)
        return [gathered, *(None for _ in indices)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        result = np.zeros(tuple(size(s) for s in node.shape), dtype=arrays[0].dtype)
        np.add.at(result, _numpy_key(node, result.ndim, arrays[1:]), arrays[0])
        return result


GATHER, SCATTER = Gather(), Scatter()


def _numpy_key(node: Node, rank: int, indices: Sequence[Array]) -> tuple[Any, ...]:
    axes = node.params[0]
    key: list[Any] = [slice(None)] * rank
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = index
    return tuple(key)


def gather(x: Node, parts: list[Any]) -> Node:
    """Integer-array indexing, possibly beside slices; integers count as index arrays."""
    if any(p is None for p in parts):
        parts = _fill_ellipsis(parts, x.rank, x)
        x = getitem(x, tuple(None if p is None else slice(None) for p in parts))
        parts = [slice(None) if p is None else p for p in parts]
    filled = _fill_ellipsis(parts, x.rank, x)
    if any(isinstance(p, Node) and p.dtype == "bool" for p in filled):
        raise OperandError(
            "a mask as an index has no shape that is known beforehand",
            hint="multiply by the mask, or use where(mask, x, 0)",
        )
    for part in filled:
        if isinstance(part, Node) and part.dtype != "int":
            raise OperandError(
                "an index array has to hold integers", hint="declare it with: assume NAME: index n"
            )
    partial = [p if isinstance(p, slice) else slice(None) for p in filled]
    if any(p != slice(None) for p in partial):
        x = getitem(x, tuple(partial))
    axes = [a for a, p in enumerate(filled) if not isinstance(p, slice)]
    indices = [
        p if isinstance(p, Node) else integer_array_scalar(p, x.shape[a])
        for a, p in enumerate(filled)
        if a in axes
    ]
    where_shape: Shape = ()
    for index in indices:
        where_shape = broadcast_shapes(where_shape, index.shape, "index arrays")
    contiguous = axes == list(range(axes[0], axes[0] + len(axes)))
    at = axes[0] if contiguous else 0
    rest = [s for a, s in enumerate(x.shape) if a not in axes]
    shape = (*rest[:at], *where_shape, *rest[at:])
    return make(GATHER, (x, *indices), (tuple(axes), at), shape, x.dtype)


def integer_array_scalar(value: Any, size: Size) -> Node:
    """An integer index beside index arrays."""
    at = _from_end(Size.of(value), size)
    return (
        make(ARANGE, (), (at, 1), (Size.of(1),), "int") if not at.is_constant else _scalar_index(at.constant)
    )


def _scalar_index(value: int) -> Node:
    return make(INTEGER_ARRAY, (), (value,), (), "int")


@function("take", example="take(x, [0, 2, 0], axis=1) | x: 3,4")
def take(x: Node, indices: Any, axis: int | None = None) -> Node:
    """x at integer positions along an axis."""
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, x.rank, "take")
    return getitem(x, (*[slice(None)] * at, np_index(indices) if not isinstance(indices, Node) else indices))


@function(
    "take_along_axis", example="take_along_axis(x, onehot_ids, axis=1) | x: n,m | onehot_ids: n,k index:m"
)
def take_along_axis(x: Node, indices: Node, axis: int) -> Node:
    """x at integer positions along one axis, which differ from place to place."""
    at = axis_of(axis, x.rank, "take_along_axis")
    parts: list[Any] = []
    for a in range(x.rank):
        if a == at:
            parts.append(indices)
        else:
            shape = [Size.of(1)] * x.rank
            shape[a] = indices.shape[a]
            parts.append(reshape(arange(indices.shape[a]), tuple(shape)))
    return gather(x, parts)


class OneHot(Structural):
    """T[…, c] = δ(i[…], c).  params: the number of classes."""

    name = "onehot"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.asarray(arrays[0][..., None] == np.arange(size(node.shape[-1])), np.int64)


ONEHOT = OneHot()


@function("onehot", "one_hot", example="x * onehot(ids, m) | x: n,m | ids: n index:m")
def onehot(i: Node, k: Any) -> Node:
    """The matrix with a 1 in column i of each row: T_rc = δ(i_r, c)."""
    if i.dtype != "int":
        raise OperandError("onehot needs integer classes", hint="declare them with: assume NAME: index k")
    return make(ONEHOT, (i,), (), (*i.shape, Size.of(k)))


class Triangle(Structural):
    """The mask [j <= i + k] (lower) or [j >= i + k] (upper).  params: "lower"/"upper", k."""

    name = "triangle"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        kind, k = node.params
        rows, columns = (size(s) for s in node.shape)
        i, j = np.arange(rows)[:, None], np.arange(columns)
        return np.asarray(j <= i + k if kind == "lower" else j >= i + k, np.int64)


TRIANGLE = Triangle()


@function("tril", example="tril(x) | x: n,m")
def tril(x: Node, k: int = 0) -> Node:
    """The lower triangle, zeros above the k-th diagonal."""
    return multiply(_triangle("lower", k, x), x)


@function("triu", example="triu(x) | x: n,m")
def triu(x: Node, k: int = 0) -> Node:
    """The upper triangle, zeros below the k-th diagonal."""
    return multiply(_triangle("upper", k, x), x)


def _triangle(kind: str, k: int, x: Node) -> Node:
    if x.rank < 2:
        raise OperandError(f"a triangle is one of a matrix, not of shape {show(x.shape)}")
    return make(TRIANGLE, (), (kind, static_int(k, "k")), x.shape[-2:])


@function("tri", example="x * tri(n, m) | x: n,m")
def tri(n: Any, m: Any = None, k: int = 0) -> Node:
    """Ones on and below the k-th diagonal."""
    rows = Size.of(n)
    return make(TRIANGLE, (), ("lower", static_int(k, "k")), (rows, rows if m is None else Size.of(m)))


@function("copy", "ascontiguousarray", "asarray", "array", example="copy(x) | x: n,m")
def copy(x: Any, dtype: Any = None) -> Node:
    """x itself: values, not places, are what equations speak of."""
    if isinstance(x, list | tuple):
        return stack([copy(part) for part in x])
    return as_node(x)


class Detach(Structural):
    """The same values, without a gradient.  params: "idle" where the slope would not show anyway."""

    name = "stop_gradient"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [None]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return arrays[0]


STOP_GRADIENT = Detach()


@function("stop_gradient", "detach", example="stop_gradient(x) * x | x: n,m")
def stop_gradient(x: Node) -> Node:
    """x as a constant: no gradient flows through it."""
    return make(STOP_GRADIENT, (x,), (), x.shape, x.dtype)


def without_slope(x: Node) -> Node:
    """x where its slope does not show: what fills places that are never taken, or a shift that cancels."""
    return make(STOP_GRADIENT, (x,), ("idle",), x.shape, x.dtype)


# -- running sums -----------------------------------------------------------------------------


class CumSum(Structural):
    """y_i = Σ_{j <= i} x_j along an axis; params: the axis, and whether from the other end."""

    name = "cumsum"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        axis, from_end = node.params
        return [make(CUMSUM, (upstream,), (axis, not from_end), node.shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        axis, from_end = node.params
        x = np.flip(arrays[0], axis) if from_end else arrays[0]
        y = np.cumsum(x, axis=axis)
        return np.flip(y, axis) if from_end else y


CUMSUM = CumSum()


@function("cumsum", example="cumsum(x, axis=1) | x: n,m")
def cumsum(x: Node, axis: int | None = None) -> Node:
    """Sums of all entries up to each one, along an axis."""
    if axis is None:
        x, axis = ravel(x), 0
    return make(CUMSUM, (x,), (axis_of(axis, x.rank, "cumsum"), False), x.shape)


def entries(x: Node) -> Node:
    """The number of entries, as a number in a formula."""
    return size_value(size_product(x.shape))


Node.operators.update(reshape=reshape, getitem=getitem, pad=pad)
