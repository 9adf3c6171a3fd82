"""Networks whose loss stands beside them; functions that keep arrays with a context; networks through time."""

import numpy as np

try:
    from engine import Function
except ImportError:

    class Function:
        def save_for_backward(self, *arrays):
            self.saved_tensors = arrays


class CubeOfFunction(Function):
    def forward(self, x):
        self.save_for_backward(x)
        return x**3

    def backward(self, grad):
        (x,) = self.saved_tensors
        return 3 * grad * x**2


class CubeOfContext(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, x**2)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        x, squared = ctx.saved_tensors
        return 3 * grad * squared


class CubeOfContextHalf(Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.x, ctx.scale = x, scale
        return scale * x**3

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad * ctx.x**2


class NetWithCost:
    """The mean over samples, as its cost says."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))

    def forward(self, X):
        e = np.exp(X @ self.W + self.b)
        self.P = e / e.sum(axis=1, keepdims=True)
        return self.P

    def cost(self, probs, Y):
        return -np.sum(Y * np.log(probs)) / Y.shape[0]

    def backward(self, X, Y):
        dZ = (self.P - Y) / X.shape[0]
        return {"dW": X.T @ dZ, "db": dZ.sum(axis=0, keepdims=True)}


class CoderWithLoss:
    """There are no answers but the input; the loss is a mean over all entries, the gradient one over rows."""

    def __init__(self, n_in, n_hidden, lr=0.1):
        self.lr = lr
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_in)

    def forward(self, X):
        self.H = np.tanh(X @ self.W1)
        return self.H @ self.W2

    def loss(self, X, output):
        return np.mean((X - output) ** 2)

    def backward(self, X, output):
        dO = 2 * (output - X) / X.shape[0]
        dH = dO @ self.W2.T * (1 - self.H**2)
        dW2 = self.H.T @ dO
        self.W1 -= self.lr * (X.T @ dH)
        self.W2 -= self.lr * dW2


class CoderWithLossForgotten:
    """Without the slope of tanh."""

    def __init__(self, n_in, n_hidden):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_in)

    def forward(self, X):
        self.H = np.tanh(X @ self.W1)
        return self.H @ self.W2

    def loss(self, X, output):
        return np.sum((X - output) ** 2)

    def backward(self, X, output):
        dO = 2 * (output - X)
        self.dW1 = X.T @ (dO @ self.W2.T)
        self.dW2 = self.H.T @ dO


class WordsThroughTime:
    """Flows back through some steps only."""

    def __init__(self, word_dim, hidden_dim, bptt_truncate=4):
        self.hidden_dim, self.bptt_truncate = hidden_dim, bptt_truncate
        self.U = np.random.randn(hidden_dim, word_dim)
        self.V = np.random.randn(word_dim, hidden_dim)
        self.W = np.random.randn(hidden_dim, hidden_dim)

    def forward_propagation(self, x):
        s = np.zeros((len(x) + 1, self.hidden_dim))
        o = []
        for t in np.arange(len(x)):
            s[t] = np.tanh(self.U[:, x[t]] + self.W @ s[t - 1])
            e = np.exp(self.V @ s[t])
            o.append(e / e.sum())
        return np.array(o), s

    def bptt(self, x, y):
        delta_o, s = self.forward_propagation(x)
        dU, dV, dW = np.zeros_like(self.U), np.zeros_like(self.V), np.zeros_like(self.W)
        delta_o[np.arange(len(y)), y] -= 1
        for t in np.arange(len(y))[::-1]:
            dV += np.outer(delta_o[t], s[t])
            delta = self.V.T @ delta_o[t] * (1 - s[t] ** 2)
            for k in np.arange(max(0, t - self.bptt_truncate), t + 1)[::-1]:
                dW += np.outer(delta, s[k - 1])
                dU[:, x[k]] += delta
                delta = self.W.T @ delta * (1 - s[k - 1] ** 2)
        return dU, dV, dW


class StepsAndAnswers:
    """What is given back of each step: inputs, states, answers."""

    def __init__(self, n_in, n_hidden):
        self.Wx = np.random.randn(n_hidden, n_in)
        self.Wh = np.random.randn(n_hidden, n_hidden)
        self.Wy = np.random.randn(n_in, n_hidden)

    def forward(self, inputs):
        xs, hs, ps = {}, {-1: np.zeros((self.Wh.shape[0], 1))}, {}
        for t, x in enumerate(inputs):
            xs[t] = x.reshape(-1, 1)
            hs[t] = np.tanh(self.Wx @ xs[t] + self.Wh @ hs[t - 1])
            e = np.exp(self.Wy @ hs[t])
            ps[t] = e / e.sum()
        return xs, hs, ps

    def backward(self, xs, hs, ps, targets):
        dWx, dWh, dWy = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.Wy)
        dnext = np.zeros_like(hs[0])
        for t in reversed(range(len(xs))):
            dy = np.copy(ps[t])
            dy[targets[t]] -= 1
            dWy += dy @ hs[t].T
            draw = (self.Wy.T @ dy + dnext) * (1 - hs[t] ** 2)
            dWx += draw @ xs[t].T
            dWh += draw @ hs[t - 1].T
            dnext = self.Wh.T @ draw
        return dWx, dWh, dWy


def calculate_loss_huber(w, X, y):
    r = X @ w - y
    return np.sum(np.where(np.abs(r) <= 1, 0.5 * r**2, np.abs(r) - 0.5))


def calculate_gradient_huber(w, X, y):
    return X.T @ np.clip(X @ w - y, -1, 1)


def calculate_loss_absolute(w, X, y):
    return np.mean(np.abs(X @ w - y))


def calculate_gradient_absolute(w, X, y):
    return X.T @ np.sign(X @ w - y)


def swish_act(x):
    return x / (1 + np.exp(-x))


def swish_grad(x):
    s = 1 / (1 + np.exp(-x))
    return s + x * s * (1 - s)
