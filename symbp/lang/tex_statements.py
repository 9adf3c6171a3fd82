"""What each formula of a document says, in the light of all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symbp.errors import Place
from symbp.lang.statements import Statement
from symbp.lang.tex_adjoints import with_marked_gradients
from symbp.lang.tex_aliases import with_aliases
from symbp.lang.tex_cases import cases_of, condition_in, may_be_condition
from symbp.lang.tex_commands import RELATIONS
from symbp.lang.tex_derivatives import Derivative
from symbp.lang.tex_document import Formula, read_document
from symbp.lang.tex_facts import StatedFact, stated_facts
from symbp.lang.tex_indices import find_indices
from symbp.lang.tex_kinds import classified, refusal, same_base
from symbp.lang.tex_known import (
    differentials,
    find_names,
    layers,
    left_name,
    names_in,
    raised,
    squared,
    undefined_functions,
    words_set,
)
from symbp.lang.tex_labels import given_indices
from symbp.lang.tex_names import Names, bare
from symbp.lang.tex_scan import Lexeme, Part, outer
from symbp.lang.tex_statement import CONDITION, TexStatement
from symbp.lang.tex_unroll import with_numbers

_DOTS = {r"\dots", r"\ldots", r"\cdots", r"\dotsc"}
LOSSES = {"L", "J", "C", "E", "ℓ", "loss", "Loss", "cost", "Cost"}


@dataclass(frozen=True)
class TexDocument:
    """All statements of a text in order, with what is known of its names."""

    statements: tuple[TexStatement, ...]
    declarations: tuple[Statement, ...]
    names: Names
    facts: tuple[StatedFact, ...] = ()


def read_statements(
    text: str, source: str, known: Collection[str] = (), declared: bool = False
) -> TexDocument:
    """All statements of a LaTeX text; `known` are identifiers that are names already.

    ParseError with its place for a formula whose brackets or names cannot be made out.
    """
    formulas, declarations = read_document(text, source)
    return statements_of(formulas, declarations, known, declared)


def statements_of(
    formulas: Sequence[Formula],
    declarations: Sequence[Statement] = (),
    known: Collection[str] = (),
    declared: bool = False,
    unspecified: bool = False,
) -> TexDocument:
    """What formulas say, all of one document or some of them.

    With `unspecified`, functions that the formulas use and do not define are read as such.
    """
    formulas = with_numbers(formulas)
    sides = with_aliases(
        [(f, _sides(f)) for f in formulas if f.display or _relation(f) or may_be_condition(f)]
    )
    usable = [(f.lexemes, s) for f, s in sides if refusal(f, s) is None]
    names = _names_of(formulas, [s for _, s in sides], usable, known, declared)
    if unspecified:
        names.unspecified |= set(undefined_functions([lexemes for lexemes, _ in usable], names))
    listed, conditions = _with_cases([classified(f, s, names) for f, s in sides], formulas, names)
    listed = _with_named_gradients(_with_assignments(listed, names))
    used = {n.key for lexemes, _ in usable for n in names_in(lexemes, names)}
    listed = _without_index_ranges(with_marked_gradients(listed, used | names.known))
    facts = stated_facts([f for f in formulas if f.place not in conditions], names)
    return TexDocument(tuple(listed), tuple(declarations), names, tuple(facts))


def _names_of(
    formulas: Sequence[Formula],
    sides: Sequence[Sequence[Part]],
    usable: Sequence[tuple[Sequence[Lexeme], Sequence[Part]]],
    known: Collection[str],
    declared: bool,
) -> Names:
    """What is known of the names of a text, once all its formulas have been looked at."""
    readable, used = [lexemes for lexemes, _ in usable], [s for _, s in usable]
    names = Names(known=set(known), declared=declared)
    names.raised |= set(raised(sides))
    names.words |= set(words_set(sides))
    names.layers |= set(layers(sides))
    names.squares |= set() if "1" in names.layers else {bare(part) for part in squared(sides)}
    find_indices(readable, [s[0] for s in used], names)
    names.given |= given_indices(formulas, readable, [s[0] for s in used], names)
    names.indices |= names.given
    find_names(used, readable, names)
    names.differentials |= set(differentials(used, names))
    heads = [left_name(s[0], names) for s in used]
    names.loss = next((n.spelled for n in heads if n is not None and n.spelled in LOSSES), "L")
    return names


def _without_index_ranges(listed: Sequence[TexStatement]) -> list[TexStatement]:
    """i = 1, …, n says what an index is."""
    found = list(listed)
    for k, (s, following) in enumerate(pairwise(listed)):
        counted = len(s.parts) == 1 and len(s.parts[0]) == 1 and s.parts[0][0].kind == "number"
        if s.kind == "equation" and counted and following.left and following.left[0].text in _DOTS:
            found[k] = replace(s, kind="none", reason="it says what an index is")
    return found


def _with_cases(
    listed: Sequence[TexStatement], formulas: Sequence[Formula], names: Names
) -> tuple[list[TexStatement], set[Place]]:
    """The statements with the conditions under which they claim something; where those stand."""
    conditions = [condition_in(f, names) for f in formulas]
    claiming = {s.formula.place for s in listed if s.kind == "claim" and s.formula is not None}
    found = list(cases_of(formulas, conditions, [f.place in claiming for f in formulas]))
    cases = {f.place: own for f, own in zip(formulas, found, strict=True) if own}
    used = {id(case) for own in found for case in own}
    stated = {f.place for f, c in zip(formulas, conditions, strict=True) if id(c) in used}
    told = []
    for s in listed:
        at = s.formula.place if s.formula is not None else s.place
        is_condition = at in stated
        told.append(
            replace(s, kind="none", reason=CONDITION) if is_condition else replace(s, cases=cases.get(at, ()))
        )
    return told, stated


def _with_named_gradients(listed: Sequence[TexStatement]) -> list[TexStatement]:
    """δ = … claims a gradient where the text says that δ is one: δ = ∂L/∂z."""
    later = {s.name.key: s.derivative for s in reversed(listed) if s.kind == "gradient" and s.name}
    before: dict[str, Derivative | None] = {}
    found: list[TexStatement] = []
    for s in listed:
        key = s.name.key if s.name is not None else ""
        if s.kind == "gradient":
            before[key] = s.derivative
        said = before.get(key) or later.get(key)
        is_claim = s.kind == "equation" and said is not None
        found.append(replace(s, kind="claim", derivative=said) if is_claim else s)
    return found


def _with_assignments(listed: Sequence[TexStatement], names: Names) -> list[TexStatement]:
    """x ← … sets x, unless x or something else that is updated stands behind the arrow."""
    arrows = [s for s in listed if s.kind == "update" and s.name is not None and not _is_step(s, names)]
    updated = {s.name.key for s in listed if s.kind == "update" and s.name and s not in arrows}
    set_here = {s.name.key for s in listed if s.kind == "equation" and s.name}
    while True:
        dropped = [
            s
            for s in arrows
            if s.name is not None
            and (s.name.key in updated | set_here or updated & {n.key for n in names_in(s.parts[0], names)})
        ]
        if not dropped:
            return [replace(s, kind="equation", reason="") if s in arrows else s for s in listed]
        updated |= {s.name.key for s in dropped if s.name}
        arrows = [s for s in arrows if s not in dropped]


def _is_step(s: TexStatement, names: Names) -> bool:
    """Whether what is behind the arrow has a gradient or the name itself."""
    assert s.name is not None
    part = s.parts[0]
    if any(x.text in (r"\nabla", r"\partial", r"\Delta") for x in part):
        return True
    return any(same_base(n, s.name) for n in names_in(part, names))


def _relation(formula: Formula) -> bool:
    return any(x.text in RELATIONS or x.text in (r"\in", ":") for _, x in outer(formula.lexemes))


def _sides(formula: Formula) -> list[Part]:
    """What stands between the relations."""
    parts: list[list[Lexeme]] = [[]]
    cuts = {at for at, x in outer(formula.lexemes) if x.text in RELATIONS}
    for at, lexeme in enumerate(formula.lexemes):
        if at in cuts:
            if parts[-1] and parts[-1][-1].text == ":":
                parts[-1].pop()
            parts.append([])
        else:
            parts[-1].append(lexeme)
    return [tuple(p) for p in parts]
