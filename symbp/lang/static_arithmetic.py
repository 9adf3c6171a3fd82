"""Arithmetic of what counts and measures: integers, fractions and sizes stay exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.lang.tokens import LARGE


def static_arithmetic(operator: str, a: Any, b: Any) -> Any:
    match operator:
        case "+":
            return _sized(a) + _sized(b)
        case "-":
            return _sized(a) - _sized(b)
        case "*" | "juxtaposition" | "dot":
            return _sized(a) * _sized(b) if not _mixed(a, b) else None
        case "//":
            return _sized(a) // _sized(b) if b != 0 else None
        case "%":
            return a % b if isinstance(a, int) and isinstance(b, int) and b else None
        case "**" | "^":
            return _static_power(a, b)
        case "/":
            return _static_quotient(a, b)
        case "<" | "<=" | ">" | ">=" | "==" | "!=":
            return _static_comparison(operator, a, b)
    return None


def _sized(value: Any) -> Any:
    return value.constant if isinstance(value, Size) and value.is_constant else value


def _mixed(a: Any, b: Any) -> bool:
    """A fraction beside a size is a number, not a size."""
    return (isinstance(a, Fraction) and isinstance(b, Size)) or (
        isinstance(a, Size) and isinstance(b, Fraction)
    )


def _static_quotient(a: Any, b: Any) -> Any:
    if isinstance(a, Size) or isinstance(b, Size):
        whole = not isinstance(a, Fraction) and not isinstance(b, Fraction)
        return Size.of(a).divide(Size.of(b)) if whole else None
    if not b:
        return None
    quotient = Fraction(a) / Fraction(b)
    return quotient.numerator if quotient.denominator == 1 else quotient


def _static_power(a: Any, b: Any) -> Any:
    if isinstance(a, Size):
        return a**b if isinstance(b, int) and 0 <= b <= 8 else None
    if not isinstance(b, int) or (a == 0 and b < 0):
        return None
    if abs(b) > 4096 or (abs(a) > 1 and abs(b) * max(abs(a).numerator.bit_length(), 1) > 4096):
        raise OperandError("this number is too large to be written out", hint=LARGE)
    result = Fraction(a) ** b
    return int(result) if isinstance(a, int) and b >= 0 else result


def _static_comparison(operator: str, a: Any, b: Any) -> Any:
    if operator in ("==", "!="):
        equal = a == b
        if not equal and not (_is_number(a) and _is_number(b)):
            difference = Size.of(a) - Size.of(b)
            if not difference.is_constant:
                raise OperandError(
                    f"whether {a} equals {b} depends on the sizes",
                    hint="declare the sizes that are compared as numbers",
                )
        return equal if operator == "==" else not equal
    if not (_is_number(a) and _is_number(b)):
        difference = Size.of(a) - Size.of(b)
        if (difference - 1).is_at_least(0):
            a, b = 1, 0
        elif (-difference - 1).is_at_least(0):
            a, b = 0, 1
        elif difference.is_constant:
            a, b = difference.constant, 0
        else:
            raise OperandError(
                f"whether {a} {operator} {b} depends on the sizes",
                hint="declare the sizes that are compared as numbers",
            )
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _is_number(value: Any) -> bool:
    return not isinstance(value, Size) or value.is_constant
