"""Blocks on paper: [h, x], [x; 1], [A | b] and the matrix environments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node, as_node
from symbp.errors import OperandError
from symbp.ops.structure.indexing import expand_dims
from symbp.ops.structure.joining import concatenate


@dataclass(frozen=True)
class Cell:
    """One cell: an array, and whether it is a row."""

    node: Node
    is_row: bool = False

    @property
    def is_column(self) -> bool:
        return self.node.rank < 2 and not self.is_row

    @property
    def is_flat(self) -> bool:
        """Whether it may stand in a row: a row, or a number."""
        return self.is_row or self.node.rank == 0

    @property
    def matrix(self) -> Node:
        """The cell with two axes."""
        if self.node.rank == 2:
            return self.node
        if self.node.rank == 0:
            return as_node(self.node)[None, None]
        return expand_dims(self.node, 0 if self.is_row else 1)


def stacked(rows: Sequence[Sequence[Cell]], is_list: bool) -> Cell:
    """The array that a block stands for: a column, a row or a matrix.

    In a list of columns, [h, x], one stands below the other, as recurrent networks are written; in
    a matrix, and behind a bar, [a | b], they stand side by side.  OperandError where cells do not fit.
    """
    cells = [cell for row in rows for cell in row]
    if any(cell.node.rank > 2 for cell in cells):
        raise OperandError(
            "what has more than two axes cannot stand in a block",
            hint="take a matrix of it first, such as A[0]",
        )
    if is_list and len(rows) == 1 and all(cell.is_column for cell in cells):
        rows = [[cell] for cell in cells]
    if all(len(row) == 1 for row in rows) and all(cell.is_column for cell in cells):
        return Cell(_joined([_line(cell) for cell in cells], 0))
    if len(rows) == 1 and all(cell.is_flat for cell in cells):
        return Cell(_joined([_line(cell) for cell in cells], 0), True)
    return Cell(_joined([_joined([cell.matrix for cell in row], 1) for row in rows], 0))


def _line(cell: Cell) -> Node:
    return cell.node if cell.node.rank else expand_dims(cell.node, 0)


def _joined(parts: Sequence[Node], axis: int) -> Node:
    """Parts side by side (axis 1) or one below the other (axis 0)."""
    for part in parts[1:]:
        off = 1 - axis
        if part.rank == 2 and part.shape[off] != parts[0].shape[off]:
            what = "columns" if off else "rows"
            sizes = parts[0].shape[off], part.shape[off]
            raise OperandError(f"{sizes[0]} and {sizes[1]} {what} do not go together here", mismatch=sizes)
    return concatenate(list(parts), axis)
