"""NumPy functions that generated files carry along, each copied as it stands here.

They keep the dtype of what they are given (float32 stays float32), take arrays of any shape, and
neither overflow nor warn for finite arguments.  A generated file imports numpy and nothing else,
so each function stands on its own or on others of this file.
"""

import numpy as np

# -- activations ------------------------------------------------------------------------------


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


def erfc(x):
    """1 - erf(x), to a few units in the last place.

    Polynomials fitted to erf(x)/x in x² near 0, and to x e^(x²) erfc(x) in
    (x - 3)/(x + 3) from 1/2 on.

    >>> erfc(np.array([-1.0, 0.0, 5.0]))
    array([1.84270079e+00, 1.00000000e+00, 1.53745979e-12])
    """
    x = np.asarray(x)
    size = np.minimum(np.maximum(np.abs(x), 0.5), 100.0)
    coarse = np.floor(16.0 * size) / 16.0
    with np.errstate(under="ignore"):
        tail = np.exp(-coarse * coarse) * np.exp((coarse - size) * (coarse + size))
        ratio = (size - 3.0) / (size + 3.0)
        tail = tail / size * polynomial(erfc_coefficients(x.dtype), ratio)
    far = np.where(x < 0.0, 2.0 - tail, tail)
    return np.where(np.abs(x) < 0.5, 1.0 - erf_near(x), far)[()]


def erf(x):
    """2/√π ∫₀ˣ e^(-t²) dt, to a few units in the last place.

    >>> erf(np.array([-1e4, -1.0, 0.0, 0.5]))
    array([-1.        , -0.84270079,  0.        ,  0.52049988])
    """
    return np.where(np.abs(x) < 1.0, erf_near(x), 1.0 - erfc(x))[()]


def erf_near(x):
    """erf on [-1, 1]; elsewhere the value at the nearer end.

    >>> erf_near(np.array([0.0, 0.5, 7.0]))
    array([0.        , 0.52049988, 0.84270079])
    """
    x = np.minimum(np.maximum(x, -1.0), 1.0)
    with np.errstate(under="ignore"):
        return x * polynomial(erf_coefficients(x.dtype), x * x)


def erfc_coefficients(dtype):
    """Of x e^(x²) erfc(x) in (x - 3)/(x + 3), from 1/2 on; in single precision to where that is 0.

    >>> len(erfc_coefficients(np.float64)), len(erfc_coefficients(np.float32))
    (23, 10)
    """
    if dtype == np.float32:
        return (
            -0.0002662218746986914,
            0.0011874637219914945,
            0.0008274759163531486,
            -0.014006471034236708,
            0.046368785823591614,
            -0.09547120605694512,
            0.13987894964271588,
            -0.14658298083864227,
            0.09530626468721422,
            0.5370034529263119,
        )
    return (
        1.452073584619776e-09,
        -1.2028947636584076e-08,
        1.3100602571044056e-08,
        6.816557368037322e-08,
        -8.518197293080995e-08,
        -3.438426214445421e-07,
        2.937949376795145e-07,
        1.8972774129181177e-06,
        -9.932589491691795e-07,
        -1.1116021682386101e-05,
        6.464825084112092e-06,
        6.898140639088551e-05,
        -8.460849749953103e-05,
        -0.0004125440282334057,
        0.001242876207387508,
        0.0009108227129367959,
        -0.01401982563056586,
        0.046350263329951506,
        -0.09546975030643123,
        0.13988054760180538,
        -0.14658304803289435,
        0.09530622695922773,
        0.5370034535441699,
    )


def erf_coefficients(dtype):
    """Of erf(x)/x in x², on [-1, 1].

    >>> len(erf_coefficients(np.float64)), len(erf_coefficients(np.float32))
    (12, 7)
    """
    if dtype == np.float32:
        return (
            7.875875062685488e-05,
            -0.000801686428716587,
            0.005189087423433974,
            -0.026854212010626412,
            0.11283594715160218,
            -0.37612626666720334,
            1.1283791658483509,
        )
    return (
        -7.795898827002142e-10,
        1.3720064546777686e-08,
        -1.6208483801871705e-07,
        1.6447424703317362e-06,
        -1.492473690741966e-05,
        0.00012055294904839707,
        -0.0008548325975389692,
        0.0052239776071164225,
        -0.02686617064323777,
        0.11283791670945006,
        -0.37612638903183543,
        1.1283791670955126,
    )


