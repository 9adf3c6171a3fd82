"""One formula for many values of an array at once: leading axes carried through every operation.

`batched` is how a linear map, known by what it does to a vector, becomes a matrix: it is applied
to all unit vectors together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, as_node, make, topological
from symbp.algebra.size import Size
from symbp.errors import UnsupportedError
from symbp.ops.arithmetic import MULTIPLY
from symbp.ops.axes import broadcast_to
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.registry import Elementwise
from symbp.ops.structure.gathering import GATHER, SCATTER
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import CONCATENATE, concatenate
from symbp.ops.structure.padding import PAD
from symbp.ops.structure.positions import Take
from symbp.ops.structure.reshaping import RESHAPE, reshape
from symbp.ops.structure.running_sums import CUMSUM
from symbp.ops.structure.slices import GETITEM, PUT_ZEROS, put_zeros, take_key
from symbp.ops.structure.windows import FOLD, WINDOWS, fold, windows

Sizes = tuple[Size, ...]


def batched(root: Node, seeds: Mapping[Node, Node], front: Sizes) -> Node:
    """root with each seed leaf replaced by an array that has the axes `front` before its own.

    UnsupportedError where an operation above a seed cannot carry leading axes.
    """
    done: dict[Node, Node] = dict(seeds)
    _carry(root, done, front)
    return done.get(root, broadcast_to(root, (*front, *root.shape)))


def _carry(root: Node, done: dict[Node, Node], front: Sizes) -> None:
    """Fill `done` for all nodes below root that depend on something in it."""
    for node in topological([root], stop=lambda n: n in done):
        if node in done or not any(a in done for a in node.args):
            continue
        rule = RULES.get(node.op)
        if isinstance(node.op, Elementwise):
            done[node] = _elementwise(node, done, front)
        elif rule is not None:
            done[node] = rule(node, done, front)
        else:
            meaning = node.meaning
            if meaning is None:
                raise UnsupportedError(
                    f"a matrix of second derivatives cannot go through {node.op.name}",
                    hint="ask for a Hessian-vector product",
                )
            _carry(meaning, done, front)
            done[node] = done[meaning]


def _elementwise(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    if node.op is MULTIPLY and sum(a in done for a in node.args) == 1:
        return _product(node, done, front)
    args = [_aligned(done[a], node.rank, front) if a in done else a for a in node.args]
    built: Node = node.op(*args)  # type: ignore[operator]
    return built


def _aligned(x: Node, rank: int, front: Sizes) -> Node:
    """Axes of size 1 after the leading ones, so that the others stand right-aligned in `rank`."""
    missing = rank - (x.rank - len(front))
    if not missing:
        return x
    return getitem(x, (*[slice(None)] * len(front), *[None] * missing, Ellipsis))


def _product(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    """a ⊙ V as a contraction, so that the identity matrix can be solved away."""
    names = [("axis", k) for k in range(node.rank)]
    leading = [("front", k) for k in range(len(front))]
    args: list[Node] = []
    labels: list[list[Any]] = []
    for side, arg in enumerate(node.args):
        own = []
        for axis, size in enumerate(arg.shape, start=node.rank - arg.rank):
            own.append(names[axis] if size == node.shape[axis] else ("one", side, axis))
        args.append(done.get(arg, arg))
        labels.append([*leading, *own] if arg in done else own)
    sizes = dict(zip(names, node.shape, strict=True))
    return contract(args, labels, [*leading, *names], sizes)


def _contract(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    inputs, out, sizes = node.params
    leading = [("front", k) for k in range(len(front))]
    args = [done.get(a, a) for a in node.args]
    labels = [[*leading, *own] if a in done else own for a, own in zip(node.args, inputs, strict=True)]
    return contract(args, labels, [*leading, *out], dict(enumerate(sizes)))


def _whole(front: Sizes) -> tuple[Take, ...]:
    return tuple(Take(Size.of(0), 1, size) for size in front)


def _of(node: Node, done: Mapping[Node, Node]) -> Node:
    """The only argument, with its leading axes."""
    return done[node.args[0]]


def _concatenate(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    parts = [done[a] if a in done else broadcast_to(a, (*front, *a.shape)) for a in node.args]
    return concatenate(parts, node.params[0] + len(front))


def _pad(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    zero = Size.of(0)
    widths = (*((zero, zero) for _ in front), *node.params[0])
    return make(PAD, (_of(node, done),), (widths,), (*front, *node.shape))


def _frames(node: Node, front: Sizes) -> list[Any]:
    return [(axis + len(front), *rest) for axis, *rest in node.params[0]]


def _indexed(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    """Gather and Scatter, where the index arrays stand beside each other."""
    axes, at = node.params
    if list(axes) != list(range(axes[0], axes[0] + len(axes))) or any(i in done for i in node.args[1:]):
        raise UnsupportedError(
            "a matrix of second derivatives cannot go through indices apart from each other",
            hint="ask for a Hessian-vector product",
        )
    moved = tuple(a + len(front) for a in axes)
    args = (_of(node, done), *node.args[1:])
    return make(node.op, args, (moved, at + len(front)), (*front, *node.shape))


def _cumsum(node: Node, done: Mapping[Node, Node], front: Sizes) -> Node:
    axis, from_end = node.params
    return make(CUMSUM, (_of(node, done),), (axis + len(front), from_end), (*front, *node.shape))


Rule = Callable[[Node, Mapping[Node, Node], Sizes], Node]

RULES: dict[object, Rule] = {
    CONTRACT: _contract,
    RESHAPE: lambda node, done, front: reshape(_of(node, done), (*front, *node.shape)),
    GETITEM: lambda node, done, front: take_key(_of(node, done), (*_whole(front), *node.params[0])),
    PUT_ZEROS: lambda node, done, front: put_zeros(
        _of(node, done), (*_whole(front), *node.params[0]), (*front, *node.shape)
    ),
    CONCATENATE: _concatenate,
    PAD: _pad,
    WINDOWS: lambda node, done, front: windows(_of(node, done), _frames(node, front)),
    FOLD: lambda node, done, front: fold(_of(node, done), _frames(node, front), (*front, *node.shape)),
    GATHER: _indexed,
    SCATTER: _indexed,
    CUMSUM: _cumsum,
}
"""Structural operation -> the same with leading axes."""


def unit_directions(shape: Sequence[Size]) -> Node:
    """All unit arrays of a shape, one for each entry: δ_ik δ_jl …."""
    if not shape:
        return as_node(1)
    labels = list(range(len(shape)))
    return contract([], [], [*labels, *labels], dict(enumerate(shape)))
