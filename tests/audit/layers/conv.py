"""Convolutions and poolings: loops, im2col in three forms, padding and stride."""

import numpy as np


class ConvLoops:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.stride, self.padding, self.k = stride, padding, kernel_size
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)

    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        p, s, k = self.padding, self.stride, self.k
        self.xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        ho, wo = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
        out = np.zeros((N, self.W.shape[0], ho, wo))
        for i in range(ho):
            for j in range(wo):
                patch = self.xp[:, :, i * s : i * s + k, j * s : j * s + k]
                out[:, :, i, j] = np.tensordot(patch, self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, dout):
        p, s, k = self.padding, self.stride, self.k
        _, _, ho, wo = dout.shape
        self.dW = np.zeros_like(self.W)
        self.db = np.sum(dout, axis=(0, 2, 3))
        dxp = np.zeros_like(self.xp)
        for i in range(ho):
            for j in range(wo):
                patch = self.xp[:, :, i * s : i * s + k, j * s : j * s + k]
                self.dW += np.tensordot(dout[:, :, i, j], patch, axes=([0], [0]))
                dxp[:, :, i * s : i * s + k, j * s : j * s + k] += np.tensordot(
                    dout[:, :, i, j], self.W, axes=([1], [0])
                )
        if p == 0:
            return dxp
        return dxp[:, :, p:-p, p:-p]


