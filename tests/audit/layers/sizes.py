"""Mistakes that show at some sizes only: the order of two sizes, one sample, no padding."""

import numpy as np


class WindowMaxima:
    """The largest entry of each window; backward walks the windows by the place where each begins."""

    def __init__(self, size, stride):
        self.size, self.stride = size, stride

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        rows, columns = (h - self.size) // self.stride + 1, (w - self.size) // self.stride + 1
        out = np.empty((n, c, rows, columns))
        for r in range(rows):
            for q in range(columns):
                out[:, :, r, q] = self.window(x, r, q).max(axis=(2, 3))
        return out

    def window(self, x, r, q):
        top, left = r * self.stride, q * self.stride
        return x[:, :, top : top + self.size, left : left + self.size]

    def pass_on(self, dx, dout, r, q):
        window = self.window(self.x, r, q)
        largest = window == window.max(axis=(2, 3), keepdims=True)
        self.window(dx, r, q)[...] += largest * dout[:, :, r, q][:, :, None, None]

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for r in range(dout.shape[2]):
            for q in range(dout.shape[3]):
                self.pass_on(dx, dout, r, q)
        return dx


class WindowMaximaToTheHeight(WindowMaxima):
    """Columns are left out as soon as they lie beyond the height."""

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        height = self.x.shape[2]
        for r in range(dout.shape[2]):
            left = 0
            for q in range(dout.shape[3]):
                if left > height:
                    break
                self.pass_on(dx, dout, r, q)
                left += self.stride
        return dx


class CroppedConv:
    """Padding is cut off by its own width."""

    def __init__(self, in_channels, out_channels, kernel_size, padding=0):
        self.k, self.p = kernel_size, padding
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)

    def forward(self, x):
        p, k = self.p, self.k
        self.x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = self.x.shape[2] - k + 1, self.x.shape[3] - k + 1
        out = np.zeros((x.shape[0], self.W.shape[0], rows, columns))
        for r in range(rows):
            for q in range(columns):
                out[:, :, r, q] = np.einsum("ncab,fcab->nf", self.x[:, :, r : r + k, q : q + k], self.W)
        return out

    def spread(self, dout):
        dx = np.zeros_like(self.x)
        self.dW = np.zeros_like(self.W)
        k = self.k
        for r in range(dout.shape[2]):
            for q in range(dout.shape[3]):
                self.dW += np.einsum("nf,ncab->fcab", dout[:, :, r, q], self.x[:, :, r : r + k, q : q + k])
                dx[:, :, r : r + k, q : q + k] += np.einsum("nf,fcab->ncab", dout[:, :, r, q], self.W)
        return dx

    def backward(self, dout):
        dx, p = self.spread(dout), self.p
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class CroppedConvToNothing(CroppedConv):
    """Where there is no padding, `p:-p` is nothing at all."""

    def backward(self, dout):
        p = self.p
        return self.spread(dout)[:, :, p:-p, p:-p]


class DenseOfOneOrMore:
    """One sample goes another way than several."""

    def __init__(self, d, h):
        self.W, self.b = np.random.randn(d, h), np.zeros(h)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        if len(self.x) == 1:
            self.dW, self.db = np.outer(self.x, dout), dout[0]
        else:
            self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class DenseOfOneForgotten(DenseOfOneOrMore):
    """The short way leaves the inputs out of one product."""

    def backward(self, dout):
        if len(self.x) == 1:
            self.dW, self.db = np.outer(np.ones_like(self.x), dout), dout[0]
        else:
            self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class DenseOrSame:
    """Takes an upstream gradient of the shape of its inputs for one that needs no product."""

    def __init__(self, d, h):
        self.W = np.random.randn(d, h)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W)

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        if dout.shape == self.x.shape:
            return dout
        return np.dot(dout, self.W.T)


class AveragedConv(CroppedConv):
    """The gradient of the filters is the mean over the samples."""

    def backward(self, dout):
        dx, p = self.spread(dout), self.p
        self.dW /= len(dout)
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class HalvedConv(CroppedConv):
    """Half of the gradient, however many samples there are."""

    def backward(self, dout):
        dx, p = self.spread(dout), self.p
        self.dW *= 0.5
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class BlockMeans:
    """The mean of each block; the number of columns is taken for that of rows."""

    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        n, c, h, w = x.shape
        side = int(h / self.size)
        self.shape = x.shape
        return x.reshape(n, c, side, self.size, side, self.size).mean(axis=(3, 5))

    def backward(self, dout):
        wide = np.repeat(np.repeat(dout, self.size, axis=2), self.size, axis=3)
        return wide / self.size**2


class BlockMeansUnscaled(BlockMeans):
    def backward(self, dout):
        return np.repeat(np.repeat(dout, self.size, axis=2), self.size, axis=3)


class BlockSumsAcross:
    """Backward takes the number of columns for that of rows."""

    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        n, c, h, w = x.shape
        s = self.size
        self.x = x
        return x.reshape(n, c, h // s, s, w // s, s).sum(axis=(3, 5))

    def backward(self, dout):
        n, c, h, w = self.x.shape
        spread = np.ones((1, 1, h // self.size, self.size, h // self.size, self.size))
        return (dout[:, :, :, None, :, None] * spread).reshape(n, c, h, h)
