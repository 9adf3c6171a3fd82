"""LaTeX formulas in lines: how wide one is set, and where it may be broken.

Widths are estimates in em, with the letters of Computer Modern in mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|.", re.S)
_STRUTS = {
    r"\left", r"\right", r"\operatorname", r"\mathrm", r"\mathbf", r"\mathbb", r"\mathcal", r"\text", r"\hat",
    r"\tilde", r"\bar", r"\boldsymbol", r"\mathit", r"\displaystyle", r"\dot", r"\vec", r"\overline",
}  # fmt: skip
"""Commands without a width of their own."""
_WIDTHS = {
    "+": 1.22, "-": 1.22, "=": 1.33, r"\odot": 1.22, r"\cdot": 0.72, r"\times": 1.22, r"\le": 1.33,
    r"\ge": 1.33, r"\ne": 1.33, r"\in": 1.22, r"\leftarrow": 1.56, r"\sum": 1.6, r"\prod": 1.5, "(": 0.42,
    ")": 0.42, "[": 0.32, "]": 0.32, ",": 0.45, ".": 0.28, "|": 0.28, "/": 0.5, r"\,": 0.17, r"\quad": 1.0,
    r"\qquad": 2.0, r"\ ": 0.33, r"\log": 1.45, r"\exp": 1.6, r"\tanh": 2.2, r"\max": 2.0, r"\min": 1.8,
    r"\dots": 1.3, r"\ldots": 1.3, r"\sqrt": 0.9, r"\bmod": 2.4, r"\det": 1.5, r"\mathbf{1}": 0.58,
    r"\sin": 1.4, r"\cos": 1.5, r"\tan": 1.6, r"\top": 0.78, r"\partial": 0.6, r"\delta": 0.48,
}  # fmt: skip
_SCRIPT = 0.72


def ems(latex: str) -> float:
    """About how wide the formula is set: a fraction is as wide as its wider half."""
    stack: list[list[float]] = [[]]
    kinds: list[str] = [""]
    waiting: list[str] = []
    for token in _TOKEN.findall(latex):
        if token == "{":
            kinds.append(waiting.pop() if waiting else "")
            stack.append([])
        elif token == "}" and len(stack) > 1:
            inner, kind = sum(stack.pop()), kinds.pop()
            _closed(stack[-1], inner, kind)
        elif token in (r"\frac", r"\dfrac"):
            waiting += ["bottom", "top"]
        elif token in "_^":
            waiting.append("script")
        elif not token.isspace() and token not in _STRUTS:
            scale = _SCRIPT if waiting and waiting[-1] == "script" else 1.0
            if scale < 1:
                waiting.pop()
            stack[-1].append(scale * _WIDTHS.get(token, 0.56 if token.isalnum() or token[0] == "\\" else 0.4))
    return sum(map(sum, stack))


def _closed(outer: list[float], inner: float, kind: str) -> None:
    """The width of a group that ends joins what stands before it."""
    if kind == "bottom" and outer:
        outer[-1] = max(outer[-1], inner + 0.25)
    else:
        outer.append(inner * _SCRIPT if kind == "script" else inner + 0.25 * (kind == "top"))


@dataclass(frozen=True)
class _Cut:
    """A place where a formula may be broken."""

    at: int
    open: int
    """How many \\left brackets are open there."""
    rank: int
    """Which sign stands there; the strongest is 0."""


_RANKS = {"= ": 0, "+ ": 1, "- ": 1, r"\odot": 2, r"\cdot": 3}
_WEAK = 4


def _cuts(latex: str) -> Iterator[_Cut]:
    """The spaces outside all braces, and outside the brackets of a script."""
    braces = brackets = environments = 0
    position = 0
    previous = ""
    for token in _TOKEN.findall(latex):
        if token.isspace() and not braces and not environments and previous not in (r"\left", r"\right"):
            rest = latex[position + len(token) :]
            rank = next((r for sign, r in _RANKS.items() if rest.startswith(sign)), _WEAK)
            if position and rest and not rest.startswith(("_", "^", r"\right")) and previous not in _LEADING:
                yield _Cut(position, brackets, rank)
        braces += (token == "{") - (token == "}")
        environments += (token == r"\begin") - (token == r"\end")
        if not braces:
            brackets += (token == r"\left") - (token == r"\right")
        position += len(token)
        if not token.isspace():
            previous = token


_LEADING = {"+", "-", "=", r"\odot", r"\cdot", r"\log", r"\exp", r"\tanh", r"\max", r"\min", r"\partial"}
"""Signs that a line does not end with."""


def broken_latex(latex: str, width: float, indent: float = 1.0, deepest: int = 99) -> list[str]:
    """The formula in pieces no wider than `width`, where its signs allow that.

    A break inside \\left( … \\right) closes the bracket invisibly and opens it again on the next line;
    `deepest` is how many brackets may be open there.
    """
    pieces: list[str] = []
    room = width
    while ems(latex) > room:
        cut = _best(latex, room, deepest)
        if cut is None:
            break
        pieces.append(latex[: cut.at].rstrip() + r" \right." * cut.open)
        latex = r"\left. " * cut.open + latex[cut.at :].lstrip()
        room = width - indent
    return [*pieces, latex]


def _best(latex: str, room: float, deepest: int) -> _Cut | None:
    """Few open brackets, then a strong sign, then far right; the first third of a line stays whole."""
    best: _Cut | None = None
    for cut in _cuts(latex):
        if cut.open > deepest:
            continue
        here = ems(latex[: cut.at])
        if here > room and best is not None:
            break
        if here < room / 3 or ems(latex[cut.at :]) < 2:
            continue
        if best is None or (cut.open, cut.rank, -cut.at) < (best.open, best.rank, -best.at):
            best = cut
        if here > room:
            break
    return best
