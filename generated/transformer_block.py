"""A transformer block with layer normalisation before each part: causal multi-head attention and a GELU network, each with a residual connection.

    A = layer_norm(X, g₁, c₁)
    Q = swapaxes(reshape(A @ Wq, (n, t, m, d)), 1, 2)
    K = swapaxes(reshape(A @ Wk, (n, t, m, d)), 1, 2)
    V = swapaxes(reshape(A @ Wv, (n, t, m, d)), 1, 2)
    O = scaled_dot_product_attention(Q, K, V, is_causal=True)
    R = X + reshape(swapaxes(O, 1, 2), (n, t, m*d)) @ Wo
    B = layer_norm(R, g₂, c₂)
    Y = R + gelu(B @ W₁ + b₁) @ W₂ + b₂

forward computes the output, backward the gradients; arrays keep their dtype.
Run this file to check one against the other.
"""

import numpy as np

PARAMETERS = {
    "g1": ("4*d",),
    "c1": ("4*d",),
    "g2": ("4*d",),
    "c2": ("4*d",),
    "Wq": ("4*d", "4*d"),
    "Wk": ("4*d", "4*d"),
    "Wv": ("4*d", "4*d"),
    "Wo": ("4*d", "4*d"),
    "W1": ("4*d", "f"),
    "b1": ("f",),
    "W2": ("f", "4*d"),
    "b2": ("4*d",),
}
INPUTS = {"X": ("n", "t", "4*d")}


def forward(X, g1, c1, g2, c2, Wq, Wk, Wv, Wo, W1, b1, W2, b2):
    """Return Y and what backward needs."""
    n = X.shape[0]
    t = X.shape[1]
    d = g1.shape[0] // 4
    dtype = g1.dtype
    A_centred = centred(X, axis=2)
    A_sqrt = np.sqrt(A_centred.var(axis=2, keepdims=True) + 1e-05)
    A_ratio = A_centred / A_sqrt
    A = A_ratio * g1 + c1
    Z_Q = A @ Wq  # Z_Q_ijk = Σ_l A_ijl Wq_lk
    Z_K = A @ Wk  # Z_K_ijk = Σ_l A_ijl Wk_lk
    Z_O_2_flat = Z_Q.reshape(n, t, 4, d)
    Z_O_2_flat_2 = Z_K.reshape(n, t, 4, d)
    Z_O_2 = Z_O_2_flat.transpose(0, 2, 1, 3) @ Z_O_2_flat_2.transpose(0, 2, 3, 1)
    Z_O = masked_softmax(Z_O_2 / d**0.5, np.tri(t, t, dtype=dtype))
    Z_V = A @ Wv  # Z_V_ijk = Σ_l A_ijl Wv_lk
    O = Z_O @ Z_V.reshape(n, t, 4, d).transpose(0, 2, 1, 3)
    Z_R = O.transpose(0, 2, 1, 3).reshape(n, t, 4 * d) @ Wo
    R = X + Z_R
    Z2_centred = centred(R, axis=2)
    Z2_sqrt = np.sqrt(Z2_centred.var(axis=2, keepdims=True) + 1e-05)
    Z2 = Z2_centred / Z2_sqrt
    B = Z2 * g2 + c2
    Z_Y = B @ W1 + b1  # Z_Y_ijk = Σ_l B_ijl W1_lk + b1_k
    Y_gelu_exact = gelu(Z_Y)
    Y = R + Y_gelu_exact @ W2 + b2  # Y_ijk = R_ijk + Σ_l Y_gelu_exact_ijl W2_lk + b2_k
    cache = (
        g2,
        Wq,
        Wk,
        Wv,
        Wo,
        W1,
        W2,
        A_ratio,
        A,
        Z_Q,
        Z_K,
        Z_O,
        Z_V,
        O,
        Z2_sqrt,
        Z2,
        B,
        Z_Y,
        Y_gelu_exact,
    )
    return Y, cache


