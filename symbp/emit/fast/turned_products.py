"""The graph pass that writes products with their axes in the order in which they are read.

A product of many matrices may be written to memory in any order of its axes.  Where nothing but one
exchange of axes reads it (heads of attention that are put side by side again), that costs no copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symbp.algebra.node import Node, make, rebuild
from symbp.emit.fast.joint import Joint, mapped, noted, use_counts
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.joining import CONCATENATE, concatenate


def turned_products(joint: Joint) -> Joint:
    """Products, or parts of one array that are products, with axes exchanged."""
    uses = use_counts(joint.order(), joint.roots)
    done: dict[Node, Node] = {}
    names = dict(joint.names)
    count = 0
    for node in joint.order():
        order = _exchanged_axes(node)
        turned = None if order is None else _turned(node.args[0], order, uses, done)
        done[node] = rebuild(node, tuple(done[a] for a in node.args)) if turned is None else turned
        count += turned is not None
        if turned is not None and node.args[0] in names:
            names.setdefault(node, names.pop(node.args[0]))
    after = mapped(replace(joint, names=names), done)
    return noted(after, "turned_products", f"{count} products written as they are read")


def _exchanged_axes(node: Node) -> list[int] | None:
    """Which axes of its argument are those of a node, if it does nothing else."""
    if node.op is not CONTRACT or len(node.args) != 1:
        return None
    (labels,), out, _ = node.params
    return [labels.index(x) for x in out] if sorted(labels) == sorted(out) else None


def _turned(node: Node, order: list[int], uses: Mapping[Node, int], done: Mapping[Node, Node]) -> Node | None:
    """A product of two arrays, or some of those side by side, in another order of axes."""
    if node.op is not CONCATENATE:
        return _turned_product(node, order, uses, done)
    parts = [_turned_product(a, order, uses, done) for a in node.args]
    found = [part for part in parts if part is not None]
    whole = uses[node] == 1 and len(found) == len(parts)
    return concatenate(found, order.index(node.params[0])) if whole else None


def _turned_product(
    node: Node, order: list[int], uses: Mapping[Node, int], done: Mapping[Node, Node]
) -> Node | None:
    if node.op is not CONTRACT or len(node.args) != 2 or uses[node] != 1:
        return None
    inputs, out, sizes = node.params
    if not any(x in inputs[0] and x in inputs[1] for x in out):
        return None  # one product of matrices, which is written in the order of its factors
    shape = tuple(node.shape[k] for k in order)
    args = tuple(done[a] for a in node.args)
    return make(CONTRACT, args, (inputs, tuple(out[k] for k in order), sizes), shape, node.dtype)
