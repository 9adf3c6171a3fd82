"""The functions that generated files carry along, as text."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from symbp import runtime, selfcheck


@cache
def helpers() -> dict[str, str]:
    """The source of each function that a file may carry along, by name."""
    return {name: text for module in (*runtime.ROOMS, selfcheck) for name, text in _sources(module)}


def _sources(module: ModuleType) -> Iterator[tuple[str, str]]:
    return _functions(inspect.getsource(module))


def _functions(text: str) -> Iterator[tuple[str, str]]:
    """The functions of a module."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield node.name, _without_examples("\n".join(lines[first - 1 : node.end_lineno]))


def _without_examples(source: str) -> str:
    """The doctests stay where they are run."""
    text = re.sub(r"\n\n    >>> .*?\n    \"\"\"", '\n    """', source, count=1, flags=re.DOTALL)
    return re.sub(r'"""([^\n]*)\n    """', r'"""\1"""', text, count=1)


@cache
def compiled_helpers() -> dict[str, str]:
    """The same of the functions that Numba compiles, whose module is not imported: it would load Numba."""
    text = (Path(__file__).parents[1] / "rowwise.py").read_text(encoding="utf-8")
    return dict(_functions(text))


def with_dependencies(wanted: Iterable[str], among: Mapping[str, str] | None = None) -> list[str]:
    """The helpers and those that they call, in the order of their modules."""
    among = helpers() if among is None else among
    found: set[str] = set()
    stack = list(wanted)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += [n for n in _called(among[name]) if n in among and n != name]
    return [name for name in among if name in found]


@cache
def _called(source: str) -> list[str]:
    """The functions that one calls by their names (what its docstring mentions does not count)."""
    calls = [n.func for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    return sorted({f.id for f in calls if isinstance(f, ast.Name)})
