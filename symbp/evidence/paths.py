"""Claims that say which product of derivatives a gradient is: ∂L/∂W = ∂L/∂ŷ · ∂ŷ/∂W."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from symbp.algebra.node import Node, topological
from symbp.evidence.verdict import PROVED, REFUTED, Verdict
from symbp.lang.program import Program


def path_verdict(path: Sequence[str], program: Program) -> Verdict:
    """Whether the gradient is the product of the derivatives along these names, by the chain rule.

    It is where each name depends on the next one, and every way from the loss to the last one goes
    through all of them.
    """
    spelled = {name.ascii: name.text for name in program.names.values()}
    nodes = program.nodes
    product = " · ".join(f"∂{spelled.get(a, a)}/∂{spelled.get(b, b)}" for a, b in pairwise(path))
    for a, b in pairwise(path):
        if not depends(nodes[a], nodes[b]):
            reason = f"{spelled.get(a, a)} does not depend on {spelled.get(b, b)}, so that ∂{a}/∂{b} is 0"
            return Verdict(REFUTED, "chain rule", reason, hints=(reason,))
    for name in path[1:-1]:
        if depends(nodes[path[0]], nodes[path[-1]], around=nodes[name]):
            reason = f"{product} leaves out what reaches {spelled.get(path[-1], path[-1])} without "
            reason += spelled.get(name, name)
            return Verdict(REFUTED, "chain rule", reason, hints=("the ways through the others add up",))
    return Verdict(PROVED, "chain rule", f"every way from the loss goes through {product}")


def depends(value: Node, on: Node, around: Node | None = None) -> bool:
    """Whether a node is worked out from another one, not going through a third one."""
    return any(node is on for node in topological([value], stop=lambda node: node is around))
