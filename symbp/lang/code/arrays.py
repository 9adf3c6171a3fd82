"""NumPy's arrays as places: values that change, names and views that share them.

A `Node` never changes; an `Array` holds the node that an array is at the moment.  Writing to a
view writes to its owner, so `b = a; b += 1` and `a[:, 0][...] = 1` change `a`, as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.lang.code.strides import of_key, row_major
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.kept import kept
from symbp.ops.structure.indexing import expand_dims
from symbp.ops.structure.joining import CONCATENATE, concatenate
from symbp.ops.structure.positions import Key, Take
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.slices import put_zeros, set_items, take_key

Change = Callable[[Node], Node]


class Array:
    """An array with a value of its own.

    A buffer that a loop fills slice by slice (`h[t] = …`, `out[n, f] = …`) keeps its slices as
    arrays along one axis; read as a whole it is their concatenation, so that what was written
    into zeros at t = 0, …, T-1 is the stack of what was written.
    """

    __slots__ = ("_axis", "_base", "_dtype", "_slices", "_whole", "keeps")

    def __init__(self, node: Node, dtype: str = "") -> None:
        self.keeps = False
        """Whether what is computed from the value may not merge with it (symbp.ops.kept)."""
        self._dtype = dtype or node.dtype
        self._base = node
        self._whole: Node | None = node
        self._axis = 0
        self._slices: dict[int, Array] = {}

    @property
    def strides(self) -> tuple[Size, ...]:
        """How many entries lie between neighbours along each axis.

        What is computed stands row after row, also where NumPy keeps the order of a transpose.
        """
        return row_major(self.shape)

    @property
    def dtype(self) -> str:
        """ "real", "int" or "bool": what is written into the array becomes one of these."""
        return self._dtype

    def __repr__(self) -> str:
        return f"<array of shape ({', '.join(map(str, self.shape))})>"

    @property
    def node(self) -> Node:
        """The value at this moment."""
        if self._whole is None:
            self._whole = _joined(self._base, self._axis, self._slices)
        return kept(self._whole) if self.keeps else self._whole

    @property
    def outline(self) -> Node:
        """Some node of the array's shape, without putting together what the array holds."""
        return self._base

    @property
    def shape(self) -> tuple[Size, ...]:
        return self._base.shape

    @property
    def rank(self) -> int:
        return len(self.shape)

    def assign(self, node: Node) -> None:
        """Another value of the same shape, for everybody who shares this array."""
        self._base, self._whole, self._slices = node, node, {}

    def read(self, key: Key) -> Node:
        """The entries at a key."""
        if self.keeps:
            return take(self.node, key)
        at = _place_of(key, self._axis) if self._slices else None
        if at is not None and (index := _fixed_index(key[at])) is not None:
            if index in self._slices:
                return self._slices[index].read((*key[:at], *key[at + 1 :]))
            return take(self._base, key)
        return take(self.node, key)

    def update(self, key: Key, change: Change, addend: Node | None = None) -> None:
        """Put change(old) in place of the old entries at a key without new axes.

        Where the change is to add something, `addend` is that, so that a sum can stay a sum.
        """
        axis = self._slicing_axis(key)
        if axis is None:
            whole = self.node
            if addend is not None and not is_zero(whole) and not _is_whole(key, whole.shape):
                self.assign(whole + put_zeros(addend, key, whole.shape))
            else:
                self.assign(put(whole, key, change(take(whole, key))))
            return
        if self._slices and axis != self._axis:
            self.assign(self.node)
        self._axis, self._whole = axis, None
        index = _fixed_index(key[axis])
        assert index is not None
        if index not in self._slices:
            self._slices[index] = Array(take(self._base, _slice_key(self.shape, axis, index)))
        self._slices[index].update((*key[:axis], *key[axis + 1 :]), change, addend)

    def _slicing_axis(self, key: Key) -> int | None:
        """The axis along which a write at this key is kept as a slice."""
        possible = [
            axis
            for axis, size in enumerate(self.shape)
            if size.is_constant and _fixed_index(key[axis]) is not None
        ]
        if self._slices and self._axis in possible:
            return self._axis
        return possible[0] if possible else None


class ItemView(Array):
    """What `owner[key]` shares with its owner."""

    __slots__ = ("key", "owner")

    def __init__(self, owner: Array, key: Key) -> None:
        super().__init__(owner.read(key))
        self.owner, self.key = owner, key

    @property
    def node(self) -> Node:
        found = self.owner.read(self.key)
        return kept(found) if self.keeps else found

    @property
    def dtype(self) -> str:
        return self.owner.dtype

    @property
    def strides(self) -> tuple[Size, ...]:
        return of_key(self.owner.strides, self.key)

    def assign(self, node: Node) -> None:
        plain = tuple(part for part in self.key if part is not None)
        if len(plain) < len(self.key):
            shape = tuple(p.length for p in plain if not p.drop)
            node = reshape(node, shape)
        self.owner.update(plain, lambda old: node)

    def read(self, key: Key) -> Node:
        return take(self.node, key)

    def update(self, key: Key, change: Change, addend: Node | None = None) -> None:
        whole = self.node
        self.assign(put(whole, key, change(take(whole, key))))


