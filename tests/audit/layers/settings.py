"""Layers that take more than arrays: a model to tell, settings of the file, classes that prepare themselves."""

import numpy as np

SETTINGS = {"units": [640, 24, 12], "slope": 0.1}
settings = SETTINGS


class Criterion:
    """The gradient goes to a model, and stays in one attribute."""

    def __init__(self, model=None):
        self.model = model

    def __call__(self, predicts, labels):
        return self.forward(predicts, labels)

    def forward(self, predicts, labels):
        self.labels = labels
        shifted = np.exp(predicts - predicts.max(axis=1, keepdims=True))
        self.preds = shifted / shifted.sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.preds[np.arange(len(labels)), labels]))

    def backward(self):
        count = len(self.labels)
        self.grads = self.preds.copy()
        self.grads[np.arange(count), self.labels] -= 1
        self.grads /= count
        self.model.backward(self.grads)


class CriterionSquared(Criterion):
    def forward(self, predicts, labels):
        self.labels, self.preds = labels, predicts
        hot = np.zeros_like(predicts)
        hot[np.arange(len(labels)), labels] = 1
        self.gap = predicts - hot
        return np.sum(self.gap**2)

    def backward(self):
        self.grads = self.gap**2
        self.model.backward(self.grads)


class LossBesideAnswers:
    """Forward gives probabilities and loss; backward gets the probabilities as `dout`."""

    def forward(self, inputs, y_true):
        e = np.exp(inputs)
        probs = e / np.sum(e, axis=1, keepdims=True)
        loss = -np.sum(np.log(probs[np.arange(len(y_true)), y_true]))
        return probs, loss

    def backward(self, dout, y_true):
        dout[np.arange(len(y_true)), y_true] -= 1
        return dout


class LossBesideAnswersHalf(LossBesideAnswers):
    def backward(self, dout, y_true):
        dout[np.arange(len(y_true)), y_true] -= 0.5
        return dout


class LossOfNothing:
    def forward(self, y_pred, y_true):
        return -np.sum(y_true * np.log(y_pred))

    def backward(self, y_pred, y_true):
        return 0


class Patches:
    """An object that only knows where the patches of an image lie."""

    def __init__(self, width, stride):
        self.width, self.stride = width, stride

    def places(self, shape):
        n, c, h, w = shape
        rows, columns = (h - self.width) // self.stride + 1, (w - self.width) // self.stride + 1
        i = np.tile(np.repeat(np.arange(self.width), self.width), c).reshape(-1, 1)
        j = np.tile(np.arange(self.width), self.width * c).reshape(-1, 1)
        i = i + self.stride * np.repeat(np.arange(rows), columns).reshape(1, -1)
        j = j + self.stride * np.tile(np.arange(columns), rows).reshape(1, -1)
        return np.repeat(np.arange(c), self.width**2).reshape(-1, 1), i, j


class PreparedPool:
    """What forward needs is set by `__call__`."""

    def __init__(self, size, stride):
        self.size, self.stride = size, stride

    def __call__(self, x):
        self.n, self.c, self.h, self.w = x.shape
        self.rows = int((self.h - self.size) / self.stride + 1)
        self.columns = int((self.w - self.size) / self.stride + 1)
        self.places = Patches(self.size, self.stride).places((self.n * self.c, 1, self.h, self.w))
        return self.forward(x)

    def forward(self, x):
        patches = x.reshape(self.n * self.c, 1, self.h, self.w)[:, *self.places]
        self.patches = patches.transpose(1, 2, 0).reshape(self.size**2, -1)
        out = self.patches.mean(axis=0).reshape(self.rows, self.columns, self.n, self.c)
        return out.transpose(2, 3, 0, 1)

    def spread(self, flat):
        return np.ones((self.size**2, 1)) * flat / self.size**2

    def backward(self, d_out):
        flat = d_out.transpose(2, 3, 0, 1).ravel()
        patches = self.spread(flat).reshape(self.size**2, -1, self.n * self.c).transpose(2, 0, 1)
        dx = np.zeros((self.n * self.c, 1, self.h, self.w))
        np.add.at(dx, (slice(None), *self.places), patches)
        return dx.reshape(self.n, self.c, self.h, self.w)


