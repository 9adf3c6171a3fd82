"""Long short-term memory over a sequence of any length T; the last state is classified.

    i[t] = σ(x[t] W_i + h[t-1] U_i + b_i)
    f[t] = σ(x[t] W_f + h[t-1] U_f + b_f)
    o[t] = σ(x[t] W_o + h[t-1] U_o + b_o)
    g[t] = tanh(x[t] W_g + h[t-1] U_g + b_g)
    c[t] = f[t] ⊙ c[t-1] + i[t] ⊙ g[t]
    h[t] = o[t] ⊙ tanh(c[t])
    z = h[T] V + a
    L = cross_entropy(z, y)

It is assumed that y is one-hot (one 1 in each row, else 0).

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "W_i": ("d", "m"),
    "U_i": ("m", "m"),
    "b_i": ("m",),
    "W_f": ("d", "m"),
    "U_f": ("m", "m"),
    "b_f": ("m",),
    "W_o": ("d", "m"),
    "U_o": ("m", "m"),
    "b_o": ("m",),
    "W_g": ("d", "m"),
    "U_g": ("m", "m"),
    "b_g": ("m",),
    "V": ("m", "k"),
    "a": ("k",),
}
INPUTS = {"x": ("T", "n", "d"), "y": ("n", "k")}


def forward(x, y, W_i, U_i, b_i, W_f, U_f, b_f, W_o, U_o, b_o, W_g, U_g, b_g, V, a):
    """Return L and what backward needs."""
    T = x.shape[0]
    n = x.shape[1]
    m = W_i.shape[1]
    dtype = W_i.dtype
    i = np.empty((T, n, m), dtype=dtype)
    f = np.empty((T, n, m), dtype=dtype)
    o = np.empty((T, n, m), dtype=dtype)
    g = np.empty((T, n, m), dtype=dtype)
    c = np.empty((T, n, m), dtype=dtype)
    h = np.empty((T, n, m), dtype=dtype)
    c_prev = np.zeros((n, m), dtype=dtype)
    h_prev = np.zeros((n, m), dtype=dtype)
    for t in range(T):
        i_sum = x[t] @ W_i + h_prev @ U_i + b_i
        i[t] = sigmoid(i_sum)
        f_sum = x[t] @ W_f + h_prev @ U_f + b_f
        f[t] = sigmoid(f_sum)
        o_sum = x[t] @ W_o + h_prev @ U_o + b_o
        o[t] = sigmoid(o_sum)
        g_sum = x[t] @ W_g + h_prev @ U_g + b_g
        g[t] = np.tanh(g_sum)
        c[t] = f[t] * c_prev + i[t] * g[t]
        h[t] = o[t] * np.tanh(c[t])
        c_prev, h_prev = c[t], h[t]
    z = h[-1] @ V + a
    L_logp, L_p = log_softmax_and_softmax(z)
    L = np.mean(-np.sum(y * L_logp, axis=1))
    cache = (x, y, U_i, U_f, U_o, U_g, V, h, L_p, c, i, f, o, g)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    x, y, U_i, U_f, U_o, U_g, V, h, L_p, c, i, f, o, g = cache
    T = x.shape[0]
    n = x.shape[1]
    d = x.shape[2]
    m = U_i.shape[0]
    dtype = x.dtype
    dz = (dL / n) * (L_p - y)  # rows of y sum to 1
    dc_next = np.zeros((n, m), dtype=dtype)
    dh_next = dz @ V.T
    dW_i = np.zeros((d, m), dtype=dtype)
    dU_i = np.zeros((m, m), dtype=dtype)
    db_i = np.zeros((m,), dtype=dtype)
    dW_f = np.zeros((d, m), dtype=dtype)
    dU_f = np.zeros((m, m), dtype=dtype)
    db_f = np.zeros((m,), dtype=dtype)
    dW_o = np.zeros((d, m), dtype=dtype)
    dU_o = np.zeros((m, m), dtype=dtype)
    db_o = np.zeros((m,), dtype=dtype)
    dW_g = np.zeros((d, m), dtype=dtype)
    dU_g = np.zeros((m, m), dtype=dtype)
    db_g = np.zeros((m,), dtype=dtype)
    for t in reversed(range(T)):
        c_before = c[t - 1] if t > 0 else np.zeros_like(c[0])
        h_before = h[t - 1] if t > 0 else np.zeros_like(h[0])
        dc_tanh = np.tanh(c[t])
        dz_o = dh_next * dc_tanh * o[t] * (1.0 - o[t])
        dc = dc_next + dh_next * o[t] * (1.0 - dc_tanh**2)
        dz_g = dc * i[t] * (1.0 - g[t] ** 2)
        dz_i = dc * g[t] * i[t] * (1.0 - i[t])
        dz_f = dc * c_before * f[t] * (1.0 - f[t])
        step_sum = dz_o @ U_o.T + dz_g @ U_g.T
        dW_i += x[t].T @ dz_i
        dU_i += h_before.T @ dz_i
        db_i += dz_i.sum(axis=0)
        dW_f += x[t].T @ dz_f
        dU_f += h_before.T @ dz_f
        db_f += dz_f.sum(axis=0)
        dW_o += x[t].T @ dz_o
        dU_o += h_before.T @ dz_o
        db_o += dz_o.sum(axis=0)
        dW_g += x[t].T @ dz_g
        dU_g += h_before.T @ dz_g
        db_g += dz_g.sum(axis=0)
        dc_next, dh_next = dc * f[t], step_sum + dz_i @ U_i.T + dz_f @ U_f.T
    dV = h[-1].T @ dz
    da = dz.sum(axis=0)
    return {
        "W_i": dW_i,
        "U_i": dU_i,
        "b_i": db_i,
        "W_f": dW_f,
        "U_f": dU_f,
        "b_f": db_f,
        "W_o": dW_o,
        "U_o": dU_o,
        "b_o": db_o,
        "W_g": dW_g,
        "U_g": dU_g,
        "b_g": db_g,
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
    T, n, d, k, m = 3, 4, 5, 6, 7
    arguments = {
        "x": rng.standard_normal((T, n, d)),
        "y": np.eye(k)[rng.integers(0, k, (n,))],
        "W_i": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_i": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_i": rng.standard_normal((m,)),
        "W_f": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_f": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_f": rng.standard_normal((m,)),
        "W_o": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_o": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_o": rng.standard_normal((m,)),
        "W_g": rng.standard_normal((d, m)) / np.sqrt(m),
        "U_g": rng.standard_normal((m, m)) / np.sqrt(m),
        "b_g": rng.standard_normal((m,)),
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
