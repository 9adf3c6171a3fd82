"""Gated recurrent unit (Cho and others 2014) over a sequence of any length T; the last state is classified.

    z[t] = σ(x[t] W_z + h[t-1] U_z + b_z)
    r[t] = σ(x[t] W_r + h[t-1] U_r + b_r)
    c[t] = tanh(x[t] W_c + (r[t] ⊙ h[t-1]) U_c + b_c)
    h[t] = (1 - z[t]) ⊙ h[t-1] + z[t] ⊙ c[t]
    s = h[T] V + a
    L = cross_entropy(s, y)

It is assumed that y is one-hot (one 1 in each row, else 0).

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "W_z": ("d", "m"),
    "U_z": ("m", "m"),
    "b_z": ("m",),
    "W_r": ("d", "m"),
    "U_r": ("m", "m"),
    "b_r": ("m",),
    "W_c": ("d", "m"),
    "U_c": ("m", "m"),
    "b_c": ("m",),
    "V": ("m", "k"),
    "a": ("k",),
}
INPUTS = {"x": ("T", "n", "d"), "h0": ("n", "m"), "y": ("n", "k")}


def forward(x, h0, y, W_z, U_z, b_z, W_r, U_r, b_r, W_c, U_c, b_c, V, a):
    """Return L and what backward needs."""
    T = x.shape[0]
    n = x.shape[1]
    m = W_z.shape[1]
    dtype = W_z.dtype
    z = np.empty((T, n, m), dtype=dtype)
    r = np.empty((T, n, m), dtype=dtype)
    c = np.empty((T, n, m), dtype=dtype)
    h = np.empty((T, n, m), dtype=dtype)
    h_prev = h0
    for t in range(T):
        z_sum = x[t] @ W_z + h_prev @ U_z + b_z
        z[t] = sigmoid(z_sum)
        r_sum = x[t] @ W_r + h_prev @ U_r + b_r
        r[t] = sigmoid(r_sum)
        c_sum = x[t] @ W_c + (r[t] * h_prev) @ U_c + b_c
        c[t] = np.tanh(c_sum)
        h[t] = (1.0 - z[t]) * h_prev + z[t] * c[t]
        h_prev = h[t]
    s = h[-1] @ V + a
    L_logp, L_p = log_softmax_and_softmax(s)
    L = np.mean(-np.sum(y * L_logp, axis=1))
    cache = (x, h0, y, U_z, U_r, U_c, V, h, L_p, z, r, c)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    x, h0, y, U_z, U_r, U_c, V, h, L_p, z, r, c = cache
    T = x.shape[0]
    n = x.shape[1]
    d = x.shape[2]
    m = h0.shape[1]
    dtype = x.dtype
    ds = (dL / n) * (L_p - y)  # rows of y sum to 1
    dh_next = ds @ V.T
    dW_z = np.zeros((d, m), dtype=dtype)
    dU_z = np.zeros((m, m), dtype=dtype)
    db_z = np.zeros((m,), dtype=dtype)
    dW_r = np.zeros((d, m), dtype=dtype)
    dU_r = np.zeros((m, m), dtype=dtype)
    db_r = np.zeros((m,), dtype=dtype)
    dW_c = np.zeros((d, m), dtype=dtype)
    dU_c = np.zeros((m, m), dtype=dtype)
    db_c = np.zeros((m,), dtype=dtype)
    for t in reversed(range(T)):
        h_before = h[t - 1] if t > 0 else h0
        dz_c = dh_next * z[t] * (1.0 - c[t] ** 2)
        dz_c_2 = dz_c @ U_c.T
        dz_r = dz_c_2 * h_before * r[t] * (1.0 - r[t])
        dz_z_diff = 1.0 - z[t]
        dz_z = (dh_next * c[t] - dh_next * h_before) * z[t] * dz_z_diff
        step_sum = dz_c_2 * r[t] + dz_r @ U_r.T + dh_next * dz_z_diff
        dW_z += x[t].T @ dz_z
        dU_z += h_before.T @ dz_z
        db_z += dz_z.sum(axis=0)
        dW_r += x[t].T @ dz_r
        dU_r += h_before.T @ dz_r
        db_r += dz_r.sum(axis=0)
        dW_c += x[t].T @ dz_c
        dU_c += (r[t] * h_before).T @ dz_c
        db_c += dz_c.sum(axis=0)
        dh_next = step_sum + dz_z @ U_z.T
    dV = h[-1].T @ ds
    da = ds.sum(axis=0)
    return {
        "W_z": dW_z,
        "U_z": dU_z,
        "b_z": db_z,
        "W_r": dW_r,
        "U_r": dU_r,
        "b_r": db_r,
        "W_c": dW_c,
        "U_c": dU_c,
        "b_c": db_c,
        "V": dV,
        "a": da,
    }


@np.errstate(over="ignore", under="ignore")
def sigmoid(x):
    """1 / (1 + e^-x); where e^-x overflows the result is 0, as it should be."""
    return 1.0 / (1.0 + np.exp(-x))


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
    T, n, d, m, k = 3, 4, 5, 6, 7
    arguments = {
        "x": rng.standard_normal((T, n, d)),
        "h0": rng.standard_normal((n, m)),
        "y": np.eye(k)[rng.integers(0, k, (n,))],
        "W_z": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_z": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_z": rng.standard_normal((m,)),
        "W_r": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_r": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_r": rng.standard_normal((m,)),
        "W_c": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_c": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_c": rng.standard_normal((m,)),
        "V": rng.standard_normal((m, k)) / np.sqrt(k),
        "a": rng.standard_normal((k,)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
