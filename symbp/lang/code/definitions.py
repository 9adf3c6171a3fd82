"""Definitions: functions and classes of the text."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from symbp.errors import SymbpError, UnsupportedError
from symbp.lang.code.imports import Imports
from symbp.lang.code.values import Class, Function, Opaque, Scope

PRESERVING = {
    "njit", "jit", "lru_cache", "cache", "override", "abstractmethod", "final", "typechecked", "profile",
}  # fmt: skip
"""Decorators that leave what a function computes as it is."""


class Definitions(Imports):
    """Statements that give names to functions and classes."""

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
            raise UnsupportedError(
                "a metaclass is not read", self.place(statement), hint="write a plain class"
            )
        outer = self.frame.scope
        scope = Scope({}, outer)
        kind = Class(statement.name, bases, fields=_fields(statement), is_tuple=_is_tuple(statement))
        self.frame.scope = scope
        try:
            for piece in statement.body:
                if isinstance(piece, ast.FunctionDef) and _decorates(piece, "deleter"):
                    continue
                if isinstance(piece, ast.FunctionDef) and _decorates(piece, "setter"):
                    kind.setters[piece.name] = self.function(piece.name, piece.args, piece.body)
                else:
                    self.run_statement(piece)
        finally:
            self.frame.scope = outer
        for name, value in scope.names.items():
            owned = isinstance(value, Function) and value.scope is scope
            kind.attributes[name] = replace(value, owner=kind, scope=outer) if owned else value
        for name, setter in kind.setters.items():
            kind.setters[name] = replace(setter, owner=kind, scope=outer)
        for base in bases:
            if isinstance(base, Class):
                base.subclasses.append(kind)
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

    def global_statement(self, statement: ast.Global | ast.Nonlocal) -> None:
        names = self.frame.enclosing if isinstance(statement, ast.Nonlocal) else self.frame.shared
        names.update(statement.names)


def _decorates(function: ast.FunctionDef, word: str) -> bool:
    """Decorated with `name.setter` or its like."""
    return any(isinstance(d, ast.Attribute) and d.attr == word for d in function.decorator_list)


def _is_tuple(statement: ast.ClassDef) -> bool:
    return any(getattr(b, "attr", getattr(b, "id", "")) == "NamedTuple" for b in statement.bases)


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
