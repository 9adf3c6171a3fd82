"""The equations of recurrences: which step each name is read at, and which of them belong together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symbp.errors import ModelError, ParseError, Place
from symbp.lang.names import identifier
from symbp.lang.statements import Statement
from symbp.lang.syntax import Binary, Index, Number, Reference, Syntax, walk

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


def read_boundary(statement: Statement, at: str, expression: Syntax) -> Boundary:
    if not at:
        raise ParseError("the index is missing", statement.head_place, hint="write it such as h[t]")
    return Boundary(statement, at.replace(" ", ""), expression)


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
        way = _way(step, steps)
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


def _way(step: Step, steps: Sequence[Step | None]) -> int:
    """-1 for an equation that reads the step before, 1 for one that reads the step after, else 0."""
    own = {s.key for s in steps if s is not None and s.letter == step.letter}
    names = timed_names(step.expression, step.letter)
    shifts = {s for name, at in names.items() if name in own for s in at}
    return -1 if -1 in shifts else 1 if 1 in shifts else 0


class Times:
    """At which steps a recurrence reads which names, and in which direction it runs."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.letter = steps[0].letter
        self.own = {s.key: s for s in steps}
        self.reads: dict[str, set[int]] = {}
        for step in steps:
            for name, shifts in timed_names(step.expression, self.letter).items():
                self.reads.setdefault(name, set()).update(shifts)
        self.reverse = self._direction(steps[0].statement.place)

    def _direction(self, place: Place) -> bool:
        shifts = {s for name, at in self.reads.items() if name in self.own for s in at}
        if {-1, 1} <= shifts:
            hint = "write two recurrences, one for each direction"
            raise ModelError(
                "a recurrence runs in one direction, this one reads t-1 and t+1", place, hint=hint
            )
        far = next((s for at in self.reads.values() for s in sorted(at) if abs(s) > 1), None)
        if far is not None:
            t = self.letter
            raise ModelError(
                f"a recurrence reads the step before, not {t}{far:+d}",
                place,
                hint=f"carry the step before it under a name of its own: g[{t}] = h[{t}-1]",
            )
        return 1 in shifts
