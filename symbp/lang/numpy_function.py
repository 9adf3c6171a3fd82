"""A model that is a function: the body of `forward` as the statements of the model.

What `forward` returns first is the loss, or the output whose upstream gradient `backward` is given;
a cache beside it does not matter.  Files that set arrays of their own stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Container
from dataclasses import dataclass

from symbp.lang.names import identifier

FORWARD = ("forward", "forward_pass", "model", "loss")


@dataclass(frozen=True)
class Opened:
    """The statements of a model, what they give, and what its upstream gradient is called."""

    tree: ast.Module
    output: str
    upstream: str


def opened(tree: ast.Module, known: Container[str] = ()) -> Opened | None:
    """The body of the model's function as statements; None where the text is no such file.

    Arguments that are not in `known` (as identifiers) are set to their defaults, where they have one.
    """
    functions = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}
    forward = next((functions[name] for name in FORWARD if name in functions), None)
    if forward is None or any(_sets_arrays(s) for s in tree.body):
        return None
    *body, last = forward.body
    if not isinstance(last, ast.Return) or last.value is None:
        return None
    value = last.value.elts[0] if isinstance(last.value, ast.Tuple) and last.value.elts else last.value
    output = value.id if isinstance(value, ast.Name) else "out"
    if not isinstance(value, ast.Name):
        body.append(_assigned(output, value))
    kept = [s for s in tree.body if s is not forward]
    whole = ast.Module([*kept, *_defaults(forward, known), *body], tree.type_ignores)
    return Opened(whole, output, _upstream(functions.get("backward"), output))


def _sets_arrays(statement: ast.stmt) -> bool:
    """Whether a statement outside of functions does more than to define, import or name a number."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return statement.value is not None and not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    return not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    target = ast.copy_location(ast.Name(name, ast.Store()), value)
    return ast.copy_location(ast.Assign([target], value), value)


def _defaults(function: ast.FunctionDef, known: Container[str]) -> list[ast.stmt]:
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    pairs = [
        *zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    return [
        _assigned(argument.arg, default)
        for argument, default in pairs
        if default is not None and identifier(argument.arg) not in known
    ]


def _upstream(backward: ast.FunctionDef | None, output: str) -> str:
    """The argument of `backward` that says by its name that it is a gradient."""
    names = [] if backward is None else [a.arg for a in (*backward.args.posonlyargs, *backward.args.args)]
    said = [n for n in names if n.startswith(("d", "grad", "upstream", "delta"))]
    return said[0] if said else f"d{output}"
