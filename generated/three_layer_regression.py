"""Three linear layers with two sigmoids for regression, samples in rows, and the summed squared error.

    H₁ = σ(X W₁ + b₁)
    H₂ = σ(H₁ W₂ + b₂)
    Ŷ = H₂ W₃ + b₃
    L = Σ (Y − Ŷ)²

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "W1": ("d", "h1"),
    "b1": ("h1",),
    "W2": ("h1", "h2"),
    "b2": ("h2",),
    "W3": ("h2", "k"),
    "b3": ("k",),
}
INPUTS = {"X": ("n", "d"), "Y": ("n", "k")}


def forward(X, Y, W1, b1, W2, b2, W3, b3):
    """Return L and what backward needs."""
    Z1 = X @ W1 + b1  # Z1_ij = Σ_k X_ik W1_kj + b1_j
    H1, H1_slope = sigmoid_and_slope(Z1)
    Z2 = H1 @ W2 + b2  # Z2_ij = Σ_k H1_ik W2_kj + b2_j
    H2, H2_slope = sigmoid_and_slope(Z2)
    Yhat = H2 @ W3 + b3  # Yhat_ij = Σ_k H2_ik W3_kj + b3_j
    L = ((Y - Yhat) ** 2).sum()
    cache = (X, Y, W2, W3, H1, H1_slope, H2, H2_slope, Yhat)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    X, Y, W2, W3, H1, H1_slope, H2, H2_slope, Yhat = cache
    dYhat = (2.0 * dL) * (Yhat - Y)
    dW3 = H2.T @ dYhat  # dW3_ij = Σ_k H2_ki dYhat_kj
    db3 = dYhat.sum(axis=0)
    dZ2 = (dYhat @ W3.T) * H2_slope  # dZ2_ij = (Σ_k dYhat_ik W3_jk) H2_slope_ij
    dW2 = H1.T @ dZ2  # dW2_ij = Σ_k H1_ki dZ2_kj
    db2 = dZ2.sum(axis=0)
    dZ1 = (dZ2 @ W2.T) * H1_slope  # dZ1_ij = (Σ_k dZ2_ik W2_jk) H1_slope_ij
    dW1 = X.T @ dZ1  # dW1_ij = Σ_k X_ki dZ1_kj
    db1 = dZ1.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}


@np.errstate(over="ignore", under="ignore")
def sigmoid_and_slope(x):
    """σ(x) and its slope σ(x) (1 - σ(x)), by one exponential e: 1 - σ(x) is e σ(x)."""
    e = np.exp(-x)
    y = 1.0 / (1.0 + e)
    return y, np.minimum(e, np.finfo(e.dtype).max) * y * y


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
    n, d, k, h1, h2 = 3, 4, 5, 6, 7
    arguments = {
        "X": rng.standard_normal((n, d)),
        "Y": rng.standard_normal((n, k)),
        "W1": rng.standard_normal((d, h1)) / np.sqrt(h1),
        "b1": rng.standard_normal((h1,)),
        "W2": rng.standard_normal((h1, h2)) / np.sqrt(h2),
        "b2": rng.standard_normal((h2,)),
        "W3": rng.standard_normal((h2, k)) / np.sqrt(k),
        "b3": rng.standard_normal((k,)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
