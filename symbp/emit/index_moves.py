"""The index equation of each operation that moves or joins entries, or makes them from their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.emit import formula
from symbp.emit.formula import Formula
from symbp.emit.index_parts import (
    ZERO,
    Notation,
    Rule,
    aligned,
    condition,
    kronecker,
    minus,
    plus,
    product,
    times,
)
from symbp.emit.letters import size_formula


def _reshape(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    result = yield node.args[0], reshaped(node.shape, indices, node.args[0].shape)
    return result


def reshaped(shape: Sequence[Size], indices: Sequence[Formula], other: Sequence[Size]) -> tuple[Formula, ...]:
    """The indices in `other` of the entry that has `indices` in `shape`, row-major."""
    result: list[Formula] = []
    i = j = 0
    while j < len(other) or i < len(shape):
        left, right = shape[i : i + 1], other[j : j + 1]
        i, j = i + len(left), j + len(right)
        while size_product(left) != size_product(right) and (i < len(shape) or j < len(other)):
            grow_left = i < len(shape) and (j >= len(other) or len(left) <= len(right))
            if grow_left:
                left, i = [*left, shape[i]], i + 1
            else:
                right, j = [*right, other[j]], j + 1
        if size_product(left) != size_product(right):
            break
        result += _regrouped(left, indices[i - len(left) : i], right)
    return tuple(result)


def _regrouped(left: Sequence[Size], indices: Sequence[Formula], right: Sequence[Size]) -> list[Formula]:
    if list(left) == list(right):
        return list(indices)
    linear = ZERO
    for size, index in zip(left, indices, strict=True):
        scaled_up = ZERO if linear.text == "0" else formula.scaled(size_formula(size), linear)
        linear = plus(scaled_up, index)
    if len(right) == 1:
        return [linear]
    found: list[Formula] = []
    for position, size in enumerate(right):
        below = size_product(right[position + 1 :])
        ratio = linear if below.is_one else formula.fraction(linear, size_formula(below))
        whole = ratio if below.is_one else formula.enclosed("⌊", ratio, "⌋", r"\lfloor", r"\rfloor")
        found.append(ZERO if size.is_one else whole if position == 0 else _modulo(whole, size))
    return found


def _modulo(value: Formula, size: Size) -> Formula:
    right = size_formula(size)
    return formula.bracketed(formula.relation(value, "mod", r"\bmod", right))


def _getitem(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    taken: list[Formula] = []
    position = 0
    for part in node.params[0]:
        if part is None:
            position += 1
        elif part.drop:
            taken.append(size_formula(part.start))
        else:
            taken.append(plus(_stepped(part.step, indices[position]), size_formula(part.start)))
            position += 1
    result = yield node.args[0], tuple(taken)
    return result


def _stepped(step: int, index: Formula) -> Formula:
    return formula.negative(times(-step, index)) if step < 0 else times(step, index)


def _put_zeros(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    """x with δ(entry of the key, index) for each axis that the key does not take whole."""
    inner: list[Formula] = []
    deltas: list[Formula] = []
    bound: list[Formula] = []
    axis = 0
    for part in node.params[0]:
        if part is None:
            inner.append(ZERO)
            continue
        index, size = indices[axis], node.shape[axis]
        axis += 1
        if part.drop:
            deltas.append(kronecker(index, size_formula(part.start)))
        elif part.is_whole(size):
            inner.append(index)
        elif part.step == 1:
            start = size_formula(part.start)
            inner.append(minus(index, start))
            deltas += _within(index, part.start, part.start + part.length, size)
        else:
            letter = self.letters.new(part.length)
            bound.append(letter)
            inner.append(letter)
            deltas.append(kronecker(plus(_stepped(part.step, letter), size_formula(part.start)), index))
    value = yield node.args[0], tuple(inner)
    body = product([value, *deltas])
    return formula.big_sum(bound, body) if bound else body


def _within(index: Formula, low: Size, high: Size, size: Size) -> list[Formula]:
    """[low <= i < high], without the half that always holds."""
    conditions = []
    if low != 0:
        conditions.append(condition(size_formula(low), "≤", r"\le", index))
    if high != size:
        conditions.append(condition(index, "<", "<", size_formula(high)))
    return conditions


def _concatenate(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    (axis,) = node.params
    start = Size.of(0)
    total = node.shape[axis]
    result: Formula | None = None
    for arg in node.args:
        stop = start + arg.shape[axis]
        own = list(indices)
        own[axis] = ZERO if arg.shape[axis].is_one else minus(indices[axis], size_formula(start))
        value = yield arg, tuple(own)
        if arg.shape[axis].is_one:
            term = product([value, kronecker(indices[axis], size_formula(start))])
        else:
            term = product([value, *_within(indices[axis], start, stop, total)])
        result = term if result is None else formula.add(result, term)
        start = stop
    assert result is not None
    return result


def _pad(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    inner, conditions = [], []
    for index, (before, _), size, whole in zip(
        indices, node.params[0], node.args[0].shape, node.shape, strict=True
    ):
        inner.append(minus(index, size_formula(before)))
        conditions += _within(index, before, before + size, whole)
    value = yield node.args[0], tuple(inner)
    return product([value, *conditions])


def _windows(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    rank = node.args[0].rank
    inner = list(indices[:rank])
    for (axis, _, stride, dilation), offset in zip(node.params[0], indices[rank:], strict=True):
        inner[axis] = plus(times(stride, inner[axis]), times(dilation, offset))
    result = yield node.args[0], tuple(inner)
    return result


def _fold(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    (frames,) = node.params
    arg = node.args[0]
    inner = list(indices)
    offsets, bound, deltas = [], [], []
    for axis, width, stride, dilation in frames:
        place, offset = self.letters.new(arg.shape[axis]), self.letters.new(width)
        inner[axis] = place
        offsets.append(offset)
        bound += [place, offset]
        reached = plus(times(stride, place), times(dilation, offset))
        deltas.append(kronecker(reached, indices[axis]))
    value = yield arg, (*inner, *offsets)
    return formula.big_sum(bound, product([value, *deltas]))


def _gather(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    axes, at = node.params
    x, *arrays = node.args
    width = max((a.rank for a in arrays), default=0)
    where = indices[at : at + width]
    rest = [*indices[:at], *indices[at + width :]]
    inner: list[Formula] = []
    for axis in range(x.rank):
        if axis in axes:
            index = arrays[axes.index(axis)]
            value = yield index, aligned(where, index)
            inner.append(value)
        else:
            inner.append(rest.pop(0))
    result = yield x, tuple(inner)
    return result


def _scatter(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    axes, at = node.params
    g, *arrays = node.args
    width = max((a.rank for a in arrays), default=0)
    where = tuple(self.letters.new(size) for size in g.shape[at : at + width])
    deltas = []
    for axis, index in zip(axes, arrays, strict=True):
        value = yield index, aligned(where, index)
        deltas.append(kronecker(value, indices[axis]))
    rest = [index for axis, index in enumerate(indices) if axis not in axes]
    value = yield g, (*rest[:at], *where, *rest[at:])
    return formula.big_sum(where, product([value, *deltas])) if where else product([value, *deltas])


def _onehot(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    value = yield node.args[0], indices[:-1]
    return kronecker(value, indices[-1])


def _triangle(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    kind, k = node.params
    i, j = indices
    shifted = plus(i, formula.number(k)) if k >= 0 else minus(i, formula.number(-k))
    yield from ()
    return condition(j, "≤", r"\le", shifted) if kind == "lower" else condition(j, "≥", r"\ge", shifted)


def _integers(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    text = str(node.params[0]).replace("(", "[").replace(",)", "]").replace(")", "]")
    yield from ()
    return formula.indexed(formula.atom(text, text), indices)


def _arange(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    start, step = node.params
    yield from ()
    return plus(_stepped(step, indices[0]), size_formula(start))


def _same(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    result = yield node.args[0], indices
    return result


MOVES: dict[str, Callable[[Notation, Node, tuple[Formula, ...]], Rule]] = {
    "reshape": _reshape, "getitem": _getitem, "put_zeros": _put_zeros,
    "concatenate": _concatenate, "pad": _pad, "windows": _windows, "fold": _fold,
    "gather": _gather, "scatter": _scatter, "onehot": _onehot, "triangle": _triangle,
    "integer_array": _integers, "arange": _arange, "stop_gradient": _same, "cut_off": _same,
}  # fmt: skip
