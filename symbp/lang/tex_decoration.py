r"""What stands round formulas for the eye: \underbrace{…}_{…}, \stackrel{…}{=}, {\rm …}."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbp.lang.tex_commands import BRACED, STACKED, SWITCHES
from symbp.lang.tex_scan import Lexeme, argument

MOST = 50


def undecorated(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """The lexemes without what is written above and below, and with types that hold for one group."""
    listed = list(lexemes)
    for _ in range(MOST):
        at = next((k for k, x in enumerate(listed) if x.text in STACKED | BRACED), None)
        if at is None:
            break
        listed = _without(listed, at)
    return _subscripts_first(_switched(listed))


def _subscripts_first(listed: Sequence[Lexeme]) -> list[Lexeme]:
    """x^2_i as x_i^2, which is the same."""
    found: list[Lexeme] = []
    at = 0
    while at < len(listed):
        if listed[at].text == "^" and at + 1 < len(listed):
            middle = argument(listed, at + 1)[1]
            if middle + 1 < len(listed) and listed[middle].text == "_":
                end = argument(listed, middle + 1)[1]
                found += [*listed[middle:end], *listed[at:middle]]
                at = end
                continue
        found.append(listed[at])
        at += 1
    return found


def _without(listed: list[Lexeme], at: int) -> list[Lexeme]:
    """The lexemes without the decoration at an index."""
    if listed[at].text in STACKED:
        start = argument(listed, at + 1)[1]
        content, end = argument(listed, start)
        inner = content if len(content) == 1 else listed[start:end]
    else:
        end = argument(listed, at + 1)[1]
        inner = listed[at + 1 : end]
        while end < len(listed) and listed[end].text in ("_", "^") and _is_label(listed, end):
            end = argument(listed, end + 1)[1]
    return [*listed[:at], *inner, *listed[end:]]


def _is_label(listed: Sequence[Lexeme], at: int) -> bool:
    """Whether what a brace carries is its label: \\underbrace{W x}_{z}, not \\underbrace{…}^2."""
    return listed[at].text == "_" or argument(listed, at + 1)[0][0].kind != "number"


def _switched(listed: Sequence[Lexeme]) -> list[Lexeme]:
    """{\\rm x y} as \\mathrm{x y}."""
    found: list[Lexeme] = []
    for k, lexeme in enumerate(listed):
        if lexeme.text in SWITCHES and k and listed[k - 1].kind == "open":
            found.insert(len(found) - 1, replace(lexeme, text=SWITCHES[lexeme.text]))
        else:
            found.append(lexeme)
    return found
