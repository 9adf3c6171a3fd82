"""What a file remembers from call to call: lists of classes, default arguments, names that are global.

Each reading starts from what the file itself defines, as a program does that has just been started.
"""

from __future__ import annotations

from typing import Any

from symbp.lang.code.arrays import Array
from symbp.lang.code.modules import Module
from symbp.lang.code.values import Class, Function, Imported, Instance, Scope

MOST = 20_000
"""Values that are looked at."""


class Memory:
    """The containers and arrays that can be reached from a file's names, as they are now."""

    def __init__(self, module: Module) -> None:
        self.dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self.lists: list[tuple[list[Any], list[Any]]] = []
        self.arrays: list[tuple[Array, Any]] = []
        self._remember(module.scope)

    def restore(self) -> None:
        """Everything as it was."""
        for items, names in self.dicts:
            items.clear()
            items.update(names)
        for listed, values in self.lists:
            listed[:] = values
        for array, node in self.arrays:
            if array.node is not node:
                array.assign(node)

    def _remember(self, scope: Scope) -> None:
        seen: set[int] = set()
        stack: list[Any] = [scope]
        while stack and len(seen) < MOST:
            value = stack.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            stack += self._inside(value)

    def _inside(self, value: Any) -> list[Any]:
        """What a value holds, which is remembered where it can change."""
        match value:
            case Scope(names=names, outside=outside):
                return [names, outside]
            case Imported(names=names):
                return [names]
            case Class(attributes=attributes, bases=bases):
                return [attributes, *bases]
            case Function(defaults=defaults, scope=scope):
                return [defaults, scope]
            case Instance(attributes=attributes):
                return [attributes]
            case dict():
                self.dicts.append((value, dict(value)))
                return list(value.values())
            case list():
                self.lists.append((value, list(value)))
                return list(value)
            case tuple():
                return list(value)
            case Array():
                self.arrays.append((value, value.node))
        return []
