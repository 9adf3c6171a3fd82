"""Layers as libraries and courses have them: losses that are handed their value, steps in a list, thinned images."""

import numpy as np


class LogLoss:
    """Its backward is handed the value of the loss, which it does not need."""

    def forward(self, p, answers):
        self.p, self.answers = p, answers
        return -np.mean(np.log(p[np.arange(len(answers)), answers]))

    def backward(self, loss):
        rows = np.arange(len(self.answers))
        dp = np.zeros_like(self.p)
        dp[rows, self.answers] = -1.0 / len(rows) / self.p[rows, self.answers]
        return dp


class LogLossUndivided(LogLoss):
    """The slope of the logarithm is left out."""

    def backward(self, loss):
        rows = np.arange(len(self.answers))
        dp = np.zeros_like(self.p)
        dp[rows, self.answers] = -1.0 / len(rows)
        return dp


class SquaresOfEach:
    """One loss for each sample: what comes after it has a say, and is not asked."""

    def forward(self, x, t):
        self.gap = x - t
        return 0.5 * np.sum(self.gap**2, axis=1)

    def backward(self, dout):
        return self.gap


class ListOfSteps:
    """Columns one after the other; the answers of all steps go into one list."""

    def __init__(self, n_in, n_hid, n_out):
        self.hidden = n_hid
        self.U = np.random.randn(n_hid, n_in)
        self.W = np.random.randn(n_hid, n_hid)
        self.V = np.random.randn(n_out, n_hid)
        self.b = np.zeros((n_hid, 1))

    def forward(self, x):
        state = np.zeros((self.hidden, 1))
        self.states, answers = [state], []
        for step in range(len(x)):
            state = np.tanh(self.U @ x[step].reshape(-1, 1) + self.W @ state + self.b)
            self.states.append(state)
            answers.append(self.V @ state)
        return answers

    def gradients(self, x, y):
        """The sums over all steps, from the last to the first."""
        dU, dW, dV, db = (np.zeros_like(p) for p in (self.U, self.W, self.V, self.b))
        later = np.zeros((self.hidden, 1))
        answers = self.forward(x)
        for step in range(len(x) - 1, -1, -1):
            error = answers[step] - y[step].reshape(-1, 1)
            dV += error @ self.states[step + 1].T
            raw = (self.V.T @ error + later) * (1 - self.states[step + 1] ** 2)
            dU += raw @ x[step].reshape(1, -1)
            dW += raw @ self.before(step).T
            db += raw
            later = self.W.T @ raw
        return dU, dW, dV, db

    def before(self, step):
        return self.states[step]

    def backward(self, x, y, rate):
        dU, dW, dV, db = self.gradients(x, y)
        self.U -= rate * dU
        self.W -= rate * dW
        self.V -= rate * dV
        self.b -= rate * db


class ListOfStepsLate(ListOfSteps):
    """The state of the step itself where that of the step before belongs."""

    def before(self, step):
        return self.states[step + 1]


class Thinned:
    """Every second row and column."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        self.height, self.width = x.shape[2:]
        rows, columns = (int((s - 1) / self.factor + 1) for s in x.shape[2:])
        out = np.zeros((x.shape[0], x.shape[1], rows, columns))
        out[...] = x[:, :, :: self.factor, :: self.factor]
        return out

    def backward(self, dout):
        dx = np.zeros((*dout.shape[:2], self.height, self.width))
        dx[:, :, :: self.factor, :: self.factor] = dout
        return dx


class ThinnedTurned(Thinned):
    """Height and width are mixed up on the way back, which only square images survive."""

    def backward(self, dout):
        dx = np.zeros((*dout.shape[:2], self.width, self.height))
        dx[:, :, :: self.factor, :: self.factor] = dout
        return dx


class HalvesGated:
    """The first half of the features is a gate for the second: an even number of them is meant."""

    def forward(self, x):
        half = x.shape[-1] // 2
        self.gate, self.rest = 1 / (1 + np.exp(-x[:, :half])), x[:, half:]
        return self.gate * self.rest

    def backward(self, dout):
        slope = self.gate * (1 - self.gate)
        return np.concatenate([dout * self.rest * slope, dout * self.gate], axis=-1)


class HalvesGatedTurned(HalvesGated):
    def backward(self, dout):
        slope = self.gate * (1 - self.gate)
        return np.concatenate([dout * self.gate, dout * self.rest * slope], axis=-1)


def spare_forward(x, settings):
    """Keeps entries with probability p."""
    p = settings["p"]
    kept = (np.random.rand(*x.shape) < p) / p
    return x * kept, kept


def spare_backward(dout, cache):
    return dout * cache


def sparing_forward(x, settings):
    p = settings["p"]
    kept = np.random.rand(*x.shape) < p
    return x * kept / p, kept


def sparing_backward(dout, cache):
    """The entries that stay have grown on the way forward, and do not on the way back."""
    dx = dout * cache
    return dx


class RowsOfFeatures:
    """Standardised features.

    forward takes x: (samples, features)
    """

    def __init__(self, features):
        self.gain, self.eps = np.ones((1, features)), 1e-5

    def forward(self, x):
        """
        x: (samples, features)
        returns: (samples, features)
        """
        self.spread = np.sqrt(x.var(axis=0) + self.eps)
        self.normal = (x - x.mean(axis=0)) / self.spread
        return self.gain * self.normal

    def backward(self, dout):
        self.dgain = np.sum(dout * self.normal, axis=0, keepdims=True)
        g = dout * self.gain
        return (g - g.mean(axis=0) - self.normal * (g * self.normal).mean(axis=0)) / self.spread


class ColumnsOfFeatures:
    """The same with samples as columns, and with the number of features called m."""

    def __init__(self, m):
        self.G = np.random.randn(m, 1)

    def forward(self, A):
        self.K = A.shape[1]
        self.spread = np.sqrt(np.var(A, axis=1, keepdims=True) + 1e-6)
        self.normal = (A - np.mean(A, axis=1, keepdims=True)) / self.spread
        return self.G * self.normal

    def backward(self, dLdZ):
        self.dLdG = np.sum(dLdZ * self.normal, axis=1, keepdims=True)
        g = dLdZ * self.G
        own = np.sum(g * self.normal, axis=1, keepdims=True)
        return (g - np.sum(g, axis=1, keepdims=True) / self.K - self.normal * own / self.K) / self.spread
