"""Networks whose backward gets the right answers, while the loss itself is nowhere stated.

The usual losses are tried: the squared error and the cross-entropies of what forward gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbp.algebra.node import Node
from symbp.audit.find import Pair
from symbp.audit.reading import Reading
from symbp.ops.axes import transpose
from symbp.ops.constant_arrays import full
from symbp.ops.structure.one_hot import onehot
from symbp.ops.structure.reshaping import reshape


def with_implied_loss(reading: Reading, pair: Pair) -> list[Reading]:
    """The readings under each loss that may be meant: the usual ones, and those that the author states.

    None fits: no readings.  The reading itself where its outputs have upstream gradients.
    """
    asked = pair.kind == "backward" or (pair.kind == "slope" and reading.target is not None)
    if not asked or not reading.loss or (reading.target is None and not reading.stated):
        return [reading]
    output = reading.outputs[0][0]
    target = None if reading.target is None else _as_output(reading.target, output)
    found = (
        []
        if target is None
        else [
            replace(reading, outputs=[(output, slope)], stated=[], implied=name)
            for name, slope in _slopes(output, target)
        ]
    )
    one = full((), 1)
    return [*found, *(replace(reading, outputs=[(s.node, one)], stated=[s]) for s in reading.stated)]


def _as_output(target: Node, output: Node) -> Node | None:
    """The right answers in the shape of the output: turned, or as one-hot rows of class numbers."""
    if target.shape == output.shape:
        return target if output.shape else None
    if target.rank == output.rank == 2 and target.shape == output.shape[::-1]:
        return transpose(target)
    if output.rank == target.rank + 1 and output.shape[-1].is_one and target.shape == output.shape[:-1]:
        return reshape(target, output.shape) if target.dtype == "real" else None
    if target.dtype == "int" and target.shape == output.shape[:-1]:
        return onehot(target, output.shape[-1])
    if target.dtype == "int" and output.rank > 1 and output.shape[-1].is_one:
        rows = _as_output(target, reshape(output, output.shape[:-1]))
        return None if rows is None else reshape(rows, output.shape)
    return None


def _slopes(output: Node, target: Node) -> Iterator[tuple[str, Node]]:
    """The usual losses with their gradients by the output, up to constant factors."""
    yield "squared error", output - target
    yield "squared error", 2 * (output - target)
    yield "cross-entropy", -(target / output)
    yield "cross-entropy", (1 - target) / (1 - output) - target / output
