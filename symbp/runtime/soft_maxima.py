"""Softmax, its logarithm, and logarithms of sums of exponentials, shifted by the largest entry."""

import numpy as np


def softmax(x, axis=-1):
    """e^x / Σ e^x along an axis, shifted by the largest entry.

    >>> softmax(np.array([1e4, 1e4])).tolist()
    [0.5, 0.5]
    """
    with np.errstate(under="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def masked_softmax(x, mask, axis=-1):
    """softmax over the entries where the mask is not 0; the others are 0.

    >>> masked_softmax(np.array([0.0, 0.0, 1e4]), np.array([1, 1, 0])).tolist()
    [0.5, 0.5, 0.0]
    """
    kept = np.where(mask, x, -np.inf)
    with np.errstate(under="ignore"):
        e = np.exp(kept - np.max(kept, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    """x - log Σ e^x along an axis, shifted by the largest entry.

    >>> log_softmax(np.array([0.0, -40.0]))
    array([-4.24835426e-18, -4.00000000e+01])
    """
    shifted, _, others = exponentials_by_largest(x, axis)
    return shifted - np.log1p(others)


def log_softmax_and_softmax(x, axis=-1):
    """Both at once, for one exponential.

    >>> log_softmax_and_softmax(np.array([0.0, -1e4]))
    (array([     0., -10000.]), array([1., 0.]))
    """
    shifted, e, others = exponentials_by_largest(x, axis)
    with np.errstate(under="ignore"):
        return shifted - np.log1p(others), e / (1.0 + others)


def logsumexp(x, axis=None, keepdims=False):
    """log Σ e^x over axes, shifted by the largest entry.

    >>> float(logsumexp(np.array([1e4, 1e4 - 800.0])))
    10000.0
    """
    _, _, others = exponentials_by_largest(x, axis)
    result = np.max(x, axis=axis, keepdims=True) + np.log1p(others)
    return result if keepdims else np.squeeze(result, axis=axis)


def exponentials_by_largest(x, axis):
    """x - max x over axes, e^ of it, and the sum of all of these but one of the largest, which are 1.

    >>> exponentials_by_largest(np.array([2.0, 2.0, 2.0]), 0)
    (array([0., 0., 0.]), array([1., 1., 1.]), array([2.]))
    """
    shifted = x - np.max(x, axis=axis, keepdims=True)
    is_largest = shifted == 0.0
    with np.errstate(under="ignore"):
        e = np.exp(shifted)
        others = np.sum(e, axis=axis, keepdims=True, where=~is_largest)
        ones = np.sum(is_largest, axis=axis, keepdims=True, dtype=e.dtype)
    return shifted, e, others + (ones - 1.0)


def balanced(x, shares, axis=-1):
    """x, whose entries add up to 0 along an axis: where the share is above 1/2, from the others.

    There an entry such as p - 1 is a small difference, while the sum of the others loses nothing.

    >>> p = np.array([1e-30, 1.0])
    >>> balanced(p - np.array([0.0, 1.0]), p).tolist()
    [1e-30, -1e-30]
    """
    most = shares > 0.5
    others = np.sum(x, axis=axis, keepdims=True, where=~most)
    return np.where(most, -others, x)


def balance(x, most):
    """`balanced` in place, for rows of x and the mask of shares above 1/2.

    >>> x = np.array([[1.0, 5.0], [1.0, 2.0]])
    >>> balance(x, np.array([[False, True], [False, False]]))
    >>> x.tolist()
    [[1.0, -1.0], [1.0, 2.0]]
    """
    flat, at = x.reshape(-1), np.flatnonzero(most)
    flat[at] = 0.0
    flat[at] = -x[at // x.shape[1]].sum(axis=1)
