"""How torch and jax.numpy call what NumPy calls otherwise; only for timing beside them.

Most functions of one number have NumPy's name in both; here stands the rest, under one name each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

Array = Any


class Words(Protocol):
    """What the spellings of operations ask of a library."""

    xp: Any
    """The module with NumPy's names."""

    def array(self, value: Any) -> Array: ...
    def real(self, x: Array, dtype: Any) -> Array: ...
    def beside(self, number: float, like: Array) -> Array: ...
    def function(self, name: str) -> Any: ...
    def logsumexp(self, x: Array, axes: tuple[int, ...], keepdims: bool) -> Array: ...
    def windows(self, x: Array, axis: int, width: int, stride: int, dilation: int) -> Array: ...
    def pad(self, x: Array, widths: Sequence[tuple[int, int]]) -> Array: ...
    def take_slices(self, x: Array, key: tuple[Any, ...]) -> Array: ...
    def onehot(self, index: Array, count: int, dtype: Any) -> Array: ...
    def largest(self, x: Array, axes: tuple[int, ...], keepdims: bool, smallest: bool) -> Array: ...
    def transposed(self, x: Array, order: Sequence[int]) -> Array: ...
    def convolution(
        self, x: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int], pads: Sequence[int]
    ) -> Array: ...


class TorchWords:
    """PyTorch, eager."""

    def __init__(self, torch: Any) -> None:
        self.xp = torch
        f = torch.nn.functional
        self.functional = f
        self.own = {
            "relu": torch.relu, "sigmoid": torch.sigmoid, "softplus": f.softplus, "silu": f.silu,
            "log_sigmoid": f.logsigmoid, "gelu_exact": f.gelu, "erf": torch.erf, "erfc": torch.erfc,
            "gelu_tanh": lambda x: f.gelu(x, approximate="tanh"), "rint": torch.round, "arccos": torch.acos,
            "arcsin": torch.asin, "arctan": torch.atan, "degrees": torch.rad2deg, "radians": torch.deg2rad,
            "negative": torch.negative, "power": torch.pow, "softmax": torch.softmax,
            "log_softmax": torch.log_softmax,
        }  # fmt: skip

    def function(self, name: str) -> Any:
        return self.own.get(name) or getattr(self.xp, name, None)

    def array(self, value: Any) -> Array:
        return self.xp.from_numpy(np.array(value))

    def beside(self, number: float, like: Array) -> Array:
        return like.new_tensor(number)

    def logsumexp(self, x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
        return self.xp.logsumexp(x, axes, keepdims)

    def real(self, x: Array, dtype: Any) -> Array:
        return x.to(getattr(self.xp, np.dtype(dtype).name))

    def windows(self, x: Array, axis: int, width: int, stride: int, dilation: int) -> Array:
        return x.unfold(axis, (width - 1) * dilation + 1, stride)[..., ::dilation]

    def pad(self, x: Array, widths: Sequence[tuple[int, int]]) -> Array:
        return self.functional.pad(x, [w for pair in reversed(widths) for w in pair])

    def take_slices(self, x: Array, key: tuple[Any, ...]) -> Array:
        """PyTorch has no slices that run backwards: the axis is turned instead."""
        axis, plain, turned = 0, [], []
        sizes = iter(x.shape)
        for part in key:
            if isinstance(part, slice):
                listed = range(next(sizes))[part]
                if listed.step < 0:
                    part = slice(listed[-1], listed[0] + 1, -listed.step) if listed else slice(0, 0)
                    turned.append(axis)
                axis += 1
            elif part is None:
                axis += 1
            else:
                next(sizes)
            plain.append(part)
        result = x[tuple(plain)]
        return result.flip(turned) if turned else result

    def onehot(self, index: Array, count: int, dtype: Any) -> Array:
        return self.real(self.functional.one_hot(index, count), dtype)

    def largest(self, x: Array, axes: tuple[int, ...], keepdims: bool, smallest: bool) -> Array:
        return (self.xp.amin if smallest else self.xp.amax)(x, axes, keepdims)

    def transposed(self, x: Array, order: Sequence[int]) -> Array:
        return x.permute(*order)

    def convolution(
        self, x: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int], pads: Sequence[int]
    ) -> Array:
        convolve = getattr(self.functional, f"conv{x.ndim - 2}d")
        return convolve(x, kernel, None, tuple(stride), tuple(pads), tuple(dilation))


class JaxWords:
    """JAX, whose functions are compiled as a whole."""

    def __init__(self, jax: Any) -> None:
        self.jax, self.xp = jax, jax.numpy
        nn = jax.nn
        self.own = {
            "relu": nn.relu, "sigmoid": nn.sigmoid, "softplus": nn.softplus, "silu": nn.silu,
            "log_sigmoid": nn.log_sigmoid, "erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc,
            "gelu_exact": lambda x: nn.gelu(x, approximate=False), "gelu_tanh": nn.gelu,
            "softmax": nn.softmax, "log_softmax": nn.log_softmax,
        }  # fmt: skip

    def function(self, name: str) -> Any:
        return self.own.get(name) or getattr(self.xp, name, None)

    def array(self, value: Any) -> Array:
        return self.xp.asarray(value)

    def beside(self, number: float, like: Array) -> Array:
        return number

    def logsumexp(self, x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
        return self.jax.scipy.special.logsumexp(x, axis=axes, keepdims=keepdims)

    def real(self, x: Array, dtype: Any) -> Array:
        return x.astype(dtype)

    def windows(self, x: Array, axis: int, width: int, stride: int, dilation: int) -> Array:
        count = (x.shape[axis] - (width - 1) * dilation - 1) // stride + 1
        at = np.arange(count)[:, None] * stride + np.arange(width) * dilation
        return self.xp.moveaxis(self.xp.take(x, at, axis=axis), axis + 1, -1)

    def pad(self, x: Array, widths: Sequence[tuple[int, int]]) -> Array:
        return self.xp.pad(x, widths)

    def take_slices(self, x: Array, key: tuple[Any, ...]) -> Array:
        return x[key]

    def onehot(self, index: Array, count: int, dtype: Any) -> Array:
        return self.jax.nn.one_hot(index, count, dtype=dtype)

    def largest(self, x: Array, axes: tuple[int, ...], keepdims: bool, smallest: bool) -> Array:
        return (self.xp.min if smallest else self.xp.max)(x, axis=axes, keepdims=keepdims)

    def transposed(self, x: Array, order: Sequence[int]) -> Array:
        return self.xp.transpose(x, order)

    def convolution(
        self, x: Array, kernel: Array, stride: Sequence[int], dilation: Sequence[int], pads: Sequence[int]
    ) -> Array:
        both = [(p, p) for p in pads]
        return self.jax.lax.conv_general_dilated(x, kernel, stride, both, rhs_dilation=dilation)
