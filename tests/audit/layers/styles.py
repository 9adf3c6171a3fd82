"""Layers in further styles: generators, infinite masks, late parameters, properties, the file's own arrays."""

import copy
import functools
import itertools

import numpy as np

table = np.random.randn(5, 3)
offset = np.zeros((1, 3))


def project(x):
    return x @ table + offset


def project_loss(x):
    z = project(x)
    loss = np.sum(z * z)
    dz = 2 * z
    dtable = x.T @ dz
    doffset = dz.sum(axis=0, keepdims=True)
    return loss, dtable, doffset


def project_cost(x):
    z = project(x)
    cost = np.sum(z * z)
    dz = 2 * z
    dtable = x.T @ dz
    doffset = dz.mean(axis=0, keepdims=True)
    return cost, dtable, doffset


class WindowedConv:
    """Windows come out of a generator, as tutorials write it."""

    def __init__(self, num_filters):
        self.num_filters = num_filters
        self.filters = np.random.randn(num_filters, 3, 3)

    def windows(self, image):
        height, width = image.shape
        for i in range(height - 2):
            for j in range(width - 2):
                yield image[i : i + 3, j : j + 3], i, j

    def forward(self, input):
        self.input = input
        height, width = input.shape
        output = np.zeros((height - 2, width - 2, self.num_filters))
        for window, i, j in self.windows(input):
            output[i, j] = np.sum(window * self.filters, axis=(1, 2))
        return output

    def backward(self, d_out, learning_rate):
        d_filters = np.zeros(self.filters.shape)
        for window, i, j in self.windows(self.input):
            for f in range(self.num_filters):
                d_filters[f] += d_out[i, j, f] * window
        self.filters -= learning_rate * d_filters


class WindowedConvAssigned(WindowedConv):
    """The last window takes the place of the others."""

    def backward(self, d_out, learning_rate):
        d_filters = np.zeros(self.filters.shape)
        for window, i, j in self.windows(self.input):
            for f in range(self.num_filters):
                d_filters[f] = d_out[i, j, f] * window
        self.filters -= learning_rate * d_filters


class ComparedPool:
    """Each entry of a window is compared with its maximum."""

    def windows(self, image):
        height, width, _ = image.shape
        for i, j in itertools.product(range(height // 2), range(width // 2)):
            yield image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2], i, j

    def forward(self, input):
        self.input = input
        height, width, channels = input.shape
        output = np.zeros((height // 2, width // 2, channels))
        for window, i, j in self.windows(input):
            output[i, j] = np.amax(window, axis=(0, 1))
        return output

    def backward(self, d_out):
        d_input = np.zeros(self.input.shape)
        for window, i, j in self.windows(self.input):
            largest = np.amax(window, axis=(0, 1))
            for a in range(2):
                for b in range(2):
                    for c in range(window.shape[2]):
                        if window[a, b, c] == largest[c]:
                            d_input[2 * i + a, 2 * j + b, c] = d_out[i, j, c]
        return d_input


class CausalAttention:
    def forward(self, x, context=None):
        source = x if context is None else context
        self.x, steps = source, x.shape[1]
        scores = x @ source.transpose(0, 2, 1) / np.sqrt(x.shape[2])
        scores = scores + np.triu(np.full((steps, steps), -np.inf), 1)
        scores = scores - scores.max(axis=-1, keepdims=True)
        e = np.exp(scores)
        self.weights = e / e.sum(axis=-1, keepdims=True)
        return self.weights @ source

    def backward(self, dout):
        dweights = dout @ self.x.transpose(0, 2, 1)
        inner = np.sum(dweights * self.weights, axis=-1, keepdims=True)
        dscores = self.weights * (dweights - inner) / np.sqrt(self.x.shape[2])
        dx = self.weights.transpose(0, 2, 1) @ dout
        return dx + dscores @ self.x + dscores.transpose(0, 2, 1) @ self.x


class CausalAttentionUnscaled(CausalAttention):
    """The root is left out on the way back."""

    def backward(self, dout):
        dweights = dout @ self.x.transpose(0, 2, 1)
        inner = np.sum(dweights * self.weights, axis=-1, keepdims=True)
        dscores = self.weights * (dweights - inner)
        dx = self.weights.transpose(0, 2, 1) @ dout
        return dx + dscores @ self.x + dscores.transpose(0, 2, 1) @ self.x


class LazyDense:
    """The parameters are made when forward is called first."""

    def __init__(self, n_out):
        self.n_out = n_out
        self.W = None

    def build(self, n_in):
        self.W = np.random.randn(n_in, self.n_out)
        self.b = np.zeros((1, self.n_out))

    def forward(self, x):
        if self.W is None:
            self.build(x.shape[1])
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0, keepdims=True)
        return dout @ self.W.T


class LazyDenseOfInput(LazyDense):
    """The bias gradient has the input in it."""

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0, keepdims=True) * self.x.sum()
        return dout @ self.W.T


class LazyDenseOfLargest(LazyDense):
    """Of indices the largest could be 1; a layer for data is no table of rows."""

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0, keepdims=True) * self.x.max()
        return dout @ self.W.T


class PropertyDense:
    def __init__(self, n_in, n_out):
        self.__weights = np.random.randn(n_in, n_out)

    @property
    def weights(self):
        return self.__weights

    @weights.setter
    def weights(self, value):
        if value.shape != self.__weights.shape:
            raise ValueError("another shape")
        self.__weights = value

    def forward(self, x):
        self.x = copy.copy(x)
        return np.dot(x, self.weights)

    def backward(self, dout, learning_rate):
        dx = np.dot(dout, self.weights.T)
        self.weights = self.weights - learning_rate * np.dot(self.x.T, dout)
        return dx


