"""Shapes that only the use tells: entries unpacked, counts, answers of the last step, a vector beside a matrix."""

import numpy as np


class TiledImages:
    """The shape of the kernels comes as one argument, whose four entries get names."""

    def __init__(self, kernel_shape, stride=1):
        high, wide, in_channel, out_channel = kernel_shape
        self.stride = stride
        self.k = np.random.standard_normal(kernel_shape) / (high * wide * in_channel)
        self.b = np.random.standard_normal(out_channel)

    def windows(self, array):
        high, wide = self.k.shape[:2]
        for r in range((array.shape[1] - high) // self.stride + 1):
            for q in range((array.shape[2] - wide) // self.stride + 1):
                top, left = r * self.stride, q * self.stride
                yield r, q, array[:, top : top + high, left : left + wide, :]

    def forward(self, x):
        n, high, wide, _ = x.shape
        rows = (high - self.k.shape[0]) // self.stride + 1
        columns = (wide - self.k.shape[1]) // self.stride + 1
        self.x, out = x, np.zeros((n, rows, columns, self.k.shape[3]))
        for r, q, window in self.windows(x):
            out[:, r, q, :] = np.tensordot(window, self.k, axes=([1, 2, 3], [0, 1, 2])) + self.b
        return out

    def backward(self, dout):
        dx, self.dk, self.db = np.zeros_like(self.x), np.zeros_like(self.k), dout.sum(axis=(0, 1, 2))
        for (r, q, window), (_, _, into) in zip(self.windows(self.x), self.windows(dx)):
            self.dk += np.tensordot(window, dout[:, r, q, :], axes=([0], [0]))
            into += np.tensordot(dout[:, r, q, :], self.k, axes=([1], [3]))
        return dx


class TiledImagesOnce(TiledImages):
    """Only what the last window says of the kernels is kept."""

    def backward(self, dout):
        dx, self.dk, self.db = np.zeros_like(self.x), np.zeros_like(self.k), dout.sum(axis=(0, 1, 2))
        for (r, q, window), (_, _, into) in zip(self.windows(self.x), self.windows(dx)):
            self.dk[...] = np.tensordot(window, dout[:, r, q, :], axes=([0], [0]))
            into += np.tensordot(dout[:, r, q, :], self.k, axes=([1], [3]))
        return dx


class ShapedDense:
    """The shape of the input is asked for, although it has a default that cannot be used."""

    def __init__(self, units, input_shape=None):
        self.W = np.random.randn(input_shape[0], units)

    def forward(self, X):
        self.X = X
        return X @ self.W

    def backward(self, grad):
        self.dW = self.X.T @ grad
        return grad @ self.W.T


class ShapedDenseTurned(ShapedDense):
    def backward(self, grad):
        self.dW = self.X.T @ grad
        return grad @ self.W.T * 2


def parted_forward(x, gamma, G):
    """Channels are standardised in G parts."""
    n, c, i, j = x.shape
    parts = np.split(x, G, axis=1)
    spreads = [np.sqrt(p.var(axis=(1, 2, 3), keepdims=True) + 1e-5) for p in parts]
    normals = [(p - p.mean(axis=(1, 2, 3), keepdims=True)) / s for p, s in zip(parts, spreads)]
    normal = np.concatenate(normals, axis=1)
    return gamma.reshape(1, c, 1, 1) * normal, (normals, spreads, normal, gamma, G)


def parted_backward(dout, cache):
    normals, spreads, normal, gamma, G = cache
    dgamma = np.sum(dout * normal, axis=(0, 2, 3))
    dx, own = [], (1, 2, 3)
    for g, x, s in zip(np.split(dout * gamma.reshape(1, -1, 1, 1), G, axis=1), normals, spreads):
        dx.append((g - g.mean(axis=own, keepdims=True) - x * (g * x).mean(axis=own, keepdims=True)) / s)
    return np.concatenate(dx, axis=1), dgamma


def parting_forward(x, gamma, G):
    return parted_forward(x, gamma, G)


def parting_backward(dout, cache):
    """The means are taken of all samples, too."""
    normals, spreads, normal, gamma, G = cache
    dgamma = np.sum(dout * normal, axis=(0, 2, 3))
    dx = []
    for g, x, s in zip(np.split(dout * gamma.reshape(1, -1, 1, 1), G, axis=1), normals, spreads):
        dx.append((g - g.mean() - x * (g * x).mean()) / s)
    return np.concatenate(dx, axis=1), dgamma


def scored_forward(states, params):
    """states: (T, hidden). The weighted sum of the states."""
    W_att, v_att = params["W_att"], params["v_att"]
    bent = np.tanh(states @ W_att.T)
    e = np.exp(bent @ v_att)
    weights = e / e.sum()
    return weights @ states, {"states": states, "bent": bent, "weights": weights}


def scored_backward(dout, cache, params):
    """Gradients of the states, W_att and v_att."""
    W_att, v_att = params["W_att"], params["v_att"]
    states, bent, weights = cache["states"], cache["bent"], cache["weights"]
    of_weights = states @ dout
    of_scores = weights * (of_weights - of_weights @ weights)
    dv_att = bent.T @ of_scores
    raw = np.outer(of_scores, v_att) * (1 - bent**2)
    dW_att = raw.T @ states
    dstates = np.outer(weights, dout) + raw @ W_att
    return dstates, dW_att, dv_att


def unscored_forward(states, params):
    """states: (T, hidden). The same."""
    return scored_forward(states, {"W_att": params["W_att"], "v_att": params["v_att"]})


def unscored_backward(dout, cache, params):
    """The states count as what is weighted only, not as what the weights come from."""
    W_att, v_att = params["W_att"], params["v_att"]
    states, bent, weights = cache["states"], cache["bent"], cache["weights"]
    of_weights = states @ dout
    of_scores = weights * (of_weights - of_weights @ weights)
    dv_att = bent.T @ of_scores
    dW_att = (np.outer(of_scores, v_att) * (1 - bent**2)).T @ states
    dstates = np.outer(weights, dout)
    return dstates, dW_att, dv_att


class LastAnswer:
    """A sequence with one answer, which has no axis of steps."""

    def __init__(self, n_in, n_hidden, n_out):
        self.Wxh = np.random.randn(n_hidden, n_in)
        self.Whh = np.random.randn(n_hidden, n_hidden)
        self.Why = np.random.randn(n_out, n_hidden)

    def forward(self, x):
        self.hs = [np.zeros(self.Whh.shape[0])]
        for step in range(x.shape[0]):
            self.hs.append(np.tanh(self.Wxh @ x[step] + self.Whh @ self.hs[-1]))
        return self.Why @ self.hs[-1]

    def before(self, step):
        return self.hs[step]

    def bptt(self, x, target, rate=0.1, grad_clip=1e6):
        error = self.forward(x) - target
        dWxh, dWhh = np.zeros_like(self.Wxh), np.zeros_like(self.Whh)
        dh = self.Why.T @ error
        for step in range(x.shape[0] - 1, -1, -1):
            raw = dh * (1 - self.hs[step + 1] ** 2)
            dWxh += np.outer(raw, x[step])
            dWhh += np.outer(raw, self.before(step))
            dh = self.Whh.T @ raw
        self.Why -= rate * np.clip(np.outer(error, self.hs[-1]), -grad_clip, grad_clip)
        self.Wxh -= rate * np.clip(dWxh, -grad_clip, grad_clip)
        self.Whh -= rate * np.clip(dWhh, -grad_clip, grad_clip)


class LastAnswerLate(LastAnswer):
    def before(self, step):
        return self.hs[step + 1]

    def bptt(self, x, target, rate=0.1, grad_clip=1e6):
        super().bptt(x, target, rate, grad_clip)
