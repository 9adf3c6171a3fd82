"""The truth with one mistake in it: what somebody gets who forgets a path or an inner derivative.

Each mistake is made in the backward sweep itself, so it does not matter how the claim is written.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from symbp.algebra.node import Node, facts, topological
from symbp.calculus.reverse import local_adjoints
from symbp.evidence.problem import Problem
from symbp.ops.arithmetic import total
from symbp.ops.registry import Elementwise, sum_to

Change = Callable[[Node, list["Node | None"]], Sequence["Node | None"]]
"""(adjoint of a node, what it passes on to its arguments) -> what the mistaken one passes on."""
Edge = tuple["Node | None", Node]
"""(consumer, node); no consumer: the upstream gradient that arrives from outside."""
ARITHMETIC = ("add", "subtract", "multiply", "divide", "negative", "power", "where")
MASKS = ("mask", "binary", "causal")


@dataclass(frozen=True)
class Mutation:
    """A mistake: its kind, the sentence that says it, the gradient that it leads to."""

    kind: str
    words: str
    gradient: Node


class Backward:
    """The sweep to one target, repeated with changes at some nodes."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.target = problem, problem.target
        self.order = [n for n in problem.forward if n.dtype == "real"]
        self.needed: set[Node] = set()
        for node in self.order:
            if node is self.target or any(a in self.needed for a in node.args):
                self.needed.add(node)
        self.base: dict[Node, tuple[Node, list[Node | None]]] = {}
        self.sources: dict[Node, list[Node | None]] = {}
        """node -> the consumers that contribute to its adjoint (None: from outside)"""
        self.gradient({}, set(), record=True)

    @cached_property
    def between(self) -> list[Node]:
        """The nodes that have an adjoint and lead to the target, arguments first."""
        return [n for n in self.order if n in self.base]

    def gradient(
        self, changes: Mapping[Node, Change], dropped: set[Edge], record: bool = False
    ) -> Node | None:
        """The gradient of the target with these changes; None where nothing arrives."""
        terms: dict[Node, list[Node]] = {}
        for out, up in self.problem.seeds:
            if out in self.needed and (None, out) not in dropped:
                terms.setdefault(out, []).append(up)
            if record and out in self.needed:
                self.sources.setdefault(out, []).append(None)
        for node in reversed(self.order):
            if node not in terms:
                continue
            adjoint = total(terms[node])
            if record:
                self.base[node] = (adjoint, [])
            if node is self.target:
                return adjoint
            for arg, term in zip(node.args, self._passed(node, adjoint, changes, record), strict=True):
                if term is None or arg not in self.needed:
                    continue
                if record and node not in self.sources.get(arg, []):
                    self.sources.setdefault(arg, []).append(node)
                if (node, arg) not in dropped:
                    terms.setdefault(arg, []).append(term)
        return None

    def _passed(
        self, node: Node, adjoint: Node, changes: Mapping[Node, Change], record: bool
    ) -> Sequence[Node | None]:
        if not any(a in self.needed for a in node.args):
            return [None] * len(node.args)
        known = self.base.get(node)
        if known is not None and known[0] is adjoint and known[1]:
            passed = known[1]
        else:
            passed = list(local_adjoints(node, adjoint, lambda n: n))
            if record:
                self.base[node] = (adjoint, passed)
        change = changes.get(node)
        return passed if change is None else change(adjoint, list(passed))

    # -- names ------------------------------------------------------------------------------------

    @cached_property
    def consumers(self) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {}
        for node in self.order:
            for arg in node.args:
                found.setdefault(arg, []).append(node)
        return found

    def named_above(self, node: Node) -> Node | None:
        """The node itself where it has a name, else the nearest named one that it leads to."""
        queue, seen = [node], {node}
        while queue:
            current = queue.pop(0)
            if current in self.problem.names:
                return current
            for above in self.consumers.get(current, []):
                if above not in seen:
                    seen.add(above)
                    queue.append(above)
        return None

    def via(self, node: Node) -> str:
        above = self.named_above(node)
        return self.problem.short(node) or "the loss" if above is None else self.problem.names[above]


def mutations(problem: Problem) -> Iterator[Mutation]:
    """Mistakes, the most usual ones first."""
    backward = Backward(problem)
    for room in (inner_derivatives, forgotten_factors, softmax_rows, forgotten_paths):
        yield from room(backward)


# -- forgotten paths ------------------------------------------------------------------------------


def forgotten_paths(backward: Backward) -> Iterator[Mutation]:
    """A fork where one branch is left out, a value treated as a constant, a whole class of branches."""
    for kind, words, dropped in _droppings(backward):
        backward.problem.check_time(0.5)
        found = backward.gradient({}, dropped)
        if found is not None:
            yield Mutation(kind, words, found)


def _droppings(backward: Backward) -> Iterator[tuple[str, str, set[Edge]]]:
    forks = [n for n in reversed(backward.between) if len(backward.sources.get(n, [])) > 1]
    for node in forks:
        edges: list[Edge] = [(source, node) for source in backward.sources[node]]
        most = len(edges) if node is backward.target and len(edges) <= 5 else 2
        for count in range(1, most):
            for gone in itertools.combinations(edges, count):
                yield *_path_words(backward, node, gone), set(gone)
        if most == 2 and len(edges) > 2:
            for kept in edges:
                rest = tuple(e for e in edges if e is not kept)
                yield *_path_words(backward, node, rest), set(rest)
    yield from _detached(backward)
    yield from _classes(backward, forks)


