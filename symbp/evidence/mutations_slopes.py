"""Inner derivatives: left out, used twice, taken elsewhere, or those of another activation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbp.algebra.node import Node
from symbp.evidence.backward import Backward, Change, Mutation
from symbp.evidence.problem import Problem
from symbp.ops.registry import Elementwise, sum_to

ARITHMETIC = ("add", "subtract", "multiply", "divide", "negative", "power", "where")


def inner_derivatives(backward: Backward) -> Iterator[Mutation]:
    """An activation's derivative left out, used twice, taken elsewhere, or that of another one."""
    sites = [(n, k) for n in reversed(backward.between) if (k := _inner(backward, n)) is not None]
    groups: list[list[tuple[Node, int]]] = [[s] for s in sites]
    by_name: dict[str, list[tuple[Node, int]]] = {}
    for site in sites:
        by_name.setdefault(site[0].op.name, []).append(site)
    groups += [g for g in by_name.values() if len(g) > 1]
    for group in groups:
        lists = [list(_slopes(backward.problem, n, k)) for n, k in group]
        for at, (kind, words, _) in enumerate(lists[0]):
            backward.problem.check_time(0.4)
            changes = {
                n: _with_slope(n, k, own[at][2])
                for (n, k), own in zip(group, lists, strict=True)
                if at < len(own)
            }
            found = backward.gradient(changes, set())
            if found is not None:
                yield Mutation(kind, words, found)


def _inner(backward: Backward, node: Node) -> int | None:
    """Which argument an activation works on; None where the node is none."""
    if not isinstance(node.op, Elementwise) or node.op.name in ARITHMETIC or node.op.partials is None:
        return None
    needed = [k for k, a in enumerate(node.args) if a in backward.needed]
    if len(needed) != 1 or node.op.partials[needed[0]] is None:
        return None
    return needed[0] if node.args[needed[0]].shape == node.shape else None


def _with_slope(node: Node, k: int, slope: Node | None) -> Change:
    def change(adjoint: Node, passed: list[Node | None]) -> Sequence[Node | None]:
        term = adjoint if slope is None else adjoint * slope
        return [sum_to(term, node.args[k].shape) if i == k else p for i, p in enumerate(passed)]

    return change


def slope_of(node: Node, k: int, args: Sequence[Node] | None = None, value: Node | None = None) -> Node:
    """∂node/∂argument k, at other arguments where they are given."""
    assert isinstance(node.op, Elementwise) and node.op.partials is not None
    partial = node.op.partials[k]
    assert partial is not None
    found = partial(*(node.args if args is None else args), node if value is None else value)
    return (
        found
        if isinstance(found, Node)
        else Node.operators["multiply"](found, Node.operators["ones_like"](node))
    )


def _slopes(problem: Problem, node: Node, k: int) -> Iterator[tuple[str, str, Node | None]]:
    """(kind, words, what stands in place of the derivative), None for nothing."""
    name = problem.short(node) or node.op.name
    inner = problem.short(node.args[k]) or "its argument"
    right = slope_of(node, k)
    written = problem.short(right) or f"the derivative of {node.op.name}"
    function = node.op.name
    yield (
        "missing activation derivative",
        f"missing activation derivative: the factor {written}, "
        f"the derivative of {name} by {inner}, is missing",
        None,
    )
    yield (
        "activation derivative applied twice",
        f"activation derivative applied twice: the factor {written} stands there twice",
        right * right,
    )
    yield (
        "wrong activation derivative",
        f"wrong activation derivative: {name} itself stands where its derivative {written} belongs",
        node,
    )
    yield (
        "wrong activation derivative",
        f"wrong activation derivative: it is {written}, not 1 - {name}",
        1 - node,
    )
    args = [node if i == k else a for i, a in enumerate(node.args)]
    assert isinstance(node.op, Elementwise)
    twice = node.op(*args)
    yield (
        "derivative at the wrong point",
        f"derivative at the wrong point: the activation's derivative is taken at {name}, "
        f"it belongs at {inner} (wrong activation derivative)",
        slope_of(node, k, args, twice),
    )
    for other, formula in (("tanh", 1 - node * node), ("sigmoid", node * (1 - node))):
        if other != function:
            wrong = problem.short(formula) or other
            yield (
                "wrong activation derivative",
                f"wrong activation derivative: {wrong} is that of {other}, "
                f"but {name} is {function}: its derivative is {written}",
                formula,
            )