def erfc_into(x, out, size, other, tail, mask):
    """erfc(x) written into out; four arrays of the same shape to work in, the last one of booleans.

    >>> x = np.array([-1.0, 0.25, 5.0])
    >>> erfc_into(x, *np.empty((4, 3)), np.empty(3, bool)) - erfc(x)
    array([0., 0., 0.])
    """
    with np.errstate(all="ignore"):  # what is not chosen may be anything
        np.abs(x, size)
        other.fill(100.0)
        np.minimum(size, other, out=size)
        np.multiply(size, 16.0, other)
        np.floor(other, other)
        np.multiply(other, 0.0625, other)
        np.subtract(other, size, tail)
        np.add(other, size, out)
        np.multiply(tail, out, tail)
        np.exp(tail, tail)
        np.square(other, other)
        np.negative(other, other)
        np.exp(other, other)
        np.multiply(other, tail, tail)
        np.divide(tail, size, tail)
        np.subtract(size, 3.0, other)
        np.add(size, 3.0, size)
        np.divide(other, size, other)
        polynomial_into(erfc_coefficients(x.dtype), other, size)
        np.multiply(tail, size, tail)
        np.subtract(2.0, tail, size)
        np.less(x, 0.0, mask)
        choose_into(mask, size, tail, out, other)
        np.copyto(tail, out)
        np.square(x, other)
        polynomial_into(erf_coefficients(x.dtype), other, size)
        np.multiply(x, size, size)
        np.subtract(1.0, size, size)
        np.abs(x, other)
        np.greater_equal(other, 0.5, mask)
        choose_into(mask, tail, size, out, other)
    return out


def choose_into(mask, a, b, out, work):
    """a where the mask holds, else b, written into out; work is an array of its shape and dtype.

    Bit by bit: a branch for each entry of a mask without an order costs ten times as much.

    >>> choose_into(np.array([True, False]), np.ones(2), np.full(2, np.nan), *np.empty((2, 2)))
    array([ 1., nan])
    """
    kind = f"i{out.itemsize}"
    a, b, found, chosen = (array.view(kind) for array in (a, b, out, work))
    np.negative(mask.view("i1"), chosen)
    np.bitwise_xor(a, b, found)
    np.bitwise_and(found, chosen, found)
    np.bitwise_xor(found, b, found)
    return out


def polynomial_into(coefficients, x, out):
    """Horner's rule into out, the highest power first.

    >>> polynomial_into((1.0, 2.0, 3.0), np.array([10.0]), np.empty(1))
    array([123.])
    """
    np.multiply(x, coefficients[0], out)
    for coefficient in coefficients[1:-1]:
        np.add(out, coefficient, out)
        np.multiply(out, x, out)
    np.add(out, coefficients[-1], out)
    return out


def polynomial(coefficients, x):
    """Horner's rule, the highest power first.

    >>> polynomial((1.0, 2.0, 3.0), np.array([10.0]))
    array([123.])
    """
    result = coefficients[0]
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return result


def gelu(x):
    """x Φ(x) with Φ the normal distribution function, by erfc where 1 + erf would cancel.

    >>> gelu(np.array([-1e4, -1.0, 0.0, 1e4])).round(4).tolist()
    [-0.0, -0.1587, 0.0, 10000.0]
    """
    with np.errstate(under="ignore"):
        return 0.5 * x * erfc(x * -0.7071067811865476)


def gelu_into(x, out, scaled, size, other, tail, mask):
    """x Φ(x) written into out; five arrays of the same shape to work in, the last one of booleans.

    >>> x = np.array([-1.0, 0.25, 5.0])
    >>> gelu_into(x, *np.empty((5, 3)), np.empty(3, bool)) - gelu(x)
    array([0., 0., 0.])
    """
    np.multiply(x, -0.7071067811865476, scaled)
    erfc_into(scaled, out, size, other, tail, mask)
    with np.errstate(under="ignore"):
        np.multiply(x, 0.5, scaled)
        np.multiply(scaled, out, out)
    return out


# -- soft maxima ------------------------------------------------------------------------------


