"""Layers as people write them: files with classes and functions, for reading against executing.

Each entry: the text, the class with its constructor's arguments, the forward arguments as shapes,
and the shape of the upstream gradient.  The texts are our own, so they may be executed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """One class with `forward` and `backward`."""

    text: str
    kind: str
    init: tuple[Any, ...]
    inputs: tuple[str, ...]
    """Shapes of the arguments of forward; with a fact after a bar."""
    upstream: str | None


HEAD = "import numpy as np\n"

LAYERS: dict[str, Layer] = {
    "network of layers": Layer(
        HEAD
        + '''
class Layer:
    """Base class."""
    def __init__(self, name=None):
        self.name = name
        self.params, self.grads = {}, {}
    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

class Linear(Layer):
    def __init__(self, n_in, n_out):
        super().__init__("linear")
        self.params["W"] = np.random.randn(n_in, n_out) * np.sqrt(2. / n_in)
        self.params["b"] = np.random.randn(n_out)
    def forward(self, x):
        if x.ndim != 2:
            raise ValueError("two axes are needed")
        self.x = x
        return np.dot(x, self.params["W"]) + self.params["b"]
    def backward(self, d):
        self.grads["W"] = self.x.T.dot(d)
        self.grads["b"] = d.sum(0)
        return d.dot(self.params["W"].T)

class ReLU(Layer):
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out
    def backward(self, d):
        d = d.copy()
        d[self.mask] = 0
        return d

class Net(Layer):
    def __init__(self, sizes, act=ReLU):
        super(Net, self).__init__("net")
        self.layers = []
        for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:])):
            self.layers.append(Linear(a, b))
            if i < len(sizes) - 2:
                self.layers.append(act())
    @property
    def depth(self):
        return len(self.layers)
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x / self.depth
    def backward(self, d):
        d = d / self.depth
        for layer in self.layers[::-1]:
            d = layer.backward(d)
        return d
''',
        "Net",
        ([4, 3, 2],),
        ("n, 4",),
        "n, 2",
    ),
    "recurrent cell over time": Layer(
        HEAD
        + """
class RNN(object):
    def __init__(self, d, h):
        self.params = {'Wx': np.random.randn(d, h), 'Wh': np.random.randn(h, h), 'b': np.random.randn(h)}
        self.grads = {}
        self.h = None
    def step(self, x, h_prev):
        h_next = np.tanh(x @ self.params['Wx'] + h_prev @ self.params['Wh'] + self.params['b'])
        return h_next, (x, h_prev, h_next)
    def forward(self, x):
        N, T, D = x.shape
        H = self.params['Wh'].shape[0]
        hs = np.zeros((N, T, H), dtype=x.dtype)
        self.cache = []
        h = np.zeros((N, H)) if self.h is None else self.h
        for t in range(T):
            h, c = self.step(x[:, t, :], h)
            hs[:, t, :] = h
            self.cache.append(c)
        return hs
    def backward(self, dhs):
        N, T, H = dhs.shape
        D = self.params['Wx'].shape[0]
        dx, dh = np.empty((N, T, D)), 0
        for k in self.params:
            self.grads['d' + k] = np.zeros_like(self.params[k])
        while self.cache:
            x, h_prev, h_next = self.cache.pop()
            t = len(self.cache)
            dz = (dhs[:, t] + dh) * (1 - h_next ** 2)
            self.grads['dWx'] += x.T @ dz
            self.grads['dWh'] += h_prev.T @ dz
            self.grads['db'] += np.sum(dz, axis=0)
            dx[:, t] = dz @ self.params['Wx'].T
            dh = dz @ self.params['Wh'].T
        return dx
""",
        "RNN",
        (3, 4),
        ("n, 3, 3",),
        "n, 3, 4",
    ),
    "LSTM with one matrix": Layer(
        HEAD
        + """
def sigmoid(x):
    return 1. / (1. + np.exp(-x))

