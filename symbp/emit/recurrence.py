"""How one step of a recurrence is written: h[t], δ_h[t+1], Σ_t h[t−1]ᵀ δ_h[t].

The placeholders of a body are named after what they stand for at time t.  What the backward step
takes over from the step before is written out, so that δ_h[t] follows from δ_h[t+1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from symbp.algebra.node import Node, rebuild, replace, topological
from symbp.algebra.size import Size
from symbp.emit import formula
from symbp.emit.elementwise import constant
from symbp.emit.formula import Formula
from symbp.emit.latex_scripts import with_subscript
from symbp.emit.letters import size_formula
from symbp.lang.names import Name, latex
from symbp.laws.patterns import repeated
from symbp.laws.tidier import Tidier
from symbp.ops.arithmetic import ADD
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import PART, SCAN, Body, Local, part, placeholder
from symbp.ops.structure.slices import GETITEM


def at_time(name: Name, time: Size) -> Name:
    """h at t: h[t], in LaTeX h_t."""
    moment = size_formula(time)
    under = moment.latex.replace(" ", "")
    written = with_subscript(name.latex, under)
    if written == f"{name.latex}_{{{under}}}" and len(under) == 1:
        written = f"{name.latex}_{under}"
    return Name(f"{name.text}[{moment.text.replace(' ', '')}]", name.ascii, written)


@dataclass(frozen=True)
class StepLine:
    """δ[t] = value for t = first … last; `zero_beyond` where a term at `beyond` is left out."""

    name: Name
    of: Name
    """What δ[t] is the gradient by."""
    value: Node
    first: Size
    last: Size
    beyond: Name | None = None


class Recurrence:
    """One scan, forward or backward, as formulas."""

    def __init__(self, scan: Node, names: Mapping[Node, Name]) -> None:
        self.scan = scan
        self.body: Body = scan.params[0]
        self.length: Size = scan.params[1]
        self.names = names
        self.forward = scan if self.body.derivative_of is None else self.body.derivative_of
        self.now = Size.letter(self.body.letter)
        start = 1 if self.body.from_one else 0
        begin, end = Size.of(start), self.length - 1 + start
        backwards: bool = self.forward.params[2]
        self.first: Size = end if backwards else begin
        self.last: Size = begin if backwards else end
        self.onward = -1 if self.forward.params[2] else 1

    # -- names ----------------------------------------------------------------------------------

    def part_name(self, number: int) -> Name:
        """The name of a part of the forward recurrence."""
        spelled = self.forward.params[0].names[number]
        found = self.names.get(part(self.forward, number))
        return found or Name(spelled, spelled, latex(spelled))

    def slots(self, time: Size) -> dict[Node, Name]:
        """The placeholders of the forward body at a time, and the values it has then."""
        body: Body = self.forward.params[0]
        count, along = len(body.states), len(body.sequences)
        found = {}
        for k, state in enumerate(body.states):
            found[state] = at_time(self.part_name(k), time - self.onward)
        for slot, arg in zip(body.sequences, self.forward.args[count : count + along], strict=True):
            found[slot] = at_time(self._given(arg, slot.name.split("[")[0]), time)
        for slot, arg in zip(body.fixed, self.forward.args[count + along :], strict=True):
            found[slot] = self._given(arg, slot.name)
        for k, value in enumerate(body.values):
            saved = placeholder(f"{body.names[k]}[{body.letter}]", value.shape, value.dtype)
            found[saved] = at_time(self.part_name(k), time)
        return found

    def _given(self, arg: Node, spelled: str) -> Name:
        return self.names.get(arg) or Name(spelled, spelled, latex(spelled))

    @cached_property
    def upstream(self) -> dict[Node, tuple[Name, bool]]:
        """∂⁺h[t] -> what the gradient that reaches h from outside is called, whether it has a time."""
        count = len(self.body.states)
        found = {}
        for slot, arg in zip(self.body.sequences, self.scan.args[count:], strict=False):
            if not slot.name.startswith("∂⁺"):
                continue
            inner = repeated(arg)
            same = constant(arg if inner is None else inner)
            if same is not None:
                found[slot] = Name(same.text, same.text, same.latex), False
            else:
                found[slot] = self._given(arg, "g_" + slot.name[2:].split("[")[0]), True
        return found

    def hidden(self) -> dict[Node, Name]:
        """Parts of forward equations that have a δ: z_f, the argument of σ in f = σ(z_f)."""
        values = self.forward.params[0].values
        found = {}
        for local in self.body.locals:
            if local.of not in values:
                owner = self.part_name(local.owner)
                again = local.word.removeprefix(f"dz_{self.forward.params[0].names[local.owner]}").strip("_")
                text = f"{owner.text},{again}" if again.isdigit() else owner.text
                low = f"{owner.latex},{again}" if again.isdigit() else owner.latex
                braces = text if len(text) == 1 else f"{{{text}}}"
                found[local.of] = Name(f"z_{braces}", local.word[1:], f"z_{{{low}}}")
        return found

    def delta(self, local: Local) -> Name:
        """δ with the name of the equation, or of the part of it where there are several."""
        values = self.forward.params[0].values
        same = [k for k in self.body.locals if k.owner == local.owner]
        name = self.part_name(local.owner)
        taken = local is not same[0] or any(k.of in values for k in same)
        if local.of not in values and taken:
            name = self.hidden()[local.of]
        text = name.text if len(name.text) == 1 else f"{{{name.text}}}"
        return Name(f"δ_{text}", local.word, rf"\delta_{{{name.latex}}}")

    def all_names(self) -> dict[Node, Name]:
        """Names of everything that the formulas of this recurrence are written with."""
        found = self.slots(self.now)
        values: tuple[Node, ...] = self.body.values if self.forward is self.scan else ()
        found.update({v: at_time(self.part_name(k), self.now) for k, v in enumerate(values) if not v.is_leaf})
        if self.forward is self.scan:
            return found
        for node, name in self.hidden().items():
            found.setdefault(node, at_time(name, self.now))
        for time in (self.now, self.now + self.onward, self.first, self.last):
            for slot, name in self.slots(time).items():
                found[self._token(slot, time)] = name
            for local in self.body.locals:
                found[self._token(local.value, time, local.word)] = at_time(self.delta(local), time)
            for slot, (name, has_time) in self.upstream.items():
                found[self._token(slot, time)] = at_time(name, time) if has_time else name
        for k, state in enumerate(self.body.states[: len(self.forward.params[0].states)]):
            found[state] = at_time(self.passed_on(k), self.now + self.onward)
        return found

    def passed_on(self, number: int) -> Name:
        """The gradient that the step before hands to a state, where it has to be named."""
        name = self.part_name(number)
        sign, tex = ("γ", r"\gamma") if any(k.owner == number for k in self.body.locals) else ("δ", r"\delta")
        text = name.text if len(name.text) == 1 else f"{{{name.text}}}"
        return Name(f"{sign}_{text}", f"d{name.ascii}", f"{tex}_{{{name.latex}}}")

    # -- formulas of the backward step -------------------------------------------------------------

    def _token(self, node: Node, time: Size, word: str = "") -> Node:
        """A leaf for a placeholder or a local of the step at a time."""
        if time == self.now and not word:
            return node
        return placeholder(f"{word or node.name} at {time}", node.shape, node.dtype)

    def _moved(self, time: Size) -> dict[Node, Node]:
        """What the nodes of the body are at a time."""
        mapping = {slot: self._token(slot, time) for slot in (*self.slots(time), *self.upstream)}
        for local in self.body.locals:
            mapping[local.value] = self._token(local.value, time, local.word)
        return mapping

    def _carried(self) -> dict[Node, Node]:
        """What is taken over from the step before, in its own terms."""
        count = len(self.forward.params[0].states)
        before = replace(self.body.values[:count], self._moved(self.now + self.onward))
        return dict(zip(self.body.states[:count], before, strict=True))

    def _with(self, root: Node, mapping: Mapping[Node, Node], carried: Mapping[Node, Node]) -> Node:
        """The root written out, with what is below it in the terms of one time."""
        if root in carried:
            return carried[root]
        below = {**carried, **{k: v for k, v in mapping.items() if k is not root}}
        return rebuild(root, tuple(replace(root.args, below)))

    def lines(self) -> Iterable[StepLine]:
        """δ[t] of each local, from the end of time to its beginning."""
        read = set(topological(self.body.values))
        tidy = Tidier(set())
        starts = dict(zip(self.body.states, self.scan.args, strict=False))
        carried = self._carried()
        last = {s: starts[s] for s in carried}
        forward_names = {**self.hidden(), **{v: self.part_name(k) for k, v in self._values()}}
        for local in self.body.locals:
            if local.value not in read:
                continue
            name, of = self.delta(local), forward_names[local.of]
            named = {k.value for k in self.body.locals if k is not local}
            below = topological([local.value], stop=lambda n, named=named: n in named)  # type: ignore[misc]
            taken = [s for s in below if s in carried and s not in named]
            ends_at = self.last
            if any(not is_zero(starts[s]) for s in taken):
                value = tidy(self._with(local.value, self._moved(self.last), last))
                yield StepLine(at_time(name, self.last), at_time(of, self.last), value, self.last, self.last)
                ends_at = self.last - self.onward
            value = self._with(local.value, self._moved(self.now), carried)
            beyond = at_time(name, self.last + self.onward) if taken and ends_at == self.last else None
            yield StepLine(at_time(name, self.now), at_time(of, self.now), value, ends_at, self.first, beyond)
        yield from self._copied(carried)

    def starts_with(self) -> Name:
        """The δ that the backward recurrence begins with: δ_h[T]."""
        return next(iter(self.lines())).name

    def _copied(self, carried: Mapping[Node, Node]) -> Iterable[StepLine]:
        """What one state hands to another that only copies it."""
        below = set(topological(carried.values()))
        for k, state in enumerate(carried):
            if state in below:
                end = self.last + self.onward
                name = at_time(self.passed_on(k), self.now)
                of = at_time(self.part_name(k), self.now)
                beyond = at_time(self.passed_on(k), self.last) if is_zero(self.scan.args[k]) else None
                yield StepLine(name, of, carried[state], end - 2 * self.onward, self.first, beyond)

    def _values(self) -> Iterable[tuple[int, Node]]:
        return enumerate(self.forward.params[0].values)

    def step_value(self, number: int) -> Node:
        """A part of the backward step at time t, over the δ[t]."""
        value = self.body.values[number]
        count = len(self.forward.params[0].states)
        if (
            count <= number < len(self.body.states)
            and value.op is ADD
            and value.args[0] is self.body.states[number]
        ):
            value = value.args[1]
        return replace([value], {**self._carried(), **self._moved(self.now)})[0]

    def end_value(self, number: int) -> Node:
        """A carried part after the last step backwards."""
        return replace([self.body.values[number]], self._moved(self.first))[0]

    def steps_in(self, term: Node) -> list[tuple[Name, Name]]:
        """The δ[t] in a term, each with what it is the gradient by at time t."""
        inside = set(topological([term]))
        named = {**self.hidden(), **{v: self.part_name(k) for k, v in self._values()}}
        return [
            (at_time(self.delta(local), self.now), at_time(named[local.of], self.now))
            for local in self.body.locals
            if self._token(local.value, self.now, local.word) in inside
        ]

    def is_sum(self, number: int) -> bool:
        count = len(self.forward.params[0].states)
        return count <= number < len(self.body.states)


def scans(roots: Iterable[Node]) -> list[Node]:
    """All recurrences below the roots, in the order of working out."""
    return [n for n in topological(roots) if n.op is SCAN]


def taken_at(node: Node) -> tuple[Node, Size] | None:
    """(part, time) where the node is one step of a part of a recurrence."""
    if node.op is not GETITEM or node.args[0].op is not PART:
        return None
    head, *rest = node.params[0]
    whole = all(p is not None and p.is_whole(s) for p, s in zip(rest, node.args[0].shape[1:], strict=False))
    if head is None or not head.drop or not whole:
        return None
    body: Body = node.args[0].args[0].params[0]
    return node.args[0], Size.of(head.start) + (1 if body.from_one else 0)


def time_formula(node: Node, names: Mapping[Node, Name]) -> Formula | None:
    """h[T] for one step of a named recurrence; None for anything else."""
    found = taken_at(node)
    if found is None or found[0] not in names:
        return None
    return formula.symbol(at_time(names[found[0]], found[1]))


def unfolded(node: Node, names: Mapping[Node, Name]) -> tuple[Formula | None, Node] | None:
    """(t, term) for Σ_t term, (None, value) for a value after the last step of a backward recurrence."""
    found = taken_at(node)
    if found is None or found[0] in names:
        return None
    scan, (number,) = found[0].args[0], found[0].params
    if scan.params[0].derivative_of is None:
        return None
    written = Recurrence(scan, names)
    if written.is_sum(number):
        return size_formula(written.now), written.step_value(number)
    if number < len(scan.params[0].states):
        return None, written.end_value(number)
    return None


def chain_over_time(node: Node, names: Mapping[Node, Name]) -> tuple[Formula, list[tuple[Name, Name]]] | None:
    """(t, the δ[t] in it and what each is the gradient by) for a sum Σ_t over a backward recurrence."""
    found = taken_at(node)
    if found is None or found[0] in names or found[0].args[0].params[0].derivative_of is None:
        return None
    scan, (number,) = found[0].args[0], found[0].params
    written = Recurrence(scan, names)
    between = written.steps_in(written.step_value(number)) if written.is_sum(number) else []
    return (size_formula(written.now), between) if between else None


def whole_part(node: Node, names: Mapping[Node, Name]) -> tuple[Formula, Node] | None:
    """(t, value at t) for all steps of a part of a backward recurrence."""
    if node.op is not PART or node.args[0].params[0].derivative_of is None:
        return None
    written = Recurrence(node.args[0], names)
    return size_formula(written.now), written.step_value(node.params[0])
