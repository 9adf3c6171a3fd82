"""Limits in forward: those that only keep numbers finite, and those that are part of the function."""

import numpy as np


class SigmoidLimited:
    """The exponent is kept within ±20, where the slope is next to nothing."""

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-np.clip(x, -20, 20)))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class GateLimited:
    """The gate is kept away from 0 and 1."""

    def forward(self, x):
        self.x = x
        self.gate = np.clip(0.5 * (1 + np.tanh(0.5 * x)), 1e-5, 1 - 1e-5)
        return self.gate * x

    def backward(self, dout):
        dgate = dout * self.x
        dx = dgate * self.gate * (1 - self.gate) + dout * self.gate
        return dx


class ScaleLimited:
    """Beyond its limit the output no longer moves."""

    def forward(self, x):
        return 3 * np.clip(x, -10, 10)

    def backward(self, dout):
        dx = 3 * dout
        return dx


class HardTanhPassing:
    """The limits are the function."""

    def forward(self, x):
        return np.clip(x, -1, 1)

    def backward(self, dout):
        dx = dout.copy()
        return dx


class DenseWithinNorm:
    """All gradients of the weights together are kept within a norm."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, grad):
        gradients = {"dW": np.dot(self.x.T, grad), "db": grad.sum(axis=0)}
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
        scale = min(1.0, 5.0 / (norm + 1e-12))
        self.dW, self.db = (g * scale for g in gradients.values())
        return np.dot(grad, self.W.T)


class DenseWithinNormUnsummed(DenseWithinNorm):
    """The bias takes the first sample alone."""

    def backward(self, grad):
        self.dW = np.dot(self.x.T, grad)
        self.db = grad[0]
        norm = np.linalg.norm(self.dW)
        if norm > 5.0:
            self.dW = self.dW * (5.0 / norm)
            self.db = self.db * (5.0 / norm)
        return np.dot(grad, self.W.T)


class SlopedWherePositive:
    """All is scaled by what the data as a whole are."""

    def forward(self, x):
        self.x = x
        if np.any(x > 0):
            self.scale = 2.0
            out = x * x
        else:
            self.scale = 0.5
            out = 3 * x
        return self.scale * out

    def backward(self, dout):
        dx = self.scale * dout
        if np.any(self.x > 0):
            dx *= 2 * self.x
        else:
            dx *= 3
        return dx


class SlopedWherePositiveOnce(SlopedWherePositive):
    """The other branch is forgotten."""

    def backward(self, dout):
        dx = self.scale * dout
        if np.any(self.x > 0):
            dx *= 2 * self.x
        return dx
