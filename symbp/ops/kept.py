"""A value that keeps its name: no operation looks into it.

Sums of sums become one sum as they are written, a transpose of a transpose disappears: what is
built on a value may no longer contain it.  Where the gradient by that value is asked for, it is
kept whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, Operation, make, rebuild, topological


class Kept(Operation):
    """The array itself, as something that operations on it do not merge with."""

    name = "kept"

    def definition(self, node: Node) -> Node | None:
        return node.args[0]

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [upstream]


KEPT = Kept()


def kept(node: Node) -> Node:
    """A computed real array, kept whole; known numbers and leaves as they are.

    >>> from symbp.algebra.node import leaf
    >>> x = leaf("x", ())
    >>> kept(x) is x, kept(x * x).op.name
    (True, 'kept')
    """
    known = all(a.op in (CONSTANT, SIZE, SYMBOLIC) for a in node.args)
    return node if known or node.dtype != "real" or node.op is KEPT else make(KEPT, (node,), (), node.shape)


def released(nodes: Iterable[Node]) -> list[Node]:
    """The same nodes with nothing kept."""
    nodes = list(nodes)
    done: dict[Node, Node] = {}
    for node in topological(nodes):
        args = tuple(done[a] for a in node.args)
        done[node] = args[0] if node.op is KEPT else rebuild(node, args)
    return [done[n] for n in nodes]
