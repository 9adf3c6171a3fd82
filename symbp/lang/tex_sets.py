"""What a name belongs to: W ∈ ℝ^{m×n} says its shape, y ∈ {0, 1}ⁿ and A ∈ 𝕊ⁿ a fact, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.lang.names import identifier
from symbp.lang.tex_commands import STYLES
from symbp.lang.tex_names import Names, TexName, read_name
from symbp.lang.tex_scan import Lexeme, argument, limits_of, word_of

_MEMBERS = {"0,1": "binary", r"\pm1": "pm1", "-1,1": "pm1", "-1,+1": "pm1", "1,-1": "pm1", "+1,-1": "pm1"}
"""What stands between the braces of a set -> the fact on what belongs to it."""
_SPACES = {
    ("R", ""): "", ("R", "+"): "positive", ("R", "++"): "positive", ("R", ">0"): "positive",
    ("S", ""): "symmetric", ("S", "+"): "symmetric", ("S", "++"): "spd",
}  # fmt: skip
"""A letter of double strokes and its subscript -> the fact."""


@dataclass(frozen=True)
class Membership:
    """A name, its shape where that is said (empty for a number), and a fact where there is one."""

    name: TexName
    shape: str | None
    fact: str = ""


def membership(lexemes: Sequence[Lexeme], names: Names) -> Membership | None:
    """What `name \\in set` says; None for anything else, and for sets that say nothing of real arrays."""
    at = next((k for k, x in enumerate(lexemes) if x.text == r"\in"), None)
    name = read_name(lexemes, 0, names) if at else None
    if at is None or name is None or name.end != at:
        return None
    found = _space(lexemes, at + 1) or _interval(lexemes, at + 1) or _simplex(lexemes, at + 1)
    if found is None:
        return None
    fact, end, sizes = found
    if end != len(lexemes):
        return None
    shape = None if sizes is None else _shape(tuple(sizes), names)
    if fact in ("symmetric", "spd") and shape is not None and "," not in shape:
        shape = f"{shape}, {shape}"
    return Membership(name, shape, fact)


_Set = tuple[str, int, Sequence[Lexeme] | None]
"""The fact that a set says, the index behind the set, and the sizes that it is raised to."""


def _space(lexemes: Sequence[Lexeme], at: int) -> _Set | None:
    """ℝ^{m×n}, ℝ_{>0}, 𝕊^n_{++}."""
    if at >= len(lexemes) or lexemes[at].text not in (r"\mathbb", r"\mathbb{R}"):
        return None
    letter, at = ("R", at + 1) if lexemes[at].text == r"\mathbb{R}" else _letter(lexemes, at + 1)
    below, sizes, at = limits_of(lexemes, at - 1)
    fact = _SPACES.get((letter, word_of(below)))
    return None if fact is None else (fact, at, sizes)


def _letter(lexemes: Sequence[Lexeme], at: int) -> tuple[str, int]:
    content, end = argument(lexemes, at)
    return word_of(content), end


def _interval(lexemes: Sequence[Lexeme], at: int) -> _Set | None:
    """{0, 1}^n, {−1, 1} and (0, 1)."""
    opened = lexemes[at].text if at < len(lexemes) else ""
    closed = {r"\{": r"\}", r"\lbrace": r"\rbrace", "(": ")", "[": "]"}.get(opened)
    end = next((k for k, x in enumerate(lexemes) if k > at and x.text == closed), None)
    if end is None:
        return None
    inside = word_of(lexemes[at + 1 : end])
    fact = {"(": {"0,1": "unit"}, "[": {"0,1": ""}}.get(opened, _MEMBERS).get(inside)
    _, sizes, stop = limits_of(lexemes, end)
    return None if fact is None else (fact, stop, sizes)


def _simplex(lexemes: Sequence[Lexeme], at: int) -> _Set | None:
    """Δ^{K-1}: entries that are positive and sum to 1; K is not its dimension everywhere, so no shape."""
    if at >= len(lexemes) or lexemes[at].text != r"\Delta":
        return None
    return "prob", limits_of(lexemes, at)[2], None


def _shape(lexemes: tuple[Lexeme, ...], names: Names) -> str:
    """d_{in} \\times 2n as "d_in, 2n"."""
    text = ""
    at = 0
    while at < len(lexemes):
        name = read_name(lexemes, at, names)
        sign = lexemes[at].text
        if name is not None and not name.indices:
            text += identifier(name.spelled)
        elif sign not in STYLES and lexemes[at].kind not in ("open", "close"):
            text += {r"\times": ", ", r"\cdot": "*"}.get(sign, sign)
        at = name.end if name is not None else at + 1
    return text
