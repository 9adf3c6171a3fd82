"""Forgotten paths: a fork where one branch is left out, a value treated as a constant."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from symbp.algebra.node import Node, topological
from symbp.evidence.backward import Backward, Edge, Mutation


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
    words = f"dropped path: the path to {name} through {listed} is missing{_statistic(backward, gone)}"
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
                f"missing time step: the gradient that comes back through {leaf_name} "
                f"from the next time step (dropped path) is not added",
                gone,
            )