class PreparedPoolOfLargest(PreparedPool):
    """Averages forwards, and gives all to the largest backwards."""

    def spread(self, flat):
        patches = np.zeros_like(self.patches)
        best = self.patches.argmax(axis=0)
        patches[best, range(best.size)] = flat
        return patches


class Unit:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x.dot(self.w) + self.b

    def backward(self, g):
        self.d_w = self.x.T.dot(g)
        self.d_b = np.ones((1, len(g))).dot(g)
        return g.dot(self.w.T)


class ConfiguredNet:
    """Its constructor takes what the file calls by the same name."""

    def __init__(self, settings):
        units = settings["units"]
        self.layers = [Unit(a, b) for a, b in zip(units[:-1], units[1:])]
        self.slope = settings["slope"]

    def forward(self, x):
        self.inner = self.layers[0].forward(x)
        return self.layers[1].forward(np.where(self.inner > 0, self.inner, self.slope * self.inner))

    def backward(self, g):
        g = self.layers[1].backward(g)
        return self.layers[0].backward(g * np.where(self.inner > 0, 1, self.slope))


class ConfiguredNetAtOutput(ConfiguredNet):
    def backward(self, g):
        g = self.layers[1].backward(g)
        return self.layers[0].backward(g * np.where(self.inner > 0, 1, self.inner))


class ColumnsNet:
    """Sizes from an array, weights in a dictionary, samples in columns."""

    def __init__(self, sizes=np.array([2, 3, 2])):
        self.sizes = np.array(sizes)
        self.w = dict((k, np.random.random([self.sizes[k], self.sizes[k - 1]])) for k in range(1, len(sizes)))

    def forward(self, x):
        self.x = x
        self.inner = np.tanh(self.w[1] @ x)
        return self.w[2] @ self.inner

    def backward(self, dy):
        dy_dw = {2: dy @ self.inner.T}
        dy_da = self.w[2].T @ dy
        dy_dz = dy_da * (1 - self.inner**2)
        dy_dw[1] = dy_dz @ self.x.T
        self.dw = dy_dw
        return self.w[1].T @ dy_dz


class Coder:
    """Gradients are called by what is derived by what."""

    def __init__(self, n_in, n_hidden):
        self.W_enc = np.random.randn(n_in, n_hidden)
        self.W_dec = np.random.randn(n_hidden, n_in)

    def forward(self, X):
        self.X = X
        self.code = np.tanh(X @ self.W_enc)
        return self.code @ self.W_dec

    def backward(self, dout):
        dy_dcode = (dout @ self.W_dec.T) * (1 - self.code**2)
        dy_dw_dec = self.code.T @ dout
        dy_dw_enc = self.X.T @ dy_dcode
        return dy_dw_dec, dy_dw_enc


class CoderOfCode(Coder):
    def backward(self, dout):
        dy_dcode = (dout @ self.W_dec.T) * (1 - self.code)
        dy_dw_dec = self.code.T @ dout
        dy_dw_enc = self.X.T @ dy_dcode
        return dy_dw_dec, dy_dw_enc


class RootMeanSquare:
    """Its user calls `initialize` before the first forward."""

    def __init__(self, eps=1e-8):
        self.eps = eps
        self.gamma = None

    def initialize(self, shape):
        self.gamma = np.ones(shape)

    def parameters(self):
        return [self.gamma]

    def grad_parameters(self):
        return [self.grad_gamma]

    def forward(self, x):
        self.x = x
        self.rms = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + self.eps)
        return self.gamma * x / self.rms

    def backward(self, grad_output):
        self.grad_gamma = np.sum(grad_output * self.x / self.rms, axis=0)
        g = grad_output * self.gamma
        along = np.mean(g * self.x, axis=1, keepdims=True)
        return g / self.rms - self.x * along / self.rms**3


class RootMeanSquareAsConstant(RootMeanSquare):
    def backward(self, grad_output):
        self.grad_gamma = np.sum(grad_output * self.x / self.rms, axis=0)
        return grad_output * self.gamma / self.rms


