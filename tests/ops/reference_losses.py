"""References for losses with a margin and for likelihoods, from the definitions in torch's documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def reduced(values: Any, reduction: str) -> Any:
    choices: dict[str, Callable[..., Any]] = {"mean": np.mean, "sum": np.sum, "none": np.asarray}
    return choices[reduction](values)


def hinge_embedding(x: Any, y: Any, margin: float = 1) -> Any:
    return np.mean([d if t == 1 else max(0.0, margin - d) for d, t in zip(x.ravel(), y.ravel(), strict=True)])


def margin_ranking(a: Any, b: Any, y: Any, margin: float = 0, reduction: str = "mean") -> Any:
    return reduced(np.maximum(0, -y * (a - b) + margin), reduction)


def cosine_embedding(a: Any, b: Any, y: Any, margin: float = 0, reduction: str = "mean") -> Any:
    rows = []
    for u, v, t in zip(a, b, y, strict=True):
        cosine = u @ v / np.sqrt((u @ u + 1e-12) * (v @ v + 1e-12))
        rows.append(1 - cosine if t == 1 else max(0.0, cosine - margin))
    return reduced(np.array(rows), reduction)


def poisson(
    x: Any, t: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"
) -> Any:
    found = np.exp(x) - t * x if log_input else x - t * np.log(x + eps)
    if full:
        stirling = t * np.log(t) - t + 0.5 * np.log(2 * np.pi * t)
        found = found + np.where(t > 1, stirling, 0)
    return reduced(found, reduction)


def gaussian(x: Any, t: Any, v: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> Any:
    w = np.maximum(v, eps)
    return reduced(0.5 * (np.log(w) + (x - t) ** 2 / w) + (0.5 * np.log(2 * np.pi) if full else 0), reduction)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "soft_margin": lambda x, y: np.mean(np.log(1 + np.exp(-y * x))),
    "hinge_embedding_loss": hinge_embedding,
    "margin_ranking_loss": margin_ranking,
    "cosine_embedding_loss": cosine_embedding,
    "poisson_nll_loss": poisson,
    "gaussian_nll_loss": gaussian,
}
