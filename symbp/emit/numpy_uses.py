"""Which values of a function are used several times, belong to which line, or are worth no name."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from symbp.algebra.node import Node
from symbp.emit.numpy_scan import shifted_states
from symbp.emit.numpy_text import Piece
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import SCAN

VIEWS = ("reshape", "getitem", "stop_gradient")


def idle_in(order: Sequence[Node]) -> set[Node]:
    """Zeros that recurrences start from, and states one step earlier: the loop writes them itself."""
    before = shifted_states(order)
    starts = {a for n in order if n.op is SCAN for a in n.args[: len(n.params[0].states)] if is_zero(a)}
    starts |= {first for first, _, _ in before.values() if is_zero(first)}
    inside = {a for n in before for a in n.args}
    idle = {*before, *inside}
    readers = [n for n in order if n.op is not SCAN and n not in idle]
    return (starts | idle) - {a for n in readers for a in n.args}


def count_uses(order: Sequence[Node], known: Container[Node], roots: Sequence[Node]) -> dict[Node, int]:
    uses = dict.fromkeys(order, 0)
    for node in order:
        if node not in known:
            for arg in node.args:
                uses[arg] = uses.get(arg, 0) + 1
    for root in dict.fromkeys(roots):
        uses[root] += 1
    return uses


def owners_in(order: Sequence[Node], named: Mapping[Node, str]) -> dict[Node, str]:
    """The name of the line that a node goes into."""
    owner: dict[Node, str] = {}
    for node in reversed(order):
        name = named.get(node) or owner.get(node)
        if name is not None:
            owner[node] = name
            for arg in node.args:
                owner.setdefault(arg, name)
    return owner


def is_view(node: Node) -> bool:
    """Moves no entries: a transpose, new axes, a slice, another shape."""
    if node.op.name == "contract":
        if len(node.args) != 1:
            return False
        (labels,), out, sizes = node.params
        return (
            len(set(labels)) == len(labels)
            and len(set(out)) == len(out)
            and set(labels) <= set(out)
            and bool(labels)
            and all(label in labels or sizes[label].is_one for label in out)
        )
    return node.op.name in VIEWS


def is_cheap(node: Node, piece: Piece) -> bool:
    """Not worth a name however often it is used."""
    return piece.kind == "number" or piece.text.isidentifier() or (is_view(node) and "(" not in piece.text)
