"""NumPy statements of which no shape is known, as the equations that they are: `L = np.sum(z**2)`.

Assignments to names say the same in both languages, and equations infer their shapes.  A function
of the text that is one expression is put in where it is called.  What is more than that (loops,
names that are set twice, item assignment) needs its shapes said.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping

MOST_CALLS = 200
"""Calls that are put in, so that functions which call each other come to an end."""


class _NotEquations(Exception):
    """The statements are more than equations."""


def as_equations(tree: ast.Module) -> str | None:
    """The text of the equations, one a line; None where the statements are more than that."""
    functions = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}
    inliner = _Inliner(functions)
    lines: dict[str, str] = {}
    try:
        for name, value in _assignments(tree.body):
            if name in lines:
                return None
            lines[name] = f"{name} = {ast.unparse(inliner.visit(copy.deepcopy(value)))}"
    except _NotEquations:
        return None
    return "\n".join(lines.values())


def _assignments(statements: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                continue
            case ast.FunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                continue
            case _:
                raise _NotEquations


class _Inliner(ast.NodeTransformer):
    """Puts the one expression of a function in where it is called."""

    def __init__(self, functions: Mapping[str, ast.FunctionDef]) -> None:
        self.functions = functions
        self.calls = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id not in self.functions:
            return node
        self.calls += 1
        function = self.functions[node.func.id]
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        body = [s for s in function.body if not _is_docstring(s)]
        if node.keywords or len(names) != len(node.args) or self.calls > MOST_CALLS:
            raise _NotEquations
        match body:
            case [ast.Return(value=ast.expr() as value)]:
                given = dict(zip(names, node.args, strict=True))
                return self.visit(_Given(given).visit(copy.deepcopy(value)))  # type: ignore[no-any-return]
        raise _NotEquations


class _Given(ast.NodeTransformer):
    """Puts arguments in for the names of parameters."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.given.get(node.id, node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        raise _NotEquations


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
