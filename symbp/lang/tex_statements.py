"""What each formula of a document says: an equation, a claim, an update, a definition, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symbp.errors import ParseError, Place
from symbp.lang.statements import Statement
from symbp.lang.tex_aliases import with_aliases
from symbp.lang.tex_blocks import is_block_bar
from symbp.lang.tex_commands import FUNCTIONS, NO_EQUATION, RELATIONS
from symbp.lang.tex_derivatives import Derivative, read_derivative
from symbp.lang.tex_document import Formula, read_document
from symbp.lang.tex_facts import StatedFact, fact_in, stated_facts
from symbp.lang.tex_indices import find_indices
from symbp.lang.tex_known import (
    Part,
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
from symbp.lang.tex_names import Names, TexName, bare, read_name
from symbp.lang.tex_scan import Lexeme, argument, outer, word_of
from symbp.lang.tex_sets import membership
from symbp.lang.tex_unroll import with_numbers
from symbp.lang.tex_words import function_named

_CONDITIONS = {"=": "=", r"\ne": "≠", r"\neq": "≠"}
_UNDERSTOOD = {"it says what an index is", "it says which entries are meant", "it calls one name another"}
_DOTS = {r"\dots", r"\ldots", r"\cdots", r"\dotsc"}
NOTHING = "nothing in it is equal to anything"
"""Why a formula without a relation is no equation."""
LOSSES = {"L", "J", "C", "E", "ℓ", "loss", "Loss", "cost", "Cost"}


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
    condition: tuple[str, str, str] | None = None
    """("i", "=", "j") or ("i", "≠", "j") behind a claim about entries."""

    @property
    def text(self) -> str:
        return self.place.snippet

    @property
    def is_unread(self) -> bool:
        """Whether it says that something is equal to something, and nobody knows what of what."""
        return self.kind == "none" and bool(self.parts) and self.reason not in _UNDERSTOOD


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
    sides = with_aliases([(f, _sides(f)) for f in formulas if f.display or _relation(f)])
    usable = [(f.lexemes, s) for f, s in sides if _refusal(f, s) is None]
    readable = [lexemes for lexemes, _ in usable]
    names = Names(known=set(known), declared=declared)
    names.raised |= set(raised(s for _, s in sides))
    names.words |= set(words_set(s for _, s in sides))
    names.layers |= set(layers(s for _, s in sides))
    names.squares |= set() if "1" in names.layers else {bare(part) for part in squared([s for _, s in sides])}
    find_indices(readable, [s[0] for _, s in usable], names)
    find_names([s for _, s in usable], readable, names)
    names.differentials |= set(differentials([s for _, s in usable], names))
    heads = [left_name(s[0], names) for _, s in usable]
    names.loss = next((n.spelled for n in heads if n is not None and n.spelled in LOSSES), "L")
    if unspecified:
        names.unspecified |= set(undefined_functions(readable, names))
    listed = _with_assignments([_classified(f, s, names) for f, s in sides], names)
    listed = _with_named_gradients(_with_conditions(listed, names))
    for k, (s, following) in enumerate(pairwise(listed)):
        counted = len(s.parts) == 1 and len(s.parts[0]) == 1 and s.parts[0][0].kind == "number"
        if s.kind == "equation" and counted and following.left and following.left[0].text in _DOTS:
            listed[k] = replace(s, kind="none", reason="it says what an index is")
    return TexDocument(tuple(listed), tuple(declarations), names, tuple(stated_facts(formulas, names)))


def _with_conditions(listed: Sequence[TexStatement], names: Names) -> list[TexStatement]:
    """i = j and i ≠ j behind a claim about entries say which entries it is about."""
    found: list[TexStatement] = []
    for s in listed:
        before = found[-1] if found else None
        texts = bare(s.formula.lexemes) if s.formula is not None else ()
        is_condition = len(texts) == 3 and texts[1] in _CONDITIONS and {texts[0], texts[2]} <= names.indices
        same_line = before is not None and before.kind == "claim" and before.place.line == s.place.line
        if is_condition and before is not None and same_line and before.derivative is not None:
            found[-1] = replace(before, condition=(texts[0], _CONDITIONS[texts[1]], texts[2]))
            found.append(replace(s, kind="none", reason="it says which entries are meant"))
        else:
            found.append(s)
    return found


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
    return any(_same_base(n, s.name) for n in names_in(part, names))


# -- sides --------------------------------------------------------------------------------------


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


def _refusal(formula: Formula, sides: Sequence[Part]) -> str | None:
    """Why a formula is no equation that could be computed; None where it may be one."""
    for at, lexeme in enumerate(formula.lexemes):
        if lexeme.text == r"\mathbb" and not _is_set(formula.lexemes, at):
            continue
        if lexeme.text in NO_EQUATION and lexeme.text != r"\in":
            return f"{NO_EQUATION[lexeme.text]} stands in it"
    if any(x.text == r"\in" for x in formula.lexemes):
        return "it says what something belongs to"
    if len(sides) < 2:
        return NOTHING
    if any(not side for side in sides):
        return "one of its sides is empty"
    bars = [at for at, x in enumerate(formula.lexemes) if x.text in ("|", r"\mid")]
    if sum(not is_block_bar(formula.lexemes, at) for at in bars) % 2:
        return "a condition stands in it"
    return None


def _is_set(lexemes: Sequence[Lexeme], at: int) -> bool:
    return word_of(argument(lexemes, at + 1)[0]) not in ("1",)


# -- kinds --------------------------------------------------------------------------------------


def _classified(formula: Formula, sides: Sequence[Part], names: Names) -> TexStatement:
    base = TexStatement("none", formula.place, tuple(sides[1:]), sides[0], formula=formula)
    belongs = membership(formula.lexemes, names)
    if belongs is not None and belongs.shape is not None:
        return replace(base, kind="shape", left=formula.lexemes, parts=())
    stated = fact_in(formula, names)
    if stated is not None:
        return replace(base, kind="fact", name=stated[0])
    reason = _refusal(formula, sides)
    if reason is not None:
        name = left_name(sides[0], names) if len(sides) > 1 and sides[0] else None
        return replace(base, reason=reason, name=name)
    if any(x.text in (r"\leftarrow", r"\gets") for _, x in outer(formula.lexemes)):
        name = left_name(sides[0], names)
        kind = "none" if name is None else "update"
        return replace(base, kind=kind, name=name, reason="" if name else "the left side is no name")
    derivative = read_derivative(sides[0], 0, names)
    if derivative is not None and derivative.end == len(sides[0]) and derivative.of is not None:
        return _of_derivative(base, derivative, names)
    if _is_slope(sides[0], derivative, names):
        return replace(base, kind="slope", derivative=derivative)
    name = left_name(sides[0], names)
    if name is None:
        return replace(base, reason="the left side is no name and no derivative")
    return _of_name(base, name, formula.lexemes, names)


def _of_derivative(base: TexStatement, derivative: Derivative, names: Names) -> TexStatement:
    if all(factors(part, names) is not None for part in base.parts):
        return replace(base, kind="factorization", derivative=derivative)
    return replace(base, kind="claim", derivative=derivative)


def _is_slope(left: Part, derivative: Derivative | None, names: Names) -> bool:
    """σ'(x), d/dx f(x), ∂(xy)/∂x."""
    if derivative is not None and derivative.of is None and derivative.by is not None:
        return derivative.end < len(left)
    if left[0].text in (r"\frac", r"\dfrac", r"\tfrac"):
        above, middle = argument(left, 1)
        return middle < len(left) and bool(above) and above[0].text == r"\partial"
    if left[0].text in FUNCTIONS:
        return len(left) > 1 and left[1].text == "'"
    name = read_name(left, 0, names)
    return name is not None and name.end < len(left) and left[name.end].text == "'"


