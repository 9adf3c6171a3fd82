"""Plain NumPy as the judge of what a text means.  For our own texts only: they are executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symbp.algebra.node import facts
from symbp.lang.program import Program

Array = np.ndarray[Any, Any]


def _softmax(z: Array, axis: int = -1) -> Array:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def _logsumexp(z: Array, axis: Any = None, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(z), axis=axis, keepdims=keepdims))


def names() -> dict[str, Any]:
    """What the language has beside NumPy, and NumPy's functions without `np.`."""
    found = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    found |= {name: getattr(np.linalg, name) for name in ("inv", "det", "solve", "norm")}
    found |= {
        "np": np,
        "range": range,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "softmax": _softmax,
        "log_softmax": lambda z, axis=-1: np.log(_softmax(z, axis)),
        "logsumexp": _logsumexp,
        "logdet": lambda a: np.linalg.slogdet(a)[1],
        "onehot": lambda i, k: np.eye(k)[i],
        "sliding_window_view": np.lib.stride_tricks.sliding_window_view,
        "add_at": np.add.at,
    }
    return found


def execute(text: str, given: Mapping[str, Any], bare: bool = True) -> dict[str, Any]:
    """The names of a text with their values after it has run on copies of the given arrays."""
    scope: dict[str, Any] = names() if bare else {"np": np}
    for name, value in given.items():
        scope[name] = value.copy() if isinstance(value, np.ndarray) else value
    exec(compile(text, "<corpus>", "exec"), scope)  # noqa: S102 - texts of this repository only
    return scope


def draw(program: Program, sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
    """Values for all variables of a model that have the facts which are assumed of them."""
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {}
    for variable in program.variables:
        shape = tuple(s.value(sizes) for s in variable.shape)
        name = variable.name.ascii
        if variable.role == "const":
            values[name] = float(program.constants[name])
        else:
            values[name] = drawn(rng, shape, facts(variable.node), sizes)
    return values


def drawn(
    rng: np.random.Generator, shape: tuple[int, ...], known: tuple[str, ...], sizes: Mapping[str, int]
) -> Any:
    words = {word.split()[0]: word.split()[1:] for word in known}
    if "index" in words:
        bound = words["index"][0]
        return rng.integers(0, int(bound) if bound.isdigit() else sizes[bound], shape)
    if "onehot" in words:
        return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    if words.keys() & {"mask", "binary"}:
        return rng.integers(0, 2, shape).astype(float)
    if "pm1" in words:
        return rng.choice([-1.0, 1.0], shape)
    if words.keys() & {"positive", "unit", "small"}:
        return rng.uniform(0.1, 0.9, shape)
    x = rng.standard_normal(shape)
    if "symmetric" in words:
        return x + np.swapaxes(x, -1, -2)
    if "spd" in words:
        return x @ np.swapaxes(x, -1, -2) + shape[-1] * np.eye(shape[-1])
    if words.keys() & {"wellcond", "invertible"}:
        return x + shape[-1] * np.eye(shape[-1])
    if "unitnorm" in words:
        return x / np.linalg.norm(x, axis=-1, keepdims=True)
    if "prob" in words:
        return _softmax(x)
    return np.tril(np.ones(shape)) if "causal" in words else x
