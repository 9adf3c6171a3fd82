"""NumPy written by hand for images, words and gates: further models in benchmarks/models.

Images go one by one: windows are brought together as shifted runs, in memory that stays in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.architectures_by_hand import Array, Arrays, CrossEntropy, Place, Step


class Convolution:
    """Stride 1, one image at a time; `z` and its gradient `dz` are in rows as long as the frame's."""

    def __init__(self, c: int, o: int, size: int, width: int, padding: int, dtype: Any) -> None:
        frame, item = size + 2 * padding, np.dtype(dtype).itemsize
        rows = frame - width + 1
        self.run, self.frame, self.few = (rows - 1) * frame + rows, frame, c <= 8 or 2 * size**2 > 3 * rows**2
        self.x = np.zeros((c, frame, frame), dtype)
        self.inside = self.x[:, padding : padding + size, padding : padding + size]
        strides = (frame * frame * item, frame * item, item, item)
        self.seen = Place(self.x, (c, width, width, self.run), strides)
        self.columns = np.empty((c * width * width, self.run), dtype)
        self.windows = self.columns.reshape(c, width, width, self.run)
        self.z_run, self.dz_run = np.zeros((2, o, rows * frame), dtype)
        self.z = self.z_run.reshape(o, rows, frame)[:, :, :rows]
        self.dz = self.dz_run.reshape(o, rows, frame)[:, :, :rows]
        self.part, self.db = np.empty((o, len(self.columns)), dtype), np.empty(o, dtype)
        self.ones = np.ones(rows * frame, dtype)
        self.width, self.size, self.padding = width, size, padding
        if self.few:
            self.spread, self.total = np.empty_like(self.columns), np.empty((c, frame * frame), dtype)
        else:
            margin = width - 1 - padding
            whole = rows + 2 * margin
            self.framed = np.zeros((o, whole, whole), dtype)
            self.dz_inside = self.framed[:, margin : margin + rows, margin : margin + rows]
            strides = (whole * whole * item, whole * item, item, item)
            back = (size - 1) * whole + size
            self.dz_seen = Place(self.framed, (o, width, width, back), strides)
            self.dz_columns = np.empty((o, width, width, back), dtype)
            self.turned, self.dx_run = (
                np.empty((c, o, width, width), dtype),
                np.empty((c, size * whole), dtype),
            )
            self.back, self.dx = back, self.dx_run.reshape(c, size, whole)[:, :, :size]

    def see(self, x: Array) -> None:
        np.copyto(self.inside, x)
        np.copyto(self.windows, self.seen)

    def forward(self, x: Array, W: Array) -> Array:
        self.see(x)
        np.matmul(W.reshape(len(W), -1), self.columns, self.z_run[:, : self.run])
        return self.z

    def backward(self, x: Array, W: Array, dW: Array, db: Array, dx: Array | None) -> None:
        """Adds to dW and db; sets dx."""
        self.dz_run.dot(self.ones, self.db)
        np.add(db, self.db, db)
        self.see(x)
        np.matmul(self.dz_run[:, : self.run], self.columns.T, self.part)
        np.add(dW, self.part, dW)
        if dx is None:
            return
        if not self.few:
            np.copyto(self.turned, W[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))
            np.copyto(self.dz_inside, self.dz)
            np.copyto(self.dz_columns, self.dz_seen)
            columns = self.dz_columns.reshape(-1, self.back)
            np.matmul(self.turned.reshape(len(self.turned), -1), columns, self.dx_run[:, : self.back])
            np.copyto(dx, self.dx)
            return
        np.matmul(W.reshape(len(W), -1).T, self.dz_run[:, : self.run], self.spread)
        spread = self.spread.reshape(len(self.total), -1, self.run)
        self.total.fill(0)
        for k in range(spread.shape[1]):
            start = k // self.width * self.frame + k % self.width
            part = self.total[:, start : start + self.run]
            np.add(part, spread[:, k], part)
        whole, p = self.total.reshape(self.x.shape), self.padding
        np.copyto(dx, whole[:, p : p + self.size, p : p + self.size])


class Dense:
    """x W + b and its gradients."""

    def __init__(self, n: int, d: int, m: int, dtype: Any) -> None:
        self.z, self.dx = np.empty((n, m), dtype), np.empty((n, d), dtype)
        self.dW, self.db, self.ones = np.empty((d, m), dtype), np.empty(m, dtype), np.ones(n, dtype)
        self.zeros, self.mask = np.zeros((n, m), dtype), np.empty((n, m), bool)

    def forward(self, x: Array, W: Array, b: Array) -> Array:
        x.dot(W, self.z)
        np.add(self.z, b, self.z)
        return self.z

    def relu(self, x: Array, W: Array, b: Array) -> Array:
        self.forward(x, W, b)
        np.maximum(self.z, self.zeros, out=self.z)
        return self.z

    def through_relu(self, dz: Array) -> Array:
        np.greater(self.z, self.zeros, self.mask)
        np.multiply(dz, self.mask, dz)
        return dz

    def backward(self, x: Array, W: Array, dz: Array, further: bool = True) -> Array:
        x.T.dot(dz, self.dW)
        self.ones.dot(dz, self.db)
        if further:
            dz.dot(W.T, self.dx)
        return self.dx