def softmax(x, axis=-1):
    """e^x / Σ e^x along an axis, shifted by the largest entry.

    >>> softmax(np.array([1e4, 1e4])).tolist()
    [0.5, 0.5]
    """
    with np.errstate(under="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def masked_softmax(x, mask, axis=-1):
    """softmax over the entries where the mask is not 0; the others are 0.

    >>> masked_softmax(np.array([0.0, 0.0, 1e4]), np.array([1, 1, 0])).tolist()
    [0.5, 0.5, 0.0]
    """
    kept = np.where(mask, x, -np.inf)
    with np.errstate(under="ignore"):
        e = np.exp(kept - np.max(kept, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    """x - log Σ e^x along an axis, shifted by the largest entry.

    >>> log_softmax(np.array([0.0, -40.0]))
    array([-4.24835426e-18, -4.00000000e+01])
    """
    shifted, _, others = exponentials_by_largest(x, axis)
    return shifted - np.log1p(others)


def log_softmax_and_softmax(x, axis=-1):
    """Both at once, for one exponential.

    >>> log_softmax_and_softmax(np.array([0.0, -1e4]))
    (array([     0., -10000.]), array([1., 0.]))
    """
    shifted, e, others = exponentials_by_largest(x, axis)
    with np.errstate(under="ignore"):
        return shifted - np.log1p(others), e / (1.0 + others)


def logsumexp(x, axis=None, keepdims=False):
    """log Σ e^x over axes, shifted by the largest entry.

    >>> float(logsumexp(np.array([1e4, 1e4 - 800.0])))
    10000.0
    """
    _, _, others = exponentials_by_largest(x, axis)
    result = np.max(x, axis=axis, keepdims=True) + np.log1p(others)
    return result if keepdims else np.squeeze(result, axis=axis)


def exponentials_by_largest(x, axis):
    """x - max x over axes, e^ of it, and the sum of all of these but one of the largest, which are 1.

    >>> exponentials_by_largest(np.array([2.0, 2.0, 2.0]), 0)
    (array([0., 0., 0.]), array([1., 1., 1.]), array([2.]))
    """
    shifted = x - np.max(x, axis=axis, keepdims=True)
    is_largest = shifted == 0.0
    with np.errstate(under="ignore"):
        e = np.exp(shifted)
        others = np.sum(e, axis=axis, keepdims=True, where=~is_largest)
        ones = np.sum(is_largest, axis=axis, keepdims=True, dtype=e.dtype)
    return shifted, e, others + (ones - 1.0)


def balanced(x, shares, axis=-1):
    """x, whose entries add up to 0 along an axis: where the share is above 1/2, from the others.

    There an entry such as p - 1 is a small difference, while the sum of the others loses nothing.

    >>> p = np.array([1e-30, 1.0])
    >>> balanced(p - np.array([0.0, 1.0]), p).tolist()
    [1e-30, -1e-30]
    """
    most = shares > 0.5
    others = np.sum(x, axis=axis, keepdims=True, where=~most)
    return np.where(most, -others, x)


def balance(x, most):
    """`balanced` in place, for rows of x and the mask of shares above 1/2.

    >>> x = np.array([[1.0, 5.0], [1.0, 2.0]])
    >>> balance(x, np.array([[False, True], [False, False]]))
    >>> x.tolist()
    [[1.0, -1.0], [1.0, 2.0]]
    """
    flat, at = x.reshape(-1), np.flatnonzero(most)
    flat[at] = 0.0
    flat[at] = -x[at // x.shape[1]].sum(axis=1)


# -- moments ----------------------------------------------------------------------------------


def centred(x, axis=None):
    """x - mean x over axes, without the mean that rounding leaves in that.

    >>> centred(np.array([1e4, 1e4, 1e4 + 1e-8])).sum()
    np.float64(0.0)
    """
    rest = x - np.mean(x, axis=axis, keepdims=True)
    return rest - np.mean(rest, axis=axis, keepdims=True)


# -- lengths ----------------------------------------------------------------------------------


def length(x, axis=None, keepdims=False):
    """√Σx² over axes, where squares may leave the range of floats: scaled by the largest entry.

    >>> length(np.array([3e-30, 4e-30], np.float32))
    np.float32(5e-30)
    """
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    largest = np.where(largest == 0.0, np.ones_like(largest), largest)
    with np.errstate(under="ignore"):
        total = np.sum((x / largest) ** 2, axis=axis, keepdims=True)
    result = largest * np.sqrt(total)
    return result if keepdims else np.squeeze(result, axis=axis)[()]


def p_norm(x, p, axis=None, keepdims=False):
    """(Σ|x|^p)^(1/p) over axes, scaled by the largest entry.

    >>> float(p_norm(np.array([1e-200, 1e-200]), 1.0))
    2e-200
    """
    size = np.abs(x)
    largest = np.max(size, axis=axis, keepdims=True, initial=0.0)
    largest = np.where(largest == 0.0, np.ones_like(largest), largest)
    with np.errstate(under="ignore"):
        total = np.sum((size / largest) ** p, axis=axis, keepdims=True)
    result = largest * total ** (1.0 / p)
    return result if keepdims else np.squeeze(result, axis=axis)[()]


@np.errstate(over="ignore", under="ignore")
def power_less_one(x, p):
    """x^(p - 1) as x^p / x, where x^p is in the range of floats: p - 1 would be rounded.

    >>> power_less_one(np.array([0.0, 2.0]), np.array([3.0, 3.0])).tolist()
    [0.0, 4.0]
    """
    y, limits = x**p, np.finfo(np.result_type(x, p))
    size = np.abs(y)
    fine = (size > limits.tiny / limits.eps) & (size <= limits.max) & (x != 0.0)
    quotient = y / np.where(fine, x, 1.0)
    return np.where(fine, quotient, np.where(fine, 1.0, x) ** (p - 1.0))[()]


def inverse_length(x):
    """1/x, and 0 where x is 0: a length has no slope there, and 0 is taken.

    >>> inverse_length(np.array([0.0, 4.0])).tolist()
    [0.0, 0.25]
    """
    return (x != 0.0) / np.where(x == 0.0, np.ones_like(x), x)


# -- indices ----------------------------------------------------------------------------------


def onehot(index, k, dtype):
    """A last axis of k entries, 1 at the index and 0 elsewhere.

    >>> onehot(np.array([1, 0]), 3, np.float32).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return (np.asarray(index)[..., None] == np.arange(k)).astype(dtype)


def first_max(x, axes):
    """The mask of the largest entry over the axes, of equal ones the first.

    >>> first_max(np.array([[1.0, 2.0], [3.0, 3.0]]), (1,)).tolist()
    [[False, True], [True, False]]
    """
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    rows = x.transpose(rest + tuple(axes))
    shape = rows.shape
    rows = rows.reshape((*shape[: len(rest)], np.prod(shape[len(rest) :], dtype=int)))
    mask = np.argmax(rows, axis=-1)[..., None] == np.arange(rows.shape[-1])
    return mask.reshape(shape).transpose(np.argsort(rest + tuple(axes)))


def first_min(x, axes):
    """The mask of the smallest entry over the axes, of equal ones the first.

    >>> first_min(np.array([[1.0, 1.0], [3.0, 2.0]]), (1,)).tolist()
    [[True, False], [False, True]]
    """
    return first_max(-x, axes)


# -- windows ----------------------------------------------------------------------------------


def windows(x, frames):
    """Sliding windows: y[o, w] = x[o·stride + w·dilation], window axes last.

    `frames` holds (axis, width, stride, dilation) for each window.  The result is a view.

    >>> windows(np.arange(5), ((0, 2, 2, 1),)).tolist()
    [[0, 1], [2, 3]]
    """
    axes = tuple(axis for axis, _, _, _ in frames)
    reach = tuple((width - 1) * dilation + 1 for _, width, _, dilation in frames)
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axes)
    key = [slice(None)] * x.ndim
    for axis, _, stride, _ in frames:
        key[axis] = slice(None, None, stride)
    return view[tuple(key) + tuple(slice(None, None, f[3]) for f in frames)]


def runs(x, widths, dilations):
    """Windows of stride 1 over the last axes with their places in one run: y[…, w, p].

    Place p stands p entries after the first one, so at the end of a row it takes in a few that
    begin in the next row; those belong to no window.  The result is a view; x has no gaps.

    >>> runs(np.arange(6).reshape(2, 3), (1, 2), (1, 1)).tolist()
    [[[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]]
    """
    rest = x.ndim - len(widths)
    steps = x.strides[rest:]
    jumps = tuple(step * d for step, d in zip(steps, dilations, strict=True))
    last = sum((n - 1) * step for n, step in zip(x.shape[rest:], steps, strict=True))
    last -= sum((w - 1) * jump for w, jump in zip(widths, jumps, strict=True))
    shape = (*x.shape[:rest], *widths, last // x.itemsize + 1)
    strides = (*x.strides[:rest], *jumps, x.itemsize)
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def fold(y, frames, shape):
    """The transpose of `windows`: overlapping windows added up into an array of a shape.

    >>> fold(np.ones((2, 2)), ((0, 2, 1, 1),), (3,)).tolist()
    [1.0, 2.0, 1.0]
    """
    result = np.zeros(shape, dtype=y.dtype)
    for place in np.ndindex(*y.shape[len(shape) :]):
        key = [slice(None)] * len(shape)
        for (axis, _, stride, dilation), offset in zip(frames, place, strict=True):
            start = offset * dilation
            key[axis] = slice(start, start + (y.shape[axis] - 1) * stride + 1, stride)
        result[tuple(key)] += y[(Ellipsis, *place)]
    return result


# -- products ---------------------------------------------------------------------------------


def product_of_others(x, axes):
    """The product of all other entries over the axes; finite where entries are 0.

    >>> product_of_others(np.array([2.0, 0.0, 4.0]), (0,)).tolist()
    [0.0, 8.0, 0.0]
    """
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    rows = x.transpose(rest + tuple(axes))
    shape = rows.shape
    rows = rows.reshape((*shape[: len(rest)], np.prod(shape[len(rest) :], dtype=int)))
    before, after = np.ones_like(rows), np.ones_like(rows)
    before[..., 1:] = np.cumprod(rows[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(rows[..., :0:-1], axis=-1)[..., ::-1]
    return (before * after).reshape(shape).transpose(np.argsort(rest + tuple(axes)))
