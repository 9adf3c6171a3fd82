"""A small convolutional network for images: convolution, relu, pooling, and a linear layer on what is left, with cross-entropy.

    C = relu(conv2d(X, K, a))
    P = max_pool2d(C, 2)
    Z = reshape(P, (n, -1)) @ W + b
    L = cross_entropy(Z, y)

It is assumed that y holds integers from 0 below 10.

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "K": ("c", "1", "5", "5"),
    "a": ("c",),
    "W": ("144*c", "10"),
    "b": ("10",),
}
INPUTS = {"X": ("n", "1", "28", "28"), "y": ("n",)}


def forward(X, y, K, a, W, b):
    """Return L and what backward needs."""
    n = X.shape[0]
    c = K.shape[0]
    Z_C_windows = windows(X, ((2, 5, 1, 1), (3, 5, 1, 1)))
    Z_C_prod = np.tensordot(Z_C_windows, K, axes=((1, 4, 5), (1, 2, 3)))
    Z_C = Z_C_prod.transpose(0, 3, 1, 2) + a.reshape(c, 1, 1)
    C = np.maximum(Z_C, 0.0)
    P_windows = windows(C, ((2, 2, 2, 1), (3, 2, 2, 1)))
    P = P_windows.max(axis=(4, 5))
    Z = P.reshape(n, 144 * c) @ W + b
    L_logp, L_p = log_softmax_and_softmax(Z)
    L = np.mean(-L_logp[np.arange(n), y])
    cache = (y, W, Z_C_windows, C, P_windows, P, L_p)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    y, W, Z_C_windows, C, P_windows, P, L_p = cache
    n = y.shape[0]
    c = C.shape[1]
    dtype = W.dtype
    dZ = (dL / n) * balanced(L_p - onehot(y, 10, dtype), L_p)
    dW = P.reshape(n, 144 * c).T @ dZ
    db = dZ.sum(axis=0)
    dZ_C_part = (dZ @ W.T).reshape(n, c, 12, 12)[:, :, :, :, None, None]
    dZ_C_prod = dZ_C_part * first_max(P_windows, (4, 5))
    dZ_C = fold(dZ_C_prod, ((2, 2, 2, 1), (3, 2, 2, 1)), (n, c, 24, 24)) * (C > 0.0)
    dK = np.tensordot(dZ_C, Z_C_windows, axes=((0, 2, 3), (0, 2, 3)))
    da = dZ_C.sum(axis=(0, 2, 3))
    return {"K": dK, "a": da, "W": dW, "b": db}


def log_softmax_and_softmax(x, axis=-1):
    """Both at once, for one exponential."""
    shifted, e, others = exponentials_by_largest(x, axis)
    with np.errstate(under="ignore"):
        return shifted - np.log1p(others), e / (1.0 + others)


def exponentials_by_largest(x, axis):
    """x - max x over axes, e^ of it, and the sum of all of these but one of the largest, which are 1."""
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
    """
    most = shares > 0.5
    others = np.sum(x, axis=axis, keepdims=True, where=~most)
    return np.where(most, -others, x)


def onehot(index, k, dtype):
    """A last axis of k entries, 1 at the index and 0 elsewhere."""
    return (np.asarray(index)[..., None] == np.arange(k)).astype(dtype)


def first_max(x, axes):
    """The mask of the largest entry over the axes, of equal ones the first."""
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    rows = x.transpose(rest + tuple(axes))
    shape = rows.shape
    rows = rows.reshape((*shape[: len(rest)], np.prod(shape[len(rest) :], dtype=int)))
    mask = np.argmax(rows, axis=-1)[..., None] == np.arange(rows.shape[-1])
    return mask.reshape(shape).transpose(np.argsort(rest + tuple(axes)))


