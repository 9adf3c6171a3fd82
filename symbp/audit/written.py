"""What the text of a pair gives reason to think: an object used twice, an upstream changed in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symbp.audit.find import Pair
from symbp.lang.code.values import Function


def written_hint(pair: Pair) -> str:
    """A sentence on what stands in the text; empty where nothing does."""
    twice = _used_twice(pair.function)
    if twice:
        return f"{twice} is used more than once in forward, so that what it keeps of the first use is lost"
    changed = _changed_in_place(pair.back)
    if changed:
        return f"the upstream gradient {changed} is changed in place and used again afterwards"
    return ""


def empty_slice(function: Function) -> str:
    """A slice such as `p:-p`, which is empty where p is 0; nothing where there is none."""
    for node in _nodes(function):
        match node:
            case ast.Slice(lower=ast.expr() as low, upper=ast.UnaryOp(op=ast.USub(), operand=high)) if (
                ast.unparse(low) == ast.unparse(high) and not isinstance(low, ast.Constant)
            ):
                return f"{ast.unparse(node)} is empty where {ast.unparse(low)} is 0"
    return ""


def assigns_windows(function: Function) -> bool:
    """A loop that assigns to slices or entries, and nothing that adds to them."""
    loops = [n for n in _nodes(function) if isinstance(n, ast.For)]
    inside = [n for loop in loops for n in ast.walk(loop)]
    sets = any(isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Subscript) for n in inside)
    return sets and not any(isinstance(n, ast.AugAssign) for n in inside)


def _nodes(function: Function) -> Iterator[ast.AST]:
    body = function.body if isinstance(function.body, list) else [function.body]
    return (node for statement in body for node in ast.walk(statement))


def _used_twice(function: Function) -> str:
    """The object on self that forward calls more than once."""
    counts: dict[str, int] = {}
    for node in _nodes(function):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")) as owner, attr="forward")
            ):
                name = ast.unparse(owner)
                counts[name] = counts.get(name, 0) + 1
    return next((name for name, count in counts.items() if count > 1), "")


def _changed_in_place(function: Function) -> str:
    """An argument, or another name for it, that an item assignment or `*=` changes."""
    names = {a.arg: a.arg for a in function.arguments.args if a.arg != "self"}
    for node in sorted(_nodes(function), key=lambda n: getattr(n, "lineno", 0)):
        match node:
            case ast.Assign(targets=[ast.Name(id=new)], value=ast.Name(id=old)) if old in names:
                names[new] = names[old]
            case ast.Assign(targets=[ast.Name(id=new)]):
                names.pop(new, None)
            case (
                ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
                | ast.AugAssign(target=ast.Name(id=name))
            ) if name in names:
                return names[name]
            case ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name))) if name in names:
                return names[name]
    return ""
