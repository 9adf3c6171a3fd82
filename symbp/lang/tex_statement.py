"""One statement of a document: which kind it is, and what of it matters for that kind."""

from __future__ import annotations

from dataclasses import dataclass

from symbp.errors import Place
from symbp.lang.tex_cases import Case
from symbp.lang.tex_derivatives import Derivative
from symbp.lang.tex_document import Formula
from symbp.lang.tex_names import TexName
from symbp.lang.tex_scan import Part

CONDITION = "it says for which case something is claimed"
"""Why a formula that is a condition is no equation."""
_UNDERSTOOD = {"it says what an index is", CONDITION, "it calls one name another"}


@dataclass(frozen=True)
class TexStatement:
    """One statement of a document.

    `kind` is equation, claim, factorization, gradient
    (a name for a gradient), update, activation, slope (of an activation or an expression), shape, fact,
    or none; `reason` says why it is none.  `parts` are the sides behind the relations, `name` what is set
    and `derivative` what is claimed.
    """

    kind: str
    place: Place
    parts: tuple[Part, ...] = ()
    left: Part = ()
    name: TexName | None = None
    arguments: tuple[TexName, ...] = ()
    derivative: Derivative | None = None
    formula: Formula | None = None
    reason: str = ""
    cases: tuple[Case, ...] = ()
    """The conditions under which it is claimed: i ≠ j, y = 1."""

    @property
    def text(self) -> str:
        return self.place.snippet

    @property
    def is_unread(self) -> bool:
        """Whether it says that something is equal to something, and nobody knows what of what."""
        return self.kind == "none" and bool(self.parts) and self.reason not in _UNDERSTOOD
