"""Layers that are given one function for an activation and its slope: `activation(z, derivative=True)`."""

import numpy as np


class DenseOfFlaggedFunction:
    def __init__(self, n_in, n_out, activation):
        self.W = np.random.randn(n_in, n_out)
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.z = x @ self.W
        return self.activation(self.z)

    def backward(self, grad):
        dz = grad * self.activation(self.z, derivative=True)
        self.dW = self.x.T @ dz
        return dz @ self.W.T


class DenseOfFlaggedValue:
    """The slope is taken of the value, as that of a sigmoid may be."""

    def __init__(self, n_in, n_out, activation):
        self.W = np.random.randn(n_in, n_out)
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.a = self.activation(x @ self.W)
        return self.a

    def backward(self, grad):
        dz = grad * self.activation(self.a, deriv=True)
        self.dW = self.x.T @ dz
        return dz @ self.W.T


class DenseOfFlagForgotten:
    def __init__(self, n_in, n_out, activation):
        self.W = np.random.randn(n_in, n_out)
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.z = x @ self.W
        return self.activation(self.z)

    def backward(self, grad):
        dz = grad * self.activation(self.z, prime=True)
        self.dW = self.x.T @ grad
        return dz @ self.W.T
