"""The graph pass that multiplies numbers with each other before they meet an array."""

from __future__ import annotations

from symbp.algebra.node import Node, constant, number, rebuild
from symbp.algebra.size import product
from symbp.emit.fast.joint import Joint, mapped, noted, use_counts
from symbp.ops.arithmetic import multiply


def merge_numbers(joint: Joint) -> Joint:
    """a (b x) is (a b) x, and (a x) (b y) is (a b) (x y), where nothing else needs the parts.

    So a number goes to the end of a product, or to its smaller factor.
    """
    order = joint.order()
    free = _free(joint)
    done: dict[Node, Node] = {}
    count = 0
    for node in order:
        current = rebuild(node, tuple(done[a] for a in node.args))
        if node.op.name == "multiply" and node.rank:
            after = _merged(current, [a in free for a in node.args])
            count += after is not current
            current = after
        done[node] = current
    return noted(mapped(joint, done), "merge_numbers", f"{count} products")


def _free(joint: Joint) -> set[Node]:
    """Arrays that need not be there: no results, used by one node, or by two products."""
    order = joint.order()
    uses = use_counts(order, joint.roots)
    in_products = dict.fromkeys(order, 0)
    for node in order:
        if node.op.name == "multiply" and node.rank:
            for arg in dict.fromkeys(node.args):
                in_products[arg] += 1
    kept = {*joint.roots, *joint.names}
    return {n for n in order if n not in kept and (uses[n] == 1 or uses[n] == in_products[n] == 2)}


def _merged(node: Node, single: list[bool]) -> Node:
    """The product with at most one number, in front of it or of its smaller factor."""
    a, b = node.args
    c, x = _split(a, node) if single[0] or not a.rank else (None, a)
    d, y = _split(b, node) if single[1] or not b.rank else (None, b)
    factors = [f for f in (c, d) if f is not None]
    rest = [f for f in (x, y) if f is not None]
    if not factors or not rest or (len(factors) == 1 and not a.rank):
        only = _inside(node, single)
        return node if only is None else only
    whole = rest[0] if len(rest) == 1 else multiply(rest[0], rest[1])
    return _times(factors[0] if len(factors) == 1 else _product(factors[0], factors[1]), whole)


def _inside(node: Node, single: list[bool]) -> Node | None:
    """c (s x) with fewer entries in s is (c s) x."""
    c, inner = node.args
    if c.rank or inner.op.name != "multiply" or not single[1]:
        return None
    for s, x in (inner.args, inner.args[::-1]):
        if s.rank and x.shape == node.shape and product(s.shape) != product(x.shape):
            return multiply(_times(c, s), x)
    return None


def _split(factor: Node, whole: Node) -> tuple[Node | None, Node | None]:
    """The number of c x and x; a number alone has no x.  Smaller factors keep theirs."""
    if not factor.rank:
        return factor, None
    if factor.op.name == "multiply" and not factor.args[0].rank and factor.shape == whole.shape:
        return factor.args[0], factor.args[1]
    return None, factor


def _product(a: Node, b: Node) -> Node:
    """Two numbers as one, where they are known."""
    first, second = number(a), number(b)
    return multiply(a, b) if first is None or second is None else constant(first * second)


def _times(c: Node, x: Node) -> Node:
    return x if number(c) == 1 else multiply(c, x)
