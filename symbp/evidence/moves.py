"""Entries of operations that move entries: slices, reshapes, windows, gathers, running sums.

Each rule is the index equation of its operation; the adjoints of moves (put_zeros, fold, scatter)
are sums over a δ that says where each entry goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from symbp.algebra.node import Node, Operation, Shape, make
from symbp.algebra.size import Size
from symbp.evidence.algebra import Algebra
from symbp.evidence.index_terms import Affine, Ix, Lookup, digit
from symbp.evidence.polynomials import F1, AtLeastZero, Base, Delta, GivenUp, Poly, Term
from symbp.ops.structure.whole_numbers import may_be_negative


class LookedUp(Operation):
    """Places counted from the start, for an index array that may count from the end.  params: the size."""

    name = "looked_up"


LOOKED_UP = LookedUp()


class Entries(Protocol):
    """What the rules need of symbp.evidence.entries.Translator."""

    algebra: Algebra

    def moved(self, node: Node, k: int, at: Sequence[Affine]) -> Poly: ...
    def summed(self, node: Node, k: int, inner: tuple[Ix, ...], guards: list[Any]) -> Poly: ...
    def index_value(self, node: Node, at: Sequence[Affine]) -> Affine: ...
    def named_by_meaning(self, node: Node, at: tuple[Affine, ...]) -> Poly: ...


def key_places(key: Any, at: Sequence[Affine]) -> list[Affine]:
    """Where an entry of x[key] stands in x."""
    places: list[Affine] = []
    k = 0
    for part in key:
        if part is None:
            k += 1
        elif part.drop:
            places.append(Affine.of(part.start))
        else:
            places.append(at[k].times(Size.of(part.step)).plus(part.start))
            k += 1
    return places


def _getitem(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    places = key_places(node.params[0], at)
    shape = node.args[0].shape
    return self.moved(node, 0, [Affine.of(0) if s.is_one else p for s, p in zip(shape, places, strict=True)])


def _put_zeros(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Σ_o x[o] δ(key(o), a)."""
    inner = tuple(Ix(s) for s in node.args[0].shape)
    places = key_places(node.params[0], [Affine.of(i) for i in inner])
    return self.summed(node, 0, inner, [Delta(p - a) for p, a in zip(places, at, strict=True)])


