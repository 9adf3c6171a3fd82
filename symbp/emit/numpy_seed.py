"""The factor dL: gradients are linear in the upstream gradient of the loss, so it enters once.

The derivation takes ∂L/∂L = 1.  `backward(cache, dL)` scales every path from the loss where it
starts: the parts of a formula that no adjoint stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from symbp.algebra.node import ADJOINT, Node, rebuild, topological
from symbp.ops.arithmetic import ADD, SUBTRACT, multiply
from symbp.ops.compare import WHERE
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import SCAN
from symbp.ops.structure.joining import CONCATENATE

SUMS = (ADD, SUBTRACT, CONCATENATE)


def seeded(value: Node, seed: Node, tidy: Callable[[Node], Node], forward: Container[Node]) -> Node:
    """A gradient for upstream `seed` instead of 1; adjoints in it are for that upstream already.

    Nodes of the forward pass hold no adjoints; nothing below them is looked at.
    """
    order = topological([value], stop=lambda n: n.op is ADJOINT or n in forward)
    depends: set[Node] = set()
    for node in order:
        if node.op is ADJOINT or linear_arguments(node) or any(a in depends for a in node.args):
            depends.add(node)
    if value not in depends:
        return value if is_zero(value) else tidy(multiply(seed, value))
    carrying = _carrying(value, depends)
    done: dict[Node, Node] = {}
    for node in order:
        if node not in carrying:
            continue
        if node not in depends:
            done[node] = node if is_zero(node) else tidy(multiply(seed, node))
        elif node.op is ADJOINT:
            done[node] = node
        else:
            done[node] = rebuild(node, tuple(done.get(a, a) for a in node.args))
    return done[value]


def _carrying(value: Node, depends: set[Node]) -> set[Node]:
    """The nodes through which the upstream gradient comes in: addends, and what holds adjoints."""
    found: set[Node] = set()
    stack = [value]
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found.add(node)
        if node not in depends or node.op is ADJOINT:
            continue
        if node.op in SUMS:
            stack.extend(node.args)
        elif node.op is WHERE:
            stack.extend(node.args[1:])
        elif linear_arguments(node):
            stack.extend(linear_arguments(node))
        else:
            stack.extend(a for a in node.args if a in depends)
    return found


def linear_arguments(node: Node) -> list[Node]:
    """What comes into a backward recurrence from the loss: where it starts, and what each step is given."""
    if node.op is not SCAN or node.params[0].derivative_of is None:
        return []
    body = node.params[0]
    count = len(body.states)
    given = zip(body.sequences, node.args[count:], strict=False)
    return [*node.args[:count], *(arg for slot, arg in given if slot.name.startswith("∂⁺"))]
