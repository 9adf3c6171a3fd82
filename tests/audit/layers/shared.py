"""Arrays that share their entries, and arrays that hold integers or truth values."""

import numpy as np


class Mirror:
    """Writes through a view of what it returns."""

    def forward(self, x):
        self.x = x
        return np.flip(x, 1) ** 2

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        np.flip(dx, 1)[...] = 2 * np.flip(self.x, 1) * dout
        return dx


class LeadingColumn:
    """The columns behind the first one, scaled by it."""

    def forward(self, x):
        self.lead, self.rest = np.split(x, [1], axis=1)
        return self.rest * self.lead

    def backward(self, dout):
        dx = np.empty((dout.shape[0], dout.shape[1] + 1))
        first, others = np.split(dx, [1], axis=1)
        first[...] = (dout * self.rest).sum(axis=1, keepdims=True)
        others[...] = dout * self.lead
        return dx


class LeadingColumnChanged:
    """The parts are views: what is multiplied in place is changed for backward, too."""

    def forward(self, x):
        doubled = 2 * x
        self.lead, self.rest = np.split(doubled, [1], axis=1)
        out = self.rest
        out *= self.lead
        return out.copy()

    def backward(self, dout):
        first = (dout * self.rest).sum(axis=1, keepdims=True)
        return 2 * np.hstack([first, dout * self.lead])


class WithNewAxis:
    """What is kept is a view, which follows the array that it was made of."""

    def forward(self, x):
        hidden = np.exp(x)
        self.kept = np.expand_dims(hidden, 0)
        hidden += 1
        return hidden**2

    def backward(self, dout):
        return 2 * dout * self.kept[0] * (self.kept[0] - 1)


class WithNewAxisOfOld:
    """As if what is kept were still what it was."""

    def forward(self, x):
        hidden = np.exp(x)
        self.kept = np.expand_dims(hidden, 0)
        hidden += 1
        return hidden**2

    def backward(self, dout):
        return 2 * dout * self.kept[0] * (self.kept[0] + 1)


class TwoRamps:
    """Masks that were made numbers add up."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0) + np.maximum(x - 1, 0)

    def backward(self, dout):
        return dout * ((self.x > 0).astype(float) + (self.x > 1).astype(float))


class TwoRampsOfMasks:
    """The sum of two masks is their union, so that the second slope is lost."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0) + np.maximum(x - 1, 0)

    def backward(self, dout):
        return dout * ((self.x > 0) + (self.x > 1))


class ColumnsFirst:
    """Flattened column by column, and back."""

    def forward(self, x):
        self.shape = x.shape
        self.flat = x.reshape(x.shape[0] * x.shape[1], order="F")
        return self.flat**3

    def backward(self, dout):
        return (3 * self.flat**2 * dout).reshape(self.shape, order="F")


class ColumnsFirstBackByRows:
    """Flattened column by column, and filled again row by row."""

    def forward(self, x):
        self.shape = x.shape
        self.flat = x.reshape(x.shape[0] * x.shape[1], order="F")
        return self.flat**3

    def backward(self, dout):
        return (3 * self.flat**2 * dout).reshape(self.shape)


class SquareIntoNumbers:
    """A buffer of numbers of the mask's shape."""

    def forward(self, x):
        self.x, self.mask = x, x > 0
        return np.where(self.mask, x**2, 0)

    def backward(self, dout):
        dx = np.zeros_like(self.mask, dtype=float)
        dx[self.mask] = (2 * self.x * dout)[self.mask]
        return dx


class SquareIntoMask:
    """A buffer like the mask holds truth values."""

    def forward(self, x):
        self.x, self.mask = x, x > 0
        return np.where(self.mask, x**2, 0)

    def backward(self, dout):
        dx = np.zeros_like(self.mask)
        dx[...] = 2 * self.x * dout * self.mask
        return dx


class EndsSwapped:
    """The last entries come first: indices from the end beside those from the start."""

    def forward(self, x):
        self.x = x
        return x[:, [-1, 0]] ** 2

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        dx[:, [-1, 0]] += 2 * self.x[:, [-1, 0]] * dout
        return dx


