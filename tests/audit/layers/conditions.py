"""Layers whose mistakes show under a condition only: a setting, several channels, several steps, a gain."""

import numpy as np


class PaddedSum:
    """Windows of three along an axis; the padding is not taken off on the way back."""

    def __init__(self, padding=0):
        self.padding = padding

    def forward(self, x):
        self.shape = x.shape
        padded = np.pad(x, ((0, 0), (self.padding, self.padding)))
        self.width = padded.shape[1]
        return padded[:, :-2] + 2 * padded[:, 1:-1] + 3 * padded[:, 2:]

    def backward(self, dout):
        dpadded = np.zeros((self.shape[0], self.width))
        dpadded[:, :-2] += dout
        dpadded[:, 1:-1] += 2 * dout
        dpadded[:, 2:] += 3 * dout
        return dpadded[:, : self.shape[1]]


class PooledAssigned:
    """Right while windows do not overlap."""

    def __init__(self, size=2, stride=2):
        self.size, self.stride = size, stride

    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x
        rows, columns = (h - self.size) // self.stride + 1, (w - self.size) // self.stride + 1
        out = np.zeros((n, c, rows, columns))
        for i in range(rows):
            for j in range(columns):
                a, b = i * self.stride, j * self.stride
                out[:, :, i, j] = x[:, :, a : a + self.size, b : b + self.size].mean(axis=(2, 3))
        return out

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                a, b = i * self.stride, j * self.stride
                share = dout[:, :, i, j][:, :, None, None] / self.size**2
                dx[:, :, a : a + self.size, b : b + self.size] = share
        return dx


class ChannelsShared:
    """A gain for each channel, whose gradient is summed over all channels."""

    def __init__(self, channels):
        self.gamma = np.random.randn(channels)

    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x
        return x * self.gamma[None, :, None, None]

    def backward(self, dout):
        self.dgamma = np.sum(dout * self.x) * np.ones_like(self.gamma)
        return dout * self.gamma[None, :, None, None]


class StepsOnce:
    """The state of the step before gets no gradient from the steps after it."""

    def __init__(self, n_in, n_hidden):
        self.Wx = np.random.randn(n_in, n_hidden)
        self.Wh = np.random.randn(n_hidden, n_hidden)

    def forward(self, x):
        n, t, d = x.shape
        self.x, self.h = x, [np.zeros((n, self.Wh.shape[0]))]
        for step in range(t):
            self.h.append(np.tanh(x[:, step] @ self.Wx + self.h[-1] @ self.Wh))
        return np.stack(self.h[1:], axis=1)

    def backward(self, dout):
        n, t, d = self.x.shape
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dx, dnext = np.zeros_like(self.x), 0
        for step in reversed(range(t)):
            dz = (dout[:, step] + dnext) * (1 - self.h[step + 1] ** 2)
            self.dWx += self.x[:, step].T @ dz
            self.dWh += self.h[step].T @ dz
            dx[:, step] = dz @ self.Wx.T
            dnext = dz @ self.Wh
        return dx


class DropoutKept:
    """The scale of the mask is applied in training, and forgotten on the way back."""

    def __init__(self, rate=0.5):
        self.rate = rate

    def forward(self, x, training=True):
        self.training = training
        if not training:
            return x
        self.mask = np.random.rand(*x.shape) > self.rate
        return x * self.mask / (1 - self.rate)

    def backward(self, dout):
        return dout * self.mask if self.training else dout


class GainForgotten:
    """Right while gamma has its first value, 1."""

    def __init__(self, features):
        self.gamma = np.ones(features)

    def forward(self, x):
        self.x = x
        return np.tanh(x) * self.gamma

    def backward(self, dout):
        self.dgamma = np.sum(dout * np.tanh(self.x), axis=0)
        return dout * (1 - np.tanh(self.x) ** 2)


class PooledEmbedding:
    """Words that come twice in one sample count once where their vectors are summed."""

    def __init__(self, vocabulary, width, pool=None):
        self.W = np.random.randn(vocabulary, width)
        self.pool = pool

    def forward(self, ids):
        self.ids = ids
        vectors = self.W[ids]
        return vectors.sum(axis=1) if self.pool == "sum" else vectors

    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        if self.pool == "sum":
            for sample, row in enumerate(self.ids):
                self.dW[row] += dout[sample]
        else:
            np.add.at(self.dW, self.ids, dout)
