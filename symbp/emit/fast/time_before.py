"""The pass that works out before a loop over time what does not wait for a state.

The products of the inputs with their weights are one product for all steps, x[t] W + h[t-1] U + b being
(x[t] W + b) + h[t-1] U; what is the same at each step is worked out once.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.node import Node, rebuild, topological
from symbp.emit.fast.columns import addends
from symbp.emit.fast.joint import Joint, noted, rewritten, use_counts
from symbp.emit.fast.time_body import exchanged, fresh_placeholder, moving, name_of, widened
from symbp.emit.fast.time_lift import Lift
from symbp.emit.numpy_uses import is_view
from symbp.errors import UnsupportedError
from symbp.lang.names import program_word
from symbp.ops.arithmetic import ADD, add, total
from symbp.ops.contract import CONTRACT
from symbp.ops.scan import SCAN, Body


def inputs_at_once(joint: Joint) -> Joint:
    """Products that need no state are taken for all steps at once, before the loop."""
    names: dict[Node, str] = {}

    def rule(node: Node) -> Node | None:
        if node.op is not SCAN:
            return None
        after, ahead = _hoisted(node)
        names.update(ahead)
        return after

    after, _ = rewritten(joint, rule)
    if not any(node.op is SCAN for node in joint.order()):
        return joint
    known = set(after.names.values())
    named = {n: name for n, name in names.items() if n not in after.names and name not in known}
    after = replace(after, names={**after.names, **named})
    return noted(after, "inputs_at_once", f"{len(names)} arrays before their loop")


def _hoisted(node: Node) -> tuple[Node, dict[Node, str]]:
    """The scan with less to do, and what is done before it with the names for that."""
    node = regrouped(node)
    body, length, _ = node.params
    count, cut = len(body.states), len(body.states) + len(body.sequences)
    lift = Lift(
        dict(zip(body.sequences, node.args[count:cut], strict=True)),
        dict(zip(body.fixed, node.args[cut:], strict=True)),
        length,
    )
    chosen = _chosen(body, lift)
    taken: list[str] = []
    slots = {n: fresh_placeholder(body, "ahead", n, taken) for n in chosen}
    along = [(slots[n], lift.along[n]) for n in chosen if n in lift.along]
    beside = [(slots[n], lift.beside[n]) for n in chosen if n in lift.beside]
    ahead = {lift.along.get(n, lift.beside.get(n, n)): f"{_owner(body, n)}_ahead" for n in chosen}
    return exchanged(widened(node, along, beside), slots), ahead


def _owner(body: Body, node: Node) -> str:
    """The first part that a node goes into."""
    return program_word(name_of(body, node).partition(":")[0])


def _chosen(body: Body, lift: Lift) -> list[Node]:
    """The nodes that the step takes from before the loop."""
    order, depends = topological(body.values), moving(body)
    still = [n for n in order if n not in depends and n.args]
    early: set[Node] = set()
    for n in still:
        is_fixed = all(a in lift.beside or (not a.args and a not in body.sequences) for a in n.args)
        is_small = n.rank <= 1 or is_fixed  # a call costs more than what it does
        worth = _is_product(n) or any(a in early for a in n.args) or (is_small and not is_view(n))
        if worth and not _is_number(n):
            try:
                lift.fill([n])
            except UnsupportedError:
                continue
            early.add(n)
    readers = {a for n in order if n not in early for a in n.args} | set(body.values)
    return [n for n in still if n in early and n in readers]


def _is_product(node: Node) -> bool:
    """A product of matrices, or of a matrix and a vector."""
    return node.op is CONTRACT and len(node.args) > 1 and len(node.params[2]) > node.rank


def _is_number(node: Node) -> bool:
    return not node.rank and not any(n.is_leaf for n in topological([node]))


def regrouped(node: Node) -> Node:
    """The scan with sums in another order: what depends on no state comes together."""
    body: Body = node.params[0]
    order, depends = topological(body.values), moving(body)
    uses = use_counts(order, body.values)
    done: dict[Node, Node] = {}
    for n in order:
        current = rebuild(n, tuple(done[a] for a in n.args))
        if n.op is ADD and n in depends:
            parts = addends(n, uses)
            still = [done[p] for p in parts if p not in depends]
            if len(still) > 1:
                current = add(total(still), total([done[p] for p in parts if p in depends]))
        done[n] = current
    return exchanged(node, done)
