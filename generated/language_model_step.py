"""One step of a language model: the embeddings of three previous words side by side, one hidden layer, and the probabilities of the next word.

    X = reshape(E[w], (n, -1))
    H = tanh(X W + b)
    Z = H U + c
    L = cross_entropy(Z, y)

It is assumed that w holds integers from 0 below v.
It is assumed that y holds integers from 0 below v.

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "E": ("v", "e"),
    "W": ("3*e", "h"),
    "b": ("h",),
    "U": ("h", "v"),
    "c": ("v",),
}
INPUTS = {"w": ("n", "3"), "y": ("n",)}


def forward(w, y, E, W, b, U, c):
    """Return L and what backward needs."""
    n = w.shape[0]
    e = E.shape[1]
    X_rows = E[w]
    X = X_rows.reshape(n, 3 * e)
    Z_H = X @ W + b  # Z_H_ij = Σ_k X_ik W_kj + b_j
    H, H_slope = tanh_and_slope(Z_H)
    Z = H @ U + c  # Z_ij = Σ_k H_ik U_kj + c_j
    L_logp, L_p = log_softmax_and_softmax(Z)
    L = np.mean(-L_logp[np.arange(n), y])
    cache = (w, y, W, U, X_rows, H, H_slope, L_p)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    w, y, W, U, X_rows, H, H_slope, L_p = cache
    n = w.shape[0]
    v = U.shape[1]
    e = X_rows.shape[2]
    dtype = W.dtype
    dZ = (dL / n) * balanced(L_p - onehot(y, v, dtype), L_p)
    dU = H.T @ dZ  # dU_ij = Σ_k H_ki dZ_kj
    dc = dZ.sum(axis=0)
    dZ_H = (dZ @ U.T) * H_slope  # dZ_H_ij = (Σ_k dZ_ik U_jk) H_slope_ij
    dE = np.zeros((v, e), dtype=dtype)
    np.add.at(dE, w, (dZ_H @ W.T).reshape(n, 3, e))
    dW = X_rows.reshape(n, 3 * e).T @ dZ_H
    db = dZ_H.sum(axis=0)
    return {"E": dE, "W": dW, "b": db, "U": dU, "c": dc}


def tanh_and_slope(x):
    """tanh x and its slope 1 - tanh² x."""
    return np.tanh(x), sech_squared(x)


@np.errstate(over="ignore", under="ignore")
def sech_squared(x):
    """1 / cosh² x = 1 - tanh² x, the slope of tanh, also where tanh x rounds to 1."""
    return (1.0 / np.cosh(x)) ** 2


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
    n, v, e, h = 3, 4, 5, 6
    arguments = {
        "w": rng.integers(0, v, (n, 3)),
        "y": rng.integers(0, v, (n,)),
        "E": rng.standard_normal((v, e)) / np.sqrt(e),
        "W": rng.standard_normal((3 * e, h)) / np.sqrt(3 * e),
        "b": rng.standard_normal((h,)),
        "U": rng.standard_normal((h, v)) / np.sqrt(v),
        "c": rng.standard_normal((v,)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
