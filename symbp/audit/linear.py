"""Linear models written as functions of their unknowns: cost(theta, X, y), cost(A, x, b)."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.audit.names import COEFFICIENTS, TARGET
from symbp.audit.shapes import Layout


def unknowns(names: Sequence[str]) -> set[str]:
    """The arguments that are the vector of unknowns; none where this is no such function.

    >>> unknowns(["theta", "X", "y"]), unknowns(["A", "x", "b"]), unknowns(["x", "dout"])
    ({'theta'}, {'x'}, set())
    """
    if {"A", "x", "b"} <= set(names):
        return {"x"}
    if "K" in names:
        return {n for n in names if COEFFICIENTS.match(n) or n in ("alpha", "a", "c")}
    return {n for n in names if COEFFICIENTS.match(n)}


def linear_shape(name: str, names: Sequence[str], layout: Layout) -> str | None:
    """The shape of an argument of a linear model; None for settings."""
    if name == "K":
        return "n, n"
    if name in unknowns(names):
        return layout.target if "K" in names else layout.vector
    if TARGET.match(name) or (name == "b" and "A" in names):
        return layout.target
    if name.lower() in ("wts", "sample_weight", "sample_weights"):
        return layout.target
    return (
        layout.x
        if name[:1].isupper() or name.lower() in ("x", "tx", "phi", "z", "features", "data")
        else None
    )
