"""What a law is, and how it is entered into a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symbp.algebra.node import Node

Rewrite = Callable[[Node], "Node | None"]


@dataclass(frozen=True)
class Law:
    """A named equality, used from left to right where `rewrite` finds its left side."""

    name: str
    rewrite: Rewrite


Laws = dict[object, list[Law]]
"""Operation -> the laws whose left side it heads, in the order of trying."""


def registering(table: Laws) -> Callable[..., Callable[[Rewrite], Rewrite]]:
    """The decorator that enters a law into a table, under its name and the operations that head it."""

    def law(name: str, *heads: object) -> Callable[[Rewrite], Rewrite]:
        def register(rewrite: Rewrite) -> Rewrite:
            for head in heads:
                table.setdefault(head, []).append(Law(name, rewrite))
            return rewrite

        return register

    return law
