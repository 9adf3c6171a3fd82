"""Names that are given in passing: δ in ∂L/∂z = δ = a − y, and f in ŷ = f(x) = W x + b."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.lang.tex_document import Formula
from symbp.lang.tex_known import left_name
from symbp.lang.tex_names import Names, bare
from symbp.lang.tex_scan import Part
from symbp.lang.tex_words import function_named

Sided = tuple[Formula, list[Part]]


def with_aliases(listed: Sequence[Sided]) -> list[Sided]:
    """The formulas, with an equation of its own for each name that a chain of equals gives in passing.

    That is a side, neither the first nor the last, which is a name alone or one with a list of names,
    and which no formula sets; the last side then is what the name stands for.
    """
    heads = {bare(_head(sides[0])) for _, sides in listed if len(sides) > 1}
    found: list[Sided] = []
    for formula, sides in listed:
        named = [p for p in sides[2:] if p is sides[-1] and _is_call(p, heads)]
        kept = [p for p in sides if p not in named]
        given = [p for p in kept[1:-1] if _is_given(p, kept[-1], heads)]
        heads |= {bare(_head(p)) for p in given}
        found += [(formula, [p, kept[-1]]) for p in given if _is_used(p, formula, listed)]
        found.append((formula, [p for p in kept if p not in given]))
    return found


def _is_used(part: Part, formula: Formula, listed: Sequence[Sided]) -> bool:
    """Whether another formula has the name."""
    head = bare(_head(part))
    return any(
        _contains(bare(side), head) for other, sides in listed if other is not formula for side in sides
    )


def _is_call(part: Part, heads: set[tuple[str, ...]]) -> bool:
    """Whether a last side only says how what stands before it is called: … = BN(x), but not … = X(y − μ)."""
    if any(x.text in ("+", "-", r"\odot", r"\cdot") for x in part):
        return False
    name = left_name(part, Names()) if part else None
    known = name is None or name.spelled == "σ" or function_named(name.spelled) is not None
    return not known and bare(_head(part)) not in heads and bare(_head(part)) != bare(part)


def _head(left: Part) -> Part:
    """A left side without the list of arguments behind its name."""
    at = next((k for k, x in enumerate(left) if x.text == "("), len(left))
    return left[:at] if left and left[-1].text == ")" else left


def _is_given(part: Part, last: Part, heads: set[tuple[str, ...]]) -> bool:
    """Whether a side is a name that stands for the last side."""
    name = left_name(part, Names()) if part else None
    head = bare(_head(part))
    if name is None or name.spelled in ("σ", "e", "π") or head in heads:
        return False
    says_something = any(x.kind == "letter" for x in last)
    return says_something and not _contains(bare(last), head)


def _contains(texts: Sequence[str], piece: Sequence[str]) -> bool:
    return any(tuple(texts[k : k + len(piece)]) == tuple(piece) for k in range(len(texts)))
