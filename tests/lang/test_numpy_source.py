"""The NumPy language: reading a text means what executing it does; hostile texts do nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pytest

from symbp.algebra.node import Node, topological
from symbp.errors import ParseError, ShapeError, SymbpError, UnknownNameError, UnsupportedError
from symbp.lang.numpy_source import read_claim, read_numpy
from tests.lang.corpus_features import FEATURES, SHAPES
from tests.lang.corpus_numpy import SNIPPETS
from tests.lang.executed import draw, execute
from tests.lang.random_programs import NAMES, program
from tests.numeric import evaluate_all

X = np.random.default_rng(0).standard_normal((3, 4))
SIZES = {"n": 3, "d": 4, "k": 5, "t": 4}
FACTS = {"y": "index k", "ids": "index k"}


def letters_of(shapes: dict[str, str]) -> set[str]:
    return {piece.strip() for shape in shapes.values() for piece in shape.split(",")}


@pytest.mark.parametrize("title", SNIPPETS)
@pytest.mark.parametrize("symbolic", [True, False])
def test_reading_is_executing(title: str, symbolic: bool) -> None:
    shapes, text = SNIPPETS[title]
    fixed = {k: v for k, v in SIZES.items() if k in letters_of(shapes) and (not symbolic or k == "t")}
    assume = {name: fact for name, fact in FACTS.items() if name in shapes}
    if not symbolic:
        assume = dict.fromkeys(assume, "index 5")
    text = text + "\nfinal_loss = np.sum(0.0)\n"
    program = read_numpy(text, shapes=shapes, loss="final_loss", assume=assume, sizes=fixed)
    values = draw(program, SIZES, 1)
    expected = execute(text, {name: values[name] for name in shapes}, bare=False)
    nodes = [e.node for e in program.equations]
    for equation, value in zip(program.equations, evaluate_all(nodes, values, SIZES), strict=True):
        wanted = np.asarray(expected[equation.name.text], float)
        assert np.allclose(value, wanted, rtol=1e-10, atol=1e-12), equation.name.text
    read = {e.name.text for e in program.equations}
    arrays = {
        k for k, v in expected.items() if isinstance(v, np.ndarray) and v.dtype != int and k not in shapes
    }
    assert arrays <= read


@pytest.mark.parametrize("title", FEATURES)
def test_feature_means_what_numpy_does(title: str) -> None:
    program = read_numpy(FEATURES[title], shapes=SHAPES, loss="L", assume={"y": "index 4"})
    values = draw(program, {}, 1)
    expected = execute(FEATURES[title], {name: values[name] for name in SHAPES}, bare=False)
    nodes = [e.node for e in program.equations]
    for equation, value in zip(program.equations, evaluate_all(nodes, values, {}), strict=True):
        wanted = np.asarray(expected[equation.name.text], float)
        assert value.shape == wanted.shape, equation.name.text
        assert np.allclose(value, wanted), equation.name.text
    read = {e.name.text for e in program.equations}
    arrays = {k for k, v in expected.items() if isinstance(v, np.ndarray) and v.dtype == float}
    assert arrays - SHAPES.keys() <= read


def is_valid(text: str) -> bool:
    try:
        execute(text, {"x": X}, bare=False)
    except (ValueError, IndexError, TypeError):
        return False
    return True


@pytest.mark.parametrize("seed", range(80))
def test_names_and_views_of_random_programs(seed: int) -> None:
    text = program(seed, is_valid)
    read = read_numpy(text + "end = np.sum(0.0)", shapes={"x": "3, 4"}, loss="end")
    expected = execute(text, {"x": X}, bare=False)
    nodes = [read.nodes[name] for name in NAMES]
    for name, value in zip(NAMES, evaluate_all(nodes, {"x": X}, {}), strict=True):
        assert np.shape(value) == np.shape(expected[name]), text
        assert np.allclose(value, expected[name]), f"{name} in\n{text}"


# -- what is read stays small -------------------------------------------------------------------


def read(text: str, **shapes: str) -> dict[str, Node]:
    program = read_numpy(text + "\nend = np.sum(0.0)", shapes=shapes, loss="end", sizes={"t": 4})
    return program.nodes


def operations(node: Node) -> list[str]:
    return [n.op.name for n in topological([node])]


def test_buffer_filled_once_is_the_stack_of_its_slices() -> None:
    loop = "h = np.zeros((t, d))\nfor i in range(t):\n    h[i] = np.exp(x[i])"
    nodes = read(loop, x="t, d")
    assert (
        nodes["h"]
        is read("h = np.stack([np.exp(x[0]), np.exp(x[1]), np.exp(x[2]), np.exp(x[3])])", x="t, d")["h"]
    )


def test_slices_of_one_axis_are_a_concatenation() -> None:
    text = "z = np.zeros((n, 2*d))\nz[:, :d] = x\nz[:, d:] = y"
    assert (
        read(text, x="n, d", y="n, d")["z"]
        is read("z = np.concatenate([x, y], axis=1)", x="n, d", y="n, d")["z"]
    )


def test_sum_onto_zeros_is_the_term() -> None:
    assert operations(read("a = np.zeros_like(x)\na += x\nb = a - 0", x="n, d")["b"]) == ["leaf"]


def test_reading_a_slice_that_was_just_written() -> None:
    text = "h = np.zeros((t, d))\nh[-1] = x\ny = h[t - 1]"
    assert read(text, x="d")["y"].is_leaf


def test_long_loop_is_linear() -> None:
    text = "h = np.zeros((2001, d))\nfor i in range(2000):\n    h[i] = h[i - 1] * x"
    start = time.process_time()
    nodes = read(text, x="d")
    assert len(operations(nodes["h"])) < 10_000
    assert time.process_time() - start < 3


# -- programs -----------------------------------------------------------------------------------


def test_names_get_equations_at_their_last_assignment() -> None:
    text = "h = X @ W\ns = 3\nh = np.tanh(h)\nhs = [h]\nL = np.sum(h) * s"
    program = read_numpy(text, shapes={"X": "n, d", "W": "d, k"}, params=["W"])
    assert [(e.name.text, e.place.line) for e in program.equations if e.place] == [("h", 3), ("L", 5)]
    assert [v.role for v in program.variables] == ["input", "param"]
    assert program.outputs == (("L", None),)
    assert program.extras["s"] == 3
    assert program.extras["hs"] == [program.nodes["h"]]


def test_outputs_get_upstream_leaves() -> None:
    program = read_numpy("y = X * 2", shapes={"X": "n, d"}, outputs={"y": "dy"})
    upstream = program.variable("dy")
    assert upstream.role == "upstream"
    assert upstream.shape == program.nodes["y"].shape


def test_random_numbers_are_given() -> None:
    text = "m = (np.random.rand(*X.shape) < 0.5) / 0.5\nL = np.sum(X * m)"
    program = read_numpy(text, shapes={"X": "n, d"})
    assert [(v.name.text, v.role) for v in program.variables[1:]] == [("random_1", "input")]


def test_floats_are_exact() -> None:
    nodes = read("a = x * 0.1\nb = x * 1e-5", x="n")
    assert [str(n.args[1].params[0]) for n in (nodes["a"], nodes["b"])] == ["1/10", "1/100000"]


def test_places_of_wrong_shapes() -> None:
    with pytest.raises(ShapeError) as caught:
        read_numpy("H = X @ W\nY = H @ W", shapes={"X": "n, d", "W": "d, k"})
    message = str(caught.value)
    assert "line 2" in message
    assert "H[n, k]" in message
    assert "W[d, k]" in message


def test_loss_has_to_be_a_number() -> None:
    with pytest.raises(ShapeError, match="not a scalar"):
        read_numpy("H = X * 2", shapes={"X": "n, d"})


# -- claims -------------------------------------------------------------------------------------


def test_claim_steps_and_locals() -> None:
    program = read_numpy("H = X @ W\nL = np.sum(H**2) / 2", shapes={"X": "n, d", "W": "d, k"})
    claimed = read_claim(["dH = H.copy()", "dH *= 1", "X.T @ dH"], program, "W")
    assert [(s.name, s.place.line) for s in claimed.steps] == [("dH", 1), ("dH", 2), (None, 3)]
    assert claimed.node is claimed.steps[-1].node
    again = read_claim("H *= 2\nX.T @ H", program, "W")
    assert program.nodes["H"] is read_claim("H", program, "W").node
    assert again.node is not claimed.node


def test_claim_by_a_call_that_changes_its_argument() -> None:
    program = read_numpy("L = np.sum(E[i])", shapes={"E": "v, d", "i": "n"}, assume={"i": "index v"})
    lines = ["dE = np.zeros_like(E)", "np.add.at(dE, i, np.ones_like(E[i]))"]
    assert read_claim(lines, program, "E").node.op.name == "scatter"


def test_claim_by_a_loop_or_several_names() -> None:
    program = read_numpy("L = np.sum(x[0] * w) + np.sum(x[1] * w)", shapes={"x": "2, d", "w": "d"})
    loop = "dw, last = np.zeros_like(w), None\nfor t in range(2):\n    dw += x[t]\n    last = x[t] * 2"
    assert read_claim(loop, program, "w").node is read_claim("x[0] + x[1]", program, "w").node
    assert read_claim("dw, dv = x[0], x[1]", program, "w").node is read_claim("x[0]", program, "w").node


def test_claim_in_another_spelling_of_a_name() -> None:
    program = read_numpy("L = np.sum(W1 * X)", shapes={"X": "n, d", "W1": "n, d"})
    assert read_claim("2 * W_1", program, "W1").node is read_claim("2 * W1", program, "W1").node


def test_sizes_of_a_model_are_known_in_claims() -> None:
    program = read_numpy("L = np.sum(X) / n", shapes={"X": "n, t"}, sizes={"t": 4}, letters=["k"])
    assert read_claim("np.ones((n, t)) / n * k", program, "X").node.shape == program.variable("X").shape


def test_claim_of_another_shape_is_read() -> None:
    program = read_numpy("L = np.sum(X @ W)", shapes={"X": "n, d", "W": "d, k"})
    assert read_claim("X @ W", program, "W").node.rank == 2


def test_claim_of_wrong_sizes_has_its_place() -> None:
    program = read_numpy("L = np.sum(X @ W)", shapes={"X": "n, d", "W": "d, k"})
    with pytest.raises(ShapeError) as caught:
        read_claim(["a = X", "X @ a"], program, "W")
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.start) == (2, 0)


# -- hostile texts ------------------------------------------------------------------------------

HOSTILE = {
    "import": ("x = 1\nimport os", 2),
    "import from": ("from subprocess import run", 1),
    "open": ("y = 1\nopen('/etc/passwd')", 2),
    "eval": ("eval('1')", 1),
    "dunder": ("a = ().__class__.__bases__", 1),
    "dunder of an array": ("a = X.__array_interface__", 1),
    "huge size": ("a = np.zeros(10**10)", 1),
    "huge power": ("a = 9**9**9", 1),
    "huge float": ("a = 1e999999999", 1),
    "squaring": ("a = 3\nfor i in range(100):\n    a = a * a", 3),
    "squaring fractions": ("a = 1.5\nfor i in range(100):\n    a = a * a", 3),
    "while": ("a = 1\nwhile True:\n    a = a + 1", 2),
    "while with pass": ("while 1: pass", 1),
    "huge range": ("for i in range(10**9): pass", 1),
    "nested loops": ("for i in range(9999):\n    for j in range(9999):\n        k = i + j", None),
    "long list": ("a = [0] * 10**9", 1),
    "doubling list": ("a = [1]\nfor i in range(60):\n    a = a + a", 3),
    "growing list": ("a = [1]\nfor i in range(60):\n    a += a", 3),
    "extended list": ("a = [1]\nfor i in range(60):\n    a.extend(a)", 3),
    "doubling text": ("a = 'x'\nfor i in range(60):\n    a = a + a", 3),
    "long text": ("a = 'x' * 10**10", 1),
    "text format": ("a = '{:>99999999999}'.format(1) + 1", 1),
    "growing array": ("a = X\nfor i in range(60):\n    a = np.concatenate([a, a])", 3),
    "growing graph": ("a = X\nfor i in range(9999):\n    a = np.kron(a, a)", 3),
    "recursion": ("def f(x):\n    return f(x)\nf(1)", 2),
    "brackets": ("a = " + "(" * 5000 + "1" + ")" * 5000, 1),
    "brackets unclosed": ("a = 1\nb = " + "[" * 5000, 2),
    "minus signs": ("a = " + "-" * 50_000 + "1", 1),
    "attributes": ("a = X" + ".T" * 50_000, 1),
    "lambdas": ("a = " + "lambda: " * 5000 + "1", 1),
    "null": ("a = 1\nb = '\0'", 2),
    "yield": ("def f():\n    while True:\n        yield 1\nfor x in f(): pass", 2),
    "async": ("async def f(): pass", 1),
    "metaclass": ("class A(metaclass=B): pass", 1),
    "star import": ("from os import *", 1),
    "data decides": ("if X > 0:\n    a = 1", 1),
    "self containing list": ("a = []\na.append(a)\nb = a == [a]\nc = np.array(a)", None),
    "self containing dict": ("a = {}\na['a'] = a\nb = a == {'a': a}", None),
}


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_text_is_an_error_within_a_second(
    title: str, audited: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    text, line = HOSTILE[title]
    start = time.process_time()
    with audited() as events, pytest.raises(SymbpError) as caught:
        read_numpy(text + "\nL = np.sum(X)", shapes={"X": "n, d"})
    assert time.process_time() - start < 1.5
    assert caught.value.place is not None
    assert line is None or caught.value.place.line == line
    assert "Traceback" not in str(caught.value)
    assert events == []


def test_long_sums_are_no_nesting() -> None:
    program = read_numpy("L = np.sum(" + " + ".join(["x"] * 2000) + ")", shapes={"x": "n"})
    assert program.outputs == (("L", None),)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("L = np.sum(X", ParseError),
        ("L = np.sum(Y)", UnknownNameError),
        ("L = np.summ(X)", UnknownNameError),
        ("L = X @ X", ShapeError),
        ("L = np.sum(X, axis=3)", ShapeError),
        ("X[0, 0, 0] = 1", ShapeError),
        ("X += np.ones((2, 3, 4))", ShapeError),
        ("a, b = X", UnsupportedError),
        ("raise ValueError", UnsupportedError),
        ("X[X > 0] = X", ShapeError),
        ("with open('f') as f: pass", UnknownNameError),
        ("match X:\n    case 1: pass", UnsupportedError),
        ("a = {}['b']", UnsupportedError),
        ("a = [1][5]", ShapeError),
        ("a = 1 / 0", UnsupportedError),
    ],
)
def test_errors_have_their_kind_and_place(text: str, kind: type[SymbpError]) -> None:
    with pytest.raises(kind) as caught:
        read_numpy(text, shapes={"X": "n, d"})
    assert caught.value.place is not None
    assert "^" in str(caught.value)


def test_reading_twice_gives_the_same() -> None:
    shapes, text = SNIPPETS["lists, comprehensions, functions"]
    first, second = (read_numpy(text, shapes=shapes, loss="L") for _ in range(2))
    assert [(e.name, e.node) for e in first.equations] == [(e.name, e.node) for e in second.equations]


def test_in_place_change_of_an_input_is_an_equation() -> None:
    program = read_numpy("X -= X.mean(axis=0)\nL = np.sum(X**2)", shapes={"X": "n, d"})
    assert [e.name.text for e in program.equations] == ["X", "L"]
    assert read_claim("2 * X", program, "X").node.args[1] is program.equations[0].node
