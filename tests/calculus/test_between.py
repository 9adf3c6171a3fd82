"""Gradients of what merges as it is built: sums of sums, transposes of transposes, losses of softmax."""

from __future__ import annotations

import pytest

import symbp
from symbp.algebra.node import leaf
from symbp.algebra.size import Size
from symbp.calculus.between import cut
from symbp.lang.numpy_source import read_numpy
from symbp.lang.read import read_equations
from symbp.ops.kept import KEPT, kept, released
from symbp.ops.sums import sum_

REDUCED = [
    "mean(sum(v*z, axis=1))",
    "mean(z @ v.T)",
    "var(sum(z**2, axis=1))",
    "std(z @ v.T)",
    "norm(sum(z, axis=0))",
    "mean(sum(z, axis=1)[None, :])",
    "sum(cumsum(sum(z, axis=1)))",
    "logsumexp(sum(z, axis=1))",
    "sum(layer_norm(z @ v.T)**2)",
    "average(sum(z, axis=1))",
]


@pytest.mark.parametrize("loss", REDUCED)
def test_a_reduction_of_a_sum_has_the_gradient_of_both(loss: str) -> None:
    report = symbp.check(f"param z: n, k; input v: n, k; L = {loss}")
    assert report.verdicts["z"].status == "proved", report.verdicts["z"].detail


BETWEEN = [
    ("z = sum(x**2, axis=1); L = sum(z) + sum(z**2)", "1 + 2*z", "2*z"),
    ("z = sum(x**2, axis=1); L = sum(z)", "ones_like(z)", "0*z"),
    ("z = x.T; y = z.T; L = sum(y**2)", "2*z", "0*z"),
    ("z = softmax(x, axis=1); L = -sum(log(z))", "-1/z", "0*z"),
    ("z = sigmoid(x); L = -sum(log(z) + 2*log(1 - z))", "2/(1 - z) - 1/z", "-1/z"),
    ("z = x @ x.T; L = trace(z)", "eye(n)", "ones_like(z)"),
]


@pytest.mark.parametrize(("model", "right", "wrong"), BETWEEN)
def test_a_value_between_counts_where_it_has_merged(model: str, right: str, wrong: str) -> None:
    text = f"param x: n, k; {model}"
    assert symbp.verify(text, {"z": right}).verdicts["z"].status == "proved"
    assert symbp.verify(text, {"z": wrong}).verdicts["z"].status == "refuted"
    assert symbp.check(text, ["z"]).verdicts["z"].status == "proved"


def test_a_value_between_in_numpy_and_in_latex() -> None:
    code = "z = np.sum(x**2, axis=1)\nz[0] = 0\nL = z.sum() + np.sum(z**2)"
    program = read_numpy(code, shapes={"x": "n, k"})
    assert symbp.verify(program, {"z": "1 + 2*z"}).verdicts["z"].is_right
    latex = r"z = X^\top w \\ L = \sum z + \|z\|^2"
    assert symbp.verify(latex, {"z": "1 + 2*z"}, shapes={"X": "n,k", "w": "n"}).verdicts["z"].is_right


def test_all_uses_of_one_value_count_whatever_they_are_called() -> None:
    text = "param x: n; a = x**2; b = x**2; L = sum(a) + 3*sum(b)"
    assert symbp.verify(text, {"a": "4*ones_like(a)"}).verdicts["a"].status == "proved"


def test_a_cut_has_the_value_as_a_leaf_and_puts_it_back() -> None:
    program = read_equations("param x: n; h = x**2; L = sum(h**3)")
    opened = cut(program, program.nodes["h"])
    assert opened.slot.is_leaf
    assert opened.value is program.nodes["h"]
    assert opened.slot not in opened.gradient.args


def test_what_is_kept_does_not_merge_and_is_released() -> None:
    rows = sum_(leaf("x", (Size.letter("n"), Size.letter("k"))), 1)
    total = sum_(kept(rows))
    assert total is not sum_(rows)
    assert total.args[0].op is KEPT
    assert KEPT not in [n.op for n in (released([total])[0], *released([total])[0].args)]
