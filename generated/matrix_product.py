"""The product D = W X inside a larger network; the gradient G_D arrives from above.

    D = W X

forward computes the output, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {"W": ("m", "n"), "X": ("n", "b")}
INPUTS = {}


def forward(W, X):
    """Return D and what backward needs."""
    D = W @ X  # D_ij = Σ_k W_ik X_kj
    cache = (W, X)
    return D, cache


def backward(cache, G_D):
    """Return the gradients for the given upstream gradients."""
    W, X = cache
    dW = G_D @ X.T  # dW_ij = Σ_k G_D_ik X_jk
    dX = W.T @ G_D  # dX_ij = Σ_k W_ki G_D_kj
    return {"W": dW, "X": dX}


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
    m, n, b = 3, 4, 5
    arguments = {"W": rng.standard_normal((m, n)), "X": rng.standard_normal((n, b))}
    G_D = rng.standard_normal((m, b))
    _, cache = forward(**arguments)
    gradients = backward(cache, G_D)

    def loss(**moved):
        outputs, _ = forward(**moved)
        return np.sum(outputs * G_D)

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
