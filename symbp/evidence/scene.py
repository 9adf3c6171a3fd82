"""One statement of a claim, with what the edits need to know of its parts."""

from __future__ import annotations

import ast
from functools import cached_property

from symbp.algebra.node import Node
from symbp.errors import OperandError, SymbpError
from symbp.evidence.claim_text import ClaimText, Path, at_path, changed, expressions
from symbp.evidence.problem import Problem


class Scene:
    """A statement and its expressions; values and shapes of parts are worked out when asked for."""

    def __init__(self, text: ClaimText, at: int) -> None:
        self.text, self.at = text, at
        self.problem: Problem = text.problem
        self.statement = text.statements[at]
        self.prefix = self.problem.prefix
        self._nodes: dict[Path, Node | None] = {}

    @cached_property
    def expressions(self) -> list[tuple[Path, ast.expr]]:
        return [(p, e) for p, e in expressions(self.statement) if not isinstance(e, ast.Slice | ast.Starred)]

    @cached_property
    def values(self) -> list[tuple[Path, ast.expr]]:
        """Expressions that are arrays or numbers: not indices, axes or shapes."""
        return [
            (p, e)
            for p, e in self.expressions
            if not isinstance(e, ast.Tuple | ast.List | ast.Slice)
            and not self.is_index(p)
            and not (isinstance(e, ast.Constant) and not isinstance(e.value, int | float))
        ]

    @cached_property
    def terms(self) -> list[tuple[Path, ast.expr]]:
        """Whole values, and the operands of sums and products."""
        return [
            (p, e)
            for p, e in self.values
            if not isinstance(e, ast.Constant) and (not p or p[-1][0] in ("value", "left", "right", "args"))
        ]

    @cached_property
    def scope(self) -> dict[str, Node]:
        return self.text.scope(self.at)

    def is_index(self, path: Path) -> bool:
        """Whether a place is inside the brackets of an index."""
        return any(field == "slice" for field, _ in path)

    def is_compared(self, path: Path) -> bool:
        """Whether a place is a side of a comparison."""
        return any(isinstance(at_path(self.statement, path[:k]), ast.Compare) for k in range(len(path)))

    def is_module(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in ("np", "numpy") and node.id not in self.scope

    def node(self, path: Path) -> Node | None:
        """The value of a part of the statement; None where it has none by itself."""
        if path not in self._nodes:
            part = at_path(self.statement, path)
            self._nodes[path] = None
            if isinstance(part, ast.Name) and part.id in self.scope:
                self._nodes[path] = self.scope[part.id]
            elif isinstance(part, ast.expr):
                self._nodes[path] = self.local(ast.unparse(part))
        return self._nodes[path]

    def local(self, statement: str) -> Node | None:
        """What this statement would give if it were another one; None where that makes no sense."""
        problem = self.problem
        if problem.read_local is None or any(n in self.model_names for n in self.own_names):
            return self.text.read(self.text.with_statement(self.at, statement, upto=self.at))
        try:
            return problem.read_local(statement, {n: self.scope[n] for n in self.own_names})
        except (SymbpError, OperandError, RecursionError):
            return None

    @cached_property
    def model_names(self) -> set[str]:
        program = self.problem.program
        return {t for e in program.equations for t in (e.name.text, e.name.ascii)} | set(program.extras)

    @cached_property
    def own_names(self) -> list[str]:
        """Names that the claim has set before this statement."""
        line = self.statement.lineno
        steps = self.problem.claim.steps
        set_before = (s.name for s in steps if s.name is not None and s.place.line < line)
        return [name for name in dict.fromkeys(set_before) if name in self.scope]

    def rank(self, path: Path) -> int | None:
        found = self.node(path)
        return None if found is None else found.rank

    def parent_call(self, path: Path) -> tuple[Path, ast.Call] | None:
        """The call whose first argument a place is."""
        if path and path[-1] == ("args", 0):
            above = at_path(self.statement, path[:-1])
            if isinstance(above, ast.Call):
                return path[:-1], above
        return None

    def expression(self, text: str, **parts: ast.expr) -> ast.expr:
        """An expression from text, with parts of the claim put in for its names."""
        tree = ast.parse(text, mode="eval")
        found: ast.AST = tree.body
        for path, node in list(expressions(ast.Expr(tree.body))):
            if isinstance(node, ast.Name) and node.id in parts:
                found = changed(found, path[1:], parts[node.id])
        assert isinstance(found, ast.expr)
        return found
