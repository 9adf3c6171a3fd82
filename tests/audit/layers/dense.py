"""Dense layers and activations as classes with state, with base classes, dicts and aliases."""

import numpy as np


class Layer:
    def __init__(self):
        self.params, self.grads = {}, {}

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.params["W"] = np.random.randn(n_in, n_out)
        self.params["b"] = np.random.randn(n_out)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.params["W"]) + self.params["b"]

    def backward(self, dout):
        self.grads["W"] = np.dot(self.x.T, dout)
        self.grads["b"] = np.sum(dout, axis=0)
        return np.dot(dout, self.params["W"].T)


class DenseMixedMean(Layer):
    """The bias gradient is averaged, the weight gradient summed."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.params["W"] = np.random.randn(n_in, n_out)
        self.params["b"] = np.random.randn(n_out)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.params["W"]) + self.params["b"]

    def backward(self, dout):
        self.grads["W"] = np.dot(self.x.T, dout)
        self.grads["b"] = np.mean(dout, axis=0)
        return np.dot(dout, self.params["W"].T)


class DenseAveraged:
    """Both averaged over the batch: a convention."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        n = dout.shape[0]
        self.dW = self.x.T @ dout / n
        self.db = np.sum(dout, axis=0, keepdims=True) / n
        return dout @ self.W.T


class DenseWithoutTranspose:
    """A square weight lets the missing transpose pass."""

    def __init__(self, size):
        self.W = np.random.randn(size, size)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W


class DenseUpdating:
    """The update happens inside backward."""

    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(input_size, output_size)
        self.bias = np.zeros(output_size)

    def forward(self, inputs):
        self.inputs = inputs
        return np.dot(inputs, self.weights) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(self.inputs.T, output_gradient)
        input_gradient = np.dot(output_gradient, self.weights.T)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * np.sum(output_gradient, axis=0)
        return input_gradient


class DenseUpdatedTooEarly:
    """The input gradient uses the weights after their update."""

    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(input_size, output_size)

    def forward(self, inputs):
        self.inputs = inputs
        return np.dot(inputs, self.weights)

    def backward(self, output_gradient, learning_rate):
        self.weights -= learning_rate * np.dot(self.inputs.T, output_gradient)
        return np.dot(output_gradient, self.weights.T)


class DenseMomentum:
    """Momentum and weight decay inside backward."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.v = np.zeros_like(self.W)
        self.lr = 0.1

    def forward(self, x):
        self.x = x
        return x.dot(self.W)

    def backward(self, grad):
        dx = grad.dot(self.W.T)
        dW = self.x.T.dot(grad) + 0.01 * self.W
        self.v = 0.9 * self.v - self.lr * dW
        self.W += self.v
        return dx


class Affine:
    """Weights come from outside, gradients stay in attributes."""

    def __init__(self, W, b):
        self.W = W
        self.b = b
        self.x = None
        self.dW = None
        self.db = None

    def forward(self, x):
        self.original_x_shape = x.shape
        x = x.reshape(x.shape[0], -1)
        self.x = x
        return np.dot(self.x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx.reshape(*self.original_x_shape)


class MatMul:
    """Gradients written into buffers that are shared through a list."""

    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]
        self.x = None

    def forward(self, x):
        (W,) = self.params
        self.x = x
        return np.dot(x, W)

    def backward(self, dout):
        (W,) = self.params
        dx = np.dot(dout, W.T)
        self.grads[0][...] = np.dot(self.x.T, dout)
        return dx


class ReLU:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class ReLUOfUpstream:
    """The mask is taken of the upstream gradient."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        return np.where(dout > 0, dout, 0)


class LeakyReLU:
    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def __call__(self, x):
        return np.where(x >= 0, x, self.alpha * x)

    def gradient(self, x):
        return np.where(x >= 0, 1, self.alpha)


