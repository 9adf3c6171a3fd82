"""Linear models as functions of their unknowns, and functions that say nothing of which argument they mean."""

import numpy as np


def ridge_cost(theta, X, y, lam):
    r = X @ theta - y
    return r @ r / (2 * len(y)) + 0.5 * lam * theta @ theta


def ridge_cost_gradient(theta, X, y, lam):
    return X.T @ (X @ theta - y) / len(y) + lam * theta


def lasso_cost(theta, X, y, lam):
    return np.mean((X @ theta - y) ** 2) / 2 + lam * np.sum(np.abs(theta))


def lasso_cost_gradient(theta, X, y, lam):
    """The penalty is that of the ridge."""
    return X.T @ (X @ theta - y) / len(y) + lam * theta


def squared_residual(A, x, b):
    r = A.dot(x) - b
    return np.dot(r.T, r)


def squared_residual_gradient(A, b, x):
    """In another order than above."""
    return 2 * np.dot(A.T, A.dot(x) - b)


def margin_cost(w, X, Y, C):
    distances = 1 - Y * np.dot(X, w)
    distances[distances < 0] = 0
    return 0.5 * np.dot(w, w) + C * np.mean(distances)


def margin_cost_gradient(w, X_batch, Y_batch, C):
    distances = 1 - Y_batch * np.dot(X_batch, w)
    dw = np.zeros(len(w))
    for at, d in enumerate(distances):
        if max(0, d) == 0:
            dw += w
        else:
            dw += w - C * Y_batch[at] * X_batch[at]
    return dw / len(Y_batch)


def kernel_margin_cost(alpha, K, Y, C):
    return 0.5 * alpha @ K @ alpha + C * np.sum(np.maximum(0, 1 - Y * (K @ alpha)))


def kernel_margin_cost_gradient(alpha, K, Y, C):
    """As if alpha were the weights themselves."""
    outside = (1 - Y * (K @ alpha) > 0) * Y
    return alpha - C * K.T @ outside


def crammer_singer_loss(W, X, y, reg):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / X.shape[0] + reg * np.sum(W * W)
    dW = dW / X.shape[0] + 2 * reg * W
    return loss, dW


def listed_softmax_loss(W, X, y, reg):
    n = X.shape[0]
    e = np.exp(X.dot(W))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(np.log(p[range(n), list(y)])) / n + 0.5 * reg * np.sum(W * W)
    p[range(n), list(y)] -= 1
    dW = X.T.dot(p) / n
    return loss, dW


def log_evidence(z, th):
    return -np.log1p(np.exp(-(th * z).sum(axis=1)))


def grad_log_evidence(z, th):
    m = np.exp(-(th * z).sum(axis=1))
    return (m / (1 + m))[:, np.newaxis] * z


def gaussian_kernel(x, y, sigma):
    return np.exp(-np.sum((x - y) ** 2) / (2 * sigma**2))


def gaussian_kernel_grad(x, y, sigma):
    # with respect to y
    return (x - y) / sigma**2 * gaussian_kernel(x, y, sigma)


def laplace_kernel(x, y, sigma):
    return np.exp(-np.sum(np.abs(x - y)) / sigma)


def laplace_kernel_grad(x, y, sigma):
    # with respect to x
    return np.sign(x - y) / sigma * laplace_kernel(x, y, sigma)
