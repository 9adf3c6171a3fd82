"""Planted mistakes on models of our own: each is named, underlined and corrected."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.diagnosis import Outcome, outcomes
from symbp.evidence.compare import compare
from symbp.evidence.diagnose import Diagnosis, diagnose
from symbp.evidence.spelled import statements
from symbp.evidence.truth import true_gradients
from symbp.lang.cases import read_case
from symbp.lang.claims import read_claims
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed, read_claim
from symbp.lang.numpy_source import read_numpy
from symbp.lang.program import Program
from symbp.lang.read import read_equations

MLP = """
z1 = X @ W1 + b1
h1 = tanh(z1)
z2 = h1 @ W2 + b2
h2 = sigmoid(z2)
L = sum((h2 - T)**2)/n
"""
MLP_SHAPES = {"X": "n,d", "W1": "d,h", "b1": "h", "W2": "h,k", "b2": "k", "T": "n,k"}
SOFTMAX = """
S = X @ W + c
P = softmax(S, axis=1)
L = -sum(T*log(P))/n + lam*sum(W**2)
"""
SOFTMAX_SHAPES = {"X": "n,d", "W": "d,k", "c": "k", "T": "n,k"}
RNN = """
h1 = tanh(U @ x1 + V @ h0)
h2 = tanh(U @ x2 + V @ h1)
L = sum((h1 - t1)**2) + sum((h2 - t2)**2)
"""
RNN_SHAPES = {"U": "h,d", "V": "h,h", "x1": "d,m", "x2": "d,m", "h0": "h,m", "t1": "h,m", "t2": "h,m"}
LAYER_NORM = """
mu = mean(x, axis=1, keepdims=True)
var_ = mean((x - mu)**2, axis=1, keepdims=True)
xhat = (x - mu)/sqrt(var_ + eps)
y = gam*xhat + bet
"""
LAYER_NORM_SHAPES = {"x": "n,d", "gam": "d", "bet": "d"}
TIED = "h = relu(X @ W)\ny = h @ W.T\nL = sum((y - X)**2)"
TIED_SHAPES = {"X": "n,d", "W": "d,k"}
RESIDUAL = "z = x @ W\ny = x + tanh(z)\nL = sum(c*y**2)"
RESIDUAL_SHAPES = {"x": "n,d", "W": "d,d", "c": "n,d"}
DROPOUT = "y = (X*M) @ W + b\nL = sum(R*y)"
DROPOUT_SHAPES = {"X": "n,d", "M": "n,d", "W": "d,k", "b": "k", "R": "n,k"}


def program(name: str) -> Program:
    """One of the models above."""
    facts = {"T": "onehot"} if name == "softmax" else {"M": "mask"} if name == "dropout" else {}
    text, shapes = {
        "mlp": (MLP, MLP_SHAPES),
        "softmax": (SOFTMAX, SOFTMAX_SHAPES),
        "rnn": (RNN, RNN_SHAPES),
        "norm": (LAYER_NORM, LAYER_NORM_SHAPES),
        "tied": (TIED, TIED_SHAPES),
        "residual": (RESIDUAL, RESIDUAL_SHAPES),
        "dropout": (DROPOUT, DROPOUT_SHAPES),
        "targets": (SOFTMAX, SOFTMAX_SHAPES),
        "quadratic": ("L = x @ A @ x", {"x": "n", "A": "n,n"}),
        "power": ("L = sum(x**3)", {"x": "n"}),
    }[name]
    constants: dict[str, Any] = (
        {"lam": 0.5} if name in ("softmax", "targets") else {"eps": 1e-5} if name == "norm" else {}
    )
    outputs = {"y": "dy"} if name == "norm" else None
    loss = None if outputs else "L"
    return read_numpy(
        text, shapes=shapes, loss=loss, outputs=outputs, assume=facts, constants=constants, letters=["n"]
    )


@dataclass(frozen=True)
class Planted:
    """A mistake: the model, of what the gradient is, the lines, a word that has to be said, the place."""

    model: str
    target: str
    lines: str
    said: str
    place: str | None = None


Z2 = "dz2 = 2/n*(h2 - T)*h2*(1 - h2)\n"
PLANTED = {
    "sign of the residual": Planted("mlp", "z2", "2/n*(T - h2)*h2*(1 - h2)", "sign"),
    "sign of a term": Planted("softmax", "W", "X.T @ (P - T)/n - 2*lam*W", "sign", "2*lam*W"),
    "factor 2": Planted("mlp", "z2", "(h2 - T)*h2*(1 - h2)/n", "factor 2 is missing"),
    "factor 1/n": Planted("mlp", "W2", "dz2 = 2*(h2 - T)*h2*(1 - h2)\nh1.T @ dz2", "factor 1/n is missing"),
    "twice 1/n": Planted("mlp", "b2", Z2 + "mean(dz2, axis=0)", "divided by n, the batch size, twice"),
    "mean for sum": Planted("dropout", "b", "mean(R, axis=0)", "instead of"),
    "missing sum": Planted("mlp", "b2", "2/n*(h2 - T)*h2*(1 - h2)", "sum over the batch"),
    "wrong axis": Planted("softmax", "S", "P*(-T/P/n - sum(P*(-T/P/n), axis=0))", "axis"),
    "transpose in a line": Planted(
        "rnn",
        "U",
        "a2 = 2*(h2 - t2)*(1 - h2**2)\na1 = (2*(h1 - t1) + V @ a2)*(1 - h1**2)\na1 @ x1.T + a2 @ x2.T",
        "V has to be transposed",
        "V",
    ),
    "transposed result": Planted("mlp", "W2", Z2 + "dz2.T @ h1", "transpose"),
    "elementwise for @": Planted("quadratic", "x", "(A + A.T)*x", "@ belongs where * stands"),
    "no activation derivative": Planted(
        "mlp",
        "W1",
        Z2 + "dz1 = dz2 @ W2.T\nX.T @ dz1",
        "missing activation derivative",
    ),
    "derivative of the other activation": Planted(
        "mlp", "z2", "2/n*(h2 - T)*(1 - h2**2)", "wrong activation derivative", "1 - h2**2"
    ),
    "derivative at the wrong point": Planted(
        "mlp", "z1", Z2 + "(dz2 @ W2.T)*(1 - tanh(h1)**2)", "derivative at the wrong point", "h1"
    ),
    "activation for its derivative": Planted("mlp", "z2", "2/n*(h2 - T)*h2", "wrong activation derivative"),
    "derivative twice": Planted("softmax", "S", "(P - T)*P*(1 - P)/n", "applied twice"),
    "pre-activation": Planted("mlp", "W2", Z2 + "z1.T @ dz2", "pre-activation", "z1"),
    "previous step": Planted(
        "rnn",
        "V",
        "a2 = 2*(h2 - t2)*(1 - h2**2)\na1 = (2*(h1 - t1) + V.T @ a2)*(1 - h1**2)\na1 @ h1.T + a2 @ h2.T",
        "off by one time step",
    ),
    "no way back in time": Planted(
        "rnn",
        "U",
        "a2 = 2*(h2 - t2)*(1 - h2**2)\na1 = 2*(h1 - t1)*(1 - h1**2)\na1 @ x1.T + a2 @ x2.T",
        "missing time step",
    ),
    "statistics as constants": Planted("norm", "x", "dy*gam/sqrt(var_ + eps)", "treated as constants"),
    "variance forgotten": Planted(
        "norm",
        "x",
        "g = dy*gam/sqrt(var_ + eps)\ng - mean(g, axis=1, keepdims=True)",
        "var_",
    ),
    "tied weight once": Planted("tied", "W", "X.T @ ((2*(y - X) @ W)*(h > 0))", "tied"),
    "residual forgotten": Planted("residual", "x", "(2*c*y*(1 - tanh(z)**2)) @ W.T", "dropped path"),
    "mask ignored": Planted("dropout", "X", "R @ W.T", "mask ignored"),
    "regularisation without the weight": Planted("softmax", "W", "X.T @ (P - T)/n + 2*lam", "regularisation"),
    "softmax diagonal": Planted("softmax", "S", "-T/P/n*P*(1 - P)", "off-diagonal"),
    "hidden symmetry": Planted("quadratic", "x", "2*A @ x", "right if A is symmetric"),
    "hidden row sums": Planted("targets", "S", "(P - T)/n", "right if rows of T sum to 1"),
    "exponent": Planted("power", "x", "3*x**3", "wrong exponent", "x**3"),
    "eps omitted": Planted("norm", "gam", "sum(dy*(x - mu)/sqrt(var_), axis=0)", "eps is omitted", "var_"),
    "name of another layer": Planted("mlp", "W1", Z2 + "X.T @ ((dz2 @ W2.T)*(1 - z1**2))", "z1"),
    "comparison": Planted("tied", "W", "g = 2*(y - X)\nX.T @ ((g @ W)*(X @ W < 0)) + g.T @ h", "comparison"),
    "zero": Planted("power", "x", "0*x", "zero"),
}


def diagnosed(planted: Planted) -> tuple[Program, Diagnosis]:
    model = program(planted.model)
    claim = read_claim(planted.lines, model, planted.target)
    target = model.nodes[identifier(planted.target)]
    true = true_gradients(model, [target])[target]
    verdict = compare(claim.node, true)
    assert verdict.status == "refuted"
    found = diagnose(claim, model, true, verdict)
    assert found.correction is not None
    again = read_claim(found.correction, model, planted.target)
    assert compare(again.node, true).is_right, found.correction
    return model, found


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_named_and_corrected(name: str) -> None:
    planted = PLANTED[name]
    _, found = diagnosed(planted)
    said = " ".join(h for h in found.hints if not h.startswith("corrected:"))
    assert planted.said in said, found.hints
    if planted.place is not None:
        assert found.place is not None
        assert found.place.snippet == planted.place


def test_the_first_wrong_line_is_underlined_and_the_rest_is_kept() -> None:
    planted = PLANTED["no way back in time"]
    _, found = diagnosed(planted)
    assert found.place is not None
    assert found.place.line == 2
    assert found.correction is not None
    lines = found.correction.splitlines()
    assert [lines[0], lines[2]] == [planted.lines.splitlines()[0], planted.lines.splitlines()[2]]


def test_the_answer_is_the_same_every_time() -> None:
    planted = PLANTED["statistics as constants"]
    assert diagnosed(planted)[1] == diagnosed(planted)[1]


EQUATIONS = """param W: d, k
input X: n, d
target T: n, k
H = σ(X W)
L = Σ (H − T)² / 2
"""


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("dZ = (H − T) ⊙ H\n∂L/∂W = Xᵀ dZ", "wrong activation derivative"),
        (r"\frac{\partial L}{\partial W} = - X^\top ((H - T) \odot H \odot (1 - H))", "sign"),
    ],
)
def test_claims_on_paper_are_explained_too(claim: str, said: str) -> None:
    model = read_equations(EQUATIONS, "model")
    claimed = read_claims(claim, model)[-1]
    target = model.nodes["W"]
    true = true_gradients(model, [target])[target]
    found = diagnose(claimed, model, true, compare(claimed.node, true))
    assert any(said in hint for hint in found.hints), found.hints
    assert found.place is not None
    assert found.place.text == claim
    assert found.correction is not None
    assert compare(read_claim(found.correction, model, "W").node, true).is_right


def test_a_gradient_is_spelled_so_that_it_reads_back() -> None:
    for name in ("mlp", "softmax", "rnn", "norm", "tied", "residual"):
        model = program(name)
        targets = [v.node for v in model.variables if v.role in ("param", "input") and v.node.dtype == "real"]
        names = {node: n.text for node, n in model.names.items()}
        for true in true_gradients(model, targets).values():
            lines = statements(true, names, {}, "result")
            assert compare(read_claim(lines, model, "x").node, true).is_right, lines


def test_an_index_beyond_an_axis_is_no_accident() -> None:
    model = program("power")
    claim = read_claim("3*x[2]*x", model, "x")
    target = model.nodes["x"]
    true = true_gradients(model, [target])[target]
    verdict = compare(claim.node, true)
    assert verdict.status == "refuted"
    assert diagnose(claim, model, true, verdict).correction is not None


# -- the collection -------------------------------------------------------------------------------


def collection() -> list[dict[str, Any]]:
    return [c for c in all_cases() if c.get("mistakes")]


def all_cases() -> list[dict[str, Any]]:
    root = Path(__file__).resolve().parents[2]
    given = os.environ.get("SYMBP_CASES")
    path = Path(given) if given else root.parent.joinpath("shared", "cases", "claims.json")
    if not path.exists():
        pytest.skip("the collection of cases is not here")
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return cases


def test_facts_that_are_left_out_are_named() -> None:
    """Claims that need a fact of the domain, with the domain left out: "right if …"."""
    for case in [c for c in all_cases() if c.get("assumption_critical")][::5]:
        index = {name: fact for name, fact in case["domain"].items() if fact.startswith("index")}
        model, claims = read_case({**case, "domain": index})
        for name in case["assumption_critical"]:
            claim, target = claims[name], model.nodes[identifier(name)]
            assert isinstance(claim, Claimed)
            true = true_gradients(model, [target])[target]
            found = diagnose(claim, model, true, compare(claim.node, true))
            assert any("right if" in hint for hint in found.hints), (case["id"], name)


def shares(found: Iterator[Outcome]) -> tuple[float, float]:
    """The shares of the wrong claims that are named and that are corrected."""
    listed = list(found)
    return sum(o.named for o in listed) / len(listed), sum(o.corrected for o in listed) / len(listed)


def test_every_sixth_case_of_the_collection() -> None:
    named, corrected = shares(outcomes(collection()[::6]))
    assert named >= 0.9
    assert corrected >= 0.9


@pytest.mark.slow
def test_the_whole_collection() -> None:
    named, corrected = shares(outcomes(collection()))
    assert named >= 0.95
    assert corrected >= 0.98
