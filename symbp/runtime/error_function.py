"""erf, erfc and the exact GELU, by polynomials."""

import numpy as np


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
