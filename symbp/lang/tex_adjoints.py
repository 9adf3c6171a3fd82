"""Names whose mark says that they are gradients: where Ō = ∂L/∂O, V̄ = Pᵀ Ō claims what ∂L/∂V is."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace

from symbp.lang.tex_commands import MARKS
from symbp.lang.tex_names import TexName
from symbp.lang.tex_statement import TexStatement

_SIGNS = set("".join(unicodedata.normalize("NFD", mark) for mark in MARKS.values()))


def with_marked_gradients(listed: Sequence[TexStatement], known: Collection[str]) -> list[TexStatement]:
    """The statements, those that set a marked name as claims; `known` are identifiers of names."""
    meant = {}
    for s in listed:
        d = s.derivative
        if s.kind == "gradient" and s.name is not None and d is not None and d.by is not None:
            bare, marks = _taken_off(s.name.spelled)
            if marks and bare == unicodedata.normalize("NFC", d.by.spelled):
                meant[marks] = d
    if not meant:
        return list(listed)
    found: list[TexStatement] = []
    for s in listed:
        of = _unmarked(s.name) if s.kind == "equation" and s.name is not None else None
        marks = _taken_off(s.name.spelled)[1] if s.name is not None else ""
        if of is not None and marks in meant and of.key in known:
            s = replace(s, kind="claim", derivative=replace(meant[marks], by=of))
        found.append(s)
    return found


def _taken_off(spelled: str) -> tuple[str, str]:
    """A spelling without its marks, and the marks."""
    letters = unicodedata.normalize("NFD", spelled)
    bare = "".join(c for c in letters if c not in _SIGNS)
    return unicodedata.normalize("NFC", bare), "".join(c for c in letters if c in _SIGNS)


def _unmarked(name: TexName) -> TexName:
    bare = _taken_off(name.spelled)[0]
    return replace(name, spelled=bare, latex=bare)
