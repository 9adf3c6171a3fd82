"""Reading recurrences: which entry h[0], h[1], h[T] and h[-1] are, and what a step may read."""

from __future__ import annotations

import numpy as np
import pytest

import symbp
from symbp import parse
from symbp.errors import SymbpError
from symbp.pipeline import derive
from tests.calculus.test_recurrence import arrays
from tests.numeric import Array, evaluate

HEAD = "input x: T, n\nparam a: n\ninput h0: n\n"
SIZES = {"T": 4, "n": 3}


def value(text: str) -> tuple[Array, dict[str, Array]]:
    derivation = derive(HEAD + text)
    values = arrays(derivation, SIZES)
    return evaluate(derivation.program.nodes["L"], values, SIZES), values


def states(values: dict[str, Array]) -> list[Array]:
    """h[0], h[1], …, h[T] of h[t] = tanh(a x[t] + h[t-1])."""
    found = [values["h0"]]
    for row in values["x"]:
        found.append(np.tanh(values["a"] * row + found[-1]))
    return found


@pytest.mark.parametrize(
    ("read", "entry"), [("h[0]", 0), ("h[1]", 1), ("h[T]", 4), ("h[T-1]", 3), ("h[-1]", 4), ("h[-2]", 3)]
)
def test_entries_count_from_one_as_on_paper(read: str, entry: int) -> None:
    found, values = value(f"h[0] = h0\nh[t] = tanh(a * x[t] + h[t-1])\nL = sum({read}**2)")
    assert np.isclose(found, np.sum(states(values)[entry] ** 2))


@pytest.mark.parametrize(("read", "entry"), [("h[0]", 1), ("h[T-1]", 4), ("h[-1]", 4)])
def test_entries_count_from_zero_after_a_start_at_minus_one(read: str, entry: int) -> None:
    found, values = value(f"h[-1] = h0\nh[t] = tanh(a * x[t] + h[t-1])\nL = sum({read}**2)")
    assert np.isclose(found, np.sum(states(values)[entry] ** 2))


@pytest.mark.parametrize("start", ["h[T+1] = h0", "h[T] = h0"])
def test_time_runs_backwards_from_its_end(start: str) -> None:
    found, values = value(f"{start}\nh[t] = tanh(a * x[t] + h[t+1])\nL = sum(h**2)")
    turned = states({**values, "x": values["x"][::-1]})[1:]
    assert np.isclose(found, sum(np.sum(h**2) for h in turned))


def test_a_number_starts_an_array() -> None:
    found, values = value("h[0] = 0\nh[t] = tanh(a * x[t] + h[t-1])\nL = sum(h[T])")
    assert np.isclose(found, np.sum(states({**values, "h0": np.zeros(3)})[-1]))


def test_a_number_starts_a_vector_that_a_matrix_multiplies() -> None:
    text = "param W: m,d\nparam U: m,m\ninput x: T,d\nh[0] = 0\nc[0] = 0\n"
    program = parse(text + "c[t] = W x[t] + U h[t-1] + c[t-1]\nh[t] = tanh(c[t])\nL = sum(h)")
    assert [str(s) for s in program.nodes["h"].shape] == ["T", "m"]


BATCH = "input x: T, n, d\nparam W: d, m\nparam U: m, m\nparam V: m + d, 2*m\nparam h0: m\n"
RNN = "h[t] = tanh(x[t] @ W + h[t-1] @ U)\n"
"""Steps of states whose starts do not say their shapes."""
GATED = """z[t] = concatenate([h[t-1], x[t]], axis=1) @ V
c[t] = sigmoid(z[t][:, :m]) * c[t-1] + z[t][:, m:]
h[t] = tanh(c[t])
"""


@pytest.mark.parametrize(
    ("starts", "explicit", "steps"),
    [
        ("h[0] = 0", "h[0] = zeros(n, m)", RNN),
        ("h[0] = 1/2", "h[0] = full((n, m), 1/2)", RNN),
        ("h[0] = h0", "h[0] = broadcast_to(h0, (n, m))", RNN),
        ("h[T+1] = 0", "h[T+1] = zeros(n, m)", RNN.replace("t-1", "t+1")),
        ("h[0] = 0\nc[0] = 0", "h[0] = zeros(n, m)\nc[0] = zeros(n, m)", GATED),
        ("h[0] = 0\ns[0] = 1", "h[0] = zeros(n, m)\ns[0] = 1", RNN + "s[t] = s[t-1] / 2 + sum(h[t])\n"),
        (
            "h[0] = 0\ns[0] = 1",
            "h[0] = zeros(n, m)\ns[0] = ones(n, 1)",
            RNN + "s[t] = s[t-1] / 2 + mean(h[t], axis=1, keepdims=True)\n",
        ),
        (
            "h[0] = 0\nS[0] = 0",
            "h[0] = zeros(n, m)\nS[0] = zeros(n, m, m)",
            "S[t] = S[t-1] / 2 + h[t-1][:, :, None] * h[t-1][:, None, :]\n"
            "h[t] = einsum('nij,nj->ni', S[t], h[t-1]) + x[t] @ W\n",
        ),
        (
            "h[0] = 0\nC[0] = 0",
            "h[0] = zeros(m)\nC[0] = zeros(m, m)",
            "C[t] = C[t-1] / 2 + outer(h[t-1], h[t-1])\nh[t] = C[t] @ h[t-1] + x[t][0] @ W\n",
        ),
    ],
)
def test_a_start_is_broadcast_to_the_state(starts: str, explicit: str, steps: str) -> None:
    found, wanted = (parse(f"{BATCH}{s}\n{steps}L = sum(h[1]**2) + sum(h[T])") for s in (starts, explicit))
    assert found.nodes["L"] is wanted.nodes["L"]


