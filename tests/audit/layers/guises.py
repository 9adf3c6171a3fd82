"""Layers in which a name or a shape says less than usual, or something else than it seems to."""

import numpy as np


class SequenceNorm:
    """Gains that are summed over samples and steps: no layer for rows."""

    def __init__(self, width, eps=1e-6):
        self.width = width
        self.eps = eps
        self.gamma = np.ones(width)
        self.beta = np.zeros(width)

    def forward(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        self.scale = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.eps)
        self.unit = centred * self.scale
        return self.unit * self.gamma + self.beta

    def backward(self, dout):
        self.dgamma = np.sum(dout * self.unit, axis=(0, 1))
        self.dbeta = np.sum(dout, axis=(0, 1))
        g = dout * self.gamma
        along = np.mean(g * self.unit, axis=-1, keepdims=True)
        return self.scale * (g - np.mean(g, axis=-1, keepdims=True) - self.unit * along)


class SequenceNormDoubled(SequenceNorm):

    def backward(self, dout):
        dx = super().backward(dout)
        self.dgamma = np.sum(dout * self.unit, axis=(0, 1)) * 2
        return dx


class BareVariance:
    """Backward leaves out what keeps the root in forward finite; forward has a flag for its use."""

    def __init__(self, width, eps=1e-9):
        self.eps = eps
        self.gamma = np.ones(width)
        self.beta = np.zeros(width)
        self.seen_mean = np.zeros(width)
        self.seen_var = np.ones(width)

    def forward(self, x, eval=False):
        if eval:
            self.unit = (x - self.seen_mean) / np.sqrt(self.seen_var + self.eps)
        else:
            self.centred = x - np.mean(x, axis=0)
            self.var = np.var(x, axis=0)
            self.unit = self.centred / np.sqrt(self.var + self.eps)
        return self.gamma * self.unit + self.beta

    def backward(self, dout):
        n = dout.shape[0]
        self.dgamma = (dout * self.unit).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        g = dout * self.gamma
        dvar = -0.5 * np.sum(g * self.centred, axis=0) / (self.var * np.sqrt(self.var))
        dcentred = g / np.sqrt(self.var) + 2 * dvar * self.centred / n
        return dcentred - dcentred.sum(axis=0) / n


