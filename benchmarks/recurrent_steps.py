"""Recurrent nets: the generated fast step beside the plain style, NumPy by hand and the bare products.

A plain net, a gated recurrent unit and two layers on top of each other, T = n = 32, 128 units, in
both precisions on one thread.  The steps take turns in short blocks; quote the ratios.

    OPENBLAS_NUM_THREADS=1 python benchmarks/recurrent_steps.py
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.measuring import agree, print_table
from symbp.commands.benching import bare_products
from symbp.commands.turns import Timed
from symbp.files import MODELS, read_text
from symbp.pipeline import generate
from symbp.reading import derive

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Any]
SIZES = {"T": 32, "n": 32, "d": 128, "m": 128, "p": 128, "k": 10}


class Head:
    """z = h V + c with cross-entropy: the loss and the gradient of z, by hand."""

    def __init__(self, n: int, k: int, dtype: Any) -> None:
        self.z, self.p, self.ones = np.empty((n, k), dtype), np.empty((n, k), dtype), np.ones(n, dtype)

    def __call__(self, h: Array, V: Array, c: Array | None, y: Array) -> tuple[float, Array]:
        z, p, n = self.z, self.p, len(y)
        h.dot(V, z)
        if c is not None:
            np.add(z, c, z)
        np.subtract(z, z.max(axis=1, keepdims=True), z)
        np.exp(z, p)
        total = p.sum(axis=1, keepdims=True)
        loss = float(np.mean(np.log(total[:, 0]) - np.vecdot(y, z)))
        np.divide(p, total, p)
        np.subtract(p, y, p)
        np.multiply(p, p.dtype.type(1 / n), p)
        return loss, p


class Layer:
    """One tanh layer over time and back, by hand."""

    def __init__(self, T: int, n: int, d: int, m: int, dtype: Any) -> None:
        self.h, self.z, self.dz = np.zeros((T + 1, n, m), dtype), *np.empty((2, T, n, m), dtype)
        self.q, self.dh = np.empty((2, n, m), dtype)
        self.one, self.ones = np.array(1, dtype), np.ones(T * n, dtype)
        self.gW, self.gU, self.gb = np.empty((d, m), dtype), np.empty((m, m), dtype), np.empty(m, dtype)
        self.rows = T * n
        self.ahead = list(zip(self.h[:-1], self.z, self.h[1:], strict=True))
        self.back = list(zip(self.h[1:], self.dz, strict=True))[::-1]

    def forward(self, x: Array, W: Array, U: Array, b: Array) -> Array:
        q, flat = self.q, self.z.reshape(self.rows, -1)
        x.reshape(self.rows, -1).dot(W, flat)
        np.add(flat, b, flat)
        for h0, z, h1 in self.ahead:
            h0.dot(U, q)
            np.add(z, q, q)
            np.tanh(q, h1)
        return self.h[1:]

    def backward(self, x: Array, U: Array, above: Array | None) -> dict[str, Array]:
        """`above` is the gradient that each state gets from elsewhere; else dh holds that of the last."""
        q, dh, rows = self.q, self.dh, self.rows
        for k, (h, dz) in enumerate(self.back):
            if above is not None:
                np.add(dh, above[len(above) - 1 - k], dh)
            np.square(h, q)
            np.subtract(self.one, q, q)
            np.multiply(dh, q, dz)
            dz.dot(U.T, dh)
        flat = self.dz.reshape(rows, -1)
        x.reshape(rows, -1).T.dot(flat, self.gW)
        self.h[:-1].reshape(rows, -1).T.dot(flat, self.gU)
        self.ones.dot(flat, self.gb)
        return {"W": self.gW, "U": self.gU, "b": self.gb}


def rnn(a: Arrays, dtype: Any) -> Timed:
    T, n, d = a["x"].shape
    head, layer = Head(n, a["y"].shape[1], dtype), Layer(T, n, d, len(a["Wh"]), dtype)

    def step() -> Any:
        h = layer.forward(a["x"], a["Wx"], a["Wh"], a["b"])[-1]
        loss, dz = head(h, a["V"], a["c"], a["y"])
        dV, dc = h.T.dot(dz), head.ones.dot(dz)
        dz.dot(a["V"].T, layer.dh)
        g = layer.backward(a["x"], a["Wh"], None)
        return loss, {"Wx": g["W"], "Wh": g["U"], "b": g["b"], "V": dV, "c": dc}

    return step


def stacked_rnn(a: Arrays, dtype: Any) -> Timed:
    T, n, d = a["x"].shape
    m, p = a["W2"].shape
    head = Head(n, a["y"].shape[1], dtype)
    low, high = Layer(T, n, d, m, dtype), Layer(T, n, m, p, dtype)
    above = np.empty((T, n, m), dtype)

    def step() -> Any:
        h1 = low.forward(a["x"], a["W1"], a["U1"], a["b1"])
        h2 = high.forward(h1, a["W2"], a["U2"], a["b2"])[-1]
        loss, dz = head(h2, a["V"], None, a["y"])
        dV = h2.T.dot(dz)
        dz.dot(a["V"].T, high.dh)
        g2 = high.backward(h1, a["U2"], None)
        high.dz.reshape(T * n, p).dot(a["W2"].T, above.reshape(T * n, m))
        low.dh.fill(0)
        g1 = low.backward(a["x"], a["U1"], above)
        gradients = {"W1": g1["W"], "U1": g1["U"], "b1": g1["b"], "W2": g2["W"], "U2": g2["U"], "b2": g2["b"]}
        return loss, {**gradients, "V": dV}

    return step


def gru_classifier(a: Arrays, dtype: Any) -> Timed:
    """The gates z and r in one product and one tanh: σ(x) = (1 + tanh(x/2))/2, the halves in the weights."""
    T, n, d = a["x"].shape
    m, rows = len(a["U_z"]), T * n
    head = Head(n, a["y"].shape[1], dtype)
    E = lambda *shape: np.empty(shape, dtype)  # noqa: E731
    half, one, ones = np.array(0.5, dtype), np.array(1, dtype), np.ones(rows, dtype)
    W, U, b, Z, dZ, G = E(d, 3 * m), E(m, 2 * m), E(3 * m), E(T, n, 3 * m), E(T, n, 3 * m), E(T, n, 2 * m)
    h, c, rh = E(T + 1, n, m), E(T, n, m), E(T, n, m)
    zr, u, v, w, dh, s = E(n, 2 * m), E(n, m), E(n, m), E(n, m), E(n, m), E(n, 2 * m)
    gW, gU, gUc, gb, dzr = E(d, 3 * m), E(m, 2 * m), E(m, m), E(3 * m), E(rows, 2 * m)
    two, last = slice(0, 2 * m), slice(2 * m, 3 * m)
    ahead, back = [], []
    for t in range(T):
        z, r = G[t][:, :m], G[t][:, m:]
        ahead.append((h[t], Z[t][:, two], Z[t][:, last], G[t], z, r, c[t], rh[t], h[t + 1]))
        back.append(
            (h[t], G[t], z, r, c[t], dZ[t][:, :m], dZ[t][:, m : 2 * m], dZ[t][:, last], dZ[t][:, two])
        )
    back.reverse()

    def step() -> Any:
        for k, g in enumerate("zrc"):
            W[:, k * m : k * m + m], b[k * m : k * m + m] = a[f"W_{g}"], a[f"b_{g}"]
        U[:, :m], U[:, m:] = a["U_z"], a["U_r"]
        for x in (W[:, : 2 * m], b[: 2 * m], U):
            np.multiply(x, half, x)
        flat = Z.reshape(rows, -1)
        a["x"].reshape(rows, d).dot(W, flat)
        np.add(flat, b, flat)
        h[0] = a["h0"]
        for h0, zg, zc, g, z, r, ct, rht, h1 in ahead:
            h0.dot(U, zr)
            np.add(zr, zg, zr)
            np.tanh(zr, g)
            np.multiply(g, half, g)
            np.add(g, half, g)
            np.multiply(r, h0, rht)
            rht.dot(a["U_c"], u)
            np.add(u, zc, u)
            np.tanh(u, ct)
            np.subtract(ct, h0, u)
            np.multiply(z, u, u)
            np.add(h0, u, h1)
        loss, dz = head(h[T], a["V"], a["a"], a["y"])
        dV, da = h[T].T.dot(dz), head.ones.dot(dz)
        dz.dot(a["V"].T, dh)
        U[:, :m], U[:, m:] = a["U_z"], a["U_r"]
        for h0, g, z, r, ct, dz_, dr, dc, dg in back:
            np.multiply(dh, z, u)
            np.square(ct, v)
            np.subtract(one, v, v)
            np.multiply(u, v, v)
            np.copyto(dc, v)
            v.dot(a["U_c"].T, w)
            np.subtract(one, g, s)
            np.multiply(s, g, s)
            np.multiply(w, h0, dr)
            np.subtract(ct, h0, v)
            np.multiply(dh, v, dz_)
            np.multiply(dg, s, s)
            np.copyto(dg, s)
            np.subtract(dh, u, dh)
            np.multiply(w, r, w)
            np.add(dh, w, dh)
            s.dot(U.T, v)
            np.add(dh, v, dh)
        flat, x2 = dZ.reshape(rows, -1), a["x"].reshape(rows, d)
        x2.T.dot(flat, gW)
        np.copyto(dzr, flat[:, : 2 * m])
        h[:-1].reshape(rows, m).T.dot(dzr, gU)
        rh.reshape(rows, m).T.dot(flat[:, 2 * m :], gUc)
        ones.dot(flat, gb)
        gradients = {f"W_{g}": gW[:, k * m : k * m + m] for k, g in enumerate("zrc")}
        gradients |= {f"b_{g}": gb[k * m : k * m + m] for k, g in enumerate("zrc")}
        return loss, {**gradients, "U_z": gU[:, :m], "U_r": gU[:, m:], "U_c": gUc, "V": dV, "a": da}

    return step


BY_HAND = {f.__name__: f for f in (rnn, gru_classifier, stacked_rnn)}


def contenders(name: str, dtype: Any) -> dict[str, Timed]:
    """The step, the plain functions, the same by hand, and the products alone, on the same arrays."""
    text = read_text(MODELS / f"{name}.eq")
    derivation = derive(text)
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for variable in derivation.program.variables:
        shape = [s.value(SIZES) for s in variable.shape]
        scale = shape[0] ** -0.5 if variable.role == "param" and len(shape) > 1 else 0.5
        arrays[variable.name.ascii] = (scale * rng.standard_normal(shape)).astype(dtype)
    arrays["y"] = np.eye(SIZES["k"], dtype=dtype)[rng.integers(0, SIZES["k"], SIZES["n"])]
    file: dict[str, Any] = {"__name__": "generated"}
    exec(compile(generate(text, style="fast"), f"{name}.py", "exec"), file)  # noqa: S102
    given = {key: arrays[key] for key in (*file["INPUTS"], *file["PARAMETERS"])}
    step = file["Step"](**{s: SIZES[s] for s in derivation.program.size_letters}, dtype=dtype)
    products = bare_products(derivation, SIZES, dtype)

    def plain() -> Any:
        loss, cache = file["forward"](**given)
        return loss, file["backward"](cache)

    def bare() -> None:
        for dot, b, out in products:
            dot(b, out)

    found = {"step": lambda: step(**given), "plain": plain, "hand": BY_HAND[name](given, dtype)}
    agree(name, found, dtype)
    return {**found, "products": bare}


def main() -> None:
    others = {"hand": "by hand", "plain": "plain style", "products": "bare products"}
    print_table(sys.argv[1:] or BY_HAND, contenders, others)


if __name__ == "__main__":
    main()
