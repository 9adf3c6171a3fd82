"""Which letters of a LaTeX text are indices: what a Σ runs over, and what stands in the same slots."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from symbp.errors import ParseError, Place
from symbp.lang.tex_document import span
from symbp.lang.tex_names import Names
from symbp.lang.tex_scan import Lexeme, argument, limits_of

_NOT_NAMED = {
    r"\sum",
    r"\nabla",
    r"\max",
    r"\min",
    r"\prod",
    r"\log",
    r"\|",
    r"\Vert",
    r"\rVert",
    "|",
    ")",
    "]",
}


COUNTS = ("N", "n", "m", "M")
"""Letters for the number of samples."""


def find_indices(
    formulas: Sequence[Sequence[Lexeme]], heads: Sequence[Sequence[Lexeme]], names: Names
) -> None:
    """Fill in which letters are indices: what a Σ runs over and what stands in the same slot.

    So are i and j on the left side K_{ij} = …, where K stands alone somewhere.
    """
    groups: list[tuple[str, list[str]]] = []
    for lexemes in formulas:
        behind = 0
        for at, lexeme in enumerate(lexemes):
            if lexeme.text in (r"\sum", r"\max", r"\min"):
                behind = _bound(lexemes, at, names)
            elif lexeme.text in "_^" and at >= max(behind, 1) and lexeme.kind == "sign":
                base = _before(lexemes, at)
                if base not in _NOT_NAMED:
                    groups.append((base + lexeme.text, _components(argument(lexemes, at + 1)[0])))
    names.indices |= _of_heads(heads, formulas)
    used = {letter for _, group in groups for component in group for letter in _letters(component)}
    names.indices = {letter for letter in names.indices if letter in used}
    while found := set(_more(groups, names.indices)) - names.indices:
        names.indices |= found
    names.slots = _slots(groups, names.indices)
    names.limits = {i: end for i, end in names.limits.items() if end not in names.indices}


def _of_heads(heads: Sequence[Sequence[Lexeme]], formulas: Sequence[Sequence[Lexeme]]) -> set[str]:
    """The letters i, j, k below a name on a left side which elsewhere has no subscript: K_{ij}, ∂x_i."""
    found: set[str] = set()
    for head in (part for whole in heads for part in _differentials(whole)):
        if len(head) < 3 or head[1].text != "_" or head[0].kind != "letter":
            continue
        content, end = argument(head, 2)
        letters = [x.text for x in content if x.text != ","]
        if (
            end == len(head)
            and letters
            and set(letters) <= set("ijk")
            and _stands_alone(head[0].text, formulas)
        ):
            found |= set(letters)
    return found


def _differentials(head: Sequence[Lexeme]) -> Iterator[Sequence[Lexeme]]:
    """The left side itself, and the x_i of each ∂x_i in it."""
    yield head
    for at, lexeme in enumerate(head):
        if lexeme.text == r"\partial":
            end = at + 1
            while end < len(head) and head[end].kind == "letter":
                end += 1
            if end < len(head) and head[end].text == "_":
                yield head[at + 1 : argument(head, end + 1)[1]]


def _stands_alone(letter: str, formulas: Sequence[Sequence[Lexeme]]) -> bool:
    return any(
        x.text == letter and (at + 1 == len(listed) or listed[at + 1].text not in ("_", "("))
        for listed in formulas
        for at, x in enumerate(listed)
    )


def _letters(component: str) -> list[str]:
    """The letters of a component that may be indices: i, ij, t-1, (l); none of a word."""
    return [] if component.isalpha() and len(component) > 2 else list(component)


def _slots(groups: Sequence[tuple[str, list[str]]], indices: set[str]) -> set[tuple[str, int, int]]:
    """Where indices stand: base with its sign, number of components, position."""
    return {(base, len(g), k) for base, g in groups for k, c in enumerate(g) if c.strip("()[]") in indices}


def _bound(lexemes: Sequence[Lexeme], at: int, names: Names) -> int:
    """Notes what a Σ binds and where that ends; the index behind its limits."""
    below, above, behind = limits_of(lexemes, at)
    below = [x for x in below if x.text not in ("(", ")")]
    letters = [x.text for x in below if x.kind == "letter"]
    texts = [x.text for x in below]
    names.from_zero |= texts[1:] == ["=", "0"]
    names.summed |= set(letters if "=" not in texts else letters[:1])
    if beside_letters(below, above) is not None:
        names.indices |= set(letters)
    elif letters and (len(texts) == 1 or texts[1] in ("=", ",") or _side_by_side(texts)):
        names.indices |= set(letters if "=" not in texts else letters[:1])
        if "=" in texts or not above:
            _note_end(lexemes, at, letters[0], above, names)
    return behind


def _note_end(lexemes: Sequence[Lexeme], at: int, index: str, above: Sequence[Lexeme], names: Names) -> None:
    """Notes the letter that a Σ ends with, or the one that what it adds up is divided by."""
    if len(above) == 1 and above[0].kind == "letter":
        found = names.limits.setdefault(index, above[0].text)
        if found != above[0].text:
            reason = f"the index {index} ends at {above[0].text} here and at {found} in another sum"
            raise ParseError(reason, span(lexemes[at : at + 2]), hint="give each sum an index of its own")
    elif not above and (count := _divided_by(lexemes, at)) is not None:
        names.limits.setdefault(index, count)


def _side_by_side(texts: Sequence[str]) -> bool:
    """Σ_{ij}"""
    return all(_is_index_letter(text) for text in texts)


def _divided_by(lexemes: Sequence[Lexeme], at: int) -> str | None:
    """The N of \\frac{1}{N} \\sum_i: a mean is over all that the index runs over."""
    before = [x.text for x in lexemes[max(0, at - 8) : at]]
    for count in COUNTS:
        for ending in ([r"\frac", "{", "1", "}", "{", count, "}"], [r"\frac", "1", count], ["1", "/", count]):
            if before[-len(ending) :] == ending:
                return count
    return None


def _before(lexemes: Sequence[Lexeme], at: int) -> str:
    """The letter that a script belongs to."""
    at -= 1
    while at >= 0 and lexemes[at].kind == "close":
        at -= 1
    if at >= 2 and lexemes[at - 1].text in ("_", "^"):
        at -= 2
        while at >= 0 and lexemes[at].kind == "close":
            at -= 1
    return lexemes[at].text if at >= 0 else ""


def _components(content: Sequence[Lexeme]) -> list[str]:
    parts = [""]
    for lexeme in content:
        if lexeme.text == ",":
            parts.append("")
        else:
            parts[-1] += lexeme.text
    return parts


def _more(groups: Sequence[tuple[str, list[str]]], indices: set[str]) -> Iterator[str]:
    """Letters beside an index, and letters in a slot that holds an index elsewhere."""
    slots = _slots(groups, indices)
    for base, group in groups:
        together = [c for c in group if _is_index_letter(c)]
        if any(c in indices for c in group):
            yield from together
        for k, component in enumerate(group):
            if (base, len(group), k) in slots and _is_index_letter(component):
                yield component
            if len(component) == 2 and component.isascii() and component.islower():
                yield from component if any(c in indices for c in component) else ()


def _is_index_letter(component: str) -> bool:
    return len(component) == 1 and component.isascii() and component.islower()


_RELATIONS = {
    r"\ne": "≠", r"\neq": "≠", "<": "<", r"\lt": "<", ">": ">", r"\gt": ">",
    r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥",
}  # fmt: skip


def beside_letters(
    below: Sequence[Lexeme], above: Sequence[Lexeme], indices: Collection[str] = ()
) -> tuple[str, str, str] | None:
    """(i, "<", j) of i < j, of 1 ≤ i < j ≤ n, and of a sum from i = 1 to j - 1 where j is an index."""
    texts, top = [x.text for x in below], [x.text for x in above]
    if not top:
        if len(texts) > 3 and texts[0] == "1" and _RELATIONS.get(texts[1]) == "≤":
            texts = texts[2:]
        if len(texts) == 5 and _RELATIONS.get(texts[3]) == "≤":
            texts = texts[:3]
        if len(texts) == 3 and texts[1] in _RELATIONS and all(map(_is_index_letter, texts[::2])):
            return texts[0], _RELATIONS[texts[1]], texts[2]
    elif texts[1:2] == ["="] and texts[2:] == ["1"] and top[0] in indices and top[1:] in ([], ["-", "1"]):
        return texts[0], "<" if top[1:] else "≤", top[0]
    elif texts[1:2] == ["="] and texts[2] in indices and texts[3:] in ([], ["+", "1"]):
        return texts[0], ">" if texts[3:] else "≥", texts[2]
    return None


def bound_letters(below: Sequence[Lexeme], above: Sequence[Lexeme], place: Place) -> list[str]:
    """i of i, i=1 and i,j; a sum that starts elsewhere or runs over a set is an error."""
    texts = [x.text for x in below]
    if "=" in texts:
        at = texts.index("=")
        start, letters = "".join(texts[at + 1 :]), texts[:at]
        top = "".join(x.text for x in above)
        whole = top.endswith("-1") if start == "0" else "-" not in top and "+" not in top
        if start not in ("1", "0") or len(letters) != 1 or not whole:
            raise ParseError("only sums over all of an index are read", place, hint=r"such as \sum_{i=1}^{N}")
    else:
        letters = [t for t in texts if t not in (",", "(", ")")]
    if len(letters) == 1 and len(letters[0]) == 2 and _side_by_side(list(letters[0])):
        letters = list(letters[0])
    if not all(len(letter) == 1 and letter.isalpha() for letter in letters):
        hint = r"a sum runs over a letter, such as \sum_i or \sum_{i=1}^{N}"
        raise ParseError("what this sum runs over is not understood", place, hint=hint)
    return letters
