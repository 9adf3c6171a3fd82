"""The order of computing: each gradient as soon as what it needs is there.

So the adjoint of a layer is not kept until all layers are done, and its memory can be used again.
"""

from __future__ import annotations

from symbp.algebra.node import Node, topological
from symbp.emit.fast.joint import Joint


def scheduled(joint: Joint) -> list[Node]:
    """Outputs and what is worked out with them; then gradients, each where its arguments stand."""
    places = known_after(joint)
    outputs = topological(joint.outputs)
    after: dict[int, list[Node]] = {}
    for node in joint.early:
        after.setdefault(places[node], []).append(node)
    first = [n for k, node in enumerate(outputs) for n in (node, *after.get(k, ()))]
    forward = set(outputs)
    depth: dict[Node, int] = {}
    for node in joint.order():
        depth[node] = 0 if node in forward else 1 + max((depth[a] for a in node.args), default=-1)
    early = sorted(dict.fromkeys(value for _, value in joint.results), key=lambda n: depth[n])
    return topological([*first, *early])


def known_after(joint: Joint) -> dict[Node, int]:
    """For each node the last value of the forward pass that it waits for, as its place in the order.

    Numbers wait for nothing: -1.
    """
    found: dict[Node, int] = {}
    for k, node in enumerate(topological(joint.outputs)):
        waits = node.is_leaf or any(found[a] >= 0 for a in node.args)
        found[node] = k if waits else -1
    for node in joint.order():
        if node not in found:
            found[node] = max((found[a] for a in node.args), default=-1)
    return found
