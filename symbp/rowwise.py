"""What compiled kernels of generated files carry along, each copied as it stands here.

Numba compiles these functions where it can be imported; they are plain Python otherwise, for tests.
They take single numbers and rows (arrays with one axis) of float32 or float64, keep that type, and
follow IEEE 754 as NumPy does; only sums may be taken in any order, as BLAS takes them.
"""

import numpy as np

try:
    import numba
except ImportError:  # NumPy does what it would compile
    numba = None


def compiled(**options):
    """Let numba compile a function when it is first called, where numba is there."""

    def decorate(function):
        if numba is None:
            return function
        rules = {"error_model": "numpy", "nogil": True, **options}
        try:
            return numba.njit(function, cache=True, **rules)
        except RuntimeError:  # no file beside which the machine code could be kept
            return numba.njit(function, **rules)

    return decorate


@compiled()
def larger(a, b):
    """The larger of two numbers, NaN where one is NaN."""
    return a if (a >= b) | np.isnan(a) else b


@compiled()
def smaller(a, b):
    """The smaller of two numbers, NaN where one is NaN."""
    return a if (a <= b) | np.isnan(a) else b


@compiled()
def exp_parts_single(x):
    """eʳ - 1 and two powers of 2 with eˣ = 2ᵏ eʳ and |r| ≤ log(2)/2, without a branch.

    Adding 1.5 · 2²³ rounds to the integer k, which then stands in the last bits.  2ᵏ comes in two
    factors, for it may be too large or too small for one.
    """
    x = larger(smaller(x, np.float32(89.0)), np.float32(-104.0))
    shifted = np.float32(x * np.float32(1.442695041) + np.float32(12582912.0))
    k = shifted - np.float32(12582912.0)
    r = (x - k * np.float32(0.693359375)) + k * np.float32(2.12194440e-4)
    p = np.float32(1 / 720) + r * np.float32(1 / 5040)
    p = np.float32(1 / 120) + r * p
    p = np.float32(1 / 24) + r * p
    p = np.float32(1 / 6) + r * p
    p = np.float32(0.5) + r * p
    power = np.int32(shifted.view(np.int32) - np.int32(0x4B400000))
    half = np.int32(power >> np.int32(1))
    rest = np.int32(power - half)
    first = np.int32((half + np.int32(127)) << np.int32(23)).view(np.float32)
    second = np.int32((rest + np.int32(127)) << np.int32(23)).view(np.float32)
    return r + r * r * p, first, second


@compiled()
def exp_parts_double(x):
    """The same in double precision; the sum is taken in pairs, which wait less."""
    x = larger(smaller(x, 710.0), -746.0)
    shifted = np.float64(x * 1.4426950408889634 + 6755399441055744.0)
    k = shifted - 6755399441055744.0
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    s = r * r
    low = 0.5 + r * (1 / 6) + s * (1 / 24 + r * (1 / 120))
    middle = 1 / 720 + r * (1 / 5040) + s * (1 / 40320 + r * (1 / 362880))
    high = 1 / 3628800 + r * (1 / 39916800) + s * (1 / 479001600)
    p = low + (s * s) * (middle + (s * s) * high)
    power = shifted.view(np.int64) - np.int64(0x4338000000000000)
    half = power >> 1
    first = np.int64((half + 1023) << 52).view(np.float64)
    second = np.int64((power - half + 1023) << 52).view(np.float64)
    return r + s * p, first, second


@compiled()
def exp_of(x):
    """eˣ in the precision of x, within 2 units in the last place."""
    if isinstance(x, np.float32):
        p, first, second = exp_parts_single(x)
        return (np.float32(1.0) + p) * first * second
    p, first, second = exp_parts_double(x)
    return (1.0 + p) * first * second


@compiled()
def tanh_of(x):
    """q / (q + 2) with q = e²ˣ - 1, which keeps the digits of small x, in the precision of x."""
    size = abs(x)
    if isinstance(x, np.float32):
        size = smaller(size, np.float32(11.0))
        p, first, second = exp_parts_single(size + size)
        power = first * second
        q = power * p + (power - np.float32(1.0))
        t = q / (q + np.float32(2.0))
    else:
        size = smaller(size, 22.0)
        p, first, second = exp_parts_double(size + size)
        power = first * second
        q = power * p + (power - 1.0)
        t = q / (q + 2.0)
    return -t if x < 0 else t


@compiled(fastmath={"reassoc": True, "contract": True})
def row_sum(x):
    """The sum of a row, in the order that is fastest."""
    total = x.dtype.type(0.0)
    for j in range(x.shape[0]):
        total += x[j]
    return total


@compiled(fastmath={"reassoc": True, "contract": True})
def row_dot(a, b):
    """The sum of a row of products, in the order that is fastest."""
    total = a.dtype.type(0.0)
    for j in range(a.shape[0]):
        total += a[j] * b[j]
    return total


@compiled()
def row_max(x):
    """The largest entry of a row."""
    top = x[0]
    for j in range(x.shape[0]):
        top = larger(x[j], top)
    return top


@compiled()
def shifted_exponentials(x, top, e):
    """The sum of e = exp(x - m) with the largest entry m of x, for rows that leave the range."""
    for j in range(x.shape[0]):
        e[j] = exp_of(x[j] - top)
    return row_sum(e)


@compiled()
def shifted_class(x, at, e):
    """e = exp(x - m) but for 0 at one entry c, for rows that leave the range; m is the largest entry.

    Returns 1, r + (exp(c - m) - 1), c - m and r + exp(c - m) with the sum r of e.
    """
    top = row_max(x)
    shifted_exponentials(x, top, e)
    chosen = e[at]
    e[at] = x.dtype.type(0.0)
    others = row_sum(e)
    one = x.dtype.type(1.0)
    return one, others + (chosen - one), x[at] - top, others + chosen
