"""A cascade of four sigmoid layers on a single sample, in column convention.

    u₀ = concatenate([x, ones(1)])
    h₁ = σ(θ₁ u₀)
    u₁ = concatenate([h₁, ones(1)])
    h₂ = σ(θ₂ u₁)
    u₂ = concatenate([h₂, ones(1)])
    h₃ = σ(θ₃ u₂)
    u₃ = concatenate([h₃, ones(1)])
    h₄ = σ(θ₄ u₃)
    L = Σ (y − h₄)²

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "theta1": ("d1", "d0 + 1"),
    "theta2": ("d2", "d1 + 1"),
    "theta3": ("d3", "d2 + 1"),
    "theta4": ("d4", "d3 + 1"),
}
INPUTS = {"x": ("d0",), "y": ("d4",)}


def forward(x, y, theta1, theta2, theta3, theta4):
    """Return L and what backward needs."""
    dtype = theta1.dtype
    u3_sum = np.ones((1,), dtype=dtype)
    u0 = np.concatenate((x, u3_sum))
    h1, h1_slope = sigmoid_and_slope(theta1 @ u0)  # h1_i = sigmoid(Σ_j theta1_ij u0_j)
    u1 = np.concatenate((h1, u3_sum))
    z2 = theta2 @ u1  # z2_i = Σ_j theta2_ij u1_j
    h2, h2_slope = sigmoid_and_slope(z2)
    u2 = np.concatenate((h2, u3_sum))
    z3 = theta3 @ u2  # z3_i = Σ_j theta3_ij u2_j
    h3, h3_slope = sigmoid_and_slope(z3)
    u3 = np.concatenate((h3, u3_sum))
    z4 = theta4 @ u3  # z4_i = Σ_j theta4_ij u3_j
    h4, h4_slope = sigmoid_and_slope(z4)
    L = ((y - h4) ** 2).sum()
    cache = (
        y,
        theta2,
        theta3,
        theta4,
        u0,
        h1_slope,
        u1,
        h2_slope,
        u2,
        h3_slope,
        u3,
        h4,
        h4_slope,
    )
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    (
        y,
        theta2,
        theta3,
        theta4,
        u0,
        h1_slope,
        u1,
        h2_slope,
        u2,
        h3_slope,
        u3,
        h4,
        h4_slope,
    ) = cache
    d1 = h1_slope.shape[0]
    d2 = theta2.shape[0]
    d3 = theta3.shape[0]
    dz4 = (2.0 * dL) * (h4 - y) * h4_slope
    dtheta4 = np.outer(dz4, u3)
    dz3 = (dz4 @ theta4)[:d3] * h3_slope
    dtheta3 = np.outer(dz3, u2)
    dz2 = (dz3 @ theta3)[:d2] * h2_slope
    dtheta1 = np.outer((dz2 @ theta2)[:d1] * h1_slope, u0)
    dtheta2 = np.outer(dz2, u1)
    return {"theta1": dtheta1, "theta2": dtheta2, "theta3": dtheta3, "theta4": dtheta4}


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
    d0, d4, d1, d2, d3 = 3, 4, 5, 6, 7
    arguments = {
        "x": rng.standard_normal((d0,)),
        "y": rng.standard_normal((d4,)),
        "theta1": rng.standard_normal((d1, d0 + 1)) / np.sqrt(d0 + 1),
        "theta2": rng.standard_normal((d2, d1 + 1)) / np.sqrt(d1 + 1),
        "theta3": rng.standard_normal((d3, d2 + 1)) / np.sqrt(d2 + 1),
        "theta4": rng.standard_normal((d4, d3 + 1)) / np.sqrt(d3 + 1),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
