"""Outputs under the numbers of the steps, with the answers on the way back; slopes beside gradients."""

import numpy as np


class CharacterCell:
    def __init__(self, vocab_size, hidden_size):
        self.V = vocab_size
        self.Wx = np.random.randn(hidden_size, vocab_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)
        self.Wy = np.random.randn(vocab_size, hidden_size)
        self.bh = np.zeros((hidden_size, 1))

    def forward(self, inputs, h_prev):
        xs, hs, ps = {}, {}, {}
        hs[-1] = np.copy(h_prev)
        for t in range(len(inputs)):
            xs[t] = np.zeros((self.V, 1))
            xs[t][inputs[t]] = 1
            hs[t] = np.tanh(np.dot(self.Wx, xs[t]) + np.dot(self.Wh, hs[t - 1]) + self.bh)
            e = np.exp(np.dot(self.Wy, hs[t]))
            ps[t] = e / np.sum(e)
        return ps, hs[len(inputs) - 1], (xs, hs, ps)

    def backward(self, targets, cache):
        xs, hs, ps = cache
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        self.dWy, self.dbh = np.zeros_like(self.Wy), np.zeros_like(self.bh)
        dh_next = np.zeros_like(hs[0])
        for t in reversed(range(len(targets))):
            dy = np.copy(ps[t])
            dy[targets[t]] -= 1
            self.dWy += np.dot(dy, hs[t].T)
            dz = (np.dot(self.Wy.T, dy) + dh_next) * (1 - hs[t] ** 2)
            self.dbh += dz
            self.dWx += np.dot(dz, xs[t].T)
            self.dWh += np.dot(dz, hs[t - 1].T)
            dh_next = self.carried(dz)

    def carried(self, dz):
        return np.dot(self.Wh.T, dz)


class CharacterCellTurned(CharacterCell):
    def carried(self, dz):
        return np.dot(self.Wh, dz)


class SlopeKept:
    """The slope is kept beside the gradient."""

    def __init__(self, shortcut=None):
        self.shortcut = shortcut

    def update(self, rate):
        if self.shortcut is not None:
            self.shortcut.update(rate)

    def forward(self, x):
        self.out = np.tanh(x)
        return self.out if self.shortcut is None else self.out + self.shortcut.forward(x)

    def backward(self, dout):
        self.dy_dx = 1 - self.out**2
        dx = dout * self.dy_dx
        return dx
