"""Calls for recurrences: a loop over time whose states and saved values are slices of whole arrays.

A state that is read at other steps, or after the loop, has an array with one entry more than there
are steps: the first one is where it starts.  A state of which only the end is read is carried in
one array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.emit.fast.joint import Joint
from symbp.emit.fast.layout import Call, Operand, TimeLoop, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_join import reserve
from symbp.emit.numpy_scan import reads_end
from symbp.emit.numpy_text import Piece
from symbp.emit.numpy_uses import is_view
from symbp.lang.names import program_word
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import PART, Body, states_before


def loop_over_time(placing: Placing, node: Node) -> bool:
    """One pass through the steps; afterwards the parts are arrays."""
    _Recurrence(placing, node).place()
    return True


class _Recurrence:
    """One scan in the making."""

    def __init__(self, placing: Placing, node: Node) -> None:
        self.placing, self.node = placing, node
        self.body: Body = node.params[0]
        self.length: Size = node.params[1]
        self.reverse: bool = node.params[2]
        self.time = placing.names.time()
        count, along = len(self.body.states), len(self.body.sequences)
        self.first = node.args[:count]
        self.sequences = node.args[count : count + along]
        self.fixed = node.args[count + along :]
        self.parts = {n.params[0]: n for n in placing.order if n.op is PART and n.args[0] is node}
        before = {k: states_before(node, k) for k in self.parts if k < count}
        self.before = {k: n for k, n in before.items() if n in placing.uses}
        self.ends = self._ends()
        self.needed = self._needed()
        self.order = topological([self.body.values[k] for k in self.needed])
        self.read = set(self.order)
        self.carried = [k for k in self.needed if k < count and self._is_carried(k)]

    # -- what is needed ---------------------------------------------------------------------------

    def _ends(self) -> dict[int, list[Node]]:
        """States of which only the end is read, with the nodes that read it."""
        found: dict[int, list[Node]] = {}
        for k, part in self.parts.items():
            readers = [n for n in self.placing.order if part in n.args]
            is_root = part in self.placing.joint.roots
            if k < len(self.body.states) and not is_root and all(reads_end(r, self.reverse) for r in readers):
                found[k] = readers
        return found

    def _needed(self) -> list[int]:
        """The parts that are read, and the states that those depend on."""
        found = set(self.parts)
        stack = sorted(found)
        while stack:
            below = topological([self.body.values[k] for k in stack])
            read = {k for k, s in enumerate(self.body.states) if s in set(below)}
            stack = sorted(read - found)
            found |= read
        return sorted(found)

    def _is_carried(self, k: int) -> bool:
        """Only the end is read, and the new value is not an old one, which another state may overwrite."""
        value = self.body.values[k]
        while is_view(value) and value.args:
            (value,) = value.args
        return value not in self.body.states and value.rank > 0 and (k not in self.parts or k in self.ends)

    # -- placing ----------------------------------------------------------------------------------

    def place(self) -> None:
        placing, body = self.placing, self.body
        stacks = {k: self._stack(k) for k in self.needed if k not in self.carried}
        buffers = {k: self._buffer(k) for k in self.carried}
        start = len(placing.calls)
        placing.kernel(Call("", (), None, "time", loop=TimeLoop(self.time, self.length, self.reverse)))
        operands, pieces = self._given(stacks, buffers)
        inner = placing.inside(self._step(), operands, pieces)
        targets = {k: self._new(k, stacks, buffers) for k in self.needed}
        inner.kept = {body.values[k]: targets[k] for k in reversed(list(stacks))}
        reserve(inner)
        inner.place_all()
        for k in (*stacks, *buffers):
            made = inner.operand(body.values[k])
            if (made.key, made.view) != (targets[k].key, targets[k].view):
                text = "np.copyto({out}, {0})" if body.values[k].rank else "{out} = {0}"
                placing.call(text, [made], targets[k], "copy", body.values[k])
        loop = TimeLoop(self.time, self.length, self.reverse, inner.quiet)
        placing.calls[start] = replace(placing.calls[start], loop=loop)
        carried = [Operand(o.key) for o in (*buffers.values(), *stacks.values())]
        placing.kernel(Call("", tuple(carried), None, "again"))
        for k, call in enumerate(placing.calls[start:], start):
            placing.calls[k] = replace(call, flops=call.flops * self.length)
        placing.owner.update({n: word for n, word in inner.owner.items() if n not in placing.owner})
        self._give(stacks, buffers)

    def _step(self) -> Joint:
        """One step as a graph."""
        values = [self.body.values[k] for k in self.needed]
        names = {local.value: local.word for local in self.body.locals if local.value in self.read}
        for k in self.needed:
            if ":" not in self.body.names[k]:
                names.setdefault(self.body.values[k], self._word(k))
        names = {n: word for n, word in names.items() if n.args}
        return Joint(tuple(values), (), names)

    def _word(self, k: int) -> str:
        owner, _, word = self.body.names[k].partition(":")
        return f"{program_word(owner)}_{word}" if word else program_word(owner)

    def _stack(self, k: int) -> Operand:
        """The array of a part over time; of a state with where it starts."""
        value = self.body.values[k]
        is_state = k < len(self.body.states)
        shape = (self.length + 1 if is_state else self.length, *value.shape)
        name = self.placing.names.fresh(f"{self._word(k)}_all")
        stack = self.placing.add(Value(name, shape, value.dtype, "workspace", given=True))
        if is_state:
            index = str(self.placing.page.size(self.length)) if self.reverse else "0"
            self._start(k, self._at(stack, index, value))
        return stack

    def _buffer(self, k: int) -> Operand:
        """The array that a state is carried in."""
        value = self.body.values[k]
        name = self.placing.names.fresh(self._word(k))
        buffer = self.placing.add(Value(name, value.shape, value.dtype, "workspace", given=True))
        self._start(k, buffer)
        return buffer

    def _start(self, k: int, place: Operand) -> None:
        first, node = self.first[k], self.body.values[k]
        if is_zero(first):
            self.placing.call("{out}.fill(0.0)", [], place, "update", node)
        else:
            self.placing.call("np.copyto({out}, {0})", [self.placing.operand(first)], place, "copy", node)

    def _at(self, stack: Operand, index: str, like: Node) -> Operand:
        """One entry of an array over time; a number in a loop is set as an item, which is faster."""
        is_item = not like.rank and index in (self.time, f"{self.time} + 1")
        inner = f"[{index}]" if like.rank or is_item else f"[{index}, ...]"
        view = stack.view
        if view in ("[1:]", "[:-1]"):
            view = ""
            if stack.view == "[1:]":
                inner = inner.replace(f"[{index}", f"[{index} + 1", 1)
        return Operand(stack.key, view + inner, stack.contiguous, like.shape)

    def _given(
        self, stacks: Mapping[int, Operand], buffers: Mapping[int, Operand]
    ) -> tuple[dict[Node, Operand], dict[Node, Piece]]:
        """What stands for the arguments of a step."""
        operands: dict[Node, Operand] = {}
        pieces: dict[Node, Piece] = {}
        old = f"{self.time} + 1" if self.reverse else self.time
        for k, slot in enumerate(self.body.states):
            if k in stacks:
                operands[slot] = self._at(stacks[k], old, slot)
            elif k in buffers:
                operands[slot] = buffers[k]
        for slot, value in zip(self.body.sequences, self.sequences, strict=True):
            if slot in self.read:
                operands[slot] = self._at(self.placing.operand(value), self.time, slot)
        for slot, value in zip(self.body.fixed, self.fixed, strict=True):
            if value in self.placing.pieces:
                pieces[slot] = self.placing.pieces[value]
            elif slot in self.read:
                operands[slot] = self.placing.operand(value)
        return operands, pieces

    def _new(self, k: int, stacks: Mapping[int, Operand], buffers: Mapping[int, Operand]) -> Operand:
        """Where a step writes a part."""
        if k in buffers:
            return buffers[k]
        is_later = k < len(self.body.states) and not self.reverse
        return self._at(stacks[k], f"{self.time} + 1" if is_later else self.time, self.body.values[k])

    def _give(self, stacks: Mapping[int, Operand], buffers: Mapping[int, Operand]) -> None:
        """What the parts are after the loop."""
        operands = self.placing.operands
        for k, part in self.parts.items():
            if k in buffers:
                for reader in self.ends[k]:
                    operands[reader] = replace(buffers[k], shape=reader.shape)
                continue
            early, late = ("[:-1]", "[1:]") if not self.reverse else ("[1:]", "[:-1]")
            is_state = k < len(self.body.states)
            operands[part] = replace(stacks[k], view=late if is_state else "", shape=part.shape)
            if k in self.before:
                operands[self.before[k]] = replace(stacks[k], view=early, shape=part.shape)


def part_of_loop(placing: Placing, node: Node) -> bool:
    """The loop has set it, or only its end."""
    return True


RULES: dict[str, Sequence[Rule]] = {"scan": [loop_over_time], "scan_part": [part_of_loop]}
