"""Laws that replace a formula by one that is equal and does not overflow.

They are applied to the forward pass before anything is derived, so that the gradients come out
stable and short too: log softmax(z) is log_softmax(z), 1/(1 + e^-x) is σ(x).  The check compares
the gradients with those of the model as it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from symbp.algebra.node import Node, number, rebuild, topological
from symbp.ops.arithmetic import ADD, NEGATIVE, SUBTRACT, negative
from symbp.ops.contract import CONTRACT
from symbp.ops.elementwise import log_sigmoid, sigmoid, softplus
from symbp.ops.extrema import MAX
from symbp.ops.softmax import LOGSUMEXP, SOFTMAX, log_softmax, logsumexp, softmax

Rewrite = Callable[[Node], "Node | None"]


def stabilised(roots: Iterable[Node], known: dict[Node, Node] | None = None) -> dict[Node, Node]:
    """Every node below the roots with its stable form (itself where no law applies).

    They are added to those that are known from before, below which nothing is visited.
    """
    done = {} if known is None else known
    for node in topological(roots, stop=lambda n: n in done):
        if node in done:
            continue
        current = rebuild(node, tuple(done[a] for a in node.args))
        for rule in RULES.get(current.op.name, ()):
            after = rule(current)
            if after is not None:
                current = after
                break
        done[node] = current
    return done


def _is(node: Node, name: str) -> bool:
    return node.op.name == name


def _exponent(node: Node) -> Node | None:
    return node.args[0] if _is(node, "exp") else None


def _one_plus_exp(node: Node) -> Node | None:
    """x where node is 1 + e^x."""
    if node.op is not ADD:
        return None
    for one, other in (node.args, node.args[::-1]):
        if number(one) == 1 and (x := _exponent(other)) is not None:
            return x
    return None


def _summed(node: Node) -> tuple[Node, tuple[int, ...], bool] | None:
    """(x, axes, keepdims) where node is the sum of x over axes, the others in order."""
    if node.op is not CONTRACT or len(node.args) != 1:
        return None
    (labels,), out, sizes = node.params
    if len(set(labels)) < len(labels) or len(set(out)) < len(out):
        return None
    axes = tuple(a for a, label in enumerate(labels) if label not in out)
    kept = [label for label in out if label in labels]
    if kept != [label for label in labels if label in out] or not axes:
        return None
    if len(out) == len(kept):
        return node.args[0], axes, False
    if len(out) != len(labels):
        return None
    for label, own in zip(out, labels, strict=True):
        if own in out and label != own:
            return None
        if own not in out and not sizes[label].is_one:
            return None
    return node.args[0], axes, True


def _log(node: Node) -> Node | None:
    (x,) = node.args
    if x.op is SOFTMAX:
        return log_softmax(x.args[0], x.params[0])
    if _is(x, "sigmoid"):
        return log_sigmoid(x.args[0])
    if x.op is SUBTRACT and number(x.args[0]) == 1 and _is(x.args[1], "sigmoid"):
        return log_sigmoid(negated(x.args[1].args[0]))
    if (z := _one_plus_exp(x)) is not None:
        return softplus(z)
    summed = _summed(x)
    if summed is not None and (z := _exponent(summed[0])) is not None:
        return logsumexp(z, summed[1], summed[2])
    return None


def negated(x: Node) -> Node:
    return x.args[0] if x.op is NEGATIVE else negative(x)


def _divide(node: Node) -> Node | None:
    a, b = node.args
    if (x := _one_plus_exp(b)) is not None:
        if number(a) == 1:
            return sigmoid(negated(x))
        if _exponent(a) is x:
            return sigmoid(x)
    summed = _summed(b)
    z = _exponent(a)
    if z is None or summed is None or summed[0] is not a or len(summed[1]) != 1:
        return None
    axis = summed[1][0]
    if not summed[2] and axis != 0:
        return None
    return softmax(_unshifted(z, axis), axis)


def _unshifted(z: Node, axis: int) -> Node:
    """x where z is x - max(x): softmax does not see a shift."""
    if z.op is SUBTRACT and z.args[1].op is MAX and z.args[1].args[0] is z.args[0]:
        axes, keepdims = z.args[1].params
        if axes == (axis,) and (keepdims or axis == 0):
            return z.args[0]
    return z


def _subtract(node: Node) -> Node | None:
    a, b = node.args
    if b.op is LOGSUMEXP and b.args[0] is a and len(b.params[0]) == 1:
        axes, keepdims = b.params
        if keepdims or axes[0] == 0:
            return log_softmax(a, axes[0])
    return None


RULES: dict[str, tuple[Rewrite, ...]] = {
    "log": (_log,),
    "divide": (_divide,),
    "subtract": (_subtract,),
}
"""Operation -> laws, tried in order."""