def embedding_mean(a: Arrays, dtype: Any) -> Step:
    w, y, E = a["w"], a["y"], a["E"]
    (n, s), (v, d), (h, k) = w.shape, E.shape, a["V"].shape
    first, second, loss_of = Dense(n, d, h, dtype), Dense(n, h, k, dtype), CrossEntropy(n, k, dtype)
    rows, X, dE = np.empty((n, s, d), dtype), np.empty((n, d), dtype), np.empty((v, d), dtype)
    starts, places, along = np.empty((n, s, 1), np.intp), np.empty((n, s, d), np.intp), np.arange(d)
    share = np.array(1 / s, dtype)

    def step() -> Any:
        E.take(w, 0, rows, "clip")
        np.add.reduce(rows, 1, None, X)
        np.multiply(X, share, X)
        H = first.relu(X, a["W"], a["b"])
        z = second.forward(H, a["V"], a["c"])
        loss = loss_of(z, y)
        dX = first.backward(X, a["W"], first.through_relu(second.backward(H, a["V"], z)))
        np.multiply(dX, share, dX)
        np.copyto(rows, dX[:, None])
        np.multiply(w[:, :, None], d, starts)
        np.add(starts, along, places)
        dE.fill(0)
        np.add.at(dE.reshape(-1), places.reshape(-1), rows.reshape(-1))
        return loss, {"E": dE, "W": first.dW, "b": first.db, "V": second.dW, "c": second.db}

    return step


def highway(a: Arrays, dtype: Any) -> Step:
    x, y = a["x"], a["y"]
    (n, d), k = x.shape, a["V"].shape[1]
    loss_of, last = CrossEntropy(n, k, dtype), Dense(n, d, k, dtype)
    gates, values = [Dense(n, d, d, dtype) for _ in "12"], [Dense(n, d, d, dtype) for _ in "12"]
    H, dg, dv = np.empty((2, n, d), dtype), np.empty((n, d), dtype), np.empty((n, d), dtype)
    one, none, rest = np.array(1, dtype), np.zeros(k, dtype), np.empty((n, d), dtype)

    def step() -> Any:
        h, names = x, ("1", "2")
        for gate, value, name, out in zip(gates, values, names, H, strict=True):
            g = gate.forward(h, a[f"T{name}"], a[f"c{name}"])
            np.negative(g, g)
            np.exp(g, g)
            np.add(g, one, g)
            np.divide(one, g, g)
            np.subtract(value.relu(h, a[f"W{name}"], a[f"b{name}"]), h, out)
            np.multiply(out, g, out)
            np.add(out, h, out)
            h = out
        z = last.forward(h, a["V"], none)
        loss = loss_of(z, y)
        dh, found = last.backward(h, a["V"], z), {"V": last.dW}
        for i in (1, 0):
            gate, value, name = gates[i], values[i], names[i]
            below = H[0] if i else x
            np.multiply(dh, gate.z, dv)
            np.subtract(dh, dv, rest)
            np.subtract(value.z, below, dg)
            np.multiply(dg, dv, dg)
            value.through_relu(dv)
            np.subtract(one, gate.z, gate.z)
            np.multiply(dg, gate.z, dg)
            gate.backward(below, a[f"T{name}"], dg, bool(i))
            value.backward(below, a[f"W{name}"], dv, bool(i))
            if i:
                np.add(rest, gate.dx, rest)
                np.add(rest, value.dx, rest)
                dh = rest
            found |= {f"T{name}": gate.dW, f"c{name}": gate.db, f"W{name}": value.dW, f"b{name}": value.db}
        return loss, found

    return step


