"""Tensors whose operations leave a function inside them as their way back."""

import numpy as np


def summed_to(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


class Quantity:
    def __init__(self, data, parents=()):
        self.data = np.asarray(data)
        self.grad = np.zeros_like(self.data)
        self.parents = set(parents)
        self._backward = lambda: None

    def __add__(self, other):
        out = Quantity(self.data + other.data, (self, other))

        def _backward():
            self.grad += summed_to(out.grad, self.data.shape)
            other.grad += summed_to(out.grad, other.data.shape)

        out._backward = _backward
        return out

    def __mul__(self, other):
        """Nothing is summed for an operand that is repeated."""
        out = Quantity(self.data * other.data, (self, other))

        def _backward():
            self.grad = self.grad + out.grad * other.data
            other.grad = other.grad + out.grad * self.data

        out._backward = _backward
        return out

    def __matmul__(self, other):
        out = Quantity(self.data @ other.data, (self, other))

        def _backward():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad

        out._backward = _backward
        return out

    def __truediv__(self, other):
        out = Quantity(self.data / other.data, (self, other))

        def _backward():
            self.grad += out.grad / other.data
            other.grad += out.grad * self.data / other.data**2

        out._backward = _backward
        return out

    def __pow__(self, exponent):
        out = Quantity(self.data**exponent, (self,))

        def _backward():
            self.grad += exponent * self.data ** (exponent - 1) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = Quantity(np.tanh(self.data), (self,))

        def _backward():
            self.grad += (1 - self.data**2) * out.grad

        out._backward = _backward
        return out

    def sum(self, axis=0):
        out = Quantity(np.sum(self.data, axis=axis), (self,))

        def _backward():
            self.grad += np.expand_dims(out.grad, axis) * np.ones_like(self.data)

        out._backward = _backward
        return out