def windows(x, frames):
    """Sliding windows: y[o, w] = x[o·stride + w·dilation], window axes last.

    `frames` holds (axis, width, stride, dilation) for each window.  The result is a view.
    """
    shape, strides = list(x.shape), list(x.strides)
    for axis, width, stride, dilation in frames:
        shape[axis] = (x.shape[axis] - (width - 1) * dilation - 1) // stride + 1
        strides[axis] *= stride
    shape += [width for _, width, _, _ in frames]
    strides += [x.strides[axis] * dilation for axis, _, _, dilation in frames]
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def fold(y, frames, shape):
    """The transpose of `windows`: overlapping windows added up into an array of a shape."""
    result = np.zeros(shape, dtype=y.dtype)
    for place in np.ndindex(*y.shape[len(shape) :]):
        key = [slice(None)] * len(shape)
        for (axis, _, stride, dilation), offset in zip(frames, place, strict=True):
            start = offset * dilation
            key[axis] = slice(start, start + (y.shape[axis] - 1) * stride + 1, stride)
        result[tuple(key)] += y[(Ellipsis, *place)]
    return result


def random_direction(rng, x, kind):
    """A random change of x that keeps it symmetric, or keeps its row sums, if it is to."""
    change = rng.standard_normal(np.shape(x))
    if kind == "symmetric":
        return change + np.swapaxes(change, -1, -2)
    if kind == "rows":
        return change - np.mean(change, axis=-1, keepdims=True)
    return change


def slope(loss, arguments, name, change, complex_step):
    """The derivative of the loss by one argument along a direction, and how far it may be off.

    By a complex step, exact to rounding, or by central differences, the best of several steps:
    large ones see curvature and kinks, small ones see rounding.
    """

    def moved(step):
        return loss(**{**arguments, name: arguments[name] + step * change})

    if complex_step:
        value = moved(1e-30j)
        return np.imag(value) / 1e-30 if np.isfinite(np.real(value)) else np.nan, 0.0
    best, doubt = np.nan, np.inf
    last = (moved(2e-5) - moved(-2e-5)) / 4e-5
    for step in (1e-5, 1e-6, 1e-7):
        value = (moved(step) - moved(-step)) / (2 * step)
        if abs(value - last) < doubt:
            best, doubt = value, abs(value - last)
        if doubt <= 1e-7 * abs(best):
            break
        last = value
    return best, doubt


def compare(loss, arguments, gradients, directions, complex_step, tries=4):
    """Print how far each gradient is from slopes along random directions; True if all fit.

    Gradients of what is no argument (of an intermediate) are left out.  Slopes that depend on the
    step by which they are taken tell nothing.
    """
    rng = np.random.default_rng(1)
    tolerance = 1e-10 if complex_step else 1e-6
    width = max(8, *map(len, gradients), 0)
    print(f"{'gradient':{width}}  relative error", end=" ")
    print("(complex step)" if complex_step else "(central differences)")
    right = True
    for name, gradient in gradients.items():
        if name not in arguments:
            continue
        least = np.sqrt(np.sum(np.square(gradient))) + 1e-3
        kind = directions.get(name, "any")
        errors = []
        for _ in range(tries):
            change = random_direction(rng, arguments[name], kind)
            expected, doubt = slope(loss, arguments, name, change, complex_step)
            scale = max(abs(expected), least)
            if not tolerance * scale < 2 * doubt:
                errors.append(abs(np.sum(gradient * change) - expected) / scale)
        if not errors:
            print(f"{name:{width}}  unknown, the differences do not settle")
            continue
        error = np.max(errors)
        right = right and bool(error <= tolerance)
        print(f"{name:{width}}  {error:.1e}{'' if error <= tolerance else '  WRONG'}")
    return right


def check():
    """Compare backward with the slopes of forward at random arrays; True if they agree."""
    rng = np.random.default_rng(0)
    n, c = 3, 4
    arguments = {
        "X": rng.standard_normal((n, 1, 28, 28)),
        "y": rng.integers(0, 10, (n,)),
        "K": rng.standard_normal((c, 1, 5, 5)) / np.sqrt(25),
        "a": rng.standard_normal((c,)),
        "W": rng.standard_normal((144 * c, 10)) / np.sqrt(144 * c),
        "b": rng.standard_normal((10,)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