def mean_pooling(a: Arrays, dtype: Any) -> Step:
    x, y, V = a["x"], a["y"], a["V"]
    n, k = len(x), V.shape[1]
    low, high = Convolution(3, 16, 28, 5, 2, dtype), Convolution(16, 32, 14, 3, 1, dtype)
    A, P = np.empty((n, 16, 28, 28), dtype), np.empty((n, 16, 14, 14), dtype)
    B, means, last = np.empty((n, 32, 14, 14), dtype), np.empty((n, 32), dtype), Dense(n, 32, k, dtype)
    pairs, dP, wide = np.empty(A[0].size, dtype), np.empty(P[0].shape, dtype), np.empty((16, 14, 28), dtype)
    masks = np.empty(A[0].shape, bool), np.empty(B[0].shape, bool)
    zeros, ones, none = np.zeros((28, 28), dtype), np.ones(196, dtype), np.zeros(k, dtype)
    quarter, share = np.array(0.25, dtype), np.array(1 / 196, dtype)
    found = {name: np.empty_like(a[name]) for name in ("x", "W1", "b1", "W2", "b2")}
    dW1, dW2 = found["W1"].reshape(16, -1), found["W2"].reshape(32, -1)
    loss_of = CrossEntropy(n, k, dtype)

    def step() -> Any:
        b1, b2 = a["b1"][:, None, None], a["b2"][:, None, None]
        for i in range(n):
            np.add(low.forward(x[i], a["W1"]), b1, A[i])
            np.maximum(A[i], zeros, out=A[i])
            flat, rows = A[i].reshape(-1), pairs.reshape(A[i].shape)
            np.add(flat[:-1], flat[1:], pairs[:-1])
            np.add(rows[:, 0::2, 0::2], rows[:, 1::2, 0::2], P[i])
            np.multiply(P[i], quarter, P[i])
            np.add(high.forward(P[i], a["W2"]), b2, B[i])
            np.maximum(B[i], zeros[:14, :14], out=B[i])
            B[i].reshape(32, 196).dot(ones, means[i])
        np.multiply(means, share, means)
        z = last.forward(means, V, none)
        loss = loss_of(z, y)
        dmeans = last.backward(means, V, z)
        np.multiply(dmeans, share, dmeans)
        for name in ("W1", "b1", "W2", "b2"):
            found[name].fill(0)
        for i in range(n):
            np.greater(B[i], 0, masks[1])
            np.multiply(dmeans[i][:, None, None], masks[1], high.dz)
            high.backward(P[i], a["W2"], dW2, found["b2"], dP)
            np.multiply(dP, quarter, dP)
            np.copyto(wide[:, :, 0::2], dP)
            np.copyto(wide[:, :, 1::2], dP)
            np.greater(A[i], 0, masks[0])
            for row in (0, 1):
                np.multiply(wide, masks[0][:, row::2], low.dz[:, row::2])
            low.backward(x[i], a["W1"], dW1, found["b1"], found["x"][i])
        return loss, {**found, "V": last.dW}

    return step


def squeeze_excite(a: Arrays, dtype: Any) -> Step:
    x, r, (o, c) = a["x"], a["r"], a["W"].shape[:2]
    n, q = len(x), len(a["s"])
    conv, inner, outer = Convolution(c, o, 14, 3, 1, dtype), Dense(n, o, q, dtype), Dense(n, q, o, dtype)
    A, dY, means = np.empty(r.shape, dtype), np.empty(r.shape, dtype), np.empty((n, o), dtype)
    dG, one, ones, zeros = (
        np.empty((n, o), dtype),
        np.array(1, dtype),
        np.ones(196, dtype),
        np.zeros((14, 14), dtype),
    )
    share, part, mask = np.array(1 / 196, dtype), np.array(1 / n, dtype), np.empty(r.shape[1:], bool)
    found = {name: np.empty_like(a[name]) for name in ("x", "W", "b")}
    dW = found["W"].reshape(o, -1)

    def step() -> Any:
        b, loss = a["b"][:, None, None], 0.0
        for i in range(n):
            np.add(conv.forward(x[i], a["W"]), b, A[i])
            np.maximum(A[i], zeros, out=A[i])
            A[i].reshape(o, 196).dot(ones, means[i])
        np.multiply(means, share, means)
        h = inner.relu(means, a["S"], a["s"])
        G = outer.forward(h, a["E"], a["e"])
        np.negative(G, G)
        np.exp(G, G)
        np.add(G, one, G)
        np.divide(one, G, G)
        for i in range(n):
            np.multiply(A[i], G[i][:, None, None], dY[i])
            np.subtract(dY[i], r[i], dY[i])
            flat = dY[i].reshape(-1)
            loss += float(flat.dot(flat))
            np.multiply(dY[i], part, dY[i])
            np.vecdot(dY[i].reshape(o, 196), A[i].reshape(o, 196), dG[i])
        np.multiply(dG, G, dG)
        np.multiply(dG, one - G, dG)
        dh = inner.through_relu(outer.backward(h, a["E"], dG))
        dP = inner.backward(means, a["S"], dh)
        np.multiply(dP, share, dP)
        for total in (found["W"], found["b"]):
            total.fill(0)
        for i in range(n):
            np.multiply(dY[i], G[i][:, None, None], dY[i])
            np.add(dY[i], dP[i][:, None, None], dY[i])
            np.greater(A[i], 0, mask)
            np.multiply(dY[i], mask, conv.dz)
            conv.backward(x[i], a["W"], dW, found["b"], found["x"][i])
        dense = {"S": inner.dW, "s": inner.db, "E": outer.dW, "e": outer.db}
        return 0.5 * loss / n, {**found, **dense}

    return step


FURTHER = {
    "embedding_mean": embedding_mean,
    "highway": highway,
    "mean_pooling": mean_pooling,
    "squeeze_excite": squeeze_excite,
}
