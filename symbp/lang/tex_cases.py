"""The case in which a claim is made: for i ≠ j, if y = 1, where z > 0, when the unit is active.

A condition is a formula of its own behind words such as "if", in the sentence of the claim; it stands
before the claims that it is about, or right behind one.  Words without a formula are kept as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symbp.lang.tex_blocks import closing
from symbp.lang.tex_document import Formula
from symbp.lang.tex_names import Names, TexName, bare, read_name
from symbp.lang.tex_scan import Lexeme, outer

_EQUALS = {"=": "=", r"\ne": "≠", r"\neq": "≠"}
_ORDERS = {"<", ">", r"\lt", r"\gt", r"\le", r"\leq", r"\ge", r"\geq"}
_OPENS = re.compile(
    r"\b(?:if|when|whenever|where|for|(?:the )?cases?|provided|assuming|as long as|otherwise)"
    r"(?:(?: (?:we have|that|instead|now|all|each|any|every|also|both))*| [^,;:.()]*\()$"
)
_DEFINES = re.compile(r"\bwhere(?: (?:we have|that|also))*$")
_GOES_ON = re.compile(r"^,? ?(?:and|or)$")
_SUBJECT = r"(?:it|this|that|both|the|a|an|all|no|each|every|its?) (?:[\w-]+ ){0,4}?"
_VERB = r"(?:is|are|holds?|vanish(?:es)?|exceeds?|lies|does|do|has|have|stays?|becomes?)"
_IN_WORDS = re.compile(
    rf"\b(?:(?:if|when|whenever|where|provided(?: that)?|as long as|unless) {_SUBJECT}{_VERB}\b[^,;:]*"
    r"|otherwise|in (?:this|that|the (?:first|second|third|other|latter|former|opposite)) case)"
)


@dataclass(frozen=True)
class Case:
    """One condition: two indices, the value of a name, an order of two sides, or words."""

    text: str
    relation: tuple[str, str, str] | None = None
    """("i", "≠", "j")"""
    name: TexName | None = None
    value: tuple[Lexeme, ...] = ()
    """What the name is: 1, 0."""
    sides: tuple[tuple[Lexeme, ...], str, tuple[Lexeme, ...]] | None = None
    """(a, ">", 0)"""


def may_be_condition(formula: Formula) -> bool:
    """Whether words before a formula say that it is a condition, and it compares two sides."""
    signs = [x.text for _, x in outer(_unbracketed(formula)) if x.text in _EQUALS or x.text in _ORDERS]
    words = formula.prose.before
    return len(signs) == 1 and bool(_OPENS.search(words) or _GOES_ON.match(words) or not words)


def condition_in(formula: Formula, names: Names) -> Case | None:
    """The condition that a formula is, if the words before it say that it is one."""
    words = formula.prose.before
    entries = index_relation(formula, names)
    if entries is not None and not words:
        return Case(_shown(formula), relation=entries)
    if not _OPENS.search(words) and not _GOES_ON.match(words):
        return None
    return _condition(formula, names, defines=_DEFINES.search(words) is not None)


def _condition(formula: Formula, names: Names, defines: bool) -> Case | None:
    lexemes = _unbracketed(formula)
    signs = [at for at, x in outer(lexemes) if x.text in _EQUALS or x.text in _ORDERS]
    if len(signs) != 1:
        return None
    at = signs[0]
    left, sign, right = lexemes[:at], lexemes[at].text, lexemes[at + 1 :]
    if not left or not right:
        return None
    text = _shown(formula)
    entries = index_relation(formula, names)
    if entries is not None:
        return Case(text, relation=entries)
    if sign in _ORDERS:
        return Case(text, sides=(left, sign, right))
    name = read_name(left, 0, names)
    number = [x for x in right if x.kind not in ("open", "close") and x.text != "-"]
    is_value = len(number) == 1 and number[0].kind == "number"
    if defines or sign != "=" or not is_value or name is None or name.end != len(left):
        return None
    return None if name.spelled in names.indices else Case(text, name=name, value=tuple(right))


_SIGNS = {
    r"\neq": "≠",
    r"\ne": "≠",
    r"\leq": "≤",
    r"\le": "≤",
    r"\geq": "≥",
    r"\ge": "≥",
    r"\lt": "<",
    r"\gt": ">",
}


def _shown(formula: Formula) -> str:
    """The condition as a report names it: its text with signs for relations, without spacing commands."""
    text = re.sub(r"\\[,;:! ]|^\(|\)$", " ", formula.place.snippet).strip()
    return re.sub(r"\\(?:neq?|leq?|geq?|lt|gt)\b", lambda found: _SIGNS[found.group()], text)


def _unbracketed(formula: Formula) -> tuple[Lexeme, ...]:
    """What stands in (i = j), without its brackets."""
    lexemes = formula.lexemes
    closes = len(lexemes) > 2 and lexemes[0].text == "(" and closing(lexemes, 0) == len(lexemes) - 1
    return lexemes[1:-1] if closes else lexemes


def index_relation(formula: Formula, names: Names) -> tuple[str, str, str] | None:
    """("i", "≠", "j") of a formula that says nothing else."""
    texts = bare(_unbracketed(formula))
    if len(texts) == 3 and texts[1] in _EQUALS and {texts[0], texts[2]} <= names.indices:
        return texts[0], _EQUALS[texts[1]], texts[2]
    return None


def cases_of(
    formulas: Sequence[Formula], conditions: Sequence[Case | None], claims: Sequence[bool]
) -> Iterator[tuple[Case, ...]]:
    """The conditions under which each formula stands; nothing for those that are no claims.

    `conditions` are those that formulas are, `claims` says which formulas claim something.
    """
    current: tuple[Case, ...] = ()
    sentence, fresh, taken = -1, False, -1
    for k, formula in enumerate(formulas):
        if formula.prose.sentence != sentence:
            sentence, current, fresh = formula.prose.sentence, (), False
        condition = conditions[k]
        if condition is not None and k != taken:
            goes_on = fresh and _GOES_ON.match(formula.prose.before) is not None
            current, fresh = (*current, condition) if goes_on else (condition,), True
        if not claims[k]:
            yield ()
            continue
        fresh = False
        said = _IN_WORDS.search(formula.prose.before)
        current = (Case(said.group().strip()),) if said is not None else current
        following = k + 1 if not current and k + 1 < len(formulas) else None
        behind = _IN_WORDS.match(formula.prose.after)
        if following is not None and conditions[following] and formulas[following].prose.sentence == sentence:
            taken = following
            yield tuple(c for c in (conditions[following],) if c is not None)
        elif not current and behind is not None:
            yield (Case(behind.group().strip()),)
        else:
            yield current
