"""Entries that a mask selects: x[m], an axis of as many entries as the mask holds, |m|.

Only the data know that number.  Everything is read as for any other axis; then what was read is
written with the whole arrays and the mask, and nothing of size |m| is left: Σ x[m] is a sum of
where(m, x, 0), the mean of x[m] that sum by Σ m.  What the entries that are not selected would be
worked out to is never read, and is kept finite: log x[m] is that of where(m, x, 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import SIZE, Node, Operation, Shape, as_node, constant, facts, make, topological
from symbp.algebra.node import rebuild as with_arguments
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, multiply
from symbp.ops.compare import logical_and, where
from symbp.ops.registry import Elementwise, show
from symbp.ops.selection_rules import RULES, Rule, elementwise
from symbp.ops.structure.indexing import getitem
from symbp.ops.sums import sum_

MASKS = {"mask", "binary", "causal", "onehot"}


class Select(Operation):
    """x[…, m, …].  params: the axis of x at which those of the mask begin."""

    name = "select"


SELECT = Select()


def as_mask(key: Any) -> Node | None:
    """A key that is a mask: a comparison, or an array that is assumed to be one."""
    if isinstance(key, Node) and (key.dtype == "bool" or MASKS & set(facts(key))):
        return key
    return None


def select(x: Node, mask: Node, axis: int, text: str) -> Node:
    """The entries of x along some axes where a mask holds, in the order of NumPy, along one axis.

    `text` is what the mask is called in messages.  OperandError where the shapes differ.
    """
    over = x.shape[axis : axis + mask.rank]
    if mask.shape != over or not mask.rank:
        raise OperandError(
            f"a mask of shape {show(mask.shape)} does not fit an array of {show(x.shape)}",
            hint="x[:, mask] applies it to another axis",
        )
    shape = (*x.shape[:axis], Size.counted(mask, text), *x.shape[axis + mask.rank :])
    return make(SELECT, (x, mask), (axis,), shape, x.dtype)


def is_selected(shape: Shape) -> bool:
    """Whether an axis has a size that only the data know."""
    return any(size.is_counted for size in shape)


def whole(nodes: Sequence[Node]) -> list[Node]:
    """The nodes without any |m|; axes of that size are those of the mask, with entries that nobody reads.

    OperandError for what has no meaning before the data are known.
    """
    written = _Whole()
    return [written.of(node) for node in nodes]


class _Whole:
    """Nodes written with whole arrays."""

    def __init__(self) -> None:
        self.found: dict[Node, Node] = {}
        self.masks: dict[Node, Node] = {}

    def of(self, root: Node) -> Node:
        for node in topological([root], stop=lambda n: n in self.found):
            if node not in self.found:
                self.found[node] = self._written(node)
        return self.found[root]

    def _written(self, node: Node) -> Node:
        if node.op is SIZE:
            return self._count(node.params[0])
        if node.op is SELECT:
            return self.found[node.args[0]]
        if not is_selected(node.shape) and not any(is_selected(a.shape) for a in node.args):
            return with_arguments(node, tuple(self.found[a] for a in node.args))
        rule: Rule | None = elementwise if isinstance(node.op, Elementwise) else RULES.get(node.op.name)
        written = rule(self, node) if rule is not None else None
        if written is not None:
            return written
        meaning = node.meaning
        if meaning is None:
            name = node.op.name
            raise OperandError(
                f"{name} of entries that a mask selects, of which nobody knows how many there are",
                hint="sum or mean them, or keep the whole array: where(mask, x, 0)",
            )
        return self.of(meaning)

    # -- masks ----------------------------------------------------------------------------------

    def mask(self, size: Size) -> Node | None:
        """The mask that an axis stands for, over axes of whole arrays; None for any other axis."""
        if not size.is_counted:
            return None
        mask = size.mask
        if not isinstance(mask, Node):
            raise OperandError(f"an array of {size} entries, which nobody knows beforehand")
        if mask not in self.masks:
            self.masks[mask] = self._resolved(mask)
        return self.masks[mask]

    def _resolved(self, mask: Node) -> Node:
        """The mask itself; of x[m][k] where both hold."""
        outer = [self.mask(size) for size in mask.shape]
        written = self.of(mask)
        for other in outer:
            if other is not None:
                if mask.rank > 1:
                    raise OperandError("a mask over entries that a mask selects, and over other axes")
                written = logical_and(other, written)
        return written

    def axes(self, shape: Shape) -> list[list[int]]:
        """For each axis those of the whole array that it stands for."""
        result: list[list[int]] = []
        start = 0
        for size in shape:
            mask = self.mask(size)
            width = 1 if mask is None else mask.rank
            result.append(list(range(start, start + width)))
            start += width
        return result

    def shape(self, shape: Shape) -> Shape:
        """The shape of the whole array."""
        masks = [self.mask(size) for size in shape]
        return tuple(
            s for size, m in zip(shape, masks, strict=True) for s in ((size,) if m is None else m.shape)
        )

    def mask_over(self, shape: Shape, axis: int) -> Node | None:
        """The mask of one axis, as it broadcasts to the whole array; None for any other axis."""
        mask = self.mask(shape[axis])
        after = sum(map(len, self.axes(shape)[axis + 1 :]))
        return getitem(mask, (..., *[None] * after)) if mask is not None and after else mask

    def filled(self, node: Node, value: Node | int, axes: Sequence[int] | None = None) -> Node:
        """The whole array, with a value where a mask of these axes (of all by default) does not hold."""
        result = self.found[node]
        for axis in range(node.rank) if axes is None else axes:
            mask = self.mask_over(node.shape, axis)
            result = result if mask is None else where(mask, result, value)
        return result

    def _count(self, size: Size) -> Node:
        """A size as a number, in which |m| is Σ m."""
        total: Node = constant(0)
        for monomial, coefficient in size.terms:
            product = as_node(Size([(tuple(a for a in monomial if isinstance(a, str)), coefficient)]))
            for atom in monomial:
                if not isinstance(atom, str):
                    mask = self.mask(Size([((atom,), 1)]))
                    number = None if mask is None else mask if mask.dtype == "real" else where(mask, 1, 0)
                    product = multiply(product, as_node(size) if number is None else sum_(number))
            total = product if total is constant(0) else add(total, product)
        return total
