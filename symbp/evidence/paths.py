"""Claims that say which product of derivatives a gradient is: ∂L/∂W = ∂L/∂ŷ · ∂ŷ/∂W."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from symbp.algebra.node import Node, topological
from symbp.evidence.verdict import PROVED, REFUTED, UNDECIDED, Verdict
from symbp.lang.program import Program
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.structural import Structural


def path_verdict(path: Sequence[str], program: Program) -> Verdict:
    """Whether the gradient is the product of the derivatives along these names, by the chain rule.

    It is where each name depends on the next one, and every way from the loss to the last one goes
    through all of them.
    """
    spelled = {key: name.text for key, name in program.spelled.items()}
    nodes = program.nodes
    if path[0] not in nodes:
        return _from_outside(path, program, spelled)
    product = " · ".join(f"∂{spelled.get(a, a)}/∂{spelled.get(b, b)}" for a, b in pairwise(path))
    ends = _packed(nodes[path[-1]], nodes[path[0]])
    for a, b in pairwise(path):
        if not any(depends(nodes[a], end) for end in (ends if b == path[-1] else [nodes[b]])):
            reason = f"{spelled.get(a, a)} does not depend on {spelled.get(b, b)}, so that ∂{a}/∂{b} is 0"
            return Verdict(REFUTED, "chain rule", reason, hints=(reason,))
    for name in path[1:-1]:
        if any(depends(nodes[path[0]], end, around=nodes[name]) for end in ends):
            reason = f"{product} leaves out what reaches {spelled.get(path[-1], path[-1])} without "
            reason += spelled.get(name, name)
            return Verdict(REFUTED, "chain rule", reason, hints=("the ways through the others add up",))
    return Verdict(PROVED, "chain rule", f"every way from the loss goes through {product}")


def _from_outside(path: Sequence[str], program: Program, spelled: Mapping[str, str]) -> Verdict:
    """∂L/∂h · ∂h/∂W where the text does not set L."""
    below = spelled.get(path[1], path[1])
    if len(path) < 3:
        return Verdict(
            UNDECIDED, "none", f"{path[0]} is not set, and nothing stands behind ∂{path[0]}/∂{below}"
        )
    verdict = path_verdict(path[1:], program)
    needs = (f"{path[0]}, which is not set, depends on the others through {below} only",)
    return replace(verdict, needs=(*verdict.needs, *needs)) if verdict.is_right else verdict


def _packed(node: Node, value: Node) -> list[Node]:
    """The arrays that a name packs into one, θ = [vec(W); b]; the node itself where it is no such pack."""
    inner = topological([node])
    moves = [n for n in inner if n.args]
    if (
        depends(value, node)
        or not moves
        or not all(isinstance(n.op, Structural) or _is_turned(n) for n in moves)
    ):
        return [node]
    return [n for n in inner if not n.args]


def _is_turned(node: Node) -> bool:
    """A transpose."""
    return node.op is CONTRACT and len(node.args) == 1 and node.args[0].rank == node.rank


def depends(value: Node, on: Node, around: Node | None = None) -> bool:
    """Whether a node is worked out from another one, not going through a third one."""
    return any(node is on for node in topological([value], stop=lambda node: node is around))
