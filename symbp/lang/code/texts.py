"""Values written into texts, as keys of parameters are made: "W%d" % k, f"W{k}", "W{:02d}".format(k)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from symbp.algebra.size import Size
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import bounded

SHORT_FORMAT = re.compile(r"[^\d.]{0,3}\d{0,3}(?:\.\d{1,2})?[a-zA-Z%]?")
"""What may follow the colon where a value goes into a text."""
PERCENT = re.compile(r"%(?P<format>[-+ #]?\d{0,3}(?:\.\d{1,2})?)(?P<kind>[a-zA-Z%])")
FIELD = re.compile(r"\{(?P<name>\w*)(?:![sr])?(?::(?P<format>[^{}]*))?\}")
UNKNOWN = "…"
"""What stands for a value that has no text."""


def text_of(value: Any, depth: int = 0) -> str:
    """str(value)."""
    value = _number(value)
    if isinstance(value, bool | int | float | str | Size) or value is None:
        return str(value)
    if isinstance(value, tuple | list) and depth < 3:
        items = [repr(v) if isinstance(v, str) else text_of(v, depth + 1) for v in value]
        if isinstance(value, list):
            return f"[{', '.join(items)}]"
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return UNKNOWN


def formatted(value: Any, form: str) -> str:
    """format(value, form)."""
    value = _number(value)
    if not form:
        return text_of(value)
    if not SHORT_FORMAT.fullmatch(form):
        raise NotReadError(f"the format {form[:20]!r} is not read")
    return format(value, form) if isinstance(value, int | float | str) else UNKNOWN


def percent(text: str, values: Any) -> str:
    """text % values."""
    given = list(values) if isinstance(values, tuple) else [values]

    def filled(found: re.Match[str]) -> str:
        if found["kind"] == "%":
            return "%"
        value = _number(given.pop(0)) if given else None
        if not isinstance(value, int | float | str):
            return UNKNOWN
        return f"%{found['format']}{found['kind']}" % value

    return str(bounded(PERCENT.sub(filled, text)))


def filled_in(text: str, values: list[Any], named: dict[str, Any]) -> str:
    """text.format(*values, **named)."""
    count = iter(range(len(values)))

    def filled(found: re.Match[str]) -> str:
        name = found["name"]
        at = next(count, None) if not name else int(name) if name.isdigit() else None
        if name in named:
            return formatted(named[name], found["format"] or "")
        if at is None or at >= len(values):
            raise NotReadError(f"format is given nothing for {{{name}}}")
        return formatted(values[at], found["format"] or "")

    filled_text = FIELD.sub(filled, text.replace("{{", "\0").replace("}}", "\1"))
    if "{" in filled_text or "}" in filled_text:
        raise NotReadError(f"the format {text[:40]!r} is not read")
    return str(bounded(filled_text.replace("\0", "{").replace("\1", "}")))


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value
