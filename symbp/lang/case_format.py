"""What a case of a collection looks like, checked before anything in it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symbp.errors import ModelError

REQUIRED = ("inputs", "forward", "claims")


def check_case(case: Mapping[str, Any], number: int = 0) -> None:
    """Nothing where a case has the format of cases; ModelError with the key that has not.

    >>> check_case({"inputs": {"x": "n"}, "forward": ["L = sum(x)"], "claims": {"x": ["1 + 0*x"]}})
    >>> check_case({"inputs": {"x": 3}, "forward": [], "claims": {}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    symbp.errors.ModelError: symbp.ModelError: case 0: 'inputs' has to be names with shapes ...
    """
    name = f"case {case.get('id', number)}"
    for key in REQUIRED:
        if key not in case:
            raise ModelError(f"{name} has no '{key}'", hint=f"'{key}' has to be {_SAID[key]}")
    for key, fits in _FITS.items():
        if case.get(key) is not None and not fits(case[key]):
            raise ModelError(
                f"{name}: '{key}' has to be {_SAID[key]}, not {_short(case[key])}",
                hint=f"write {key!r} as {_SAID[key]}",
            )
        if case.get(key) is None and key in REQUIRED:
            raise ModelError(f"{name}: '{key}' is empty", hint=f"'{key}' has to be {_SAID[key]}")
    if case.get("output") is not None and case.get("upstream") is None:
        raise ModelError(
            f"{name} has an 'output' and no 'upstream'",
            hint="'upstream' names the gradient that arrives there",
        )


def _short(value: Any) -> str:
    shown = repr(value).replace("'", '"')
    return shown if len(shown) <= 60 else f"{shown[:58]} …"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_lines(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _names_with(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict) and all(_is_text(k) and bool(k.strip()) and fits(v) for k, v in value.items())
    )


def _is_pairs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(p, dict) and _is_text(p.get("output")) and _is_text(p.get("upstream")) for p in value
    )


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "inputs": _names_with(_is_text),
    "dims": _names_with(_is_whole),
    "fixed_dims": _is_texts,
    "constants": _names_with(_is_number),
    "domain": _names_with(_is_text),
    "forward": _is_lines,
    "loss": _is_text,
    "output": _is_text,
    "upstream": _is_text,
    "outputs": _is_pairs,
    "claims": _names_with(_is_lines),
}
_SAID = {
    "inputs": 'names with shapes ("n,d")',
    "dims": "size letters with whole numbers",
    "fixed_dims": "a list of size letters",
    "constants": "names with numbers",
    "domain": 'names with facts ("positive")',
    "forward": "a list of lines",
    "loss": "a name",
    "output": "a name",
    "upstream": "a name",
    "outputs": 'a list of {"output": …, "upstream": …}',
    "claims": "names with lists of lines",
}
