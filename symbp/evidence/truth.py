"""The true gradients that claims are compared with: the bare sweep, without any simplification.

No fact is used on the way, so that every fact which a verdict needs shows up in its proof.
"""

from __future__ import annotations

from collections.abc import Iterable

from symbp.algebra.node import Node
from symbp.calculus.between import cut, is_hidden, program_seeds
from symbp.calculus.reverse import sweep
from symbp.lang.program import Program
from symbp.ops.constant_arrays import full


def true_gradients(
    program: Program, targets: Iterable[Node], seeds: list[tuple[Node, Node]] | None = None
) -> dict[Node, Node]:
    """Each target with the gradient of Σ ⟨output, upstream⟩ by it (zeros where it has no part).

    `seeds` are other pairs (output, upstream) than those of the program.
    """
    targets = list(dict.fromkeys(targets))
    hidden = {t for t in targets if t.args and is_hidden(program, t)}
    plain = [t for t in targets if t not in hidden]
    found = sweep(program_seeds(program) if seeds is None else seeds, plain).adjoints
    return {
        t: cut(program, t, seeds).gradient if t in hidden else found.get(t, full(t.shape, 0)) for t in targets
    }
