"""Generated files for models that are awkward: names, layout, several outputs, sizes, long lines."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import numpy as np
import pytest

from symbp.emit.numpy_guard import UnexpectedCodeError, check_file
from symbp.emit.numpy_layout import docstring_line
from symbp.errors import UnsupportedError
from symbp.pipeline import derive, generate
from tests.emit.generated_file import assert_ruff_finds_nothing, load

LONG = "a_name_of_a_parameter_that_somebody_found_to_be_sufficiently_descriptive"
MODELS = {
    "scalars": "f = (x + y) z",
    "no declarations": "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²",
    "names of helpers": """
        input sigmoid: n, d
        param windows: d, k ; param check: k ; param dL: k ; param compare: k
        softmax_1 = σ(sigmoid @ windows + check) * dL + compare
        loss_1 = sum(softmax(softmax_1)**2)""",
    "names like sizes": "input n: m, d; param d_1: d; param m_1: d; L = sum((n * d_1 - m_1)**2) / m",
    "names like digits": "input I: n, m; param O: m; param l: m; l_1 = I * O + l; L = sum(l_1**2)",
    "long names": f"input X: n, d; param {LONG}: d, d; param {LONG}2: d\n"
    f"Z = tanh(X @ {LONG} + {LONG}2); L = sum(Z**2 * {LONG}2)",
    "a gradient that is zero": "input X: n, d; param W: d; param U: d, d; L = sum(X * W)",
    "a gradient that is constant": "input X: n, d; param W: d, d; L = sum(W) + mean(X)",
    "several outputs": """
        input X: n, d ; param W: d, k
        A = X @ W ; B = relu(A) ; output A, dA ; output B, dB""",
    "constants": "input X: n, d; param W: d; const eps = 1e-5; const 𝜆 = 0.1\n"
    "L = sum(X * W / sqrt(W**2 + eps)) + 𝜆 * sum(W**2)",
    "one axis of size 1": "input X: n, 1; param W: 1, k; param b: 1; L = sum((X @ W + b)**2)",
    "masks only": "input X: n, d; param w: d; L = sum((X > 0) * w) + sum(w > 0)",
    "integer classes": "input X: n, d; input y: n; assume y: index k; param W: d, k\n"
    "L = cross_entropy(X @ W, y)",
    "embedding": "input i: n, t; assume i: index v; param E: v, d; E_i = E[i]; L = sum(tanh(E_i)**2)",
    "slices": "param X: n, 6; A = X[:, 1:4]; B = X[:, ::2]; C = X[:, ::-1]\n"
    "L = sum(A * B) + sum(C[:, 0] * X[:, -1])",
    "gates": "input x: n, d; param W: d, 4*h; z = x @ W; i = σ(z[:, :h]); g = tanh(z[:, h:2*h])\n"
    "o = σ(z[:, 3*h:]); L = sum(i * g * o)",
    "powers": "param x: n; L = sum(x**3) + sum(x**7) + sum(1 / (1 + x**2)**2) + sum(x**4)",
    "three factors": "param A: n, m; param B: m, k; param c: k; param D: n, k\n"
    "L = sum(einsum('ij,jk,k,ik->i', A, B, c, D)**2)",
    "diagonals": "param A: n, n; param b: n; L = sum(diag(b) @ A) + trace(A @ A) + sum(eye(n) * A)",
    "quotes in a comment": '# A """title""" with "quotes"\ninput x: n # """\nparam w: n\nL = sum(w * x)',
}


@pytest.mark.parametrize("name", MODELS)
def test_file_agrees_with_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(generate(MODELS[name]))["check"](), capsys.readouterr().out


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    deep = "; ".join(f"param W{i}: d, d; param b{i}: d" for i in range(1, 31))
    layers = "; ".join(f"a{i} = tanh(a{i - 1} @ W{i} + b{i})" for i in range(1, 31))
    models = {**MODELS, "deep": f"input a0: n, d; {deep}; {layers}; L = sum(a30**2)"}
    for k, text in enumerate(models.values()):
        for wrt in (None, *([list(derive(text).program.nodes)[:1]] if "integer" not in text else [])):
            source = generate(derive(text, wrt=wrt) if wrt and "index" not in text else text)
            (tmp_path / f"model_{k}_{'wrt' if wrt else 'all'}.py").write_text(source, encoding="utf-8")
    assert_ruff_finds_nothing(tmp_path)


def test_user_text_cannot_end_a_docstring() -> None:
    text = 'a \\ b """ c \x00 \u2028 d"'
    line = docstring_line(text)
    found = ast.literal_eval(f'"""\n{line}\n"""')
    assert found.strip() == 'a \\ b """ c     d"'


