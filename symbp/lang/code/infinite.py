"""Arithmetic with ±inf: it stays infinite; what may be nan is not read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, number
from symbp.algebra.size import Size
from symbp.lang.code.arrays import Array
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import Infinite
from symbp.ops.constant_arrays import full
from symbp.ops.contract import CONTRACT


def with_infinite(sign: str, left: Any, right: Any) -> Any:
    """left sign right, where at least one of the two is infinite."""
    own, other = (left, right) if isinstance(left, Infinite) else (right, left)
    turned = Infinite(-own.sign) if sign == "-" and own is right else own
    if isinstance(other, Infinite):
        if sign in ("+", "-") and (other.sign == own.sign) == (sign == "+"):
            return own
    elif sign in ("+", "-"):
        return _like(other, turned)
    elif sign == "*" or (sign == "/" and own is left):
        factor = _everywhere(other)
        if factor:
            return _like(other, own if factor > 0 else Infinite(-own.sign))
    elif sign == "/" and not isinstance(other, Array):
        return 0
    raise NotReadError(f"{sign} with inf may be nan, which equations cannot hold")


def _like(other: Any, value: Infinite) -> Any:
    if isinstance(other, Array):
        return Array(full(other.shape, value.stand_in))
    return value


def _everywhere(value: Any) -> Fraction | None:
    """The number that stands in every entry, where it is known."""
    if isinstance(value, Array):
        return _of_node(value.node)
    if isinstance(value, Size):
        return Fraction(1) if value.is_at_least(1) else None
    return Fraction(value) if isinstance(value, int | Fraction) else None


def _of_node(node: Node) -> Fraction | None:
    if node.op is not CONTRACT:
        return number(node)
    _, labels, sizes = node.params
    if len(set(labels)) != len(labels) or len(sizes) != len(labels):
        return None
    product = Fraction(1)
    for argument in node.args:
        value = number(argument)
        if value is None:
            return None
        product *= value
    return product
