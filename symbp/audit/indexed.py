"""Whether what was guessed to be numbers of rows is used as such, or as the numbers that data are."""

from __future__ import annotations

from symbp.algebra.node import Node, topological
from symbp.audit.reading import Reading
from symbp.ops.structure.gathering import GATHER, SCATTER

ASKING = {"onehot", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal"}
"""Operations that compare whole numbers."""


def counts_with_indices(reading: Reading) -> bool:
    """Whether forward multiplies or adds up indices, as no table of rows does.

    A layer for data can be read with indices too, and then nobody misses the gradient of its input.
    """
    outputs = [out for out, _ in reading.outputs]
    given = {node for node in reading.inputs.values() if node.dtype == "int"}
    for node in topological(outputs):
        used = [k for k, argument in enumerate(node.args) if argument in given]
        if not used:
            continue
        if node.dtype == "int":
            given.add(node)
        elif not _looks_up(node, used):
            return True
    return False


def _looks_up(node: Node, used: list[int]) -> bool:
    if node.op in (GATHER, SCATTER):
        return 0 not in used
    return node.op.name in ASKING
