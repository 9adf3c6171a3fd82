"""Sentences with formulas in them, in two media at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.emit.formula import Formula


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence with formulas in it: in text, and in LaTeX with $ around them."""

    text: str
    latex: str

    def __str__(self) -> str:
        return self.text


def worded(template: str, **parts: Formula | str | Sequence[Formula]) -> Words:
    """A phrase with its {places} filled in; several formulas are listed with commas."""
    listed = {k: [p] if isinstance(p, str | Formula) else p for k, p in parts.items()}
    text = {k: ", ".join(map(str, p)) for k, p in listed.items()}
    tex = {k: ", ".join(p if isinstance(p, str) else f"${p.latex}$" for p in ps) for k, ps in listed.items()}
    return Words(template.format(**text), template.format(**tex))
