"""The graph pass that takes products which are there: (x w) y is (x y) w where x y is worked out anyway.

Activations of the form x σ(…) have slopes that hold x σ as well: σ (1 + x (1 - σ)) is σ + (x σ) (1 - σ).
"""

from __future__ import annotations

from collections.abc import Mapping

from symbp.algebra.node import Node, number, rebuild
from symbp.emit.fast.joint import Joint, mapped, noted, use_counts
from symbp.ops.arithmetic import ADD, MULTIPLY, add, multiply


def known_products(joint: Joint) -> Joint:
    """One operation less for each product of whole arrays that is there."""
    order = joint.order()
    uses = use_counts(order, joint.roots)
    there = {frozenset(node.args): node for node in order if node.op is MULTIPLY and _is_whole(node)}
    done: dict[Node, Node] = {}
    count = 0
    for node in order:
        if node in done:
            continue  # a product that was taken before its turn
        parts = _parts(node, there, uses)
        if parts is None:
            done[node] = rebuild(node, tuple(done[a] for a in node.args))
            continue
        count += 1
        known, other, addend = parts
        if known not in done:
            done[known] = rebuild(known, tuple(done[a] for a in known.args))
        product = multiply(done[other], done[known])
        done[node] = product if addend is None else add(product, done[addend])
    return noted(mapped(joint, done), "known_products", f"{count} products that are there")


def _parts(
    node: Node, there: Mapping[frozenset[Node], Node], uses: Mapping[Node, int]
) -> tuple[Node, Node, Node | None] | None:
    """A product that is there, what it is to be multiplied with, and what is to be added."""
    if node.op is not MULTIPLY or not _is_whole(node):
        return None
    for inner, y in (node.args, node.args[::-1]):
        product = _without_one(inner, uses)
        if product is None or uses[product] != 1 or product.op is not MULTIPLY or not _is_whole(product):
            continue
        for x, w in (product.args, product.args[::-1]):
            known = there.get(frozenset((x, y)))
            if known is not None and known not in (node, product):
                return known, w, None if product is inner else y
    return None


def _is_whole(node: Node) -> bool:
    """A product of two arrays of its shape."""
    return node.rank > 0 and all(a.shape == node.shape and a.dtype == "real" for a in node.args)


def _without_one(node: Node, uses: Mapping[Node, int]) -> Node | None:
    """x of 1 + x, where nothing else needs that; any other node as it is."""
    if node.op is not ADD:
        return node
    addends = [a for a in node.args if number(a) != 1]
    return addends[0] if len(addends) == 1 and uses[node] == 1 else None
