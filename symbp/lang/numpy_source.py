"""NumPy statements to a Program.

The text is Python as backward passes are written in it: assignments, loops of known length, item
assignment, `+=`, with or without `np.`.  It is read with `ast` and interpreted over nodes
(`symbp.lang.code`), never executed.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from symbp.algebra.node import Node, leaf, topological
from symbp.algebra.size import Size
from symbp.errors import (
    ModelError,
    ParseError,
    Place,
    ShapeError,
    SymbpError,
    UnknownNameError,
    UnsupportedError,
)
from symbp.lang.code.arrays import Array
from symbp.lang.code.interpreter import Interpreter
from symbp.lang.code.machine import Frame
from symbp.lang.code.source import PLAIN, NotReadError, Source, parse_python
from symbp.lang.code.values import Class, Function, Scope, plain
from symbp.lang.declare import Declarations, Keywords, add_keywords
from symbp.lang.names import Name, NameTable, identifier
from symbp.lang.numpy_claim import Claimed, Step, read_claim
from symbp.lang.numpy_equations import as_equations
from symbp.lang.numpy_function import Opened, opened
from symbp.lang.numpy_scope import scope_names
from symbp.lang.program import Equation, Program, Variable, with_scalar_loss
from symbp.lang.read import read_equations
from symbp.lang.shapes import parse_shape
from symbp.lang.unknown import unknown_name

__all__ = ["Claimed", "Step", "read_claim", "read_numpy"]


def read_numpy(
    text: str, source: str = "<text>", *, letters: Iterable[str] = (), **told: Unpack[Keywords]
) -> Program:
    """A model from NumPy statements.  SymbpError, with its place, where it cannot be used.

    Every name whose last value is an array becomes an equation; `letters` are size letters that
    the statements use and that no shape mentions.

    >>> program = read_numpy("h = np.tanh(X @ W)\\nL = h.sum()", shapes={"X": "n, d", "W": "d, k"})
    >>> [(e.name.text, len(e.node.shape)) for e in program.equations], program.outputs
    ([('h', 2), ('L', 0)], (('L', None),))
    """
    declared = Declarations()
    add_keywords(declared, **told)
    written, listed = Source.of(text, source), list(letters)
    tree = parse_python(written)
    function = opened(tree, declared.shapes)
    if not declared.any_shape and "backward" not in text:
        program = _undeclared(function, tree, source, told)
        if program is not None:
            return program
    program = _read(declared, written, tree, function, listed, keeps_values=False)
    again = partial(_read, declared, written, tree, function, listed, keeps_values=True)
    return replace(program, read_unmerged=again)


def _undeclared(function: Opened | None, tree: ast.Module, source: str, told: Keywords) -> Program | None:
    """What is read of statements without any shape: as equations, None where that cannot be."""
    text = as_equations(tree if function is None else function.tree)
    if not text:
        return None
    wanted: list[Keywords] = [{}]
    if function is not None and not told.get("loss") and not told.get("outputs"):
        wanted = [{"loss": function.output}, {"outputs": {function.output: function.upstream}}]
    for what in wanted:
        with contextlib.suppress(SymbpError):
            return read_equations(text, source, **(told | what))
    return None


def _read(
    declared: Declarations,
    source: Source,
    tree: ast.Module,
    function: Opened | None,
    letters: list[str],
    keeps_values: bool,
) -> Program:
    table = NameTable()
    variables = declared_variables(declared, table)
    scope = Scope(scope_names(variables, declared.sizes, letters))
    reader = _Forward(scope, source, keeps_values)
    try:
        reader.run(tree if function is None else function.tree)
    except UnknownNameError as error:
        if error.hint is None and error.place is not None:
            error.hint = f'say its shape: --shapes "{error.place.snippet}: n, d"'
        raise
    program = _program(declared, table, variables, reader, function)
    known = {letter: Size.letter(letter) for letter in letters}
    return replace(with_scalar_loss(program), extras={**known, **declared.sizes, **program.extras})


def declared_variables(declared: Declarations, table: NameTable) -> list[Variable]:
    """The leaves of a model: declared arrays, then constants."""
    fixed = {letter: Size.of(value) for letter, value in declared.sizes.items()}
    upstreams = {upstream for _, upstream, _ in declared.outputs}
    found: list[Variable] = []
    for key, (shape, _, role) in declared.shapes.items():
        place = Place(shape, 1, 0, len(shape), f"shape of {declared.spelled[key]}")
        measured = tuple(s.replace(fixed) for s in parse_shape(shape, place))
        facts = declared.facts.get(key, [])
        dtype = "int" if any(f.startswith("index") for f in facts) else "real"
        name = table.add(declared.spelled[key])
        node = leaf(name.ascii, measured, dtype, facts)
        found.append(Variable(name, node, "upstream" if key in upstreams else role))
    for key, value in declared.constants.items():
        name = table.add(declared.spelled[key])
        facts = ["constant", "positive"] if value > 0 else ["constant"]
        found.append(Variable(name, leaf(name.ascii, (), facts=facts), "const"))
    return found


class _Forward:
    """Runs the statements of a model and keeps where each name got its value."""

    def __init__(self, scope: Scope, source: Source, keeps_values: bool) -> None:
        self.scope, self.source, self.keeps_values = scope, source, keeps_values
        self.last: dict[str, Place] = {}
        """name -> the statement that set it last, in the order of these"""
        self.interpreter = Interpreter(Frame(scope, source), self._note)

    def run(self, tree: ast.Module) -> None:
        ended = self.interpreter.run(tree.body)
        if ended is not None:
            raise ParseError(
                "return, break and continue have no meaning here",
                self.source.place(tree.body[-1]),
                hint="write plain statements, or put them into def forward(…)",
            )

    def _note(self, name: str, value: Any, statement: ast.stmt) -> None:
        self.last.pop(name, None)
        self.last[name] = self.source.place(statement)
        if self.keeps_values and isinstance(value, Array):
            value.keeps = True

    def arrays(self, variables: Iterable[Variable]) -> dict[str, Node]:
        """The names whose last value is an array, without those that still are what they were."""
        unchanged = {spelled: v.node for v in variables for spelled in (v.name.text, v.name.ascii)}
        found = {}
        for name in [*self.last, *(n for n in self.scope.names if n not in self.last)]:
            value = self.scope.names.get(name)
            if isinstance(value, Array) and unchanged.get(name) is not value.node:
                found[name] = value.node
        return found

    def others(self) -> dict[str, Any]:
        """The other names that the statements set, with their values."""
        found: dict[str, Any] = {}
        for name, place in self.last.items():
            value = self.scope.names.get(name)
            if name in self.scope.names and not isinstance(value, Array):
                try:
                    found[name] = plain(value)
                except NotReadError as error:
                    raise UnsupportedError(error.reason, place, hint=error.hint or PLAIN) from None
        found.update({n: v for n, v in self.scope.names.items() if isinstance(v, Function | Class)})
        return found


def _program(
    declared: Declarations,
    table: NameTable,
    variables: list[Variable],
    reader: _Forward,
    function: Opened | None,
) -> Program:
    arrays = reader.arrays(variables)
    position = {node: at for at, node in enumerate(topological(arrays.values()))}
    order = sorted(arrays, key=lambda name: position[arrays[name]])
    variables += [Variable(table.add(drawn.name), drawn, "input") for drawn in reader.interpreter.random]
    names: dict[Node, Name] = {v.node: v.name for v in variables}
    equations: list[Equation] = []
    known: dict[str, Equation] = {}
    for spelled in order:
        equation = Equation(table.add(spelled), arrays[spelled], reader.last.get(spelled), names)
        names.setdefault(equation.node, equation.name)
        equations.append(equation)
        known[identifier(spelled)] = equation
    source = reader.source
    if not equations:
        place = Place(source.text, 1, 0, 1, source.name) if source.text.strip() else None
        raise ModelError("the model sets no array", place, hint="write one, such as L = np.sum((y - t)**2)")
    if function is not None and declared.loss is None and not declared.outputs:
        declared = _of_function(declared, function, known)
    if declared.outputs:
        outputs = _outputs(declared, known, table, variables)
    else:
        outputs = _loss(declared, known, list(reader.last))
    constants = dict(declared.constants)
    return Program(
        tuple(variables), tuple(equations), outputs, constants, (), source.name, source.text, reader.others()
    )


def _of_function(declared: Declarations, function: Opened, known: Mapping[str, Equation]) -> Declarations:
    """What a function returns is a loss where it is a number, else an output."""
    key, upstream = identifier(function.output), identifier(function.upstream)
    if all(s.is_one for s in _equation(declared, known, key).node.shape):
        return replace(declared, loss=(key, None))
    spelled = {**declared.spelled, upstream: function.upstream}
    return replace(declared, outputs=[(key, upstream, None)], spelled=spelled)


def _equation(declared: Declarations, known: Mapping[str, Equation], key: str) -> Equation:
    if key not in known:
        last = list(known.values())[-1]
        spelled = declared.spelled.get(key, key)
        raise unknown_name(spelled, last.place, [e.name.text for e in known.values()])
    return known[key]


def _loss(
    declared: Declarations, known: Mapping[str, Equation], order: list[str]
) -> tuple[tuple[str, str | None], ...]:
    key = (
        declared.loss[0]
        if declared.loss
        else next(k for n in reversed(order) if (k := identifier(n)) in known)
    )
    loss = _equation(declared, known, key)
    if not all(s.is_one for s in loss.node.shape):
        shape = ", ".join(map(str, loss.node.shape))
        hint = f"sum its entries, or name an upstream gradient: output {loss.name}, d{loss.name}"
        raise ShapeError(
            f"the loss {loss.name} is not a scalar, it has shape ({shape})", loss.place, hint=hint
        )
    return ((loss.name.ascii, None),)


def _outputs(
    declared: Declarations, known: Mapping[str, Equation], table: NameTable, variables: list[Variable]
) -> tuple[tuple[str, str | None], ...]:
    """The outputs; upstream gradients that are not declared get the shape of their output."""
    found: list[tuple[str, str | None]] = []
    given = {identifier(v.name.text): v for v in variables}
    for output, upstream, _ in declared.outputs:
        equation = _equation(declared, known, output)
        variable = given.get(upstream)
        if variable is None:
            name = table.add(declared.spelled[upstream])
            variable = Variable(name, leaf(name.ascii, equation.node.shape), "upstream")
            variables.append(variable)
        elif variable.shape != equation.node.shape:
            shapes = [", ".join(map(str, s)) for s in (variable.shape, equation.node.shape)]
            reason = f"{variable.name}[{shapes[0]}] has to have the shape of {equation.name}[{shapes[1]}]"
            raise ShapeError(reason, equation.place, hint=f"declare {variable.name}: {shapes[1]}")
        found.append((equation.name.ascii, variable.name.ascii))
    return tuple(found)
