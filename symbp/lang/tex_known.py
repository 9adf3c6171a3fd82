"""What a LaTeX text says of its names before any formula is parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from symbp.lang.tex_derivatives import read_derivative, skip_list
from symbp.lang.tex_names import Names, TexName, bare, read_name
from symbp.lang.tex_scan import Lexeme, Part, argument, outer, word_of
from symbp.lang.tex_words import function_named


def raised(all_sides: Iterable[Sequence[Part]]) -> Iterator[str]:
    """Spellings on a left side that have a prime or a raised letter: L', z^l."""
    for sides in all_sides:
        texts = [x.text for x in sides[0]]
        if len(sides) > 1 and len(texts) == 2 and texts[1] == "'":
            yield "".join(texts)
        if len(sides) > 1 and "^" in texts[:2] and texts[-1:] != [r"\top"]:
            at = texts.index("^")
            content, end = argument(sides[0], at + 1)
            inner = word_of(content)
            if at == 1 and end == len(texts) and inner.isalpha() and inner != "T":
                yield f"{texts[0]}^{inner}"


def layers(all_sides: Iterable[Sequence[Part]]) -> Iterator[str]:
    """Raised letters of left sides, and `1` where a left side has a number 1 there: z^l, a_j^l, z^1."""
    for sides in all_sides:
        at = next((k for k, x in enumerate(sides[0]) if x.text == "^"), 0)
        if len(sides) < 2 or not at or at + 1 >= len(sides[0]):
            continue
        content, end = argument(sides[0], at + 1)
        name = read_name((*sides[0][:at], *sides[0][end:]), 0, Names())
        text = word_of(content)
        is_name = name is not None and name.end == at + len(sides[0]) - end and not name.is_word
        if is_name and (text == "1" or (len(text) == 1 and text.isalpha() and text != "T")):
            yield text


def squared(all_sides: Sequence[Sequence[Part]]) -> Iterator[Part]:
    """The names whose squares are set: σ_B in σ_B^2 = …, where nothing sets σ_B itself."""
    heads = {bare(sides[0]) for sides in all_sides if len(sides) > 1}
    for sides in all_sides:
        at = next((k for k, x in enumerate(sides[0]) if x.text == "^"), 0)
        if len(sides) < 2 or not at:
            continue
        content, end = argument(sides[0], at + 1)
        name = read_name(sides[0][:at], 0, Names())
        is_name = name is not None and name.end == at and not name.is_word
        if is_name and end == len(sides[0]) and bare(content) == ("2",) and bare(sides[0][:at]) not in heads:
            yield sides[0][:at]


def words_set(all_sides: Iterable[Sequence[Part]]) -> Iterator[str]:
    """Left sides that are several letters side by side, perhaps with a subscript: net_j = …"""
    for sides in all_sides:
        letters = word_of(tuple(takewhile(lambda x: x.kind == "letter", sides[0])))
        rest = [x.text for x in sides[0]][len(letters) :]
        if len(sides) > 1 and len(letters) > 1 and (not rest or rest[0] == "_"):
            yield letters


def find_names(usable: Sequence[Sequence[Part]], readable: Sequence[Sequence[Lexeme]], names: Names) -> None:
    """Fill in which names are set, which stand alone, which have lists of arguments."""
    heads: dict[str, TexName] = {}
    with_list: dict[str, str] = {}
    for parts in usable:
        name = left_name(parts[0], names)
        if name is not None:
            heads[name.key] = name
            if name.end < len(parts[0]):
                with_list[name.key] = word_of(parts[0][name.end :])
                only = read_name(parts[0], name.end + 1, names)
                if only is not None and only.end == len(parts[0]) - 1:
                    names.single[name.key] = only.spelled
    calls, primed = _calls(usable, names), set(_primed(readable, names))
    names.known |= set(heads)
    for parts in usable:
        name, root = left_name(parts[0], names), read_name(parts[0], 0, replace(names, squares=set()))
        if name is not None and name.spelled.endswith(("_{sq}", ",sq}")) and root is not None:
            names.roots[root.key] = name.spelled
    for key, shown in with_list.items():
        name = heads[key]
        if name.spelled == "σ" or (name.is_word and function_named(name.spelled)):
            names.known.discard(key)
        elif calls.get(key, set()) - {shown} or key in primed:
            names.functions.add(key)
            names.known.discard(key)
        else:
            names.listed.add(key)
    names.listed |= set(_argument_lists(readable, names))
    names.alone |= set(_alone(readable, names))


def _primed(readable: Sequence[Sequence[Lexeme]], names: Names) -> Iterator[str]:
    """The f of f'(x)."""
    for lexemes in readable:
        for at, lexeme in enumerate(lexemes[:-2]):
            if (
                lexeme.kind in ("letter", "command")
                and lexemes[at + 1].text == "'"
                and lexemes[at + 2].text == "("
            ):
                name = read_name(lexemes, at, names)
                if name is not None and name.end == at + 1:
                    yield name.key