class LSTM:
    def __init__(self, d, h):
        self.d, self.hidden = d, h
        self.W = np.random.randn(d + h, 4 * h) / np.sqrt(d + h)
        self.b = np.random.randn(1, 4 * h)
    def forward(self, xs):
        T, n, d = xs.shape
        h = self.hidden
        self.hs, self.cs, self.gates = {-1: np.zeros((n, h))}, {-1: np.zeros((n, h))}, {}
        self.zs = {}
        out = []
        for t in range(T):
            z = np.hstack((xs[t], self.hs[t - 1]))
            a = z @ self.W + self.b
            i, f, o = [sigmoid(a[:, k * h:(k + 1) * h]) for k in range(3)]
            g = np.tanh(a[:, 3 * h:])
            self.cs[t] = f * self.cs[t - 1] + i * g
            self.hs[t] = o * np.tanh(self.cs[t])
            self.zs[t], self.gates[t] = z, (i, f, o, g)
            out.append(self.hs[t])
        return np.array(out)
    def backward(self, dhs):
        T = len(dhs)
        h = self.hidden
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
        dh_next = np.zeros_like(self.hs[0])
        dc_next = np.zeros_like(dh_next)
        dxs = [None] * T
        for t in reversed(range(T)):
            i, f, o, g = self.gates[t]
            dh = dhs[t] + dh_next
            tc = np.tanh(self.cs[t])
            dc = dc_next + dh * o * (1 - tc * tc)
            da = np.concatenate([dc * g * i * (1 - i), dc * self.cs[t - 1] * f * (1 - f),
                                 dh * tc * o * (1 - o), dc * i * (1 - g ** 2)], axis=1)
            self.dW += np.dot(self.zs[t].T, da)
            self.db += da.sum(axis=0, keepdims=True)
            dz = da @ self.W.T
            dxs[t], dh_next = dz[:, :self.d], dz[:, self.d:]
            dc_next = dc * f
        return np.stack(dxs)
""",
        "LSTM",
        (2, 3),
        ("3, n, 2",),
        "3, n, 3",
    ),
    "batch norm": Layer(
        HEAD
        + """
class BatchNorm:
    def __init__(self, d, eps=1e-5, momentum=0.9):
        self.gamma, self.beta = np.random.randn(d), np.random.randn(d)
        self.eps, self.momentum = eps, momentum
        self.running_mean = np.zeros(d)
        self.running_var = np.ones(d)
    def forward(self, x, mode='train'):
        if mode == 'train':
            mu = np.mean(x, axis=0)
            xc = x - mu
            var = (xc ** 2).mean(axis=0)
            std = np.sqrt(var + self.eps)
            xn = xc / std
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
            self.running_var *= self.momentum
            self.running_var += (1 - self.momentum) * var
            self.cache = xc, xn, std
        elif mode == 'test':
            xn = (x - self.running_mean) / np.sqrt(self.running_var + self.eps)
        else:
            raise ValueError('Invalid mode "%s"' % mode)
        return self.gamma * xn + self.beta
    def backward(self, dout):
        xc, xn, std = self.cache
        n, _ = dout.shape
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(dout * xn, axis=0)
        dxn = dout * self.gamma
        dxc = dxn / std
        dstd = -np.sum(dxn * xc / (std * std), axis=0)
        dvar = .5 * dstd / std
        dxc += (2.0 / n) * xc * dvar
        dmu = dxc.sum(axis=0)
        return dxc - dmu / n
""",
        "BatchNorm",
        (3,),
        ("n, 3",),
        "n, 3",
    ),
    "convolution by integer indices": Layer(
        HEAD
        + """
def get_indices(x_shape, k, padding=1, stride=1):
    N, C, H, W = x_shape
    out_h = int((H + 2 * padding - k) / stride + 1)
    out_w = int((W + 2 * padding - k) / stride + 1)
    i0 = np.repeat(np.arange(k), k)
    i0 = np.tile(i0, C)
    i1 = stride * np.repeat(np.arange(out_h), out_w)
    j0 = np.tile(np.arange(k), k * C)
    j1 = stride * np.tile(np.arange(out_w), out_h)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    c = np.repeat(np.arange(C), k * k).reshape(-1, 1)
    return (c, i, j)

