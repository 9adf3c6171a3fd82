"""Two inputs, two sigmoid neurons, two sigmoid outputs: every weight a number of its own, so that each error signal can be followed by hand.

    h₁ = σ(x₁ w₁ + x₂ w₂ + b₁)
    h₂ = σ(x₁ w₃ + x₂ w₄ + b₂)
    ŷ₁ = σ(h₁ w₅ + h₂ w₇ + b₃)
    ŷ₂ = σ(h₁ w₆ + h₂ w₈ + b₄)
    L = ½ ((y₁ − ŷ₁)² + (y₂ − ŷ₂)²)

forward computes the loss, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "w1": (),
    "w2": (),
    "w3": (),
    "w4": (),
    "w5": (),
    "w6": (),
    "w7": (),
    "w8": (),
    "b1": (),
    "b2": (),
    "b3": (),
    "b4": (),
}
INPUTS = {"x1": (), "x2": (), "y1": (), "y2": ()}


def forward(x1, x2, y1, y2, w1, w2, w3, w4, w5, w6, w7, w8, b1, b2, b3, b4):
    """Return L and what backward needs."""
    z_h1 = x1 * w1 + x2 * w2 + b1
    h1, h1_slope = sigmoid_and_slope(z_h1)
    z_h2 = x1 * w3 + x2 * w4 + b2
    h2, h2_slope = sigmoid_and_slope(z_h2)
    z_yhat1 = h1 * w5 + h2 * w7 + b3
    yhat1, yhat1_slope = sigmoid_and_slope(z_yhat1)
    z_yhat2 = h1 * w6 + h2 * w8 + b4
    yhat2, yhat2_slope = sigmoid_and_slope(z_yhat2)
    L = 0.5 * ((y1 - yhat1) ** 2 + (y2 - yhat2) ** 2)
    cache = (
        x1,
        x2,
        y1,
        y2,
        w5,
        w6,
        w7,
        w8,
        h1,
        h1_slope,
        h2,
        h2_slope,
        yhat1,
        yhat1_slope,
        yhat2,
        yhat2_slope,
    )
    return L, cache


def backward(cache, dL=1.0):
    """Return the gradients of L, times dL."""
    (
        x1,
        x2,
        y1,
        y2,
        w5,
        w6,
        w7,
        w8,
        h1,
        h1_slope,
        h2,
        h2_slope,
        yhat1,
        yhat1_slope,
        yhat2,
        yhat2_slope,
    ) = cache
    dz_yhat2 = dL * (yhat2 - y2) * yhat2_slope
    dw6 = dz_yhat2 * h1
    dw8 = dz_yhat2 * h2
    dz_yhat1 = dL * (yhat1 - y1) * yhat1_slope
    dw5 = dz_yhat1 * h1
    dw7 = dz_yhat1 * h2
    dz_h2 = (dz_yhat2 * w8 + dz_yhat1 * w7) * h2_slope
    dw3 = dz_h2 * x1
    dw4 = dz_h2 * x2
    dz_h1 = (dz_yhat2 * w6 + dz_yhat1 * w5) * h1_slope
    dw1 = dz_h1 * x1
    dw2 = dz_h1 * x2
    return {
        "w1": dw1,
        "w2": dw2,
        "w3": dw3,
        "w4": dw4,
        "w5": dw5,
        "w6": dw6,
        "w7": dw7,
        "w8": dw8,
        "b1": dz_h1,
        "b2": dz_h2,
        "b3": dz_yhat1,
        "b4": dz_yhat2,
    }


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
    arguments = {
        "x1": rng.standard_normal(()),
        "x2": rng.standard_normal(()),
        "y1": rng.standard_normal(()),
        "y2": rng.standard_normal(()),
        "w1": rng.standard_normal(()),
        "w2": rng.standard_normal(()),
        "w3": rng.standard_normal(()),
        "w4": rng.standard_normal(()),
        "w5": rng.standard_normal(()),
        "w6": rng.standard_normal(()),
        "w7": rng.standard_normal(()),
        "w8": rng.standard_normal(()),
        "b1": rng.standard_normal(()),
        "b2": rng.standard_normal(()),
        "b3": rng.standard_normal(()),
        "b4": rng.standard_normal(()),
    }
    _, cache = forward(**arguments)
    gradients = backward(cache)

    def loss(**moved):
        return forward(**moved)[0]

    directions = {}
    return compare(loss, arguments, gradients, directions, True)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
