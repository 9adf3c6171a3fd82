"""Networks whose backward gets the right answers, while the loss itself is nowhere stated.

The usual losses are tried: the squared error and the cross-entropies of what forward gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbp.algebra.node import Node
from symbp.audit.find import Pair
from symbp.audit.reading import Reading


def with_implied_loss(reading: Reading, pair: Pair) -> list[Reading]:
    """The readings under each loss that may be meant; the reading itself where one is stated."""
    if reading.target is None or pair.kind != "backward" or not reading.loss:
        return [reading]
    output = reading.outputs[0][0]
    if reading.target.shape != output.shape or not output.shape:
        return [reading]
    return [replace(reading, outputs=[(output, slope)]) for slope in _slopes(output, reading.target)]


def _slopes(output: Node, target: Node) -> Iterator[Node]:
    """The gradients of the usual losses by the output, up to constant factors."""
    yield output - target
    yield -(target / output)
    yield (1 - target) / (1 - output) - target / output
