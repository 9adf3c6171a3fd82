"""The order of computing: each gradient as soon as what it needs is there.

So the adjoint of a layer is not kept until all layers are done, and its memory can be used again.
"""

from __future__ import annotations

from symbp.algebra.node import Node, topological
from symbp.emit.fast.joint import Joint


def scheduled(joint: Joint) -> list[Node]:
    """Outputs first; then backwards, the gradients moved up to where their arguments stand."""
    outputs = topological(joint.outputs)
    place = {node: k for k, node in enumerate(outputs)}
    results = [value for _, value in joint.results]
    depth: dict[Node, int] = {}
    for node in joint.order():
        depth[node] = 0 if node in place else 1 + max((depth[a] for a in node.args), default=-1)
    early = sorted(dict.fromkeys(results), key=lambda n: depth[n])
    return topological([*joint.outputs, *early])
