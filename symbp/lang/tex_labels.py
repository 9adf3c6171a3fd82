"""Given indices: −log p_y, where y is the class of the sample and no Σ runs over it.

Such an index is read as the vector that is 1 at that place and 0 elsewhere, which has the same name:
p_y is Σ_k y_k p_k, and δ_{ky} is y_k.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from symbp.errors import Place
from symbp.lang.rebuilding import rebuilt
from symbp.lang.syntax import Beside, Binary, Call, Entry, Number, Reference, SumOver, Syntax, Text
from symbp.lang.tex_document import Formula
from symbp.lang.tex_names import Names
from symbp.lang.tex_scan import Lexeme, argument

_RELATIONS = {"=", r"\ne", r"\neq"}
_ONE = Fraction(1)
USUAL = {"y", "c"}
"""Letters for a class that need no words; c only below what an equation sets: u_c may be a context word."""
_KIND = r"(?:class|label|category|word|token|answer|target)"
_BEFORE = re.compile(rf"\b{_KIND}(?: (?:index|label|class))?$")
_AFTER = re.compile(
    rf"^,? ?(?:is|be|denotes|being) (?:the|its|a) (?:[a-z-]+ )?(?:{_KIND}|index of the [a-z-]+ {_KIND})\b"
)


def given_indices(
    formulas: Sequence[Formula],
    readable: Sequence[Sequence[Lexeme]],
    heads: Sequence[Sequence[Lexeme]],
    names: Names,
) -> set[str]:
    """Letters below arrays that stand for one given entry; `heads` are left sides of equations."""
    heads = [head for head in heads if not any(x.text in (r"\partial", r"\nabla") for x in head)]
    named = {f.lexemes[0].text for f in formulas if len(f.lexemes) == 1 and _is_named(f)}
    below = [(base, letter) for lexemes in readable for base, letter in _subscripts(lexemes)]
    set_alone = {head[0].text for head in heads if len(head) == 1}
    set_below = {letter for head in heads for _, letter in _subscripts(head)}
    arrays = set_alone | {base[:-1] for base, count, _ in names.slots if count == 1 and base.endswith("_")}
    alone = {x for lexemes in readable for x in _operands(lexemes, names.indices | USUAL)}
    set_here = {head[0].text for head in heads}
    found = {
        letter
        for base, letter in below
        if base in arrays and (letter in named or letter == "y" or (letter in USUAL and base in set_here))
    }
    return found - (names.summed - named) - set_below - alone


def _is_named(formula: Formula) -> bool:
    """Whether words call a letter a class: "for the class $y$", "$c$ is the correct class"."""
    prose = formula.prose
    return _BEFORE.search(prose.before) is not None or _AFTER.match(prose.after) is not None


def _subscripts(lexemes: Sequence[Lexeme]) -> Iterator[tuple[str, str]]:
    """(p, y) of p_y."""
    for at, lexeme in enumerate(lexemes):
        if lexeme.text == "_" and at and at + 1 < len(lexemes):
            content = argument(lexemes, at + 1)[0]
            if len(content) == 1 and content[0].kind == "letter":
                yield lexemes[at - 1].text, content[0].text


def _operands(lexemes: Sequence[Lexeme], indices: Collection[str]) -> Iterator[str]:
    """The letters outside of subscripts, without those that are compared with an index: 𝟙[k = y]."""
    skip = -1
    for at, lexeme in enumerate(lexemes):
        if lexeme.text == "_" and at + 1 < len(lexemes):
            skip = max(skip, argument(lexemes, at + 1)[1])
        elif at >= skip and lexeme.kind == "letter" and not _is_compared(lexemes, at, indices):
            yield lexeme.text


def _is_compared(lexemes: Sequence[Lexeme], at: int, indices: Collection[str]) -> bool:
    texts = [x.text for x in lexemes]
    after = texts[at + 1 : at + 2] and texts[at + 1] in _RELATIONS and texts[at + 2 : at + 3]
    before = at > 1 and texts[at - 1] in _RELATIONS and [texts[at - 2]]
    return any(bool(side) and side[0] in indices for side in (after, before) if isinstance(side, list))


def with_given_indices(expression: Syntax, names: Names) -> Syntax:
    """The expression with entries at given indices as sums with vectors of zeros and a one.

    e_y, where nothing sets e, is that vector itself.
    """
    given = names.given
    if not given:
        return expression

    def changed(piece: Syntax) -> Syntax:
        match piece:
            case Entry(place=place, array=Reference(name="e"), indices=(letter,)) if (
                letter in given and "e" not in names.known
            ):
                return Reference(place, letter)
            case Entry(place=place, array=array, indices=indices):
                for letter in dict.fromkeys(x for x in indices if x in given):
                    own = own_index(letter)
                    indices = tuple(own if x == letter else x for x in indices)
                    picked = Entry(place, array, indices)
                    return SumOver(place, own, _times(_at(letter, own, place), changed(picked)))
            case Call(place=place, function="δ", arguments=(Text(value=i), Text(value=j))):
                if j in given or i in given:
                    return _at(*((j, i) if j in given else (i, j)), place)
            case SumOver(place=place, index=index, body=body, beside=Beside("≠", letter)) if letter in given:
                assert index is not None
                others = Binary(place, "-", Number(place, _ONE, True), _at(letter, index, place), place)
                return SumOver(place, index, _times(others, body))
        return piece

    return rebuilt(expression, changed)


def own_index(letter: str) -> str:
    """What runs over all entries of which a given one is picked."""
    return f"{letter}*"


def _at(letter: str, index: str, place: Place) -> Entry:
    return Entry(place, Reference(place, letter), (index,))


def _times(a: Syntax, b: Syntax) -> Binary:
    return Binary(a.place, "juxtaposition", a, b, a.place)
