"""x_i in the equation language: an entry of x where a Σ runs over i, else a name like any other.

`L = −Σ_i y_i log p_i` speaks of the entries of y and p, `W_1` and `h_t` of arrays of these names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from symbp.lang.names import SUBSCRIPTS

_SUBSCRIBED = "".join(c for c, plain in SUBSCRIPTS.items() if plain.isalpha())
_SCRIPT = rf"_\{{[^{{}}]*\}}|_[i-n]{{2,3}}(?!\w)|_[^\W\d_]|[{_SUBSCRIBED}]+"
SUM_SIGN = rf"[Σ∑](?:{_SCRIPT})?(?:\^\{{[^{{}}]*\}}|\^[^\W_])?"
"""A Σ with what stands below and above it, as a pattern."""
_SUM = re.compile(rf"[Σ∑](?P<below>{_SCRIPT})(?:\^\{{?(?P<end>[^\W\d_]+)\}}?)?")
_NAME = re.compile(rf"(?P<base>.+?)(?P<below>_\{{[^{{}}]+\}}|_[^\W\d_]+|[{_SUBSCRIBED}]+)")
_LETTERS = re.compile(r"\s*([^\W\d_]{1,3}|[^\W\d_](?:\s*,\s*[^\W\d_])+)\s*(?:=.*)?")
Entry = tuple[str, tuple[str, ...]]
"""A base name and the indices below it."""


def sum_letters(sign: str) -> tuple[str, ...]:
    """The letters that a Σ with its scripts runs over: (i, j) of Σ_{i,j}, (i,) of Σᵢ and Σ_{i=1}^n."""
    found = _SUM.match(sign)
    letters = None if found is None else _LETTERS.fullmatch(_plain(found["below"]))
    return () if letters is None else tuple(c for c in letters.group(1) if c.isalpha())


def _plain(below: str) -> str:
    """A script without its braces, in plain letters."""
    return "".join(SUBSCRIPTS.get(c, c) for c in below.removeprefix("_").strip("{}"))


def limits(texts: Iterable[str]) -> dict[str, str]:
    """Index letter -> the letter at which its sum ends, "" where none is given."""
    found: dict[str, str] = {}
    for match in (m for text in texts for m in _SUM.finditer(text)):
        letters = sum_letters(match.group())
        for letter in letters:
            end = match["end"] if len(letters) == 1 else None
            found[letter] = found.get(letter) or end or ""
    return found


def entry_reader(letters: Collection[str], is_name: Callable[[str], bool]) -> Callable[[str], Entry | None]:
    """Takes x_{ij} apart where all below x are indices, and the whole is no name itself."""

    def read(word: str) -> Entry | None:
        found = _NAME.fullmatch(word)
        if found is None or not letters or is_name(word):
            return None
        below = re.sub(r"[\s,]", "", _plain(found["below"]))
        return (found["base"], tuple(below)) if below and set(below) <= set(letters) else None

    return read


def no_entry(word: str) -> Entry | None:
    """Reads no word as an entry."""
    return None
