"""The functions that generated files carry along, as text."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType

from symbp import runtime, selfcheck


@cache
def helpers() -> dict[str, str]:
    """The source of each function that a file may carry along, by name."""
    return {name: text for module in (runtime, selfcheck) for name, text in _sources(module)}


def _sources(module: ModuleType) -> Iterator[tuple[str, str]]:
    text = inspect.getsource(module)
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield node.name, _without_examples("\n".join(lines[first - 1 : node.end_lineno]))


def _without_examples(source: str) -> str:
    """The doctests stay where they are run."""
    text = re.sub(r"\n\n    >>> .*?\n    \"\"\"", '\n    """', source, count=1, flags=re.DOTALL)
    return re.sub(r'"""([^\n]*)\n    """', r'"""\1"""', text, count=1)


def with_dependencies(wanted: Iterable[str]) -> list[str]:
    """The helpers and those that they call, in the order of their modules."""
    found: set[str] = set()
    stack = list(wanted)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += _called(name)
    return [name for name in helpers() if name in found]


@cache
def _called(name: str) -> list[str]:
    """The helpers that one calls (what its docstring mentions does not count)."""
    calls = [n.func for n in ast.walk(ast.parse(helpers()[name])) if isinstance(n, ast.Call)]
    used = {f.id for f in calls if isinstance(f, ast.Name)}
    return [n for n in helpers() if n in used and n != name]
