"""The derivations of several models as one document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from symbp.emit.document import Document, Section
from symbp.emit.latex_rows import latex_text
from symbp.emit.phrases import Phrases
from symbp.emit.wording import Words, worded
from symbp.lang.names import GREEK

_SIGNS = re.compile(r"[\\\\{}$^_#%&~]+")


def _in_letters(remark: str) -> str:
    """A remark that quotes formulas, without the signs that LaTeX takes for its own or cannot set."""
    return " ".join(_SIGNS.sub(" ", "".join(map(_letter, remark))).split())


def _letter(char: str) -> str:
    """b₃ as b3, ŷ as y, φ as phi; letters of a language as they stand."""
    if char.isascii() or "가" <= char <= "힣":
        return char
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return "".join(GREEK.get(c, c if c.isascii() else " ") for c in plain)


def article_document(
    title: str,
    parts: Sequence[tuple[int, Document]],
    unread: Sequence[tuple[int, str]],
    phrases: Phrases,
    said: Sequence[str] = (),
) -> Document:
    """All sections, below a heading for each model; each remark once; what is not read at the end.

    A part is the line on which its model begins, and its document; `said` are further remarks.
    """
    sections: list[Section] = []
    notes: dict[str, Words] = {}
    for number, (line, document) in enumerate(parts, start=1):
        heading = worded(phrases["model of an article"], number=str(number), line=str(line))
        sections += [Section(heading, (), "part"), *document.sections]
        notes |= {note.text: note for note in document.notes}
    for remark in (*said, *(phrases["unread"].format(line=line, reason=reason) for line, reason in unread)):
        notes[remark] = Words(remark, latex_text(_in_letters(remark)))
    return Document(title, tuple(sections), tuple(notes.values()))
