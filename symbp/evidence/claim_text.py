"""The lines of a claim as Python syntax: walking it, changing one place, underlining it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symbp.algebra.node import Node
from symbp.errors import OperandError, Place, SymbpError
from symbp.evidence.problem import Problem

Path = tuple[tuple[str, "int | None"], ...]
"""The way from a statement down to an expression: fields, with a position where it is a list."""


@dataclass(frozen=True)
class Edit:
    """One change of one expression: its kind, the sentence for it, where, and what stands there then."""

    kind: str
    words: str
    path: Path
    new: ast.expr | ast.stmt
    focus: ast.expr | None = None
    """The part to underline, where that is not the whole expression."""


class ClaimText:
    """A claim as statements, each with its own lines of text."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        last = problem.claim.steps[-1].place
        self.source, self.text = last.source, "\n".join(last.text.splitlines()[: _last_line(problem)])
        self.statements = ast.parse(self.text).body
        self.lines = self.text.splitlines()

    def with_statement(self, at: int, statement: str, upto: int | None = None) -> list[str]:
        """The lines with the text of one statement exchanged, to its end or that of statement `upto`."""
        old = self.statements[at]
        start, end = old.lineno - 1, old.end_lineno or old.lineno
        last = self.statements[-1 if upto is None else upto].end_lineno or len(self.lines)
        return [*self.lines[:start], *statement.splitlines(), *self.lines[end:last]]

    def edited(self, at: int, edit: Edit) -> str:
        """A statement after an edit: the author's own text around what is new, where it parses so."""
        statement = self.statements[at]
        wanted = changed(statement, edit.path, edit.new)
        old = at_path(statement, edit.path)
        whole = ast.get_source_segment(self.text, statement)
        part = self.place(old) if isinstance(old, ast.expr) else None
        if (
            isinstance(edit.new, ast.expr)
            and whole is not None
            and part is not None
            and "\n" not in whole
            and statement.col_offset == 0
        ):
            line, new = self.lines[part.line - 1][: part.start], self.rendered(edit.new)
            rest = self.lines[part.line - 1][part.end : len(whole)]
            for text in (f"{line}{new}{rest}", f"{line}({new}){rest}"):
                if _same_tree(text, wanted):
                    return text
        return shown(wanted, 10_000) if whole is not None and " * " not in whole else ast.unparse(wanted)

    def rendered(self, node: ast.expr) -> str:
        """An expression, its old parts as their author wrote them."""
        if getattr(node, "lineno", 0) and id(node) in self._own:
            return ast.get_source_segment(self.text, node) or shown(node, 10_000)
        match node:
            case ast.BinOp(left=a, op=op, right=b):
                level = _LEVELS[type(op)]
                left, right = self._operand(a, level, type(op)), self._operand(b, level + 1, type(op))
                return f"{left}{_SIGNS[type(op)]}{right}"
            case ast.UnaryOp(op=ast.USub(), operand=a):
                return f"-{self._operand(a, 3, ast.Mult)}"
            case ast.Attribute(value=a, attr=name):
                return f"{self._operand(a, 9, ast.Pow)}.{name}"
            case ast.Call(func=func, args=args, keywords=named):
                parts = [self.rendered(a) for a in args]
                parts += [f"{k.arg}={self.rendered(k.value)}" for k in named if k.arg]
                return f"{self.rendered(func)}({', '.join(parts)})"
            case _:
                return shown(node, 10_000)

    def _operand(self, node: ast.expr, level: int, above: type[ast.operator]) -> str:
        text = self.rendered(node)
        if isinstance(node, ast.BinOp):
            own = _LEVELS[type(node.op)]
            mixed = own == _LEVELS[above] and isinstance(node.op, ast.MatMult) != (above is ast.MatMult)
            return f"({text})" if own < level or mixed else text
        simple = isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.Constant)
        return text if simple or (isinstance(node, ast.UnaryOp) and level <= 2) else f"({text})"

    @cached_property
    def _own(self) -> set[int]:
        """The identities of the nodes that were parsed from the claim (membership only)."""
        return {id(n) for s in self.statements for n in ast.walk(s)}

    def place(self, node: ast.expr | ast.stmt) -> Place | None:
        """Where an expression stands: its first line."""
        line = getattr(node, "lineno", None)
        if line is None or not 0 < line <= len(self.lines):
            return None
        whole = self.lines[line - 1]
        start = len(whole.encode()[: node.col_offset].decode(errors="ignore"))
        stop = len(whole)
        if node.end_lineno == line and node.end_col_offset is not None:
            stop = len(whole.encode()[: node.end_col_offset].decode(errors="ignore"))
        return Place(self.text, line, start, max(stop, start + 1), self.source)

    def scope(self, at: int) -> dict[str, Node]:
        """The arrays that a statement can use: names of the model, then the claim's own."""
        problem = self.problem
        found = {name: node for node, name in reversed(problem.names.items())}
        found.update({e.name.text: e.node for e in problem.program.equations})
        line = self.statements[at].lineno
        for step in problem.claim.steps:
            if step.name is not None and step.place.line < line and step.name.isidentifier():
                found[step.name] = step.node
        return {n: node for n, node in found.items() if n.isidentifier()}

    def value_of(self, at: int) -> Node | None:
        """What a statement gave its name, or its own value."""
        statement = self.statements[at]
        end = statement.end_lineno or statement.lineno
        found = None
        for step in self.problem.claim.steps:
            if statement.lineno <= step.place.line <= end:
                found = step.node
        return self.problem.claim.node if at == len(self.statements) - 1 else found

    def read(self, lines: list[str]) -> Node | None:
        """The value of changed lines; None where they make no sense (wrong shapes, mostly)."""
        try:
            return self.problem.reread(lines).node
        except (SymbpError, OperandError, RecursionError):
            return None

    @cached_property
    def is_whole(self) -> bool:
        """Whether the lines read back to what was claimed (else nothing can be tried on them)."""
        return self.read(self.lines) is self.problem.claim.node