class RunningProduct:
    """A name that is set inside a comprehension is one of the function."""

    def forward(self, x):
        total = 1.0
        self.partial = [total := total * column for column in x.T]
        self.x = x
        return total

    def backward(self, dout):
        return (dout * self.partial[-1] / self.x.T).T


class Restored:
    """What stands under finally happens, whatever has been returned."""

    def __init__(self):
        self.scale = 2.0

    def forward(self, x):
        try:
            return self.scale * x
        finally:
            self.scale = 3.0

    def backward(self, dout):
        return (self.scale - 1.0) * dout


class RestoredForgotten:
    def __init__(self):
        self.scale = 2.0

    def forward(self, x):
        try:
            return self.scale * x
        finally:
            self.scale = 3.0

    def backward(self, dout):
        return self.scale * dout


class RowByRow:
    """Every row of what np.empty gives is set."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        out = np.empty((x.shape[0], self.W.shape[1]))
        out[...] = x @ self.W
        return out

    def backward(self, dout):
        self.dW = np.empty_like(self.W)
        for k in range(self.W.shape[0]):
            self.dW[k] = self.x[:, k] @ dout
        return dout @ self.W.T


class AddedToNothing:
    """What is added to is whatever was in memory."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = np.empty_like(self.W)
        for k in range(self.x.shape[0]):
            self.dW += np.outer(self.x[k], dout[k])
        return dout @ self.W.T


class FilledByMasks:
    def forward(self, x):
        self.mask = x > 0
        out = np.empty_like(x)
        out[self.mask] = x[self.mask]
        out[~self.mask] = 0.1 * x[~self.mask]
        return out

    def backward(self, dout):
        dx = np.empty(dout.shape)
        dx[self.mask] = dout[self.mask]
        dx[~self.mask] = 0.1 * dout[~self.mask]
        return dx


class HalfFilled:
    """Where the mask does not hold, nothing is set."""

    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)

    def backward(self, dout):
        dx = np.empty(dout.shape)
        dx[self.mask] = dout[self.mask]
        return dx


class SlidingSum:
    """A kernel over a signal, one place after the other."""

    def __init__(self, width=2):
        self.w = np.random.randn(width)

    def forward(self, x):
        self.x = x
        places = x.shape[1] - len(self.w) + 1
        return np.stack([x[:, k : k + len(self.w)] @ self.w for k in range(places)], axis=1)

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        self.dw = np.zeros_like(self.w)
        for k in range(dout.shape[1]):
            self.dw += dout[:, k] @ self.x[:, k : k + len(self.w)]
            dx[:, k : k + len(self.w)] += dout[:, k : k + 1] * self.w
        return dx


class StepsStopped:
    """The loop back ends after the fifth step."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, xs):
        n, t, d = xs.shape
        self.xs = xs
        out = np.zeros((n, t, self.W.shape[1]))
        for k in range(t):
            out[:, k] = np.tanh(xs[:, k] @ self.W)
        self.out = out
        return out

    def backward(self, dout):
        dxs = np.zeros_like(self.xs)
        self.dW = np.zeros_like(self.W)
        for k in range(dout.shape[1]):
            dz = dout[:, k] * (1 - self.out[:, k] ** 2)
            self.dW += self.xs[:, k].T @ dz
            dxs[:, k] = dz @ self.W.T
            if k == 4:
                break
        return dxs


class RunningProductTurned:
    """The gradient stays transposed, which does not show for data of one axis."""

    def forward(self, x):
        total = 1.0
        self.partial = [total := total * column for column in x.T]
        self.x = x
        return total

    def backward(self, dout):
        return dout * self.partial[-1] / self.x.T


class DenseClippedByCopy:
    """The bias gradient is limited in an array of its own."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        norm = np.linalg.norm(self.db)
        if norm > 1.0:
            self.db *= 1.0 / norm
        return dout @ self.W.T


class DenseClippedInPlace:
    """What is limited is a view of the upstream gradient, which is used again."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        rows = dout[:]
        norm = np.linalg.norm(rows)
        if norm > 1.0:
            rows *= 1.0 / norm
        self.dW = self.x.T @ dout
        return dout @ self.W.T