class DenseTransposeForgotten:
    """Runs for square weights only, and is wrong there."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W


class SingleSoftmax:
    """Written for one sample without an axis for samples."""

    def forward(self, x):
        e = np.exp(x - np.max(x))
        self.y = e / np.sum(e)
        return self.y

    def backward(self, dout):
        weighted = self.y * dout
        return weighted - self.y * weighted.sum()


class Chain:
    """A product of several slopes."""

    def forward(self, x):
        if not np.issubdtype(x.dtype, np.floating):
            raise TypeError("numbers")
        self.parts = [np.sin(x), np.exp(x), np.tanh(x)]
        self.x = x
        return functools.reduce(np.multiply, self.parts)

    def backward(self, dout):
        a, b, c = self.parts
        return dout * (np.cos(self.x) * b * c + a * b * c + a * b * (1 - c**2))


def lstm_gate_forward(xt, a_prev, parameters):
    """One gate on the state and the input together.

    xt -- input at one step, of shape (n_x, m)
    a_prev -- state of the step before, of shape (n_a, m)
    parameters -- dictionary:
        Wf -- weights of the gate, of shape (n_a, n_a + n_x)
        bf -- bias of the gate, of shape (n_a, 1)
    """
    joined = np.concatenate((a_prev, xt), axis=0)
    a_next = np.tanh(parameters["Wf"] @ joined + parameters["bf"])
    cache = (a_next, a_prev, xt, parameters)
    return a_next, cache


def lstm_gate_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    n_a = a_prev.shape[0]
    dz = da_next * (1 - a_next**2)
    dWf = dz @ np.concatenate((a_prev, xt), axis=0).T
    dbf = dz.sum(axis=1, keepdims=True)
    djoined = parameters["Wf"].T @ dz
    return {"dxt": djoined[n_a:], "da_prev": djoined[:n_a], "dWf": dWf, "dbf": dbf}


def deep_forward(X, parameters):
    A = X
    caches = []
    for l in range(1, len(parameters) // 2 + 1):
        Z = np.dot(parameters["W" + str(l)], A) + parameters["b" + str(l)]
        caches.append((A, Z))
        A = np.tanh(Z)
    return A, caches


def deep_backward(dA, caches, parameters):
    grads = {}
    for l in reversed(range(1, len(caches) + 1)):
        A, Z = caches[l - 1]
        dZ = dA * (1 - np.tanh(Z) ** 2)
        grads["dW" + str(l)] = np.dot(dZ, A.T)
        grads["db" + str(l)] = np.sum(dZ, axis=1, keepdims=True)
        dA = np.dot(parameters["W" + str(l)].T, dZ)
    return grads


class GrayConv:
    """Its kernels have an axis for one channel, so that it takes no others."""

    def __init__(self, num_filters):
        self.filters = np.random.randn(num_filters, 1, 3, 3)

    def forward(self, input):
        self.input = input
        _, height, width = input.shape
        output = np.zeros((self.filters.shape[0], height - 2, width - 2))
        for f in range(self.filters.shape[0]):
            for i in range(height - 2):
                for j in range(width - 2):
                    output[f, i, j] = np.sum(input[:, i : i + 3, j : j + 3] * self.filters[f])
        return output

    def backward(self, d_out, learning_rate):
        d_filters = np.zeros(self.filters.shape)
        for f, i, j in itertools.product(*map(range, d_out.shape)):
            d_filters[f] += d_out[f, i, j] * self.input[:, i : i + 3, j : j + 3]
        self.filters -= learning_rate * d_filters


class StepsWithAnswers:
    """Backward gets what forward gave, by its names, and the right answers; the loss is not stated."""

    def __init__(self, n_x, n_h, n_y, lr=0.01):
        self.Wxh = np.random.randn(n_x, n_h)
        self.Whh = np.random.randn(n_h, n_h)
        self.Why = np.random.randn(n_h, n_y)
        self.lr = lr

    def forward(self, X):
        h, hs, ys = np.zeros((1, self.Whh.shape[0])), [], []
        for x in X:
            h = np.tanh(x @ self.Wxh + h @ self.Whh)
            hs.append(h)
            ys.append(h @ self.Why)
        return np.array(hs), np.array(ys)

    def backward(self, X, Y, hs, ys):
        dWxh, dWhh, dWhy = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.Why)
        dnext = np.zeros_like(hs[0])
        for t in reversed(range(len(X))):
            dy = ys[t] - Y[t]
            dWhy += hs[t].T @ dy
            dz = (1 - hs[t] ** 2) * (dy @ self.Why.T + dnext)
            dWxh += X[t].T @ dz
            dWhh += hs[t - 1].T @ dz if t > 0 else 0
            dnext = dz @ self.Whh.T
        for weight, slope in zip([self.Wxh, self.Whh, self.Why], [dWxh, dWhh, dWhy]):
            weight -= self.lr * slope


class StepsWithAnswersTurned(StepsWithAnswers):
    """The recurrent matrix is not transposed on the way back."""

    def backward(self, X, Y, hs, ys):
        dWxh, dWhh, dWhy = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.Why)
        dnext = np.zeros_like(hs[0])
        for t in reversed(range(len(X))):
            dy = ys[t] - Y[t]
            dWhy += hs[t].T @ dy
            dz = (1 - hs[t] ** 2) * (dy @ self.Why.T + dnext)
            dWxh += X[t].T @ dz
            dWhh += hs[t - 1].T @ dz if t > 0 else 0
            dnext = dz @ self.Whh
        for weight, slope in zip([self.Wxh, self.Whh, self.Why], [dWxh, dWhh, dWhy]):
            weight -= self.lr * slope
