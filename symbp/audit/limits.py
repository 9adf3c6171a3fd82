"""Claims that are right within the limits that forward or backward keeps its values in."""

from __future__ import annotations

from symbp.algebra.node import Node, constant, number, topological
from symbp.algebra.node import replace as substituted
from symbp.audit.case import Case, guards, small_numbers
from symbp.audit.proportion import _ratio, proportion
from symbp.audit.reading import Claim
from symbp.audit.severity import RIGHT, TRUNCATED, Convention
from symbp.ops.compare import CLIP, MINIMUM, WHERE

SQUASHING = {"exp", "sigmoid", "tanh", "softplus", "log_sigmoid", "erf"}
PASSING = {"negative", "multiply", "divide", "clip"}
"""On the way to such a function, with numbers."""
WIDEST = 100
"""Gradients are clipped to less; beyond it a limit is there to keep something finite."""


def finite(claim: Claim, case: Case) -> Convention | None:
    """A number or limit that keeps forward finite, and that is left out of backward."""
    exact = case.exactly(claim)
    if exact is None or case.exact is None:
        return None
    true = case.exact.truth[claim.of]
    if exact.node.shape != true.shape or not case.exact.sampled.same(exact.node, true):
        return None
    nodes = [*(out for out, _ in case.reading.outputs), claim.node]
    targets = list(case.truth)
    beyond = clipped_unseen(exact, case.exact)
    if beyond is not None:
        return beyond
    named = [f"{float(n.params[0]):g}" for n in small_numbers(nodes, targets)]
    named += [f"the limit {float(n.args[2].params[0]):g}" for n in guards(nodes, targets)]
    if not named:
        return None
    outputs = nodes[:-1]
    forward = set(topological(outputs))
    bare = [n for n in guards(nodes, targets) if n in forward and not _is_squashed(n, outputs)]
    if bare:
        limit = float(bare[0].args[2].params[0])
        return Convention(TRUNCATED, f"forward limits at {limit:g}; right within the limits")
    return Convention(RIGHT, f"but for {named[0]}, which keeps forward finite", equal=(exact.node, true))


def _is_squashed(limited: Node, outputs: list[Node]) -> bool:
    """Probabilities, and what only goes into functions that are next to flat at the limit, or beyond all."""
    low = number(limited.args[1])
    if limited.args[0].op.name in SQUASHING or (low is not None and low >= 0):
        return True
    order, ways = topological(outputs), [limited]
    for at in ways:
        if at in outputs:
            return False
        for node in (n for n in order if at in n.args and n.op.name not in SQUASHING):
            others = [number(a) for a in node.args if a is not at]
            if node.op.name not in PASSING or None in others:
                return False
            ways.append(node)
    return True


def clipped(claim: Claim, case: Case, true: Node) -> Convention | None:
    """Clipping at the end of backward, by value or by norm, which keeps what lies within its limits."""
    forward = set(topological([out for out, _ in case.reading.outputs]))
    node, removed = claim.node, False
    while within := _within_limits(node, forward, case):
        (node,) = substituted([node], within)
        removed = True
    if not removed or node.shape != true.shape:
        return None
    if case.sampled.same(node, true):
        return Convention(TRUNCATED, "clipped; right within the limits")
    found = proportion(node, true, case.sampled)
    if found is not None and not found.negative:
        return Convention(TRUNCATED, f"clipped; within the limits {found.text} times the gradient")
    return None


def clipped_unseen(claim: Claim, case: Case) -> Convention | None:
    """What agrees at all points that were looked at, and is clipped where gradients are larger."""
    forward = set(topological([out for out, _ in case.reading.outputs]))
    clips = [n for n in topological([claim.node]) if n.op is CLIP and n not in forward]
    limits = [(number(low), number(high)) for _, low, high in (n.args for n in clips)]
    narrow = [high for low, high in limits if low is not None and high == -low and high <= WIDEST]
    return clipped(claim, case, case.truth[claim.of]) if narrow else None


def _within_limits(claimed: Node, forward: set[Node], case: Case) -> dict[Node, Node]:
    """What backward limits -> what it is within the limits: clip(g), min(1, c / norm) and norm > c."""
    found: dict[Node, Node] = {}
    for node in topological([claimed]):
        if node in forward:
            continue
        if node.op is CLIP:
            found[node] = node.args[0]
        elif node.op is MINIMUM and not node.shape and any(number(a) == 1 for a in node.args):
            found[node] = constant(1)
        elif node.op is WHERE and not node.args[0].shape and _is_scaled(node.args[1], node.args[2], case):
            found[node] = node.args[2]
    return found


def _is_scaled(scaled: Node, plain: Node, case: Case) -> bool:
    """One is the other by a positive factor wherever it was tried, if not by the same one."""
    if scaled.shape != plain.shape or not case.sampled.knows(scaled, plain):
        return False
    ratios = [_ratio(x, y) for _, (x, y) in case.sampled.values([scaled, plain], 4)]
    return bool(ratios) and all(r is not None and r >= 0 for r in ratios)
