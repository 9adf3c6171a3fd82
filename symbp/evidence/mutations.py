"""The truth with one mistake in it: what somebody gets who forgets a path or an inner derivative.

Each mistake is made in the backward sweep itself, so it does not matter how the claim is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symbp.algebra.node import Node, facts, topological
from symbp.evidence.backward import Backward, Change, Edge, Mutation
from symbp.evidence.mutations_entrywise import entrywise_functions
from symbp.evidence.mutations_paths import forgotten_paths
from symbp.evidence.mutations_slopes import inner_derivatives
from symbp.evidence.problem import Problem
from symbp.ops.axes import broadcast_to
from symbp.ops.registry import sum_to
from symbp.ops.structure.indexing import expand_dims

MASKS = ("mask", "binary", "causal")


def mutations(problem: Problem) -> Iterator[Mutation]:
    """Mistakes, the most usual ones first."""
    backward = Backward(problem)
    for room in (
        inner_derivatives,
        forgotten_factors,
        softmax_rows,
        unmasked_extrema,
        entrywise_functions,
        forgotten_paths,
    ):
        yield from room(backward)


# -- factors --------------------------------------------------------------------------------------


def forgotten_factors(backward: Backward) -> Iterator[Mutation]:
    """The other factor of a product, or the divisor, left out."""
    problem = backward.problem
    for node in reversed(backward.between):
        if node.op.name not in ("multiply", "divide"):
            continue
        for k, (arg, other) in enumerate(((node.args[0], node.args[1]), (node.args[1], node.args[0]))):
            if arg not in backward.needed or other in backward.needed or (node.op.name == "divide" and k):
                continue
            problem.check_time(0.45)
            spelled = problem.short(other)
            if spelled is None:
                continue
            masked = any(f in MASKS for n in topological([other]) for f in facts(n))
            kind = "mask ignored" if masked or other.dtype == "bool" else "missing factor"
            shown = f"1/({spelled})" if node.op.name == "divide" else spelled
            where = problem.names.get(node) or problem.short(node) or "a product"
            words = f"{kind}: the factor (scale, weight) {shown} of {where} is missing"
            found = backward.gradient({node: _skipping(arg, k)}, set())
            if found is not None:
                yield Mutation(kind, words, found)


def _skipping(arg: Node, k: int) -> Change:
    def change(adjoint: Node, passed: list[Node | None]) -> Sequence[Node | None]:
        return [sum_to(adjoint, arg.shape) if i == k else p for i, p in enumerate(passed)]

    return change


# -- softmax --------------------------------------------------------------------------------------


def softmax_rows(backward: Backward) -> Iterator[Mutation]:
    """A softmax differentiated as if it worked entry by entry, written as one or as e/Σe."""
    words = (
        "missing off-diagonal terms: the softmax Jacobian is reduced to its diagonal p*(1 - p), "
        "every entry depends on every other one"
    )
    for node in backward.between:
        change = _diagonal_softmax(node)
        if change is not None:
            for dropped in (set(), _through_extrema(backward)):
                found = backward.gradient({node: change}, dropped)
                if found is not None:
                    yield Mutation("missing off-diagonal Jacobian", words, found)
        if node.op.name == "softmax":
            twice = backward.gradient({node: _twice_softmax(node)}, set())
            name = backward.problem.short(node) or "p"
            if twice is not None:
                yield Mutation(
                    "activation derivative applied twice",
                    f"activation derivative applied twice: the gradient by the logits contains "
                    f"the derivative of the softmax already, the factor {name}*(1 - {name}) is too much",
                    twice,
                )


def _through_extrema(backward: Backward) -> set[Edge]:
    """The paths through a max that is subtracted for safety only."""
    return {(n, a) for n in backward.between if n.op.name in ("max", "min") for a in n.args}


def _twice_softmax(node: Node) -> Change:
    def change(adjoint: Node, passed: list[Node | None]) -> Sequence[Node | None]:
        first = passed[0]
        return passed if first is None else [first * node * (1 - node), *passed[1:]]

    return change


def _diagonal_softmax(node: Node) -> Change | None:
    if node.op.name == "softmax":
        return lambda adjoint, passed: [adjoint * node * (1 - node), *passed[1:]]
    if node.op.name == "divide" and node.args[0].args and node.args[0] in _below(node.args[1]):
        below = node.args[1]
        return lambda adjoint, passed: [adjoint * (1 - node) / below, None]
    return None


# -- maxima ---------------------------------------------------------------------------------------


def unmasked_extrema(backward: Backward) -> Iterator[Mutation]:
    """A maximum whose gradient goes to every entry instead of the largest one."""
    for node in backward.between:
        if node.op.name in ("max", "min") and node.args[0] in backward.needed:
            name = backward.problem.short(node) or node.op.name
            words = (
                f"missing mask: the gradient of {name} goes to the entry that is the {node.op.name} only, "
                f"the condition is missing"
            )
            found = backward.gradient({node: _to_all_entries(node)}, set())
            if found is not None:
                yield Mutation("missing mask", words, found)


def _to_all_entries(node: Node) -> Change:
    axes, keepdims = node.params

    def change(adjoint: Node, passed: list[Node | None]) -> Sequence[Node | None]:
        for axis in () if keepdims else sorted(axes):
            adjoint = expand_dims(adjoint, axis)
        return [broadcast_to(adjoint, node.args[0].shape)]

    return change


def _below(node: Node) -> Iterable[Node]:
    return set(topological([node]))
