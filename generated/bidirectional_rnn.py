"""One recurrent net reads the sequence forwards, another backwards; their last states are classified.

    h[t] = tanh(x[t] W + h[t-1] U + b)
    r[t] = tanh(x[t] Wr + r[t+1] Ur + br)
    z = h[T] V + r[1] Vr
    L = cross_entropy(z, y)

It is assumed that y is one-hot (one 1 in each row, else 0).

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "W": ("d", "m"),
    "U": ("m", "m"),
    "b": ("m",),
    "Wr": ("d", "m"),
    "Ur": ("m", "m"),
    "br": ("m",),
    "V": ("m", "k"),
    "Vr": ("m", "k"),
}
INPUTS = {"x": ("T", "n", "d"), "y": ("n", "k")}


def forward(x, y, W, U, b, Wr, Ur, br, V, Vr):
    """Return L and what backward needs."""
    T = x.shape[0]
    n = x.shape[1]
    m = W.shape[1]
    dtype = W.dtype
    h = np.empty((T, n, m), dtype=dtype)
    h_prev = np.zeros((n, m), dtype=dtype)
    for t in range(T):
        h_sum = x[t] @ W + h_prev @ U + b
        h[t] = np.tanh(h_sum)
        h_prev = h[t]
    r = np.empty((T, n, m), dtype=dtype)
    r_next = np.zeros((n, m), dtype=dtype)
    for t in reversed(range(T)):
        r_sum = x[t] @ Wr + r_next @ Ur + br
        r[t] = np.tanh(r_sum)
        r_next = r[t]
    z = h[-1] @ V + r[0] @ Vr
    L_logp, L_p = log_softmax_and_softmax(z)
    L = np.mean(-np.sum(y * L_logp, axis=1))
    cache = (x, y, U, Ur, V, Vr, h, r, L_p)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    x, y, U, Ur, V, Vr, h, r, L_p = cache
    T = x.shape[0]
    n = x.shape[1]
    d = x.shape[2]
    m = U.shape[0]
    dtype = x.dtype
    dz = (dL / n) * (L_p - y)  # rows of y sum to 1
    dh_next = dz @ V.T
    dW = np.zeros((d, m), dtype=dtype)
    dU = np.zeros((m, m), dtype=dtype)
    db = np.zeros((m,), dtype=dtype)
    for t in reversed(range(T)):
        h_before = h[t - 1] if t > 0 else np.zeros_like(h[0])
        dz_h = dh_next * (1.0 - h[t] ** 2)
        dW += x[t].T @ dz_h
        dU += h_before.T @ dz_h
        db += dz_h.sum(axis=0)
        dh_next = dz_h @ U.T
    dr_prev = dz @ Vr.T
    dWr = np.zeros((d, m), dtype=dtype)
    dUr = np.zeros((m, m), dtype=dtype)
    dbr = np.zeros((m,), dtype=dtype)
    for t in range(T):
        r_after = r[t + 1] if t + 1 < len(r) else np.zeros_like(r[0])
        dz_r = dr_prev * (1.0 - r[t] ** 2)
        dWr += x[t].T @ dz_r
        dUr += r_after.T @ dz_r
        dbr += dz_r.sum(axis=0)
        dr_prev = dz_r @ Ur.T
    dV = h[-1].T @ dz
    dVr = r[0].T @ dz
    return {
        "W": dW,
        "U": dU,
        "b": db,
        "Wr": dWr,
        "Ur": dUr,
        "br": dbr,
        "V": dV,
        "Vr": dVr,
    }


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
    T, n, d, k, m = 3, 4, 5, 6, 7
    arguments = {
        "x": rng.standard_normal((T, n, d)),
        "y": np.eye(k)[rng.integers(0, k, (n,))],
        "W": rng.standard_normal((d, m)) / np.sqrt(m),
        "U": rng.standard_normal((m, m)) / np.sqrt(m),
        "b": rng.standard_normal((m,)),
        "Wr": rng.standard_normal((d, m)) / np.sqrt(m),
        "Ur": rng.standard_normal((m, m)) / np.sqrt(m),
        "br": rng.standard_normal((m,)),
        "V": rng.standard_normal((m, k)) / np.sqrt(k),
        "Vr": rng.standard_normal((m, k)) / np.sqrt(k),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
