"""Why a claim is wrong, in words: the usual mistakes are made in the true sweep and compared."""

from __future__ import annotations

from collections.abc import Iterator

from symbp.algebra.node import Node, topological
from symbp.audit.judge import Finding
from symbp.audit.run import Reading
from symbp.calculus.reverse import local_adjoints, sweep
from symbp.evidence.compare import find_difference
from symbp.ops.arithmetic import total
from symbp.ops.contract import is_zero, transpose
from symbp.ops.registry import Elementwise

MOST = 400
LARGEST = 1500
"""Graphs beyond this are not searched for a reason."""


def reason_for(finding: Finding, reading: Reading) -> str:
    """What is wrong, as far as it can be said."""
    claimed, true = finding.claim.node, finding.true
    if true is None or claimed.shape != true.shape:
        return finding.reason or finding.verdict.detail
    if is_zero(claimed):
        return "it is zero, the gradient is not"
    if is_zero(true):
        return f"forward does not depend on {finding.claim.target}, its gradient is zero"
    if len(topological([claimed, true])) <= LARGEST:
        for words, candidate in _mistakes(finding.claim.of, reading, true):
            if candidate.shape == claimed.shape and find_difference(candidate, claimed)[0] is None:
                return words
    return _dependence(claimed, true, reading) or _at_a_point(finding)


def _mistakes(target: Node, reading: Reading, true: Node) -> Iterator[tuple[str, Node]]:
    """The gradient with one mistake in it, with the words for the mistake."""
    if true.rank == 2 and true.shape[0] == true.shape[1]:
        yield "it is transposed", transpose(true)
    for count, (words, found) in enumerate(_without_one(target, reading)):
        if count > MOST:
            return
        if found is not None:
            yield words, found


def _without_one(target: Node, reading: Reading) -> Iterator[tuple[str, Node | None]]:
    order = topological([out for out, _ in reading.outputs])
    swept = sweep(reading.outputs, [n for n in order if n.dtype == "real"])
    leads = leads_to(order, target)
    between = [n for n in order if n in swept.adjoints and n in leads and n is not target]
    for node in between:
        if isinstance(node.op, Elementwise) and len(node.args) == 1:
            yield (
                f"the inner derivative of {_function(node)} is missing",
                _changed(target, reading, order, node, None),
            )
    for node in between:
        for arg in dict.fromkeys(node.args):
            uses = [c for c, _ in swept.contributions.get(arg, [])]
            if len(uses) > 1 and arg in between:
                yield (
                    f"one of the {len(uses)} paths to it is missing: {_path(node)}",
                    _changed(target, reading, order, node, arg),
                )
    uses = swept.contributions.get(target, [])
    for _, term in uses if len(uses) > 1 else ():
        yield f"only one of its {len(uses)} contributions is there", term


def _changed(target: Node, reading: Reading, order: list[Node], at: Node, drop: Node | None) -> Node | None:
    """The sweep where one node passes its adjoint on unchanged, or nothing to one argument."""
    terms: dict[Node, list[Node]] = {}
    for out, up in reading.outputs:
        terms.setdefault(out, []).append(up)
    leads = leads_to(order, target)
    for node in reversed(order):
        if node not in terms or node is target or node not in leads:
            continue
        adjoint = total(terms[node])
        passed = list(local_adjoints(node, adjoint, lambda n: n))
        if node is at and drop is None:
            passed = [adjoint if node.args[0].shape == adjoint.shape else None]
        for arg, term in zip(node.args, passed, strict=True):
            if term is not None and arg in leads and not (node is at and arg is drop):
                terms.setdefault(arg, []).append(term)
    return total(terms[target]) if target in terms else None


def leads_to(order: list[Node], target: Node) -> set[Node]:
    """The nodes that depend on the target, and the target itself."""
    found = {target}
    for node in order:
        if any(a in found for a in node.args):
            found.add(node)
    return found


def _function(node: Node) -> str:
    return str(node.op.name)


def _path(node: Node) -> str:
    kinds = {"contract": "a product or sum", "add": "a sum", "multiply": "a product", "divide": "a quotient"}
    return "through " + kinds.get(node.op.name, node.op.name)


def _dependence(claimed: Node, true: Node, reading: Reading) -> str:
    mine, wanted = ({n.name for n in topological([x]) if n.is_leaf} for x in (claimed, true))
    lost, extra = sorted(wanted - mine), sorted(mine - wanted)
    if lost:
        return f"it does not depend on {', '.join(lost)}, on which the gradient depends"
    if extra:
        return f"it depends on {', '.join(extra)}, on which the gradient does not depend"
    return ""


def _at_a_point(finding: Finding) -> str:
    found = finding.verdict.counterexample
    return f"it differs from the gradient: {found}" if found is not None else "it differs from the gradient"
