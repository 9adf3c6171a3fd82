"""Recurrences of texts without declarations: what is carried, what is a sequence, and all their sizes."""

from __future__ import annotations

import pytest

import symbp
from symbp.errors import SymbpError
from tests.emit.generated_file import load

RNN = "h[0] = 0; h[t] = tanh(W x[t] + U h[t-1] + b); "
SHAPES = {
    RNN + "L = Σ (V h[T] − y)²": "W: n_h,n_x; x: T,n_x; U: n_h,n_h; b: n_h; V: n_y,n_h; y: n_y",
    "h[t] = tanh(x[t] @ W + h[t-1] @ U); h[0] = h0; L = sum((h[N] @ V - y)**2)": (
        "x: N,n_x; W: n_x,n_h; U: n_h,n_h; h0: n_h; V: n_h,n_y; y: n_y"
    ),
    "H[0] = 0; H[t] = tanh(X[t] W + H[t-1] U); L = Σ H[T]²": "X: T,m_X,n_X; W: n_X,n_H; U: n_H,n_H",
    RNN + "ŷ[t] = V h[t] + c; L = Σ (ŷ − y)²": (
        "W: n_h,n_x; x: T,n_x; U: n_h,n_h; b: n_h; V: n_y,n_h; c: n_y; y: T,n_y"
    ),
    "s[0] = 0; s[t] = w s[t-1] + x[t]; L = (s[T] − y)²": "w: ; x: T; y: ",
    "p[0] = 0; p[t] = 0.9 p[t-1] + 0.1 g[t]; L = Σ p[T]²": "g: T,n_p",
    "h[-1] = 0; h[t] = tanh(W x[t] + U h[t-1]); L = Σ h[T-1]²": "W: n_h,n_x; x: T,n_x; U: n_h,n_h",
    "h[T+1] = 0; h[t] = tanh(W x[t] + U h[t+1]); L = Σ h[1]²": "W: n_h,n_x; x: T,n_x; U: n_h,n_h",
    "h[0] = 0; i[t] = σ(Wi x[t] + Ui h[t-1]); h[t] = i[t] ⊙ tanh(W x[t]); L = Σ h[T]²": (
        "Wi: n_i,n_x; x: T,n_x; Ui: n_i,n_i; W: n_i,n_x"
    ),
    "a[0] = 0; c[0] = 0; a[t] = tanh(W x[t] + U a[t-1]); c[t] = tanh(V a[t] + R c[t-1]); L = Σ c[T]²": (
        "W: n_a,n_x; x: T,n_x; U: n_a,n_a; V: n_c,n_a; R: n_c,n_c"
    ),
    RNN + "e[0] = 0; e[t] = e[t-1] + Σ (V h[t] − y[t])²; L = e[T]": (
        "W: n_h,n_x; x: T,n_x; U: n_h,n_h; b: n_h; V: n_y,n_h; y: T,n_y"
    ),
    "S[0] = 0; S[t] = S[t-1] + k[t] v[t]ᵀ; o[t] = S[t]ᵀ q[t]; L = Σ o²": "k: T,m_S; v: T,n_S; q: T,m_S",
    "h[0] = 0; h[t] = tanh(W concatenate([x[t], h[t-1]])); L = Σ h[T]²": "W: n_h,n_h + n_x; x: T,n_x",
}


@pytest.mark.parametrize("text", SHAPES)
def test_shapes_are_inferred(text: str) -> None:
    program = symbp.parse(text)
    found = {v.name.ascii: ",".join(map(str, v.shape)) for v in program.variables}
    wanted = dict(part.split(": ") if ": " in part else (part[:-1], "") for part in SHAPES[text].split("; "))
    wanted = {name: shape.strip() for name, shape in wanted.items()}
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("text", SHAPES)
def test_their_gradients_are_right(text: str, style: str) -> None:
    derivation = symbp.derive(text)
    assert load(symbp.generate(derivation, style=style))["check"]()


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("h[0] = 0; h[t] = h[t-1] + b; L = Σ h[T]²", "how long the recurrence is", "such as x[t]"),
        ("h[t] = tanh(W x[t] + U h[t-1]); L = Σ h[T]²", "the recurrence of h has no start", "h[0] = h0"),
        ("h[0] = 0; h[t] = W x[t] U + h[t-1]; L = Σ h[T]²", "a column (m_W,) times a matrix", "declare"),
        (
            "h[0] = 0; h[t] = tanh(W x[t] + U h[t-1]) - t; L = Σ h[T]²",
            "is an index, and no number",
            "steps[t]",
        ),
        ("h[0] = 0; h[t] = tanh(W x[t] + U h); L = Σ h[T]²", "", ""),
        (
            "param W: d,m; h[0] = 0; h[t] = x[t] @ W + h[t-1]; L = sum(h[T])",
            "x is not defined",
            "input x: T, n, d",
        ),
    ],
)
def test_what_cannot_be_inferred_is_asked_for(text: str, reason: str, hint: str) -> None:
    with pytest.raises(SymbpError) as caught:
        symbp.parse(text)
    assert reason in str(caught.value)
    assert hint in str(caught.value)
    assert "object at" not in str(caught.value)
    assert caught.value.place is not None
