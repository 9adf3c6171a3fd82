"""What a tokenizer gives, and what it has to know of the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symbp.errors import Place
from symbp.lang.summed import Entry, no_entry


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    place: Place
    value: object = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Words:
    """What the tokenizer has to know of a text: which words are names, which are functions."""

    is_name: Callable[[str], bool]
    is_function: Callable[[str], bool]
    declared: bool
    """Whether the text declares its names; without declarations short words may be products."""
    entry: Callable[[str], Entry | None] = no_entry
    """x_i as an array and its indices (symbp.lang.summed)."""
    is_timed: Callable[[str], bool] = lambda word: False
    """Which names mean something at a time only, as i[t] does."""
