"""The last look at a rendered file: it is parsed, and holds nothing but what is meant to be there."""

from __future__ import annotations

import ast

from symbp.emit.numpy_text import words

STATEMENTS = (
    ast.Module, ast.Expr, ast.Import, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.AugAssign, ast.For, ast.If, ast.Break, ast.Continue, ast.With, ast.withitem, ast.Raise,
    ast.ClassDef, ast.Try, ast.ExceptHandler, ast.ImportFrom,
)  # fmt: skip
EXPRESSIONS = (
    ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Call,
    ast.DictComp, ast.ListComp, ast.keyword, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp,
    ast.Starred, ast.Yield, ast.GeneratorExp, ast.comprehension, ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip
MARKS = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
BUILTINS = words(
    "IndexError OverflowError SystemExit TypeError ValueError abs bool compare dict float isinstance len "
    "list map max min print range reversed slice sorted sum tuple zip"
)
IMPORTED = {"math": words("cos cosh exp expm1 log log1p sin sqrt tanh"), "struct": words("Struct")}
METHODS = words(
    "T add append arange astype at copy default_rng dirichlet dot dtype fill fromkeys get integers "
    "items keys linalg max mean min ndim njit permuted pop prod put random refuse reshape scaled shape "
    "standard_normal store stride_tricks sum swapaxes take tolist transpose type uniform values var view"
)


TYPES = words("real")
"""Variables that hold the type of an array's entries."""


class UnexpectedCodeError(Exception):
    """A generated file holds something that nothing here writes: a mistake of the generator."""


def check_file(source: str) -> None:
    """UnexpectedCodeError for a node or a call that is not on the list."""
    nodes = list(ast.walk(ast.parse(source)))
    known = {*BUILTINS, *TYPES}
    known |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    known |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    known |= {name for n in nodes if isinstance(n, ast.Assign) for name in _functions_of_numpy(n)}
    kinds = set(map(type, nodes))
    strange = {kind for kind in kinds if not issubclass(kind, STATEMENTS + EXPRESSIONS + MARKS)}
    for node in nodes:  # imports stand before what is called
        if type(node) in strange:
            raise UnexpectedCodeError(f"{type(node).__name__} at line {getattr(node, 'lineno', '?')}")
        if isinstance(node, ast.Import) and not _is_known(node):
            raise UnexpectedCodeError(f"an import at line {node.lineno}")
        if isinstance(node, ast.ImportFrom):
            known |= _imported(node)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise UnexpectedCodeError(f".{node.attr} at line {node.lineno}")
        if isinstance(node, ast.Call):
            _check_call(node, known)


def _imported(node: ast.ImportFrom) -> set[str]:
    """from math import exp"""
    known = IMPORTED.get(node.module or "", ())
    if node.level or any(alias.name not in known for alias in node.names):
        raise UnexpectedCodeError(f"an import at line {node.lineno}")
    return {alias.asname or alias.name for alias in node.names}


def _functions_of_numpy(node: ast.Assign) -> list[str]:
    """add = np.add"""
    value = node.value
    is_numpy = (
        isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "np"
    )
    return [t.id for t in node.targets if isinstance(t, ast.Name)] if is_numpy else []


def _is_known(node: ast.Import) -> bool:
    """NumPy under its usual name; Numba under any."""
    names = [(a.name, a.asname) for a in node.names]
    return names == [("numpy", "np")] or [name for name, _ in names] == ["numba"]


def _check_call(node: ast.Call, known: set[str]) -> None:
    function = node.func
    if isinstance(function, ast.Name) and function.id in known:
        return
    if isinstance(function, ast.Attribute):
        root: ast.expr = function
        while isinstance(root, ast.Attribute):
            root = root.value
        is_numpy = isinstance(root, ast.Name) and root.id == "np"
        if is_numpy or function.attr in METHODS:
            return
    raise UnexpectedCodeError(f"a call of {ast.unparse(function)} at line {node.lineno}")
