"""The graph pass that multiplies a number into a sum of numbers and multiples of an array."""

from __future__ import annotations

from symbp.algebra.node import Node, constant, number, rebuild
from symbp.emit.fast.fold_scales import is_number
from symbp.emit.fast.joint import Joint, mapped, noted, use_counts
from symbp.ops.arithmetic import ADD, MULTIPLY, SUBTRACT, multiply


def numbers_into_sums(joint: Joint) -> Joint:
    """c (y (a + b x)) is y (c a + c b x), where nothing else needs the parts."""
    order = joint.order()
    uses = use_counts(order, joint.roots)
    kept = {*joint.roots, *joint.names}
    free = {n for n in order if uses[n] == 1 and n not in kept}
    done: dict[Node, Node] = {}
    count = 0
    for node in order:
        found = _absorbed(node, free, done) if node.op is MULTIPLY and node.rank else None
        count += found is not None
        done[node] = rebuild(node, tuple(done[a] for a in node.args)) if found is None else found
    return noted(mapped(joint, done), "numbers_into_sums", f"{count} numbers")


def _absorbed(node: Node, free: set[Node], done: dict[Node, Node]) -> Node | None:
    """The product without its number; None where there is no sum that could take it."""
    factor, whole = node.args
    if factor.rank or not is_number(factor) or whole.shape != node.shape:
        return None
    path: list[tuple[Node, int]] = []
    stack = [(whole, path)]
    while stack:
        top, path = stack.pop()
        if top not in free:
            continue
        if _takes_numbers(top, free):
            return _scaled(top, factor, path, done)
        if top.op is MULTIPLY:
            stack += [(a, [*path, (top, k)]) for k, a in enumerate(top.args) if a.rank]
    return None


def _takes_numbers(node: Node, free: set[Node]) -> bool:
    """a + b x"""
    if node.op not in (ADD, SUBTRACT):
        return False
    pairs = (node.args, node.args[::-1])
    return any(is_number(a) and _is_multiple(b) and b in free for a, b in pairs)


def _is_multiple(node: Node) -> bool:
    return node.op is MULTIPLY and node.rank > 0 and any(is_number(a) for a in node.args)


def _scaled(top: Node, factor: Node, path: list[tuple[Node, int]], done: dict[Node, Node]) -> Node:
    """The sum times the number, in the place of the sum."""
    c = done[factor]
    addends = []
    for addend in top.args:
        if _is_multiple(addend):
            a, b = (done[x] for x in addend.args)
            addends.append(multiply(_product(c, a), b) if is_number(a) else multiply(a, _product(c, b)))
        else:
            addends.append(_product(c, done[addend]))
    found = rebuild(top, tuple(addends))
    for product, k in reversed(path):
        args = tuple(found if j == k else done[a] for j, a in enumerate(product.args))
        found = rebuild(product, args)
    return found


def _product(a: Node, b: Node) -> Node:
    """Two numbers as one, where they are known."""
    first, second = number(a), number(b)
    return multiply(a, b) if first is None or second is None else constant(first * second)
