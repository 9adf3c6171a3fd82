"""References for layers and losses, from the definitions in torch's documentation, with loops."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.reference_functions import sigmoid
from tests.ops.reference_losses import reduced

# -- losses -------------------------------------------------------------------------------------


def cross_entropy(
    z: Any, y: Any, weight: Any = None, reduction: str = "mean", label_smoothing: float = 0
) -> Any:
    k = z.shape[-1]
    weights = np.ones(k) if weight is None else weight
    classes = y.dtype.kind == "i"
    t = np.eye(k)[y] if classes else y
    smooth = t * (1 - label_smoothing) + label_smoothing / k
    log_p = np.log(np.exp(z) / np.exp(z).sum(-1, keepdims=True))
    rows = -(weights * smooth * log_p).sum(-1)
    if reduction == "mean" and classes:
        return rows.sum() / (weights * t).sum()
    return reduced(rows, reduction)


def nll_loss(x: Any, y: Any, weight: Any = None) -> Any:
    weights = np.ones(x.shape[-1]) if weight is None else weight
    pairs = list(enumerate(y))
    return sum(-weights[c] * x[i, c] for i, c in pairs) / sum(weights[c] for _, c in pairs)


def huber(x: Any, y: Any, reduction: str = "mean", delta: float = 1) -> Any:
    e = np.abs(x - y)
    return reduced(np.where(e <= delta, e**2 / 2, delta * (e - delta / 2)), reduction)


def smooth_l1(x: Any, y: Any, beta: float = 1) -> Any:
    e = np.abs(x - y)
    return np.mean(np.where(e < beta, e**2 / 2 / beta, e - beta / 2))


def bce(p: Any, y: Any, weight: Any = 1.0, reduction: str = "mean", pos_weight: Any = 1.0) -> Any:
    return reduced(-weight * (pos_weight * y * np.log(p) + (1 - y) * np.log(1 - p)), reduction)


def kl_div(x: Any, y: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    entries = np.exp(y) * (y - x) if log_target else y * (np.log(y) - x)
    return entries.sum() / len(x) if reduction == "batchmean" else reduced(entries, reduction)


def cosine_similarity(x: Any, y: Any, dim: int | None = None) -> Any:
    axis = min(1, x.ndim - 1) if dim is None else dim
    return (x * y).sum(axis) / np.sqrt((x * x).sum(axis) * (y * y).sum(axis))


def distance(x: Any, y: Any, p: float = 2) -> Any:
    return (np.abs(x - y + 1e-6) ** p).sum(-1) ** (1 / p)


def triplet(
    a: Any, p: Any, n: Any, margin: float = 1, order: float = 2, swap: bool = False, reduction: str = "mean"
) -> Any:
    far = distance(a, n, order)
    if swap:
        far = np.minimum(far, distance(p, n, order))
    return reduced(np.maximum(0, distance(a, p, order) - far + margin), reduction)


# -- normalisation ------------------------------------------------------------------------------


def standardised(x: Any, axes: Any) -> Any:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


def channels(v: Any, x: Any) -> Any:
    return v.reshape(1, -1, *[1] * (x.ndim - 2))


def layer_norm(x: Any, *rest: Any) -> Any:
    axes: tuple[int, ...] = (-1,)
    if isinstance(rest[0], tuple):
        axes, rest = tuple(range(-len(rest[0]), 0)), rest[1:]
    return standardised(x, axes) * rest[0] + rest[1]


def batch_norm(x: Any, g: Any = None, b: Any = None, training: bool = True, **running: Any) -> Any:
    if not training:
        spread = np.sqrt(channels(running["running_var"], x) + 1e-5)
        return (x - channels(running["running_mean"], x)) / spread * channels(g, x) + channels(b, x)
    y = standardised(x, tuple(a for a in range(x.ndim) if a != 1))
    return y if g is None else y * channels(g, x) + channels(b, x)


def instance_norm(x: Any, g: Any, b: Any) -> Any:
    return standardised(x, tuple(range(2, x.ndim))) * channels(g, x) + channels(b, x)


def group_norm(x: Any, groups: int, g: Any, b: Any) -> Any:
    parts = [standardised(p, tuple(range(1, x.ndim))) for p in np.split(x, groups, axis=1)]
    return np.concatenate(parts, axis=1) * channels(g, x) + channels(b, x)


def normalize(x: Any, p: float = 2, dim: int = 1) -> Any:
    return x / (np.abs(x) ** p).sum(dim, keepdims=True) ** (1 / p)


# -- convolution and pooling --------------------------------------------------------------------


def tupled(value: Any, dims: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) * dims


def convolution(
    x: Any, w: Any, b: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    dims = x.ndim - 2
    stride, dilation = tupled(stride, dims), tupled(dilation, dims)
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, w.shape[2:], strict=True)]
        around = [(t // 2, t - t // 2) for t in total]
    else:
        around = [(p, p) for p in tupled(padding, dims)]
    x = np.pad(x, [(0, 0), (0, 0), *around])
    out = [
        (n - d * (k - 1) - 1) // s + 1
        for n, d, k, s in zip(x.shape[2:], dilation, w.shape[2:], stride, strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[0], *out))
    each, filters = w.shape[1], w.shape[0] // groups
    for n, o, *place in itertools.product(*map(range, y.shape)):
        for c, *at in itertools.product(*map(range, w.shape[1:])):
            where = [p * s + k * d for p, s, k, d in zip(place, stride, at, dilation, strict=True)]
            y[(n, o, *place)] += x[(n, o // filters * each + c, *where)] * w[(o, c, *at)]
    return y if b is None else y + channels(b, y)


def transposed(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    dims = x.ndim - 2
    stride, padding, extra, dilation = (tupled(v, dims) for v in (stride, padding, output_padding, dilation))
    out = [
        (n - 1) * s + d * (k - 1) + 1 + e
        for n, s, d, k, e in zip(x.shape[2:], stride, dilation, w.shape[2:], extra, strict=True)
    ]
    each, filters = w.shape[0] // groups, w.shape[1]
    y = np.zeros((x.shape[0], filters * groups, *out))
    for n, c, *place in itertools.product(*map(range, x.shape)):
        for o, *at in itertools.product(*map(range, w.shape[1:])):
            where = [p * s + k * d for p, s, k, d in zip(place, stride, at, dilation, strict=True)]
            y[(n, c // each * filters + o, *where)] += x[(n, c, *place)] * w[(c, o, *at)]
    y = y[(slice(None), slice(None), *(slice(p, m - p) for p, m in zip(padding, out, strict=True)))]
    return y if b is None else y + channels(b, y)


def pooled(choose: Callable[[Any], Any], outside: float) -> Callable[..., Any]:
    def pool(
        x: Any, kernel: Any, stride: Any = None, padding: int = 0, count_include_pad: bool = True
    ) -> Any:
        dims = x.ndim - 2
        kernel, stride = tupled(kernel, dims), tupled(kernel if stride is None else stride, dims)
        fill = outside if count_include_pad else np.nan
        x = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * dims], constant_values=fill)
        out = [(n - k) // s + 1 for n, k, s in zip(x.shape[2:], kernel, stride, strict=True)]
        y = np.zeros((*x.shape[:2], *out))
        for n, c, *place in itertools.product(*map(range, y.shape)):
            window = x[
                (n, c, *(slice(p * s, p * s + k) for p, s, k in zip(place, stride, kernel, strict=True)))
            ]
            y[(n, c, *place)] = choose(window)
        return y

    return pool


def adaptive(x: Any, size: int) -> Any:
    n, c, h, w = x.shape
    return x.reshape(n, c, size, h // size, size, w // size).mean((3, 5))


# -- attention ----------------------------------------------------------------------------------


def masked_softmax(x: Any, mask: Any) -> Any:
    scores = np.where(mask, x, -np.inf)
    return np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)


def attention(q: Any, k: Any, v: Any, bias: Any = 0.0, is_causal: bool = False, scale: Any = None) -> Any:
    factor = 1 / np.sqrt(q.shape[-1]) if scale is None else scale
    scores = factor * q @ np.swapaxes(k, -1, -2)
    mask = np.tril(np.ones(scores.shape[-2:])) if is_causal else np.ones(scores.shape[-2:])
    if np.isin(bias, (0.0, 1.0)).all() and np.ndim(bias):
        mask = mask * bias
    else:
        scores = scores + bias
    return masked_softmax(scores, mask == 1) @ v


def multi_head(
    q: Any, k: Any, v: Any, wq: Any, wk: Any, wv: Any, wo: Any, heads: int, is_causal: bool = False
) -> Any:
    parts = [np.split(x @ w, heads, axis=-1) for x, w in ((q, wq), (k, wk), (v, wv))]
    mixed = [attention(a, b, c, is_causal=is_causal) for a, b, c in zip(*parts, strict=True)]
    return np.concatenate(mixed, axis=-1) @ wo


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cross_entropy": cross_entropy,
    "nll_loss": nll_loss,
    "mse": lambda x, y: np.mean((x - y) ** 2),
    "mae": lambda x, y: np.mean(np.abs(x - y)),
    "huber": huber,
    "smooth_l1": smooth_l1,
    "hinge": lambda x, y: np.mean(np.maximum(0, 1 - y * x)),
    "bce": bce,
    "bce_with_logits": lambda z, *rest: bce(sigmoid(z), *rest),
    "kl_div": kl_div,
    "cosine_similarity": cosine_similarity,
    "pairwise_distance": distance,
    "triplet": triplet,
    "layer_norm": layer_norm,
    "rms_norm": lambda x, g: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * g,
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
    "normalize": normalize,
    "linear": lambda x, w, b=0.0: x @ w.T + b,
    "dropout": lambda x, mask, p: x * mask / (1 - p),
    "embedding": lambda i, w: w[i],
    "conv1d": convolution,
    "conv2d": convolution,
    "conv_transpose1d": transposed,
    "conv_transpose2d": transposed,
    "max_pool1d": pooled(np.max, -np.inf),
    "max_pool2d": pooled(np.max, -np.inf),
    "avg_pool1d": pooled(np.nanmean, 0.0),
    "avg_pool2d": pooled(np.nanmean, 0.0),
    "adaptive_avg_pool2d": adaptive,
    "masked_softmax": masked_softmax,
    "scaled_dot_product_attention": attention,
    "multi_head_attention": multi_head,
}
