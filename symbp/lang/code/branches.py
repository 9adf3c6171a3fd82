"""Branches that depend on the data: both are read, and `where` chooses."""

from __future__ import annotations

import ast
from typing import Any

from symbp.algebra.node import Node
from symbp.lang.code.arrays import Array
from symbp.lang.code.operators import describe
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import plain
from symbp.lang.values import node_of
from symbp.ops.compare import where

MOST_SKIPS = 16
"""More statements that skip the rest of a loop's body are not put inside each other."""


def changes_names_only(statements: list[ast.stmt]) -> bool:
    """Statements that set plain names or return, so that they can be read without being taken."""
    stack: list[ast.stmt] = list(statements)
    while stack:
        statement = stack.pop()
        match statement:
            case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
                continue
            case ast.If(body=body, orelse=orelse):
                stack += [*body, *orelse]
            case ast.Return() | ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case _:
                return False
    return True


def changes_places_only(statements: list[ast.stmt]) -> bool:
    """Statements that give values to names, entries and attributes, in loops and branches."""
    stack: list[ast.stmt] = list(statements)
    while stack:
        statement = stack.pop()
        match statement:
            case ast.Assign() | ast.AugAssign() | ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.If(body=body, orelse=orelse) | ast.For(body=body, orelse=orelse):
                stack += [*body, *orelse]
            case _:
                return False
    return True


def without_continue(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body of a loop with `if …: continue` and what follows as one `if` with an `else`.

    >>> loop = ast.parse("for i in a:\\n  if i:\\n    continue\\n  b = i").body[0]
    >>> print(ast.unparse(without_continue(loop.body)[0]))
    if i:
        pass
    else:
        b = i
    """
    skipping = [s for s in body if _skips(s)]
    if not skipping or len(skipping) > MOST_SKIPS:
        return body
    found: list[ast.stmt] = []
    for statement in reversed(body):
        if isinstance(statement, ast.If) and _skips(statement):
            last = next(k for k, s in enumerate(statement.body) if isinstance(s, ast.Continue))
            kept = statement.body[:last] or [ast.copy_location(ast.Pass(), statement)]
            both = ast.If(statement.test, kept, found[::-1])
            found = [ast.copy_location(both, statement)]
        else:
            found.append(statement)
    return found[::-1]


def _skips(statement: ast.stmt) -> bool:
    """`if …: continue`, with nothing else for the rest."""
    return (
        isinstance(statement, ast.If)
        and not statement.orelse
        and any(isinstance(s, ast.Continue) for s in statement.body)
    )


def returns(statement: ast.If) -> bool:
    """Has a return in one of its branches."""
    return any(isinstance(piece, ast.Return) for piece in ast.walk(statement))


def chosen(test: Node, yes: Any, no: Any) -> Any:
    """The value that a test chooses.  NotReadError where the two are no numbers or arrays."""
    if yes is no:
        return yes
    if isinstance(yes, tuple | list) and type(yes) is type(no) and len(yes) == len(no):
        return type(yes)(chosen(test, a, b) for a, b in zip(yes, no, strict=True))
    for value in (yes, no):
        if value is None or isinstance(value, str | dict | tuple | list):
            raise NotReadError(f"whether this is {describe(value)} depends on the data")
    return Array(where(test, node_of(plain(yes)), node_of(plain(no))))


def merged(test: Node, yes: dict[str, Any], no: dict[str, Any]) -> dict[str, Any]:
    """The names after a branch: what only one side sets is not set."""
    return {name: chosen(test, yes[name], no[name]) for name in no if name in yes}
