"""Right gradients of the models that come along, mutated or rewritten, and what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

import symbp
from symbp.algebra.node import Node, leaves
from symbp.evidence.compare import Point, compare, confirmed
from symbp.evidence.samples import sample, size_letters, tiny_sizes
from symbp.evidence.verdict import REFUTED
from tests.evidence.random_pairs import mutated, rewritten

SMALL = (
    "multiply_gate",
    "add_multiply",
    "ridge_regression",
    "logistic_regression",
    "matrix_factorisation",
    "fully_connected",
    "sigmoid_neuron",
    "softmax_regression",
    "two_two_two",
    "three_layer_regression",
    "cascade",
    "autoencoder",
)
LARGE = ("digits", "batchnorm_mlp", "convnet", "transformer_block")


@cache
def derived(model: str) -> symbp.Derivation:
    """A model that comes along, with its gradients."""
    text = (Path(symbp.__file__).parent / "models" / f"{model}.eq").read_text(encoding="utf-8")
    return symbp.derive(text)


@cache
def gradients(model: str) -> tuple[Node, ...]:
    """The derived gradients of a model, each over forward values only."""
    derivation = derived(model)
    return tuple(derivation.full(g.name.ascii) for g in derivation.results)


def drawn(models: Sequence[str], seed: int) -> tuple[Node, Random]:
    random = Random(seed)
    return random.choice(gradients(random.choice(models))), random


def really_differ(a: Node, b: Node) -> bool:
    """Whether 50 digits differ at points that the verdicts do not look at."""
    random = np.random.default_rng(9001)
    for sizes in list(tiny_sizes(size_letters([a, b]), [a, b]))[1:4]:
        for _ in range(3):
            values = {n: sample(n, sizes, random) for n in leaves([a, b])}
            if confirmed(a, b, Point(sizes, values)) is not None:
                return True
    return False


def judge_mutations(models: Sequence[str], seeds: range) -> tuple[Counter[str], list[str]]:
    """Counts of verdicts on mutations, and those that differ but were not refuted."""
    counts: Counter[str] = Counter()
    missed = []
    for seed in seeds:
        true, random = drawn(models, seed)
        wrong = mutated(true, random, list(leaves([true])))
        status = compare(wrong, true).status
        differs = status == REFUTED or really_differ(wrong, true)
        counts[status if differs else "equal"] += 1
        if differs and status != REFUTED:
            missed.append(f"seed {seed}: {status}")
    return counts, missed


def judge_rewritings(models: Sequence[str], seeds: range) -> tuple[Counter[str], list[str]]:
    """Counts of verdicts on equivalent rewritings, and those that were refuted."""
    counts: Counter[str] = Counter()
    alarms = []
    for seed in seeds:
        true, random = drawn(models, seed)
        verdict = compare(rewritten(true, random, 2, list(leaves([true]))), true)
        counts[verdict.status] += 1
        if verdict.status == REFUTED:
            alarms.append(f"seed {seed}: {verdict.counterexample}")
    return counts, alarms
