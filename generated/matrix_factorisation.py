"""Matrix factorisation: the observed entries of R (mask M) as a product of two thin matrices, with an ℓ2 penalty.

    E = M ⊙ (R − U Vᵀ)
    L = ½ ‖E‖² + ½ λ (‖U‖² + ‖V‖²)

It is assumed that M holds 0 and 1 only.

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {"U": ("u", "r"), "V": ("i", "r")}
INPUTS = {"R": ("u", "i"), "M": ("u", "i")}
lambda_ = 0.02


def forward(R, M, U, V):
    """Return L and what backward needs."""
    Z_E = U @ V.T  # Z_E_ij = Σ_k U_ik V_jk
    E = M * (R - Z_E)
    L_prod = 0.5 * lambda_ * ((U**2).sum() + (V**2).sum())
    L = 0.5 * (E**2).sum() + L_prod
    cache = (M, U, V, E)
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    M, U, V, E = cache
    dZ_E = -dL * E * M
    dU = (dL * lambda_) * U + dZ_E @ V  # dU_ij = dL lambda_ U_ij + Σ_k dZ_E_ik V_kj
    dV = (dL * lambda_) * V + dZ_E.T @ U  # dV_ij = dL lambda_ V_ij + Σ_k dZ_E_ki U_kj
    return {"U": dU, "V": dV}


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
    u, i, r = 3, 4, 5
    arguments = {
        "R": rng.standard_normal((u, i)),
        "M": rng.permuted(np.broadcast_to(1.0 - np.arange(i) % 2.0, (u, i)), axis=-1),
        "U": rng.standard_normal((u, r)) / np.sqrt(r),
        "V": rng.standard_normal((i, r)) / np.sqrt(r),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