class Conv:
    def __init__(self, c, f, k, padding=1, stride=2):
        self.W = np.random.randn(f, c, k, k)
        self.b = np.random.randn(f)
        self.pad, self.stride = padding, stride
    def forward(self, x):
        N, C, H, W = x.shape
        F, _, k, _ = self.W.shape
        p = self.pad
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode='constant')
        self.idx = get_indices(x.shape, k, p, self.stride)
        c, i, j = self.idx
        cols = xp[:, c, i, j]
        cols = cols.transpose(1, 2, 0).reshape(k * k * C, -1)
        out = self.W.reshape(F, -1) @ cols + self.b.reshape(-1, 1)
        oh = (H + 2 * p - k) // self.stride + 1
        self.cols, self.x_shape, self.xp_shape = cols, x.shape, xp.shape
        return out.reshape(F, oh, -1, N).transpose(3, 0, 1, 2)
    def backward(self, dout):
        F, C, k, _ = self.W.shape
        N = self.x_shape[0]
        d = dout.transpose(1, 2, 3, 0).reshape(F, -1)
        self.db = np.sum(dout, axis=(0, 2, 3))
        self.dW = (d @ self.cols.T).reshape(self.W.shape)
        dcols = self.W.reshape(F, -1).T @ d
        dcols = dcols.reshape(C * k * k, -1, N).transpose(2, 0, 1)
        dxp = np.zeros(self.xp_shape)
        c, i, j = self.idx
        np.add.at(dxp, (slice(None), c, i, j), dcols)
        p = self.pad
        return dxp if p == 0 else dxp[:, :, p:-p, p:-p]
""",
        "Conv",
        (2, 3, 3),
        ("2, 2, 5, 5",),
        "2, 3, 3, 3",
    ),
    "convolution by slices": Layer(
        HEAD
        + """
def im2col(x, kh, kw, stride=1, pad=0):
    N, C, H, W = x.shape
    oh = (H + 2 * pad - kh) // stride + 1
    ow = (W + 2 * pad - kw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], 'constant')
    col = np.zeros((N, C, kh, kw, oh, ow))
    for y in range(kh):
        y_max = y + stride * oh
        for x_ in range(kw):
            x_max = x_ + stride * ow
            col[:, :, y, x_, :, :] = img[:, :, y:y_max:stride, x_:x_max:stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, -1)

def col2im(col, shape, kh, kw, stride=1, pad=0):
    N, C, H, W = shape
    oh = (H + 2 * pad - kh) // stride + 1
    ow = (W + 2 * pad - kw) // stride + 1
    col = col.reshape(N, oh, ow, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1))
    for y in range(kh):
        y_max = y + stride * oh
        for x in range(kw):
            x_max = x + stride * ow
            img[:, :, y:y_max:stride, x:x_max:stride] += col[:, :, y, x, :, :]
    return img[:, :, pad:H + pad, pad:W + pad]

class Conv:
    def __init__(self, c, f, k, stride=2, pad=1):
        self.W, self.b = np.random.randn(f, c, k, k), np.random.randn(f)
        self.stride, self.pad = stride, pad
    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        oh = 1 + int((H + 2 * self.pad - FH) / self.stride)
        ow = 1 + int((W + 2 * self.pad - FW) / self.stride)
        self.x, self.col = x, im2col(x, FH, FW, self.stride, self.pad)
        self.col_W = self.W.reshape(FN, -1).T
        out = np.dot(self.col, self.col_W) + self.b
        return out.reshape(N, oh, ow, -1).transpose(0, 3, 1, 2)
    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        self.dW = np.dot(self.col.T, dout)
        self.dW = self.dW.transpose(1, 0).reshape(FN, C, FH, FW)
        return col2im(np.dot(dout, self.col_W.T), self.x.shape, FH, FW, self.stride, self.pad)
