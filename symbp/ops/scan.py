"""Recurrence: s_t = f(s_{t-1}, x_t, θ) for t = 1 … T, with a symbolic length T.

The body is a small graph over placeholders, so the size of everything that is derived from a
recurrence does not depend on its length.  A scan has several parts: the states and whatever else
each step gives; `part` takes one of them, with time as its first axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.algebra.node import Leaf, Node, Operation, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add
from symbp.ops.constant_arrays import full
from symbp.ops.registry import show
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import concatenate


class Placeholder(Leaf):
    """What stands for an argument inside the body of a scan.  params: its name, no facts."""

    name = "placeholder"


class Bundle(Operation):
    """Several arrays as one value: the parts of a scan, or their upstream gradients."""

    name = "bundle"


class Part(Operation):
    """One part of a scan.  params: its number."""

    name = "scan_part"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        (scan,) = node.args
        body: Body = scan.params[0]
        length = scan.params[1]
        (own,) = node.params
        parts = [
            upstream if k == own else full((length, *value.shape), 0) for k, value in enumerate(body.values)
        ]
        return [bundle(parts)]


@dataclass(frozen=True)
class Local:
    """∂L/∂node of one step backwards.  `owner` is the number of the equation that node is in."""

    word: str
    """What it is called in a program: dc, dz_f."""
    of: Node
    value: Node
    owner: int


@dataclass(frozen=True)
class Body:
    """One step: new states and further values from placeholders.

    `values` are the parts; the first `len(states)` of them are the new states.
    """

    states: tuple[Node, ...]
    sequences: tuple[Node, ...]
    fixed: tuple[Node, ...]
    values: tuple[Node, ...]
    names: tuple[str, ...] = ()
    """What the parts are called, for printing."""
    letter: str = "t"
    """The letter of time."""
    from_one: bool = True
    """Whether time is counted from 1 on paper."""
    locals: tuple[Local, ...] = ()
    """What each step works out once and uses under a name."""
    derivative_of: Node | None = None
    """The recurrence whose derivative this step belongs to."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.states + self.sequences + self.fixed


class Scan(Operation):
    """params: the body, the length, whether time runs backwards.

    Arguments: first states, sequences (time first), fixed arrays, in the order of the body.
    The derivative is another scan that runs the other way (symbp.calculus.recurrence).
    """

    name = "scan"


PLACEHOLDER, BUNDLE, PART, SCAN = Placeholder(), Bundle(), Part(), Scan()


def placeholder(name: str, like: Sequence[Size], dtype: str = "real") -> Node:
    return make(PLACEHOLDER, (), (name, ()), tuple(like), dtype)


def bundle(parts: Sequence[Node]) -> Node:
    """Several arrays as one value; sums of bundles are taken part by part."""
    return make(BUNDLE, tuple(parts), (), ())


def add_bundles(a: Node, b: Node) -> Node:
    return bundle([add(x, y) for x, y in zip(a.args, b.args, strict=True)])


def scan(
    body: Body,
    first: Sequence[Node],
    sequences: Sequence[Node],
    fixed: Sequence[Node],
    *,
    reverse: bool = False,
) -> Node:
    """Run a body over time.  OperandError where lengths or shapes do not fit."""
    lengths = {s.shape[0] for s in sequences}
    if len(lengths) != 1:
        listed = ", ".join(sorted(map(str, lengths)))
        raise OperandError(
            f"sequences of one recurrence have one length, not {listed or 'none'}",
            hint="give their first axes one size letter",
        )
    (length,) = lengths
    given = [*first, *(s for s in sequences), *fixed]
    for node, slot in zip(given, body.inputs, strict=True):
        shape = node.shape[1:] if slot in body.sequences else node.shape
        if shape != slot.shape:
            raise OperandError(f"the recurrence takes {show(slot.shape)} here, not {show(shape)}")
    for state, value in zip(body.states, body.values, strict=False):
        if state.shape != value.shape:
            raise OperandError(
                f"a step turns a state of shape {show(state.shape)} into one of {show(value.shape)}",
                mismatch=next(
                    ((a, b) for a, b in zip(state.shape, value.shape, strict=False) if a != b), None
                ),
            )
    return make(SCAN, tuple(given), (body, length, reverse), ())


def part(scanned: Node, number: int) -> Node:
    """One part of a scan: its values at all times, time first."""
    body, length, _ = scanned.params
    value = body.values[number]
    return make(PART, (scanned,), (number,), (length, *value.shape), value.dtype)


def states_before(scanned: Node, number: int) -> Node:
    """The states that the steps of a scan start from, time first."""
    values, reverse = part(scanned, number), scanned.params[2]
    head = getitem(scanned.args[number], (None, ...))
    if reverse:
        return concatenate([getitem(values, slice(1, None)), head], 0)
    return concatenate([head, getitem(values, slice(None, -1))], 0)


Node.operators["add_bundles"] = add_bundles