def _last_line(problem: Problem) -> int:
    place = problem.claim.steps[-1].place
    lines = place.text.splitlines()
    try:
        body = ast.parse(place.text).body
    except SyntaxError:
        return len(lines)
    ends = [s.end_lineno or s.lineno for s in body if s.lineno <= place.line <= (s.end_lineno or s.lineno)]
    return max(ends, default=len(lines))


def claim_text(problem: Problem) -> ClaimText | None:
    """The claim as Python syntax; None where it is written in another language."""
    if not problem.claim.steps:
        return None
    try:
        found = ClaimText(problem)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found if found.statements and found.is_whole else None


# -- walking and changing -------------------------------------------------------------------------

_LEVELS: dict[type[ast.operator], int] = {
    ast.Add: 1,
    ast.Sub: 1,
    ast.Mult: 2,
    ast.Div: 2,
    ast.FloorDiv: 2,
    ast.Mod: 2,
    ast.MatMult: 2,
    ast.Pow: 5,
    ast.BitAnd: 0,
    ast.BitOr: 0,
    ast.BitXor: 0,
    ast.LShift: 0,
    ast.RShift: 0,
}
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: " + ",
    ast.Sub: " - ",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: " % ",
    ast.MatMult: " @ ",
    ast.Pow: "**",
    ast.BitAnd: " & ",
    ast.BitOr: " | ",
    ast.BitXor: " ^ ",
    ast.LShift: " << ",
    ast.RShift: " >> ",
}


def _same_tree(text: str, wanted: ast.AST) -> bool:
    """Whether a text parses to a statement."""
    try:
        found = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return len(found) == 1 and ast.dump(found[0]) == ast.dump(ast.parse(ast.unparse(wanted)).body[0])


def expressions(statement: ast.stmt) -> Iterator[tuple[Path, ast.expr]]:
    """Every expression whose value counts, outermost first; function names are not among them."""
    stack: list[tuple[Path, ast.AST]] = [((), statement)]
    while stack:
        path, node = stack.pop(0)
        if isinstance(node, ast.expr):
            yield path, node
        for field, value in ast.iter_fields(node):
            if field in ("op", "ops", "ctx", "generators"):
                continue
            if field == "func":
                if isinstance(value, ast.Attribute) and not _is_module(value.value):
                    stack.append(((*path, (field, None), ("value", None)), value.value))
                continue
            children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            for k, child in children:
                below = (*path, (field, k))
                if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                    continue
                if isinstance(child, ast.keyword):
                    continue
                if isinstance(child, ast.AST):
                    stack.append((below, child))


def _is_module(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in ("np", "numpy", "xp", "jnp", "torch")) or (
        isinstance(node, ast.Attribute) and _is_module(node.value)
    )


def at_path(root: ast.AST, path: Path) -> ast.AST:
    """The node at the end of a path."""
    for field, k in path:
        value = getattr(root, field)
        root = value if k is None else value[k]
    return root


def changed(root: ast.AST, path: Path, new: ast.AST) -> ast.AST:
    """A copy of the tree along the path, with another node at its end."""
    if not path:
        return new
    (field, k), *rest = path
    copy = type(root)(**{f: getattr(root, f, None) for f in root._fields})
    value = getattr(root, field)
    if k is None:
        setattr(copy, field, changed(value, tuple(rest), new))
    else:
        listed = list(value)
        listed[k] = changed(listed[k], tuple(rest), new)
        setattr(copy, field, listed)
    return ast.copy_location(copy, root)


def parsed(text: str) -> ast.expr:
    """An expression from text of our own."""
    return ast.parse(text, mode="eval").body


def shown(node: ast.AST, longest: int = 60) -> str:
    """An expression as the user could have written it, without blanks around * and /."""
    text = re.sub(r"\s*(\*\*|\*|/)\s*", r"\1", ast.unparse(node))
    return text if len(text) <= longest else text[: longest - 2] + " …"
