"""Why a claim is wrong, in words: the usual mistakes are made in the true sweep and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from symbp.algebra.node import Node, leaf, leaves, make, replace, topological
from symbp.audit.judge import Finding
from symbp.audit.reading import Reading
from symbp.audit.same import same
from symbp.audit.sampled import Sampled
from symbp.calculus.reverse import local_adjoints, sweep
from symbp.evidence.branches import Point
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.compare import points_for
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.ops.arithmetic import total
from symbp.ops.axes import transpose
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import Elementwise

Change = Callable[[Node, Node], Sequence["Node | None"] | None]
"""(node, its adjoint) -> what it passes on to its arguments; None where nothing is changed."""
SLOPES = {"sigmoid", "tanh", "exp", "sin", "cos", "softplus", "log"}
MOST = 400
LARGEST = 1500
"""Graphs beyond this are not searched for a reason."""


def reason_for(
    finding: Finding, reading: Reading, written: str = "", condition: str = "", replaces: bool = False
) -> str:
    """What is wrong, as far as it can be said.

    `written` is what the code's own text gives reason to think, `condition` the setting under
    which the claim is wrong, `replaces` whether a loop of backward assigns to windows.
    """
    claimed, true = finding.claim.node, finding.true
    if true is None or claimed.shape != true.shape:
        return finding.reason or finding.verdict.detail
    if is_zero(claimed):
        return "it is zero, the gradient is not"
    if is_zero(true):
        return f"forward does not depend on {finding.claim.target}, its gradient is zero"
    if len(topological([claimed, true])) <= LARGEST:
        forward = [n for pair in reading.outputs for n in pair]
        sampled = Sampled([claimed, true, *topological(forward)])
        for words, candidate in _mistakes(finding.claim.of, reading, true):
            if sampled.same(candidate, claimed):
                return words
        special = _special_value(claimed, true, reading, finding.claim.of)
        if special:
            return special
        if _has_gaps(claimed, true, sampled):
            return "some of its entries are left at zero"
        if _is_diagonal(claimed, true, reading, finding.claim.of):
            return "only the diagonal of the Jacobian is there: what entries do to each other is missing"
    if condition == "stride = 1" or (replaces and condition.startswith(("kernel =", "stride = 1"))):
        return "where windows overlap, one takes the place of another: they have to be added"
    for word in ("stride", "padding"):
        if condition.startswith(word):
            return f"backward does not follow the {word} of forward"
    return written or _dependence(finding, true, reading) or at_a_point(finding)


def _mistakes(target: Node, reading: Reading, true: Node) -> Iterator[tuple[str, Node]]:
    """The gradient with one mistake in it, with the words for the mistake."""
    if true.rank == 2 and true.shape[0] == true.shape[1]:
        yield "it is transposed", transpose(true)
    order = topological([out for out, _ in reading.outputs])
    for weight in leaves(order):
        if weight.rank == 2 and weight.shape[0] == weight.shape[1] and weight is not true:
            found = _changed(target, reading, order, _turning(weight))
            if found is not None:
                yield f"{weight.name} has to be transposed on the way back", found
    squashed = [
        n for n in order if isinstance(n.op, Elementwise) and len(n.args) == 1 and n.op.name in SLOPES
    ]
    for node in squashed:
        found = _changed(target, reading, order, _at_itself(node))
        if found is not None:
            yield f"the derivative of {_function(node)} is taken at its value instead of its argument", found
    for count, (words, found) in enumerate(_without_one(target, reading)):
        if count > MOST:
            break
        if found is not None:
            yield words, found
    if reading.updated:
        yield "it is taken with the parameters after their update", replace([true], reading.updated)[0]
    yield from _of_another_quantity(target, reading, true)


def _of_another_quantity(target: Node, reading: Reading, true: Node) -> Iterator[tuple[str, Node]]:
    """A derivative that is taken at the output where the input belongs, or the reverse."""
    for output, upstream in reading.outputs:
        if output.shape == target.shape and output.args:
            yield "it passes the upstream gradient on unchanged", upstream
            words = "the derivative is taken at the upstream gradient instead of the input"
            yield words, replace([true], {target: upstream})[0]
            yield "it is forward itself, not its derivative", output * upstream
            words = "the derivative is taken at the output of forward instead of its input"
            yield words, replace([true], {target: output})[0]
            if output in set(topological([true])):
                yield (
                    "the derivative has the input of forward where its output belongs",
                    replace([true], {output: target})[0],
                )


def _special_value(claimed: Node, true: Node, reading: Reading, of: Node) -> str:
    """A value that hides the mistake: a gain of 1, an upstream gradient of ones."""
    named = {
        node: path for path, node in (*reading.parameters.items(), *reading.inputs.items()) if node.rank == 1
    }
    hidden = [(node, f"{path} is 1") for node, path in named.items() if not path.startswith("b")]
    hidden += [(up, "the upstream gradient is all ones") for _, up in reading.outputs if up.is_leaf]
    used = set(leaves([claimed, true]))
    for node, words in hidden:
        if node.dtype == "real" and node in used and node is not of:
            a, b = replace([claimed, true], {node: full(node.shape, 1)})
            if (a is b or same(a, b)) and not is_zero(b):
                return f"right only while {words}"
    return ""


def _without_one(target: Node, reading: Reading) -> Iterator[tuple[str, Node | None]]:
    order = topological([out for out, _ in reading.outputs])
    swept = sweep(reading.outputs, [n for n in order if n.dtype == "real"])
    leads = leads_to(order, target)
    between = [n for n in order if n in swept.adjoints and n in leads and n is not target]
    for node in between:
        if isinstance(node.op, Elementwise) and len(node.args) == 1:
            words = f"the inner derivative of {_function(node)} is missing"
            yield (
                "a minus sign of forward is lost in one of its terms"
                if node.op.name == "negative"
                else words,
                _changed(target, reading, order, _passing(node)),
            )
    for node in between:
        for arg in dict.fromkeys(node.args):
            count = len(swept.contributions.get(arg, []))
            if count > 1 and arg in between:
                yield (
                    f"one of the {count} paths to it is missing: {_path(node)}",
                    _changed(target, reading, order, _dropping(node, arg)),
                )
    uses = swept.contributions.get(target, [])
    for _, term in uses if len(uses) > 1 else ():
        yield f"only one of its {len(uses)} contributions is there", term


def _changed(target: Node, reading: Reading, order: list[Node], change: Change) -> Node | None:
    """The sweep where some nodes pass on something else."""
    terms: dict[Node, list[Node]] = {}
    for out, up in reading.outputs:
        terms.setdefault(out, []).append(up)
    leads = leads_to(order, target)
    for node in reversed(order):
        if node not in terms or node is target or node not in leads:
            continue
        adjoint = total(terms[node])
        passed = change(node, adjoint)
        if passed is None:
            passed = local_adjoints(node, adjoint, lambda n: n)
        for arg, term in zip(node.args, passed, strict=True):
            if term is not None and arg in leads:
                terms.setdefault(arg, []).append(term)
    return total(terms[target]) if target in terms else None


def _passing(at: Node) -> Change:
    """One node passes its adjoint on as it is."""
    return lambda node, adjoint: (
        [adjoint if node.args[0].shape == adjoint.shape else None] if node is at else None
    )


def _dropping(at: Node, arg: Node) -> Change:
    """One node passes nothing to one of its arguments."""

    def change(node: Node, adjoint: Node) -> Sequence[Node | None] | None:
        if node is not at:
            return None
        passed = local_adjoints(node, adjoint, lambda n: n)
        return [None if a is arg else term for a, term in zip(node.args, passed, strict=True)]

    return change


def _turning(weight: Node) -> Change:
    """Products with a weight go back through its transpose."""

    def change(node: Node, adjoint: Node) -> Sequence[Node | None] | None:
        if weight not in node.args or node.op is not CONTRACT:
            return None
        passed = local_adjoints(node, adjoint, lambda n: n)
        turned = tuple(transpose(weight) if a is weight else a for a in node.args)
        other = local_adjoints(
            make(node.op, turned, node.params, node.shape, node.dtype), adjoint, lambda n: n
        )
        return [own if a is weight else new for a, own, new in zip(node.args, passed, other, strict=True)]

    return change


def _at_itself(at: Node) -> Change:
    """The derivative of one function is taken at its own value."""

    def change(node: Node, adjoint: Node) -> Sequence[Node | None] | None:
        if node is not at:
            return None
        return local_adjoints(
            make(node.op, (node,), node.params, node.shape, node.dtype), adjoint, lambda n: n
        )

    return change


def _has_gaps(claimed: Node, true: Node, sampled: Sampled) -> bool:
    """The claim is the gradient, but for entries that are zero in it wherever it was tried."""
    found = False
    for _, (x, y) in sampled.values([claimed, true]):
        there = x != 0
        if not there.any() or not np.allclose(x[there], y[there]):
            return False
        found |= bool(np.abs(y[~there]).max(initial=0.0) > 0)
    return found


def _is_diagonal(claimed: Node, true: Node, reading: Reading, of: Node) -> bool:
    """The claim answers to each entry of the output alone, and there as the gradient does."""
    if not true.rank or len(reading.outputs) != 1 or reading.outputs[0][0].shape != true.shape:
        return False
    output, up = reading.outputs[0]
    if not up.is_leaf:  # the slope of a function, for which no upstream gradient is given
        up = leaf("upstream", output.shape)
        true = sweep([(output, up)], [of]).adjoints.get(of, true)
        claimed = claimed * up
    return any(_answers_alone(claimed, true, up, point) for point in points_for([claimed, true], 1))


def _answers_alone(claimed: Node, true: Node, up: Node, point: Point) -> bool:
    """At one point, where the upstream gradient has a single entry."""
    values = dict(point.values)
    if up not in values:
        return False
    unit = np.zeros_like(values[up])
    unit.flat[0] = 1.0
    values[up] = unit
    try:
        x, y = (np.asarray(v) for v in evaluate([claimed, true], values, point.sizes, Floats()))
    except NotEvaluable:
        return False
    others = np.abs(np.broadcast_to(x, unit.shape).ravel()[1:])
    return bool(
        x.flat[0] != 0 and np.isclose(x.flat[0], y.flat[0]) and not others.any() and y.ravel()[1:].any()
    )


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


def _dependence(finding: Finding, true: Node, reading: Reading) -> str:
    claimed = finding.claim.node
    held = {node: path for path, node in reading.state.items() if node.is_leaf}
    mine, wanted = ({_called(n, held) for n in topological([x]) if n.is_leaf} for x in (claimed, true))
    lost, extra = sorted(wanted - mine), sorted(mine - wanted)
    if finding.claim.how == "update":
        own = held.get(finding.claim.of, finding.claim.of.name).split(".")[-1]
        extra = [name for name in extra if name not in (own, "lr")]
    if lost:
        return f"it does not depend on {', '.join(lost)}, on which the gradient depends"
    if any(name.startswith("unset_") for name in extra):
        return "not all of what np.empty found in memory is replaced"
    if extra:
        return f"it depends on {', '.join(extra)}, on which the gradient does not depend"
    return ""


def _called(leaf: Node, held: Mapping[Node, str]) -> str:
    """What the author calls an array: the attribute that holds it, or its own name."""
    name = held.get(leaf, leaf.name).split(".")[-1]
    return "what is drawn at random" if name.startswith("random_") else name


def at_a_point(finding: Finding) -> str:
    found = finding.verdict.counterexample
    return f"it differs from the gradient: {found}" if found is not None else "it differs from the gradient"
