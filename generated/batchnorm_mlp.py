"""A multilayer perceptron with batch normalisation between the layers, for classification.

    A = X W₁
    M = mean(A, axis=0)
    V = mean((A − M)², axis=0)
    N = (A − M) / sqrt(V + ε)
    H = relu(γ ⊙ N + β)
    Z = H W₂ + b₂
    L = cross_entropy(Z, Y)

It is assumed that Y has rows that sum to 1.

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "W1": ("d", "h"),
    "gamma": ("h",),
    "beta": ("h",),
    "W2": ("h", "k"),
    "b2": ("k",),
}
INPUTS = {"X": ("n", "d"), "Y": ("n", "k")}
epsilon = 1e-05


def forward(X, Y, W1, gamma, beta, W2, b2):
    """Return L and what backward needs."""
    A = X @ W1  # A_ij = Σ_k X_ik W1_kj
    M = A.mean(axis=0)
    Z_V = A - M
    V = (Z_V**2).mean(axis=0)
    N_sqrt = np.sqrt(V + epsilon)
    N = Z_V / N_sqrt
    Z_H = gamma * N + beta
    H = np.maximum(Z_H, 0.0)
    Z = H @ W2 + b2  # Z_ij = Σ_k H_ik W2_kj + b2_j
    L_logp, L_p = log_softmax_and_softmax(Z)
    L = np.mean(-np.sum(Y * L_logp, axis=1))
    cache = (X, Y, gamma, W2, Z_V, N_sqrt, N, H, L_p)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    X, Y, gamma, W2, Z_V, N_sqrt, N, H, L_p = cache
    n = X.shape[0]
    h = gamma.shape[0]
    dZ = (dL / n) * (L_p - Y)  # rows of Y sum to 1
    dW2 = H.T @ dZ  # dW2_ij = Σ_k H_ki dZ_kj
    db2 = dZ.sum(axis=0)
    dZ_H = (dZ @ W2.T) * (H > 0.0)
    dgamma = np.sum(dZ_H * N, axis=0)
    dbeta = dZ_H.sum(axis=0)
    dN = dZ_H * gamma
    dZ_V_prod = np.sum(dN * (N / N_sqrt), axis=0) * (0.5 / N_sqrt) * Z_V
    dZ_V = dN / N_sqrt - (2.0 / n) * dZ_V_prod
    dW1_diff = dZ_V - np.broadcast_to(dZ_V.sum(axis=0), (n, h)) / n
    dW1 = X.T @ dW1_diff  # dW1_ij = Σ_k X_ki dW1_diff_kj
    return {"W1": dW1, "gamma": dgamma, "beta": dbeta, "W2": dW2, "b2": db2}


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
    n, d, k, h = 3, 4, 5, 6
    arguments = {
        "X": rng.standard_normal((n, d)),
        "Y": rng.dirichlet(np.ones(k), (n,)),
        "W1": rng.standard_normal((d, h)) / np.sqrt(h),
        "gamma": rng.standard_normal((h,)),
        "beta": rng.standard_normal((h,)),
        "W2": rng.standard_normal((h, k)) / np.sqrt(k),
        "b2": rng.standard_normal((k,)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
