"""Losses: means and sums, fused pairs, functions that return value and gradient."""

import numpy as np


class MSE:
    def loss(self, y_true, y_pred):
        return 0.5 * np.power((y_true - y_pred), 2)

    def gradient(self, y_true, y_pred):
        return -(y_true - y_pred)


class MeanSquaredError:
    """The mean over all entries, twice the difference over the rows only."""

    def forward(self, y_pred, y_true):
        self.diff = y_pred - y_true
        return np.mean(self.diff**2)

    def backward(self):
        return 2 * self.diff / self.diff.shape[0]


class MSEWrongSign:
    def forward(self, y_pred, y_true):
        self.diff = y_true - y_pred
        return np.sum(self.diff**2)

    def backward(self):
        return 2 * self.diff


class SoftmaxWithLoss:
    def __init__(self):
        self.loss = None
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.y = e / np.sum(e, axis=1, keepdims=True)
        batch_size = self.y.shape[0]
        self.loss = -np.sum(self.t * np.log(self.y)) / batch_size
        return self.loss

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        return (self.y - self.t) / batch_size


class CrossEntropyOfIndex:
    def forward(self, scores, labels):
        n = scores.shape[0]
        e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        self.p = e / np.sum(e, axis=1, keepdims=True)
        self.labels = labels
        return np.sum(-np.log(self.p[np.arange(n), labels])) / n

    def backward(self):
        n = self.p.shape[0]
        d = self.p.copy()
        d[np.arange(n), self.labels] -= 1
        return d / n


class CrossEntropyOfProbabilities:
    """Takes probabilities, gives the gradient for the logits."""

    def forward(self, p, y):
        self.p, self.y = p, y
        return -np.sum(y * np.log(p))

    def backward(self):
        return self.p - self.y


class BinaryCrossEntropy:
    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(y / p) + (1 - y) / (1 - p)


class BinaryCrossEntropyHalf:
    """The second term has lost its sign."""

    def loss(self, y, p):
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    def gradient(self, y, p):
        return -(y / p) - (1 - y) / (1 - p)


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(z)
    probs = np.exp(log_probs)
    n = x.shape[0]
    loss = -np.sum(log_probs[np.arange(n), y]) / n
    dx = probs.copy()
    dx[np.arange(n), y] -= 1
    dx /= n
    return loss, dx


def svm_loss(x, y):
    n = x.shape[0]
    correct = x[np.arange(n), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(n), y] = 0
    loss = np.sum(margins) / n
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(n), y] -= num_pos
    dx /= n
    return loss, dx


def svm_loss_without_correct(x, y):
    """The correct class gets no gradient."""
    n = x.shape[0]
    correct = x[np.arange(n), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(n), y] = 0
    loss = np.sum(margins) / n
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx /= n
    return loss, dx


def huber_loss(pred, target, delta=1.0):
    diff = pred - target
    return np.where(np.abs(diff) <= delta, 0.5 * diff**2, delta * (np.abs(diff) - 0.5 * delta))


def huber_loss_gradient(pred, target, delta=1.0):
    diff = pred - target
    return np.where(np.abs(diff) <= delta, diff, delta * np.sign(diff))


class Hinge:
    def loss(self, y, f):
        return np.sum(np.maximum(0, 1 - y * f))

    def gradient(self, y, f):
        return np.where(y * f < 1, -y, 0)


class LogCosh:
    def forward(self, y_pred, y_true):
        self.d = y_pred - y_true
        return np.sum(np.log(np.cosh(self.d)))

    def backward(self):
        return np.tanh(self.d)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(a):
    return a * (1 - a)


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x) ** 2


def softplus(x):
    return np.log(1 + np.exp(x))


def softplus_derivative(x):
    return softplus(x)


def swish(x):
    return x * sigmoid(x)


def swish_grad(x):
    s = sigmoid(x)
    return s + x * s * (1 - s)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def gelu_grad(x):
    """The inner derivative of the cubic term is missing."""
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * np.sqrt(2 / np.pi)


class CrossEntropyWithSmallNumber:
    """A small number inside the logarithm, as usual not in the gradient."""

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.y = e / np.sum(e, axis=1, keepdims=True)
        return -np.sum(self.t * np.log(self.y + 1e-7)) / x.shape[0]

    def backward(self, dout=1):
        return (self.y - self.t) / self.t.shape[0]


class ShiftedCrossEntropy:
    """Classes in rows, samples in columns; the gradient is handed on with its axes swapped."""

    def loss(self, predictions, y):
        return -np.sum(y * np.log(predictions + 0.01)) / y.shape[1]

    def loss_gradient(self, predictions, y):
        return (-y / (predictions + 0.01) / y.shape[1]).T


class ShiftedCrossEntropyUnshifted(ShiftedCrossEntropy):
    def loss_gradient(self, predictions, y):
        return (-y / predictions / y.shape[1]).T


class HalfSquares:
    def __call__(self, predicted, labels):
        return 0.5 * np.square(predicted - labels)

    def output_gradient(self, predicted, labels):
        return predicted - labels


class HalfSquaresTurned(HalfSquares):
    def output_gradient(self, predicted, labels):
        return labels - predicted