def test_arguments_stand_in_the_order_of_declaration() -> None:
    source = generate("param b: k; input X: n, d; param W: d, k; target Y: n, k; L = sum((X @ W + b - Y)**2)")
    assert "def forward(X, Y, b, W):" in source
    assert 'PARAMETERS = {"b": ("k",), "W": ("d", "k")}' in source
    assert 'INPUTS = {"X": ("n", "d"), "Y": ("n", "k")}' in source


def test_only_what_is_needed_is_computed() -> None:
    source = generate("input X: n, d; param W: d; A = exp(X); B = X * W; C = tanh(B); L = sum(B**2)")
    body = source[source.index("def forward") : source.index("def slope")]
    assert "exp" not in body
    assert "tanh" not in body
    assert "cache = (X, B)" in body


def test_gradients_of_inputs_and_intermediates() -> None:
    model = "input X: n, d; param W: d, k; Z = X @ W; L = sum(Z**2)"
    namespace = load(generate(derive(model, wrt=["X", "Z"])))
    x, w = np.arange(6.0).reshape(3, 2), np.ones((2, 4))
    _, cached = namespace["forward"](x, w)
    gradients = namespace["backward"](cached)
    np.testing.assert_allclose(gradients["Z"], 2 * x @ w)
    np.testing.assert_allclose(gradients["X"], 2 * x @ w @ w.T)


def test_several_outputs_come_as_a_pair() -> None:
    namespace = load(generate(MODELS["several outputs"]))
    x, w = np.arange(6.0).reshape(3, 2) - 2, np.ones((2, 2))
    (a, b), cached = namespace["forward"](X=x, W=w)
    np.testing.assert_allclose(b, np.maximum(a, 0))
    gradients = namespace["backward"](cached, np.ones((3, 2)), np.zeros((3, 2)))
    np.testing.assert_allclose(gradients["W"], x.T @ np.ones((3, 2)))


def test_a_size_that_no_array_tells() -> None:
    with pytest.raises(UnsupportedError, match="size d is needed"):
        generate("param x: n, t*d; L = sum(reshape(x, (n, t, d))[:, 0]**2)")


@pytest.mark.parametrize("option", ["target", "style", "optimizer"])
def test_unknown_options_are_named(option: str) -> None:
    with pytest.raises(UnsupportedError, match="'nothing'"):
        generate("f = (x + y) z", **{option: "nothing"})


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from numpy import *",
        "eval('1')",
        "open('x')",
        "x = ().__class__",
        "np.x = lambda: 1",
        "del np",
    ],
)
def test_the_guard_refuses(line: str) -> None:
    source = generate("f = (x + y) z")
    check_file(source)
    with pytest.raises(UnexpectedCodeError):
        check_file(f"{source}\n{line}\n")


def test_production_time_and_depth() -> None:
    def model(depth: int) -> str:
        params = [f"param W{i}: d, d; param b{i}: d" for i in range(1, depth + 1)]
        layers = [f"a{i} = tanh(a{i - 1} @ W{i} + b{i})" for i in range(1, depth + 1)]
        return "\n".join(["input a0: n, d", *params, *layers, f"L = sum(a{depth}**2)"])

    def seconds(depth: int) -> float:
        text, start = model(depth), time.process_time()
        generate(text)
        return time.process_time() - start

    seconds(2)
    assert seconds(64) < 0.6
    assert seconds(1500) < 12


@pytest.mark.parametrize("fact", ["prob", "onehot"])
def test_what_is_assumed_is_said_where_it_is_used(fact: str) -> None:
    model = "input X: n, d; target Y: n, k; param W: d, k; param b: k\nZ = X @ W + b; L = cross_entropy(Z, Y)"
    assumed = generate(f"{model}\nassume Y: {fact}")
    assert "- Y)  # rows of Y sum to 1" in assumed
    assert "It is assumed that Y " in assumed
    assert "sum to 1" not in generate(model)


@pytest.mark.parametrize(
    "text",
    [
        "param x: n\nL = sum(log(x)) + sum(sqrt(x))",
        "param x: n, d\nparam s\nL = sum(x**2) / sqrt(s)",
        "param A: n, n\nparam b: n\nL = logdet(A) + b @ inv(A) @ b",
        "param A: n, n\nL = sum(cholesky(A))",
        "param x: n\nparam p: n\nL = sum(x**p)",
        "param x: n\nL = sum(arcsin(x)) + sum(arctanh(x))",
    ],
)
def test_arrays_are_drawn_where_functions_are_defined(text: str) -> None:
    """Nothing says that x is positive, but its logarithm is taken."""
    with np.errstate(all="raise", under="ignore"):
        assert load(generate(text))["check"]()


def test_a_drawn_matrix_hides_no_transpose() -> None:
    source = generate("param A: n, n\nparam b: n\nL = logdet(A) + b @ inv(A) @ b")
    assert "dL * (L_inv.T" in source
    assert not load(source.replace("dL * (L_inv.T", "dL * (L_inv"))["check"]()
