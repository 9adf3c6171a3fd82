"""A text of equations to a Program: declarations, roles, shapes, the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Unpack

from symbp.algebra.node import Node, leaf
from symbp.errors import ModelError, Place, ShapeError
from symbp.lang.attempt import Attempt
from symbp.lang.declare import Keywords, add_keywords, read_declarations
from symbp.lang.equations import Equations
from symbp.lang.infer import inferred
from symbp.lang.names import Name, identifier
from symbp.lang.program import Equality, Equation, Program, Variable, with_scalar_loss
from symbp.lang.statements import statements
from symbp.lang.syntax import Syntax
from symbp.lang.unknown import unknown_name
from symbp.lang.values import Series


def read_equations(text: str, source: str = "<text>", **told: Unpack[Keywords]) -> Program:
    """A model in the equation language (docs/language.md).  SymbpError where it cannot be used.

    >>> program = read_equations("input x: n, d; param W: d, k; L = Σ (x W)²")
    >>> [str(size) for size in program.variable("W").shape]
    ['d', 'k']
    """
    listed = list(statements(text, source))
    declared = read_declarations(listed)
    add_keywords(declared, **told)
    params = told.get("params")
    if not any(s.kind == "equation" for s in listed):
        where = Place(text, 1, 0, 1, source) if text.strip() else None
        raise ModelError("the model has no equation", where, hint="write one, such as L = Σ (y − ŷ)²")
    wanted = None if params is None else {identifier(p) for p in params}
    return finished(Equations(text, source, declared, listed, wanted))


def finished(model: Equations) -> Program:
    """The Program of parsed equations: with declared shapes, or with shapes that are inferred."""
    if model.declared.any_shape:
        return _program(model, Attempt(model, model.declared_variables()).run())
    return inferred(model, lambda read: _program(model, read))


def _program(model: Equations, read: Attempt) -> Program:
    """What has been read, with what is differentiated."""
    names: dict[Node, Name] = {v.node: v.name for v in read.variables.values()}
    known: dict[str, Equation] = {}
    for name, node, statement in zip(read.heads, read.nodes, model.statements, strict=True):
        known[identifier(statement.head)] = Equation(name, node, statement.place, names)
        names.setdefault(node, name)
    _check_facts(model, read)
    _check_selected(model, read)
    equations = [e for key, e in known.items() if key not in read.selected or names[e.node] is e.name]
    outputs = _outputs(model, read, known) if model.declared.outputs else _loss(model, known)
    variables = (*read.variables.values(), *_upstreams(model, read, known))
    constants = dict(model.declared.constants)
    program = Program(variables, tuple(equations), outputs, constants, model.claims, model.source, model.text)
    equalities = tuple(_equality(model, read, *side) for side in model.sides)
    series = {key: value for key, value in read.values.items() if isinstance(value, Series)}
    program = replace(program, equalities=equalities, series=series)
    if not model.keeps_values:
        program = replace(program, read_unmerged=lambda: finished(model.keeping()))
    return with_scalar_loss(program)


def _equality(model: Equations, read: Attempt, index: int, side: Syntax, place: Place) -> Equality:
    """A later side of a chain, in the scope of all equations."""
    return Equality(read.heads[index].ascii, read.side(side, model.indices[index]), place)


def _loss(model: Equations, known: Mapping[str, Equation]) -> tuple[tuple[str, str | None], ...]:
    last = model.statements[-1]
    key, place = model.declared.loss or (identifier(last.head), last.head_place)
    loss = _equation(model, known, key, place)
    if not all(s.is_one for s in loss.node.shape):
        shape = ", ".join(map(str, loss.node.shape))
        raise ShapeError(
            f"the loss {loss.name} is not a scalar, it has shape ({shape})",
            place or model.assigned[key].head_place,
            hint=f"sum its entries, or name an upstream gradient: output {loss.name}, d{loss.name}",
        )
    return ((loss.name.ascii, None),)


def _outputs(
    model: Equations, read: Attempt, known: Mapping[str, Equation]
) -> tuple[tuple[str, str | None], ...]:
    found: list[tuple[str, str | None]] = []
    for output, upstream, place in model.declared.outputs:
        equation = _equation(model, known, output, place)
        variable = read.variables.get(upstream)
        found.append(
            (equation.name.ascii, (variable.name if variable else read.upstream_names[upstream]).ascii)
        )
        if variable is not None and variable.shape != equation.node.shape:
            shapes = [", ".join(map(str, s)) for s in (variable.shape, equation.node.shape)]
            reason = f"{variable.name}[{shapes[0]}] has to have the shape of {equation.name}[{shapes[1]}]"
            hint = f"declare {variable.name}: {shapes[1]}"
            raise ShapeError(reason, place or variable.place, hint=hint)
    return tuple(found)


def _upstreams(model: Equations, read: Attempt, known: Mapping[str, Equation]) -> list[Variable]:
    """Upstream gradients that no line declares get the shape of their output."""
    found = []
    for output, upstream, _ in model.declared.outputs:
        if upstream in read.upstream_names:
            name = read.upstream_names[upstream]
            found.append(Variable(name, leaf(name.ascii, known[output].node.shape), "upstream"))
    return found


def _equation(model: Equations, known: Mapping[str, Equation], key: str, place: Place | None) -> Equation:
    if key not in known:
        names = [e.name.text for e in known.values()]
        unknown = unknown_name(model.declared.spelled.get(key, key), place, names)
        unknown.hint = unknown.hint or f"the equations set {', '.join(names[-5:])}"
        raise unknown
    return known[key]


def _check_selected(model: Equations, read: Attempt) -> None:
    """What is differentiated has a shape that is known beforehand."""
    last = identifier(model.statements[-1].head)
    wanted = [key for key, _, _ in model.declared.outputs] or [(model.declared.loss or (last, None))[0]]
    for key in wanted:
        if key in read.selected:
            name = model.assigned[key].head
            reason = f"{name} holds the entries that a mask selects, of which nobody knows how many there are"
            raise ShapeError(reason, model.assigned[key].head_place, hint=f"sum or mean them: sum({name})")


def _check_facts(model: Equations, read: Attempt) -> None:
    for key in model.declared.facts:
        place = model.declared.places.get("assume " + key)
        if key not in read.variables and place is not None:
            known = [v.name.text for v in read.variables.values()]
            unknown = unknown_name(model.declared.spelled.get(key, key), place, known)
            unknown.hint = unknown.hint or "facts are assumed of declared arrays"
            raise unknown
