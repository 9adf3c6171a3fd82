"""Nodes brought to what NumPy has a spelling for, before any line is planned.

Definitions stand in for operations without a spelling; products of several arrays become products
of two; x³ becomes multiplications (a float power costs a hundred times as much).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from symbp.algebra.node import Node, Operation, constant, make, number, rebuild, topological
from symbp.algebra.size import Size
from symbp.emit.numpy_balance import balance
from symbp.emit.numpy_precise import SECH_SQUARED, SIGMOID_SLOPE, AtHand, precise
from symbp.errors import UnsupportedError
from symbp.laws.patterns import repeated
from symbp.laws.stable import stabilised
from symbp.ops.arithmetic import (
    ADD,
    DIVIDE,
    MULTIPLY,
    POWER,
    SUBTRACT,
    add,
    divide,
    multiply,
    power,
    subtract,
)
from symbp.ops.compare import GREATER, greater
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.elementwise import relu, sigmoid
from symbp.ops.scan import BUNDLE, PART, SCAN
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.integer_arrays import arange
from symbp.ops.structure.one_hot import ONEHOT
from symbp.ops.structure.reshaping import RESHAPE, reshape
from symbp.ops.structure.slices import GETITEM
from symbp.ops.structure.stopped import STOP_GRADIENT

ARITHMETIC: dict[Operation, Callable[[Node, Node], Node]] = {
    ADD: add,
    SUBTRACT: subtract,
    MULTIPLY: multiply,
    DIVIDE: divide,
}
LARGEST_POWER = 16
"""Integer powers up to this one are written as products."""


class Lowering:
    """Node -> an equal node whose operations all have a spelling.  Remembers what it has done."""

    def __init__(self, spelled: Callable[[str], bool]) -> None:
        self.spelled = spelled
        self.done: dict[Node, Node] = {}
        self.stable: dict[Node, Node] = {}
        self.at_hand = AtHand()
        self.in_step = False
        """Whether this is a step of a recurrence, which keeps values and takes slopes from them."""
        self.keeps_stops = False
        """Whether stop_gradient is to be told from the array that it is of, as the check does."""

    def __call__(self, root: Node) -> Node:
        self.all([root])
        return self.done[root]

    def all(self, roots: Iterable[Node]) -> list[Node]:
        """Several roots at once.  UnsupportedError for an operation that nothing can write."""
        roots = list(roots)
        for node in topological(roots, stop=lambda n: n in self.done):
            if node not in self.done:
                current = rebuild(node, tuple(self.done[a] for a in node.args))
                self.done[node] = self._step(current)
        return [self.done[r] for r in roots]

    def _step(self, node: Node) -> Node:
        if node in self.done:
            return self.done[node]
        after = self._rewritten(node)
        result = node if after is None else self(after)
        if self.at_hand.in_gradient:
            result = balance(node, result)
        self.done[node] = result
        return result

    def _rewritten(self, node: Node) -> Node | None:
        """A simpler form (definitions nest a few levels, so does the lowering of them)."""
        after = precise(node, self.at_hand)
        if after is not None and not (self.in_step and after.op is SECH_SQUARED):
            return after
        if node.op is SECH_SQUARED and (after := self._slope_beside(node)) is not None:
            return after
        if node.op is STOP_GRADIENT and (node.params or not self.keeps_stops):
            return node.args[0]
        if node.op is POWER:
            return _power(node)
        if node.op is CONTRACT:
            return _contraction(node)
        if node.op in ARITHMETIC and (after := _broadcast(node)) is not None:
            return after
        if node.op is GREATER and (after := self._mask_of_relu(node)) is not None:
            return after
        if node.op is RESHAPE and (after := _reshape(node)) is not None:
            return after
        if node.op is SCAN:
            return self._scan(node)
        if node.op in (PART, BUNDLE) or node.is_leaf or self.spelled(node.op.name):
            return None
        meaning = node.op.definition(node)
        if meaning is None:
            raise UnsupportedError(
                f"{node.op.name} cannot be written in NumPy yet", hint="write it by simpler operations"
            )
        return stabilised([meaning], self.stable)[meaning]

    def _scan(self, node: Node) -> Node | None:
        """A recurrence with a body of spelled operations."""
        body, *rest = node.params
        self.in_step = True
        lowered = self.all([*body.values, *(local.value for local in body.locals)])
        self.in_step = False
        values, named = tuple(lowered[: len(body.values)]), lowered[len(body.values) :]
        if values == body.values:
            return None
        kept = (dataclasses.replace(k, value=v) for k, v in zip(body.locals, named, strict=True))
        after = dataclasses.replace(body, values=values, locals=tuple(kept))
        return make(SCAN, node.args, (after, *rest), ())

    def _slope_beside(self, node: Node) -> Node | None:
        """sech² x is 4 σ(2x) σ(-2x): where σ(2x) is worked out, it needs no further exponential."""
        doubled = multiply(2, node.args[0])
        beside = self.at_hand.by_slopes and sigmoid(doubled) in self.at_hand.computed
        return multiply(4, SIGMOID_SLOPE(doubled)) if beside else None

    def _mask_of_relu(self, node: Node) -> Node | None:
        """[x > 0] is [relu(x) > 0]: where relu(x) is kept, x need not be."""
        x, bound = node.args
        if number(bound) != 0 or x.is_leaf or x.dtype != "real":
            return None
        output = relu(x)
        return greater(output, 0) if output in self.at_hand.computed and x.op is not output.op else None


def _broadcast(node: Node) -> Node | None:
    """Arrays that are repeated only to meet another array of the full shape are left to broadcasting."""
    a, b = node.args
    if b.shape == node.shape and (x := _unrepeated(a)) is not None:
        return ARITHMETIC[node.op](x, b)
    if a.shape == node.shape and (x := _unrepeated(b)) is not None:
        return ARITHMETIC[node.op](a, x)
    return None


def _unrepeated(node: Node) -> Node | None:
    """x where node is x repeated along axes, or that times a scalar."""
    x = repeated(node)
    if x is not None or node.op not in (MULTIPLY, DIVIDE):
        return x
    a, b = node.args
    if not b.shape and (x := repeated(a)) is not None:
        return ARITHMETIC[node.op](x, b)
    if not a.shape and node.op is MULTIPLY and (x := repeated(b)) is not None:
        return multiply(a, x)
    return None


def _reshape(node: Node) -> Node | None:
    """New axes of size 1 before a reshape do nothing."""
    (x,) = node.args
    if x.op is not GETITEM or any(part is not None and part.drop for part in x.params[0]):
        return None
    inner = x.args[0]
    taken = [part for part in x.params[0] if part is not None]
    if all(part.is_whole(size) for part, size in zip(taken, inner.shape, strict=True)):
        return reshape(inner, node.shape)
    return None


def _power(node: Node) -> Node | None:
    """x³ = x² x, x⁻³ = 1/x³; squares stay."""
    x, exponent = node.args
    value = number(exponent)
    if value is None or value.denominator != 1 or value == 2 or abs(value) > LARGEST_POWER:
        return None
    if value < 0:
        return divide(constant(1), power(x, -value))
    half = int(value) // 2
    square = power(power(x, half), 2) if half > 1 else power(x, 2)
    return multiply(square, x) if value % 2 else square


def _contraction(node: Node) -> Node | None:
    """At most two arguments, each with labels that matter beyond itself; one step at a time."""
    inputs, out, sizes = node.params
    named = dict(enumerate(sizes))
    distinct = tuple(dict.fromkeys(out))
    if len(node.args) < 2:
        return _scalar_out_of_sum(node)
    if (chosen := _chosen_entries(node)) is not None:
        return chosen
    present = {label for labels in inputs for label in labels}
    inner = tuple(label for label in distinct if label in present)
    if inner != out:
        return contract([contract(node.args, inputs, inner, named)], [inner], out, named)
    for k, labels in enumerate(inputs):
        others = {x for j, s in enumerate(inputs) if j != k for x in s} | set(out)
        kept = tuple(x for x in dict.fromkeys(labels) if x in others)
        if len(kept) < len(set(labels)):
            summed = contract([node.args[k]], [labels], kept, named)
            args = [*node.args[:k], summed, *node.args[k + 1 :]]
            return contract(args, [*inputs[:k], kept, *inputs[k + 1 :]], out, named)
    return _paired(node, named) if len(node.args) > 2 else None


def _chosen_entries(node: Node) -> Node | None:
    """Σ_c onehot(y)_rc x_rc is x[arange(n), y]."""
    inputs, out, _ = node.params
    if len(node.args) != 2 or inputs[0] != inputs[1] or len(inputs[0]) != 2 or out != inputs[0][:1]:
        return None
    for mask, x in (node.args, node.args[::-1]):
        if mask.op is ONEHOT:
            return getitem(x, (arange(x.shape[0]), mask.args[0]))
    return None


def _scalar_out_of_sum(node: Node) -> Node | None:
    """Σ x/n -> (Σ x)/n and Σ c x -> c Σ x for scalars: one operation on a smaller array."""
    inputs, out, sizes = node.params
    if not node.args or node.args[0].op not in (MULTIPLY, DIVIDE) or set(inputs[0]) <= set(out):
        return None
    op = node.args[0].op
    a, b = node.args[0].args
    named = dict(enumerate(sizes))
    if a.shape and not b.shape:
        return ARITHMETIC[op](contract([a], inputs, out, named), b)
    if b.shape and not a.shape and op is MULTIPLY:
        return multiply(a, contract([b], inputs, out, named))
    return None


def _paired(node: Node, named: Mapping[int, Size]) -> Node:
    """The product of the two arguments whose product is smallest, then the rest."""
    inputs, out, _ = node.params
    count = len(node.args)
    best: tuple[int, int, int, tuple[int, ...]] | None = None
    for i in range(count):
        for j in range(i + 1, count):
            later = {x for k, s in enumerate(inputs) if k not in (i, j) for x in s} | set(out)
            made = tuple(x for x in dict.fromkeys(inputs[i] + inputs[j]) if x in later)
            if best is None or len(made) < best[0]:
                best = (len(made), i, j, made)
    assert best is not None
    _, i, j, made = best
    made = tuple(x for x in out if x in made) + tuple(x for x in made if x not in out)
    first = contract([node.args[i], node.args[j]], [inputs[i], inputs[j]], made, named)
    args = [first, *(a for k, a in enumerate(node.args) if k not in (i, j))]
    labels = [made, *(s for k, s in enumerate(inputs) if k not in (i, j))]
    return contract(args, labels, out, named)
