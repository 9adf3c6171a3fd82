"""Whole networks: backprop with updates, gradients in dicts and lists, losses inside."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {}
        self.params["W1"] = 0.01 * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = 0.01 * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def predict(self, x):
        a1 = np.dot(x, self.params["W1"]) + self.params["b1"]
        z1 = sigmoid(a1)
        a2 = np.dot(z1, self.params["W2"]) + self.params["b2"]
        return softmax(a2)

    def loss(self, x, t):
        y = self.predict(x)
        return -np.sum(t * np.log(y)) / x.shape[0]

    def gradient(self, x, t):
        W2 = self.params["W2"]
        grads = {}
        batch_num = x.shape[0]
        z1 = sigmoid(np.dot(x, self.params["W1"]) + self.params["b1"])
        y = self.predict(x)
        dy = (y - t) / batch_num
        grads["W2"] = np.dot(z1.T, dy)
        grads["b2"] = np.sum(dy, axis=0)
        dz1 = np.dot(dy, W2.T) * z1 * (1 - z1)
        grads["W1"] = np.dot(x.T, dz1)
        grads["b1"] = np.sum(dz1, axis=0)
        return grads


class NeuralNetwork:
    """Squared error, updates inside backward."""

    def __init__(self, n_in, n_hidden, n_out):
        self.w1 = np.random.randn(n_in, n_hidden)
        self.w2 = np.random.randn(n_hidden, n_out)

    def forward(self, X):
        self.h = sigmoid(X.dot(self.w1))
        self.o = sigmoid(self.h.dot(self.w2))
        return self.o

    def backward(self, X, y, o):
        error = y - o
        delta = error * o * (1 - o)
        hidden_error = delta.dot(self.w2.T)
        hidden_delta = hidden_error * self.h * (1 - self.h)
        self.w1 += X.T.dot(hidden_delta)
        self.w2 += self.h.T.dot(delta)


class NeuralNetworkForgotten:
    """The slope of the hidden activation is forgotten."""

    def __init__(self, n_in, n_hidden, n_out):
        self.w1 = np.random.randn(n_in, n_hidden)
        self.w2 = np.random.randn(n_hidden, n_out)

    def forward(self, X):
        self.h = sigmoid(X.dot(self.w1))
        self.o = sigmoid(self.h.dot(self.w2))
        return self.o

    def backward(self, X, y, o):
        delta = (o - y) * o * (1 - o)
        hidden_delta = delta.dot(self.w2.T)
        self.w1 -= 0.1 * X.T.dot(hidden_delta)
        self.w2 -= 0.1 * self.h.T.dot(delta)


class MLP:
    """Loss and gradients from one method."""

    def __init__(self, input_dim, hidden_dim, num_classes):
        self.params = {
            "W1": np.random.randn(input_dim, hidden_dim),
            "b1": np.zeros(hidden_dim),
            "W2": np.random.randn(hidden_dim, num_classes),
            "b2": np.zeros(num_classes),
        }
        self.reg = 0.1

    def loss(self, X, y):
        W1, b1, W2, b2 = self.params["W1"], self.params["b1"], self.params["W2"], self.params["b2"]
        n = X.shape[0]
        h = np.maximum(0, X @ W1 + b1)
        scores = h @ W2 + b2
        p = softmax(scores)
        loss = -np.sum(np.log(p[np.arange(n), y])) / n + 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        d = p.copy()
        d[np.arange(n), y] -= 1
        d /= n
        grads["W2"] = h.T @ d + self.reg * W2
        grads["b2"] = d.sum(axis=0)
        dh = d @ W2.T
        dh[h <= 0] = 0
        grads["W1"] = X.T @ dh + self.reg * W1
        grads["b1"] = dh.sum(axis=0)
        return loss, grads


class Sequential:
    """Layers in a list."""

    class_names = ()

    def __init__(self):
        self.layers = [Linear(4, 3), Act(), Linear(3, 2)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T


class Act:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y * self.y)


class LogisticRegression:
    def __init__(self, n_features):
        self.w = np.zeros(n_features)
        self.b = np.zeros(1)

    def forward(self, X):
        return sigmoid(X @ self.w + self.b)

    def backward(self, X, y, y_hat):
        m = X.shape[0]
        dw = X.T @ (y_hat - y) / m
        db = np.sum(y_hat - y) / m
        return dw, db


def linear_forward(A, W, b):
    Z = np.dot(W, A) + b
    return Z, (A, W, b)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def dense_forward(x, W, b):
    return np.tanh(np.dot(W, x) + b), (x, W, b)


def dense_backward(dout, cache):
    x, W, b = cache
    z = np.dot(W, x) + b
    dz = dout * (1 - np.tanh(z) ** 2)
    return {"dx": np.dot(W.T, dz), "dW": np.outer(dz, x), "db": dz}


class MadeWithData:
    """Is made with all that it is to learn from."""

    def __init__(self, x, y):
        self.samples, self.answers = x, y
        self.inner = np.random.rand(self.samples.shape[1], 4)
        self.outer = np.random.rand(4, 1)

    def feedforward(self):
        self.hidden = np.tanh(np.dot(self.samples, self.inner))
        self.output = 1 / (1 + np.exp(-np.dot(self.hidden, self.outer)))


class NetworkOfItsData(MadeWithData):
    def deltas(self):
        last = (self.output - self.answers) * self.output * (1 - self.output)
        return last, np.dot(last, self.outer.T) * (1 - self.hidden**2)

    def backprop(self):
        last, first = self.deltas()
        self.outer -= np.dot(self.hidden.T, last)
        self.inner -= np.dot(self.samples.T, first)


class NetworkOfItsDataUnsloped(NetworkOfItsData):
    """The slope of the hidden layer is left out."""

    def deltas(self):
        last = (self.output - self.answers) * self.output * (1 - self.output)
        return last, np.dot(last, self.outer.T)


class LinkOfChain:
    def __init__(self, d, h):
        self.W = np.random.randn(d, h)
        self.next = self.prev = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W)

    def backward(self, grad):
        self.dW = np.dot(self.x.T, grad)
        return np.dot(grad, self.W.T)


class Chain:
    """Layers that know their neighbours."""

    def __init__(self, sizes):
        self.head = self.tail = None
        for d, h in zip(sizes[:-1], sizes[1:]):
            self.append(LinkOfChain(d, h))

    def append(self, link):
        if self.head is None:
            self.head = self.tail = link
            return
        self.tail.next, link.prev = link, self.tail
        self.tail = link

    def forward(self, x):
        link = self.head
        while link is not None:
            x = link.forward(x)
            link = link.next
        return x

    def backward(self, grad):
        link = self.tail
        while link:
            grad = link.backward(grad)
            link = link.prev
        return grad


class ChainFromTheHead(Chain):
    """Backward walks the way of forward."""

    def backward(self, grad):
        link = self.head
        while link:
            grad = link.backward(grad)
            link = link.next
        return grad


class DenseWithOnes:
    """The bias is a row of the weights."""

    def __init__(self, d, h):
        self.W = np.random.randn(d + 1, h)

    def forward(self, x):
        self.x = np.insert(x, 0, 1, axis=1)
        return np.dot(self.x, self.W)

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        return np.dot(dout, self.W.T)[:, 1:]


class DenseWithOnesShifted(DenseWithOnes):
    """The column of ones is taken for the last."""

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        return np.dot(dout, self.W.T)[:, :-1]


class NetworkOfSteps(MadeWithData):
    """Leaves the update to the reader, who adds what backward calls its steps."""

    def back_propogation(self):
        last = (self.answers - self.output) * self.output * (1 - self.output)
        d_outer = np.dot(self.hidden.T, 2 * last)
        d_inner = np.dot(self.samples.T, np.dot(2 * last, self.outer.T) * (1 - self.hidden**2))


class NetworkOfStepsUnsloped(NetworkOfSteps):
    def back_propogation(self):
        last = (self.answers - self.output) * self.output * (1 - self.output)
        d_outer = np.dot(self.hidden.T, 2 * last)
        d_inner = np.dot(self.samples.T, np.dot(2 * last, self.outer.T))


class NetworkOfStepsOfTwoSigns(NetworkOfSteps):
    def back_propogation(self):
        last = (self.output - self.answers) * self.output * (1 - self.output)
        d_outer = np.dot(self.hidden.T, last)
        d_inner = -np.dot(self.samples.T, np.dot(last, self.outer.T) * (1 - self.hidden**2))


class MeanSquaresWithGradient:
    """One call gives the value and its slope."""

    def __call__(self, predicted, target):
        gap = predicted - target
        loss = np.mean(gap**2)
        grad = 2 * gap / gap.size
        return loss, grad


class MeanSquaresWithGradientHalf:
    def __call__(self, predicted, target):
        gap = predicted - target
        loss = np.mean(gap**2)
        grad = gap * np.abs(gap) / gap.size
        return loss, grad


class DenseSteppingTwoWays:
    """The weights are moved along the upstream gradient, the biases against it."""

    def __init__(self, d, h):
        self.W, self.b = np.random.randn(d, h), np.zeros(h)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, grad):
        dx = np.dot(grad, self.W.T)
        self.W += np.dot(self.x.T, grad)
        self.b -= np.sum(grad, axis=0)
        return dx
