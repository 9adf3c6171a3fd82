"""match statements: which of the cases a value that is known beforehand belongs to."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from symbp.lang.code.arrays import Array
from symbp.lang.code.operators import compare, truth
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import Masked

Evaluate = Callable[[ast.expr], Any]


def matched(pattern: ast.pattern, value: Any, evaluate: Evaluate) -> dict[str, Any] | None:
    """The names that a pattern binds; None where the value is none of it.  NotReadError."""
    match pattern:
        case ast.MatchValue(value=wanted):
            return {} if _equal(value, evaluate(wanted)) else None
        case ast.MatchSingleton(value=wanted):
            return {} if value is wanted else None
        case ast.MatchOr(patterns=patterns):
            found = (matched(p, value, evaluate) for p in patterns)
            return next((names for names in found if names is not None), None)
        case ast.MatchAs(pattern=None, name=name):
            return {} if name is None else {name: value}
        case ast.MatchAs(pattern=ast.pattern() as inner, name=name):
            names = matched(inner, value, evaluate)
            return None if names is None or name is None else {**names, name: value}
        case ast.MatchSequence(patterns=patterns) if not any(isinstance(p, ast.MatchStar) for p in patterns):
            return _sequence(patterns, value, evaluate)
    raise NotReadError("this kind of pattern is not read")


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, Array | Masked):
        raise NotReadError("which case this is depends on the data")
    return truth(compare("==", value, wanted))


def _sequence(patterns: list[ast.pattern], value: Any, evaluate: Evaluate) -> dict[str, Any] | None:
    if isinstance(value, Array):
        raise NotReadError("which case this is depends on the data")
    if not isinstance(value, list | tuple) or len(value) != len(patterns):
        return None
    names: dict[str, Any] = {}
    for pattern, item in zip(patterns, value, strict=True):
        found = matched(pattern, item, evaluate)
        if found is None:
            return None
        names |= found
    return names