class ShapeView(ItemView):
    """The same entries in another shape or order: `a.T`, `a.reshape(…)`."""

    __slots__ = ("_strides", "back", "there")

    def __init__(self, owner: Array, there: Change, back: Change, strides: tuple[Size, ...]) -> None:
        Array.__init__(self, there(owner.node))
        self.owner, self.there, self.back, self._strides = owner, there, back, strides

    @property
    def strides(self) -> tuple[Size, ...]:
        return self._strides

    @property
    def node(self) -> Node:
        found = self.there(self.owner.node)
        return kept(found) if self.keeps else found

    def assign(self, node: Node) -> None:
        self.owner.assign(self.back(node))


# -- keys ---------------------------------------------------------------------------------------


def _place_of(key: Key, axis: int) -> int | None:
    """Where in a key the entry for an axis of the array stands."""
    places = [i for i, part in enumerate(key) if part is not None]
    return places[axis] if axis < len(places) else None


def _fixed_index(part: Take | None) -> int | None:
    if part is None or not part.drop or not part.start.is_constant:
        return None
    return part.start.constant


def _slice_key(shape: Sequence[Size], axis: int, index: int) -> Key:
    whole: list[Take | None] = [Take(Size.of(0), 1, s) for s in shape]
    whole[axis] = Take(Size.of(index), 1, Size.of(1), drop=True)
    return tuple(whole)


def _run_key(shape: Sequence[Size], axis: int, start: Size, length: Size) -> Key:
    whole: list[Take | None] = [Take(Size.of(0), 1, s) for s in shape]
    whole[axis] = Take(start, 1, length)
    return tuple(whole)


def _is_whole(key: Key, shape: Sequence[Size]) -> bool:
    return all(part is not None and part.is_whole(size) for part, size in zip(key, shape, strict=True))


def key_shape(key: Key) -> tuple[Size, ...]:
    """The shape of what a key takes."""
    return tuple(Size.of(1) if p is None else p.length for p in key if p is None or not p.drop)


# -- values -------------------------------------------------------------------------------------


def zeros_of(shape: tuple[Size, ...]) -> Node:
    return full(shape, 0)


def take(node: Node, key: Key) -> Node:
    """node[key], looked up in the piece of a concatenation where it lies in one."""
    while node.op is CONCATENATE:
        at = _place_of(key, node.params[0])
        part = key[at] if at is not None else None
        if at is None or part is None or part.step != 1:
            break
        found = _piece(node, part)
        if found is None:
            break
        node, start = found
        key = (*key[:at], Take(start, 1, part.length, part.drop), *key[at + 1 :])
    return zeros_of(key_shape(key)) if is_zero(node) else take_key(node, key)


def _piece(node: Node, part: Take) -> tuple[Node, Size] | None:
    """The piece of a concatenation that holds a run of entries, and where in it the run starts."""
    (axis,) = node.params
    position = Size.of(0)
    for piece in node.args:
        start = part.start - position
        if start.is_at_least(0) and (piece.shape[axis] - start - part.length).is_at_least(0):
            return piece, start
        position = position + piece.shape[axis]
    return None


def put(node: Node, key: Key, value: Node) -> Node:
    """node with `value` (of the key's shape, without new axes) at a key."""
    partial = [axis for axis, p in enumerate(key) if p is not None and not p.is_whole(node.shape[axis])]
    if not partial:
        return value
    if len(partial) == 1:
        axis = partial[0]
        part = key[axis]
        assert part is not None
        if part.step == 1:
            run = expand_dims(value, axis) if part.drop else value
            spliced = _splice(node, axis, part.start, run)
            if spliced is not None:
                return spliced
    return put_zeros(value, key, node.shape) if is_zero(node) else set_items(node, value, key)


def _splice(node: Node, axis: int, start: Size, run: Node) -> Node | None:
    """node with a run of entries along an axis exchanged; None where the cut is not certain."""
    is_joined = node.op is CONCATENATE and node.params[0] == axis
    pieces = list(node.args) if is_joined else [node]
    length = run.shape[axis]
    position = Size.of(0)
    for at, piece in enumerate(pieces):
        before = start - position
        after = piece.shape[axis] - before - length
        if before.is_at_least(0) and after.is_at_least(0):
            left = [take(piece, _run_key(piece.shape, axis, Size.of(0), before))] if before != 0 else []
            right = [take(piece, _run_key(piece.shape, axis, before + length, after))] if after != 0 else []
            return concatenate([*pieces[:at], *left, run, *right, *pieces[at + 1 :]], axis)
        position = position + piece.shape[axis]
    return None


def _joined(base: Node, axis: int, slices: dict[int, Array]) -> Node:
    """The base with its slices along an axis exchanged."""
    parts: list[Node] = []
    position = 0
    size = base.shape[axis].constant
    for index in [*sorted(slices), size]:
        if index > position:
            run = _run_key(base.shape, axis, Size.of(position), Size.of(index - position))
            parts.append(take(base, run))
        if index < size:
            parts.append(expand_dims(slices[index].node, axis))
        position = index + 1
    return concatenate(parts, axis)