class ELUWrong:
    """The slope for negative inputs lacks its exponential."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def __call__(self, x):
        return np.where(x >= 0.0, x, self.alpha * (np.exp(x) - 1))

    def gradient(self, x):
        return np.where(x >= 0.0, 1, self.alpha)


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class SigmoidTwice:
    """The derivative is taken at the value that is squashed already."""

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def forward(self, x):
        self.out = self.sigmoid(x)
        return self.out

    def backward(self, dout):
        s = self.sigmoid(self.out)
        return dout * s * (1 - s)


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class TanhOfInput:
    """1 - x² instead of 1 - tanh(x)²."""

    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, dy):
        return dy * (1 - self.x**2)


class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        self.out = e / np.sum(e, axis=-1, keepdims=True)
        return self.out

    def backward(self, dout):
        dx = self.out * dout
        total = np.sum(dx, axis=1, keepdims=True)
        dx -= self.out * total
        return dx


class SoftmaxDiagonal:
    """Only the diagonal of the Jacobian."""

    def forward(self, x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        self.out = e / np.sum(e, axis=-1, keepdims=True)
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class SoftmaxPassing:
    """Made for a cross-entropy that gives p - y."""

    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)

    def backward(self, dout):
        return dout


class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio
        self.mask = None

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        return x * (1.0 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask


class InvertedDropoutUnscaled:
    """Forward scales by 1/keep, backward does not."""

    def __init__(self, keep=0.8):
        self.keep = keep

    def forward(self, x):
        self.mask = np.random.rand(*x.shape) < self.keep
        return x * self.mask / self.keep

    def backward(self, dout):
        return dout * self.mask


class Residual:
    """x + f(x) with both paths."""

    def __init__(self, dim):
        self.W = np.random.randn(dim, dim)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return x + self.h

    def backward(self, dout):
        dz = dout * (1 - self.h**2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T + dout


class ResidualForgotten:
    """The identity path is forgotten."""

    def __init__(self, dim):
        self.W = np.random.randn(dim, dim)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return x + self.h

    def backward(self, dout):
        dz = dout * (1 - self.h**2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T


class TiedAutoencoder:
    """One matrix used twice, both contributions."""

    def __init__(self, dim, hidden):
        self.W = np.random.randn(dim, hidden)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return self.h @ self.W.T

    def backward(self, dout):
        dh = dout @ self.W
        dz = dh * (1 - self.h**2)
        self.dW = self.x.T @ dz + dout.T @ self.h
        return dz @ self.W.T


class TiedAutoencoderHalf:
    """One matrix used twice, one contribution."""

    def __init__(self, dim, hidden):
        self.W = np.random.randn(dim, hidden)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return self.h @ self.W.T

    def backward(self, dout):
        dh = dout @ self.W
        dz = dh * (1 - self.h**2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T


class OneReluTwice:
    """One activation object used twice: its mask is overwritten."""

    def __init__(self, dim):
        self.W1 = np.random.randn(dim, dim)
        self.W2 = np.random.randn(dim, dim)
        self.relu = ReLU()

    def forward(self, x):
        self.x = x
        self.h = self.relu.forward(x @ self.W1)
        return self.relu.forward(self.h @ self.W2)

    def backward(self, dout):
        d = self.relu.backward(dout)
        self.dW2 = self.h.T @ d
        d = self.relu.backward(d @ self.W2.T)
        self.dW1 = self.x.T @ d
        return d @ self.W1.T


class SharedUpstream:
    """The upstream gradient is changed in place before its second use."""

    def __init__(self, dim):
        self.W = np.random.randn(dim, dim)

    def forward(self, x):
        self.x = x
        self.z = x @ self.W
        return x + np.maximum(self.z, 0)

    def backward(self, dout):
        dz = dout
        dz[self.z <= 0] = 0
        self.dW = self.x.T @ dz
        return dz @ self.W.T + dout


class DenseAdding:
    """The upstream is target - output, so the update adds."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, error, lr):
        back = error @ self.W.T
        self.W += lr * self.x.T @ error
        return back
