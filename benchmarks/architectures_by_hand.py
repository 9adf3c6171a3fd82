"""NumPy written by hand for the models in benchmarks/models that are no workload of the harness.

Everything is allocated once; sums are products with ones; chains go row block by row block; what a
loss function needs is worked out while it is in the cache.  Each maker takes the arrays and the dtype
and gives a step without arguments: (loss, gradients).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Any]
Step = Callable[[], tuple[Any, dict[str, Array]]]
Place = np.lib.stride_tricks.as_strided


class CrossEntropy:
    """Mean cross-entropy of rows of logits, which become its gradient."""

    def __init__(self, n: int, k: int, dtype: Any) -> None:
        self.top, self.total, self.logs = np.empty((n, 1), dtype), np.empty((n, 1), dtype), np.empty(n, dtype)
        self.ones, self.first, self.share = np.ones(k, dtype), np.arange(n) * k, np.array(1 / n, dtype)

    def __call__(self, z: Array, y: Array) -> float:
        np.maximum.reduce(z, 1, None, self.top, True)
        np.subtract(z, self.top, z)
        at, flat = self.first + y, z.reshape(-1)
        picked = float(flat.take(at).sum())
        np.exp(z, z)
        z.dot(self.ones, self.total.reshape(-1))
        np.log(self.total.reshape(-1), self.logs)
        loss = (float(self.logs.sum()) - picked) / len(z)
        np.divide(self.share, self.total, self.total)
        np.multiply(z, self.total, z)
        flat[at] -= self.share
        return loss


class LayerNorm:
    """Rows standardised, then scaled and shifted; backwards with the normalised rows that were kept."""

    def __init__(self, rows: int, d: int, dtype: Any) -> None:
        self.z, self.out, self.r = (
            np.empty((rows, d), dtype),
            np.empty((rows, d), dtype),
            np.empty((rows, 1), dtype),
        )
        self.s, self.ones, self.many = np.empty((rows, 1), dtype), np.ones(d, dtype), np.ones(rows, dtype)
        self.share, self.eps = np.array(1 / d, dtype), np.array(1e-5, dtype)
        self.t, self.dg, self.dc = np.empty((rows, d), dtype), np.empty(d, dtype), np.empty(d, dtype)

    def forward(self, x: Array, g: Array, c: Array) -> Array:
        z, s, r = self.z, self.s, self.r
        x.dot(self.ones, s.reshape(-1))
        np.multiply(s, self.share, s)
        np.subtract(x, s, z)
        np.vecdot(z, z, r.reshape(-1))
        np.multiply(r, self.share, r)
        np.add(r, self.eps, r)
        np.sqrt(r, r)
        np.reciprocal(r, r)
        np.multiply(z, r, z)
        np.multiply(z, g, self.out)
        np.add(self.out, c, self.out)
        return self.out

    def backward(self, d: Array, g: Array) -> Array:
        """The gradient of the rows, in d."""
        z, t, s = self.z, self.t, self.s
        self.many.dot(d, self.dc)
        np.multiply(d, z, t)
        self.many.dot(t, self.dg)
        t.dot(g, s.reshape(-1))
        np.multiply(s, self.share, s)
        np.multiply(z, s, t)
        np.multiply(d, g, d)
        d.dot(self.ones, s.reshape(-1))
        np.multiply(s, self.share, s)
        np.subtract(d, s, d)
        np.subtract(d, t, d)
        np.multiply(d, self.r, d)
        return d


def group_norm_silu(a: Arrays, dtype: Any) -> Step:
    """W₁, group normalisation, SiLU, W₂, cross-entropy."""
    (n, _), (h, k), groups = a["x"].shape, a["W2"].shape, 8
    E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
    A, H, Z, q, t = E(n, h), E(n, h), E(n, k), E(n, h), E(n, h)
    A3, t3 = A.reshape(n * groups, -1), t.reshape(n * groups, -1)
    s, r, ones, many = E(n * groups, 1), E(n * groups, 1), np.ones(h // groups, dtype), np.ones(n, dtype)
    share, eps, one = np.array(groups / h, dtype), np.array(1e-5, dtype), np.array(1, dtype)
    loss, G = (
        CrossEntropy(n, k, dtype),
        {name: np.empty_like(a[name]) for name in ("W1", "b1", "gamma", "beta", "W2", "b2")},
    )

    def step() -> tuple[Any, dict[str, Array]]:
        a["x"].dot(a["W1"], A)
        np.add(A, a["b1"], A)
        A3.dot(ones, s.reshape(-1))
        np.multiply(s, share, s)
        np.subtract(A3, s, A3)
        np.vecdot(A3, A3, r.reshape(-1))
        np.multiply(r, share, r)
        np.add(r, eps, r)
        np.sqrt(r, r)
        np.reciprocal(r, r)
        np.multiply(A3, r, A3)
        np.multiply(A, a["gamma"], t)
        np.add(t, a["beta"], t)
        np.negative(t, q)
        np.exp(q, q)
        np.add(q, one, q)
        np.reciprocal(q, q)
        np.multiply(t, q, H)
        np.subtract(t, H, t)  # σ (1 + x - x σ)
        np.add(t, one, t)
        np.multiply(q, t, q)
        H.dot(a["W2"], Z)
        np.add(Z, a["b2"], Z)
        found = loss(Z, a["y"])
        H.T.dot(Z, G["W2"])
        many.dot(Z, G["b2"])
        Z.dot(a["W2"].T, H)
        np.multiply(H, q, H)
        many.dot(H, G["beta"])
        np.multiply(H, A, t)
        many.dot(t, G["gamma"])
        np.multiply(H, a["gamma"], H)
        H3 = H.reshape(n * groups, -1)
        np.vecdot(H3, A3, s.reshape(-1))
        np.multiply(s, share, s)
        np.multiply(A3, s, t3)
        H3.dot(ones, s.reshape(-1))
        np.multiply(s, share, s)
        np.subtract(H3, s, H3)
        np.subtract(H3, t3, H3)
        np.multiply(H3, r, H3)
        a["x"].T.dot(H, G["W1"])
        many.dot(H, G["b1"])
        return found, G

    return step


def deep_autoencoder(a: Arrays, dtype: Any) -> Step:
    """784-128-32-128-784 with relu and a sigmoid at the end; mean squared error."""
    n = len(a["x"])
    E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
    H1, C, H2, R, D, q = E(n, 128), E(n, 32), E(n, 128), E(n, 784), E(n, 784), E(n, 784)
    dH2, dC, dH1, m1, m2 = E(n, 128), E(n, 32), E(n, 128), np.empty((n, 128), bool), np.empty((n, 128), bool)
    zeros, many, one, factor = (
        np.zeros(128, dtype),
        np.ones(n, dtype),
        np.array(1, dtype),
        np.array(2 / (784 * n), dtype),
    )
    G = {name: np.empty_like(a[name]) for name in a if name != "x"}

    def step() -> tuple[Any, dict[str, Array]]:
        x = a["x"]
        x.dot(a["W1"], H1)
        np.add(H1, a["b1"], H1)
        np.maximum(H1, zeros, out=H1)
        H1.dot(a["W2"], C)
        np.add(C, a["b2"], C)
        C.dot(a["W3"], H2)
        np.add(H2, a["b3"], H2)
        np.maximum(H2, zeros, out=H2)
        H2.dot(a["W4"], R)
        np.add(R, a["b4"], R)
        np.exp(R, R)
        np.add(R, one, R)
        np.reciprocal(R, R)
        np.subtract(one, R, q)
        np.multiply(q, R, R)
        np.subtract(q, x, D)
        flat = D.reshape(-1)
        loss = flat.dot(flat) / flat.size
        np.multiply(D, factor, D)
        np.multiply(D, R, D)
        H2.T.dot(D, G["W4"])
        many.dot(D, G["b4"])
        D.dot(a["W4"].T, dH2)
        np.greater(H2, 0, m2)
        np.multiply(dH2, m2, dH2)
        C.T.dot(dH2, G["W3"])
        many.dot(dH2, G["b3"])
        dH2.dot(a["W3"].T, dC)
        H1.T.dot(dC, G["W2"])
        many.dot(dC, G["b2"])
        dC.dot(a["W2"].T, dH1)
        np.greater(H1, 0, m1)
        np.multiply(dH1, m1, dH1)
        x.T.dot(dH1, G["W1"])
        many.dot(dH1, G["b1"])
        return loss, G

    return step


def depthwise_convolution(a: Arrays, dtype: Any) -> Step:
    """A depthwise and a pointwise convolution, image by image, over whole framed images."""
    n, c, height, width = a["x"].shape
    o, P = len(a["W"]), width + 2
    L, size = (height - 1) * P + width, np.dtype(dtype).itemsize
    E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
    X, dF = np.zeros((c, P, P), dtype), np.zeros((c, P, P), dtype)
    strides = (P * P * size, P * size, size, size)
    col, dcol = E(c, 9, L), E(c, 9, L)
    runs, druns = Place(X, (c, 3, 3, L), strides), Place(dF, (c, 3, 3, L), strides)
    dy = dF.reshape(c, -1)[:, P + 1 : P + 1 + L]
    z, H, Z, dH, dz, gD = (
        E(c, 1, height * P),
        E(c, height * width),
        E(o, height * width),
        E(c, height * width),
        E(c, 1, height * P),
        E(c, 9),
    )
    inside, dinside = X[:, 1:-1, 1:-1], dF[:, 1:-1, 1:-1]
    places, dplaces = z.reshape(c, height, P)[:, :, :width], dz.reshape(c, height, P)[:, :, :width]
    mask, zeros = np.empty((c, height * width), bool), np.zeros(height * width, dtype)
    tW, tb, ta, ones = E(o, c), E(o), E(c), np.ones(height * width, dtype)
    G = {name: np.empty_like(a[name]) for name in ("x", "D", "a", "W", "b")}

    def step() -> tuple[Any, dict[str, Array]]:
        W, D = a["W"].reshape(o, c), a["D"].reshape(c, 1, 9)
        turned = np.ascontiguousarray(D[:, :, ::-1])
        loss = 0.0
        for name in ("D", "a", "W", "b"):
            G[name].fill(0)
        gW, g9 = G["W"].reshape(o, c), G["D"].reshape(c, 9)
        for k in range(n):
            np.copyto(inside, a["x"][k])
            np.copyto(col.reshape(c, 3, 3, L), runs)
            np.matmul(D, col, z[:, :, :L])
            np.add(places, a["a"][:, None, None], H.reshape(c, height, width))
            np.maximum(H, zeros, out=H)
            W.dot(H, Z)
            np.add(Z, a["b"][:, None], Z)
            r = a["r"][k].reshape(o, -1)
            loss += Z.reshape(-1).dot(r.reshape(-1))
            r.dot(ones, tb)
            np.add(G["b"], tb, G["b"])
            r.dot(H.T, tW)
            np.add(gW, tW, gW)
            W.T.dot(r, dH)
            np.greater(H, 0, mask)
            np.multiply(dH, mask, dH)
            dH.dot(ones, ta)
            np.add(G["a"], ta, G["a"])
            np.copyto(dinside, dH.reshape(c, height, width))
            np.matmul(col, dy[:, :, None], gD[:, :, None])
            np.add(g9, gD, g9)
            np.copyto(dcol.reshape(c, 3, 3, L), druns)
            np.matmul(turned, dcol, dz[:, :, :L])
            np.copyto(G["x"][k], dplaces)
        return loss, G

    return step


def swiglu(a: Arrays, dtype: Any) -> Step:
    """RMS normalisation, SwiGLU and a residual connection, weighed by r."""
    (n, d), f = a["x"].shape, a["U"].shape[1]
    E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
    A, t, s, rr = E(n, d), E(n, d), E(n, 1), E(n, 1)
    P, Q, S, M, q, Y = E(n, f), E(n, f), E(n, f), E(n, f), E(n, f), E(n, d)
    dM, dA, many, share = E(n, f), E(n, d), np.ones(n, dtype), np.array(1 / d, dtype)
    eps, one = np.array(1e-5, dtype), np.array(1, dtype)
    G = {name: np.empty_like(a[name]) for name in ("x", "g", "U", "G", "V")}

    def step() -> tuple[Any, dict[str, Array]]:
        x, r = a["x"], a["r"]
        np.vecdot(x, x, rr.reshape(-1))
        np.multiply(rr, share, rr)
        np.add(rr, eps, rr)
        np.sqrt(rr, rr)
        np.reciprocal(rr, rr)
        np.multiply(x, rr, t)
        np.multiply(t, a["g"], A)
        A.dot(a["G"], P)
        A.dot(a["U"], Q)
        np.negative(P, q)
        np.exp(q, q)
        np.add(q, one, q)
        np.reciprocal(q, q)
        np.multiply(P, q, S)
        np.multiply(S, Q, M)
        M.dot(a["V"], Y)
        np.add(Y, x, Y)
        loss = Y.reshape(-1).dot(r.reshape(-1))
        M.T.dot(r, G["V"])
        r.dot(a["V"].T, dM)
        np.subtract(P, S, P)  # σ (1 + x - x σ)
        np.add(P, one, P)
        np.multiply(P, q, P)
        np.multiply(P, Q, P)
        np.multiply(P, dM, P)
        np.multiply(S, dM, S)
        A.T.dot(P, G["G"])
        A.T.dot(S, G["U"])
        P.dot(a["G"].T, dA)
        S.dot(a["U"].T, A)
        np.add(dA, A, dA)
        np.multiply(dA, t, A)
        many.dot(A, G["g"])
        A.dot(a["g"], s.reshape(-1))
        np.multiply(s, share, s)
        np.multiply(dA, a["g"], dA)
        np.multiply(t, s, t)
        np.subtract(dA, t, dA)
        np.multiply(dA, rr, dA)
        np.add(dA, r, G["x"])
        return loss, G

    return step


class Attention:
    """Causal attention of four heads in two halves of rows: the first never looks at the second."""

    def __init__(self, n: int, t: int, c: int, dtype: Any) -> None:
        E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
        self.n, self.t, self.m, self.h, half = n, t, 4, c // 4, t // 2
        self.halves = [(0, half), (half, t)]
        self.S = [[E(half, stop) for _, stop in self.halves] for _ in range(n * 4)]
        self.dS = [E(half, stop) for _, stop in self.halves]
        self.tri = np.triu(np.full((half, half), -np.inf, dtype), 1)
        self.total, self.D, self.Y, self.part = E(n * 4, t), E(half), E(half, self.h), E(t, self.h)
        self.ones, self.scale = np.ones(t, dtype), np.array(self.h**-0.5, dtype)

    def heads(self, rows: Array, b: int, k: int) -> tuple[Array, Array, Array]:
        c, h = self.m * self.h, self.h
        block = rows[b * self.t : (b + 1) * self.t]
        return tuple(block[:, j * c + k * h : j * c + (k + 1) * h] for j in range(3))  # type: ignore[return-value]

    def forward(self, qkv: Array, y: Array) -> None:
        np.multiply(qkv[:, : self.m * self.h], self.scale, qkv[:, : self.m * self.h])
        for b in range(self.n):
            for k in range(self.m):
                q, key, v = self.heads(qkv, b, k)
                total = self.total[b * self.m + k]
                for (start, stop), s in zip(self.halves, self.S[b * self.m + k], strict=True):
                    q[start:stop].dot(key[:stop].T, s)
                    np.add(s[:, start:], self.tri, s[:, start:])
                    np.exp(s, s)
                    s.dot(self.ones[:stop], total[start:stop])
                    out = y[b * self.t + start : b * self.t + stop, k * self.h : (k + 1) * self.h]
                    np.matmul(s, v[:stop], out)
                    np.reciprocal(total[start:stop], total[start:stop])
                    np.multiply(out, total[start:stop, None], out)

    def backward(self, qkv: Array, y: Array, dy: Array, dqkv: Array) -> None:
        for b in range(self.n):
            for k in range(self.m):
                q, key, v = self.heads(qkv, b, k)
                dq, dk, dv = self.heads(dqkv, b, k)
                for j in (1, 0):
                    (start, stop), s, ds = self.halves[j], self.S[b * self.m + k][j], self.dS[j]
                    rows = (slice(b * self.t + start, b * self.t + stop), slice(k * self.h, (k + 1) * self.h))
                    np.multiply(dy[rows], self.total[b * self.m + k][start:stop, None], self.Y)
                    np.vecdot(self.Y, y[rows], self.D)
                    self.Y.dot(v[:stop].T, ds)
                    np.subtract(ds, self.D[:, None], ds)
                    np.multiply(ds, s, ds)
                    np.matmul(ds, key[:stop], dq[start:stop])
                    for out, left, right in ((dv, s, self.Y), (dk, ds, q[start:stop])):
                        if j:
                            np.matmul(left.T, right, out)
                        else:
                            left.T.dot(right, self.part[:stop])
                            np.add(out[:stop], self.part[:stop], out[:stop])
        np.multiply(dqkv[:, : self.m * self.h], self.scale, dqkv[:, : self.m * self.h])


class TransformerBlock:
    """Normalisation, attention, normalisation and a GELU network, each with a residual connection."""

    def __init__(self, n: int, t: int, c: int, f: int, dtype: Any) -> None:
        E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
        R = n * t
        self.low, self.high, self.attention = (
            LayerNorm(R, c, dtype),
            LayerNorm(R, c, dtype),
            Attention(n, t, c, dtype),
        )
        self.qkv, self.dqkv, self.y, self.r, self.out = E(R, 3 * c), E(R, 3 * c), E(R, c), E(R, c), E(R, c)
        self.z, self.g, self.d, self.u, self.dy, self.back = (
            E(R, f),
            E(R, f),
            E(R, f),
            E(R, f),
            E(R, c),
            E(R, c),
        )
        c0, c1 = float((2 / np.pi) ** 0.5), 0.044715
        self.k = [np.array(x, dtype) for x in (c0 * c1, c0, 0.5, 6, 4 * c0, 1)]
        self.many = np.ones(R, dtype)

    def forward(self, x: Array, p: Arrays) -> Array:
        self.low.forward(x, p["g"], p["c"]).dot(p["P"], self.qkv)
        self.attention.forward(self.qkv, self.y)
        self.y.dot(p["O"], self.r)
        np.add(self.r, x, self.r)
        self.high.forward(self.r, p["h"], p["e"]).dot(p["U"], self.z)
        z, g, d, u = self.z, self.g, self.d, self.u
        a, b, half, six, four, one = self.k
        np.add(z, p["u"], z)
        np.multiply(z, z, u)
        np.multiply(u, a, u)
        np.add(u, b, u)
        np.multiply(u, z, u)
        np.tanh(u, g)
        np.multiply(g, half, g)
        np.add(g, half, g)
        np.multiply(u, six, u)
        np.multiply(z, four, d)
        np.subtract(u, d, u)
        np.subtract(one, g, d)
        np.multiply(d, u, d)
        np.add(d, one, d)
        np.multiply(d, g, d)
        np.multiply(z, g, g)
        g.dot(p["V"], self.out)
        np.add(self.out, p["v"], self.out)
        np.add(self.out, self.r, self.out)
        return self.out

    def backward(self, x: Array, p: Arrays, dout: Array, G: Arrays) -> Array:
        self.g.T.dot(dout, G["V"])
        self.many.dot(dout, G["v"])
        dout.dot(p["V"].T, self.u)
        np.multiply(self.u, self.d, self.u)
        self.high.out.T.dot(self.u, G["U"])
        self.many.dot(self.u, G["u"])
        self.u.dot(p["U"].T, self.dy)
        self.high.backward(self.dy, p["h"])
        np.copyto(G["h"], self.high.dg)
        np.copyto(G["e"], self.high.dc)
        np.add(self.dy, dout, self.dy)
        self.y.T.dot(self.dy, G["O"])
        self.dy.dot(p["O"].T, self.back)
        self.attention.backward(self.qkv, self.y, self.back, self.dqkv)
        self.low.out.T.dot(self.dqkv, G["P"])
        self.dqkv.dot(p["P"].T, self.back)
        self.low.backward(self.back, p["g"])
        np.copyto(G["g"], self.low.dg)
        np.copyto(G["c"], self.low.dc)
        np.add(self.back, self.dy, self.back)
        return self.back


def two_transformer_blocks(a: Arrays, dtype: Any) -> Step:
    """Two such blocks, a linear map to classes, cross-entropy."""
    (n, t, c), (_, f), k = a["x"].shape, a["U1"].shape, a["W"].shape[1]
    first, second = TransformerBlock(n, t, c, f, dtype), TransformerBlock(n, t, c, f, dtype)
    names = [dict(zip("gcPOheUuVv", part.split(), strict=True)) for part in (
        "g1 c1 P1 O1 g2 c2 U1 u1 V1 v1", "g3 c3 P2 O2 g4 c4 U2 u2 V2 v2",
    )]  # fmt: skip
    G = {name: np.empty_like(a[name]) for name in a if name != "y"}
    parts = [({s: a[w] for s, w in part.items()}, {s: G[w] for s, w in part.items()}) for part in names]
    Z, dY, loss = np.empty((n * t, k), dtype), np.empty((n * t, c), dtype), CrossEntropy(n * t, k, dtype)

    def step() -> tuple[Any, dict[str, Array]]:
        x = a["x"].reshape(n * t, c)
        middle = first.forward(x, parts[0][0])
        out = second.forward(middle, parts[1][0])
        out.dot(a["W"], Z)
        found = loss(Z, a["y"])
        out.T.dot(Z, G["W"])
        Z.dot(a["W"].T, dY)
        d = second.backward(middle, parts[1][0], dY, parts[1][1])
        np.copyto(G["x"].reshape(n * t, c), first.backward(x, parts[0][0], d, parts[0][1]))
        return found, G

    return step


MAKERS: dict[str, Callable[[Arrays, Any], Step]] = {
    f.__name__: f
    for f in (group_norm_silu, depthwise_convolution, deep_autoencoder, swiglu, two_transformer_blocks)
}