def backward(cache, G):
    """Return the gradients for the given upstream gradients."""
    (
        g2,
        Wq,
        Wk,
        Wv,
        Wo,
        W1,
        W2,
        A_ratio,
        A,
        Z_Q,
        Z_K,
        Z_O,
        Z_V,
        O,
        Z2_sqrt,
        Z2,
        B,
        Z_Y,
        Y_gelu_exact,
    ) = cache
    n = A_ratio.shape[0]
    t = A_ratio.shape[1]
    d = O.shape[3]
    f = W1.shape[1]
    dW2 = Y_gelu_exact.reshape(-1, f).T @ G.reshape(-1, 4 * d)
    db2 = G.sum(axis=(0, 1))
    dZ_Y_ratio = 0.3989422804014327 * Z_Y * np.exp(-0.5 * Z_Y**2)
    dZ_Y = (G @ W2.T) * (0.5 * erfc(-0.7071067811865475 * Z_Y) + dZ_Y_ratio)
    dW1 = B.reshape(-1, 4 * d).T @ dZ_Y.reshape(-1, f)  # dW1_ij = Σ_kl B_kli dZ_Y_klj
    db1 = dZ_Y.sum(axis=(0, 1))
    dB = dZ_Y @ W1.T  # dB_ijk = Σ_l dZ_Y_ijl W1_kl
    dg2 = np.sum(dB * Z2, axis=(0, 1))
    dc2 = dB.sum(axis=(0, 1))
    dZ2 = dB * g2
    dZ_R_prod = Z2 * np.mean(dZ2 * Z2, axis=2, keepdims=True)
    dZ_R_diff = dZ2 - dZ2.mean(axis=2, keepdims=True) - dZ_R_prod
    dZ_R = G + dZ_R_diff / Z2_sqrt
    dWo_flat = O.transpose(0, 2, 1, 3).reshape(n, t, 4 * d)
    dWo = dWo_flat.reshape(-1, 4 * d).T @ dZ_R.reshape(-1, 4 * d)
    dO = (dZ_R @ Wo.T).reshape(n, t, 4, d).transpose(0, 2, 1, 3)
    dZ_V = (Z_O.swapaxes(-1, -2) @ dO).transpose(0, 2, 1, 3).reshape(n, t, 4 * d)
    dWv = A.reshape(-1, 4 * d).T @ dZ_V.reshape(-1, 4 * d)
    dZ_O = dO @ Z_V.reshape(n, t, 4, d).transpose(0, 2, 3, 1)
    dZ_O_2_prod = Z_O * (dZ_O - np.sum(dZ_O * Z_O, axis=3, keepdims=True))
    dZ_O_2 = balanced(dZ_O_2_prod, Z_O) / d**0.5
    dZ_K_flat = Z_Q.reshape(n, t, 4, d)
    dZ_K_prod = dZ_O_2.swapaxes(-1, -2) @ dZ_K_flat.transpose(0, 2, 1, 3)
    dZ_K = dZ_K_prod.transpose(0, 2, 1, 3).reshape(n, t, 4 * d)
    dWk = A.reshape(-1, 4 * d).T @ dZ_K.reshape(-1, 4 * d)
    dZ_Q_flat = Z_K.reshape(n, t, 4, d)
    dZ_Q_prod = dZ_O_2 @ dZ_Q_flat.transpose(0, 2, 1, 3)
    dZ_Q = dZ_Q_prod.transpose(0, 2, 1, 3).reshape(n, t, 4 * d)
    dWq = A.reshape(-1, 4 * d).T @ dZ_Q.reshape(-1, 4 * d)
    dA_sum = dZ_V @ Wv.T + dZ_K @ Wk.T
    dA = dA_sum + dZ_Q @ Wq.T  # dA_ijk = dA_sum_ijk + Σ_l dZ_Q_ijl Wq_kl
    dg1 = np.sum(dA * A_ratio, axis=(0, 1))
    dc1 = dA.sum(axis=(0, 1))
    return {
        "g1": dg1,
        "c1": dc1,
        "g2": dg2,
        "c2": dc2,
        "Wq": dWq,
        "Wk": dWk,
        "Wv": dWv,
        "Wo": dWo,
        "W1": dW1,
        "b1": db1,
        "W2": dW2,
        "b2": db2,
    }


def erfc(x):
    """1 - erf(x), to a few units in the last place.

    Polynomials fitted to erf(x)/x in x² near 0, and to x e^(x²) erfc(x) in
    (x - 3)/(x + 3) from 1/2 on.
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


def erf_near(x):
    """erf on [-1, 1]; elsewhere the value at the nearer end."""
    x = np.minimum(np.maximum(x, -1.0), 1.0)
    with np.errstate(under="ignore"):
        return x * polynomial(erf_coefficients(x.dtype), x * x)


def erfc_coefficients(dtype):
    """Of x e^(x²) erfc(x) in (x - 3)/(x + 3), from 1/2 on; in single precision to where that is 0."""
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
    """Of erf(x)/x in x², on [-1, 1]."""
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


def polynomial(coefficients, x):
    """Horner's rule, the highest power first."""
    result = coefficients[0]
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return result


def gelu(x):
    """x Φ(x) with Φ the normal distribution function, by erfc where 1 + erf would cancel."""
    with np.errstate(under="ignore"):
        return 0.5 * x * erfc(x * -0.7071067811865476)


def masked_softmax(x, mask, axis=-1):
    """softmax over the entries where the mask is not 0; the others are 0."""
    kept = np.where(mask, x, -np.inf)
    with np.errstate(under="ignore"):
        e = np.exp(kept - np.max(kept, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)


def balanced(x, shares, axis=-1):
    """x, whose entries add up to 0 along an axis: where the share is above 1/2, from the others.

    There an entry such as p - 1 is a small difference, while the sum of the others loses nothing.
    """
    most = shares > 0.5
    others = np.sum(x, axis=axis, keepdims=True, where=~most)
    return np.where(most, -others, x)


def centred(x, axis=None):
    """x - mean x over axes, without the mean that rounding leaves in that."""
    rest = x - np.mean(x, axis=axis, keepdims=True)
    return rest - np.mean(rest, axis=axis, keepdims=True)


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
    n, t, d, f = 3, 4, 5, 6
    arguments = {
        "X": rng.standard_normal((n, t, 4 * d)),
        "g1": rng.standard_normal((4 * d,)),
        "c1": rng.standard_normal((4 * d,)),
        "g2": rng.standard_normal((4 * d,)),
        "c2": rng.standard_normal((4 * d,)),
        "Wq": rng.standard_normal((4 * d, 4 * d)) / np.sqrt(4 * d),
        "Wk": rng.standard_normal((4 * d, 4 * d)) / np.sqrt(4 * d),
        "Wv": rng.standard_normal((4 * d, 4 * d)) / np.sqrt(4 * d),
        "Wo": rng.standard_normal((4 * d, 4 * d)) / np.sqrt(4 * d),
        "W1": rng.standard_normal((4 * d, f)) / np.sqrt(4 * d),
        "b1": rng.standard_normal((f,)),
        "W2": rng.standard_normal((f, 4 * d)) / np.sqrt(4 * d),
        "b2": rng.standard_normal((4 * d,)),
    }
    G = rng.standard_normal((n, t, 4 * d))
    _, cache = forward(**arguments)
    gradients = backward(cache, G)

    def loss(**moved):
        outputs, _ = forward(**moved)
        return np.sum(outputs * G)

    directions = {}
    return compare(loss, arguments, gradients, directions, False)


if __name__ == "__main__":
    raise SystemExit(0 if check() else 1)
