"""LaTeX as MathML, by latex2mathml, an optional dependency, with the spaces that signs need."""

from __future__ import annotations

import re
from functools import lru_cache

from symbp.errors import SymbpError

try:
    from latex2mathml import converter
except ImportError:
    converter = None  # type: ignore[assignment]

_BINARY = {"&#x0002B;", "&#x02212;", "&#x02299;", "&#x022C5;", "&#x000D7;"}
_RELATIONS = {"&#x0003D;", "&#x02190;", "&#x02208;", "&#x0003C;", "&#x0003E;", "&#x02264;", "&#x02265;"}
_CLOSING = tuple(f"{sign}</mo>" for sign in ("&#x00029;", "]", "&#x0005D;", "&#x02016;", "|", "&#x0007C;"))
_SIGN = re.compile(r"<mo>(&#x\w+;|&lt;|&gt;)</mo>")
_WORD = re.compile(r"<mo>([A-Za-z0-9]{2,})</mo>")
_NAME = re.compile(r"\\operatorname\{((?:[A-Za-z0-9]|\\_)+)\}")
_LOW = "lowline"
"""Stands for _ in the name of a function on the way through latex2mathml, which reads it as an index."""


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool) -> str:
    """One formula as MathML.  SymbpError where latex2mathml is not installed."""
    if not hasattr(converter, "convert"):
        hint = "pip install symbp[html]"
        raise SymbpError("HTML needs the package latex2mathml, which is not installed", hint=hint)
    plain = _NAME.sub(lambda m: m.group().replace(r"\_", _LOW), low_brackets(latex))
    found: str = converter.convert(plain, display="block" if display else "inline")
    found = found.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    found = found.replace(' fence="true" ', ' fence="true" lspace="0em" rspace="0em" ')
    found = _WORD.sub(lambda m: f"<mi>{m.group(1).replace(_LOW, '_')}</mi>", found)
    return _SIGN.sub(_spaced, found)


_FENCE = re.compile(r"\\(left|right)(?![A-Za-z])\s*(\\[A-Za-z]+|\\.|.)")
_TALL = re.compile(r"\\(frac|dfrac|sum|prod|sqrt|begin|hat)(?![A-Za-z])|\^\{[^{}]*\^")


def low_brackets(latex: str) -> str:
    """Brackets around what is not tall as plain ones: browsers put space around those that stretch."""
    opened: list[re.Match[str]] = []
    plain: dict[int, str] = {}
    highest = -1
    for fence in _FENCE.finditer(latex):
        if fence.group(1) == "left":
            opened.append(fence)
        elif opened:
            first = opened.pop()
            if first.start() < highest or _TALL.search(latex, first.end(), fence.start()):
                highest = fence.start()
                continue
            for part in (first, fence):
                plain[part.start()] = "" if part.group(2) == "." else part.group(2)
    return _FENCE.sub(lambda f: plain.get(f.start(), f.group()), latex)


def _spaced(sign: re.Match[str]) -> str:
    """A sign between two terms has space around it, a sign in front of one has none behind."""
    before = sign.string[: sign.start()]
    opening = before[before.rfind("<") :].startswith(("<mrow>", "<math"))
    in_front = opening or (before.endswith("</mo>") and not before.endswith(_CLOSING))
    if sign.group(1) in _RELATIONS:
        return f'<mo lspace="0.278em" rspace="0.278em">{sign.group(1)}</mo>'
    if sign.group(1) not in _BINARY:
        return sign.group()
    width = "0em" if in_front else "0.222em"
    return f'<mo lspace="{width}" rspace="{width}">{sign.group(1)}</mo>'
