"""The same few layers in rarer words of Python and NumPy: places, matches, closures, containers."""

import collections
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

Kept = namedtuple("Kept", "x weights")


class PlacePool:
    """Means over windows, place by place."""

    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        n, c, h, w = x.shape
        self.shape = x.shape
        s = self.size
        out = np.empty((n, c, h // s, w // s))
        for b, f, i, j in np.ndindex(*out.shape):
            out[b, f, i, j] = x[b, f, i * s : i * s + s, j * s : j * s + s].mean()
        return out

    def backward(self, dout):
        dx = np.zeros(self.shape)
        s = self.size
        for (b, f, i, j), g in np.ndenumerate(dout):
            dx[b, f, i * s : i * s + s, j * s : j * s + s] += g / s**2
        return dx


class PlacePoolUndivided:
    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        n, c, h, w = x.shape
        self.shape = x.shape
        s = self.size
        out = np.empty((n, c, h // s, w // s))
        for b, f, i, j in np.ndindex(*out.shape):
            out[b, f, i, j] = x[b, f, i * s : i * s + s, j * s : j * s + s].mean()
        return out

    def backward(self, dout):
        dx = np.zeros(self.shape)
        s = self.size
        for (b, f, i, j), g in np.ndenumerate(dout):
            dx[b, f, i * s : i * s + s, j * s : j * s + s] += g / s
        return dx


class RampByPlaces:
    """The places where a mask holds."""

    def forward(self, x):
        self.below = np.where(x < 0)
        out = x.copy()
        out[self.below] *= 0.1
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.below] *= 0.1
        return dx


class RampByPlacesZero:
    def forward(self, x):
        self.below = np.nonzero(x < 0)
        out = x.copy()
        out[self.below] *= 0.1
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.below] = 0
        return dx


class RampByCopy:
    """np.copyto with a condition."""

    def forward(self, x):
        self.mask = x > 0
        out = np.zeros_like(x)
        np.copyto(out, x, where=self.mask)
        return out

    def backward(self, dout):
        dx = np.zeros_like(dout)
        np.copyto(dx, dout, where=self.mask)
        return dx


class RampByCopyEverywhere:
    def forward(self, x):
        self.mask = x > 0
        out = np.zeros_like(x)
        np.copyto(out, x, where=self.mask)
        return out

    def backward(self, dout):
        dx = np.zeros_like(dout)
        np.copyto(dx, dout)
        return dx


class Choosing:
    """The activation is chosen by its name."""

    def __init__(self, kind="tanh"):
        self.kind = kind

    def forward(self, x):
        match self.kind:
            case "tanh":
                self.y = np.tanh(x)
            case "sigmoid" | "logistic":
                self.y = 1 / (1 + np.exp(-x))
            case _:
                self.y = x
        return self.y

    def backward(self, dout):
        match self.kind:
            case "tanh":
                return dout * (1 - self.y**2)
            case "sigmoid" | "logistic":
                return dout * self.y * (1 - self.y)
        return dout


class ChoosingTanhOnly:
    """The slope is that of tanh, whatever has been chosen."""

    def __init__(self, kind="sigmoid"):
        self.kind = kind

    def forward(self, x):
        match self.kind:
            case "tanh":
                self.y = np.tanh(x)
            case _:
                self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


class DenseInContainers:
    """Parameters and gradients in containers that know their order or their defaults."""

    def __init__(self, n_in, n_out):
        self.params = OrderedDict()
        self.params["W"] = np.random.randn(n_in, n_out)
        self.params["b"] = np.zeros(n_out)
        self.grads = defaultdict(float)

    def forward(self, x):
        self.kept = Kept(x, self.params["W"])
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        self.grads.clear()
        self.grads["W"] += self.kept.x.T @ dout
        self.grads["b"] += np.add.reduce(dout)
        return dout @ self.kept.weights.T


class Saved(NamedTuple):
    x: np.ndarray
    scale: float = 2.0


class ScaledDense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.saved = Saved(x)
        return self.saved.scale * x @ self.W

    def backward(self, dout):
        x, scale = self.saved
        self.dW = scale * x.T @ dout
        return dout @ self.W.T * self.saved[1]


class ScaledDenseOnce:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.saved = Saved(x, 3.0)
        return self.saved.scale * x @ self.W

    def backward(self, dout):
        x, scale = self.saved
        self.dW = x.T @ dout
        return dout @ self.W.T * scale


@dataclass
class Record:
    scale: float = 3.0
    steps: list = field(default_factory=list)

    def __post_init__(self):
        self.half = self.scale / 2

    def __len__(self):
        return len(self.steps)

    def __iter__(self):
        return iter(self.steps)


class Recorded:
    """Steps in an object that can be looped over."""

    def forward(self, x):
        self.record = Record()
        for _ in range(2):
            self.record.steps.append(x)
            x = self.record.half * x**2
        return x

    def backward(self, dout):
        for x in reversed(list(self.record)):
            dout = 2 * self.record.half * x * dout
        return dout


class RecordedInOrder:
    """The steps are gone through forward instead of backward, and the first one is left out."""

    def forward(self, x):
        self.record = Record()
        for _ in range(2):
            self.record.steps.append(x)
            x = self.record.half * x**2
        return x

    def backward(self, dout):
        for at, x in enumerate(self.record):
            if at < len(self.record) - 1:
                dout = 2 * self.record.half * x * dout
        return dout


class Scaled:
    """A setting that holds inside a block only."""

    def __init__(self):
        self.factor = 1.0

    def __enter__(self):
        self.factor = 4.0
        return self

    def __exit__(self, *error):
        self.factor = 1.0

    def forward(self, x):
        with self as scaled:
            return scaled.factor * x

    def backward(self, dout):
        with self:
            dx = self.factor * dout
        return dx


class WithOnes:
    """A column of ones is put before the data."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in + 1, n_out)

    def forward(self, x):
        self.x = np.insert(x, 0, 1.0, axis=1)
        return self.x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return np.delete(dout @ self.W.T, 0, axis=1)


class WithOnesCutAtTheEnd:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in + 1, n_out)

    def forward(self, x):
        self.x = np.insert(x, 0, 1.0, axis=1)
        return self.x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return np.delete(dout @ self.W.T, -1, axis=1)


class RowwiseSoftmax:
    """Row by row, with the diagonal of the Jacobian filled in."""

    def forward(self, x):
        def normalised(row):
            e = np.exp(row - row.max())
            return e / e.sum()

        self.p = np.apply_along_axis(normalised, 1, x)
        return self.p

    def backward(self, dout):
        dx = np.empty_like(dout)
        for k, p in enumerate(self.p):
            jacobian = -np.multiply.outer(p, p)
            np.fill_diagonal(jacobian, p * (1 - p))
            dx[k] = jacobian @ dout[k]
        return dx


class RowwiseSoftmaxOutside:
    """The diagonal is left as that of the outer product."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, dout):
        dx = np.empty_like(dout)
        for k, p in enumerate(self.p):
            jacobian = -np.multiply.outer(p, p)
            np.fill_diagonal(jacobian, p)
            dx[k] = jacobian @ dout[k]
        return dx


class CausalMean:
    """Each step is the mean of those up to it."""

    def forward(self, x):
        t = x.shape[0]
        weights = np.ones((t, t))
        weights[np.triu_indices(t, 1)] = 0
        self.weights = weights / weights.sum(axis=1, keepdims=True)
        return self.weights @ x

    def backward(self, dout):
        return self.weights.T @ dout


class Counting:
    """A closure that changes a name of the function around it."""

    def forward(self, x):
        total = 0.0

        def add(column):
            nonlocal total
            total = total + column**2
            return total

        self.x = x
        self.sums = [add(column) for column in x.T]
        return self.sums[-1]

    def backward(self, dout):
        return 2 * self.x * dout[:, None]


class CountingOnce:
    def forward(self, x):
        total = 0.0

        def add(column):
            total = column**2
            return total

        self.x = x
        for column in x.T:
            total = total + add(column)
        return total

    def backward(self, dout):
        return self.x * dout[:, None]


class Ladder:
    """Slopes chosen among several."""

    def forward(self, x):
        self.x = x
        return np.select([x < -1, x < 1], [-1.0 + 0.1 * (x + 1), x], 1.0 + 0.1 * (x - 1))

    def backward(self, dout):
        return dout * np.select([self.x < -1, self.x < 1], [0.1, 1.0], default=0.1)


class LadderFlat:
    def forward(self, x):
        self.x = x
        return np.select([x < -1, x < 1], [-1.0 + 0.1 * (x + 1), x], 1.0 + 0.1 * (x - 1))

    def backward(self, dout):
        return dout * np.select([self.x < -1, self.x < 1], [0.1, 1.0], default=0.0)


class Tallied:
    """A default made anew for each object."""

    def forward(self, x):
        self.parts = collections.defaultdict(list)
        for k in range(2):
            self.parts["x"].append(x * (k + 1))
        return self.parts["x"][0] * self.parts["x"][1]

    def backward(self, dout):
        return dout * (self.parts["x"][1] + 2 * self.parts["x"][0])


class NumberedLayers:
    """Keys with leading zeros, made in three ways."""

    def __init__(self, n_in, n_out):
        self.params = {}
        for k, size in enumerate([(n_in, n_out), (n_out, n_out)]):
            self.params["W%02d" % k] = np.random.randn(*size)
            self.params["b{:02d}".format(k)] = np.zeros(size[1])
        self.grads = {}

    def forward(self, x):
        self.inputs = []
        for k in range(2):
            self.inputs.append(x)
            x = x @ self.params[f"W{k:02d}"] + self.params[f"b{k:02d}"]
        return x

    def backward(self, dout):
        for k in (1, 0):
            self.grads[f"W{k:02d}"] = self.inputs[k].T @ dout
            self.grads["b%02d" % k] = dout.sum(axis=0)
            dout = dout @ self.params["W{:02d}".format(k)].T
        return dout


class CentredAbove:
    """What is positive loses its mean."""

    def forward(self, x):
        self.mask = x > 0
        out = np.zeros_like(x)
        out[self.mask] = x[self.mask] - np.mean(x[self.mask])
        return out

    def backward(self, dout):
        dx = np.zeros_like(dout)
        dx[self.mask] = dout[self.mask] - dout[self.mask].mean()
        return dx


class CentredAboveOfAll:
    """The mean in backward is that of all entries."""

    def forward(self, x):
        self.mask = x > 0
        out = np.zeros_like(x)
        out[self.mask] = x[self.mask] - np.mean(x[self.mask])
        return out

    def backward(self, dout):
        dx = np.zeros_like(dout)
        dx[self.mask] = dout[self.mask] - dout.mean()
        return dx
