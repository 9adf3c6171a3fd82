"""The chain rule of a model in words: a gradient as products of named local derivatives.

∂L/∂W₁ = ∂L/∂Ŷ · ∂Ŷ/∂H₂ · ∂H₂/∂H₁ · ∂H₁/∂W₁, with one product for each path from the loss to the
parameter.
"""

from __future__ import annotations

from itertools import pairwise

from symbp.algebra.node import Node, topological
from symbp.lang.names import Name
from symbp.lang.program import Program

Path = tuple[Name, ...]
MOST_PATHS = 6


def chain_rule(program: Program, output: str, target: str) -> list[Path]:
    """The paths from an output to a name, both with their ends; by identifiers.

    Where there are more than a few paths, the adjoints of the equations that use the name stand for
    what comes before: [(L, h), …] with the last local derivative written out.
    """
    nodes, names = program.nodes, program.names
    users = _users(program)
    loss, start = nodes[output], nodes[target]
    if start is loss:
        return []
    paths: list[tuple[Node, ...]] = []
    stack: list[tuple[Node, ...]] = [(start,)]
    while stack:
        path = stack.pop()
        if path[0] is loss:
            paths.append(path)
        elif len(stack) + len(paths) > MOST_PATHS:
            paths = [(loss, user, start) for user in users.get(start, ()) if user is not loss]
            break
        else:
            stack.extend((user, *path) for user in reversed(users.get(path[0], [])))
    return [tuple(names[n] for n in path) for path in paths]


def _users(program: Program) -> dict[Node, list[Node]]:
    """Named node -> the equations that use it directly, in order."""
    names = program.names
    users: dict[Node, list[Node]] = {}
    for node in dict.fromkeys(program.roots):
        for used in topological(node.args, stop=names.__contains__):
            if used in names:
                users.setdefault(used, []).append(node)
    return users


def product_text(path: Path) -> str:
    """∂L/∂ŷ · ∂ŷ/∂W"""
    return " · ".join(f"∂{a}/∂{b}" for a, b in pairwise(path))
