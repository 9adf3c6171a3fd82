"""∂L/∂W, dz/dx, ∇_W L and d/dx f(x) in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbp.errors import Place
from symbp.lang.tex_document import span
from symbp.lang.tex_names import Names, TexName, read_name
from symbp.lang.tex_scan import Lexeme, argument

_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}


@dataclass(frozen=True)
class Derivative:
    """∂of/∂by; `of` is None for d/dx, which acts on what follows; `end` is the lexeme behind it."""

    of: TexName | None
    by: TexName | None
    place: Place
    end: int

    @property
    def spelled(self) -> str:
        """One name for the derivative, the same for all ways to write it."""
        of = self.of.spelled if self.of else "?"
        return derivative_name(of, self.by.spelled if self.by else "?")


def derivative_name(of: str, by: str) -> str:
    return f"∂{of}/∂{by}"


def read_derivative(lexemes: Sequence[Lexeme], at: int, names: Names) -> Derivative | None:
    """The derivative that starts at an index, None where none does."""
    text = lexemes[at].text
    if text in _FRACTIONS:
        return _fraction(lexemes, at, names)
    if text == r"\partial":
        return _inline(lexemes, at, names)
    if text == r"\nabla":
        return _nabla(lexemes, at, names)
    if text == "d" and names.differentials:
        return _differential_of_loss(lexemes, at, names)
    return None


def _differential_of_loss(lexemes: Sequence[Lexeme], at: int, names: Names) -> Derivative | None:
    """dW for ∂L/∂W, where the text sets dW."""
    by = read_name(lexemes, at + 1, names) if at + 1 < len(lexemes) else None
    if by is None or by.key not in names.differentials or lexemes[at].place.end < lexemes[at + 1].place.start:
        return None
    of = TexName(names.loss, (), "", names.loss, lexemes[at].place, at + 1)
    return Derivative(of, by, span(lexemes[at : by.end]), by.end)


def _fraction(lexemes: Sequence[Lexeme], at: int, names: Names) -> Derivative | None:
    if at + 2 >= len(lexemes):
        return None
    above, middle = argument(lexemes, at + 1)
    if middle >= len(lexemes):
        return None
    below, end = argument(lexemes, middle)
    below_name = differential(below, names)
    if below_name is None:
        return None
    above_name = differential(above, names) if len(above) > 1 else None
    if above_name is None and not (len(above) == 1 and above[0].text in (r"\partial", "d")):
        return None
    if above_name is None and lexemes[at + 1].kind != "open" and above[0].text != r"\partial":
        return None
    end_all = end
    if above_name is None:
        return _of_what_follows(lexemes, at, end, below_name, names)
    return Derivative(above_name, below_name, span(lexemes[at:end_all]), end_all)


def _of_what_follows(lexemes: Sequence[Lexeme], at: int, end: int, by: TexName, names: Names) -> Derivative:
    """d/dx of a name behind it; of is None where something else stands there."""
    name = _plain_name(lexemes, end, names)
    if name is None:
        return Derivative(None, by, span(lexemes[at:end]), end)
    stop = skip_list(lexemes, name.end)
    if stop != name.end and name.key not in names.listed:
        return Derivative(None, by, span(lexemes[at:end]), end)
    return Derivative(name, by, span(lexemes[at:stop]), stop)


def _plain_name(lexemes: Sequence[Lexeme], at: int, names: Names) -> TexName | None:
    if at >= len(lexemes):
        return None
    inner, offset = lexemes, 0
    if lexemes[at].kind == "open":
        content, stop = argument(lexemes, at)
        name = read_name(content, 0, names)
        if name is None or skip_list(content, name.end) != len(content):
            return None
        return TexName(name.spelled, name.indices, name.style, name.latex, name.place, stop, name.is_word)
    return read_name(inner, at + offset, names)


def differential(content: Sequence[Lexeme], names: Names) -> TexName | None:
    """The name in \\partial W, \\partial{W} or dW, with a list of arguments behind it skipped."""
    texts = [x.text for x in content]
    at = 1
    if texts[:1] == [r"\mathrm"] and texts[1:4] == ["{", "d", "}"]:
        at = 4
    elif not texts or texts[0] not in (r"\partial", "d"):
        return None
    name = _plain_name(content, at, names)
    if name is None or skip_list(content, name.end) != len(content):
        return None
    return name


def skip_list(lexemes: Sequence[Lexeme], at: int) -> int:
    """The index behind the brackets that start at an index, or the index itself."""
    if at >= len(lexemes) or lexemes[at].text != "(":
        return at
    depth = 0
    for stop in range(at, len(lexemes)):
        depth += {"(": 1, ")": -1}.get(lexemes[stop].text, 0)
        if depth == 0:
            return stop + 1
    return at


def _inline(lexemes: Sequence[Lexeme], at: int, names: Names) -> Derivative | None:
    """\\partial L / \\partial W"""
    of = _plain_name(lexemes, at + 1, names)
    if of is None:
        return None
    middle = skip_list(lexemes, of.end)
    texts = [x.text for x in lexemes[middle : middle + 2]]
    if texts != ["/", r"\partial"]:
        return None
    by = _plain_name(lexemes, middle + 2, names)
    return None if by is None else Derivative(of, by, span(lexemes[at : by.end]), by.end)


def _nabla_of_one(lexemes: Sequence[Lexeme], at: int, names: Names) -> Derivative | None:
    """\\nabla f(x), where f(x) = … says what f is taken by."""
    of = _plain_name(lexemes, at + 1, names)
    if of is None or of.key not in names.single:
        return None
    by = TexName(names.single[of.key], (), "", names.single[of.key], of.place, of.end)
    end = skip_list(lexemes, of.end)
    return Derivative(of, by, span(lexemes[at:end]), end)


def _nabla(lexemes: Sequence[Lexeme], at: int, names: Names) -> Derivative | None:
    """\\nabla_{W} L(\\theta); without its subscript it is no derivative by a name."""
    if at + 1 >= len(lexemes) or lexemes[at + 1].text != "_":
        return _nabla_of_one(lexemes, at, names)
    content, stop = argument(lexemes, at + 2)
    by = _plain_name(content, 0, names)
    if by is None or by.end != len(content):
        return None
    of = _plain_name(lexemes, stop, names)
    if of is None:
        return Derivative(None, by, span(lexemes[at:stop]), stop)
    end = skip_list(lexemes, of.end)
    return Derivative(of, by, span(lexemes[at:end]), end)
