"""Softmax regression: cross-entropy averaged over the batch, with an ℓ2 penalty on the weights.

    Z = X W + b
    P = softmax(Z)
    L = −Σ Y ⊙ log P / n + λ‖W‖²

It is assumed that Y has rows that sum to 1.

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {"W": ("d", "k"), "b": ("k",)}
INPUTS = {"X": ("n", "d"), "Y": ("n", "k")}
lambda_ = 0.0001


def forward(X, Y, W, b):
    """Return L and what backward needs."""
    n = X.shape[0]
    Z = X @ W + b  # Z_ij = Σ_k X_ik W_kj + b_j
    L_logp, L_p = log_softmax_and_softmax(Z)
    L = -np.sum(Y * L_logp / n) + lambda_ * (W**2).sum()
    cache = (X, Y, W, L_p)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    X, Y, W, L_p = cache
    n = X.shape[0]
    dZ = (dL / n) * (L_p - Y)  # rows of Y sum to 1
    dW = (2.0 * dL * lambda_) * W + X.T @ dZ
    db = dZ.sum(axis=0)
    return {"W": dW, "b": db}


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
    n, d, k = 3, 4, 5
    arguments = {
        "X": rng.standard_normal((n, d)),
        "Y": rng.dirichlet(np.ones(k), (n,)),
        "W": rng.standard_normal((d, k)) / np.sqrt(k),
        "b": rng.standard_normal((k,)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
