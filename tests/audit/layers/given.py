"""Code that is given its layers or its activation by the user."""

import numpy as np


class ActivationOfPair:
    def __init__(self, activation_functions):
        self.function = activation_functions[0]
        self.derivative = activation_functions[1]

    def forward(self, x):
        self.x = x
        return self.function(x)

    def backward(self, grad):
        return grad * self.derivative(self.x)


class ActivationOfObject:
    def __init__(self, activation):
        self.activation = activation

    def forward(self, x):
        self.x = x
        return self.activation(x)

    def backward(self, grad):
        return grad * self.activation.derivative(self.x)


class DenseOfObject:
    def __init__(self, n_in, n_out, activation):
        self.W = np.random.randn(n_in, n_out)
        self.activation = activation

    def forward(self, x):
        self.x = x
        self.z = np.dot(x, self.W)
        return self.activation.forward(self.z)

    def backward(self, grad):
        dz = self.activation.backward(grad)
        self.dW = np.dot(self.x.T, dz)
        return np.dot(dz, self.W.T)


class DenseOfObjectUnsloped(DenseOfObject):
    """The weights do without the slope of the activation."""

    def backward(self, grad):
        dz = self.activation.backward(grad)
        self.dW = np.dot(self.x.T, grad)
        return np.dot(dz, self.W.T)


class Skip:
    def __init__(self, layer):
        self.layer = layer

    def forward(self, x):
        return x + self.layer.forward(x)

    def backward(self, grad):
        return grad + self.layer.backward(grad)


class SkipForgotten(Skip):
    def backward(self, grad):
        return self.layer.backward(grad)


class Network:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for i in range(len(self.layers) - 1, -1, -1):
            grad = self.layers[i].backward(grad)
        return grad


class NetworkStuck(Network):
    """Every layer gets the gradient of the last."""

    def backward(self, grad):
        for layer in reversed(self.layers):
            last = layer.backward(grad)
        return last
