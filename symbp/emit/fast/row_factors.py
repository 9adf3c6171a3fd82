"""The graph pass that keeps the factors of rows out of whole arrays.

Rows x r that are only multiplied and summed up need not be formed: Σᵢ wᵢ xᵢ rᵢ is a product of r with
w x, the mean of a row of (x r) a is r times the mean of x a.  So a normalisation whose result goes
into nothing else costs one pass less over the array.
"""

from __future__ import annotations

from collections.abc import Mapping

from symbp.algebra.node import Node, make, rebuild
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.ops.arithmetic import MULTIPLY, multiply
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.structure.reshaping import reshape
from symbp.ops.sums import MEAN

Uses = Mapping[Node, list[Node]]


def row_factors(joint: Joint) -> Joint:
    """x r with one r for each row, where all that it goes into are sums and other factors of rows."""
    uses = _uses(joint)
    scaled = {node: parts for node in joint.order() if (parts := _scaled_rows(node, uses)) is not None}
    products = {use: z for z in scaled for use in uses[z] if use not in scaled}
    summed = {use for use, z in products.items() if not _is_factor(_other(use, z), z)}
    done: dict[Node, Node] = {}
    for node in joint.order():
        z = products.get(node)
        if z is not None:
            done[node] = _product(node, z, scaled[z], done)
        elif node.op in (CONTRACT, MEAN) and node.args and node.args[0] in summed:
            inner = node.args[0]
            _, factor = scaled[products[inner]]
            done[node] = _summed(node, done[inner], done[factor])
        else:
            done[node] = rebuild(node, tuple(done[a] for a in node.args))
    return noted(mapped(joint, done), "row_factors", f"{len(scaled)} arrays not formed")


def _uses(joint: Joint) -> Uses:
    uses: dict[Node, list[Node]] = {node: [] for node in joint.order()}
    for node in joint.order():
        for arg in dict.fromkeys(node.args):
            uses[arg].append(node)
    for root in joint.roots:
        uses[root].append(root)
    return uses


def _is_factor(r: Node, x: Node) -> bool:
    """One number for each row of x."""
    return r.rank == x.rank >= 2 and r.shape == (*x.shape[:-1], x.shape[-1] * 0 + 1)


def _scaled_rows(node: Node, uses: Uses) -> tuple[Node, Node] | None:
    """x and r of x r, where its uses can do without it."""
    if node.op is not MULTIPLY or node.shape[-1:] == () or node.shape[-1].is_one:
        return None
    for x, r in (node.args, node.args[::-1]):
        if _is_factor(r, x) and x.shape == node.shape:
            found = uses[node]
            return (x, r) if found and all(_can_do_without(use, node, uses) for use in found) else None
    return None


def _other(use: Node, z: Node) -> Node:
    """The other factor."""
    return use.args[1] if use.args[0] is z else use.args[0]


def _can_do_without(use: Node, z: Node, uses: Uses) -> bool:
    """z times a factor of rows, or times an array, all of which is summed over the rows or along them."""
    if use.op is not MULTIPLY or use.shape != z.shape or use.args.count(z) != 1:
        return False
    other = _other(use, z)
    if _is_factor(other, z):
        return True
    return other.shape == z.shape and bool(uses[use]) and all(_is_sum(total) for total in uses[use])


def _is_sum(node: Node) -> bool:
    """Over all rows, or a mean along them."""
    if node.op is MEAN:
        axes, keepdims = node.params
        return keepdims and tuple(axes) == (node.args[0].rank - 1,)
    if node.op is not CONTRACT or len(node.args) != 1:
        return False
    (labels,), out, _ = node.params
    return tuple(out) == tuple(labels[-1:]) and len(set(labels)) == len(labels)


def _product(node: Node, z: Node, parts: tuple[Node, Node], done: Mapping[Node, Node]) -> Node:
    """The product with x in the place of x r; with r in the other factor where that is one of rows."""
    x, r = parts
    other = _other(node, z)
    if _is_factor(other, z):
        return multiply(done[x], multiply(done[r], done[other]))
    args = (done[x], done[other]) if node.args[0] is z else (done[other], done[x])
    return make(node.op, args, node.params, node.shape, node.dtype)


def _summed(node: Node, inner: Node, factor: Node) -> Node:
    """The sum with the factors of the rows."""
    if node.op is MEAN:
        return multiply(make(MEAN, (inner,), node.params, node.shape), factor)
    (labels,), out, sizes = node.params
    rows = reshape(factor, inner.shape[:-1])
    return contract([rows, inner], [labels[:-1], labels], out, dict(enumerate(sizes)))
