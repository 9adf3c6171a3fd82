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
    """The derivative of the loss by one argument along a direction.

    By a complex step, exact to rounding, or by a central difference.
    """

    def moved(step):
        return loss(**{**arguments, name: arguments[name] + step * change})

    if complex_step:
        return np.imag(moved(1e-30j)) / 1e-30
    return (moved(1e-5) - moved(-1e-5)) / 2e-5


def compare(loss, arguments, gradients, directions, complex_step, tries=4):
    """Print how far each gradient is from slopes along random directions; True if all fit.

    Gradients of what is no argument (of an intermediate) are left out.
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
        scale = np.sqrt(np.sum(np.square(gradient))) + 1e-3
        kind = directions.get(name, "any")
        errors = []
        for _ in range(tries):
            change = random_direction(rng, arguments[name], kind)
            expected = slope(loss, arguments, name, change, complex_step)
            difference = abs(np.sum(gradient * change) - expected)
            errors.append(float(difference / max(abs(expected), scale)))
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
        "U": rng.standard_normal((u, r)),
        "V": rng.standard_normal((i, r)),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
