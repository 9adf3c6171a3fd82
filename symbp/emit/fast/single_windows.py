"""The graph pass for kernels of one place: no windows, only products of channels, at every so many places."""

from __future__ import annotations

from collections.abc import Sequence, Set

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.structure.positions import Take
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.slices import put_zeros, take_key


def single_windows(joint: Joint) -> Joint:
    """Windows of one entry are entries of the array itself, and their axes take no part in products."""

    def rule(node: Node) -> Node | None:
        if node.op is CONTRACT and len(node.args) == 2 and any(_is_single(a, "windows") for a in node.args):
            return _without(node, _widths_of_windows(node))
        if not _is_single(node, "fold"):
            return None
        inner = node.args[0]
        if inner.op is CONTRACT and len(inner.args) == 2:
            inner = _without(inner, set(inner.params[1][node.rank :]))
        counts = inner.shape[: node.rank]
        return put_zeros(reshape(inner, counts), _places(node, counts), node.shape)

    after, count = rewritten(joint, rule)
    return noted(after, "single_windows", f"{count} products")


def _is_single(node: Node, name: str) -> bool:
    return node.op.name == name and all(width.is_one for _, width, _, _ in node.params[0])


def _places(node: Node, counts: Sequence[Size]) -> tuple[Take, ...]:
    """The entries of an array that windows of one place are at."""
    steps = {axis: stride for axis, _, stride, _ in node.params[0]}
    return tuple(Take(Size.of(0), steps.get(axis, 1), count) for axis, count in enumerate(counts))


def _widths_of_windows(node: Node) -> set[int]:
    """The labels of the axes of windows."""
    pairs = zip(node.args, node.params[0], strict=True)
    return {x for a, labels in pairs if _is_single(a, "windows") for x in labels[a.args[0].rank :]}


def _without(node: Node, single: Set[int]) -> Node:
    """The product without these labels, which have one entry each."""
    inputs, out, sizes = node.params
    kept = [tuple(x for x in labels if x not in single) for labels in inputs]
    args = []
    for arg, labels in zip(node.args, kept, strict=True):
        shape = tuple(sizes[x] for x in labels)
        base = arg
        if _is_single(arg, "windows"):
            (base,) = arg.args
            base = take_key(base, _places(arg, arg.shape[: base.rank]))
        args.append(base if base.shape == shape else reshape(base, shape))
    left = tuple(x for x in out if x not in single)
    return reshape(contract(args, kept, left, dict(enumerate(sizes))), node.shape)
