"""The value of a normal form against the value of the node that it stands for."""

from __future__ import annotations

import numpy as np

from symbp.algebra.node import Node, leaves
from symbp.evidence.algebra import Algebra
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.entries import Translator, free_names
from symbp.evidence.evaluate import evaluate
from symbp.evidence.facts import Facts
from symbp.evidence.index_bounds import index_ranges
from symbp.evidence.index_terms import Affine
from symbp.evidence.poly_values import PolynomialValues, nodes_of
from symbp.evidence.polynomials import Budget, GivenUp
from symbp.evidence.real import Floats
from symbp.evidence.samples import sample, size_letters, tiny_sizes


def form_gap(node: Node, work: int = 30_000, known: Facts | None = None) -> float | None:
    """The largest relative difference, at three choices of sizes; None where there is no form.

    Entries where one side has no value (a pole, a root of a negative number) do not count.
    """
    indices, names = free_names(node.rank, node.shape)
    at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
    algebra = Algebra(names, known or Facts(), Budget(work))
    try:
        form = Translator(algebra, (), index_ranges([node])).entry(node, at)
    except GivenUp:
        return None
    random = np.random.default_rng(11)
    accesses = list(dict.fromkeys(nodes_of(form)))
    gaps = []
    for sizes in list(tiny_sizes(size_letters([node]), [node]))[:3]:
        values = {n: sample(n, sizes, random) for n in leaves([node])}
        try:
            wanted, *rest = evaluate([node, *accesses], values, sizes, Floats())
            known = {**values, **dict(zip(accesses, rest, strict=True))}
            with np.errstate(all="ignore"):
                found, scale = PolynomialValues(sizes, known).poly(form, indices)
                gap = np.abs(wanted - found) / (scale + np.abs(wanted) + 1e-300)
        except NotEvaluable:
            continue
        gaps.append(float(np.nanmax(np.where(np.isfinite(gap), gap, 0.0), initial=0.0)))
    return max(gaps) if gaps else None
