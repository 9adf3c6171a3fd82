"""Gradients of recurrences: those of the same steps written out one by one, and differences."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest

from symbp.algebra.node import topological
from symbp.calculus.derivation import Derivation
from symbp.errors import ClaimError, UnsupportedError
from symbp.pipeline import check, derive, hessian, hvp
from tests.numeric import Array, evaluate

LENGTHS = (1, 4)


@dataclass(frozen=True)
class Model:
    """A recurrence and what is needed to write it out: declarations, starts, steps, the rest."""

    declared: str
    starts: str
    steps: str
    rest: str
    backwards: bool = False

    def text(self) -> str:
        return "\n".join([self.declared, self.starts, self.steps, self.rest])

    def unrolled(self, length: int) -> str:
        """The same model with an equation for each step: h_at_1 = …, h_at_2 = …"""
        lines = [re.sub(r"\bT\b", str(length), self.declared)]
        names = re.findall(r"^(\w+)\[t\] =", self.steps, re.M)
        lines += [self._at(re.sub(r"\bT\b", str(length), line), names) for line in self.starts.splitlines()]
        times = range(1, length + 1)
        for t in reversed(times) if self.backwards else times:
            for line in self.steps.splitlines():
                now = re.sub(r"\[t([+-]1)?\]", lambda m, t=t: f"[{t + int(m[1] or 0)}]", line)
                lines.append(self._at(now, names))
        rest = self._at(re.sub(r"\[T\]", f"[{length}]", self.rest), names)
        for name in names:
            whole = ", ".join(f"{name}_at_{t}" for t in times)
            rest = re.sub(rf"\b{name}\b(?!\[)", f"stack([{whole}])", rest)
        return "\n".join([*lines, rest])

    @staticmethod
    def _at(line: str, names: list[str]) -> str:
        """h[3] is h_at_3 for what the recurrence sets, x[2] for the third entry of x."""
        line = re.sub(r"\[(\d+)\+1\]", lambda m: f"[{int(m[1]) + 1}]", line)

        def entry(found: re.Match[str]) -> str:
            name, at = found[1], int(found[2])
            return f"{name}_at_{at}" if name in names else f"{name}[{at - 1}]"

        return re.sub(r"\b(\w+)\[(\d+)\]", entry, line)


NET = "input x: T, n, d\ninput h0: n, m\nparam W: d, m\nparam U: m, m\nparam b: m"
LSTM_NET = "input x: T, n, d\n" + "\n".join(
    f"param W{g}: d, m\nparam U{g}: m, m\nparam b{g}: m" for g in "ifog"
)
LSTM_STEPS = """i[t] = σ(x[t] @ Wi + h[t-1] @ Ui + bi)
f[t] = σ(x[t] @ Wf + h[t-1] @ Uf + bf)
o[t] = σ(x[t] @ Wo + h[t-1] @ Uo + bo)
g[t] = tanh(x[t] @ Wg + h[t-1] @ Ug + bg)
c[t] = f[t] * c[t-1] + i[t] * g[t]
h[t] = o[t] * tanh(c[t])"""

MODELS = {
    "rnn, last state": Model(NET, "h[0] = h0", "h[t] = tanh(x[t] @ W + h[t-1] @ U + b)", "L = sum(h[T]**2)"),
    "rnn, all states": Model(NET, "h[0] = h0", "h[t] = tanh(x[t] @ W + h[t-1] @ U + b)", "L = sum(h**2)"),
    "rnn, last and all": Model(
        NET, "h[0] = h0", "h[t] = tanh(x[t] @ W + h[t-1] @ U + b)", "L = sum(h**2) + sum(h[T]) + sum(h[1]**3)"
    ),
    "backwards": Model(
        NET, "h[T+1] = h0", "h[t] = tanh(x[t] @ W + h[t+1] @ U + b)", "L = sum(h[1]**2) + sum(h)", True
    ),
    "lstm": Model(
        LSTM_NET, "h[0] = zeros(n, m)\nc[0] = zeros(n, m)", LSTM_STEPS, "L = sum(h[T]**2) + sum(c[T])"
    ),
    "outputs of each step": Model(
        NET + "\nparam V: m, k\ntarget y: T, n, k",
        "h[0] = h0",
        "h[t] = tanh(x[t] @ W + h[t-1] @ U + b)\no[t] = h[t] @ V",
        "L = sum((o - y)**2)",
    ),
    "fixed arrays and constants": Model(
        NET + "\nconst a = 0.5\ninput A: n, m",
        "h[0] = h0",
        "h[t] = a * tanh(x[t] @ W + h[t-1] @ U + b) + A * h[t-1] / (1 + a)",
        "L = sum(h[T]**2)",
    ),
    "masks": Model(
        NET + "\ninput k: T, n, 1",
        "h[0] = h0",
        "h[t] = k[t] * tanh(x[t] @ W + h[t-1] @ U + b) + (1 - k[t]) * h[t-1]",
        "L = sum(h[T]**2)",
    ),
    "stacked": Model(
        NET + "\nparam V: m, m",
        "h[0] = h0\ng[0] = 2 * h0",
        "h[t] = tanh(x[t] @ W + h[t-1] @ U + b)\ng[t] = tanh(h[t] @ V + g[t-1] @ U)",
        "L = sum(g[T]**2)",
    ),
    "a copy of the state before": Model(
        "input x: T, n\nparam a: n\ninput h0: n",
        "g[0] = h0\nh[0] = h0",
        "g[t] = h[t-1]\nh[t] = tanh(x[t] + a * h[t-1] + a**2 * g[t-1])",
        "L = sum(h[T]**2)",
    ),
    "peepholes": Model(
        "input x: T, n, d\nparam W: d, 4*m\nparam U: m, 4*m\nparam p: m\nparam q: m",
        "c[0] = zeros(n, m)\nh[0] = zeros(n, m)",
        "z[t] = x[t] @ W + h[t-1] @ U\n"
        "i[t] = σ(z[t][:, :m] + p * c[t-1])\n"
        "f[t] = σ(z[t][:, m:2*m])\n"
        "c[t] = f[t] * c[t-1] + i[t] * tanh(z[t][:, 2*m:3*m])\n"
        "o[t] = σ(z[t][:, 3*m:] + q * c[t])\n"
        "h[t] = o[t] * tanh(c[t])",
        "L = sum(h[T]**2)",
    ),
    "attention over a memory": Model(
        "input x: T, n\ninput M: k, m\nparam W: n, m\nparam U: m, m\ninput s0: m",
        "s[0] = s0",
        "a[t] = softmax(M @ s[t-1])\ns[t] = tanh(x[t] @ W + s[t-1] @ U + a[t] @ M)",
        "L = sum(s**2)",
    ),
    "forward algorithm": Model(
        "input B: T, m\nparam A: m, m\nparam p: m",
        "a[0] = log_softmax(p)",
        "a[t] = logsumexp(a[t-1][:, None] + log_softmax(A), axis=0) + B[t]",
        "L = -logsumexp(a[T])",
    ),
    "sums that steps read": Model(
        "input x: T, n\nparam W: n, m\nparam V: n, m\ninput S0: m, m",
        "S[0] = S0",
        "k[t] = tanh(x[t] @ W)\nS[t] = S[t-1] + outer(k[t], x[t] @ V)\no[t] = k[t] @ S[t]",
        "L = sum(o**2)",
    ),
    "linear filter of numbers": Model(
        "input x: T\nparam a\nparam b\nparam s0", "s[0] = s0", "s[t] = a * s[t-1] + b * x[t]", "L = s[T]**2"
    ),
    "names that look like gradients": Model(
        "input x: T, n\nparam gh: n\nparam dgh: n\nparam dh0: n",
        "h[0] = dh0",
        "h[t] = tanh(x[t] * gh + h[t-1] * dgh)\ngg[t] = h[t] * gh",
        "L = sum(gg**2) + sum(h)",
    ),
}


def arrays(derivation: Derivation, sizes: dict[str, int]) -> dict[str, Array]:
    """Random values of all variables, drawn by name so that two texts of one model get the same."""
    values = {}
    for variable in derivation.program.variables:
        name = variable.name.ascii
        generator = np.random.default_rng([ord(c) for c in name])
        values[name] = generator.uniform(-1, 1, [s.value(sizes) for s in variable.shape])
    return values


SIZES = {"n": 2, "d": 3, "m": 4, "k": 2}


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_those_of_the_steps_written_out(name: str, length: int) -> None:
    model = MODELS[name]
    wrt = re.findall(r"^(?:param|input) (\w+)", model.declared, re.M)
    short, long = derive(model.text(), wrt), derive(model.unrolled(length), wrt)
    sizes = {**SIZES, "T": length}
    values = arrays(short, sizes)
    loss = [evaluate(d.program.nodes["L"], values, sizes) for d in (short, long)]
    assert np.allclose(*loss, rtol=1e-13)
    for by in wrt:
        found, expected = (evaluate(d.full(by), values, sizes) for d in (short, long))
        assert np.allclose(found, expected, rtol=1e-11, atol=1e-12), by


@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_central_differences(name: str) -> None:
    derivation = derive(MODELS[name].text())
    sizes = {**SIZES, "T": 3}
    values = arrays(derivation, sizes)
    loss = derivation.program.nodes["L"]
    for gradient in derivation.results:
        by = gradient.name.ascii
        direction = np.random.default_rng(5).standard_normal(values[by].shape)

        def at(step: float, by: str = by, direction: Array = direction) -> Array:
            return evaluate(loss, {**values, by: values[by] + step * direction}, sizes)

        slope = (at(1e-5) - at(-1e-5)) / 2e-5
        assert np.isclose(np.sum(evaluate(derivation.full(by), values, sizes) * direction), slope, rtol=1e-6)


@pytest.mark.parametrize("name", ["rnn, last state", "lstm", "masks", "fixed arrays and constants"])
def test_check_finds_nothing_wrong(name: str) -> None:
    verdicts = check(MODELS[name].text()).verdicts
    assert {v.status for v in verdicts.values()} <= {"proved", "holds"}


def test_stop_gradient_cuts_the_way_back() -> None:
    """A gradient through the last step only is another one."""
    cut = NET + "\nh[0] = h0\nh[t] = tanh(x[t] @ W + stop_gradient(h[t-1]) @ U + b)\nL = sum(h[T]**2)"
    whole = derive(MODELS["rnn, last state"].text(), ["U"])
    other = derive(cut, ["U"])
    sizes = {**SIZES, "T": 3}
    values = arrays(whole, sizes)
    assert not np.allclose(evaluate(whole.full("U"), values, sizes), evaluate(other.full("U"), values, sizes))


def test_words_are_looked_up_in_every_step() -> None:
    text = """input tok: T, n
