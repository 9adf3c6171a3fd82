"""Recurrences as equations: h[t] = f(x[t], h[t-1]), h[0] = h0.

Equations with one time letter that follow each other are one recurrence.  With h[0] given, t runs
from 1 to T as on paper and x[t] is the t-th entry; with h[-1] given it runs from 0 as in Python.
With h[t+1] on the right, and h[T+1] (or h[T]) given, time runs backwards.  After it, h is the array
of all states with time first; h[T] is the last one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symbp.algebra.node import Node, Shape
from symbp.errors import ModelError, OperandError, ParseError, ShapeError, SymbpError
from symbp.lang.evaluate import evaluate
from symbp.lang.names import identifier
from symbp.lang.recurrence_start import Outcome, settled, widened
from symbp.lang.scope import Scope
from symbp.lang.statements import Statement
from symbp.lang.syntax import Binary, Index, Number, Reference, Syntax, walk
from symbp.lang.values import Series, TimeIndex, TimeSeries, node_of
from symbp.ops.scan import Body, part, placeholder, scan
from symbp.ops.selection import is_selected

_HEAD = re.compile(r"(?P<name>[^\[\]]+)\[(?P<at>[^\[\]]+)\]\s*$")
_LETTER = re.compile(r"[^\W\d_]\w*")


@dataclass(frozen=True)
class TimedHead:
    """A left side such as h[t]: the name and what stands in the brackets."""

    name: str
    at: str
    is_size: bool = False

    @property
    def is_step(self) -> bool:
        return not self.is_size and _LETTER.fullmatch(self.at) is not None


def timed_head(text: str) -> TimedHead | None:
    found = _HEAD.fullmatch(text.strip())
    return TimedHead(found.group("name").strip(), found.group("at").strip()) if found else None


@dataclass(frozen=True)
class Step:
    """One equation of a recurrence."""

    statement: Statement
    letter: str
    expression: Syntax

    @property
    def key(self) -> str:
        return identifier(self.statement.head)


@dataclass(frozen=True)
class Boundary:
    """h[0] = h0: what a recurrence starts from."""

    statement: Statement
    at: str
    expression: Syntax

    @property
    def from_one(self) -> bool:
        """Whether time is counted from 1 (h[0] or h[T+1] is given)."""
        return self.at == "0" or "+" in self.at


def shift_of(piece: Syntax, letter: str) -> int | None:
    """0 for t, -1 for t-1, 2 for t+2, None for anything else."""
    if isinstance(piece, Reference) and piece.name == letter:
        return 0
    if (
        isinstance(piece, Binary)
        and isinstance(piece.left, Reference)
        and piece.left.name == letter
        and isinstance(piece.right, Number)
        and piece.operator in ("+", "-")
    ):
        steps = int(piece.right.value)
        return steps if piece.operator == "+" else -steps
    return None


def timed_names(expression: Syntax, letter: str) -> dict[str, set[int]]:
    """identifier -> shifts at which an expression reads it."""
    found: dict[str, set[int]] = {}
    for piece in walk(expression):
        if isinstance(piece, Index) and isinstance(piece.receiver, Reference):
            shift = shift_of(piece.parts[0], letter)
            if shift is not None:
                found.setdefault(identifier(piece.receiver.name), set()).add(shift)
    return found


def whole_names(expression: Syntax, letter: str) -> set[str]:
    """Identifiers that an expression reads otherwise than at a time: h, or h[T]."""
    pieces = list(walk(expression))
    timed = {
        id(piece.receiver)
        for piece in pieces
        if isinstance(piece, Index) and shift_of(piece.parts[0], letter) is not None
    }
    return {identifier(p.name) for p in pieces if isinstance(p, Reference) and id(p) not in timed}


def groups(steps: Sequence[Step | None], boundaries: Mapping[str, Boundary]) -> list[list[int]]:
    """Positions of the equations of each recurrence: neighbours with one letter and direction.

    One that starts from another's last state, or reads all its states, comes after it.
    """
    result: list[list[int]] = []
    direction = 0
    for at, step in enumerate(steps):
        if step is None:
            continue
        own = {s.key for s in steps if s is not None and s.letter == step.letter}
        shifts = {
            s for name, at_ in timed_names(step.expression, step.letter).items() if name in own for s in at_
        }
        way = -1 if -1 in shifts else 1 if 1 in shifts else 0
        previous = steps[result[-1][-1]] if result else None
        before = {s.key for k in (result[-1] if result else []) if (s := steps[k]) is not None}
        start = boundaries.get(step.key)
        read = whole_names(step.expression, step.letter)
        read |= whole_names(start.expression, step.letter) if start is not None else set()
        joins = (
            previous is not None
            and result[-1][-1] == at - 1
            and previous.letter == step.letter
            and (way == 0 or direction in (0, way))
            and not read & before
        )
        if joins:
            result[-1].append(at)
            direction = direction or way
        else:
            result.append([at])
            direction = way
    return result


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
        self.letter = steps[0].letter
        self.boundaries = boundaries
        self.scope = scope
        self.spelled = spelled
        self.own = {s.key: s for s in steps}
        self.reads: dict[str, set[int]] = {}
        for step in steps:
            for name, shifts in timed_names(step.expression, self.letter).items():
                self.reads.setdefault(name, set()).update(shifts)
        self.reverse = self._direction()

    def _direction(self) -> bool:
        shifts = {s for name, at in self.reads.items() if name in self.own for s in at}
        if {-1, 1} <= shifts:
            place = self.steps[0].statement.place
            hint = "write two recurrences, one for each direction"
            raise ModelError(
                "a recurrence runs in one direction, this one reads t-1 and t+1", place, hint=hint
            )
        far = next((s for at in self.reads.values() for s in sorted(at) if abs(s) > 1), None)
        if far is not None:
            t = self.letter
            raise ModelError(
                f"a recurrence reads the step before, not {t}{far:+d}",
                self.steps[0].statement.place,
                hint=f"carry the step before it under a name of its own: g[{t}] = h[{t}-1]",
            )
        return 1 in shifts

    # -- reading --------------------------------------------------------------------------------

    def read(self) -> list[Series]:
        """The values of all steps' names, in their order."""
        shift = 1 if self.reverse else -1
        carried = [key for key in self.own if shift in self.reads.get(key, set())]
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
            value = None if key in self.own or name == self.letter else self._outside(name)
            if value is not None:
                found.append(value.shape[1:] if key in self.reads else value.shape)
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
            _Slots(self, first).scope(values),
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
            at = "T+1" if self.reverse else "0"
            hint = f"say what it starts from: {name}[{at}] = {name}0"
            raise ModelError(
                f"the recurrence of {name} has no start", self.own[key].statement.place, hint=hint
            )
        if (boundary.at in ("0", "-1")) == self.reverse:
            wanted = "T+1" if self.reverse else "0"
            way = "backwards" if self.reverse else "forwards"
            reason = f"{name} runs {way} in time, it does not start at {name}[{boundary.at}]"
            place = boundary.statement.place
            raise ModelError(reason, place, hint=f"say what it starts from: {name}[{wanted}] = {name}0")
        try:
            return node_of(evaluate(boundary.expression, self.scope))
        except OperandError as error:
            raise ShapeError(error.reason, boundary.statement.place, hint=error.hint) from None

    def _scan(self, first: dict[str, Node]) -> list[Series]:
        slots = _Slots(self, first)
        values: dict[str, Node] = {}
        for step in self.steps:
            value = self._evaluated(step, slots.scope(values))
            state = slots.states.get(step.key)
            if state is not None and state.shape != value.shape:
                if state.rank == value.rank:
                    self._unify(state.shape, value.shape)
                raise self._misshapen(step, state, value)
            values[step.key] = value
        order = [*first, *(k for k in values if k not in first)]
        body = Body(
            tuple(slots.states[k] for k in first),
            tuple(slots.sequences.values()),
            tuple(slots.fixed.values()),
            tuple(values[k] for k in order),
            tuple(self.spelled(k) for k in order),
            self.letter,
            any(self._counts_from_one(k) for k in first),
        )
        if not body.sequences:
            hint = f"read an array of the sequence's length, such as x[{self.letter}]"
            raise ModelError(
                "nothing says how long the recurrence is", self.steps[0].statement.place, hint=hint
            )
        try:
            scanned = scan(
                body, list(first.values()), slots.sequence_values, slots.fixed_values, reverse=self.reverse
            )
        except OperandError as error:
            raise ShapeError(error.reason, self.steps[0].statement.place, hint=error.hint) from None
        self._check_end(scanned, list(first))
        parts = {key: part(scanned, number) for number, key in enumerate(order)}
        return [self._series(step.key, parts[step.key], first) for step in self.steps]

    def _check_end(self, scanned: Node, keys: Sequence[str]) -> None:
        """h[T+1] or h[T] for a recurrence that runs backwards over T steps.  ModelError for another end."""
        length = str(scanned.params[1]).replace(" ", "")
        for key in keys if self.reverse else ():
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
        return Series(node, first.get(key), from_one, self.reverse)

    def _counts_from_one(self, key: str) -> bool:
        boundary = self.boundaries.get(key)
        return boundary is not None and boundary.from_one


