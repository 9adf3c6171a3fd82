"""Code in which names say the shapes: word vectors and their indices, data that a constructor takes."""

import numpy as np


def context_loss(centerVec, contextIdx, outsideVectors):
    e = np.exp(outsideVectors @ centerVec)
    p = e / e.sum()
    loss = -np.log(p[contextIdx])
    p[contextIdx] -= 1
    gradCenter = outsideVectors.T @ p
    gradOutside = np.outer(p, centerVec)
    return loss, gradCenter, gradOutside


def context_loss_unanswered(centerVec, contextIdx, outsideVectors):
    """Without the word that was right."""
    e = np.exp(outsideVectors @ centerVec)
    p = e / e.sum()
    loss = -np.log(p[contextIdx])
    gradCenter = outsideVectors.T @ p
    gradOutside = np.outer(p, centerVec)
    return loss, gradCenter, gradOutside


def loss(x, c, w, b):
    e = np.exp(w.T @ x + b)
    return -np.sum(c * np.log(e / e.sum(axis=0)))


def gradient_loss_x(x, c, w, b):
    e = np.exp(w.T @ x + b)
    return w @ (e / e.sum(axis=0) - c)


def gradient_loss_w(x, c, w, b):
    """Averaged where the loss is summed."""
    e = np.exp(w.T @ x + b)
    return x @ (e / e.sum(axis=0) - c).T / x.shape[1]


class Counts:
    """Poisson regression of the data that it was made with."""

    def __init__(self, X, y):
        self.X, self.y = X, y

    def log_likelihood(self, w):
        rate = np.dot(self.X, w)
        return np.sum(self.y * rate - np.exp(rate))

    def log_likelihood_grad(self, w):
        return self.X.T @ (self.y - np.exp(self.X @ w))


class CountsOfRates:
    def __init__(self, X, y):
        self.X, self.y = X, y

    def log_likelihood(self, w):
        rate = np.dot(self.X, w)
        return np.sum(self.y * rate - np.exp(rate))

    def log_likelihood_grad(self, w):
        """Without exp."""
        return self.X.T @ (self.y - self.X @ w)


class SameLayers:
    def __init__(self, width, number_of_layers):
        self.weights = [np.random.randn(width, width) for _ in range(number_of_layers)]

    def forward(self, x):
        self.kept = [x]
        for w in self.weights:
            self.kept.append(np.tanh(self.kept[-1] @ w))
        return self.kept[-1]

    def backward(self, grad):
        self.dweights = [None] * len(self.weights)
        for at in reversed(range(len(self.weights))):
            grad = grad * (1 - self.kept[at + 1] ** 2)
            self.dweights[at] = self.kept[at].T @ grad
            grad = grad @ self.weights[at].T
        return grad


class SquaresByName:
    def calculate_cost(self, predicted, actual):
        return np.sum((predicted - actual) ** 2) / 2

    def calculate_gradient(self, predicted, actual):
        return predicted - actual


class TurnedSquaresByName:
    """The sign is turned."""

    def calculate_cost(self, predicted, actual):
        return np.sum((predicted - actual) ** 2) / 2

    def calculate_gradient(self, predicted, actual):
        return actual - predicted
