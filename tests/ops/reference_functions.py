"""References for functions that NumPy has not, from their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

erf = np.vectorize(math.erf, otypes=[float])


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(x: Any, axis: int = -1) -> Any:
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


def elu(x: Any, alpha: float = 1) -> Any:
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + erf(x / math.sqrt(2)))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "vec": lambda x: np.ravel(x, order="F"),
    "sigmoid": sigmoid,
    "softmax": softmax,
    "log_softmax": lambda x, axis=-1: np.log(softmax(x, axis)),
    "logsumexp": logsumexp,
    "erf": erf,
    "erfc": np.vectorize(math.erfc, otypes=[float]),
    "log_sigmoid": lambda x: np.log(sigmoid(x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "gelu": gelu,
    "gelu_exact": gelu,
    "gelu_tanh": lambda x: gelu(x, "tanh"),
    "leaky_relu": lambda x, slope=0.01: np.where(x > 0, x, slope * x),
    "prelu": lambda x, weight: np.where(x > 0, x, weight * x),
    "elu": elu,
    "squared_norm": lambda x: np.sum(x * x),
    "logdet": lambda x: np.linalg.slogdet(x)[1],
    "onehot": lambda i, k: np.eye(k)[i],
    "expand_dims": np.expand_dims,
    "stop_gradient": lambda x: x,
    "astype": lambda x, dtype: np.asarray(x).astype(dtype),
    "float": lambda x: x,
    "int": lambda x: np.trunc(x),
    "item": lambda x, index=0: np.ravel(x)[index],
    "len": len,
    "softmin": lambda x, axis=-1: softmax(-x, axis),
    "tanhshrink": lambda x: x - np.tanh(x),
    "celu": lambda x, alpha=1: np.where(x > 0, x, alpha * (np.exp(x / alpha) - 1)),
    "softshrink": lambda x, lambd=0.5: np.sign(x) * np.maximum(np.abs(x) - lambd, 0),
    "hardshrink": lambda x, lambd=0.5: np.where(np.abs(x) > lambd, x, 0),
    "threshold": lambda x, threshold, value: np.where(x > threshold, x, value),
    "glu": lambda x, dim=-1: np.split(x, 2, dim)[0] * sigmoid(np.split(x, 2, dim)[1]),
    "identity": lambda x: x,
    "sliding_window_view": np.lib.stride_tricks.sliding_window_view,
}