class _Slots:
    """The placeholders of a body, made as the equations ask for them."""

    def __init__(self, recurrence: Recurrence, first: Mapping[str, Node]) -> None:
        self.recurrence = recurrence
        letter = recurrence.letter
        before = f"{letter}+1" if recurrence.reverse else f"{letter}-1"
        self.states = {
            k: placeholder(f"{recurrence.spelled(k)}[{before}]", f.shape) for k, f in first.items()
        }
        self.sequences: dict[str, Node] = {}
        self.sequence_values: list[Node] = []
        self.fixed: dict[str, Node] = {}
        self.fixed_values: list[Node] = []

    def scope(self, values: Mapping[str, Node]) -> Scope:
        outer = self.recurrence.scope

        def look_up(name: str) -> Any:
            if name == self.recurrence.letter:
                return TimeIndex(0)
            key = identifier(name)
            if key in self.recurrence.reads:
                return TimeSeries(lambda shift: self._at(key, name, shift, values))
            value = outer.look_up(name)
            return (
                self._fixed(key, name, value)
                if isinstance(value, Node) and value.args + value.params
                else value
            )

        return replace(outer, look_up=look_up)

    def _at(self, key: str, name: str, shift: int, values: Mapping[str, Node]) -> Node:
        letter = self.recurrence.letter
        if key in self.recurrence.own:
            if shift:
                return self.states[key]
            if key not in values:
                raise OperandError(
                    f"{name}[{letter}] is read before the equation that sets it",
                    hint="write the equations of a step in the order of computing",
                )
            return values[key]
        if shift:
            raise OperandError(
                f"only the recurrence's own names are read at {letter}±1, {name} is not one of them",
                hint=f"give the sequence that is meant a name of its own and read it at {letter}",
            )
        if key not in self.sequences:
            try:
                sequence = node_of(self.recurrence.scope.look_up(name))
            except KeyError:
                hint = f"declare it, such as: input {name}: T, n, d"
                raise OperandError(f"{name} is not defined", hint=hint) from None
            if not sequence.shape:
                raise OperandError(
                    f"{name} is a number, it has no {letter}-th entry", hint=f"write {name} alone"
                )
            self.sequences[key] = placeholder(f"{name}[{letter}]", sequence.shape[1:], sequence.dtype)
            self.sequence_values.append(sequence)
        return self.sequences[key]

    def _fixed(self, key: str, name: str, value: Node) -> Node:
        if key not in self.fixed:
            self.fixed[key] = placeholder(name, value.shape, value.dtype)
            self.fixed_values.append(value)
        return self.fixed[key]


def read_boundary(statement: Statement, at: str, expression: Syntax) -> Boundary:
    if not at:
        raise ParseError("the index is missing", statement.head_place, hint="write it such as h[t]")
    return Boundary(statement, at.replace(" ", ""), expression)
