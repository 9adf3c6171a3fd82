"""Batch and layer normalisation as functions with caches, and as classes."""

import numpy as np


def batchnorm_forward(x, gamma, beta):
    eps = 1e-5
    mu = x.mean(axis=0)
    xc = x - mu
    var = np.mean(xc**2, axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    out = gamma * xhat + beta
    return out, (xhat, gamma, std)


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    n = dout.shape[0]
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    dx = (dxhat - dxhat.sum(axis=0) / n - xhat * np.sum(dxhat * xhat, axis=0) / n) / std
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta):
    eps = 1e-5
    mu = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def layernorm_backward(dout, cache):
    """Gamma pulled out of the means over features: right while gamma is 1."""
    xhat, gamma, std = cache
    d = dout.shape[1]
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = (
        gamma
        / std
        * (dout - dout.sum(axis=1, keepdims=True) / d - xhat * np.sum(dout * xhat, axis=1, keepdims=True) / d)
    )
    return dx, dgamma, dbeta


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.gamma = np.ones(dim)
        self.beta = np.zeros(dim)
        self.eps = eps

    def forward(self, x):
        self.mean = np.mean(x, axis=-1, keepdims=True)
        self.var = np.var(x, axis=-1, keepdims=True)
        self.x_hat = (x - self.mean) / np.sqrt(self.var + self.eps)
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        axes = tuple(range(dout.ndim - 1))
        self.dgamma = np.sum(dout * self.x_hat, axis=axes)
        self.dbeta = np.sum(dout, axis=axes)
        g = dout * self.gamma
        m = np.mean(g, axis=-1, keepdims=True)
        mx = np.mean(g * self.x_hat, axis=-1, keepdims=True)
        return (g - m - self.x_hat * mx) / np.sqrt(self.var + self.eps)


class BatchNormStepwise:
    """Every step of the graph by hand."""

    def __init__(self, num_features):
        self.gamma = np.ones((1, num_features))
        self.beta = np.zeros((1, num_features))

    def forward(self, x):
        self.x = x
        self.mu = x.mean(axis=0, keepdims=True)
        self.xmu = x - self.mu
        self.var = np.mean(self.xmu**2, axis=0, keepdims=True)
        self.ivar = 1 / np.sqrt(self.var + 1e-5)
        self.xhat = self.xmu * self.ivar
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        n = dout.shape[0]
        self.dbeta = np.sum(dout, axis=0, keepdims=True)
        self.dgamma = np.sum(dout * self.xhat, axis=0, keepdims=True)
        dxhat = dout * self.gamma
        divar = np.sum(dxhat * self.xmu, axis=0, keepdims=True)
        dvar = -0.5 * self.ivar**3 * divar
        dxmu = dxhat * self.ivar + 2 * self.xmu * dvar / n
        dmu = -np.sum(dxmu, axis=0, keepdims=True)
        return dxmu + dmu / n


class BatchNormVarianceWrong:
    """The factor 2 of the square is lost on the way through the variance."""

    def __init__(self, num_features):
        self.gamma = np.ones((1, num_features))
        self.beta = np.zeros((1, num_features))

    def forward(self, x):
        self.mu = x.mean(axis=0, keepdims=True)
        self.xmu = x - self.mu
        self.var = np.mean(self.xmu**2, axis=0, keepdims=True)
        self.ivar = 1 / np.sqrt(self.var + 1e-5)
        self.xhat = self.xmu * self.ivar
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        n = dout.shape[0]
        self.dbeta = np.sum(dout, axis=0, keepdims=True)
        self.dgamma = np.sum(dout * self.xhat, axis=0, keepdims=True)
        dxhat = dout * self.gamma
        divar = np.sum(dxhat * self.xmu, axis=0, keepdims=True)
        dvar = -0.5 * self.ivar**3 * divar
        dxmu = dxhat * self.ivar + self.xmu * dvar / n
        dmu = -np.sum(dxmu, axis=0, keepdims=True)
        return dxmu + dmu / n


class RMSNorm:
    def __init__(self, dim):
        self.g = np.ones(dim)

    def forward(self, x):
        self.x = x
        self.r = 1 / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)
        return x * self.r * self.g

    def backward(self, dout):
        d = self.x.shape[-1]
        self.dg = (dout * self.x * self.r).sum(axis=0)
        gx = dout * self.g
        return gx * self.r - self.x * self.r**3 * np.sum(gx * self.x, axis=-1, keepdims=True) / d


def standardise_forward(x, gamma, beta, eps):
    n = x.shape[0]
    centred = x - x.sum(axis=0) / n
    var = (centred**2).sum(axis=0) / n
    inverse = 1 / np.sqrt(var + eps)
    out = gamma * (centred * inverse) + beta
    return out, (gamma, centred, inverse, var, eps)


def standardise_backward(dout, cache):
    gamma, centred, inverse, var, eps = cache
    n, d = dout.shape
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * centred * inverse, axis=0)
    dnormal = dout * gamma
    dinverse = np.sum(dnormal * centred, axis=0)
    dvar = -0.5 * dinverse * (var + eps) ** -1.5
    dcentred = dnormal * inverse + 2 / n * centred * np.ones((n, d)) * dvar
    dx = dcentred - dcentred.sum(axis=0) / n
    return dx, dgamma, dbeta


def standardise_rashly_forward(x, gamma, beta, eps):
    return standardise_forward(x, gamma, beta, eps)


def standardise_rashly_backward(dout, cache):
    gamma, centred, inverse, var, eps = cache
    n, d = dout.shape
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * centred * inverse, axis=0)
    dnormal = dout * gamma
    dvar = -0.5 * np.sum(dnormal * centred, axis=0) * (var + eps) ** -0.5
    dcentred = dnormal * inverse + 2 / n * centred * dvar
    return dcentred - dcentred.sum(axis=0) / n, dgamma, dbeta