class ConvStrideForgotten:
    """Backward walks in steps of one."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        self.stride, self.k = stride, kernel_size
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)

    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        s, k = self.stride, self.k
        ho, wo = (H - k) // s + 1, (W - k) // s + 1
        out = np.zeros((N, self.W.shape[0], ho, wo))
        for i in range(ho):
            for j in range(wo):
                patch = x[:, :, i * s : i * s + k, j * s : j * s + k]
                out[:, :, i, j] = np.einsum("ncpq,fcpq->nf", patch, self.W)
        return out

    def backward(self, dout):
        k = self.k
        _, _, ho, wo = dout.shape
        self.dW = np.zeros_like(self.W)
        dx = np.zeros_like(self.x)
        for i in range(ho):
            for j in range(wo):
                self.dW += np.einsum("nf,ncpq->fcpq", dout[:, :, i, j], self.x[:, :, i : i + k, j : j + k])
                dx[:, :, i : i + k, j : j + k] += np.einsum("nf,fcpq->ncpq", dout[:, :, i, j], self.W)
        return dx


def im2col(x, fh, fw, stride=1, pad=0):
    N, C, H, W = x.shape
    out_h = (H + 2 * pad - fh) // stride + 1
    out_w = (W + 2 * pad - fw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], "constant")
    col = np.zeros((N, C, fh, fw, out_h, out_w))
    for y in range(fh):
        y_max = y + stride * out_h
        for z in range(fw):
            z_max = z + stride * out_w
            col[:, :, y, z, :, :] = img[:, :, y:y_max:stride, z:z_max:stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * out_h * out_w, -1)


def col2im(col, shape, fh, fw, stride=1, pad=0):
    N, C, H, W = shape
    out_h = (H + 2 * pad - fh) // stride + 1
    out_w = (W + 2 * pad - fw) // stride + 1
    col = col.reshape(N, out_h, out_w, C, fh, fw).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1))
    for y in range(fh):
        y_max = y + stride * out_h
        for z in range(fw):
            z_max = z + stride * out_w
            img[:, :, y:y_max:stride, z:z_max:stride] += col[:, :, y, z, :, :]
    return img[:, :, pad : H + pad, pad : W + pad]


class Convolution:
    """im2col by strided slices; weights from outside."""

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b = W, b
        self.stride, self.pad = stride, pad
        self.dW, self.db = None, None

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = 1 + int((H + 2 * self.pad - FH) / self.stride)
        out_w = 1 + int((W + 2 * self.pad - FW) / self.stride)
        col = im2col(x, FH, FW, self.stride, self.pad)
        col_W = self.W.reshape(FN, -1).T
        out = np.dot(col, col_W) + self.b
        out = out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)
        self.x, self.col, self.col_W = x, col, col_W
        return out

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        self.dW = np.dot(self.col.T, dout)
        self.dW = self.dW.transpose(1, 0).reshape(FN, C, FH, FW)
        dcol = np.dot(dout, self.col_W.T)
        return col2im(dcol, self.x.shape, FH, FW, self.stride, self.pad)


class ConvolutionReshapedBadly:
    """The weight gradient is reshaped without a transpose."""

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b = W, b
        self.stride, self.pad = stride, pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = 1 + int((H + 2 * self.pad - FH) / self.stride)
        out_w = 1 + int((W + 2 * self.pad - FW) / self.stride)
        col = im2col(x, FH, FW, self.stride, self.pad)
        col_W = self.W.reshape(FN, -1).T
        out = np.dot(col, col_W) + self.b
        self.x, self.col, self.col_W = x, col, col_W
        return out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        self.dW = np.dot(self.col.T, dout).reshape(FN, C, FH, FW)
        dcol = np.dot(dout, self.col_W.T)
        return col2im(dcol, self.x.shape, FH, FW, self.stride, self.pad)


class Pooling:
    """Max pooling by im2col and argmax."""

    def __init__(self, pool_h, pool_w, stride=2, pad=0):
        self.pool_h, self.pool_w = pool_h, pool_w
        self.stride, self.pad = stride, pad

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


class MaxPoolLoops:
    def __init__(self, pool_size=2, stride=2):
        self.pool_size, self.stride = pool_size, stride

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        p, s = self.pool_size, self.stride
        ho, wo = (h - p) // s + 1, (w - p) // s + 1
        out = np.zeros((n, c, ho, wo))
        for i in range(ho):
            for j in range(wo):
                out[:, :, i, j] = x[:, :, i * s : i * s + p, j * s : j * s + p].max(axis=(2, 3))
        return out

    def backward(self, dout):
        p, s = self.pool_size, self.stride
        dx = np.zeros_like(self.x)
        _, _, ho, wo = dout.shape
        for i in range(ho):
            for j in range(wo):
                patch = self.x[:, :, i * s : i * s + p, j * s : j * s + p]
                mask = patch == patch.max(axis=(2, 3), keepdims=True)
                dx[:, :, i * s : i * s + p, j * s : j * s + p] += mask * dout[:, :, i, j][:, :, None, None]
        return dx


class MaxPoolAssigned:
    """Overlapping windows overwrite each other."""

    def __init__(self, pool_size=2, stride=2):
        self.pool_size, self.stride = pool_size, stride

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        p, s = self.pool_size, self.stride
        ho, wo = (h - p) // s + 1, (w - p) // s + 1
        out = np.zeros((n, c, ho, wo))
        for i in range(ho):
            for j in range(wo):
                out[:, :, i, j] = x[:, :, i * s : i * s + p, j * s : j * s + p].max(axis=(2, 3))
        return out

    def backward(self, dout):
        p, s = self.pool_size, self.stride
        dx = np.zeros_like(self.x)
        _, _, ho, wo = dout.shape
        for i in range(ho):
            for j in range(wo):
                patch = self.x[:, :, i * s : i * s + p, j * s : j * s + p]
                mask = patch == patch.max(axis=(2, 3), keepdims=True)
                dx[:, :, i * s : i * s + p, j * s : j * s + p] = mask * dout[:, :, i, j][:, :, None, None]
        return dx


def avg_pool_forward(x, size=2):
    n, c, h, w = x.shape
    out = x.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))
    return out, (x.shape, size)


def avg_pool_backward(dout, cache):
    shape, size = cache
    return np.repeat(np.repeat(dout, size, axis=2), size, axis=3) / (size * size)


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class PaddingForgotten:
    """Backward gives the gradient of the padded input's corner."""

    def __init__(self, kernel_size=3, padding=0):
        self.k, self.padding = kernel_size, padding

    def forward(self, x):
        n, c, h, w = x.shape
        p, k = self.padding, self.k
        self.shape = x.shape
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
        out = np.zeros((n, c, h + 2 * p - k + 1, w + 2 * p - k + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[:, :, i, j] = xp[:, :, i : i + k, j : j + k].mean(axis=(2, 3))
        return out

    def backward(self, dout):
        k = self.k
        n, c, h, w = self.shape
        p = self.padding
        dx = np.zeros((n, c, h + 2 * p, w + 2 * p))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                dx[:, :, i : i + k, j : j + k] += dout[:, :, i, j][:, :, None, None] / (k * k)
        return dx[:, :, :h, :w]
