"""Whether the text takes a gradient off a parameter or adds it, where backward itself does neither."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symbp.lang.code.values import Function


def is_subtracted(name: str, functions: list[Function]) -> bool:
    """Some `w -= rate * name` or `w = w - rate * name` is there, and none that adds it."""
    signs = {sign for function in functions for sign in _steps(function, name)}
    return signs == {ast.Sub}


def _steps(function: Function, name: str) -> Iterator[type[ast.operator]]:
    body = function.body if isinstance(function.body, list) else [function.body]
    for node in (n for s in body for n in ast.walk(s)):
        match node:
            case ast.AugAssign(op=ast.Sub() | ast.Add() as op, value=step) if _mentions(step, name):
                yield type(op)
            case ast.Assign(
                targets=[target], value=ast.BinOp(left=left, op=ast.Sub() | ast.Add() as op, right=step)
            ) if ast.unparse(target) == ast.unparse(left) and _mentions(step, name):
                yield type(op)


def _mentions(step: ast.expr, name: str) -> bool:
    return any(
        (isinstance(n, ast.Name) and n.id == name) or (isinstance(n, ast.Attribute) and n.attr == name)
        for n in ast.walk(step)
    )