def differentials(usable: Sequence[Sequence[Part]], names: Names) -> Iterator[str]:
    """W where the text sets dW = …, and W is a name of it that is no d times something."""
    if "d" in names.known or "d" in names.alone:
        return
    for parts in usable:
        left = parts[0]
        name = read_name(left, 1, names) if len(left) > 1 and left[0].text == "d" else None
        touching = name is not None and left[0].place.end == left[1].place.start
        if name is not None and touching and name.end == len(left) and name.key in names.known | names.alone:
            yield name.key


def undefined_functions(readable: Sequence[Sequence[Lexeme]], names: Names) -> Iterator[str]:
    """Names that stand before a bracket with one argument, and nowhere without one: a in h = a(W x + b).

    In derivatives they may stand without: ∂a/∂z.
    """
    called: dict[str, bool] = {}
    for lexemes in readable:
        at = 0
        while at < len(lexemes):
            derivative = read_derivative(lexemes, at, names)
            name = read_name(lexemes, at, names) if lexemes[at].kind in ("letter", "command") else None
            if derivative is not None:
                at = derivative.end
                continue
            if name is not None and not name.is_word:
                end = name.end
                while end < len(lexemes) and lexemes[end].text == "'":
                    end += 1
                one = end < len(lexemes) and lexemes[end].text == "(" and _has_one_argument(lexemes, end)
                called[name.key] = one and not name.indices and called.get(name.key, True)
            at = name.end if name is not None else at + 1
    taken = names.known | names.functions | names.listed | {"sigma"}
    yield from (key for key, only in called.items() if only and key not in taken)


def _has_one_argument(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether a formula, not a list of names that says nothing, stands in the bracket at an index."""
    inside = lexemes[at + 1 : skip_list(lexemes, at) - 1]
    return bool(inside) and not any(x.text in (",", ";") for _, x in outer(inside))


def names_in(part: Part, names: Names) -> Iterator[TexName]:
    """All names of a formula, from left to right."""
    at = 0
    while at < len(part):
        name = read_name(part, at, names) if part[at].kind in ("letter", "command", "open") else None
        if name is None or (part[at].kind == "open" and name.end == at + 1):
            at += 1
        else:
            yield name
            at = name.end


def left_name(left: Part, names: Names) -> TexName | None:
    """The name that a left side consists of, perhaps with a list of arguments behind it."""
    name = read_name(left, 0, names)
    if name is None or skip_list(left, name.end) != len(left):
        return None
    return name


def _calls(usable: Sequence[Sequence[Part]], names: Names) -> dict[str, set[str]]:
    """Names before a bracket on a right side, with what stands in the bracket."""
    found: dict[str, set[str]] = {}
    for parts in usable:
        for part in parts[1:]:
            at = 0
            while at < len(part):
                derivative = read_derivative(part, at, names)
                name = read_name(part, at, names) if part[at].kind in ("letter", "command") else None
                if derivative is not None:
                    at = derivative.end
                elif name is not None:
                    at = name.end
                    if at < len(part) and part[at].text == "(":
                        found.setdefault(name.key, set()).add(word_of(part[at : skip_list(part, at)]))
                else:
                    at += 1
    return found


def _argument_lists(readable: Sequence[Sequence[Lexeme]], names: Names) -> Iterator[str]:
    """L of L(θ) behind ∇ or ∂, where the list says nothing."""
    for lexemes in readable:
        for at, lexeme in enumerate(lexemes):
            if lexeme.text in (r"\nabla", r"\partial"):
                found = read_derivative(lexemes, at, names)
                if (
                    found is not None
                    and found.of is not None
                    and skip_list(lexemes, found.of.end) > found.of.end
                ):
                    yield found.of.key


def _alone(readable: Sequence[Sequence[Lexeme]], names: Names) -> Iterator[str]:
    """Names that stand as an operand, not before a bracket and not in a run of letters."""
    for lexemes in readable:
        at = 0
        while at < len(lexemes):
            raised = lexemes[at].text == "^" and len(argument(lexemes, at + 1)[0]) == 1
            name = read_name(lexemes, at, names) if lexemes[at].kind in ("letter", "command") else None
            if name is None:
                at = argument(lexemes, at + 1)[1] if raised else at + 1
                continue
            touching = not name.indices and name.end == at + 1 and _touches(lexemes, at)
            following = lexemes[name.end].text if name.end < len(lexemes) else ""
            if not touching and following not in ("(", "'", "[", r"\{"):
                yield name.key
            at = name.end


def _touches(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether the letter at an index is part of a run."""
    if lexemes[at].kind != "letter":
        return False

    def close(first: int) -> bool:
        if not 0 <= first < len(lexemes) - 1:
            return False
        a, b = lexemes[first], lexemes[first + 1]
        return a.kind == b.kind == "letter" and a.place.line == b.place.line and a.place.end == b.place.start

    return close(at - 1) or close(at)
