"""Gradients by values between the inputs and the outputs: h in L(h(x)).

As a formula is built, operations merge (Σ of Σ is one sum), so a value with a name need not occur in
what is computed from it.  Here the model is read once more with every named value kept whole, and cut
at the one that is asked for: that becomes a leaf, as independent as an input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from symbp.algebra.node import Node, as_node, leaf, replace, topological
from symbp.calculus.reverse import sweep
from symbp.lang.program import Program
from symbp.ops.constant_arrays import full
from symbp.ops.kept import KEPT, kept, released

Seeds = Sequence[tuple[Node, Node]]


@dataclass(frozen=True)
class Cut:
    """A model cut at one value: its outputs as functions of a leaf `slot` in the value's place."""

    outputs: tuple[tuple[Node, Node], ...]
    slot: Node
    value: Node

    @cached_property
    def adjoint(self) -> Node:
        """The gradient of Σ ⟨output, upstream⟩ by the slot."""
        found = sweep(self.outputs, [self.slot]).adjoints.get(self.slot)
        return full(self.slot.shape, 0) if found is None else found

    @property
    def gradient(self) -> Node:
        """The same as a function of the inputs: with the value in its slot."""
        return replace([self.adjoint], {self.slot: self.value})[0]


def cut(program: Program, node: Node, seeds: Seeds | None = None) -> Cut:
    """The program cut at a named node; `seeds` are other pairs (output, upstream) than its own."""
    pairs = program_seeds(program) if seeds is None else seeds
    whole, name = program.unmerged, program.names[node].ascii
    value = _inside(whole.nodes[name])
    slot = leaf(name, node.shape)
    outputs = [_inside(whole.nodes[program.names[o].ascii]) if o in program.names else o for o, _ in pairs]
    opened = released(replace(outputs, {kept(value): slot, value: slot}))
    seeded = zip(opened, (up for _, up in pairs), strict=True)
    return Cut(tuple(seeded), slot, released([value])[0])


def is_hidden(program: Program, node: Node) -> bool:
    """Whether a use of a named node has merged with what is computed from it, or may have."""
    outputs, whole = [o for o, _ in program_seeds(program)], program.unmerged
    opened = released([_inside(whole.nodes[program.names[o].ascii]) for o in outputs])
    return opened != outputs or node not in topological(outputs)


def program_seeds(program: Program) -> list[tuple[Node, Node]]:
    """The outputs of a program with their upstream gradients."""
    nodes = program.nodes
    pairs = [(nodes[out], as_node(1) if up is None else nodes[up]) for out, up in program.outputs]
    return [(out, full(out.shape, 1) if up.shape != out.shape else up) for out, up in pairs]


def _inside(node: Node) -> Node:
    return node.args[0] if node.op is KEPT else node
