"""Operations by their names: how nodes outlive a process.

An operation holds functions, which cannot be pickled; its name can.
"""

from __future__ import annotations

import copyreg
from typing import Any

from symbp.algebra import node as nodes
from symbp.algebra.node import Node, Operation, Shape, make
from symbp.ops import catalogue, kept, scan
from symbp.ops.registry import FUNCTIONS

OPERATIONS: dict[str, Operation] = {
    value.name: value
    for room in (nodes, *catalogue.ROOMS, scan, kept)
    for entry in vars(room).values()
    for value in (entry.values() if isinstance(entry, dict) else [entry])
    if isinstance(value, Operation)
}
"""Operations that nodes hold beside the elementwise functions, by name."""


def node_of_parts(
    operation: str, args: tuple[Node, ...], params: tuple[Any, ...], shape: Shape, dtype: str
) -> Node:
    """The node of an operation with this name."""
    found = OPERATIONS.get(operation)
    return make(FUNCTIONS[operation].build(*args).op if found is None else found, args, params, shape, dtype)


def _parts(node: Node) -> tuple[Any, ...]:
    return node_of_parts, (node.op.name, node.args, node.params, node.shape, node.dtype)


copyreg.pickle(Node, _parts)
