"""Models that are functions, and NumPy statements whose shapes nobody says."""

from __future__ import annotations

import ast

import pytest

import symbp
from symbp.errors import UnknownNameError
from symbp.lang.numpy_equations import as_equations
from symbp.lang.numpy_function import opened

AFFINE = """
import numpy as np

def forward(x, w, b):
    out = x @ w + b
    return out, (x, w)

def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""
SHAPES = {"x": "n, d", "w": "d, h", "b": "h"}


def test_the_body_of_forward_is_the_model() -> None:
    program = symbp.parse(AFFINE, shapes=SHAPES)
    assert program.outputs == (("out", "dout"),)
    assert [str(e.name) for e in program.equations] == ["out"]
    claims = {"x": "dout @ w.T", "w": "x.T @ dout", "b": "dout.sum(axis=0)"}
    assert symbp.verify(program, claims).ok


def test_a_number_that_is_returned_is_the_loss() -> None:
    text = (
        "import numpy as np\ndef loss(X, W, reg=0.1):\n    return np.sum((X @ W)**2) + reg * np.sum(W**2)\n"
    )
    program = symbp.parse(text, shapes={"X": "n, d", "W": "d, k"})
    assert program.outputs == (("out", None),)
    assert symbp.check(symbp.derive(program)).ok


def test_files_that_set_arrays_themselves_stay_as_they_are() -> None:
    text = "import numpy as np\ndef forward(z):\n    return np.tanh(z)\nL = np.sum(forward(X @ W))\n"
    assert opened(ast.parse(text)) is None
    assert symbp.parse(text, shapes={"X": "n, d", "W": "d, k"}).outputs == (("L", None),)


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nH = np.tanh(X @ W1 + b1)\nL = np.sum((H @ W2 - Y)**2)",
        "import numpy as np\n\ndef act(z):\n    return np.tanh(z)\n\n"
        "def forward(X, W1, b1, W2, Y):\n    H = act(X @ W1 + b1)\n    return np.sum((H @ W2 - Y)**2)\n",
    ],
)
def test_shapes_that_nobody_says_are_inferred(text: str) -> None:
    program = symbp.parse(text, language="numpy")
    shapes = {v.name.text: [str(s) for s in v.shape] for v in program.variables}
    assert shapes["W1"] == ["n_X", "n_H"]
    assert shapes["b1"] == ["n_H"]
    assert list(symbp.derive(program).gradients) == ["W1", "b1", "W2"]


def test_a_function_that_calls_itself_is_no_equation() -> None:
    tree = ast.parse("def f(z):\n    return f(z)\nL = f(X)")
    assert as_equations(tree) is None


@pytest.mark.parametrize("text", ["x = A\nx = x @ B", "for i in range(3):\n    x = A", "x[0] = 1", "x += A"])
def test_more_than_equations_needs_its_shapes_said(text: str) -> None:
    assert as_equations(ast.parse(text)) is None
    with pytest.raises(UnknownNameError) as caught:
        symbp.parse(text + "\n", language="numpy")
    assert caught.value.hint is not None
    assert "--shapes" in caught.value.hint
