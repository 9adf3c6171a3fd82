"""One-hot rows, masks of extrema, windows, and products of all other entries."""

import numpy as np


def onehot(index, k, dtype):
    """A last axis of k entries, 1 at the index and 0 elsewhere.

    >>> onehot(np.array([1, 0]), 3, np.float32).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return (np.asarray(index)[..., None] == np.arange(k)).astype(dtype)


def first_max(x, axes):
    """The mask of the largest entry over the axes, of equal ones the first.

    >>> first_max(np.array([[1.0, 2.0], [3.0, 3.0]]), (1,)).tolist()
    [[False, True], [True, False]]
    """
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    rows = x.transpose(rest + tuple(axes))
    shape = rows.shape
    rows = rows.reshape((*shape[: len(rest)], np.prod(shape[len(rest) :], dtype=int)))
    mask = np.argmax(rows, axis=-1)[..., None] == np.arange(rows.shape[-1])
    return mask.reshape(shape).transpose(np.argsort(rest + tuple(axes)))


def first_min(x, axes):
    """The mask of the smallest entry over the axes, of equal ones the first.

    >>> first_min(np.array([[1.0, 1.0], [3.0, 2.0]]), (1,)).tolist()
    [[True, False], [False, True]]
    """
    return first_max(-x, axes)


def windows(x, frames):
    """Sliding windows: y[o, w] = x[o·stride + w·dilation], window axes last.

    `frames` holds (axis, width, stride, dilation) for each window.  The result is a view.

    >>> windows(np.arange(5), ((0, 2, 2, 1),)).tolist()
    [[0, 1], [2, 3]]
    """
    shape, strides = list(x.shape), list(x.strides)
    for axis, width, stride, dilation in frames:
        shape[axis] = (x.shape[axis] - (width - 1) * dilation - 1) // stride + 1
        strides[axis] *= stride
    shape += [width for _, width, _, _ in frames]
    strides += [x.strides[axis] * dilation for axis, _, _, dilation in frames]
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def runs(x, widths, dilations):
    """Windows of stride 1 over the last axes with their places in one run: y[…, w, p].

    Place p stands p entries after the first one, so at the end of a row it takes in a few that
    begin in the next row; those belong to no window.  The result is a view; x has no gaps.

    >>> runs(np.arange(6).reshape(2, 3), (1, 2), (1, 1)).tolist()
    [[[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]]
    """
    rest = x.ndim - len(widths)
    steps = x.strides[rest:]
    jumps = tuple(step * d for step, d in zip(steps, dilations, strict=True))
    last = sum((n - 1) * step for n, step in zip(x.shape[rest:], steps, strict=True))
    last -= sum((w - 1) * jump for w, jump in zip(widths, jumps, strict=True))
    shape = (*x.shape[:rest], *widths, last // x.itemsize + 1)
    strides = (*x.strides[:rest], *jumps, x.itemsize)
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def fold(y, frames, shape):
    """The transpose of `windows`: overlapping windows added up into an array of a shape.

    >>> fold(np.ones((2, 2)), ((0, 2, 1, 1),), (3,)).tolist()
    [1.0, 2.0, 1.0]
    """
    result = np.zeros(shape, dtype=y.dtype)
    for place in np.ndindex(*y.shape[len(shape) :]):
        key = [slice(None)] * len(shape)
        for (axis, _, stride, dilation), offset in zip(frames, place, strict=True):
            start = offset * dilation
            key[axis] = slice(start, start + (y.shape[axis] - 1) * stride + 1, stride)
        result[tuple(key)] += y[(Ellipsis, *place)]
    return result


def product_of_others(x, axes):
    """The product of all other entries over the axes; finite where entries are 0.

    >>> product_of_others(np.array([2.0, 0.0, 4.0]), (0,)).tolist()
    [0.0, 8.0, 0.0]
    """
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    rows = x.transpose(rest + tuple(axes))
    shape = rows.shape
    rows = rows.reshape((*shape[: len(rest)], np.prod(shape[len(rest) :], dtype=int)))
    before, after = np.ones_like(rows), np.ones_like(rows)
    before[..., 1:] = np.cumprod(rows[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(rows[..., :0:-1], axis=-1)[..., ::-1]
    return (before * after).reshape(shape).transpose(np.argsort(rest + tuple(axes)))
