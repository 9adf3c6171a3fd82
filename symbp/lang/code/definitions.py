"""Definitions and imports: functions, classes, and the few modules that names may come from."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from symbp.errors import SymbpError, UnsupportedError
from symbp.lang.code.expressions import Expressions
from symbp.lang.code.numpy_functions import MODULES
from symbp.lang.code.objects import get_attribute
from symbp.lang.code.values import Builtin, Class, Function, Namespace, Opaque, Scope

IMPORTED = {"numpy", "math", "random", "scipy", "typing"}
LIKE_NUMPY = {"cupy", "jax.numpy", "autograd.numpy"}
HARMLESS_MODULES = {
    "typing", "__future__", "abc", "dataclasses", "collections", "functools", "numpy.typing",
    "collections.abc",
}  # fmt: skip
PYTHONS_OWN = {"builtins", "past.builtins", "six.moves"}
PYTHONS_NAMES = {n: n for n in ("range", "zip", "map", "object", "int", "str", "list", "dict", "super")}
PYTHONS_NAMES["xrange"] = "range"
"""Python's own names, as code for two versions of Python imports them."""
PRESERVING = {
    "njit", "jit", "lru_cache", "cache", "override", "abstractmethod", "final", "typechecked", "profile",
}  # fmt: skip
"""Decorators that leave what a function computes as it is."""


class Definitions(Expressions):
    """Statements that give names to functions, classes and modules."""

    def run_statement(self, statement: ast.stmt) -> Any:
        """One statement; what it returns says whether the statements end early."""
        raise NotImplementedError

    def define_statement(self, statement: ast.FunctionDef) -> None:
        kind = self._decorated(statement.decorator_list)
        self.frame.scope.names[statement.name] = self.function(
            statement.name, statement.args, statement.body, kind
        )

    def _decorated(self, decorators: list[ast.expr]) -> str:
        """What the decorators make of a function, by their names."""
        kind = "function"
        for decorator in decorators:
            bare = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = (
                bare.attr
                if isinstance(bare, ast.Attribute)
                else bare.id
                if isinstance(bare, ast.Name)
                else "?"
            )
            if name in ("staticmethod", "classmethod", "property"):
                kind = {"staticmethod": "static", "classmethod": "class"}.get(name, "property")
            elif name not in PRESERVING:
                kind = "@" + name
        return kind

    def class_statement(self, statement: ast.ClassDef) -> None:
        bases = tuple(self._base(base) for base in statement.bases)
        if statement.keywords and any(
            k.arg == "metaclass" and self._name_of(k.value) != "ABCMeta" for k in statement.keywords
        ):
            raise UnsupportedError("a metaclass is not read", self.place(statement))
        outer = self.frame.scope
        scope = Scope({}, outer)
        kind = Class(statement.name, bases, fields=_fields(statement))
        self.frame.scope = scope
        try:
            for piece in statement.body:
                if isinstance(piece, ast.FunctionDef) and _is_setter(piece):
                    continue
                self.run_statement(piece)
        finally:
            self.frame.scope = outer
        for name, value in scope.names.items():
            owned = isinstance(value, Function) and value.scope is scope
            kind.attributes[name] = replace(value, owner=kind, scope=outer) if owned else value
        outer.names[statement.name] = kind

    def _base(self, base: ast.expr) -> Any:
        """A base class; one that the text does not define is only a name."""
        if isinstance(base, ast.Name) and base.id not in self.frame.scope.known():
            return Opaque(base.id)
        try:
            return self.evaluate(base)
        except SymbpError:
            return Opaque(self.frame.source.written(base))

    def _name_of(self, node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "?")

    # -- imports ------------------------------------------------------------------------------

    def import_statement(self, statement: ast.Import) -> None:
        for alias in statement.names:
            top = alias.name.split(".")[0]
            if alias.name in LIKE_NUMPY and alias.asname:
                self.frame.scope.names[alias.asname] = Namespace("numpy")
                continue
            if top not in IMPORTED:
                raise UnsupportedError(_not_imported(alias.name), self.place(statement))
            path = alias.name if alias.asname else top
            self.frame.scope.names[alias.asname or top] = Namespace(path)

    def import_from_statement(self, statement: ast.ImportFrom) -> None:
        module = statement.module or ""
        for alias in statement.names:
            name = alias.asname or alias.name
            if module.split(".")[0] in MODULES.values() and alias.name != "*":
                self.frame.scope.names[name] = get_attribute(Namespace(module), alias.name)
            elif module in PYTHONS_OWN and alias.name in PYTHONS_NAMES:
                self.frame.scope.names[name] = Builtin(PYTHONS_NAMES[alias.name])
            elif module in HARMLESS_MODULES:
                self.frame.scope.names[name] = Opaque(alias.name)
            elif alias.name != "*" or module.split(".")[0] not in MODULES.values():
                raise UnsupportedError(_not_imported(module), self.place(statement))

    def global_statement(self, statement: ast.Global | ast.Nonlocal) -> None:
        if isinstance(statement, ast.Nonlocal):
            raise UnsupportedError("nonlocal is not read", self.place(statement))
        self.frame.shared.update(statement.names)


def _not_imported(module: str) -> str:
    return f"{module} is not imported; code is read, not executed"


def _is_setter(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(d, ast.Attribute) and d.attr in ("setter", "deleter") for d in function.decorator_list
    )


def _fields(statement: ast.ClassDef) -> tuple[str, ...]:
    """The fields of a dataclass (or NamedTuple), in order; those of other classes are none."""
    decorators = [d.func if isinstance(d, ast.Call) else d for d in statement.decorator_list]
    words = [
        w.attr if isinstance(w, ast.Attribute) else getattr(w, "id", "")
        for w in (*decorators, *statement.bases)
    ]
    if not {"dataclass", "NamedTuple"} & set(words):
        return ()
    named = [s.target for s in statement.body if isinstance(s, ast.AnnAssign)]
    return tuple(t.id for t in named if isinstance(t, ast.Name))
