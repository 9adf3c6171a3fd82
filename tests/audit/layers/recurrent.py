"""Recurrent layers, attention and embeddings: lists, dicts, index t-1, caches popped."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class RNNCell:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.cache = None

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        t = np.dot(h_prev, Wh) + np.dot(x, Wx) + b
        h_next = np.tanh(t)
        self.cache = (x, h_prev, h_next)
        return h_next

    def backward(self, dh_next):
        Wx, Wh, b = self.params
        x, h_prev, h_next = self.cache
        dt = dh_next * (1 - h_next**2)
        db = np.sum(dt, axis=0)
        dWh = np.dot(h_prev.T, dt)
        dh_prev = np.dot(dt, Wh.T)
        dWx = np.dot(x.T, dt)
        dx = np.dot(dt, Wx.T)
        self.grads[0][...] = dWx
        self.grads[1][...] = dWh
        self.grads[2][...] = db
        return dx, dh_prev


class RNN:
    """A list of hidden states; h[-1] is the start."""

    def __init__(self, input_size, hidden_size):
        self.hidden_size = hidden_size
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)
        self.b = np.zeros(hidden_size)

    def forward(self, x):
        n, t, d = x.shape
        self.x = x
        self.hs = {-1: np.zeros((n, self.hidden_size))}
        out = np.zeros((n, t, self.hidden_size))
        for k in range(t):
            self.hs[k] = np.tanh(x[:, k] @ self.Wx + self.hs[k - 1] @ self.Wh + self.b)
            out[:, k] = self.hs[k]
        return out

    def backward(self, dout):
        n, t, _ = dout.shape
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        self.db = np.zeros_like(self.b)
        dx = np.zeros_like(self.x)
        dh = np.zeros((n, self.hidden_size))
        for k in reversed(range(t)):
            dz = (dout[:, k] + dh) * (1 - self.hs[k] ** 2)
            self.dWx += self.x[:, k].T @ dz
            self.dWh += self.hs[k - 1].T @ dz
            self.db += dz.sum(axis=0)
            dx[:, k] = dz @ self.Wx.T
            dh = dz @ self.Wh.T
        return dx


class RNNWithoutTranspose:
    """The hidden gradient goes back through Wh without a transpose."""

    def __init__(self, input_size, hidden_size):
        self.hidden_size = hidden_size
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)

    def forward(self, x):
        n, t, d = x.shape
        self.x = x
        self.hs = {-1: np.zeros((n, self.hidden_size))}
        out = np.zeros((n, t, self.hidden_size))
        for k in range(t):
            self.hs[k] = np.tanh(x[:, k] @ self.Wx + self.hs[k - 1] @ self.Wh)
            out[:, k] = self.hs[k]
        return out

    def backward(self, dout):
        n, t, _ = dout.shape
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dx = np.zeros_like(self.x)
        dh = np.zeros((n, self.hidden_size))
        for k in reversed(range(t)):
            dz = (dout[:, k] + dh) * (1 - self.hs[k] ** 2)
            self.dWx += self.x[:, k].T @ dz
            self.dWh += self.hs[k - 1].T @ dz
            dx[:, k] = dz @ self.Wx.T
            dh = dz @ self.Wh
        return dx


class RNNTruncated:
    """No flow through time."""

    def __init__(self, input_size, hidden_size):
        self.hidden_size = hidden_size
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)

    def forward(self, x):
        n, t, d = x.shape
        self.x = x
        self.hs = [np.zeros((n, self.hidden_size))]
        out = np.zeros((n, t, self.hidden_size))
        for k in range(t):
            self.hs.append(np.tanh(x[:, k] @ self.Wx + self.hs[-1] @ self.Wh))
            out[:, k] = self.hs[-1]
        return out

    def backward(self, dout):
        n, t, _ = dout.shape
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dx = np.zeros_like(self.x)
        for k in range(t):
            dz = dout[:, k] * (1 - self.hs[k + 1] ** 2)
            self.dWx += self.x[:, k].T @ dz
            self.dWh += self.hs[k].T @ dz
            dx[:, k] = dz @ self.Wx.T
        return dx


class RNNAssigned:
    """The gradient of the last step overwrites the others."""

    def __init__(self, input_size, hidden_size):
        self.hidden_size = hidden_size
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)

    def forward(self, x):
        n, t, d = x.shape
        self.x = x
        self.hs = [np.zeros((n, self.hidden_size))]
        out = np.zeros((n, t, self.hidden_size))
        for k in range(t):
            self.hs.append(np.tanh(x[:, k] @ self.Wx + self.hs[-1] @ self.Wh))
            out[:, k] = self.hs[-1]
        return out

    def backward(self, dout):
        n, t, _ = dout.shape
        dx = np.zeros_like(self.x)
        dh = np.zeros((n, self.hidden_size))
        for k in reversed(range(t)):
            dz = (dout[:, k] + dh) * (1 - self.hs[k + 1] ** 2)
            self.dWx = self.x[:, k].T @ dz
            self.dWh = self.hs[k].T @ dz
            dx[:, k] = dz @ self.Wx.T
            dh = dz @ self.Wh.T
        return dx


class RNNClipped:
    """Gradients clipped at the end."""

    def __init__(self, input_size, hidden_size):
        self.hidden_size = hidden_size
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)

    def forward(self, x):
        n, t, d = x.shape
        self.x, self.h = x, np.zeros((n, t + 1, self.hidden_size))
        for k in range(t):
            self.h[:, k] = np.tanh(x[:, k] @ self.Wx + self.h[:, k - 1] @ self.Wh)
        return self.h[:, :-1]

    def backward(self, dout):
        n, t, _ = dout.shape
        dWx, dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dh = np.zeros((n, self.hidden_size))
        for k in reversed(range(t)):
            dz = (dout[:, k] + dh) * (1 - self.h[:, k] ** 2)
            dWx += self.x[:, k].T @ dz
            dWh += self.h[:, k - 1].T @ dz
            dh = dz @ self.Wh.T
        for g in [dWx, dWh]:
            np.clip(g, -5, 5, out=g)
        self.dWx, self.dWh = dWx, dWh


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o, g = (
        sigmoid(a[:, :H]),
        sigmoid(a[:, H : 2 * H]),
        sigmoid(a[:, 2 * H : 3 * H]),
        np.tanh(a[:, 3 * H :]),
    )
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    do = dnext_h * tc
    di, dg, df = dc * g, dc * i, dc * prev_c
    da = np.hstack((di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)))
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dprev_c = dc * f
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


class Embedding:
    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]
        self.idx = None

    def forward(self, idx):
        (W,) = self.params
        self.idx = idx
        return W[idx]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.idx, dout)
        return None


class EmbeddingAssigned:
    """A word that occurs twice keeps one gradient."""

    def __init__(self, W):
        self.W = W

    def forward(self, idx):
        self.idx = idx
        return self.W[idx]

    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        self.dW[self.idx] = dout


def attention_forward(q, k, v):
    d = q.shape[-1]
    s = q @ k.transpose(0, 2, 1) / np.sqrt(d)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p @ v, (q, k, v, p)


def attention_backward(dout, cache):
    q, k, v, p = cache
    d = q.shape[-1]
    dv = p.transpose(0, 2, 1) @ dout
    dp = dout @ v.transpose(0, 2, 1)
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) / np.sqrt(d)
    dq = ds @ k
    dk = ds.transpose(0, 2, 1) @ q
    return dq, dk, dv


class Attention:
    """The scale is forgotten on the way back."""

    def forward(self, q, k, v):
        self.q, self.k, self.v = q, k, v
        s = np.einsum("nid,njd->nij", q, k) / np.sqrt(q.shape[-1])
        e = np.exp(s - np.max(s, axis=-1, keepdims=True))
        self.p = e / np.sum(e, axis=-1, keepdims=True)
        return np.einsum("nij,njd->nid", self.p, v)

    def backward(self, dout):
        dv = np.einsum("nij,nid->njd", self.p, dout)
        dp = np.einsum("nid,njd->nij", dout, self.v)
        ds = self.p * (dp - np.sum(dp * self.p, axis=-1, keepdims=True))
        dq = np.einsum("nij,njd->nid", ds, self.k)
        dk = np.einsum("nij,nid->njd", ds, self.q)
        return dq, dk, dv


def averaging_cell_forward(xt, a_prev, parameters):
    a_next = np.tanh(parameters["Waa"] @ a_prev + parameters["Wax"] @ xt + parameters["ba"])
    return a_next, (a_next, a_prev, xt, parameters)


def averaging_cell_backward(da_next, cache):
    """Weights averaged over the samples, states not: a convention."""
    a_next, a_prev, xt, parameters = cache
    m = xt.shape[1]
    dz = (1 - a_next**2) * da_next
    return {
        "dxt": parameters["Wax"].T @ dz,
        "da_prev": parameters["Waa"].T @ dz,
        "dWax": dz @ xt.T / m,
        "dWaa": dz @ a_prev.T / m,
        "dba": np.sum(dz, axis=1, keepdims=True) / m,
    }


class HeadsMixed:
    """The heads are split without a transpose on the way back: right with one head only."""

    def __init__(self, d_model, num_heads):
        self.h, self.k = num_heads, d_model // num_heads
        self.W = np.random.randn(d_model, d_model)

    def forward(self, x):
        n, t, d = x.shape
        self.x = x
        self.q = (x @ self.W).reshape(n, t, self.h, self.k).transpose(0, 2, 1, 3)
        return (self.q * self.q).transpose(0, 2, 1, 3).reshape(n, t, d)

    def backward(self, dout):
        n, t, d = dout.shape
        dq = 2 * self.q * dout.reshape(n, self.h, t, self.k)
        dq = dq.transpose(0, 2, 1, 3).reshape(n, t, d)
        self.dW = np.einsum("nti,ntj->ij", self.x, dq)
        return dq @ self.W.T


class OpenGate:
    """Half of the bias starts at 1, so that what the gate guards is kept at first."""

    def __init__(self, d, h):
        self.h = h
        self.W = np.random.randn(d, 2 * h)
        self.b = np.zeros((1, 2 * h))
        self.b[0, h : 2 * h] = 1.0

    def forward(self, x):
        self.x = x
        z = x @ self.W + self.b
        self.g = np.tanh(z[:, : self.h])
        self.f = 1 / (1 + np.exp(-z[:, self.h : 2 * self.h]))
        return self.f * self.g

    def backward(self, dout):
        dg = dout * self.f * (1 - self.g**2)
        df = dout * self.g * self.f * (1 - self.f)
        dz = np.concatenate([dg, df], axis=1)
        self.dW = self.x.T @ dz
        self.db = dz.sum(axis=0, keepdims=True)
        return dz @ self.W.T


class OpenGateAtOneSample(OpenGate):
    def backward(self, dout):
        dg = dout * self.f * (1 - self.g**2)
        df = dout * self.g * self.f * (1 - self.f)
        dz = np.concatenate([dg, df], axis=1)
        self.dW = self.x.T @ dz
        self.db = dz[:1]
        return dz @ self.W.T
