"""Nodes as SymPy expressions and back."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import sympy

import symbp
from symbp.algebra.sympy_formulas import relu, sigmoid
from symbp.algebra.sympy_view import TensorSymbol, to_sympy
from symbp.errors import ModelError
from symbp.lang.from_sympy import from_sympy

MODELS = sorted((Path(symbp.__file__).parent / "models").glob("*.eq"))
TEXTS = [
    "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²",
    "f = (x+y)z",
    "input X: n,d\ntarget Y: n,k\nassume Y: onehot\nparam W: d,k\nparam b: k\n"
    "P = softmax(X W + b)\nL = mean(-sum(Y*log(P), axis=1)) + ½ 0.1 ‖W‖²",
    "input x: n,d\nparam g: d\ninput t: n,d\nL = mean((tanh(x*g) - t)**2) - max(x)/3 + var(x)"
    " + sum(gelu(x)*where(x>0, x, 2*x)) + sum(reshape(x,(d,n)))*sum(x[1:,None])",
]


@pytest.mark.parametrize("text", [*TEXTS, *MODELS], ids=lambda t: t.stem if isinstance(t, Path) else t[:20])
def test_expressions_come_back_as_the_same_nodes(text: str | Path) -> None:
    derivation = symbp.derive(text.read_text("utf-8") if isinstance(text, Path) else text)
    for program in (derivation.program, derivation.forward):
        nodes = {name.ascii: node for node, name in program.names.items()}
        for equation in program.equations:
            assert from_sympy(equation.rhs, nodes) is equation.node
    nodes = {name.ascii: node for node, name in derivation.names.items()}
    for formula in (*derivation.adjoints, *derivation.results):
        expression = to_sympy(formula.value, derivation.names)
        assert from_sympy(expression, nodes) is formula.value
        assert pickle.loads(pickle.dumps(expression)) == expression
        assert copy.deepcopy(expression) == expression
        assert expression.free_symbols == expression.xreplace({}).free_symbols


def test_expressions_print_as_they_are_written() -> None:
    program = symbp.parse("H = sigmoid(X @ W1 + b1); L = sum((Y - H)**2)")
    assert [str(e.rhs) for e in program.equations] == ["sigmoid(X @ W1 + b1)", "sum((Y - H)**2)"]
    gradients = symbp.derive(program).gradients
    assert {k: str(v) for k, v in gradients.items()} == {"W1": "X.T @ dZ1", "b1": "sum(dZ1, axis=0)"}


RNN = "input x: T,n,d\nparam W: d,m\nparam U: m,m\nh[0] = 0\nh[t] = tanh(x[t] @ W + h[t-1] @ U)\nL = sum(h)"


def test_a_recurrence_prints_as_its_equations() -> None:
    program = symbp.parse(RNN)
    step = "h[t] = tanh(x[t] @ W + h[t-1] @ U)"
    assert str(program.equations[0].rhs) == f"recurrence({step}, h[0] = full((n, m), 0))"
    assert sympy.latex(program.equations[0].rhs).startswith(r"\operatorname{recurrence}\left(h[t] = \tanh")
    gradient = str(symbp.derive(program).gradients["U"])
    assert gradient.startswith("recurrence(∂h[t] = ")
    assert gradient.endswith(".∂U[0, :, :]")
    assert "∂U[t] = Σ∂U + h[t-1].T @ ((1 - h[t]**2)*(∂⁺h[t] + ∂h[t+1]))" in gradient
    assert "∂h[T + 1] = full((n, m), 0)" in gradient
    assert "scan" not in gradient


def test_expressions_outlive_their_process(tmp_path: Path) -> None:
    """Another process has other hashes of texts, and finds the same nodes by what they are made of."""
    derivation = symbp.derive(RNN)
    (tmp_path / "gradient").write_bytes(pickle.dumps(derivation.gradients["U"]))
    script = (
        "import pickle, sys, symbp\n"
        f"found = pickle.loads(open({str(tmp_path / 'gradient')!r}, 'rb').read())\n"
        f"mine = symbp.derive({RNN!r}).gradients['U']\n"
        "sys.exit(0 if found == mine and hash(found) == hash(mine) and len({found, mine}) == 1 else 1)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 0


def test_shapes_distinguish_names() -> None:
    assert TensorSymbol("W", ("d", "k")) != TensorSymbol("W", ("k", "d"))
    assert TensorSymbol("W", ("d", "k")) == TensorSymbol("W", ("d", "k"))
    assert TensorSymbol("W", ("d", 3)).shape == (sympy.Symbol("d", integer=True, positive=True), 3)


def test_substitution_and_derivative_of_functions() -> None:
    x, y = TensorSymbol("x"), TensorSymbol("y")
    assert sigmoid(x).diff(x) == sigmoid(x) * (1 - sigmoid(x))
    assert relu(x).diff(x).subs(x, 0) == 0
    assert (sigmoid(x) + 1).xreplace({x: y}) == sigmoid(y) + 1


def test_what_is_no_expression_of_the_model_is_refused() -> None:
    program = symbp.parse("h = σ(Wx+b); L = Σ(y−h)²")
    nodes = {name.ascii: node for node, name in program.names.items()}
    with pytest.raises(ModelError, match="q is no name"):
        from_sympy(sympy.Symbol("q") + 1, nodes)
    with pytest.raises(ModelError, match="no counterpart"):
        from_sympy(sympy.gamma(sympy.Integer(5), evaluate=False), nodes)
    other = program.equations[0].rhs.xreplace({TensorSymbol("x", program.nodes["x"].shape): sympy.Integer(1)})
    with pytest.raises(ModelError, match="other shapes"):
        from_sympy(other, nodes)
