"""A recurrence as a loop over time.

Each part that is needed at all times is an array that the loop fills; one that is needed only at
the end is a variable that the loop carries.  Sums over time are added up in place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from symbp.algebra.node import Node, topological
from symbp.emit.numpy_text import ATOM, Piece
from symbp.lang.names import program_word
from symbp.ops.arithmetic import ADD
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import PART, SCAN, Body
from symbp.ops.structure.joining import CONCATENATE
from symbp.ops.structure.slices import GETITEM

INDENT = "    "
LONGEST = 50
"""Characters of the values carried on, beyond which each gets a line."""


class Writer(Protocol):
    """The lines of one function (symbp.emit.numpy_plan.Body)."""

    pieces: dict[Node, Piece]

    def inner(self, available: Mapping[Node, Piece]) -> Writer: ...
    def fresh(self, word: str) -> str: ...
    def time(self) -> str: ...
    def named_piece(self, node: Node, word: str) -> Piece: ...
    def write(
        self, roots: Sequence[Node], named: Mapping[Node, str], forced: Collection[Node] = ()
    ) -> None: ...
    def texts(self) -> list[str]: ...
    def add_lines(self, name: str, texts: Sequence[str]) -> None: ...
    def shape(self, node: Node, length: Node | None) -> str: ...
    def length(self, node: Node) -> str: ...
    def dtype_of(self, node: Node) -> str: ...


def shifted_states(order: Sequence[Node]) -> dict[Node, tuple[Node, Node, bool]]:
    """Sequences h[t-1] of recurrences: [h₀; h₁ … h_{T-1}] -> (h₀, h, False); True for h[t+1]."""
    found = {}
    for scan in order:
        body = scan.params[0] if scan.op is SCAN else None
        along = scan.args[len(body.states) :][: len(body.sequences)] if body is not None else ()
        for node in along:
            if node.op is not CONCATENATE or any(a.op is not GETITEM for a in node.args):
                continue
            to_later = node.args[1].params[0][0] is None
            head, states = node.args[::-1] if to_later else node.args
            if head.params[0][0] is None and states.args[0].op is PART:
                found[node] = (head.args[0], states.args[0], to_later)
    return found


class Loop:
    """One scan in the making."""

    def __init__(
        self,
        writer: Writer,
        node: Node,
        order: Sequence[Node],
        named: Mapping[Node, str],
        wanted: Collection[Node],
    ) -> None:
        self.writer, self.node, self.named = writer, node, named
        self.body: Body = node.params[0]
        self.reverse: bool = node.params[2]
        self.parts = {n.params[0]: n for n in order if n.op is PART and n.args[0] is node}
        self.ends = self._ends(order, named, wanted)
        self.arrays = {
            k: writer.fresh(self._word(k)) if named.get(n) is None else named[n]
            for k, n in self.parts.items()
            if k not in self.ends
        }
        self.time = writer.time()

    def _word(self, k: int) -> str:
        return program_word(self.body.names[k]) if k < len(self.body.names) else f"part{k}"

    def _ends(
        self, order: Sequence[Node], named: Mapping[Node, str], wanted: Collection[Node]
    ) -> dict[int, list[Node]]:
        """Parts of which only the last value is read, with the nodes that read it."""
        found: dict[int, list[Node]] = {}
        count = len(self.body.states)
        for k, part in self.parts.items():
            readers = [n for n in order if part in n.args]
            if (
                k < count
                and part not in named
                and part not in wanted
                and all(reads_end(r, self.reverse) for r in readers)
            ):
                found[k] = readers
        return found

    # -- writing --------------------------------------------------------------------------------

    def write(self) -> None:
        count, along = len(self.body.states), len(self.body.sequences)
        first, sequences = self.node.args[:count], self.node.args[count : count + along]
        needed = self._needed()
        carried = [self._carry(k) if k in needed else "" for k in range(count)]
        available = {
            s: Piece(c, ATOM, "array", s.rank) for s, c in zip(self.body.states, carried, strict=True)
        }
        opening = self._read_sequences(sequences, available)
        for slot, value in zip(self.body.fixed, self.node.args[count + along :], strict=True):
            available[slot] = self.writer.named_piece(value, program_word(slot.name))
        head = [self._buffer(k, name) for k, name in self.arrays.items()]
        head += [self._begun(k, name, first[k]) for k, name in enumerate(carried) if name]
        steps = f"range({self.writer.length(self.node)})"
        loop = f"for {self.time} in {f'reversed({steps})' if self.reverse else steps}:"
        inside = self._inside(carried, available)
        used = self._read()
        shifts = [text for slot, text in opening if slot in used]
        self.writer.add_lines("", [*head, loop, *(INDENT + text for text in (*shifts, *inside))])
        for k, readers in self.ends.items():
            for node in readers:
                self.writer.pieces[node] = Piece(carried[k], ATOM, "array", node.rank)
        for k, name in self.arrays.items():
            self.writer.pieces[self.parts[k]] = Piece(name, ATOM, "array", self.parts[k].rank)

    def _read_sequences(
        self, sequences: Sequence[Node], available: dict[Node, Piece]
    ) -> list[tuple[Node, str]]:
        """Make entries of sequences available; the lines that each step opens with, by what they set."""
        before = shifted_states([self.node, *sequences])
        opening = []
        for slot, value in zip(self.body.sequences, sequences, strict=True):
            word = program_word(slot.name.split("[")[0])
            if value in before and value not in self.writer.pieces:
                name = self.writer.fresh(f"{word}_{'before' if self.reverse else 'after'}")
                available[slot] = Piece(name, ATOM, "array", slot.rank)
                opening.append((slot, f"{name} = {self._shifted(*before[value])}"))
                continue
            piece = self.writer.named_piece(value, word)
            kind = "int" if slot.dtype == "int" else "array"
            available[slot] = Piece(f"{piece.at(ATOM)}[{self.time}]", ATOM, kind, slot.rank)
        return opening

    def _begun(self, k: int, name: str, start: Node) -> str:
        """The line that sets a state before the first step."""
        if is_zero(start):
            return f"{name} = np.zeros({self.writer.shape(start, None)}, dtype={self.writer.dtype_of(start)})"
        text = self.writer.pieces[start].text
        return f"{name} = {text}.copy()" if self._is_sum(k) else f"{name} = {text}"

    def _shifted(self, first: Node, values: Node, to_later: bool) -> str:
        """The state one step away, or the first one."""
        name, t = self.writer.pieces[values].text, self.time
        start = f"np.zeros_like({name}[0])" if is_zero(first) else self.writer.pieces[first].text
        if to_later:
            return f"{name}[{t} + 1] if {t} + 1 < len({name}) else {start}"
        return f"{name}[{t} - 1] if {t} > 0 else {start}"

    def _buffer(self, k: int, name: str) -> str:
        value = self.body.values[k]
        return (
            f"{name} = np.empty({self.writer.shape(value, self.node)}, dtype={self.writer.dtype_of(value)})"
        )

    def _carry(self, k: int) -> str:
        """The variable that a state is carried in; a sum has the name of what it ends as."""
        if self._is_sum(k):
            given = [self.named[n] for n in self.ends[k] if n in self.named]
            return given[0] if given else self.writer.fresh(self._word(k))
        return self.writer.fresh(f"{self._word(k)}_{'next' if self.reverse else 'prev'}")

    def _is_sum(self, k: int) -> bool:
        """A state that only adds something up, and of which only the sum is read."""
        return k in self.ends and self._only_adds(k)

    def _only_adds(self, k: int) -> bool:
        """Whether a step adds to this state, and reads it for nothing else."""
        value, state = self.body.values[k], self.body.states[k]
        adds = value.op is ADD and value.args[0] is state and value.args[1].shape == value.shape
        others = [v for j, v in enumerate(self.body.values) if j != k]
        return adds and state not in topological([value.args[1], *others])

    def _needed(self) -> list[int]:
        """Parts that the loop works out: what is read after it, and what it carries on."""
        count = len(self.body.states)
        kept = [k for k in range(len(self.body.values)) if k in self.arrays or k < count]
        idle = [k for k in kept if k < count and k not in self.parts and self._only_adds(k)]
        return [k for k in kept if k not in idle]

    def _read(self) -> set[Node]:
        """What one step reads."""
        return set(topological([self.body.values[k] for k in self._needed()]))

    def _inside(self, carried: Sequence[str], available: Mapping[Node, Piece]) -> list[str]:
        """The statements of one step: arrays, sums, and last what is carried on."""
        inner = self.writer.inner(available)
        values = self.body.values
        needed = self._needed()
        sums = [k for k in needed if k < len(carried) and self._is_sum(k)]
        terms = {k: values[k].args[1] for k in sums}
        roots = [terms.get(k, values[k]) for k in needed]
        named: dict[Node, str] = {}
        for k in needed:
            if k in self.arrays and values[k] not in available:
                named.setdefault(values[k], f"{self.arrays[k]}[{self.time}]")
        for local in self.body.locals:
            if local.value not in available and local.value not in named:
                named[local.value] = self.writer.fresh(local.word)
        below = set(topological(roots))
        steps = [local.value for local in self.body.locals if local.value in below]
        gates = [values[k] for k in needed if k >= len(carried)]
        inner.write([*steps, *gates, *roots], named, ())
        lines = inner.texts()
        for k in needed:
            if k in self.arrays and inner.pieces[values[k]].text != f"{self.arrays[k]}[{self.time}]":
                lines.append(f"{self.arrays[k]}[{self.time}] = {inner.pieces[values[k]].text}")
        lines += [f"{carried[k]} += {inner.pieces[terms[k]].text}" for k in sums]
        moved = [k for k in needed if k < len(carried) and k not in sums]
        moved = [k for k in moved if inner.pieces[values[k]].text != carried[k]]
        texts = [inner.pieces[values[k]].text for k in moved]
        if len(", ".join(texts)) > LONGEST and len(moved) > 1:
            news = [self.writer.fresh(f"{self._word(k)}_new") for k in moved]
            lines += [f"{new} = {text}" for new, text in zip(news, texts, strict=True)]
            texts = news
        if moved:
            lines.append(f"{', '.join(carried[k] for k in moved)} = {', '.join(texts)}")
        return lines


def reads_end(node: Node, reverse: bool) -> bool:
    """Whether a node is what a recurrence gives at its last step, and nothing more."""
    if node.op is not GETITEM:
        return False
    head, *rest = node.params[0]
    part = node.args[0]
    end = part.shape[0] * 0 if reverse else part.shape[0] - 1
    whole = all(p is not None and p.is_whole(s) for p, s in zip(rest, part.shape[1:], strict=True))
    return head is not None and head.drop and head.start == end and whole
