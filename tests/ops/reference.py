"""What a call of an example means in NumPy: an interpreter of its text, and references by name.

Functions that NumPy has are NumPy's; the others are written out here from their definitions.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops import reference_layers, reference_losses
from tests.ops.reference_functions import FUNCTIONS

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.FloorDiv: operator.floordiv,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}


def reference(call: str, arrays: dict[str, Any], sizes: dict[str, int]) -> Any:
    """The value of the text of a call."""
    return _value(ast.parse(call, mode="eval").body, {**sizes, **arrays})


def _value(tree: ast.expr, names: dict[str, Any]) -> Any:
    def of(child: ast.expr) -> Any:
        return _value(child, names)

    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return np.inf if name == "inf" else names[name]
        case ast.Tuple(elts=items):
            return tuple(of(i) for i in items)
        case ast.List(elts=items):
            return [of(i) for i in items]
        case ast.UnaryOp(op=ast.USub(), operand=x):
            return -of(x)
        case ast.BinOp(left=a, op=op, right=b):
            return OPERATORS[type(op)](of(a), of(b))
        case ast.Compare(left=a, ops=[op], comparators=[b]):
            return OPERATORS[type(op)](of(a), of(b))
        case ast.Subscript(value=x, slice=key):
            return of(x)[of(key)]
        case ast.Slice(lower=a, upper=b, step=c):
            return slice(*(None if part is None else of(part) for part in (a, b, c)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=named):
            return function(name)(*(of(a) for a in args), **{str(k.arg): of(k.value) for k in named})
    raise ValueError(ast.dump(tree))


def function(name: str) -> Callable[..., Any]:
    """The reference for a function: one of ours, else NumPy's."""
    for room in (FUNCTIONS, reference_layers.FUNCTIONS, reference_losses.FUNCTIONS):
        if name in room:
            return room[name]
    for library in (np, np.linalg):
        if hasattr(library, name):
            found: Callable[..., Any] = getattr(library, name)
            return found
    raise KeyError(f"no reference for {name}")