def _pad(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    inner = tuple(Ix(s) for s in node.args[0].shape)
    deltas = [
        Delta(Affine.of(i).plus(before) - a)
        for i, a, (before, _) in zip(inner, at, node.params[0], strict=True)
    ]
    return self.summed(node, 0, inner, deltas)


def _concatenate(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    (axis,) = node.params
    start = Size.of(0)
    parts: list[Poly] = []
    for k, arg in enumerate(node.args):
        inner = Ix(arg.shape[axis])
        where = list(at)
        where[axis] = Affine.of(0) if inner.size.is_one else Affine.of(inner)
        body = self.moved(node, k, where)
        guard: Poly = (Term(F1, (), ((Delta(Affine.of(inner).plus(start) - at[axis]), F1),)),)
        parts.append(self.algebra.total(self.algebra.multiply(body, guard), (inner,)))
        start = start + arg.shape[axis]
    return self.algebra.add(*parts)


def _windows(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    (frames,) = node.params
    rank = node.args[0].rank
    places = list(at[:rank])
    for (axis, _, stride, dilation), w in zip(frames, at[rank:], strict=True):
        places[axis] = places[axis].times(Size.of(stride)) + w.times(Size.of(dilation))
    return self.moved(node, 0, places)


def _fold(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Σ_{o,w} y[o, w] δ(o·stride + w·dilation, a)."""
    (frames,) = node.params
    inner = tuple(Ix(s) for s in node.args[0].shape)
    rank = len(at)
    places = [Affine.of(i) for i in inner[:rank]]
    for (axis, _, stride, dilation), w in zip(frames, inner[rank:], strict=True):
        places[axis] = places[axis].times(Size.of(stride)) + Affine.of(w).times(Size.of(dilation))
    return self.summed(node, 0, inner, [Delta(p - a) for p, a in zip(places, at, strict=True)])


def _reshape(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    places = reshape_places(node.args[0].shape, node.shape, at)
    if places is None:
        raise GivenUp("a reshape whose axes do not match up")
    return self.moved(node, 0, places)


def reshape_places(inner: Sequence[Size], outer: Sequence[Size], at: Sequence[Affine]) -> list[Affine] | None:
    """Where an entry of a reshaped array stands: groups of axes with equal products match up.

    One inner axis against several outer ones is their mixed-radix number; several inner axes are
    the digits of the outer number.
    """
    places: list[Affine] = []
    i, o = 0, 0
    while i < len(inner) or o < len(outer):
        group = _next_group(inner, outer, i, o)
        if group is None:
            return None
        to_i, to_o = group
        flat = _mixed_radix(outer[o:to_o], at[o:to_o])
        if to_i - i == 1:
            places.append(flat)
        else:
            stride = Size.of(1)
            digits: list[Affine] = []
            for size in reversed(inner[i:to_i]):
                digits.append(Affine.of(0) if size.is_one else digit(flat, stride, size))
                stride = stride * size
            places += reversed(digits)
        i, o = to_i, to_o
    return places


def _next_group(inner: Sequence[Size], outer: Sequence[Size], i: int, o: int) -> tuple[int, int] | None:
    """The shortest runs of axes from (i, o) whose numbers of entries are equal."""
    if i < len(inner) and inner[i].is_one and (o >= len(outer) or not outer[o].is_one):
        return i + 1, o
    if o < len(outer) and outer[o].is_one and (i >= len(inner) or not inner[i].is_one):
        return i, o + 1
    left = Size.of(1)
    for to_i in range(i + 1, len(inner) + 1):
        left = left * inner[to_i - 1]
        right = Size.of(1)
        for to_o in range(o + 1, len(outer) + 1):
            right = right * outer[to_o - 1]
            if left == right:
                return to_i, to_o
    return None


def _mixed_radix(sizes: Sequence[Size], at: Sequence[Affine]) -> Affine:
    value = Affine.of(0)
    for size, a in zip(sizes, at, strict=True):
        value = value.times(size) + a
    return value


def _gather(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    return self.moved(node, 0, _gather_places(self, node, node.args[0].shape, at))


def _place(self: Entries, index: Node, at: Sequence[Affine], size: Size) -> Affine:
    """The place that an entry of an index array stands for.

    What may count from the end is another place in another size, and gets a name of its own for each.
    """
    value = self.index_value(index, at)
    if not value.terms and value.const.is_constant:
        return value.plus(size) if value.const.constant < 0 else value
    if not may_be_negative(index):
        return value
    counted = make(LOOKED_UP, (index,), (size,), index.shape, "int")
    own = [Affine.of(0) if s.is_one else a for s, a in zip(index.shape, at, strict=True)]
    return Affine.of(Lookup(counted, tuple(own), size))


def _gather_places(self: Entries, node: Node, shape: Shape, at: Sequence[Affine]) -> list[Affine]:
    """Where an entry of x[i1, i2, …] stands in x."""
    axes, first = node.params
    indices = node.args[1:]
    width = max(i.rank for i in indices)
    index_at = list(at[first : first + width])
    rest = [*at[:first], *at[first + width :]]
    places: list[Affine] = []
    for axis in range(len(shape)):
        if axis in axes:
            index = indices[axes.index(axis)]
            own = index_at[width - index.rank :]
            places.append(_place(self, index, own, shape[axis]))
        else:
            places.append(rest.pop(0))
    return places


def _scatter(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Σ_o g[o] δ(places(o), a)."""
    inner = tuple(Ix(s) for s in node.args[0].shape)
    where = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in inner]
    places = _gather_places(self, node, node.shape, where)
    return self.summed(node, 0, inner, [Delta(p - a) for p, a in zip(places, at, strict=True)])


def _onehot(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    if may_be_negative(node.args[0]):
        return self.named_by_meaning(node, at)
    delta = Delta(self.index_value(node.args[0], at[:-1]) - at[-1])
    return self.algebra.collect([Term(F1, (), ((delta, F1),))])


def _triangle(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    kind, k = node.params
    difference = (at[0] - at[1]).plus(Size.of(k)) if kind == "lower" else (at[1] - at[0]).plus(Size.of(-k))
    return self.algebra.collect([Term(F1, (), ((AtLeastZero(difference), F1),))])


def _cumsum(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    axis, from_end = node.params
    inner = Ix(node.shape[axis])
    where = list(at)
    where[axis] = Affine.of(inner)
    difference = Affine.of(inner) - at[axis] if from_end else at[axis] - Affine.of(inner)
    guard: Poly = (Term(F1, (), ((AtLeastZero(difference), F1),)),)
    return self.algebra.total(self.algebra.multiply(self.moved(node, 0, where), guard), (inner,))


def _same(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    return self.moved(node, 0, at)


def _prod(self: Entries, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Π x = e^(Σ log x) where the entries are known to be positive."""
    axes, keepdims = node.params
    (arg,) = node.args
    inner = {axis: Ix(arg.shape[axis]) for axis in axes}
    rest = list(at) if keepdims else [at[k] for k in range(len(at))]
    where = []
    for axis in range(arg.rank):
        own = rest.pop(0) if keepdims or axis not in axes else None
        where.append(Affine.of(inner[axis]) if axis in axes else own or Affine.of(0))
    body = self.moved(node, 0, where)
    if len(body) == 1 and self.algebra.is_positive(Base(body)):
        return self.algebra.exp(self.algebra.total(self.algebra.log(body), tuple(inner.values())))
    return self.named_by_meaning(node, at)


RULES: dict[str, Callable[[Entries, Node, tuple[Affine, ...]], Poly]] = {
    "getitem": _getitem,
    "put_zeros": _put_zeros,
    "pad": _pad,
    "concatenate": _concatenate,
    "windows": _windows,
    "fold": _fold,
    "reshape": _reshape,
    "gather": _gather,
    "scatter": _scatter,
    "onehot": _onehot,
    "triangle": _triangle,
    "cumsum": _cumsum,
    "stop_gradient": _same,
    "prod": _prod,
}
