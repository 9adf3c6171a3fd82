"""How large the entries of integer arrays may be: said of them, or seen from what they index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbp.algebra.node import Node, facts
from symbp.algebra.size import Size
from symbp.evidence.evaluate import with_definitions
from symbp.ops.structure.whole_numbers import may_be_negative


def index_ranges(roots: Sequence[Node]) -> dict[Node, Size]:
    """For integer arrays a number that their entries stay below.

    A declared one; else the size of the axes that they index: the comparison says something only
    where both sides are defined.  Of several the largest, since each may concern other entries.
    """
    found: dict[Node, Size] = {}
    unknown: set[Node] = set()
    for node in with_definitions(roots):
        for index, size in _indexed(node):
            while index.op.name in ("getitem", "reshape"):
                index = index.args[0]
            known = found.setdefault(index, size)
            if known != size:
                found[index] = max(known, size, key=lambda s: (s - known).is_at_least(0))
                if not (found[index] - size).is_at_least(0):
                    unknown.add(index)
        for fact in facts(node):
            word, _, bound = fact.partition(" ")
            if word == "index" and bound and node.dtype == "int":
                found[node] = Size.of(int(bound)) if bound.isdigit() else Size.letter(bound)
    return {n: s for n, s in found.items() if n not in unknown or facts(n)}


def _indexed(node: Node) -> Iterator[tuple[Node, Size]]:
    """The integer arrays that a node uses as indices, with the sizes of what they index."""
    if node.op.name == "onehot" and not may_be_negative(node.args[0]):
        yield node.args[0], node.shape[-1]
    elif node.op.name in ("gather", "scatter"):
        shape = node.args[0].shape if node.op.name == "gather" else node.shape
        for index, axis in zip(node.args[1:], node.params[0], strict=True):
            yield index, shape[axis]
