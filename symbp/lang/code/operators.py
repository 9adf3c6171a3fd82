"""Operators, comparisons and truth on the values of interpreted code."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.lang.arithmetic import arithmetic
from symbp.lang.code.arrays import Array
from symbp.lang.code.infinite import with_infinite
from symbp.lang.code.integers import as_integers, integer_division
from symbp.lang.code.source import NotReadError
from symbp.lang.code.texts import percent
from symbp.lang.code.values import (
    LONGEST_LIST,
    Builtin,
    Class,
    Function,
    Infinite,
    Instance,
    Masked,
    Method,
    Namespace,
    Opaque,
    ValueMethod,
    bounded,
    plain,
    size_of,
)
from symbp.lang.values import is_static, negate, node_of
from symbp.ops.compare import logical_and, logical_not, logical_or, not_equal
from symbp.ops.constant_arrays import is_zero
from symbp.ops.registry import broadcast_shapes
from symbp.ops.ufuncs import floor_divide, remainder

SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
OBJECTS = (Instance, Class, Function, Method, ValueMethod, Builtin, Opaque, Namespace)


def binary(sign: str, left: Any, right: Any) -> Any:
    """left sign right, with NumPy's and Python's meaning.  OperandError where it has none."""
    if isinstance(left, Masked) or isinstance(right, Masked):
        return _masked(sign, left, right)
    if isinstance(left, Infinite) or isinstance(right, Infinite):
        return with_infinite(sign, left, right)
    if isinstance(left, Array) or isinstance(right, Array):
        return Array(bounded(as_integers(node_binary(sign, plain(left), plain(right)))))
    if sign == "|" and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    for value in (left, right):
        if value is None or isinstance(value, (*OBJECTS, dict)):
            raise NotReadError(f"{sign} has no meaning for {describe(value)}")
    if isinstance(left, str):
        return bounded(_text(sign, left, right))
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        return _listed(sign, left, right)
    left, right = _number(left), _number(right)
    if sign in ("&", "|", "^", "<<", ">>"):
        return _bits(sign, left, right)
    if sign == "%" and is_static(left) and is_static(right) and right != 0:
        return _remainder(left, right)
    if sign in ("/", "//", "%") and right == 0:
        raise NotReadError("division by zero")
    result = bounded(arithmetic(sign, left, right))
    return Array(result) if isinstance(result, Node) else result


def node_binary(sign: str, left: Any, right: Any) -> Node:
    """The same for nodes (and whatever stands beside one); zeros drop out of sums."""
    if left is None or right is None:
        raise NotReadError(f"{sign} has no meaning for None")
    if sign in ("&", "|", "^"):
        a, b = node_of(left), node_of(right)
        return {"&": logical_and, "|": logical_or, "^": not_equal}[sign](a, b)
    if sign in ("+", "-", "*") and all(isinstance(v, Node) and v.dtype == "bool" for v in (left, right)):
        return _of_masks(sign, left, right)
    if sign in ("+", "-"):
        return _sum(sign, node_of(left), node_of(right))
    if sign in ("//", "%"):
        a, b = node_of(left), node_of(right)
        return integer_division(sign, floor_divide(a, b) if sign == "//" else remainder(a, b), a, b)
    return node_of(arithmetic(sign, left, right))


def _of_masks(sign: str, a: Node, b: Node) -> Node:
    """Two masks: + is or, * is and, as in NumPy."""
    if sign == "-":
        raise NotReadError("NumPy has no difference of two masks; it is written ^ or !=")
    return logical_or(a, b) if sign == "+" else logical_and(a, b)


def _sum(sign: str, a: Node, b: Node) -> Node:
    shape = broadcast_shapes(a.shape, b.shape, "add" if sign == "+" else "subtract")
    if is_zero(b) and a.shape == shape and a.dtype == "real":
        return a
    if is_zero(a) and b.shape == shape and b.dtype == "real":
        return b if sign == "+" else node_of(negate(b))
    return node_of(arithmetic(sign, a, b))


def _masked(sign: str, left: Any, right: Any) -> Masked:
    mask = left.mask if isinstance(left, Masked) else right.mask
    for value in (left, right):
        if isinstance(value, Masked) and value.mask is not mask:
            raise NotReadError("entries taken by two different masks do not go together")
        if isinstance(value, Array) and value.rank:
            raise NotReadError("entries taken by a mask go together with numbers only")
    if sign == "@":
        raise NotReadError("@ of entries taken by a mask depends on which they are")
    a, b = (v.node if isinstance(v, Masked) else plain(v) for v in (left, right))
    return Masked(node_binary(sign, a, b), mask)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _text(sign: str, left: str, right: Any) -> str:
    if sign == "+" and isinstance(right, str):
        return left + right
    if sign == "*" and isinstance(right, int) and len(left) * right <= LONGEST_LIST:
        return left * right
    if sign == "%":
        return percent(left, right)
    raise NotReadError(f"{sign} has no meaning for a text")


def _listed(sign: str, left: Any, right: Any) -> Any:
    if sign == "*":
        items, times = (left, right) if isinstance(left, list | tuple) else (right, left)
        if isinstance(times, int):
            if len(items) * times > LONGEST_LIST:
                raise NotReadError(f"more than {LONGEST_LIST} items are not supported")
            return items * times
    if sign == "+" and type(left) is type(right):
        return bounded(left + right)
    raise NotReadError(f"{sign} has no meaning for a {type(left).__name__} and a {type(right).__name__}")


def _bits(sign: str, a: Any, b: Any) -> int:
    if not isinstance(a, int) or not isinstance(b, int) or (sign in ("<<", ">>") and not 0 <= b <= 64):
        raise NotReadError(f"{sign} needs known integers")
    return {"&": a & b, "|": a | b, "^": a ^ b}.get(sign, a << b if sign == "<<" else a >> b)


def _remainder(a: Any, b: Any) -> Any:
    if isinstance(a, Size) or isinstance(b, Size):
        if isinstance(a, Fraction) or isinstance(b, Fraction):
            raise NotReadError(f"{a} % {b} depends on the sizes")
        if Size.of(a).divide(Size.of(b)) is None:
            raise NotReadError(f"{a} % {b} depends on the sizes")
        return 0
    return a % b


def compare(sign: str, left: Any, right: Any) -> Any:
    """One comparison: a bool where it is known beforehand, else a mask."""
    if sign in ("is", "is not"):
        is_name = isinstance(left, Builtin | Opaque)
        same = left is right or ((is_name or (_is_number(left) and _is_number(right))) and left == right)
        return same == (sign == "is")
    if sign in ("in", "not in"):
        return _contains(right, left) == (sign == "in")
    if isinstance(left, Array) or isinstance(right, Array):
        if left is None or right is None:
            return sign == "!="
        return Array(node_binary(sign, plain(left), plain(right)))
    if isinstance(left, Infinite) or isinstance(right, Infinite):
        left, right = plain(left), plain(right)
    if is_static(_number(left)) and is_static(_number(right)):
        return bool(arithmetic(sign, _number(left), _number(right)))
    if isinstance(left, list | tuple) and type(left) is type(right) and sign in ("==", "!="):
        same = len(left) == len(right) and all(
            truth(compare("==", a, b)) for a, b in zip(left, right, strict=True)
        )
        return same == (sign == "==")
    if sign in ("==", "!="):
        same = type(left) is type(right) and not isinstance(left, Masked) and left == right
        return same == (sign == "==")
    if isinstance(left, str) and isinstance(right, str):
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]
    raise NotReadError(f"{sign} has no meaning for {describe(left)} and {describe(right)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int)


def _contains(items: Any, wanted: Any) -> bool:
    if isinstance(items, dict):
        return wanted in items
    if isinstance(items, str) and isinstance(wanted, str):
        return wanted in items
    if isinstance(items, Instance):
        raise NotReadError("in has no meaning for an object")
    if isinstance(items, list | tuple | range):
        return any(item is wanted or truth(compare("==", item, wanted)) for item in items)
    raise NotReadError(f"in has no meaning for {describe(items)}")


def truth(value: Any) -> bool:
    """Whether a condition holds.  OperandError where that depends on the data."""
    if isinstance(value, Array):
        raise NotReadError("whether this holds depends on the data")
    if isinstance(value, Size):
        if not value.is_at_least(1):
            raise NotReadError(f"whether {value} is 0 depends on the sizes")
        return True
    if isinstance(value, Opaque):
        raise NotReadError(f"whether {value.text} holds is not known")
    if isinstance(value, (*OBJECTS, Infinite)):
        return True
    return bool(value)


def unary(operator: ast.unaryop, value: Any) -> Any:
    if isinstance(operator, ast.Not):
        return not truth(value)
    if isinstance(value, Masked):
        return Masked(node_of(negate(value.node)), value.mask)
    if isinstance(value, Infinite):
        return value if isinstance(operator, ast.UAdd) else Infinite(-value.sign)
    if isinstance(value, Array):
        node = value.node
        if isinstance(operator, ast.UAdd):
            return Array(node)
        return Array(logical_not(node) if isinstance(operator, ast.Invert) else node_of(negate(node)))
    value = _number(value)
    if not is_static(value):
        raise NotReadError(f"{describe(value)} is no number")
    if isinstance(operator, ast.Invert):
        if not isinstance(value, int):
            raise NotReadError("~ needs a mask or an integer")
        return ~value
    return (
        value
        if isinstance(operator, ast.UAdd)
        else size_of(Size.of(0) - value)
        if isinstance(value, Size)
        else -value
    )


def describe(value: Any) -> str:
    """A value in the words of a message."""
    if isinstance(value, Array):
        return f"an array of shape ({', '.join(map(str, value.shape))})"
    if isinstance(value, Instance):
        return f"an object of class {value.kind.name}"
    if isinstance(value, Function | Class | Builtin):
        return value.name
    if isinstance(value, Namespace):
        return value.path
    if isinstance(value, Infinite):
        return "inf" if value.sign > 0 else "-inf"
    if value is None or isinstance(value, bool | int | Fraction | Size | str):
        return repr(value) if isinstance(value, str | None.__class__) else str(value)
    return f"a {type(value).__name__}"
