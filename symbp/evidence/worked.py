"""A derivation worked with given numbers, in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.algebra.node import Node
from symbp.calculus.derivation import Derivation
from symbp.errors import SymbpError
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.lang.given import Given

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Worked:
    """Numbers by identifier: forward values, adjoints (δ; ∂L/∂q under q), gradients, updated parameters."""

    forward: Mapping[str, Array]
    adjoints: Mapping[str, Array]
    gradients: Mapping[str, Array]
    updated: Mapping[str, Array]


def worked(derivation: Derivation, given: Given) -> Worked:
    """All named values of a derivation.  SymbpError where one cannot be computed."""
    nodes = derivation.forward.nodes
    leaves: dict[Node, Any] = {}
    for name, array in given.arrays.items():
        real = nodes[name].dtype == "real"
        leaves[nodes[name]] = array if real else array.astype(np.int64)
    named = {e.name.ascii: e.node for e in derivation.forward.equations}
    named |= {h.name.ascii: h.node for h in derivation.hidden}
    try:
        values = evaluate(named.values(), leaves, given.sizes, Floats())
        below = leaves | dict(zip(named.values(), values, strict=True))
        adjoints: dict[str, Array] = {}
        for adjoint in derivation.adjoints:
            (value,) = evaluate([adjoint.value], below, given.sizes, Floats())
            below[adjoint.leaf] = adjoints[adjoint.name.ascii] = np.asarray(value)
        between = evaluate([g.value for g in derivation.passing], below, given.sizes, Floats())
        found = evaluate([g.value for g in derivation.results], below, given.sizes, Floats())
    except (NotEvaluable, KeyError, ZeroDivisionError) as error:
        raise SymbpError(
            f"the derivation cannot be worked with these numbers: {error}",
            hint="give other values: --values with smaller numbers, away from 0",
        ) from None
    adjoints |= {g.name.ascii: np.asarray(v) for g, v in zip(derivation.passing, between, strict=True)}
    gradients = {g.name.ascii: np.asarray(v) for g, v in zip(derivation.results, found, strict=True)}
    forward = {k: np.asarray(v) for k, v in [*given.arrays.items(), *zip(named, values, strict=True)]}
    rate = given.rate
    updated = {} if rate is None else {k: forward[k] - rate * g for k, g in gradients.items() if k in forward}
    return Worked(forward, adjoints, gradients, updated)
