"""A derivation as sections of formulas: what every printed form has in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from symbp.calculus.derivation import Derivation
from symbp.emit.formula import Formula
from symbp.emit.phrases import Phrases
from symbp.emit.wording import Words
from symbp.lang.names import Name

FORMS = ("matrix", "index", "both")
EQUAL = ("=", "=")
MEMBER = (":", r"\in")


@dataclass(frozen=True)
class Line:
    """left = right[0] = right[1] …, with the shape and a remark beside it."""

    left: Formula
    right: tuple[Formula, ...]
    shape: Formula | None = None
    note: str = ""
    key: str = ""
    """The identifier that the line is about."""
    sign: tuple[str, str] = EQUAL


@dataclass(frozen=True)
class Section:
    title: Words
    lines: tuple[Line, ...]
    kind: str


@dataclass(frozen=True)
class Document:
    title: str
    sections: tuple[Section, ...]
    notes: tuple[Words, ...] = ()
    derivation: Derivation | None = None


def title(document: Document, phrases: Phrases) -> str:
    """The name of the model's file; where it has none, what the document is."""
    if document.title.startswith("<"):
        return phrases["derivation"]
    words = Path(document.title).stem.replace("_", " ")
    return words[:1].upper() + words[1:]


def noted(lines: list[Line], note: str) -> list[Line]:
    return [Line(i.left, i.right, i.shape, note, i.key, i.sign) for i in lines]


def keyed(lines: Iterable[Line], name: Name) -> Iterable[Line]:
    return [Line(i.left, i.right, i.shape, i.note, name.ascii, i.sign) for i in lines]
