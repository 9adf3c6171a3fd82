"""What the fast style plans: values that live somewhere, and calls that read and write them.

A `Layout` is the program between the derivation and the template.  Every pass takes one and gives
another; the records never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    """How a constant is made; {shape} stands for its shape, {count} for the length of its first axis, {row}
    for a shape that may be repeated."""
    given: bool = False
    """The name stands in the model."""
    row: tuple[Size, ...] = ()
    """The last axes of a repeated constant, which serve as well where the whole would be large."""
    steps: Size | None = None
    """How often a loop reads a matrix that is laid out for it; {steps} in how it is made."""

    @property
    def entries(self) -> Size:
        return product(self.shape)


@dataclass(frozen=True, slots=True)
class Operand:
    """A value as a call sees it: the key of the value, and a view of it (".T", ".reshape(n, d)")."""

    key: int
    view: str = ""
    contiguous: bool = True
    shape: tuple[Size, ...] | None = None
    """The sizes of the view, where they are known."""
    in_order: bool = False
    """The view has all entries of the value, in their order."""
    by_rows: bool = False
    """The view leaves the first axis alone: its text holds for any rows of the value."""

    @property
    def is_whole(self) -> bool:
        """All entries of the value, in their order."""
        return not self.view or self.in_order

    @property
    def keeps_first(self) -> bool:
        """The first axis is that of the value."""
        return not self.view or self.by_rows


@dataclass(frozen=True, slots=True)
class Loop:
    """Calls start … stop - 1 are done for blocks of rows that stay in the cache."""

    start: int
    stop: int
    rows: Size
    """How many rows there are."""
    block: str
    """The size letter that stands for the rows of one block."""
    width: Size
    """Entries of the longest row."""
    quiet: tuple[str, ...] = ()
    """Which kinds of floating-point errors are ignored, of exponentials that are done again with a shift."""
    runs: tuple[Size, ...] = ()
    """Entries between the starts of broadcasting: where all are many, NumPy's buffer is kept short."""


@dataclass(frozen=True, slots=True)
class TimeLoop:
    """The calls between its two marks are done for one step of a recurrence after the other."""

    time: str
    """The variable of time; a view that holds it is another one at each step."""
    length: Size
    reverse: bool
    quiet: bool = False
    """Holds exponentials that may overflow, and are right then."""


@dataclass(frozen=True, slots=True)
class Call:
    """One statement.  `text` has {0}, {1} … where its operands stand and {out} for what it writes.

    {own start} in it is a variable of the step that is called so where that is free.
    """

    text: str
    reads: tuple[Operand, ...]
    out: Operand | None
    kind: str
    """"entrywise", "product", "sum", "copy", "choice" (bit by bit), "update" (changes what it writes) or
    "plain"; "time" and "again" mark where a loop over time starts and ends, and the latter reads what is
    carried on."""
    node: Node | None = None
    flops: Size = field(default_factory=lambda: Size.of(0))
    also: tuple[Operand, ...] = ()
    """What it writes besides; {a0}, {a1} … in the text."""
    in_block: str = ""
    """How it is written inside a loop over blocks of rows, where that differs."""
    each_row: bool = False
    """Treats each entry of the first axis for itself, though it is no operation entry by entry."""
    each: Callable[[Call], tuple[Call, ...]] | None = None
    """What gives the same, but for rounding, as calls that a compiled loop does row by row."""
    loop: TimeLoop | None = None
    """The loop over time that it starts."""

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.reads, *self.writes)

    @property
    def writes(self) -> tuple[Operand, ...]:
        return self.also if self.out is None else (self.out, *self.also)


@dataclass(frozen=True, slots=True)
class Fused:
    """Calls start … stop - 1 can be done by one compiled loop over rows of so many entries."""

    start: int
    stop: int
    rows: Size
    width: Size
    calls: tuple[Call, ...]
    """The same calls as the loop does them."""
    ended: frozenset[int]
    """Keys of values that nothing else needs: they have no memory in the loop, or that of one row."""


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
    loops: tuple[Loop, ...] = ()
    marks: Mapping[str, Operand] = field(default_factory=dict)
    """What stands for an operand in plain expressions."""
    fused: tuple[Fused, ...] = ()


def exchanged(call: Call, old: int, new: int) -> Call:
    """The call with another value in the place of one."""

    def moved(operand: Operand) -> Operand:
        return replace(operand, key=new) if operand.key == old else operand

    if all(o.key != old for o in call.operands):
        return call
    out = None if call.out is None else moved(call.out)
    return replace(call, reads=tuple(map(moved, call.reads)), out=out, also=tuple(map(moved, call.also)))


def renamed(layout: Layout, old: int, new: int) -> Layout:
    """The same with another value in the place of one."""
    marks = {m: replace(o, key=new) if o.key == old else o for m, o in layout.marks.items()}
    return replace(layout, calls=tuple(exchanged(c, old, new) for c in layout.calls), marks=marks)


def time_spans(calls: Sequence[Call]) -> list[tuple[int, int, TimeLoop]]:
    """Of each loop over time the positions of its first mark and after its last, and the loop."""
    starts = [(k, call.loop) for k, call in enumerate(calls) if call.loop is not None]
    stops = [k + 1 for k, call in enumerate(calls) if call.kind == "again"]
    return [(start, stop, loop) for (start, loop), stop in zip(starts, stops, strict=True)]


def repeated(calls: Sequence[Call]) -> list[tuple[Call, Size]]:
    """Each call with how often it is done."""
    spans = time_spans(calls)
    often = [next((loop.length for a, b, loop in spans if a <= k < b), Size.of(1)) for k in range(len(calls))]
    return list(zip(calls, often, strict=True))


def last_uses(layout: Layout) -> dict[int, int]:
    """Key -> position of the last call that touches the value; returned ones live to the end.

    What a loop takes from before it, it needs until its last round.
    """
    last = {o.key: k for k, call in enumerate(layout.calls) for o in call.operands}
    first: dict[int, int] = {}
    for k, call in enumerate(layout.calls):
        for operand in call.writes:
            first.setdefault(operand.key, k)
    spans = [(loop.start, loop.stop) for loop in layout.loops]
    spans += [(start, stop) for start, stop, _ in time_spans(layout.calls)]
    for start, stop in spans:
        for key, k in last.items():
            if start <= k < stop and first.get(key, -1) < start:
                last[key] = stop - 1
    for operand in (*layout.outputs, *(o for _, o in layout.results)):
        last[operand.key] = len(layout.calls)
    return last


def noted(layout: Layout, name: str, text: str) -> Layout:
    """The same with a line for the report."""
    return replace(layout, notes=(*layout.notes, (name, text)))


def total(sizes: Iterable[Size]) -> Size:
    """The sum of sizes."""
    result = Size.of(0)
    for size in sizes:
        result = result + size
    return result
