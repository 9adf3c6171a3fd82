"""The graph pass that takes windows of an array with grouped channels, not groups of the windows."""

from __future__ import annotations

from symbp.algebra.node import Node, Shape
from symbp.algebra.size import Size, product
from symbp.emit.fast.joint import Joint, noted, rewritten
from symbp.ops.structure.positions import Take
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.slices import take_key
from symbp.ops.structure.windows import Frame, fold, windows


def windows_after_reshape(joint: Joint) -> Joint:
    """Another shape of windows is windows of another shape, where the axes before them alone change."""

    def rule(node: Node) -> Node | None:
        if node.op.name == "reshape" and node.args[0].op.name == "windows":
            return _windows(node, node.args[0])
        if node.op.name == "fold" and node.args[0].op.name == "reshape":
            return _fold(node, node.args[0])
        if node.op.name == "getitem" and node.args[0].op.name == "reshape":
            return _part(node, node.args[0])
        return None

    after, count = rewritten(joint, rule)
    return noted(after, "windows_after_reshape", f"{count} windows and their transposes")


def _first_place(frames: tuple[Frame, ...]) -> int:
    return min(axis for axis, *_ in frames)


def _shifted(frames: tuple[Frame, ...], by: int) -> list[Frame]:
    return [(axis + by, width, stride, dilation) for axis, width, stride, dilation in frames]


def _windows(node: Node, view: Node) -> Node | None:
    (x,), (frames,) = view.args, view.params
    start = _first_place(frames)
    by = node.rank - view.rank
    if start + by < 1 or node.shape[start + by :] != view.shape[start:] or not _keeps(node, view, start, by):
        return None
    return windows(reshape(x, (*node.shape[: start + by], *x.shape[start:])), _shifted(frames, by))


def _fold(node: Node, flat: Node) -> Node | None:
    (y,), (frames,) = flat.args, node.params
    start = _first_place(frames)
    by = y.rank - flat.rank
    if start + by < 1 or y.shape[start + by :] != flat.shape[start:] or not _keeps(y, flat, start, by):
        return None
    shape = (*y.shape[: start + by], *node.shape[start:])
    return reshape(fold(y, _shifted(frames, by), shape), node.shape)


def _part(node: Node, flat: Node) -> Node | None:
    """Places cut out of windows that were added up, before the axes ahead of them change."""
    (y,) = flat.args
    if y.op.name != "fold":
        return None
    start = _first_place(y.params[0])
    before = start + flat.rank - y.rank
    key = node.params[0]
    whole = all(isinstance(k, Take) and k.length == s for k, s in zip(key[:before], flat.shape, strict=False))
    if before < 1 or not whole or node.rank != flat.rank or y.shape[start:] != flat.shape[before:]:
        return None
    return reshape(take_key(y, (*_all_of(y.shape[:start]), *key[before:])), node.shape)


def _all_of(shape: Shape) -> list[Take]:
    return [Take(Size.of(0), 1, size) for size in shape]


def _keeps(a: Node, b: Node, start: int, by: int) -> bool:
    """The samples stay, and as many entries stand before the places."""
    same = product(a.shape[: start + by]) == product(b.shape[:start])
    return bool(by) and same and start > 0 and a.shape[0] == b.shape[0]
