"""Claimed gradients written as NumPy statements: their value, and that of every line."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError, ParseError, Place, ShapeError
from symbp.lang.code.arrays import Array
from symbp.lang.code.interpreter import Interpreter, Returned
from symbp.lang.code.machine import Frame
from symbp.lang.code.source import Source, parse_python
from symbp.lang.code.values import Scope, placed, plain
from symbp.lang.numpy_scope import scope_names
from symbp.lang.program import Program
from symbp.lang.values import node_of


@dataclass(frozen=True)
class Step:
    """One line of a claim: the name it sets (None for an expression), its value, its place."""

    name: str | None
    node: Node
    place: Place


@dataclass(frozen=True)
class Claimed:
    """A claimed gradient that has been read: of what, its value, and the lines that lead to it.

    `gradients` are the leaves in it that stand for another gradient, with what is differentiated
    (None: what the model's outputs feed) and by which name.  A claim that only says which product of
    derivatives it is has that `path` of names.  `of` is what is differentiated where that is not the
    loss but a name on the way; then `indices` are those of the entries of both, ∂p_i/∂z_j.
    """

    target: str
    node: Node
    steps: tuple[Step, ...]
    gradients: Mapping[Node, tuple[Node | None, str]] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    of: str = ""
    indices: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    place: Place | None = None
    again: str = ""
    """By what a second derivative is taken the second time: ∂²L/∂w∂v."""
    case: str = ""
    """The condition under which it is claimed, as written: i ≠ j, y = 1, when the unit is active."""
    where: Node | None = None
    """1 where the claim is about, 0 elsewhere: at the entries i = j, where a > 0."""
    instead: Mapping[Node, Node] = field(default_factory=dict)
    """What the condition says that leaves are: 1 for y."""
    in_words: bool = False
    """Whether some of the condition was not understood."""
    given: Mapping[Node, Node] = field(default_factory=dict)
    """Leaves of which the text beside the claim states a fact -> the same leaves with that fact."""
    assumed: tuple[str, ...] = ()
    """What was taken for granted in reading it: that the x_i are the rows of X."""
    misfit: ShapeError | None = None
    """Why the formula has no value, where the shapes in it do not fit; `node` means nothing then."""

    @property
    def key(self) -> str:
        """What the claim is about, for a report: the parameter, ∂of/∂by, or ∂²of/∂by², and in which case."""
        case = f" ({self.case})" if self.case else ""
        if self.again:
            below = f"∂{self.target}²" if self.again == self.target else f"∂{self.target}∂{self.again}"
            return f"∂²{self.of}/{below}{case}"
        return (f"∂{self.of}/∂{self.target}" if self.of else self.target) + case


def read_claim(
    lines: Sequence[str] | str,
    program: Program,
    target: str,
    source: str | None = None,
) -> Claimed:
    """The value of claim lines in the scope of a model.  SymbpError with its place.

    The claimed value is that of the last line: an expression, or what it assigns.  Names that the
    lines set are theirs alone.

    >>> from symbp.lang.numpy_source import read_numpy
    >>> program = read_numpy("L = np.sum(W * W)", shapes={"W": "d, k"})
    >>> claimed = read_claim(["dW = 2 * W", "dW += 0"], program, "W")
    >>> [(s.name, s.place.line) for s in claimed.steps]
    [('dW', 1), ('dW', 2)]
    """
    text = lines if isinstance(lines, str) else "\n".join(lines)
    written = Source.of(text, source or f"claim of {target}")
    tree = parse_python(written)
    if not tree.body:
        raise ParseError(
            "the claim is empty",
            Place(text, 1, 0, 1, written.name),
            hint="write the gradient, such as X.T @ dZ",
        )
    scope = Scope(_claim_names(program))
    steps: list[Step] = []
    interpreter = Interpreter(Frame(scope, written), lambda n, v, s: _note(steps, written, n, v, s))
    *first, last = tree.body
    if interpreter.run(first) is not None:
        raise ParseError(
            "return, break and continue have no meaning here",
            written.place(last),
            hint="write statements, and the gradient as the last line",
        )
    value = _last_value(interpreter, last, steps, written, target)
    if value is None:
        raise ParseError(
            "the last line of a claim has to give an array",
            written.place(last),
            hint="end with the gradient: an expression or dW = …",
        )
    return Claimed(target, value, tuple(steps))


def _claim_names(program: Program) -> dict[str, Any]:
    """Variables, sizes, and what the model's text has set; a later meaning hides an earlier one."""
    names = scope_names(program.variables, {}, ())
    variables = {spelled for v in program.variables for spelled in (v.name.text, v.name.ascii)}
    for name, value in program.extras.items():
        if name not in variables:
            names[name] = placed(value)
    for equation in program.equations:
        names[equation.name.ascii] = names[equation.name.text] = Array(equation.node)
    return names


def _note(steps: list[Step], source: Source, name: str, value: Any, statement: ast.stmt) -> None:
    node = _as_node(value)
    if node is not None:
        steps.append(Step(name, node, source.place(statement)))


def _as_node(value: Any) -> Node | None:
    try:
        return node_of(plain(value))
    except OperandError:
        return None


def _last_value(
    interpreter: Interpreter, last: ast.stmt, steps: list[Step], source: Source, target: str
) -> Node | None:
    """The value of the last line: of its expression, or of the name that it set or changed."""
    if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant | ast.Call):
        return _expressed(interpreter, last.value, steps, source)
    before = len(steps)
    if isinstance(last, ast.Expr):
        node = _expressed(interpreter, last.value, steps, source)
        if node is not None:
            return node
        interpreter.note_changed(last)
    else:
        result = interpreter.run_statement(last)
        if isinstance(result, Returned):
            return _as_node(result.value)
    names = [step.name for step in steps[before:] if step.name is not None]
    if not names:
        return None
    meant = [n for n in names if n in _spellings(target)]
    return _as_node(interpreter.frame.scope.names[(meant or names)[-1]])


def _spellings(target: str) -> set[str]:
    """What a gradient is usually called: the one meant where a last line sets several names."""
    return {form.format(target) for form in ("d{}", "d_{}", "g_{}", "grad_{}", "{}_grad", "{}")}


def _expressed(interpreter: Interpreter, value: ast.expr, steps: list[Step], source: Source) -> Node | None:
    node = _as_node(interpreter.evaluate_statement(value))
    if node is not None:
        steps.append(Step(None, node, source.place(value)))
    return node
