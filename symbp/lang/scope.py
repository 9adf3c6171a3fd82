"""What names mean while an expression is read, and whom to ask when sizes do not fit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node, Shape
from symbp.algebra.size import Size
from symbp.errors import Place
from symbp.lang import syntax


class Retry(Exception):
    """Reading has to start again, with something new known of these names."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.names = set(names)


Settle = Callable[[str, tuple[syntax.Syntax, syntax.Syntax], tuple[Any, Any]], None]


@dataclass(frozen=True)
class Scope:
    """What names mean while an expression is read.

    `where_set` tells the line that set a name and `set_later` the line that will, for messages;
    `unify` may make two sizes equal that were open, and `settle` may change the rank of a side of
    an operator that was only guessed (then they raise Retry).
    """

    look_up: Callable[[str], Any]
    known: Callable[[], list[str]]
    where_set: Mapping[str, Place]
    unify: Callable[[Any, Any], None] = lambda a, b: None
    settle: Settle = lambda operator, sides, values: None
    set_later: Callable[[str], Place | None] = lambda name: None
    slope: Callable[[Node, str], Node] | None = None
    """∂/∂x of an array, where a text may say that."""
    label_sizes: Mapping[str, Size] = field(default_factory=dict)
    """How far indices run, where a derivative says it."""
    is_guessing: bool = False
    """Whether ranks are guessed, so that a norm has to be that of an array."""
    states: Mapping[str, Shape] = field(default_factory=dict)
    """The shapes of the states of recurrences, where they are guessed."""