def _of_name(base: TexStatement, name: TexName, formula: Part, names: Names) -> TexStatement:
    found = replace(base, name=name)
    first = base.parts[0]
    if name.spelled in names.indices and len(first) == 1:
        return replace(found, kind="none", reason="it says what an index is")
    if len(base.parts) == 1 and any(x.text == r"\equiv" for x in formula) and left_name(first, names):
        return replace(found, kind="none", reason="it calls one name another")
    listed = _listed_names(base.left[name.end :], names)
    is_function = name.key in names.functions or (
        name.end < len(base.left)
        and (name.spelled == "σ" or (name.is_word and function_named(name.spelled) is not None))
    )
    if is_function:
        return replace(found, kind="activation", arguments=listed)
    derivatives = [d for part in base.parts for d in derivatives_in(part, names)]
    if derivatives:
        return _with_derivatives(found, derivatives, names)
    return replace(found, kind="equation", arguments=listed)


def _with_derivatives(found: TexStatement, derivatives: Sequence[Derivative], names: Names) -> TexStatement:
    first = found.parts[0]
    at = read_name(first, 0, names)
    name = found.name
    assert name is not None
    if at is not None and _same_base(at, name) and at.end < len(first) and first[at.end].text in "+-":
        return replace(found, kind="update")
    alone = read_derivative(first, 0, names)
    derivative = alone if alone is not None and alone.end == len(first) else None
    return replace(found, kind="gradient", derivative=derivative)


def _same_base(a: TexName, b: TexName) -> bool:
    return a.spelled.split("_")[0].rstrip("₀₁₂₃₄₅₆₇₈₉") == b.spelled.split("_")[0].rstrip("₀₁₂₃₄₅₆₇₈₉")


def _listed_names(lexemes: Sequence[Lexeme], names: Names) -> tuple[TexName, ...]:
    found = []
    at = 1
    while at < len(lexemes) - 1:
        name = read_name(lexemes, at, names)
        if name is None:
            at += 1
            continue
        found.append(name)
        at = name.end
    return tuple(found)


def derivatives_in(lexemes: Sequence[Lexeme], names: Names) -> list[Derivative]:
    """All derivatives of names in a formula."""
    found = []
    at = 0
    while at < len(lexemes):
        derivative = read_derivative(lexemes, at, names)
        if derivative is not None:
            found += [derivative] if derivative.of is not None else []
            at = derivative.end
        elif lexemes[at].text == r"\nabla":
            raise ParseError("this ∇ has to say by what", lexemes[at].place, hint=r"write \nabla_{W} L")
        else:
            at += 1
    return found


def factors(part: Part, names: Names) -> list[Derivative] | None:
    """The derivatives of a product of nothing else, such as ∂L/∂ŷ · ∂ŷ/∂W; None for anything else."""
    found: list[Derivative] = []
    at = 0
    while at < len(part):
        if part[at].text in (r"\cdot", r"\times", "{", "}"):
            at += 1
            continue
        derivative = read_derivative(part, at, names)
        if derivative is None or derivative.of is None:
            return None
        found.append(derivative)
        at = derivative.end
    return found if len(found) > 1 else None