def test_images_start_from_a_number() -> None:
    text = "input x: T,n,c,p,q\nparam K: f,c,3,3\nparam R: f,f,3,3\nh[0] = 0\n"
    text += "h[t] = tanh(conv2d(x[t], K, padding=1) + conv2d(h[t-1], R, padding=1))\nL = sum(h[T])"
    assert [str(s) for s in symbp.parse(text).nodes["h"].shape] == ["T", "n", "f", "p", "q"]


@pytest.mark.parametrize(
    ("start", "step"),
    [
        ("h[T]", "tanh(y[t] + g[t-1])"),
        ("0", "tanh(y[t] + g[t-1] + h[T])"),
        ("0", "tanh(y[t] + g[t-1] + mean(h, axis=0))"),
    ],
)
def test_a_recurrence_may_start_from_what_another_ends_with(start: str, step: str) -> None:
    """An encoder of T steps, a decoder of S steps right after it."""
    encoder = "input y: S, n\nh[0] = h0\nh[t] = tanh(a * x[t] + h[t-1])\n"
    decoder = f"g[0] = {start}\ng[t] = {step}\nL = sum(g)"
    together, apart = parse(HEAD + encoder + decoder), parse(HEAD + encoder + "k = 2 * a\n" + decoder)
    assert [str(s) for s in together.nodes["g"].shape] == ["S", "n"]
    assert together.nodes["L"] is apart.nodes["L"]


def test_all_states_are_an_array_with_time_first() -> None:
    program = parse(HEAD + "h[0] = h0\nh[t] = tanh(a * x[t] + h[t-1])\nL = sum(h)")
    assert [str(s) for s in program.nodes["h"].shape] == ["T", "n"]


@pytest.mark.parametrize("letter", ["t", "k", "s"])
def test_any_letter_counts_time(letter: str) -> None:
    text = f"h[0] = h0\nh[{letter}] = tanh(a * x[{letter}] + h[{letter}-1])\nL = sum(h[T])"
    found, values = value(text)
    assert np.isclose(found, np.sum(states(values)[-1]))


def test_a_step_reads_what_stands_before_it() -> None:
    text = "s = 2 * a\nh[0] = h0\nz[t] = s * x[t] / 2 + h[t-1]\nh[t] = tanh(z[t])\nL = sum(h[T])"
    found, values = value(text)
    assert np.isclose(found, np.sum(states(values)[-1]))


def test_one_recurrence_reads_another() -> None:
    text = (
        "h[0] = h0\nh[t] = tanh(a * x[t] + h[t-1])\ny = h * 1\ng[0] = 0\ng[t] = g[t-1] + y[t]\nL = sum(g[T])"
    )
    found, values = value(text)
    assert np.isclose(found, np.sum(states(values)[1:]))


def test_equations_print_in_sympy() -> None:
    program = derive(HEAD + "h[0] = h0\nh[t] = tanh(a * x[t] + h[t-1])\nL = sum(h)").program
    assert all(str(e.rhs) for e in program.equations)


def test_gradients_print_in_sympy() -> None:
    derivation = derive(HEAD + "h[0] = h0\nh[t] = tanh(a * x[t] + h[t-1])\nL = sum(h)")
    assert str(derivation.gradients["a"])


@pytest.mark.parametrize(
    "text",
    [
        "h[t] = h[t-1] + x[t]\nL = sum(h)",
        "h[0] = h0\nh[t] = h[t-1]\nL = sum(h)",
        "h[0] = h0\nh[t] = h[t-1] + x[t+1]\nL = sum(h)",
        "h[0] = h0\nh[0] = h0\nh[t] = h[t-1] + x[t]\nL = sum(h)",
        "h[2] = h0\nh[t] = h[t+1] + x[t]\nL = sum(h)",
        "h[0] = h0\nh[t] = h[t-3] + x[t]\nL = sum(h)",
        "h[0] = h0\nh[t] = h[t-1] + x[t]\nL = sum(h[t])",
        "h[0] = h0\nh[t] = h[t] + x[t]\nL = sum(h)",
    ],
)
def test_what_is_no_recurrence_is_refused(text: str) -> None:
    with pytest.raises(SymbpError) as caught:
        parse(HEAD + text)
    assert "line" in str(caught.value)


def test_zero_on_paper_is_the_zero_vector() -> None:
    """U h_0 with h_0 = 0 is no matrix of zeros, to which the rest would be added."""
    lines = r"% size T = 3" + "\n" + r"h_0 = 0 \\ h_t = \tanh(W x_t + U h_{t-1} + b) \\"
    text = lines + r" L = \sum_{t=1}^{T} \|y_t - V h_t\|^2"
    derivation = derive(text, language="latex")
    assert len(derivation.program.nodes["h1"].shape) == 1
    assert derivation.program.nodes["h1"].shape == derivation.program.nodes["h3"].shape
    assert symbp.check(derivation).ok
    numbers = parse("param U: m, m\nparam x: m\nh = U 0 + x\nL = sum(h)")
    assert [str(s) for s in numbers.nodes["h"].shape] == ["m"]


@pytest.mark.parametrize("zero", [r"\mathbf{0}", r"\boldsymbol{0}", r"\vec{0}", "0"])
def test_zeros_in_any_type_are_zeros(zero: str) -> None:
    text = rf"h_0 = {zero} \\ h_1 = \tanh(W x + U h_0 + b) \\ L = \|h_1\|^2"
    program = parse(text, language="latex")
    assert len(program.nodes["h1"].shape) == 1