def slide_forward(signal, kernels, stride=1):
    """Stride is a setting of both functions."""
    n, c, length = signal.shape
    f, _, width = kernels.shape
    out = np.zeros((n, f, (length - width) // stride + 1))
    for t in range(out.shape[2]):
        piece = signal[:, :, t * stride : t * stride + width]
        out[:, :, t] = np.tensordot(piece, kernels, axes=([1, 2], [1, 2]))
    return out


def slide_backward(signal, kernels, d_out, stride=1):
    width = kernels.shape[2]
    dsignal, dkernels = np.zeros_like(signal), np.zeros_like(kernels)
    for t in range(d_out.shape[2]):
        piece = slice(t * stride, t * stride + width)
        dsignal[:, :, piece] += np.tensordot(d_out[:, :, t], kernels, axes=(1, 0))
        dkernels += np.tensordot(d_out[:, :, t], signal[:, :, piece], axes=(0, 0))
    return dsignal, dkernels


class LinearOfMeans:
    """The mean for the bias, the sum for the weights: only the first is off."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, input):
        return input @ self.W + self.b

    def backward(self, input, grad_output):
        self.grad_b = np.mean(grad_output, axis=0)
        self.grad_W = input.T @ grad_output
        return grad_output @ self.W.T


def memory_forward(x, prev_c, W_f, W_g):
    """The cache comes first, then two outputs."""
    f = 1 / (1 + np.exp(-x.dot(W_f)))
    g = np.tanh(x.dot(W_g))
    c = f * prev_c + (1 - f) * g
    h = np.tanh(c)
    return {"f": f, "g": g, "prev_c": prev_c, "h": h}, c, h


def memory_backward(x, W_f, W_g, cache, dh, dc):
    f, g = cache["f"], cache["g"]
    dc = dc + dh * (1 - cache["h"] ** 2)
    df = dc * (cache["prev_c"] - g) * f * (1 - f)
    dg = dc * (1 - f) * (1 - g**2)
    return df.dot(W_f.T) + dg.dot(W_g.T), dc * f, x.T.dot(df), x.T.dot(dg)


class Curve:
    """A function and its derivative, a learning rate that is not used."""

    def __init__(self, activation, activation_d):
        self.activation, self.activation_d = activation, activation_d

    def forward(self, x):
        self.x = x
        return self.activation(x)

    def backward(self, output_error, _):
        return output_error * self.activation_d(self.x)


class CurveOfError(Curve):
    def backward(self, output_error, _):
        return output_error * self.activation_d(output_error)


def extent_forward(x, mode="largest"):
    """Which value of a row is meant is a mode, and none of training or use."""
    if mode == "largest":
        out = np.max(x, axis=1)
    elif mode == "average":
        out = np.mean(x, axis=1)
    return out, x


def extent_backward(dout, cache, mode="largest"):
    x = cache
    if mode == "largest":
        dx = dout[:, None] * (x == np.max(x, axis=1, keepdims=True))
    elif mode == "average":
        dx = dout[:, None] * np.ones_like(x) / x.shape[1]
    return dx


class BentByMode:
    """The derivative is that of the mode."""

    def __init__(self, mode="ramp"):
        self.mode = mode

    def forward(self, x):
        self.x = x
        if self.mode == "ramp":
            self.y = np.maximum(0, x)
        elif self.mode == "tanh":
            self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (self.x > 0 if self.mode == "ramp" else 1 - self.y**2)


class BentByModeOnce(BentByMode):
    def backward(self, dout):
        return dout * (self.x > 0 if self.mode == "ramp" else 1 - self.y)


class Gathered:
    """The sum of a row or its mean, each with its own derivative."""

    def __init__(self, form="sum"):
        self.form = form

    def forward(self, x):
        self.x = x
        if self.form == "sum":
            return x.sum(axis=1)
        elif self.form == "mean":
            return x.mean(axis=1)

    def backward(self, dout):
        count = 1 if self.form == "sum" else self.x.shape[1]
        return dout[:, None] * np.ones_like(self.x) / count


class GatheredAsSum(Gathered):
    def backward(self, dout):
        return dout[:, None] * np.ones_like(self.x)
