"""Recurrences as equations: h[t] = f(x[t], h[t-1]), h[0] = h0.

Equations with one time letter that follow each other are one recurrence.  With h[0] given, t runs
from 1 to T as on paper and x[t] is the t-th entry; with h[-1] given it runs from 0 as in Python.
With h[t+1] on the right, and h[T+1] (or h[T]) given, time runs backwards.  After it, h is the array
of all states with time first; h[T] is the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from symbp.algebra.node import Node, Shape
from symbp.errors import ModelError, OperandError, ShapeError, SymbpError
from symbp.lang.evaluate import evaluate
from symbp.lang.names import identifier
from symbp.lang.recurrence_slots import Slots
from symbp.lang.recurrence_start import Outcome, settled, widened
from symbp.lang.recurrence_steps import Boundary, Step, Times
from symbp.lang.scope import Scope
from symbp.lang.syntax import Reference, walk
from symbp.lang.values import Series, node_of
from symbp.ops.scan import Body, part, scan
from symbp.ops.selection import is_selected


class Recurrence:
    """Reads the equations of one recurrence in the scope of what stands before them."""

    def __init__(
        self,
        steps: Sequence[Step],
        boundaries: Mapping[str, Boundary],
        scope: Scope,
        spelled: Callable[[str], str],
    ) -> None:
        self.steps = steps
        self.times = Times(steps)
        self.boundaries = boundaries
        self.scope = scope
        self.spelled = spelled

    def read(self) -> list[Series]:
        """The values of all steps' names, in their order."""
        shift = 1 if self.times.reverse else -1
        carried = [key for key in self.times.own if shift in self.times.reads.get(key, set())]
        first = {key: self._first(key) for key in carried}
        if self.scope.states:
            return self._scan({key: self._guessed(key, start) for key, start in first.items()})
        starts, error = settled(first, self._step_once, self._entries())
        try:
            return self._scan(starts or first)
        except SymbpError as at_first:
            raise error or at_first from None

    def _guessed(self, key: str, start: Node) -> Node:
        """A start in the shape that its state is guessed to have."""
        shape = self.scope.states[key]
        if start.rank == len(shape):
            self._unify(start.shape, shape)
        try:
            return widened(start, shape)
        except OperandError as error:
            place = self.boundaries[key].statement.place
            raise ShapeError(error.reason, place, hint=f"declare {self.spelled(key)}0") from None

    def _unify(self, a: Shape, b: Shape) -> None:
        """Make sizes equal that were open (which raises Retry)."""
        for one, other in zip(a, b, strict=True):
            self.scope.unify(one, other)

    def _entries(self) -> list[Shape]:
        """The shapes of what one step reads from outside, of a sequence that of one entry."""
        pieces = [piece for step in self.steps for piece in walk(step.expression)]
        found = []
        for name in dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Reference)):
            key = identifier(name)
            value = None if key in self.times.own or name == self.times.letter else self._outside(name)
            if value is not None:
                found.append(value.shape[1:] if key in self.times.reads else value.shape)
        return found

    def _outside(self, name: str) -> Node | None:
        try:
            return node_of(self.scope.look_up(name))
        except (KeyError, OperandError):
            return None

    def _step_once(self, first: Mapping[str, Node]) -> Outcome:
        """The shapes that one step gives; nothing is learnt of open sizes from a mere try."""
        values: dict[str, Node] = {}
        scope = replace(
            self._slots(first).scope(values),
            unify=lambda a, b: None,
            settle=lambda operator, sides, values: None,
        )
        for step in self.steps:
            try:
                values[step.key] = self._evaluated(step, scope)
            except SymbpError as error:
                return Outcome({k: v.shape for k, v in values.items()}, error)
        return Outcome({k: v.shape for k, v in values.items()})

    @staticmethod
    def _evaluated(step: Step, scope: Scope) -> Node:
        try:
            node = node_of(evaluate(step.expression, scope))
            if is_selected(node.shape):
                raise OperandError("a step has a shape that is known beforehand")
            return node
        except OperandError as error:
            raise ShapeError(error.reason, step.expression.place, hint=error.hint) from None

    def _first(self, key: str) -> Node:
        boundary = self.boundaries.get(key)
        name = self.spelled(key)
        if boundary is None:
            at = "T+1" if self.times.reverse else "0"
            hint = f"say what it starts from: {name}[{at}] = {name}0"
            raise ModelError(
                f"the recurrence of {name} has no start", self.times.own[key].statement.place, hint=hint
            )
        if (boundary.at in ("0", "-1")) == self.times.reverse:
            wanted = "T+1" if self.times.reverse else "0"
            way = "backwards" if self.times.reverse else "forwards"
            reason = f"{name} runs {way} in time, it does not start at {name}[{boundary.at}]"
            place = boundary.statement.place
            raise ModelError(reason, place, hint=f"say what it starts from: {name}[{wanted}] = {name}0")
        try:
            return node_of(evaluate(boundary.expression, self.scope))
        except OperandError as error:
            raise ShapeError(error.reason, boundary.statement.place, hint=error.hint) from None

    def _scan(self, first: dict[str, Node]) -> list[Series]:
        slots = self._slots(first)
        values = self._one_step(slots)
        order = [*first, *(k for k in values if k not in first)]
        body = Body(
            tuple(slots.states[k] for k in first),
            tuple(slots.sequences.values()),
            tuple(slots.fixed.values()),
            tuple(values[k] for k in order),
            tuple(self.spelled(k) for k in order),
            self.times.letter,
            any(self._counts_from_one(k) for k in first),
        )
        place = self.steps[0].statement.place
        if not body.sequences:
            hint = f"read an array of the sequence's length, such as x[{self.times.letter}]"
            raise ModelError("nothing says how long the recurrence is", place, hint=hint)
        outside = slots.sequence_values, slots.fixed_values
        try:
            scanned = scan(body, list(first.values()), *outside, reverse=self.times.reverse)
        except OperandError as error:
            raise ShapeError(error.reason, place, hint=error.hint) from None
        self._check_end(scanned, list(first))
        parts = {key: part(scanned, number) for number, key in enumerate(order)}
        return [self._series(step.key, parts[step.key], first) for step in self.steps]

    def _slots(self, first: Mapping[str, Node]) -> Slots:
        return Slots(self.times, self.scope, self.spelled, first)

    def _one_step(self, slots: Slots) -> dict[str, Node]:
        """What the equations give, each state in the shape that it starts with."""
        values: dict[str, Node] = {}
        for step in self.steps:
            value = self._evaluated(step, slots.scope(values))
            state = slots.states.get(step.key)
            if state is not None and state.shape != value.shape:
                if state.rank == value.rank:
                    self._unify(state.shape, value.shape)
                raise self._misshapen(step, state, value)
            values[step.key] = value
        return values

    def _check_end(self, scanned: Node, keys: Sequence[str]) -> None:
        """h[T+1] or h[T] for a recurrence that runs backwards over T steps.  ModelError for another end."""
        length = str(scanned.params[1]).replace(" ", "")
        for key in keys if self.times.reverse else ():
            boundary = self.boundaries[key]
            if boundary.at.strip("()") not in (length, f"{length}+1", f"({length})+1"):
                name = self.spelled(key)
                raise ModelError(
                    f"{name} has {length} steps, it does not start at {name}[{boundary.at}]",
                    boundary.statement.place,
                    hint=f"say what it starts from: {name}[{length}+1] = {name}0",
                )

    def _misshapen(self, step: Step, state: Node, value: Node) -> ShapeError:
        shapes = [", ".join(map(str, s)) or "a number" for s in (state.shape, value.shape)]
        name = self.spelled(step.key)
        return ShapeError(
            f"{name} starts as ({shapes[0]}) and becomes ({shapes[1]})",
            step.statement.place,
            hint=f"give the start its shape: {name}[0] = zeros({shapes[1]})",
        )

    def _series(self, key: str, node: Node, first: Mapping[str, Node]) -> Series:
        from_one = any(self._counts_from_one(k) for k in first)
        return Series(node, first.get(key), from_one, self.times.reverse)

    def _counts_from_one(self, key: str) -> bool:
        boundary = self.boundaries.get(key)
        return boundary is not None and boundary.from_one
