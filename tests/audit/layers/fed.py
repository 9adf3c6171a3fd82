"""Layers whose data and upstream gradients are put into attributes by the network around them."""

import numpy as np


class Link:
    def __init__(self):
        self.input = None
        self.output = None
        self.dloss_din = None
        self.dloss_dout = None


class LinkedTanh(Link):
    def forward(self):
        self.output = np.tanh(self.input)
        return self.output

    def backward(self):
        self.dloss_din = self.dloss_dout * self.slope()

    def slope(self):
        return 1 - self.output**2


class LinkedTanhOfInput(LinkedTanh):
    def slope(self):
        return 1 - self.input**2


class LinkedLinear(Link):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weights = np.random.randn(n_in, n_out)
        self.dweights = None

    def forward(self):
        self.output = np.dot(self.input, self.weights)
        return self.output

    def backward(self):
        self.dloss_din = np.dot(self.dloss_dout, self.weights.T)
        self.dweights = np.dot(self.input.T, self.dloss_dout)


class LinkedLinearOfOutput(LinkedLinear):
    """The weights take the output where the input belongs."""

    def backward(self):
        self.dloss_din = np.dot(self.dloss_dout, self.weights.T)
        self.dweights = np.dot(self.output.T, self.dloss_dout)


class Gated:
    """Two steps, the second of which has a backward of its own."""

    def gate_forward(self, left, right):
        return left * np.tanh(right)

    def gate_backward(self, grad):
        dleft = grad * np.tanh(self.right)
        dright = grad * self.left * (1 - np.tanh(self.right) ** 2)
        return dleft, dright

    def forward(self, x):
        self.left = 2 * x
        self.right = x + 1
        return self.gate_forward(self.left, self.right)

    def backward(self, grad):
        dleft, dright = self.gate_backward(grad)
        return 2 * dleft + dright


class GatedOnce(Gated):
    def backward(self, grad):
        dleft, dright = self.gate_backward(grad)
        return dleft + dright
