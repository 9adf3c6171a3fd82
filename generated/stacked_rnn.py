"""Two recurrent layers: the states of the first are the inputs of the second.

    h1[t] = tanh(x[t] W1 + h1[t-1] U1 + b1)
    h2[t] = tanh(h1[t] W2 + h2[t-1] U2 + b2)
    L = cross_entropy(h2[T] V, y)

It is assumed that y is one-hot (one 1 in each row, else 0).

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "W1": ("d", "m"),
    "U1": ("m", "m"),
    "b1": ("m",),
    "W2": ("m", "p"),
    "U2": ("p", "p"),
    "b2": ("p",),
    "V": ("p", "k"),
}
INPUTS = {"x": ("T", "n", "d"), "y": ("n", "k")}


def forward(x, y, W1, U1, b1, W2, U2, b2, V):
    """Return L and what backward needs."""
    T = x.shape[0]
    n = x.shape[1]
    m = W1.shape[1]
    p = W2.shape[1]
    dtype = W1.dtype
    h1 = np.empty((T, n, m), dtype=dtype)
    h2 = np.empty((T, n, p), dtype=dtype)
    h1_prev = np.zeros((n, m), dtype=dtype)
    h2_prev = np.zeros((n, p), dtype=dtype)
    for t in range(T):
        h1_sum = x[t] @ W1 + h1_prev @ U1 + b1
        h1[t] = np.tanh(h1_sum)
        h2_sum = h1[t] @ W2 + h2_prev @ U2 + b2
        h2[t] = np.tanh(h2_sum)
        h1_prev, h2_prev = h1[t], h2[t]
    Z_L = h2[-1] @ V
    L_logp, L_p = log_softmax_and_softmax(Z_L)
    L = np.mean(-np.sum(y * L_logp, axis=1))
    cache = (x, y, U1, W2, U2, V, h2, L_p, h1)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    x, y, U1, W2, U2, V, h2, L_p, h1 = cache
    T = x.shape[0]
    n = x.shape[1]
    d = x.shape[2]
    m = U1.shape[0]
    p = W2.shape[1]
    dtype = x.dtype
    dZ_L = (dL / n) * (L_p - y)  # rows of y sum to 1
    dh1_next = np.zeros((n, m), dtype=dtype)
    dh2_next = dZ_L @ V.T
    dW1 = np.zeros((d, m), dtype=dtype)
    dU1 = np.zeros((m, m), dtype=dtype)
    db1 = np.zeros((m,), dtype=dtype)
    dW2 = np.zeros((m, p), dtype=dtype)
    dU2 = np.zeros((p, p), dtype=dtype)
    db2 = np.zeros((p,), dtype=dtype)
    for t in reversed(range(T)):
        h1_before = h1[t - 1] if t > 0 else np.zeros_like(h1[0])
        h2_before = h2[t - 1] if t > 0 else np.zeros_like(h2[0])
        dz_h2 = dh2_next * (1.0 - h2[t] ** 2)
        dz_h1 = (dh1_next + dz_h2 @ W2.T) * (1.0 - h1[t] ** 2)
        dW1 += x[t].T @ dz_h1
        dU1 += h1_before.T @ dz_h1
        db1 += dz_h1.sum(axis=0)
        dW2 += h1[t].T @ dz_h2
        dU2 += h2_before.T @ dz_h2
        db2 += dz_h2.sum(axis=0)
        dh1_next, dh2_next = dz_h1 @ U1.T, dz_h2 @ U2.T
    dV = h2[-1].T @ dZ_L
    return {"W1": dW1, "U1": dU1, "b1": db1, "W2": dW2, "U2": dU2, "b2": db2, "V": dV}


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
    T, n, d, k, m, p = 3, 4, 5, 6, 7, 8
    arguments = {
        "x": rng.standard_normal((T, n, d)),
        "y": np.eye(k)[rng.integers(0, k, (n,))],
        "W1": rng.standard_normal((d, m)) / np.sqrt(m),
        "U1": rng.standard_normal((m, m)) / np.sqrt(m),
        "b1": rng.standard_normal((m,)),
        "W2": rng.standard_normal((m, p)) / np.sqrt(p),
        "U2": rng.standard_normal((p, p)) / np.sqrt(p),
        "b2": rng.standard_normal((p,)),
        "V": rng.standard_normal((p, k)) / np.sqrt(k),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
