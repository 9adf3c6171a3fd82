"""Imports: the few modules of the outside world, and the modules that stand beside the text."""

from __future__ import annotations

import ast
from typing import Any

from symbp.errors import UnknownNameError, UnsupportedError
from symbp.lang.code.expressions import Expressions
from symbp.lang.code.numpy_functions import MODULES
from symbp.lang.code.objects import get_attribute
from symbp.lang.code.python_functions import NAMES
from symbp.lang.code.values import BEHIND, Builtin, Imported, Namespace, Opaque, Unreadable

IMPORTED = {"numpy", "math", "random", "scipy", "copy", "itertools", "functools", "collections", "operator"}
LIKE_NUMPY = {"cupy", "jax.numpy", "autograd.numpy"}
HARMLESS = {
    "typing", "__future__", "abc", "dataclasses", "collections", "functools", "numpy.typing",
    "collections.abc", "typing_extensions", "enum", "time", "datetime", "warnings", "logging", "numbers",
    "tqdm", "matplotlib", "matplotlib.pyplot",
}  # fmt: skip
"""Modules that no gradient comes from: what they give is passed around, but never looked into."""
PYTHONS_OWN = {"builtins", "past.builtins", "six.moves"}
PYTHONS_NAMES = {n: n for n in ("range", "zip", "map", "object", "int", "str", "list", "dict", "super")}
PYTHONS_NAMES["xrange"] = "range"
"""Python's own names, as code for two versions of Python imports them."""


class Imports(Expressions):
    """Statements that give names to modules and to what they define."""

    def import_statement(self, statement: ast.Import) -> None:
        for alias in statement.names:
            top = alias.name.split(".")[0]
            name, path = (alias.asname, alias.name) if alias.asname else (top, top)
            self.frame.scope.names[name] = self._module(alias.name, path, statement)

    def _module(self, written: str, path: str, statement: ast.Import) -> Any:
        if (self.frame.source.name, written) in self.beside:
            if path == written:
                return self.beside[self.frame.source.name, written]
            return self._nested(written.split("."))
        if written in LIKE_NUMPY and path == written:
            return Namespace("numpy")
        if path.split(".")[0] in IMPORTED:
            return Namespace(path)
        if written in HARMLESS:
            return Opaque(path)
        raise UnsupportedError(
            _not_imported(written),
            self.place(statement),
            hint="leave the import out, or put the file beside this one",
        )

    def _nested(self, steps: list[str]) -> Any:
        """`import a.b` names a, through which b is reached."""
        source = self.frame.source.name
        found = self.beside[source, ".".join(steps)]
        for at in range(len(steps) - 1, 0, -1):
            outer = self.beside.get((source, ".".join(steps[:at])))
            names = dict(outer.names) if outer is not None else {}
            found = Imported(".".join(steps[:at]), {**names, steps[at]: found})
        known = self.frame.scope.names.get(steps[0])
        return Imported(found.name, {**known.names, **found.names}) if isinstance(known, Imported) else found

    def import_from_statement(self, statement: ast.ImportFrom) -> None:
        written = "." * statement.level + (statement.module or "")
        for alias in statement.names:
            if alias.name != "*":
                found = self._imported_name(written, alias.name, statement)
                self.frame.scope.names[alias.asname or alias.name] = found
            elif (self.frame.source.name, written) in self.beside:
                others = self.beside[self.frame.source.name, written].names
                self.frame.scope.names.update({n: v for n, v in others.items() if not n.startswith("_")})
            elif written in MODULES.values():
                self.frame.scope.names[BEHIND] = Namespace(written)
            elif written.split(".")[0] not in MODULES.values():
                raise UnsupportedError(
                    _not_imported(written),
                    self.place(statement),
                    hint="leave the import out, or put the file beside this one",
                )

    def _imported_name(self, written: str, name: str, statement: ast.ImportFrom) -> Any:
        source = self.frame.source.name
        module = self.beside.get((source, written))
        if module is not None and name in module.names:
            return module.names[name]
        inner = self.beside.get((source, written + ("" if written.endswith(".") else ".") + name))
        if inner is not None:
            return inner
        if module is not None:
            error = UnknownNameError(
                f"{written} defines no {name}", self.place(statement), hint=f"define {name} there"
            )
            return Unreadable(error)
        if written in PYTHONS_OWN and name in PYTHONS_NAMES:
            return Builtin(PYTHONS_NAMES[name])
        if f"{written}.{name}" in NAMES:
            return Builtin(f"{written}.{name}")
        if written in HARMLESS:
            return Opaque(name)
        if written.split(".")[0] in MODULES.values():
            return get_attribute(Namespace(written), name)
        raise UnsupportedError(
            _not_imported(written),
            self.place(statement),
            hint="leave the import out, or put the file beside this one",
        )


def _not_imported(module: str) -> str:
    return f"{module} is not imported; code is read, not executed"
