"""Which kind of statement a formula is: an equation, a claim, an update, a definition, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbp.lang.tex_blocks import is_block_bar
from symbp.lang.tex_commands import FUNCTIONS, NO_EQUATION
from symbp.lang.tex_derivatives import Derivative, derivatives_in, factors, read_derivative
from symbp.lang.tex_document import Formula
from symbp.lang.tex_facts import fact_in
from symbp.lang.tex_known import left_name
from symbp.lang.tex_names import Names, TexName, read_name
from symbp.lang.tex_scan import Lexeme, Part, argument, outer, word_of
from symbp.lang.tex_sets import membership
from symbp.lang.tex_statement import TexStatement
from symbp.lang.tex_words import function_named

NOTHING = "nothing in it is equal to anything"
"""Why a formula without a relation is no equation."""


def classified(formula: Formula, sides: Sequence[Part], names: Names) -> TexStatement:
    base = TexStatement("none", formula.place, tuple(sides[1:]), sides[0], formula=formula)
    belongs = membership(formula.lexemes, names)
    if belongs is not None and belongs.shape is not None:
        return replace(base, kind="shape", left=formula.lexemes, parts=())
    stated = fact_in(formula, names)
    if stated is not None:
        return replace(base, kind="fact", name=stated[0])
    reason = refusal(formula, sides)
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


def refusal(formula: Formula, sides: Sequence[Part]) -> str | None:
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
    if at is not None and same_base(at, name) and at.end < len(first) and first[at.end].text in "+-":
        return replace(found, kind="update")
    alone = read_derivative(first, 0, names)
    derivative = alone if alone is not None and alone.end == len(first) else None
    return replace(found, kind="gradient", derivative=derivative)


def same_base(a: TexName, b: TexName) -> bool:
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
