"""The graph pass that puts common factors of a sum before it: x a + x b is x (a + b).

So a gradient is taken times the slope as a whole, and the slope depends on nothing but values of the
forward pass: what is known first is multiplied first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbp.algebra.node import Node, constant, rebuild
from symbp.emit.fast.joint import Joint, mapped, noted, use_counts
from symbp.emit.fast.schedule import known_after
from symbp.ops.arithmetic import ADD, MULTIPLY, SUBTRACT, add, multiply, subtract

ROUNDS = 4
"""A sum whose addends have become products may have common factors itself."""


def common_factors(joint: Joint) -> Joint:
    """x a + x b is x (a + b), where nothing else needs x a or x b and x is a whole array."""
    total = 0
    for _ in range(ROUNDS):
        joint, count = _once(joint)
        total += count
        if not count:
            break
    return noted(joint, "common_factors", f"{total} sums")


def _once(joint: Joint) -> tuple[Joint, int]:
    order = joint.order()
    uses, places = use_counts(order, joint.roots), known_after(joint)
    kept = {*joint.roots, *joint.names}
    free = {n for n in order if n.op is MULTIPLY and uses[n] == 1 and n not in kept}
    done: dict[Node, Node] = {}
    count = 0
    for node in order:
        after = _factored(node, free, places, done) if node.op in (ADD, SUBTRACT) and node.rank else None
        count += after is not None
        done[node] = rebuild(node, tuple(done[a] for a in node.args)) if after is None else after
    return mapped(joint, done), count


def _factored(
    node: Node, free: set[Node], places: Mapping[Node, int], done: Mapping[Node, Node]
) -> Node | None:
    """The sum with what its two addends have in common before it; None where that is nothing."""
    if any(a.shape != node.shape or a.dtype != "real" for a in node.args):
        return None
    left, right = (_factors(a, free) for a in node.args)
    common = [f for f in dict.fromkeys(left) if f in right and f.shape == node.shape]
    if not common:
        return None
    for factor in common:
        left.remove(factor)
        right.remove(factor)
    if not any(f.rank for f in (*left, *right)) or any(f.dtype == "bool" for f in (*left, *right)):
        return None
    inner = (add if node.op is ADD else subtract)(*(_product(part, places, done) for part in (left, right)))
    place = max(places[f] for f in (*left, *right))
    parts = [*((places[f], k, done[f]) for k, f in enumerate(common)), (place, len(common), inner)]
    product = constant(1)
    for _, _, factor in sorted(parts, key=lambda part: part[:2]):
        product = multiply(factor, product)  # what is known last is worked out first
    return product


def _factors(node: Node, free: set[Node]) -> list[Node]:
    """The factors of a product, as far as nothing else needs its parts."""
    found: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if top in free:
            stack.extend(reversed(top.args))
        else:
            found.append(top)
    return found


def _product(factors: Sequence[Node], places: Mapping[Node, int], done: Mapping[Node, Node]) -> Node:
    """Numbers in front; arrays in the order in which they are known."""
    product, numbers = constant(1), constant(1)
    for factor in sorted(factors, key=lambda f: places[f]):
        if factor.rank:
            product = multiply(product, done[factor])
        else:
            numbers = multiply(numbers, done[factor])
    return product if numbers is constant(1) else multiply(numbers, product)
