"""What a spelling in NumPy may ask of the page on which it stands, and how it is entered into a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from symbp.algebra.node import Node
from symbp.emit.numpy_axes import Sizes
from symbp.emit.numpy_text import Piece


class Page(Sizes, Protocol):
    """What a spelling may ask for; asking is what puts a size, the dtype or a helper into the file."""

    def helper(self, name: str) -> str: ...

    def stop(self) -> str: ...


Spelling = Callable[[Page, Node, Sequence[Piece]], Piece]
Statements = Callable[[Page, Node, Sequence[Piece], str], list[str]]
EntryT = TypeVar("EntryT", Spelling, Statements)


def registering(table: dict[str, EntryT]) -> Callable[..., Callable[[EntryT], EntryT]]:
    """The decorator that enters a function into a table, under the names of its operations."""

    def names_of(*names: str) -> Callable[[EntryT], EntryT]:
        def register(entry: EntryT) -> EntryT:
            table.update(dict.fromkeys(names, entry))
            return entry

        return register

    return names_of
