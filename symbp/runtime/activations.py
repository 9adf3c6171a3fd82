"""Sigmoid, softplus, tanh, mish and sinc, with their slopes."""

import numpy as np

from symbp.runtime.error_function import polynomial


@np.errstate(over="ignore", under="ignore")
def sigmoid(x):
    """1 / (1 + e^-x); where e^-x overflows the result is 0, as it should be.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4])).tolist()
    [0.0, 0.5, 1.0]
    """
    return 1.0 / (1.0 + np.exp(-x))


def softplus(x):
    """log(1 + e^x), without overflow.

    >>> softplus(np.array([-1e4, 0.0, 1e4])).round(4).tolist()
    [0.0, 0.6931, 10000.0]
    """
    with np.errstate(under="ignore"):
        return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def log_sigmoid(x):
    """log(1 / (1 + e^-x)), without overflow.

    >>> log_sigmoid(np.array([-1e4, 0.0, 1e4])).round(4).tolist()
    [-10000.0, -0.6931, 0.0]
    """
    with np.errstate(under="ignore"):
        return np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x)))


@np.errstate(under="ignore")
def bce_with_logits(z, t):
    """-(t log σ(z) + (1 - t) log(1 - σ(z))) = log(1 + e^z) - t z, nowhere as a difference.

    >>> bce_with_logits(np.array([-1e4, 0.0, 1e4]), np.array([0.0, 1.0, 1.0])).round(4).tolist()
    [0.0, 0.6931, 0.0]
    """
    size = np.abs(z)
    return size * np.where(z > 0.0, 1.0 - t, t) + np.log1p(np.exp(-size))


@np.errstate(over="ignore", under="ignore")
def sigmoid_and_slope(x):
    """σ(x) and its slope σ(x) (1 - σ(x)), by one exponential e: 1 - σ(x) is e σ(x).

    >>> [round(float(y), 6) for y in sigmoid_and_slope(np.array(-1.0))]
    [0.268941, 0.196612]
    """
    e = np.exp(-x)
    y = 1.0 / (1.0 + e)
    return y, np.minimum(e, np.finfo(e.dtype).max) * y * y


@np.errstate(under="ignore")
def sigmoid_slope(x):
    """The slope σ(x) σ(-x) of σ, also where σ(x) rounds to 1.

    >>> sigmoid_slope(np.array([0.0, -1e4])).tolist()
    [0.25, 0.0]
    """
    e = np.exp(-np.abs(x))
    return e / (1.0 + e) ** 2


@np.errstate(under="ignore")
def sigmoid_minus(x, t):
    """σ(x) - t = σ(x) (1 - t) - σ(-x) t, which loses nothing where t is 0 or 1.

    >>> sigmoid_minus(np.array([-40.0, 40.0]), np.array([0.0, 1.0])).round(22).tolist()
    [4.2484e-18, -4.2484e-18]
    """
    e = np.exp(-np.abs(x))
    large = 1.0 / (1.0 + e)
    above = np.where(x > 0.0, large, e * large)
    below = np.where(x > 0.0, e * large, large)
    return above * (1.0 - t) - below * t


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def share_of_two(x, y):
    """2^x / (2^x + 2^y) = 1 / (1 + 2^(y - x)), with what rounding y - x loses put back.

    (The error of a sum: Knuth, The Art of Computer Programming, vol. 2, 1997, section 4.2.2.)

    >>> share_of_two(np.array([-1.0, 0.0]), np.array([0.0, 0.0])).round(6).tolist()
    [0.333333, 0.5]
    """
    power = y - x
    back = power + x
    lost = (y - back) - (x - (back - power))
    return 1.0 / (1.0 + np.exp2(power) * np.exp2(np.nan_to_num(lost)))


def tanh_and_slope(x):
    """tanh x and its slope 1 - tanh² x.

    >>> [round(float(y), 6) for y in tanh_and_slope(np.array(1.0))]
    [0.761594, 0.419974]
    """
    return np.tanh(x), sech_squared(x)


@np.errstate(over="ignore", under="ignore")
def sech_squared(x):
    """1 / cosh² x = 1 - tanh² x, the slope of tanh, also where tanh x rounds to 1.

    >>> sech_squared(np.array([0.0, -1e4])).tolist()
    [1.0, 0.0]
    """
    return (1.0 / np.cosh(x)) ** 2


def tanhshrink(x):
    """x - tanh x; near 0 by the continued fraction tanh x = x / (1 + x² / (3 + x² / (5 + …))).

    >>> tanhshrink(np.array([1e-4, 1.0, 1e4]))
    array([3.33333332e-13, 2.38405844e-01, 9.99900000e+03])
    """
    near = np.abs(x) < 1.5
    z, rest = np.where(near, x, 0.0 * x), np.zeros_like(x)
    with np.errstate(under="ignore"):
        square = z * z
        for k in range(27, 1, -2):
            rest = square / (k + rest)
        return np.where(near, z * rest / (1.0 + rest), x - np.tanh(x))[()]


def mish_slope(x):
    """The slope of x tanh(log(1 + e^x)), with e^x cleared from numerator and denominator.

    >>> mish_slope(np.array([-1.0, 0.0, 1e4])).round(4).tolist()
    [0.0592, 0.6, 1.0]
    """
    with np.errstate(under="ignore"):
        u = np.exp(-np.abs(x))
        above = 1.0 + u * (4.0 + u * (4.0 * x + 6.0 + u * 4.0 * (x + 1.0)))
        below = u * (4.0 * (x + 1.0) + u * (4.0 * x + 6.0 + u * (4.0 + u)))
        root = np.where(x > 0.0, 1.0 + 2.0 * u * (1.0 + u), 2.0 + u * (2.0 + u))
        return (np.where(x > 0.0, above, below) / root**2)[()]


def sinc(x):
    """sin(πx) / (πx), exactly 0 at integers.

    >>> sinc(np.array([0.0, 0.5, 3.0])).round(4).tolist()
    [1.0, 0.6366, -0.0]
    """
    whole = np.round(x)
    y = np.pi * np.where(x == 0.0, np.ones_like(x), x)
    sine = np.sin(np.pi * (x - whole)) * (1.0 - 2.0 * np.mod(whole, 2.0))
    return np.where(x == 0.0, np.ones_like(x), sine / y)[()]


def sinc_slope(x):
    """The slope (cos πx - sinc x) / x of sinc x = sin(πx) / (πx); its Taylor series near 0.

    >>> sinc_slope(np.array([1e-8, 1.0])).round(12).tolist()
    [-3.2899e-08, -1.0]
    """
    coefficients = (
        -1.0 / 6758061133824000.0,
        1.0 / 22230464256000.0,
        -1.0 / 93405312000.0,
        1.0 / 518918400.0,
        -1.0 / 3991680.0,
        1.0 / 45360.0,
        -1.0 / 840.0,
        1.0 / 30.0,
        -1.0 / 3.0,
    )
    near = np.abs(x) < 0.25
    z, far = np.pi * np.where(near, x, 0.0 * x), np.where(near, np.ones_like(x), x)
    with np.errstate(under="ignore"):
        series = np.pi * z * polynomial(coefficients, z * z)
    whole = np.round(far)
    cosine = np.cos(np.pi * (far - whole)) * (1.0 - 2.0 * np.mod(whole, 2.0))
    return np.where(near, series, (cosine - sinc(far)) / far)[()]
