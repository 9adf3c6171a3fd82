"""How operations on entries that a mask selects are written with whole arrays.

A rule takes an operation of which an axis has |m| entries; it gives None where the definition of the
operation says what is meant, and refuses what would need the entries to stand together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from symbp.algebra.node import Node, Shape, make, number
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, subtract
from symbp.ops.attention import masked_softmax
from symbp.ops.compare import where
from symbp.ops.contract import contract
from symbp.ops.elementwise import exp, log
from symbp.ops.entry_products import cumprod, prod
from symbp.ops.extrema import max_, min_
from symbp.ops.kept import kept
from symbp.ops.loss import CROSS_ENTROPY, reduce_rows
from symbp.ops.moments import var
from symbp.ops.normalisation import RMS_NORMALISE, STANDARDISE
from symbp.ops.registry import Composite, Elementwise
from symbp.ops.softmax import log_softmax, logsumexp, softmax
from symbp.ops.structure.gathering import GATHER
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.one_hot import ONEHOT
from symbp.ops.structure.positions import Take
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.running_sums import cumsum
from symbp.ops.structure.slices import take_key
from symbp.ops.structure.stopped import stop_gradient, without_slope
from symbp.ops.sums import mean, sum_

SAFE: Mapping[str, tuple[int, int]] = {
    "log": (0, 1), "log2": (0, 1), "log10": (0, 1), "log1p": (0, 0), "sqrt": (0, 1), "cbrt": (0, 1),
    "reciprocal": (0, 1), "divide": (1, 1), "power": (0, 1), "hypot": (0, 1), "arctan2": (1, 1),
    "exp": (0, 0), "exp2": (0, 0), "expm1": (0, 0), "sinh": (0, 0), "cosh": (0, 0), "tan": (0, 0),
    "arcsin": (0, 0), "arccos": (0, 0), "arctanh": (0, 0), "arccosh": (0, 2),
}  # fmt: skip
"""Functions that are not finite everywhere: the argument, and a number where value and slope are."""


class Whole(Protocol):
    """Nodes written with whole arrays (symbp.ops.selection)."""

    found: dict[Node, Node]

    def of(self, root: Node) -> Node: ...
    def mask(self, size: Size) -> Node | None: ...
    def axes(self, shape: Shape) -> list[list[int]]: ...
    def shape(self, shape: Shape) -> Shape: ...
    def mask_over(self, shape: Shape, axis: int) -> Node | None: ...
    def filled(self, node: Node, value: Node | int, axes: Sequence[int] | None = None) -> Node: ...


Rule = Callable[[Whole, Node], "Node | None"]


def _refused(node: Node) -> OperandError:
    name = "an index" if node.op.name in ("getitem", "gather") else node.op.name
    return OperandError(
        f"{name} along entries that a mask selects, of which nobody knows how many there are",
        hint="sum or mean them, or keep the whole array: where(mask, x, 0)",
    )


def _selected(whole: Whole, shape: Shape) -> set[int]:
    return {axis for axis, size in enumerate(shape) if whole.mask(size) is not None}


# -- entry by entry, and sums ---------------------------------------------------------------------


def elementwise(whole: Whole, node: Node) -> Node:
    """The same function of whole arrays, of safe numbers where it may not be finite."""
    assert isinstance(node.op, Elementwise)
    at, value = SAFE.get(node.op.name, (-1, 0))
    if node.op.name == "power" and _is_count(node.args[1]):
        at = -1
    args = [whole.filled(a, value) if k == at else whole.found[a] for k, a in enumerate(node.args)]
    return node.op(*(_aligned(whole, a, new, node.shape) for a, new in zip(node.args, args, strict=True)))


def _is_count(exponent: Node) -> bool:
    value = number(exponent)
    return value is not None and value.denominator == 1 and value >= 0


def _aligned(whole: Whole, arg: Node, new: Node, shape: Shape) -> Node:
    """An argument with an axis of size 1 for each axis that a broadcast one stands for."""
    key: list[Any] = []
    for own, size in zip(arg.shape, shape[len(shape) - arg.rank :], strict=True):
        mask, mine = whole.mask(size), whole.mask(own)
        key += [slice(None)] * (1 if mine is None else mine.rank)
        key += [None] * (mask.rank - 1) if mask is not None and mine is None else []
    return getitem(new, tuple(key)) if None in key else new


def _contract(whole: Whole, node: Node) -> Node:
    """Each label of |m| entries as those of the mask; where it is summed, zeros beside the mask."""
    inputs, out, sizes = node.params
    names: dict[int, list[Any]] = {}
    known: dict[Any, Size] = {}
    for label, size in enumerate(sizes):
        mask = whole.mask(size)
        names[label] = [label] if mask is None else [(label, k) for k in range(mask.rank)]
        known.update(zip(names[label], (size,) if mask is None else mask.shape, strict=True))
    summed = {label for label in names if label not in out and whole.mask(sizes[label]) is not None}
    args = []
    for arg, labels in zip(node.args, inputs, strict=True):
        masked = [axis for axis, label in enumerate(labels) if label in summed]
        args.append(whole.filled(arg, 0, masked))
        summed -= set(labels)
    spread = [[name for label in labels for name in names[label]] for labels in inputs]
    return contract(args, spread, [name for label in out for name in names[label]], known)


# -- along axes -----------------------------------------------------------------------------------


def _over(whole: Whole, node: Node, axes: Sequence[int]) -> tuple[tuple[int, ...], bool]:
    """The axes of the whole array, and whether selected ones are among them."""
    (arg, *_) = node.args
    places = whole.axes(arg.shape)
    return tuple(k for axis in axes for k in places[axis]), bool(set(axes) & _selected(whole, arg.shape))


def _axes_of(node: Node) -> tuple[int, ...]:
    axes = node.params[0]
    return axes if isinstance(axes, tuple) else (axes,)


def _sizes_gone(whole: Whole, node: Node, result: Node, keepdims: bool) -> Node:
    """A reduction whose kept axes of size 1 are as many as before."""
    return reshape(result, whole.shape(node.shape)) if keepdims else result


def _mean(whole: Whole, node: Node) -> Node | None:
    axes, along = _over(whole, node, node.params[0])
    return None if along else mean(whole.found[node.args[0]], axes, node.params[1])


def _var(whole: Whole, node: Node) -> Node | None:
    axes, along = _over(whole, node, node.params[0])
    _, ddof, keepdims = node.params
    return None if along else var(whole.found[node.args[0]], axes, ddof, keepdims)


def _extremum(whole: Whole, node: Node) -> Node:
    axes, along = _over(whole, node, node.params[0])
    (arg,), keepdims = node.args, node.params[1]
    take, bound, beyond = (max_, min_, subtract) if node.op.name == "max" else (min_, max_, add)
    x = whole.found[arg]
    if along:
        x = whole.filled(arg, beyond(without_slope(bound(x, axes, True)), 1), node.params[0])
    return _sizes_gone(whole, node, take(x, axes, keepdims), keepdims)


def _prod(whole: Whole, node: Node) -> Node:
    axes, _ = _over(whole, node, node.params[0])
    keepdims = node.params[1]
    return _sizes_gone(
        whole, node, prod(whole.filled(node.args[0], 1, node.params[0]), axes, keepdims), keepdims
    )


def _shifted(whole: Whole, node: Node, chosen: Sequence[int], axes: tuple[int, ...]) -> tuple[Node, Node]:
    """(c, e^(x - c) and zeros beside the mask), where c is the largest selected entry."""
    (arg,) = node.args
    x = whole.found[arg]
    low = whole.filled(arg, subtract(without_slope(min_(x, axes, True)), 1), chosen)
    largest = without_slope(max_(low, axes, True))
    filled = whole.filled(arg, largest, chosen)
    powers = exp(subtract(filled, largest))
    for axis in chosen:
        mask = whole.mask_over(arg.shape, axis)
        powers = powers if mask is None else where(mask, powers, 0)
    return largest, powers


def _logsumexp(whole: Whole, node: Node) -> Node:
    axes, along = _over(whole, node, node.params[0])
    keepdims = node.params[1]
    if not along:
        return logsumexp(whole.found[node.args[0]], axes, keepdims)
    largest, powers = _shifted(whole, node, node.params[0], axes)
    result = add(largest, log(sum_(powers, axes, True)))
    return reshape(result, whole.shape(node.shape))


def _softmax(whole: Whole, node: Node) -> Node:
    chosen = _axes_of(node)
    axes, along = _over(whole, node, chosen)
    (arg,) = node.args
    x = whole.found[arg]
    if not along and len(axes) == 1:
        return softmax(x, axes[0])
    mask = whole.mask_over(arg.shape, chosen[0])
    if len(axes) == 1 and mask is not None:
        return masked_softmax(x, mask, axes[0])
    _, powers = _shifted(whole, node, chosen, axes)
    return divide(powers, sum_(powers, axes, True))


def _log_softmax(whole: Whole, node: Node) -> Node:
    axes, along = _over(whole, node, _axes_of(node))
    x = whole.found[node.args[0]]
    if not along:
        return log_softmax(x, axes[0])
    largest, powers = _shifted(whole, node, _axes_of(node), axes)
    return subtract(subtract(x, largest), log(sum_(powers, axes, True)))


def _running(whole: Whole, node: Node) -> Node:
    """Entries that are not selected add 0, or multiply by 1: the others come in their order."""
    axes, along = _over(whole, node, node.params[:1])
    if len(axes) > 1:
        raise _refused(node)
    (arg,), product = node.args, node.op.name == "cumprod"
    x = whole.filled(arg, 1 if product else 0, node.params[:1]) if along else whole.found[arg]
    return (cumprod if product else cumsum)(x, axes[0])


def _cross_entropy(whole: Whole, node: Node) -> Node | None:
    """One loss for each row, of which the selected ones count."""
    (reduction,) = node.params
    if reduction != "none":
        return whole.of(reduce_rows(CROSS_ENTROPY(node.args, ("none",)), reduction))
    if whole.mask(node.args[0].shape[-1]) is not None:
        return None
    return CROSS_ENTROPY([whole.found[a] for a in node.args], ("none",))


def _standardised(whole: Whole, node: Node) -> Node | None:
    axes, along = _over(whole, node, node.params[0])
    assert isinstance(node.op, Composite)
    return None if along else node.op([whole.found[a] for a in node.args], (axes,))


# -- places ---------------------------------------------------------------------------------------


def _getitem(whole: Whole, node: Node) -> Node:
    (arg,) = node.args
    key: list[Take | None] = []
    axes = iter(arg.shape)
    for part in node.params[0]:
        size = next(axes) if part is not None else None
        mask = whole.mask(size) if size is not None else None
        if mask is None:
            key.append(part)
        elif part.is_whole(size):
            key += [Take(Size.of(0), 1, s) for s in mask.shape]
        else:
            raise _refused(node)
    return take_key(whole.found[arg], tuple(key))


def _reshape(whole: Whole, node: Node) -> Node:
    """Axes before and after those of a mask are reshaped on their own."""
    (arg,) = node.args
    split = [[s for s in shape if whole.mask(s) is not None] for shape in (arg.shape, node.shape)]
    before = [_before(whole, shape) for shape in (arg.shape, node.shape)]
    if split[0] != split[1] or before[0] != before[1]:
        raise _refused(node)
    return reshape(whole.found[arg], whole.shape(node.shape))


def _before(whole: Whole, shape: Shape) -> list[Size]:
    """The number of entries between the axes of masks."""
    result = [Size.of(1)]
    for size in shape:
        if whole.mask(size) is not None:
            result.append(Size.of(1))
        else:
            result[-1] = result[-1] * size
    return result


def _concatenate(whole: Whole, node: Node) -> Node:
    axes, along = _over(whole, node, node.params)
    if along or len(axes) > 1:
        raise _refused(node)
    return concatenate([whole.found[a] for a in node.args], axes[0])


def _gather(whole: Whole, node: Node) -> Node:
    x, *indices = node.args
    axes, at = node.params
    if set(axes) & _selected(whole, x.shape):
        raise _refused(node)
    places = whole.axes(x.shape)
    width = max(i.rank for i in indices)
    shape = node.shape[at : at + width]
    new = [_aligned(whole, i, whole.found[i], shape) for i in indices]
    start = places[at][0] if at < len(places) else whole.found[x].rank
    moved = tuple(places[axis][0] for axis in axes)
    return make(GATHER, (whole.found[x], *new), (moved, start), whole.shape(node.shape), node.dtype)


def _onehot(whole: Whole, node: Node) -> Node:
    return make(ONEHOT, (whole.found[node.args[0]],), (), whole.shape(node.shape))


def _stop(whole: Whole, node: Node) -> Node:
    (x,) = (whole.found[a] for a in node.args)
    return without_slope(x) if node.params else stop_gradient(x)


def _kept(whole: Whole, node: Node) -> Node:
    return kept(whole.found[node.args[0]])


RULES: Mapping[str, Rule] = {
    "contract": _contract, "mean": _mean, "var": _var, "max": _extremum, "min": _extremum, "prod": _prod,
    "logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax, "cumsum": _running,
    "cumprod": _running, "cross_entropy": _cross_entropy, STANDARDISE.name: _standardised,
    RMS_NORMALISE.name: _standardised, "getitem": _getitem, "reshape": _reshape, "concatenate": _concatenate,
    "gather": _gather, "onehot": _onehot, "stop_gradient": _stop, "kept": _kept,
}  # fmt: skip
"""Operation -> rule; every other one is what its definition says, or is refused."""
