"""Claims of recurrences in which no gradient flows back past some step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symbp.algebra.node import Node, topological
from symbp.audit.case import Case
from symbp.audit.reading import Claim, Reading
from symbp.audit.severity import TRUNCATED, Convention
from symbp.calculus.reverse import local_adjoints
from symbp.ops.arithmetic import total


def cut_in_time(claim: Claim, case: Case, true: Node) -> Convention | None:
    """The gradient with the hidden state of the step before taken as a constant."""
    for states in _sequences(case.reading.state):
        cut = _cut_sweep(case.reading, states, claim.of)
        if (
            cut is not None
            and cut.shape == claim.node.shape
            and not case.sampled.same(cut, true)
            and case.sampled.same(claim.node, cut)
        ):
            return Convention(
                TRUNCATED, "does not flow back through time: each step takes the state before it as given"
            )
    return None


def _sequences(state: Mapping[str, Node]) -> Iterator[list[Node]]:
    """Lists of at least two arrays of one shape that an object keeps: one for each step."""
    found: dict[str, list[Node]] = {}
    for path, node in state.items():
        prefix, _, last = path.rpartition(".")
        if prefix and last.lstrip("-").isdigit() and node.args and node.dtype == "real":
            found.setdefault(prefix, []).append(node)
    yield from (
        nodes for nodes in found.values() if 2 <= len(nodes) <= 32 and len({n.shape for n in nodes}) == 1
    )


def _cut_sweep(reading: Reading, states: list[Node], target: Node) -> Node | None:
    """The sweep without the edges that lead from one state to the next."""
    order = topological([out for out, _ in reading.outputs])
    later: dict[Node, set[Node]] = {}
    for at, state in enumerate(states[:-1]):
        below = {state}
        wanted = set(topological(states[at + 1 : at + 2]))
        for node in order:
            if node in wanted and any(a in below for a in node.args):
                below.add(node)
        later[state] = below - {state}
    terms: dict[Node, list[Node]] = {}
    for out, up in reading.outputs:
        terms.setdefault(out, []).append(up)
    needed = {target}
    for node in order:
        if any(a in needed for a in node.args):
            needed.add(node)
    for node in reversed(order):
        if node not in terms or node is target or node not in needed:
            continue
        adjoint = total(terms[node])
        for arg, term in zip(node.args, local_adjoints(node, adjoint, lambda n: n), strict=True):
            if term is not None and arg in needed and not (arg in later and node in later[arg]):
                terms.setdefault(arg, []).append(term)
    return total(terms[target]) if target in terms else None
