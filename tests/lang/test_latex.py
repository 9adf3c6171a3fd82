"""LaTeX means what its author meant, or is refused at the right place."""

from __future__ import annotations

import pytest

from symbp.algebra.node import Node
from symbp.errors import SymbpError
from symbp.evidence.prove import prove_equal
from symbp.lang.program import Program
from symbp.lang.read import read_equations
from symbp.lang.tex_read import read_latex
from tests.lang.latex_corpus import ERRORS, EXPRESSIONS, MODELS, SHAPES, UNDECLARED


def same(a: Node, b: Node) -> bool:
    return a is b or (a.shape == b.shape and bool(prove_equal(a, b).holds))


def value(program: Program) -> Node:
    return program.nodes[program.outputs[0][0]]


@pytest.mark.parametrize("latex", EXPRESSIONS)
def test_expression(latex: str) -> None:
    meaning = EXPRESSIONS[latex]
    if meaning is None:
        with pytest.raises(SymbpError):
            read_latex(f"r = {latex}", shapes=SHAPES, outputs={"r": "g"})
        return
    found = read_latex(f"r = {latex}", shapes=SHAPES, outputs={"r": "g"})
    wanted = read_equations(f"r = {meaning}", shapes=SHAPES, outputs={"r": "g"})
    assert same(value(found), value(wanted)), (value(found), value(wanted))


@pytest.mark.parametrize("latex", MODELS)
def test_model(latex: str) -> None:
    meaning, shapes = MODELS[latex]
    found = read_latex(latex, shapes=shapes)
    wanted = read_equations(meaning, shapes=shapes)
    assert same(value(found), value(wanted)), (value(found), value(wanted))


@pytest.mark.parametrize("latex", UNDECLARED)
def test_shapes_are_found(latex: str) -> None:
    program = read_latex(latex)
    assert {v.name.ascii: ",".join(map(str, v.shape)) for v in program.variables} == UNDECLARED[latex]


@pytest.mark.parametrize("latex", ERRORS)
def test_refused_at_its_place(latex: str) -> None:
    words, marked = ERRORS[latex]
    with pytest.raises(SymbpError) as caught:
        read_latex(latex)
    assert words is None or words in str(caught.value)
    assert caught.value.place is not None
    assert marked is None or caught.value.place.snippet == marked


def test_the_corpus_is_large_enough() -> None:
    assert len(EXPRESSIONS) + len(MODELS) + len(UNDECLARED) + len(ERRORS) >= 150
