"""What the equations of a text say of time: which names go on step by step, which are read at a time.

Of a text without declarations nothing says how many axes x has beside x[t]; that x is a sequence does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from symbp.algebra.size import Size
from symbp.lang.names import identifier
from symbp.lang.recurrence_steps import Boundary, Step, timed_names
from symbp.lang.syntax import Index, Reference, Syntax, walk

LENGTH = "T"
"""What the number of steps is called where the text does not say it."""


@dataclass(frozen=True)
class Times:
    """The recurrences of a text."""

    letters: frozenset[str] = frozenset()
    """What counts the steps: t."""
    lengths: tuple[str, ...] = ()
    """What stands for the number of steps, as in h[T]."""
    states: Mapping[str, str] = field(default_factory=dict)
    """identifier -> spelling of what is carried from step to step."""
    firsts: Mapping[str, int] = field(default_factory=dict)
    """State -> the position of the first equation of its recurrence."""
    sequences: frozenset[str] = frozenset()
    """Identifiers of what is read at a time, and set nowhere."""

    @property
    def length(self) -> Size:
        return Size.letter(self.lengths[0] if self.lengths else LENGTH)


def times(
    expressions: Iterable[Syntax],
    steps: Mapping[int, Step],
    groups: Iterable[Sequence[int]],
    boundaries: Mapping[str, Boundary],
) -> Times:
    """What is said of time; `steps` and `groups` by the positions of the equations."""
    letters = frozenset(step.letter for step in steps.values())
    own = {step.key for step in steps.values()}
    reads = {name for step in steps.values() for name in timed_names(step.expression, step.letter)}
    spelled = {step.key: step.statement.head for step in steps.values()}
    found_in = {steps[at].key: group[0] for group in groups for at in group}
    firsts = {key: found_in[key] for key in spelled if key in boundaries}
    found = [name for at in boundaries.values() for name in re.findall(r"[^\W\d_]\w*", at.at)]
    found += [name for expression in expressions for name in _ends(expression, own | reads)]
    lengths = tuple(dict.fromkeys(name for name in found if name not in letters and name not in own))
    states = {key: spelled[key] for key in firsts}
    return Times(letters, lengths, states, firsts, frozenset(reads - own))


def _ends(expression: Syntax, timed: set[str]) -> list[str]:
    """The names in the brackets behind what goes on in time: T in h[T]."""
    return [
        piece.name
        for index in walk(expression)
        if isinstance(index, Index) and isinstance(index.receiver, Reference)
        if identifier(index.receiver.name) in timed
        for piece in walk(index.parts[0])
        if isinstance(piece, Reference)
    ]