class TilePool:
    """The gradient comes in as `out`, beside what went in and what came out."""

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        rows, columns = self.shape
        n, h, w, c = x.shape
        tiles = x.reshape(n, h // rows, rows, w // columns, columns, c).transpose(0, 1, 3, 5, 2, 4)
        flat = tiles.reshape(-1, rows * columns)
        self.best = flat.argmax(axis=1)
        out = flat[np.arange(self.best.size), self.best]
        return out.reshape(n, h // rows, w // columns, c)

    def backward(self, out, input, output):
        rows, columns = self.shape
        n, h, w, c = input.shape
        flat = np.zeros((out.size, rows * columns))
        flat[np.arange(self.best.size), self.best] = out.reshape(-1)
        tiles = flat.reshape(n, h // rows, w // columns, c, rows, columns)
        return tiles.transpose(0, 1, 4, 2, 5, 3).reshape(input.shape)


class TilePoolMixed(TilePool):
    def backward(self, out, input, output):
        rows, columns = self.shape
        n, h, w, c = input.shape
        flat = np.zeros((out.size, rows * columns))
        flat[np.arange(self.best.size), self.best] = out.reshape(-1)
        tiles = flat.reshape(n, h // rows, w // columns, c, columns, rows)
        return tiles.transpose(0, 1, 4, 2, 5, 3).reshape(input.shape)


class HeavyBall:
    """Velocities Dw and Db beside the gradients; the rate has a default."""

    def __init__(self, W, b):
        self.w = W
        self.b = b
        self.Dw = np.zeros_like(self.w)
        self.Db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad_output, learning_rate=0.0, momentum=0.0):
        self.dldw = self.x.T @ grad_output
        self.dldb = grad_output.sum(axis=0)
        back = grad_output @ self.w.T
        self.Dw = momentum * self.Dw - learning_rate * self.dldw
        self.Db = momentum * self.Db - learning_rate * self.dldb
        self.w = self.w + self.Dw
        self.b = self.b + self.Db
        return back


class HeavyBallAveraged(HeavyBall):
    def backward(self, grad_output, learning_rate=0.0, momentum=0.0):
        back = super().backward(grad_output, learning_rate, momentum)
        self.dldb = self.dldb / len(grad_output)
        return back


class DenseWithRate:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) / n_in
        self.bias = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.weights + self.bias)

    def backprop(self, d_out, learn_rate=2e-2):
        d_sum = d_out * (1 - np.tanh(self.x @ self.weights + self.bias) ** 2)
        d_x = d_sum @ self.weights.T
        self.weights -= learn_rate * (self.x.T @ d_sum)
        self.bias -= learn_rate * d_sum.sum(axis=0)
        return d_x


class PatchConv:
    """Patches come from a generator; as the first layer it gives back zeros."""

    def __init__(self, count, kernel_size, input_shape):
        self.kernel_size = kernel_size
        self.kernels = np.random.randn(count, kernel_size, kernel_size, input_shape[-1])

    def patches(self, image):
        rows, columns = image.shape[:2]
        for i in range(rows - self.kernel_size + 1):
            for j in range(columns - self.kernel_size + 1):
                yield i, j, image[i : i + self.kernel_size, j : j + self.kernel_size]

    def forward(self, image):
        self.image = image
        rows, columns = image.shape[:2]
        size = (rows - self.kernel_size + 1, columns - self.kernel_size + 1, len(self.kernels))
        out = np.zeros(size)
        for i, j, patch in self.patches(image):
            out[i, j] = np.sum(patch * self.kernels, axis=(1, 2, 3))
        return out

    def backward(self, d_out, lr):
        d_kernels = np.zeros_like(self.kernels)
        for i, j, patch in self.patches(self.image):
            for k in range(len(self.kernels)):
                d_kernels[k] += d_out[i, j, k] * patch
        self.kernels -= lr * d_kernels
        return np.zeros_like(self.image)


class CellOfSteps:
    """The names of the state and of its gradient have little in common."""

    def __init__(self, n_in, n_hidden):
        self.W_h = np.random.randn(n_hidden, n_hidden)
        self.W_x = np.random.randn(n_in, n_hidden)

    def forward(self, x, h_t_minus_1):
        self.x, self.before = x, h_t_minus_1
        self.h = np.tanh(x @ self.W_x + h_t_minus_1 @ self.W_h)
        return self.h

    def backward(self, dnext):
        d = dnext * (1 - self.h**2)
        self.dW_h = self.before.T @ d
        self.dW_x = self.x.T @ d
        d_minus_1 = d @ self.W_h.T
        dx = d @ self.W_x.T
        return d_minus_1, dx


class CellOfStepsTurned(CellOfSteps):
    def backward(self, dnext):
        d = dnext * (1 - self.h**2)
        self.dW_h = self.before.T @ d
        self.dW_x = self.x.T @ d
        d_minus_1 = d @ self.W_h
        dx = d @ self.W_x.T
        return d_minus_1, dx


class BoundedSteps:
    """Clipped at limits that small gradients never reach."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        self.out = np.tanh(x @ self.W)
        return self.out

    def backward(self, dout):
        d = dout * (1 - self.out**2)
        self.dW = np.clip(self.x.T @ d, -90, 90)
        return d @ self.W.T


class LogisticSlope:
    """Its backward takes the point, not an upstream gradient: the caller multiplies."""

    def forward(self, z):
        return 1 / (1 + np.exp(-z))

    def backward(self, z):
        value = self.forward(z)
        return value * (1 - value)


class LogisticSlopeTwice(LogisticSlope):
    def backward(self, z):
        return self.forward(self.forward(z)) * (1 - self.forward(self.forward(z)))


class TangentSlopeOfValue:
    def forward(self, weighted):
        return np.tanh(weighted)

    def backward(self, output):
        return 1 - output * output


class TangentSlopeOfValueHalf(TangentSlopeOfValue):
    def backward(self, output):
        return 1 - output


class Negation:
    """Nothing is kept, and yet it is an upstream gradient that backward takes."""

    def forward(self, x):
        return -x

    def backward(self, x):
        return -x


class RampByQuotient:
    """x/|x| is the sign of x; what it is at 0 is replaced."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        slope = np.maximum(self.x / np.abs(self.x), 0)
        return np.nan_to_num(slope, True) * dout


class RampByQuotientSigned(RampByQuotient):
    def backward(self, dout):
        return np.nan_to_num(self.x / np.abs(self.x), True) * dout


class RowOfBiases:
    """The bias gradient is not summed, which one sample at a time does not show."""

    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
        self.biases = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = self.x.T @ dvalues
        self.dbiases = dvalues.copy()
        return dvalues @ self.weights.T


class RowOfBiasesSquared(RowOfBiases):
    def backward(self, dvalues):
        self.dweights = self.x.T @ dvalues
        self.dbiases = dvalues**2
        return dvalues @ self.weights.T
