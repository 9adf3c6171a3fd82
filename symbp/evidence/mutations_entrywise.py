"""Activations of several operations, y = log(1 + e^x) or y = x·σ(x), with a wrong derivative as a whole.

The sweep is linear in what arrives at x: the gradient with another slope m in place of s = dy/dx is
the true one plus the gradient that ∂L/∂y · (m - s) at x leads to.
"""

from __future__ import annotations

from collections.abc import Iterator

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, replace
from symbp.calculus.reverse import sweep
from symbp.evidence.backward import Backward, Mutation
from symbp.ops.arithmetic import add, subtract
from symbp.ops.constant_arrays import full
from symbp.ops.elementwise import sigmoid, tanh
from symbp.ops.registry import Elementwise

MOST_SITES = 12


def entrywise_functions(backward: Backward) -> Iterator[Mutation]:
    """The derivative of a named activation left out, used twice, cut short, or another one's."""
    problem = backward.problem
    for y, x in _sites(backward)[:MOST_SITES]:
        problem.check_time(0.5)
        swept = sweep([(y, full(y.shape, 1))], [x])
        slope, arriving = swept.adjoints.get(x), problem.swept.adjoints.get(y)
        if slope is None or arriving is None:
            continue
        terms = [term for _, term in swept.contributions.get(x, ())]
        for kind, words, wrong in _slopes(backward, y, x, slope, terms):
            change = sweep([(x, arriving * subtract(wrong, slope))], [problem.target])
            more = change.adjoints.get(problem.target)
            if more is not None:
                yield Mutation(kind, words, add(problem.true, more))


def _sites(backward: Backward) -> list[tuple[Node, Node]]:
    """Named y with the x of the same shape that it is a function of, entry by entry."""
    found = []
    for y in reversed([n for n in backward.between if n in backward.problem.names and n.rank]):
        x = entrywise_source(y, backward)
        if x is not None and (x not in y.args or len(y.args) > 1):
            found.append((y, x))
    return found


def entrywise_source(y: Node, backward: Backward) -> Node | None:
    """The only array that the entries of y are made from, one by one."""
    below = [y]
    seen = {y}
    sources: dict[Node, None] = {}
    while below:
        node = below.pop()
        for arg in node.args if isinstance(node.op, Elementwise) or node is y else ():
            if arg in seen or arg.op in (CONSTANT, SIZE, SYMBOLIC) or not arg.rank:
                continue
            seen.add(arg)
            opened = isinstance(arg.op, Elementwise) and arg not in backward.problem.names
            if opened:
                below.append(arg)
            else:
                sources.setdefault(arg)
    fitting = [s for s in sources if s in backward.needed and s.shape == y.shape]
    return fitting[0] if len(fitting) == 1 == len(sources) and isinstance(y.op, Elementwise) else None


def _slopes(
    backward: Backward, y: Node, x: Node, slope: Node, terms: list[Node]
) -> Iterator[tuple[str, str, Node]]:
    problem = backward.problem
    name, inner = problem.short(y) or "it", problem.short(x) or "its argument"
    written = problem.short(slope, 80) or f"d{name}/d{inner}"
    wrong = f"wrong activation derivative: the derivative of {name} by {inner} is {written}"
    yield (
        "missing activation derivative",
        f"missing activation derivative: the factor {written}, that of {name} by {inner}, is missing",
        full(y.shape, 1),
    )
    for other in (sigmoid, tanh):
        formula = sweep([(other(x), full(y.shape, 1))], [x]).adjoints[x]
        yield "wrong activation derivative", f"{wrong}, not that of {other.__name__}", formula
    yield "wrong activation derivative", f"{wrong}, not {name} itself", y
    yield "wrong activation derivative", f"{wrong}, not {name}*(1 - {name})", y * (1 - y)
    yield "wrong activation derivative", f"{wrong}, not 1 - {name}**2", 1 - y * y
    yield (
        "activation derivative applied twice",
        f"activation derivative applied twice: the factor {written} stands there twice",
        slope * slope,
    )
    yield (
        "derivative at the wrong point",
        f"derivative at the wrong point: the derivative of {name} is taken at {name}, it belongs at {inner}",
        replace([slope], {x: y})[0],
    )
    for k, term in enumerate(terms if len(terms) > 1 else []):
        shown = problem.short(term, 60) or f"term {k + 1}"
        words = f"wrong product rule: of the derivative of {name} by {inner} only the term {shown} is there"
        yield "wrong product rule", words, term
