"""Networks that pass errors on under the name of delta, and cells that return what they do not name."""

import numpy as np


class Bend:
    def forward(self, z):
        return np.tanh(z)

    def backward(self, a):
        """The slope in terms of the value."""
        return 1 - a**2


class Row:
    """A layer to which the network hands the error of what enters its function."""

    def __init__(self, n_in, n_out, function):
        self.function = function
        self.weights = np.random.randn(n_out, n_in)
        self.bias = np.zeros((n_out, 1))

    def answer(self, given):
        self.given = given
        self.output = self.function.forward(self.weights @ given + self.bias)
        return self.output

    def take(self, delta):
        self.d_weights, self.d_bias = delta @ self.given.T, delta
        return self.function.backward(self.given) * (self.weights.T @ delta)

    def move(self, rate):
        self.weights += rate * self.d_weights
        self.bias += rate * self.d_bias


class Column(Row):
    def take(self, delta):
        self.g_weights, self.g_bias = delta @ self.given.T, delta
        return self.function.backward(self.given) * (self.weights.T @ delta)

    def move(self, rate):
        self.weights -= rate * self.g_weights
        self.bias -= rate * self.g_bias


class RowsOfDeltas:
    """The error is label - output, and the update adds what comes of it."""

    kind = Row

    def __init__(self, sizes):
        self.rows = [self.kind(a, b, Bend()) for a, b in zip(sizes[:-1], sizes[1:])]

    def predict(self, given):
        for row in self.rows:
            given = row.answer(given)
        return given

    def calc_gradient(self, label):
        last = self.rows[-1]
        delta = last.function.backward(last.output) * (label - last.output)
        for row in self.rows[::-1]:
            delta = row.take(delta)
        return delta


class RowsOfDeltasSubtracted(RowsOfDeltas):
    """The same error, and an update that goes the wrong way."""

    kind = Column

    def calc_gradient(self, label):
        return super().calc_gradient(label)


def gates_of(x, h_prev, Wx, Wh, b):
    H = h_prev.shape[0]
    z = Wx @ x + Wh @ h_prev + b
    return 1 / (1 + np.exp(-z[:H])), 1 / (1 + np.exp(-z[H : 2 * H])), np.tanh(z[2 * H :])


def coupled_forward(x, h_prev, c_prev, Wx, Wh, b):
    """One step. Wx: (3H, d), Wh: (3H, H), b: (3H,); what is not kept is new."""
    keep, show, new = gates_of(x, h_prev, Wx, Wh, b)
    c = keep * c_prev + (1 - keep) * new
    return show * np.tanh(c), c, (x, h_prev, c_prev, keep, show, new, c)


def slopes_of(dh, dc, cache):
    x, h_prev, c_prev, keep, show, new, c = cache
    dc = dc + dh * show * (1 - np.tanh(c) ** 2)
    of_keep = dc * (c_prev - new) * keep * (1 - keep)
    of_show = dh * np.tanh(c) * show * (1 - show)
    return np.concatenate([of_keep, of_show, dc * (1 - keep) * (1 - new**2)]), dc * keep


def coupled_backward(dh, dc, cache, Wx, Wh):
    """The gradients of x, h_prev, c_prev, Wx, Wh and b, in this order."""
    dz, dc_prev = slopes_of(dh, dc, cache)
    return Wx.T @ dz, Wh.T @ dz, dc_prev, np.outer(dz, cache[0]), np.outer(dz, cache[1]), dz


def uncoupled_forward(x, h_prev, c_prev, Wx, Wh, b):
    return coupled_forward(x, h_prev, c_prev, Wx, Wh, b)


def uncoupled_backward(dh, dc, cache, Wx, Wh):
    """The weights of the state get the state that comes out, not the one that went in."""
    dz, dc_prev = slopes_of(dh, dc, cache)
    shown = cache[4] * np.tanh(cache[6])
    return Wx.T @ dz, Wh.T @ dz, dc_prev, np.outer(dz, cache[0]), np.outer(dz, shown), dz


class SpreadNextToNothing:
    """A number that no float sees, in one place on the way forward and in another on the way back."""

    def __init__(self, m):
        self.eps = 1e-20
        self.G = np.random.randn(m, 1)

    def forward(self, A):
        self.A = A
        self.mean, self.var = np.mean(A, axis=1, keepdims=True), np.var(A, axis=1, keepdims=True)
        self.normal = (A - self.mean) / (np.sqrt(self.var) + self.eps)
        return self.G * self.normal

    def backward(self, dLdZ):
        K = self.A.shape[1]
        inverse, g = 1 / np.sqrt(self.var + self.eps), dLdZ * self.G
        of_var = np.sum(g * (self.A - self.mean) * -0.5 * inverse**3, axis=1, keepdims=True)
        of_mean = np.sum(-g * inverse, axis=1, keepdims=True)
        self.dLdG = np.sum(dLdZ * self.normal, axis=1, keepdims=True)
        return g * inverse + of_var * 2 / K * (self.A - self.mean) + of_mean / K