def _path_words(backward: Backward, node: Node, gone: Sequence[Edge]) -> tuple[str, str]:
    """Through what the forgotten branches of a fork go."""
    names = backward.problem.names
    name = names.get(node) or backward.problem.short(node) or "an intermediate value"
    if gone[0][0] is None:
        upstream = next((names.get(u) for o, u in backward.problem.seeds if o is node), None)
        given = f"the upstream gradient {upstream}" if upstream else "the gradient"
        return (
            "missing upstream path",
            f"dropped path: {given} that arrives at {name} itself is not added (missing upstream path)",
        )
    through = list(dict.fromkeys(_step_name(backward, node, consumer) for consumer, _ in gone if consumer))
    listed = " and ".join(through)
    if len(through) == 1 and _is_next_step(name, through[0]):
        return "missing time step", (
            f"missing time step: the gradient that comes back from {listed} to {name} "
            f"(the next time step) is not added"
        )
    total_uses = len(backward.sources[node])
    uses = f"; {name} is used {total_uses} times, and each use (of a shared or tied parameter, too) counts"
    words = f"dropped path: the path to {name} through {listed} is missing (forgotten){_statistic(backward, gone)}"
    return "dropped path", words + (uses if node.is_leaf else "")


def _step_name(backward: Backward, node: Node, consumer: Node) -> str:
    """What a branch goes through: the named value above it, or its own text where that says more."""
    own = backward.problem.short(consumer)
    named = backward.via(consumer)
    others = [c for c in backward.sources[node] if c is not None and c is not consumer]
    if any(backward.via(c) == named for c in others) and own is not None:
        return own
    return named


def _is_next_step(name: str, other: str) -> bool:
    """h2 and h3, s_1 and s_2."""
    a, b = re.fullmatch(r"(.*?)_?(\d+)", name), re.fullmatch(r"(.*?)_?(\d+)", other)
    return a is not None and b is not None and a[1] == b[1] and int(b[2]) == int(a[2]) + 1


def _statistic(backward: Backward, gone: Sequence[Edge]) -> str:
    kinds = dict.fromkeys(filter(None, (statistic(backward, n, c) for c, n in gone if c is not None)))
    return f" ({' and '.join(kinds)})" if kinds else ""


def statistic(backward: Backward, of: Node, node: Node) -> str | None:
    """ "the variance", "the mean" where `node` sums up what `of` is, and is no output itself."""
    above = backward.named_above(node)
    if above is None or above in [o for o, _ in backward.problem.seeds]:
        return None
    sizes = [s for s in above.shape if not s.is_one]
    if len(sizes) >= len([s for s in of.shape if not s.is_one]):
        return None
    squares = any(
        n.op.name in ("square", "var", "squared_norm", "norm", "std")
        or (n.op.name == "power" and n.args[0] in backward.needed)
        or (n.op.name in ("multiply", "contract") and len(n.args) == 2 and n.args[0] is n.args[1])
        for n in topological([above])
    )
    return "the variance or norm" if squares else "the mean or sum"


def _detached(backward: Backward) -> Iterator[tuple[str, str, set[Edge]]]:
    """Named values, and the sums in between, whose dependence on the target is forgotten."""
    names = backward.problem.names
    inner = [n for n in backward.between if n is not backward.target and n.args]
    sums = [n for n in inner if n in names or n.op.name in ("mean", "var", "max", "norm", "contract")]
    forked = [n for n in sums if n not in [o for o, _ in backward.problem.seeds]]

    def edges(node: Node) -> set[Edge]:
        return {(node, a) for a in node.args}

    def called(node: Node) -> str:
        kind = statistic(backward, backward.target, node)
        spelled = names.get(node) or backward.problem.short(node) or "a value"
        return f"{spelled} ({kind})" if kind else spelled

    for node in forked:
        words = f"dropped path: {called(node)} is treated as a constant, the path through it is missing"
        yield "dropped path", words, edges(node)
    small = [n for n in forked if statistic(backward, backward.target, n)][:6]
    for a, b in itertools.combinations(small, 2):
        listed = f"{called(a)} and {called(b)}"
        words = f"dropped path: {listed} are treated as constants, the paths through them are missing"
        yield "dropped path", words, edges(a) | edges(b)


def _classes(backward: Backward, forks: Sequence[Node]) -> Iterator[tuple[str, str, set[Edge]]]:
    """The same branch at every step of a recurrence."""
    groups: dict[str, set[Edge]] = {}
    for node in forks:
        for consumer in backward.sources[node]:
            if consumer is not None and not node.is_leaf:
                for leaf in (a for a in consumer.args if a.is_leaf):
                    groups.setdefault(leaf.name, set()).add((consumer, node))
    for leaf_name, gone in groups.items():
        if len(gone) > 1:
            yield (
                "missing time step",
                f"missing time step: the gradient that comes back through {leaf_name} from the next time step "
                f"(dropped path) is not added",
                gone,
            )


# -- inner derivatives ----------------------------------------------------------------------------


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
    return needed[0] if len(needed) == 1 and node.args[needed[0]].shape == node.shape else None


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
        f"missing activation derivative: the factor {written}, the derivative of {name} by {inner}, is missing",
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
                    f"activation derivative applied twice: the gradient by the logits contains the derivative of "
                    f"the softmax already, the factor {name}*(1 - {name}) is too much",
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
    if node.op.name == "divide" and node.args[0].op.name == "exp" and node.args[0] in _below(node.args[1]):
        top = node.args[0]
        return lambda adjoint, passed: [adjoint * node * (1 - node) / top, None]
    return None


def _below(node: Node) -> Iterable[Node]:
    return set(topological([node]))
