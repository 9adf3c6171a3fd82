"""Contractions in matrix notation mean what they are: read back as on paper, and computed."""

from __future__ import annotations

import random

import numpy as np
import pytest

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.emit import formula
from symbp.emit.chains import Factor, chain
from symbp.emit.letters import Letters
from symbp.ops.contract import CONTRACT, contract
from tests.emit.paper import Reader

SIZE = 3
NAMES = "ABCD"


def random_contraction(seed: int) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    chooser = random.Random(seed)
    count = chooser.randint(1, 4)
    labels = list(range(chooser.randint(1, 4)))
    inputs = [tuple(chooser.choices(labels, k=chooser.choice([1, 2, 2]))) for _ in range(count)]
    used = sorted({i for s in inputs for i in s})
    out = tuple(chooser.sample(used, k=chooser.randint(0, min(2, len(used)))))
    return inputs, out


def factors(node: Node) -> list[Factor]:
    return [Factor(s, formula.atom(a.name, a.name)) for s, a in zip(node.params[0], node.args, strict=True)]


def written(inputs: list[tuple[int, ...]], out: tuple[int, ...]) -> str | None:
    n = Size.of(SIZE)
    args = [leaf(name, [n] * len(s)) for name, s in zip(NAMES, inputs, strict=False)]
    node = contract(args, inputs, out)
    if node.op is not CONTRACT:
        return None
    shown = chain(node, factors(node), Letters())
    return None if shown is None else shown.text


@pytest.mark.parametrize("block", range(20))
def test_random_contractions_read_back(block: int) -> None:
    read = 0
    for seed in range(block * 60, block * 60 + 60):
        inputs, out = random_contraction(seed)
        text = written(inputs, out)
        if text is None:
            continue
        generator = np.random.default_rng(seed)
        values = {n: generator.normal(size=(SIZE,) * len(s)) for n, s in zip(NAMES, inputs, strict=False)}
        operands: list[object] = []
        for name, labels in zip(NAMES, inputs, strict=False):
            operands += [values[name], list(labels)]
        wanted = np.einsum(*operands, list(out))
        found = Reader(text, values, SIZE).read()
        assert np.allclose(found.reshape(wanted.shape), wanted), (inputs, out, text)
        read += 1
    assert read > 25


@pytest.mark.parametrize(
    ("inputs", "out", "text"),
    [
        ([(0, 1), (1, 2)], (0, 2), "A B"),
        ([(0, 1), (0, 2)], (1, 2), "Aᵀ B"),
        ([(0, 1), (0, 2)], (2, 1), "Bᵀ A"),
        ([(0, 1), (2, 1)], (0, 2), "A Bᵀ"),
        ([(0, 1)], (1,), "1ᵀ A"),
        ([(0, 1)], (0,), "A 1"),
        ([(0, 1)], (), "Σ A"),
        ([(0, 1)], (1, 0), "Aᵀ"),
        ([(0,), (0, 1)], (1,), "Bᵀ A"),
        ([(0,), (1,)], (0, 1), "A Bᵀ"),
        ([(0,), (0,)], (), "Aᵀ B"),
        ([(0, 1), (0, 1)], (), "⟨A, B⟩"),
        ([(0, 1), (1, 0)], (), "tr(A B)"),
        ([(0, 1), (1, 0)], (0, 1), "A ⊙ Bᵀ"),
        ([(0, 0)], (), "tr(A)"),
        ([(0, 0)], (0,), "diag(A)"),
        ([(0,)], (0, 0), "diag(A)"),
        ([(0,), (0, 1)], (0, 1), "diag(A) B"),
        ([(0, 1), (0, 1)], (1,), "1ᵀ (A ⊙ B)"),
        ([(0,), (0, 1), (1,)], (), "Aᵀ B C"),
        ([(0, 1), (1, 2)], (2,), "1ᵀ A B"),
        ([(0, 1), (1, 2), (2, 3)], (3, 0), "Cᵀ Bᵀ Aᵀ"),
    ],
)
def test_the_form_a_person_writes(inputs: list[tuple[int, ...]], out: tuple[int, ...], text: str) -> None:
    assert written(inputs, out) == text


def test_leading_axes() -> None:
    b, n, k = Size.letter("b"), Size.letter("n"), Size.letter("k")
    q, w, x = leaf("Q", (b, n, k)), leaf("W", (k, n)), leaf("X", (b, n, n))

    def text(node: Node) -> str | None:
        found = chain(node, factors(node), Letters())
        return None if found is None else found.text

    assert text(q @ w) == "Q W"
    assert text(contract([q, x], ["bik", "bij"], "kj")) == "Σ_i Q_iᵀ X_i"
    assert text(contract([q], ["bik"], "kbi")) == "transpose(Q, 2 0 1)"
    assert text(contract([q, x], ["bik", "bij"], "kbj")) == "transpose(Qᵀ X, 1 0 2)"
    cube = leaf("C", (n, n, n))
    assert text(contract([cube, cube], ["bij", "ijb"], "bij")) is None
    generator = np.random.default_rng(5)
    one, two = generator.normal(size=(2, 3, 4)), generator.normal(size=(2, 3, 3))
    wanted = np.einsum("bik,bij->kbj", one, two)
    assert np.allclose(np.transpose(np.swapaxes(one, 1, 2) @ two, (1, 0, 2)), wanted)
