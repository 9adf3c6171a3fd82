"""Centred entries, and norms that stay in the range of floats."""

import numpy as np


def centred(x, axis=None):
    """x - mean x over axes, without the mean that rounding leaves in that.

    >>> centred(np.array([1e4, 1e4, 1e4 + 1e-8])).sum()
    np.float64(0.0)
    """
    rest = x - np.mean(x, axis=axis, keepdims=True)
    return rest - np.mean(rest, axis=axis, keepdims=True)


def length(x, axis=None, keepdims=False):
    """√Σx² over axes, where squares may leave the range of floats: scaled by the largest entry.

    >>> length(np.array([3e-30, 4e-30], np.float32))
    np.float32(5e-30)
    """
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    largest = np.where(largest == 0.0, np.ones_like(largest), largest)
    with np.errstate(under="ignore"):
        total = np.sum((x / largest) ** 2, axis=axis, keepdims=True)
    result = largest * np.sqrt(total)
    return result if keepdims else np.squeeze(result, axis=axis)[()]


def p_norm(x, p, axis=None, keepdims=False):
    """(Σ|x|^p)^(1/p) over axes, scaled by the largest entry.

    >>> float(p_norm(np.array([1e-200, 1e-200]), 1.0))
    2e-200
    """
    size = np.abs(x)
    largest = np.max(size, axis=axis, keepdims=True, initial=0.0)
    largest = np.where(largest == 0.0, np.ones_like(largest), largest)
    with np.errstate(under="ignore"):
        total = np.sum((size / largest) ** p, axis=axis, keepdims=True)
    result = largest * total ** (1.0 / p)
    return result if keepdims else np.squeeze(result, axis=axis)[()]


@np.errstate(over="ignore", under="ignore")
def power_less_one(x, p):
    """x^(p - 1) as x^p / x, where x^p is in the range of floats: p - 1 would be rounded.

    >>> power_less_one(np.array([0.0, 2.0]), np.array([3.0, 3.0])).tolist()
    [0.0, 4.0]
    """
    y, limits = x**p, np.finfo(np.result_type(x, p))
    size = np.abs(y)
    fine = (size > limits.tiny / limits.eps) & (size <= limits.max) & (x != 0.0)
    quotient = y / np.where(fine, x, 1.0)
    return np.where(fine, quotient, np.where(fine, 1.0, x) ** (p - 1.0))[()]


def inverse_length(x):
    """1/x, and 0 where x is 0: a length has no slope there, and 0 is taken.

    >>> inverse_length(np.array([0.0, 4.0])).tolist()
    [0.0, 0.25]
    """
    return (x != 0.0) / np.where(x == 0.0, np.ones_like(x), x)
