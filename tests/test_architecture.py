"""Imports point down, stand at the top of their file, and form no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import symbp

PACKAGE = Path(symbp.__file__).parent
LAYERS = [
    ["", "__main__", "cli", "commands"],
    ["pipeline"],
    ["reading"],
    ["audit"],
    ["emit", "evidence", "files"],
    ["calculus"],
    ["laws"],
    ["lang"],
    ["ops"],
    ["algebra"],
    ["errors", "lazy", "runtime", "rowwise", "selfcheck", "optimizers", "optimizers_blocked", "uncollected"],
]
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
LAZY = {"cli", "", "lazy", "reading", "emit.derivation_page"}
"""Where importlib may be used, one call each: what is not asked for is not loaded."""
Imports = Iterator[tuple[str, int, bool]]


def violations(package: Path, public: list[str]) -> list[str]:
    """What is against the rules, one line each."""
    trees = {_module(p, package): ast.parse(p.read_text("utf-8")) for p in sorted(package.rglob("*.py"))}
    graph: dict[str, set[str]] = {}
    found: list[str] = []
    for module, tree in trees.items():
        room = module.split(".")[0]
        if module.split(".")[-1] in public:
            found.append(f"{module}: has the name of a public function")
        if room not in RANK:
            found.append(f"{module}: stands in no layer")
            continue
        for target, line, hidden in _imports(tree):
            if hidden and module not in LAZY:
                found.append(f"{module}:{line}: an import hidden in a function")
            if target == "importlib" and module not in LAZY:
                found.append(f"{module}:{line}: importlib")
            inside = _known(target, package.name, trees)
            if inside is None or inside == module:
                continue
            graph.setdefault(module, set()).add(inside)
            other = inside.split(".")[0]
            if module and other != room and RANK.get(other, 0) <= RANK[room] and RANK[room] > 0:
                found.append(f"{module}:{line}: imports {inside}, which is not below")
    return found + [f"{module}: imports itself in a circle" for module in trees if _circular(module, graph)]


def _module(path: Path, package: Path) -> str:
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module) -> Imports:
    """(dotted name, line, whether inside a function), relative imports as `.`."""
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, _FUNCTIONS) for n in ast.walk(f)}
    for node in ast.walk(tree):
        hidden = id(node) in inside
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, hidden) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{a.name}", node.lineno, hidden) for a in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "__import__":
            yield "importlib", node.lineno, hidden


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _known(target: str, package: str, trees: dict[str, ast.Module]) -> str | None:
    """The module of the package that an imported name belongs to."""
    if target.split(".")[0] != package:
        return None
    name = target.partition(".")[2]
    while name not in trees:
        name = name.rpartition(".")[0]
    return name


def _circular(module: str, graph: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    stack = list(graph.get(module, ())) if module else []
    while stack:
        current = stack.pop()
        if current == module:
            return True
        if current not in seen and current:
            seen.add(current)
            stack.extend(graph.get(current, ()))
    return False


def test_the_house_is_in_order() -> None:
    assert violations(PACKAGE, symbp.__all__) == []


PLANTED = {
    "upwards": ({"ops/a.py": "from symbp.lang import b\n", "lang/b.py": ""}, "ops.a:1: imports lang.b"),
    "beside": ({"emit/a.py": "import symbp.evidence.b\n", "evidence/b.py": ""}, "imports evidence.b"),
    "hidden": ({"ops/a.py": "def f():\n    import math\n"}, "ops.a:2: an import hidden"),
    "importlib": ({"ops/a.py": "import importlib\n"}, "ops.a:1: importlib"),
    "circle": (
        {"ops/a.py": "from symbp.ops.b import x\n", "ops/b.py": "from symbp.ops.a import y\n"},
        "ops.a: imports itself in a circle",
    ),
    "name": ({"lang/parse.py": ""}, "lang.parse: has the name of a public function"),
    "room": ({"misc/a.py": ""}, "misc.a: stands in no layer"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_violation_is_found(case: str, tmp_path: Path) -> None:
    files, wanted = PLANTED[case]
    package = tmp_path / "symbp"
    for name, text in {"__init__.py": "", "errors.py": "", **files}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    found = violations(package, ["parse"])
    assert any(wanted in line for line in found), found
    assert len(found) == (2 if case == "circle" else 1)
