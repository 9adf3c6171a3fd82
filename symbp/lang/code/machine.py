"""What interpreting code needs throughout: the current call, places, limits, errors."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError, Place, ShapeError, SymbpError, UnsupportedError
from symbp.lang.code.arrays import Array
from symbp.lang.code.source import PLAIN, NotReadError, Source
from symbp.lang.code.values import Function, Imported, Namespace, Scope
from symbp.ops import catalogue

MOST_STEPS = 200_000
CALL = 5
"""How many steps a call counts for."""
MISFITS = (
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    AssertionError,
)
"""What Python raises where a value has no meaning at a place; all become UnsupportedError."""


@dataclass
class Unset:
    """What np.empty leaves in memory: taken for zeros, or for anything at all."""

    is_anything: bool = False
    count: int = 0
    """How many such arrays there were."""


@dataclass
class Frame:
    """One call of a function of the text: its names, and where it stands."""

    scope: Scope
    source: Source
    function: Function | None = None
    receiver: Any = None
    shared: set[str] = field(default_factory=set)
    """Names that `global` makes those of the whole text."""
    enclosing: set[str] = field(default_factory=set)
    """Names that `nonlocal` makes those of the functions around this one."""
    yielded: list[Any] | None = None
    """What a generator has given so far: all of it is read at once."""


class Machine:
    """The state of an interpretation, and what its parts ask of each other."""

    def __init__(self, frame: Frame, bare_is_numpy: bool = True) -> None:
        self.frame = frame
        self.bare_is_numpy = bare_is_numpy
        self.steps = 0
        self.depth = 0
        self.finished: dict[str, Any] = {}
        """The names that the outermost call has left."""
        self.random: list[Node] = []
        self.unset = Unset()
        self.beside: Mapping[tuple[str, str], Imported] = {}
        """Modules that stand beside the text, by the text and the name by which it imports them."""
        self.predicate: Node | None = None
        """Under which condition on the data the current statements count."""
        self.after_statement: Callable[[], None] | None = None
        """What is done after each statement."""
        self.entrywise = 0
        """How many functions made by np.vectorize are being called."""

    # -- places and limits --------------------------------------------------------------------

    def place(self, node: ast.AST) -> Place:
        return self.frame.source.place(node)

    def count_step(self, node: ast.AST, weight: int = 1) -> None:
        self.steps += weight
        if self.steps > MOST_STEPS:
            raise UnsupportedError(
                f"more than {MOST_STEPS} steps are not read",
                self.place(node),
                hint="take smaller sizes, or fewer rounds of loops",
            )

    def explained(self, error: OperandError, node: ast.AST) -> SymbpError:
        """An operation's error with its place and with what its operands are."""
        if isinstance(error, NotReadError):
            return UnsupportedError(error.reason, self.place(node), list(error.facts), error.hint or PLAIN)
        facts = list(error.facts)
        if isinstance(node, ast.BinOp):
            facts += [fact for fact in map(self._fact, (node.left, node.right)) if fact]
        return ShapeError(error.reason, self.place(node), facts, error.hint or self._example(node))

    def misfit(self, error: Exception, node: ast.AST) -> SymbpError:
        """What Python itself has to say against a value, as an error with its place."""
        detail = "the values do not fit what is done with them"
        if isinstance(error, ValueError | ArithmeticError) and str(error):
            detail = str(error)
        return UnsupportedError(
            f"this cannot be read: {detail}",
            self.place(node),
            hint="check the values there, or say their shapes",
        )

    def _example(self, node: ast.AST) -> str | None:
        """How the function of a module that was called can be called."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                found = catalogue.find(name)
                return found.hint if found is not None and self._is_module(module) else None
        return None

    def _is_module(self, name: str) -> bool:
        try:
            return isinstance(self.frame.scope.find(name), Namespace)
        except KeyError:
            return True

    def _fact(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name):
            return ""
        value = self.frame.scope.names.get(node.id)
        return f"{node.id}[{', '.join(map(str, value.shape))}]" if isinstance(value, Array) else ""

    def may_choose(self, test: Any) -> bool:
        """A test on the data for which both branches can be read."""
        return isinstance(test, Array) and (test.rank == 0 or self.entrywise > 0)

    # -- what the parts ask of each other -----------------------------------------------------

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression."""
        raise NotImplementedError

    def run_body(self, body: list[ast.stmt] | ast.expr) -> Any:
        """The result of a function's body."""
        raise NotImplementedError

    def bind_target(self, target: ast.expr, value: Any) -> None:
        """target = value."""
        raise NotImplementedError
