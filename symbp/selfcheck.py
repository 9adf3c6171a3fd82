"""How a generated file checks itself; copied into it as it stands here, doctests left out."""

import numpy as np


def symmetric(rng, shape):
    """A random symmetric matrix.

    >>> a = symmetric(np.random.default_rng(0), (2, 2))
    >>> bool(a[0, 1] == a[1, 0])
    True
    """
    a = rng.standard_normal(shape)
    return a + np.swapaxes(a, -1, -2)


def positive_definite(rng, shape):
    """A random symmetric positive definite matrix, well conditioned.

    >>> bool(np.linalg.eigvalsh(positive_definite(np.random.default_rng(0), (2, 2)))[0] > 1)
    True
    """
    a = rng.standard_normal(shape)
    return a @ np.swapaxes(a, -1, -2) + 2.0 * np.eye(shape[-1])


def unit_rows(rng, shape):
    """Random rows of length 1.

    >>> bool(abs(np.sum(unit_rows(np.random.default_rng(0), (3,)) ** 2) - 1) < 1e-12)
    True
    """
    a = rng.standard_normal(shape)
    return a / np.sqrt(np.sum(a**2, axis=-1, keepdims=True))


def random_direction(rng, x, kind):
    """A random change of x that keeps it symmetric, or keeps its row sums, if it is to.

    >>> random_direction(np.random.default_rng(0), np.ones((2, 3)), "rows").sum().round(12) + 0.0
    np.float64(0.0)
    """
    change = rng.standard_normal(np.shape(x))
    if kind == "symmetric":
        return change + np.swapaxes(change, -1, -2)
    if kind == "rows":
        return change - np.mean(change, axis=-1, keepdims=True)
    return change


def keep_in(values):
    """What hands on each array that it is given, and puts a copy into a list.

    >>> kept = []
    >>> keep_in(kept)(np.ones(2)), kept
    (array([1., 1.]), [array([1., 1.])])
    """

    def keep(x):
        values.append(np.array(x))
        return x

    return keep


def take_from(values):
    """What gives the arrays of a list one after the other, whatever it is given.

    >>> take_from([np.ones(2)])(np.zeros(2))
    array([1., 1.])
    """
    left = list(reversed(values))

    def take(_):
        return left.pop()

    return take


def slope(loss, arguments, name, change, complex_step):
    """The derivative of the loss by one argument along a direction, and how far it may be off.

    By a complex step, exact to rounding, or by central differences, the best of several steps:
    large ones see curvature and kinks, small ones see rounding.

    >>> square = lambda x: np.sum(x**2)
    >>> x = {"x": np.array([3.0])}
    >>> [round(float(slope(square, x, "x", np.ones(1), exact)[0]), 8) for exact in (True, False)]
    [6.0, 6.0]
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

    >>> x = {"x": np.array([3.0])}
    >>> compare(lambda x: np.sum(x), x, {"x": np.zeros(1)}, {}, True)
    gradient  relative error (complex step)
    x         1.0e+00  WRONG
    False
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


def same_results(first, second, tolerance=1e-9):
    """Print how far two pairs (outputs, gradients) are apart; True if that is rounding.

    >>> same_results((1.0, {"x": np.ones(2)}), (1.0, {"x": np.ones(2)}))
    step against forward and backward: 0.0e+00
    True
    """
    several = isinstance(second[0], tuple)
    outputs = (first[0], second[0]) if several else ((first[0],), (second[0],))
    pairs = list(zip(*outputs, strict=True))
    pairs += [(first[1][name], second[1][name]) for name in second[1]]
    error = 0.0
    for a, b in pairs:
        size = np.max(np.abs(b), initial=0.0) + 1e-3
        error = np.maximum(error, np.max(np.abs(a - b), initial=0.0) / size)
    print(f"step against forward and backward: {error:.1e}")
    return bool(error <= tolerance)
