"""Files with a forward and a backward function: the model, and the gradients that are claimed."""

from __future__ import annotations

import pytest

from symbp.algebra.node import Node, as_node
from symbp.calculus.reverse import sweep
from symbp.errors import ClaimError, ModelError
from symbp.lang.numpy_file import read_pair
from symbp.lang.program import Program
from tests.lang.executed import draw
from tests.numeric import evaluate

SHAPES = {"X": "n, d", "W": "d, k", "b": "k", "Y": "n, k"}
SIZES = {"n": 3, "d": 4, "k": 2}

LOSS = """
import numpy as np

def forward(X, Y, W, b):
    Z = X @ W + b
    H = np.tanh(Z)
    L = np.mean((H - Y)**2)
    cache = {"X": X, "H": H, "Y": Y}
    return L, cache

def backward(cache, dL=1.0):
    X, H, Y = cache["X"], cache["H"], cache["Y"]
    dH = 2 * (H - Y) / H.size * dL
    dZ = dH * (1 - H**2)
    return {"W": X.T @ dZ, "b": dZ.sum(axis=0)}
"""
OUTPUT = """
import numpy as np
def affine_forward(X, W, b):
    out = X.dot(W) + b
    return out, (X, W)
def affine_backward(dout, cache):
    X, W = cache
    dX = dout @ W.T
    dW = np.dot(X.T, dout)
    db = np.sum(dout, 0)
    return dX, dW, db
"""


def gradients(program: Program, targets: list[str]) -> dict[str, Node]:
    seeds = [(program.nodes[o], as_node(1) if u is None else program.nodes[u]) for o, u in program.outputs]
    found = sweep(seeds, [program.nodes[t] for t in targets])
    return {t: found.adjoints[program.nodes[t]] for t in targets}


@pytest.mark.parametrize(
    ("text", "names", "targets"),
    [
        (LOSS, ("forward", "backward"), ["W", "b"]),
        (OUTPUT, ("affine_forward", "affine_backward"), ["X", "W", "b"]),
    ],
)
def test_claims_of_a_right_file_are_the_gradients(
    text: str, names: tuple[str, str], targets: list[str]
) -> None:
    shapes = SHAPES if "Y" in text else {k: v for k, v in SHAPES.items() if k != "Y"}
    program, claims = read_pair(text, "file.py", shapes=shapes, forward=names[0], backward=names[1])
    assert list(claims) == targets
    values = draw(program, SIZES, 2)
    for target, gradient in gradients(program, targets).items():
        ours, theirs = (evaluate(node, values, SIZES) for node in (gradient, claims[target].node))
        assert ours == pytest.approx(theirs, rel=1e-10)


def test_a_shape_that_is_missing_is_asked_for() -> None:
    with pytest.raises(ModelError, match='--shapes "b: n, d"'):
        read_pair(LOSS, shapes={k: v for k, v in SHAPES.items() if k != "b"})


def test_gradients_without_names_are_an_error() -> None:
    text = "def forward(X):\n    return X * 2\ndef backward(dY):\n    return dY * 2 + 0\n"
    with pytest.raises(ClaimError):
        read_pair(text, shapes={"X": "n"})


def test_a_missing_function_is_named() -> None:
    with pytest.raises(ModelError, match="defines no function backward"):
        read_pair("def forward(X):\n    return X\n", shapes={"X": "n"})
