"""Data that a network is constructed with: `Network(x, y)`, whose forward then takes nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from symbp.audit.arguments import DATA, parameters_of
from symbp.audit.find import Pair
from symbp.audit.names import TARGET
from symbp.audit.usage import usage_of
from symbp.lang.code.values import Function

BATCHES = re.compile(
    r"^(?:x|y|inputs?|outputs?|targets?|labels?|data)_?(?:train\w*|data|batch|values?)?$", re.I
)


def is_held_data(pair: Pair, maker: Function, name: str, methods: Iterable[Function]) -> bool:
    """Whether an argument of a constructor, or of what prepares an object, is an array to learn from.

    Its name says data or answers, and it is used as an array, under its own name or that of the
    attribute that keeps it; and forward asks for nothing.
    """
    if parameters_of(pair.function, True) or not any(p.match(name) for p in (DATA, TARGET, BATCHES)):
        return False
    known = list(methods)
    return any(usage_of(known, kept).is_array or _is_an_operand(known, kept) for kept in _kept(maker, name))


def _kept(maker: Function, name: str) -> Iterator[str]:
    """The argument, and the attributes that are set to it."""
    yield name
    for node in (n for n in _nodes(maker) if isinstance(n, ast.Assign)):
        for target, value in zip(_items(node.targets[0]), _items(node.value), strict=False):
            if isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and value.id == name:
                yield target.attr


def _items(side: ast.expr) -> list[ast.expr]:
    return side.elts if isinstance(side, ast.Tuple) else [side]


def _is_an_operand(methods: list[Function], kept: str) -> bool:
    """`self.y - self.output`: arithmetic with what the object keeps."""
    sides = (s for m in methods for n in _nodes(m) if isinstance(n, ast.BinOp) for s in (n.left, n.right))
    return any(isinstance(s, ast.Attribute) and s.attr == kept for s in sides)


def _nodes(function: Function) -> Iterator[ast.AST]:
    body = function.body if isinstance(function.body, list) else [function.body]
    return (node for statement in body for node in ast.walk(statement))