assume tok: index
param E: v, d
param U: d, d
h[0] = zeros(n, d)
h[t] = tanh(E[tok[t]] + h[t-1] @ U)
L = sum(h[T]**2)"""
    assert {v.status for v in check(text).verdicts.values()} == {"holds"}


def test_a_derivation_is_as_long_as_a_step() -> None:
    text = MODELS["lstm"].text()
    counts = []
    for length in (2, 2000):
        derivation = derive(f"size T = {length}\n{text}")
        counts.append(len(topological([derivation.full(g.name.ascii) for g in derivation.results])))
    assert counts[0] == counts[1]


def test_product_of_hessian_and_vector() -> None:
    text = MODELS["rnn, last state"].text()
    second = hvp(text, "U")
    derivation = derive(text)
    sizes = {**SIZES, "T": 4}
    values = arrays(derivation, sizes)
    assert second.direction is not None
    values[second.direction.name] = np.random.default_rng(3).standard_normal(values["U"].shape)
    gradient = derivation.full("U")

    def at(step: float) -> Array:
        moved = values["U"] + step * values[second.direction.name]
        return evaluate(gradient, {**values, "U": moved}, sizes)

    slope = (at(1e-6) - at(-1e-6)) / 2e-6
    assert np.allclose(evaluate(second.node, values, sizes), slope, atol=1e-7)


def test_a_whole_hessian_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        hessian(MODELS["rnn, last state"].text(), "U")


def test_a_state_is_nothing_to_derive_by() -> None:
    with pytest.raises(ClaimError, match="each step changes the next"):
        derive(MODELS["rnn, last state"].text(), ["h"])


def test_two_recurrences_of_one_name_pattern_do_not_meet() -> None:
    """A layer of another layer's states gets the gradients of both."""
    text = """input x: T, n
param a: n
h[0] = zeros(n)
h[t] = tanh(a * x[t] + h[t-1])
y = 2 * h
g[0] = zeros(n)
g[t] = tanh(a * y[t] + g[t-1])
L = sum(g[T] * h[T])"""
    assert {v.status for v in check(text).verdicts.values()} == {"holds"}


def test_parts_are_values_of_the_forward_pass() -> None:
    derivation = derive(MODELS["lstm"].text())
    sizes = {**SIZES, "T": 3}
    values = arrays(derivation, sizes)
    nodes = derivation.program.nodes
    c, o, h = (evaluate(nodes[k], values, sizes) for k in "coh")
    assert np.allclose(h, o * np.tanh(c))
