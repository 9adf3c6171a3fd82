"""∂L/∂W, dz/dx, ∇_W L and d/dx f(x) in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbp.errors import ParseError, Place
from symbp.lang.tex_document import span
from symbp.lang.tex_names import Names, TexName, bare, read_name
from symbp.lang.tex_scan import Lexeme, Part, argument, limits_of

_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}


@dataclass(frozen=True)
class Derivative:
    """∂of/∂by; `of` is None for d/dx, which acts on what follows; `end` is the lexeme behind it.

    ∂²of/∂by ∂again where `again` is a name: that of by for ∂²L/∂w² and ∇²_w L.
    """

    of: TexName | None
    by: TexName | None
    place: Place
    end: int
    again: TexName | None = None

    @property
    def spelled(self) -> str:
        """One name for the derivative, the same for all ways to write it."""
        of, by = (name.spelled if name else "?" for name in (self.of, self.by))
        return f"∂²{of}/∂{by}∂{self.again.spelled}" if self.again else derivative_name(of, by)


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
    second = _second(above, below, names)
    if second is not None:
        return replace(second, place=span(lexemes[at:end]), end=end)
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


def _second(above: Sequence[Lexeme], below: Sequence[Lexeme], names: Names) -> Derivative | None:
    """∂²L over ∂w² or ∂w ∂vᵀ."""
    sign = above[0].text if above else ""
    if sign not in (r"\partial", "d") or bare(above[1:])[:2] != ("^", "2"):
        return None
    start = argument(above, 2)[1]
    of = _plain_name(above, start, names)
    cuts = [k for k, x in enumerate(below) if x.text == sign]
    if of is None or skip_list(above, of.end) != len(above) or cuts[:1] != [0] or len(cuts) > 2:
        return None
    first = below[: cuts[1]] if len(cuts) == 2 else below
    by, rest = _taken_by(first, names)
    if by is None:
        return None
    if len(cuts) == 1:
        return Derivative(of, by, by.place, 0, by) if rest == ("^", "2") else None
    again, rest_again = _taken_by(below[cuts[1] :], names)
    if again is None or rest or rest_again not in ((), *_TRANSPOSED):
        return None
    return Derivative(of, by, by.place, 0, again)


_TRANSPOSED = (("^", "T"), ("^", r"\top"), ("^", r"\intercal"), ("'",))


def _taken_by(lexemes: Sequence[Lexeme], names: Names) -> tuple[TexName | None, tuple[str, ...]]:
    """The name behind a ∂, and what follows it without braces."""
    spaces = (r"\,", r"\;", r"\!", r"\quad")
    kept = [x for x in lexemes if x.text not in spaces]
    name = _plain_name(kept, 1, names)
    return name, () if name is None else bare(kept[name.end :])


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
    below, above, stop = limits_of(lexemes, at)
    twice = bare(above) == ("2",)
    if above and not twice:
        return None
    if not below:
        found = _nabla_of_one(lexemes, stop - 1, names)
        return found and replace(
            found, place=span(lexemes[at : found.end]), again=found.by if twice else None
        )
    by = _plain_name(below, 0, names)
    if by is None or by.end != len(below):
        return None
    again = by if twice else None
    of = _plain_name(lexemes, stop, names)
    if of is None:
        return None if twice else Derivative(None, by, span(lexemes[at:stop]), stop)
    end = skip_list(lexemes, of.end)
    return Derivative(of, by, span(lexemes[at:end]), end, again)


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
    """The derivatives of a product of nothing else, such as ∂L/∂ŷ · ∂ŷ/∂W; None for anything else.

    A Σ before it runs over entries of names on the way: Σ_i ∂L/∂ŷ_i ∂ŷ_i/∂w.
    """
    found: list[Derivative] = []
    at = 0
    while at < len(part) and part[at].text == r"\sum":
        at = limits_of(part, at)[2]
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
