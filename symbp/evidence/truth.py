"""The true gradients that claims are compared with: the bare sweep, without any simplification.

No fact is used on the way, so that every fact which a verdict needs shows up in its proof.
"""

from __future__ import annotations

from collections.abc import Iterable

from symbp.algebra.node import Node, as_node
from symbp.calculus.reverse import sweep
from symbp.lang.program import Program
from symbp.ops.contract import full


def true_gradients(
    program: Program, targets: Iterable[Node], seeds: list[tuple[Node, Node]] | None = None
) -> dict[Node, Node]:
    """Each target with the gradient of Σ ⟨output, upstream⟩ by it (zeros where it has no part).

    `seeds` are other pairs (output, upstream) than those of the program.
    """
    targets = list(dict.fromkeys(targets))
    seeds = _seeds(program) if seeds is None else seeds
    found = sweep(seeds, targets).adjoints
    return {t: found.get(t, full(t.shape, 0)) for t in targets}


def _seeds(program: Program) -> list[tuple[Node, Node]]:
    nodes = program.nodes
    seeds = [(nodes[out], as_node(1) if up is None else nodes[up]) for out, up in program.outputs]
    return [(out, full(out.shape, 1) if up.shape != out.shape else up) for out, up in seeds]
