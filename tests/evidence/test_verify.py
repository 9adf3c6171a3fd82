"""`verify`: claims in each language, and what makes a claim right or wrong."""

from __future__ import annotations

import pytest

import symbp
from symbp.cli import main
from symbp.evidence.verdict import PROVED, REFUTED

LEAST_SQUARES = "param W: k, d; input x: d; input y: k; L = sum((y - W @ x)**2)"
TWO_LAYERS = """
input X: n, d; target Y: n, k
param W1: d, h; param W2: h, k
Z = X @ W1
H = sigmoid(Z)
L = sum((H @ W2 - Y)**2)
"""


def status(model: str, name: str, claim: str) -> str:
    return symbp.verify(model, {name: claim}).verdicts[name].status


@pytest.mark.parametrize(
    "claims",
    [
        {"W": "2*outer(W @ x - y, x)"},
        "∂L/∂W = 2 (W x − y) xᵀ",
        "e = W x − y\n∂L/∂W = 2 e xᵀ",
        "e = W @ x - y\ndW = 2 * np.outer(e, x)",
        "e = W @ x - y\ndW = np.zeros_like(W)\ndW += e[:, None] * x[None, :]\ndW *= 2",
    ],
)
def test_claims_are_read_in_each_language(claims: str | dict[str, str]) -> None:
    assert symbp.verify(LEAST_SQUARES, claims).verdicts["W"].status == PROVED


def test_a_wrong_shape_is_refuted_although_it_broadcasts() -> None:
    model = "param b: k; input X: n, k; L = sum((X + b)**2)"
    verdict = symbp.verify(model, {"b": "2*(X + b)"}).verdicts["b"]
    assert (verdict.status, verdict.method) == (REFUTED, "shape")
    assert status(model, "b", "sum(2*(X + b), axis=0, keepdims=True)") == REFUTED
    assert status(model, "b", "sum(2*(X + b), axis=0)") == PROVED


def test_right_only_at_one_size_is_refuted_where_the_size_is_open() -> None:
    claim = "3*c**2*det(X)"
    model = "param c: ; input X: n, n; L = det(c*X)"
    assert status(model, "c", claim) == REFUTED
    assert status(model + "; size n = 3", "c", claim) == PROVED


def test_a_gradient_that_vanishes_is_said_to() -> None:
    model = "param x: n; L = sum(softmax(x))"
    verdict = symbp.verify(model, {"x": "zeros_like(x)"}).verdicts["x"]
    assert verdict.is_right
    assert "identically zero" in symbp.verify("param x: n; L = sum(x - x)", {"x": "0*x"}).verdicts["x"].detail


@pytest.mark.parametrize(
    ("loss", "claim"),
    [
        ("sum(relu(x))", "where(x >= 0, 1, 0)"),
        ("sum(abs(x))", "where(x > 0, 1, -1)"),
        ("sum(maximum(x, 2*x))", "where(x > 0, 2, 1)"),
        ("sum(where(x > 1, x**2, x))", "where(x < 1, 1, 2*x)"),
    ],
)
def test_equal_almost_everywhere_is_right_at_kinks(loss: str, claim: str) -> None:
    assert status(f"param x: n; L = {loss}", "x", claim) == PROVED


def test_each_branch_counts() -> None:
    assert status("param x: n; L = sum(where(x > 2, x**2, x))", "x", "ones_like(x)") == REFUTED
    assert status("param x: n; L = sum(maximum(x, -9))", "x", "ones_like(x)") == REFUTED


def test_intermediates_and_the_first_wrong_line() -> None:
    claims = "dH = 2 (H W2 − Y) W2ᵀ\ndZ = dH ⊙ H\ndW1 = Xᵀ dZ\ndW2 = 2 Hᵀ (H W2 − Y)"
    report = symbp.verify(TWO_LAYERS, claims)
    assert [v.is_right for v in report.verdicts.values()] == [True, False, False, True]
    assert report.first_wrong == "Z"


def test_a_counterexample_says_where() -> None:
    found = symbp.verify(LEAST_SQUARES, {"W": "2*outer(y - W @ x, x)"}).verdicts["W"].counterexample
    assert found is not None
    assert len(found.entry) == 2
    assert set(found.sizes) == {"k", "d"}
    assert float(found.claimed) == pytest.approx(-float(found.true))


def test_an_upstream_gradient_is_a_name_of_the_claim() -> None:
    model = "param x: n; y = tanh(x); output y, dy"
    assert status(model, "x", "dy*(1 - y**2)") == PROVED
    assert status(model, "x", "1 - y**2") == REFUTED


@pytest.mark.parametrize(
    "claims",
    [
        "∂L/∂x = 2W(Wx − y); ∂L/∂W = 2(Wx − y)xᵀ",
        r"\frac{\partial L}{\partial x} = 2W(Wx - y) \\ \frac{\partial L}{\partial W} = 2(Wx - y)x^\top",
        "dx = 2 * (W @ (W @ x - y))\ndW = 2 * np.outer(W @ x - y, x)",
        {"x": "2W(Wx − y)", "W": "2(Wx − y)xᵀ"},
    ],
)
def test_a_formula_whose_shapes_do_not_fit_is_wrong_and_the_others_are_judged(
    claims: symbp.pipeline.Claims,
) -> None:
    report = symbp.verify("L = ‖y − W x‖²", claims)
    wrong = report.verdicts["x"]
    assert (wrong.status, wrong.method) == ("refuted", "shape")
    assert wrong.place is not None
    assert "contracts" in wrong.hints[0]
    assert wrong.correction is not None
    assert symbp.verify("L = ‖y − W x‖²", {"x": wrong.correction}).ok
    assert report.verdicts["W"].status == "proved"


def test_names_that_python_cannot_spell_are_corrected_too() -> None:
    model = "input X: n,d; target Y: n,k; param W₁: d,h; param W₂: h,k; H = σ(X W₁); L = Σ (Y − H W₂)²"
    claims = "∂L/∂W₂ = Hᵀ (H W₂ − Y); ∂L/∂W₁ = Xᵀ (2 (H W₂ − Y) W₂ᵀ ⊙ H)"
    for name, verdict in symbp.verify(model, claims).verdicts.items():
        assert verdict.status == REFUTED
        assert verdict.correction is not None
        assert symbp.verify(model, {name: verdict.correction}).ok


def test_the_gradient_on_paper_stands_below_a_wrong_claim(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "h = σ(W x); L = ‖y − h‖²", "∂L/∂W = 2 (h − y) xᵀ"]) == 1
    assert "    on paper: ∂L/∂W = 2 ((h − y) ⊙ h ⊙ (1 − h)) xᵀ\n" in capsys.readouterr().out


def test_claims_index_a_recurrence_by_time_as_the_model_does() -> None:
    model = (
        "input x: T,n,d; param W: d,m; param U: m,m; h[0] = 0; h[t] = tanh(x[t] W + h[t-1] U); L = Σ h[T]²"
    )
    program = symbp.parse(model + "; param V: m,k; z = h[T] V; Q = Σ z²; loss Q")
    assert symbp.verify(program, "∂Q/∂V = 2 h[T]ᵀ (h[T] V)").ok
    assert symbp.verify(program, {"V": "2 * h[-1].T @ z"}).ok
    assert not symbp.verify(program, "∂Q/∂V = 2 h[T-1]ᵀ (h[T] V)").ok
