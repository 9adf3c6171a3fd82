"""What the fast style plans: values that live somewhere, and calls that read and write them.

A `Layout` is the program between the derivation and the template.  Every pass takes one and gives
another; the records never change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product


@dataclass(frozen=True, slots=True)
class Value:
    """An array (or a number) of the step.

    `place` says where it lives: "argument" (given by the caller), "constant" (made once),
    "workspace" (memory that values share), "result" (a gradient, kept until the next call) or
    "local" (made anew at each call: numbers, and what has no form with `out`).
    """

    name: str
    shape: tuple[Size, ...]
    kind: str
    place: str
    made: str = ""
    """How a constant is made."""
    given: bool = False
    """The name stands in the model."""

    @property
    def entries(self) -> Size:
        return product(self.shape)


@dataclass(frozen=True, slots=True)
class Operand:
    """A value as a call sees it: the key of the value, and a view of it (".T", ".reshape(n, d)")."""

    key: int
    view: str = ""
    contiguous: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One statement.  `text` has {0}, {1} … where its operands stand and {out} for what it writes."""

    text: str
    reads: tuple[Operand, ...]
    out: Operand | None
    kind: str
    """"entrywise", "product", "sum", "copy", "update" (changes what it writes) or "plain"."""
    node: Node | None = None
    flops: Size = field(default_factory=lambda: Size.of(0))
    note: str = ""

    @property
    def operands(self) -> tuple[Operand, ...]:
        return self.reads if self.out is None else (*self.reads, self.out)


@dataclass(frozen=True, slots=True)
class Layout:
    """The step: its values by key, its calls in order, what it returns, what the passes did."""

    values: tuple[Value, ...]
    calls: tuple[Call, ...]
    outputs: tuple[Operand, ...]
    results: tuple[tuple[str, Operand], ...]
    slots: tuple[int, ...] = ()
    """For each value the key of the value whose memory it uses (itself at first)."""
    notes: tuple[tuple[str, str], ...] = ()
    """(pass, what it did)"""
    marks: Mapping[str, Operand] = field(default_factory=dict)
    """What stands for an operand in plain expressions."""


def last_uses(layout: Layout) -> dict[int, int]:
    """Key -> position of the last call that touches the value; returned ones live to the end."""
    last = {o.key: k for k, call in enumerate(layout.calls) for o in call.operands}
    for operand in (*layout.outputs, *(o for _, o in layout.results)):
        last[operand.key] = len(layout.calls)
    return last


def total(sizes: Iterable[Size]) -> Size:
    """The sum of sizes."""
    result = Size.of(0)
    for size in sizes:
        result = result + size
    return result
