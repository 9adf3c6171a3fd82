"""What backward needs and nobody keeps: it stops there, whatever its formulas say.

Said only where the text leaves no doubt: backward uses `self.x` in a statement of its own, no method
of the class or its bases sets it to anything but None, and no file of the package sets it from
outside.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from symbp.audit.fed import every_method, set_by
from symbp.audit.find import Pair
from symbp.errors import SymbpError
from symbp.files import read_text
from symbp.lang.code.modules import Module
from symbp.lang.code.values import Class, Function

MOST_FILES = 200
"""Files of a package in which an assignment from outside is looked for; in larger ones nothing is said."""
PLAIN = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return


@dataclass(frozen=True)
class Lost:
    """An attribute that backward needs and nobody sets."""

    name: str
    line: int

    def __str__(self) -> str:
        return f"backward needs self.{self.name}, and nothing sets it: forward does not keep it"


def lost_attribute(pair: Pair, module: Module) -> Lost | None:
    """The first such attribute; None where there is none, or may be a setter."""
    kind = module.classes.get(pair.owner) if pair.owner else None
    if kind is None or kind.subclasses or not _is_whole(kind):
        return None
    kept = {n for f in every_method(kind) for n in set_by(f)}
    for name, line in _needed(pair.back):
        known = name in kept or any(name in base.attributes for base in kind.lineage)
        if not known and not _is_set_outside(name, module):
            return Lost(name, line)
    return None


def _is_whole(kind: Class) -> bool:
    """All bases are in the text, and nothing sets attributes by a text of its own."""
    bases = [b for k in kind.lineage for b in k.bases]
    if not all(isinstance(b, Class) or getattr(b, "path", getattr(b, "text", "")) in ROOTS for b in bases):
        return False
    words = ("setattr", "__dict__", "__setattr__", "__getattr__")
    return not any(w in "\n".join(f.source.lines) for f in every_method(kind) for w in words)


ROOTS = {"object", "ABC", "abc.ABC"}


def _needed(function: Function) -> Iterator[tuple[str, int]]:
    """The attributes whose value backward cannot do without: self.x.T, self.x[0], self.x * 2."""
    for statement in function.body if isinstance(function.body, list) else []:
        if not isinstance(statement, PLAIN):
            return
        for node in _walk([statement]):
            match node:
                case ast.Attribute(value=owner) | ast.Subscript(value=owner) | ast.BinOp(left=owner):
                    yield from _own(owner)
            if isinstance(node, ast.BinOp):
                yield from _own(node.right)


def _own(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name, lineno=line):
            yield name, line


def _walk(body: list[ast.stmt] | ast.expr) -> Iterator[ast.AST]:
    for part in body if isinstance(body, list) else [body]:
        yield from ast.walk(part)


def _is_set_outside(name: str, module: Module) -> bool:
    """Whether some file of the package sets an attribute of that name on anything but self."""
    setter = re.compile(rf"(?<!\bself)\.{re.escape(name)}\b[^=\n]*=(?!=)|\bsetattr\(")
    files = _package(Path(module.source.name))
    if files is None:
        return True
    for file in files:
        try:
            if setter.search(read_text(file)):
                return True
        except SymbpError:
            return True
    return False


def _package(file: Path) -> list[Path] | None:
    """The Python files of the package of a file, or beside it; None where there are too many."""
    if not file.is_file():
        return None
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    below = folder.rglob("*.py") if folder != file.parent else folder.glob("*.py")
    found: list[Path] = []
    for path in below:
        found.append(path)
        if len(found) > MOST_FILES:
            return None
    return sorted(found)