""",
        "Conv",
        (2, 3, 3),
        ("2, 2, 5, 5",),
        "2, 3, 3, 3",
    ),
    "max pooling by loops": Layer(
        HEAD
        + """
class MaxPool:
    def __init__(self, size=2, stride=2):
        self.size = self.stride = size
    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        s = self.size
        out = np.zeros((N, C, H // s, W // s))
        for i in range(H // s):
            for j in range(W // s):
                out[:, :, i, j] = np.max(x[:, :, i * s:(i + 1) * s, j * s:(j + 1) * s], axis=(2, 3))
        return out
    def backward(self, dout):
        dx = np.zeros_like(self.x)
        s = self.size
        N, C, H, W = dout.shape
        for n in range(N):
            for c in range(C):
                for i in range(H):
                    for j in range(W):
                        window = self.x[n, c, i * s:i * s + s, j * s:j * s + s]
                        mask = (window == np.max(window))
                        dx[n, c, i * s:i * s + s, j * s:j * s + s] += mask * dout[n, c, i, j]
        return dx
""",
        "MaxPool",
        (),
        ("2, 2, 4, 4",),
        "2, 2, 2, 2",
    ),
    "softmax loss": Layer(
        HEAD
        + """
class SoftmaxLoss:
    def __init__(self):
        self.cache = None
    def forward(self, x, y):
        shifted = x - np.max(x, axis=1, keepdims=True)
        Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
        log_probs = shifted - np.log(Z)
        probs = np.exp(log_probs)
        N = x.shape[0]
        self.cache = (probs, y)
        return -np.sum(log_probs[np.arange(N), y]) / N
    def backward(self, scale=1.0):
        probs, y = self.cache
        N = len(y)
        dx = probs.copy()
        dx[np.arange(N), y] -= 1
        dx /= N
        return dx * scale
""",
        "SoftmaxLoss",
        (),
        ("n, 4", "n | index 4"),
        None,
    ),
    "dropout and embedding": Layer(
        HEAD
        + """
class Embedding:
    def __init__(self, v, d):
        self.W = np.random.normal(0, 0.1, (v, d))
        self.dW = np.zeros_like(self.W)
    def forward(self, idx):
        self.idx = idx
        return self.W[idx]
    def backward(self, dout):
        self.dW[...] = 0
        np.add.at(self.dW, self.idx, dout)
        return None
""",
        "Embedding",
        (5, 3),
        ("n | index 5",),
        "n, 3",
    ),
    "update inside backward": Layer(
        HEAD
        + """
class Dense:
    lr = 0.1
    def __init__(self, n_in, n_out, activation='tanh'):
        self.weights = np.random.uniform(-1, 1, (n_in, n_out))
        self.bias = np.random.rand(1, n_out)
        self.activation = {'tanh': np.tanh, 'linear': lambda v: v}[activation]
        self.d_activation = {'tanh': lambda v: 1 - np.tanh(v) ** 2}.get(activation, np.ones_like)
        self.velocity = np.zeros((n_in, n_out))
    def forward(self, inputs):
        self.inputs = inputs
        self.z = inputs @ self.weights + self.bias
        return self.activation(self.z)
    def backward(self, grad, momentum=0.9):
        grad = np.multiply(grad, self.d_activation(self.z))
        back = grad @ self.weights.T
        self.velocity = momentum * self.velocity - self.lr * (self.inputs.T @ grad)
        self.weights += self.velocity
        self.bias -= self.lr * grad.sum(axis=0, keepdims=True)
        return back
""",
        "Dense",
        (3, 2),
        ("n, 3",),
        "n, 2",
    ),
    "attention": Layer(
        HEAD
        + """
from math import sqrt

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)

class Attention:
    def __init__(self, d, heads):
        assert d % heads == 0
        self.heads, self.dk = heads, d // heads
        for name in ('q', 'k', 'v', 'o'):
            setattr(self, f'W{name}', np.random.randn(d, d) / sqrt(d))
    def split(self, x):
        n, t, d = x.shape
        return x.reshape(n, t, self.heads, self.dk).transpose(0, 2, 1, 3)
    def merge(self, x):
        n, h, t, dk = x.shape
        return np.swapaxes(x, 1, 2).reshape(n, t, h * dk)
    def forward(self, x, causal=True):
        t = x.shape[1]
        q, k, v = (self.split(x @ W) for W in (self.Wq, self.Wk, self.Wv))
        s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(self.dk)
        if causal:
            s = np.where(np.tril(np.ones((t, t))) == 0, -1e9, s)
        a = softmax(s)
        o = self.merge(np.matmul(a, v))
        self.cache = dict(x=x, q=q, k=k, v=v, a=a, o=o)
        return o @ self.Wo
    def backward(self, dy):
        x, q, k, v, a, o = [self.cache[name] for name in 'x q k v a o'.split()]
        flat = lambda m: m.reshape(-1, m.shape[-1])
        self.grads = {'Wo': flat(o).T @ flat(dy)}
        do = self.split(dy @ self.Wo.T)
        da = do @ v.swapaxes(-1, -2)
        dv = a.swapaxes(-1, -2) @ do
        ds = a * (da - (da * a).sum(-1, keepdims=True)) / np.sqrt(self.dk)
        dq, dk = ds @ k, np.einsum('nhts,nhtd->nhsd', ds, q)
        dx = np.zeros_like(x)
        for name, d, W in zip('qkv', (dq, dk, dv), (self.Wq, self.Wk, self.Wv)):
            d = self.merge(d)
            self.grads['W' + name] = flat(x).T @ flat(d)
            dx += d @ W.T
        return dx
""",
        "Attention",
        (4, 2),
        ("n, 3, 4",),
        "n, 3, 4",
    ),
    "functions with a cache dict": Layer(
        HEAD
        + """
def initialize(dims):
    parameters = {}
    L = len(dims)
    for l in range(1, L):
        parameters['W' + str(l)] = np.random.randn(dims[l], dims[l - 1]) * 0.01
        parameters[f"b{l}"] = np.random.randn(dims[l], 1)
    return parameters

def linear_activation_forward(A_prev, W, b, activation):
    Z = np.dot(W, A_prev) + b
    if activation == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    elif activation == "relu":
        A = np.maximum(0, Z)
    assert (A.shape == (W.shape[0], A_prev.shape[1]))
    return A, ((A_prev, W, b), Z)

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1. / m * np.dot(dZ, A_prev.T)
    db = 1. / m * np.sum(dZ, axis=1, keepdims=True)
    return np.dot(W.T, dZ), dW, db

class Model:
    def __init__(self, dims):
        self.parameters = initialize(dims)
    def forward(self, X):
        self.caches = []
        A = X
        L = len(self.parameters) // 2
        for l in range(1, L):
            W, b = self.parameters['W' + str(l)], self.parameters['b' + str(l)]
            A, cache = linear_activation_forward(A, W, b, 'relu')
            self.caches.append(cache)
        W, b = self.parameters['W%d' % L], self.parameters['b{}'.format(L)]
        AL, cache = linear_activation_forward(A, W, b, "sigmoid")
        self.caches += [cache]
        return AL
    def backward(self, dA):
        grads = {}
        for l in reversed(range(len(self.caches))):
            linear_cache, Z = self.caches[l]
            if l == len(self.caches) - 1:
                s = 1 / (1 + np.exp(-Z))
                dZ = dA * s * (1 - s)
            else:
                dZ = np.array(dA, copy=True)
                dZ[Z <= 0] = 0
            dA, grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = linear_backward(dZ, linear_cache)
        self.grads = grads
        return dA
""",
        "Model",
        ([3, 4, 2],),
        ("3, n",),
        "2, n",
    ),
}

LAYERS |= {
    "parameter lists over time": Layer(
        HEAD
        + """
class RNN:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.cache = None
    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        t = np.dot(h_prev, Wh) + np.dot(x, Wx) + b
        h_next = np.tanh(t)
        self.cache = (x, h_prev, h_next)
        return h_next
    def backward(self, dh_next):
        Wx, Wh, b = self.params
        x, h_prev, h_next = self.cache
        dt = dh_next * (1 - h_next ** 2)
        self.grads[0][...] = np.dot(x.T, dt)
        self.grads[1][...] = np.dot(h_prev.T, dt)
        self.grads[2][...] = np.sum(dt, axis=0)
        return np.dot(dt, Wx.T), np.dot(dt, Wh.T)

class TimeRNN:
    def __init__(self, D, H, stateful=False):
        Wx, Wh, b = np.random.randn(D, H), np.random.randn(H, H), np.random.randn(H)
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(p) for p in self.params]
        self.layers = None
        self.h, self.dh = None, None
        self.stateful = stateful
    def forward(self, xs):
        Wx, _, _ = self.params
        N, T, D = xs.shape
        D, H = Wx.shape
        self.layers = []
        hs = np.empty((N, T, H), dtype='f')
        if not self.stateful or self.h is None:
            self.h = np.zeros((N, H), dtype='f')
        for t in range(T):
            layer = RNN(*self.params)
            self.h = layer.forward(xs[:, t, :], self.h)
            hs[:, t, :] = self.h
            self.layers.append(layer)
        return hs
    def backward(self, dhs):
        Wx, Wh, b = self.params
        N, T, H = dhs.shape
        D, H = Wx.shape
        dxs = np.empty((N, T, D), dtype='f')
        dh = 0
        grads = [0, 0, 0]
        for t in reversed(range(T)):
            layer = self.layers[t]
            dx, dh = layer.backward(dhs[:, t, :] + dh)
            dxs[:, t, :] = dx
            for i, grad in enumerate(layer.grads):
                grads[i] += grad
        for i, grad in enumerate(grads):
            self.grads[i][...] = grad
        self.dh = dh
        return dxs
""".replace(", dtype='f'", ""),
        "TimeRNN",
        (3, 2),
        ("n, 3, 3",),
        "n, 3, 2",
    ),
    "max pooling by argmax of columns": Layer(
        LAYERS["convolution by slices"].text
        + """
class Pooling:
    def __init__(self, pool_h=2, pool_w=2, stride=2, pad=0):
        self.pool_h, self.pool_w, self.stride, self.pad = pool_h, pool_w, stride, pad
    def forward(self, x):
        N, C, H, W = x.shape
        out_h = int(1 + (H - self.pool_h) / self.stride)
        out_w = int(1 + (W - self.pool_w) / self.stride)
        col = im2col(x, self.pool_h, self.pool_w, self.stride, self.pad)
        col = col.reshape(-1, self.pool_h * self.pool_w)
        arg_max = np.argmax(col, axis=1)
        out = np.max(col, axis=1)
        out = out.reshape(N, out_h, out_w, C).transpose(0, 3, 1, 2)
        self.x, self.arg_max = x, arg_max
        return out
    def backward(self, dout):
        dout = dout.transpose(0, 2, 3, 1)
        pool_size = self.pool_h * self.pool_w
        dmax = np.zeros((dout.size, pool_size))
        dmax[np.arange(self.arg_max.size), self.arg_max.flatten()] = dout.flatten()
        dmax = dmax.reshape(dout.shape + (pool_size,))
        dcol = dmax.reshape(dmax.shape[0] * dmax.shape[1] * dmax.shape[2], -1)
        return col2im(dcol, self.x.shape, self.pool_h, self.pool_w, self.stride, self.pad)
""",
        "Pooling",
        (),
        ("2, 2, 4, 4",),
        "2, 2, 2, 2",
    ),
    "pooling and convolution by naive loops": Layer(
        HEAD
        + """
class MaxPool:
    def __init__(self, HH=2, WW=2, stride=1):
        self.param = {'pool_height': HH, 'pool_width': WW, 'stride': stride}
    def forward(self, x):
        N, C, H, W = x.shape
        HH, WW, S = self.param['pool_height'], self.param['pool_width'], self.param['stride']
        H_, W_ = 1 + (H - HH) // S, 1 + (W - WW) // S
        out = np.zeros((N, C, H_, W_))
        for n in range(N):
            for c in range(C):
                for i in range(H_):
                    for j in range(W_):
                        out[n, c, i, j] = x[n, c, i * S:i * S + HH, j * S:j * S + WW].max()
        self.cache = (x, self.param)
        return out
    def backward(self, dout):
        x, param = self.cache
        HH, WW, S = param.get('pool_height', 2), param.get('pool_width', 2), param.get('stride', 2)
        dx = np.zeros(x.shape)
        N, C, H_, W_ = dout.shape
        for n in range(N):
            for c in range(C):
                for i in range(H_):
                    for j in range(W_):
                        window = x[n, c, i * S:i * S + HH, j * S:j * S + WW]
                        k, l = np.unravel_index(window.argmax(), (HH, WW))
                        dx[n, c, i * S + k, j * S + l] += dout[n, c, i, j]
        return dx
""",
        "MaxPool",
        (),
        ("1, 2, 3, 3",),
        "1, 2, 2, 2",
    ),
    "gated unit with helper objects": Layer(
        HEAD
        + """
class Sigmoid:
    @staticmethod
    def f(x):
        return 1.0 / (1.0 + np.exp(-x))
    @classmethod
    def df(cls, x):
        return cls.f(x) * (1 - cls.f(x))

class Tanh:
    def __call__(self, x): return np.tanh(x)
    def gradient(self, x): return 1 - np.power(self.__call__(x), 2)

class Base(object):
    trainable = True
    def parameters(self):
        return [getattr(self, name) for name in self.names]
    def zero_grad(self):
        for name in self.names:
            setattr(self, "d" + name, np.zeros_like(getattr(self, name)))

class GRU(Base):
    names = ("Wz", "Wr", "Wh")
    def __init__(self, d, h, **options):
        self.h = h
        self.tanh = Tanh()
        for name in self.names:
            setattr(self, name, np.random.randn(h + d, h) * options.get("scale", 0.5))
        self.zero_grad()
    def forward(self, xs):
        n, T, d = xs.shape
        h = np.zeros((n, self.h))
        self.steps = []
        for x in np.transpose(xs, (1, 0, 2)):
            hx = np.concatenate((h, x), 1)
            az, ar = hx @ self.Wz, hx @ self.Wr
            z, r = Sigmoid.f(az), Sigmoid.f(ar)
            rx = np.concatenate([r * h, x], axis=-1)
            ah = rx @ self.Wh
            new = (1 - z) * h + z * self.tanh(ah)
            self.steps.append({"h": h, "hx": hx, "rx": rx, "az": az, "ar": ar, "ah": ah, "z": z, "r": r})
            h = new
        return h
    def backward(self, dh):
        self.zero_grad()
        dxs = []
        for s in reversed(self.steps):
            da = dh * s["z"] * self.tanh.gradient(s["ah"])
            dz = dh * (self.tanh(s["ah"]) - s["h"]) * Sigmoid.df(s["az"])
            drx = da @ self.Wh.T
            drh, dx = np.split(drx, [self.h], axis=1)
            dr = drh * s["h"] * Sigmoid.df(s["ar"])
            self.dWz += s["hx"].T @ dz
            self.dWr += s["hx"].T @ dr
            self.dWh += s["rx"].T @ da
            back = dz @ self.Wz.T + dr @ self.Wr.T
            dh = dh * (1 - s["z"]) + drh * s["r"] + back[:, :self.h]
            dxs.insert(0, dx + back[:, self.h:])
        return np.stack(dxs, axis=1)
""",
        "GRU",
        (2, 3),
        ("n, 3, 2",),
        "n, 3",
    ),
}
