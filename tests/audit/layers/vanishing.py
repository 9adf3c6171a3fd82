"""Gradients that are zero for one sample, and losses that are stated but not the one that backward has."""

import numpy as np


class CenteredOverSamples:
    def forward(self, x):
        return x - x.mean(axis=0)

    def backward(self, dout):
        return dout - dout.mean(axis=0)


class CenteredThenSummed:
    def forward(self, x):
        return x - x.mean(axis=0)

    def backward(self, dout):
        dx = dout - dout.mean(axis=0)
        return 4 * dx.sum(axis=0)


class SquaredSigmoid:
    def __init__(self, n_features):
        self.w = np.random.randn(n_features, 1)

    def forward(self, X):
        self.a = 1 / (1 + np.exp(-np.dot(X, self.w)))
        return self.a

    def compute_loss(self, y, y_hat):
        return np.sum((y - y_hat) ** 2)

    def backprop(self, X, y):
        y_hat = self.forward(X)
        dz = 2 * (y_hat - y) * y_hat * (1 - y_hat)
        dw = np.dot(X.T, dz)
        return dw


class SquaredSigmoidByEntropy(SquaredSigmoid):
    def forward(self, X):
        self.a = 1 / (1 + np.exp(-np.dot(X, self.w)))
        return self.a

    def backprop(self, X, y):
        y_hat = self.forward(X)
        dz = y_hat - y
        dw = np.dot(X.T, dz)
        return dw
