"""Claims that hold together with the loss or the activation behind them."""

from __future__ import annotations

from collections.abc import Iterator

from symbp.algebra.node import Node, leaf, topological
from symbp.algebra.node import replace as substituted
from symbp.audit.case import Case
from symbp.audit.proportion import proportion
from symbp.audit.reading import Claim
from symbp.audit.same import same
from symbp.audit.severity import PAIR, WRONG, Convention
from symbp.calculus.reverse import sweep
from symbp.ops.constant_arrays import full
from symbp.ops.elementwise import sigmoid
from symbp.ops.softmax import softmax


def _squashed(node: Node) -> Iterator[tuple[str, Node]]:
    for axis in range(-1, -node.rank - 1, -1):
        if not node.shape[axis].is_one:
            yield "softmax", softmax(node, axis)
    yield "sigmoid", sigmoid(node)


def identity_of_softmax(claim: Claim, case: Case, true: Node) -> Convention | None:
    """A softmax that passes its upstream on, as beside a loss that gives p - y."""
    reading = case.reading
    if len(reading.outputs) != 1 or reading.loss or claim.of not in reading.inputs.values():
        return None
    output, upstream = reading.outputs[0]
    if claim.node is not upstream and not case.sampled.same(claim.node, upstream):
        return None
    for name, squashed in _squashed(claim.of):
        if squashed.shape == output.shape and same(output, squashed):
            words = f"passes the upstream on: right behind a cross-entropy by what enters the {name}"
            return Convention(PAIR, words)
    return None


def fused(claim: Claim, case: Case, true: Node) -> Convention | None:
    """A loss of probabilities that gives the gradient for the logits."""
    reading = case.reading
    if (
        not reading.loss
        or (reading.slope and len(reading.inputs) < 2)
        or claim.of not in reading.inputs.values()
    ):
        return None
    output = reading.outputs[0][0]
    if not any(n.op.name in ("log", "xlogy", "log_softmax", "logsumexp") for n in topological([output])):
        return None
    logits = leaf("logits", claim.of.shape)
    for name, squashed in _squashed(logits):
        new_output, new_claim = substituted([output, claim.node], {claim.of: squashed})
        adjoint = sweep([(new_output, full(new_output.shape, 1))], [logits]).adjoints.get(logits)
        if adjoint is None or adjoint.shape != new_claim.shape:
            continue
        found = None if same(new_claim, adjoint) else proportion(new_claim, adjoint)
        if found is None and not same(new_claim, adjoint):
            continue
        if found is not None and found.negative:
            words = f"it is {found.text.removesuffix('1')} the gradient for what enters the {name}"
            return Convention(WRONG, f"the sign is wrong: {words}")
        factor = "" if found is None or found.text == "1" else f", {found.text} times"
        return Convention(PAIR, f"the gradient for what enters the {name}{factor}: right as a pair with it")
    return None
