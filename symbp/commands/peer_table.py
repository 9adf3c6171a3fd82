"""Each operation as a call of torch or jax.numpy: one table, only for timing beside them.

An entry takes the words of the library, the node, its arguments as arrays (or Python numbers) and the
sizes.  What has no entry is brought to operations that have one, by its definition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node
from symbp.commands.peer_words import Words
from symbp.errors import UnsupportedError
from symbp.ops.structure.positions import concrete_key

Array = Any
Sizes = Mapping[str, int]
Entry = Callable[[Words, Node, Sequence[Any], Sizes, Any], Any]

SAME = (
    "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "sqrt", "abs", "sin", "cos", "tan",
    "sinh", "cosh", "tanh", "sign", "floor", "ceil", "trunc", "rint", "square", "reciprocal",
    "arccos", "arcsin", "arctan", "degrees", "radians", "relu", "sigmoid", "softplus", "silu",
    "log_sigmoid", "gelu_exact", "gelu_tanh", "erf", "erfc", "negative", "maximum", "minimum",
    "arctan2", "hypot", "logaddexp", "logaddexp2", "add", "subtract", "multiply", "divide", "power",
    "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and",
    "logical_or", "logical_not", "where", "sinc",
)  # fmt: skip
ON_NUMBERS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b, "power": lambda a, b: a**b, "negative": lambda a: -a,
}  # fmt: skip
ARITHMETIC = ("add", "subtract", "multiply", "divide", "power", "negative")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _same(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    """A function under NumPy's name; of Python numbers it stays one."""
    name = node.op.name
    if all(map(_is_number, args)):
        own: Callable[..., Any] = ON_NUMBERS.get(name) or getattr(math, name)
        return own(*map(float, args))
    if name in ARITHMETIC:
        args = _real(words, node, args, dtype)
    if name in ON_NUMBERS:
        return ON_NUMBERS[name](*args)
    like = next(a for a in args if not _is_number(a))
    return words.function(name)(*(words.beside(a, like) if _is_number(a) else a for a in args))


def _real(words: Words, node: Node, args: Sequence[Any], dtype: Any) -> list[Any]:
    """Masks and integers as numbers of the working dtype."""
    pairs = zip(args, node.args, strict=True)
    return [words.real(a, dtype) if n.dtype != "real" else a for a, n in pairs]


def _contract(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    inputs, out, lengths = node.params
    real = _real(words, node, args, dtype)
    if len(set(out)) < len(out) or any(len(set(labels)) < len(labels) for labels in inputs):
        raise UnsupportedError(
            "a trace or a diagonal has no spelling for this comparison", hint="measure it without --against"
        )
    present = {x for labels in inputs for x in labels}
    made = [x for x in out if x in present]
    factor = 1.0
    numbers = [a for a in real if _is_number(a)]
    for number in numbers:
        factor *= number
    arrays = [(a, labels) for a, labels in zip(real, inputs, strict=True) if not _is_number(a)]
    if not arrays:
        return words.real(words.function("full")(tuple(lengths[x].value(sizes) for x in out), factor), dtype)
    result = _einsum(words, arrays, made)
    for axis, label in enumerate(out):
        if label not in present:
            result = words.take_slices(result, (*[slice(None)] * axis, None))
    if out != tuple(made):
        result = words.function("broadcast_to")(result, tuple(lengths[x].value(sizes) for x in out))
    return result if factor == 1.0 else result * factor


def _einsum(words: Words, arrays: Sequence[tuple[Any, Sequence[int]]], out: Sequence[int]) -> Any:
    """A matrix product or a sum by its own name, where it is one."""
    if len(arrays) == 1:
        ((x, labels),) = arrays
        summed = tuple(k for k, label in enumerate(labels) if label not in out)
        left = [label for label in labels if label in out]
        x = x.sum(summed) if summed else x
        return x if left == list(out) else words.transposed(x, [left.index(label) for label in out])
    (a, p), (b, q) = arrays
    if len(p) == len(q) == 2 and p[1] == q[0] and list(out) == [p[0], q[1]]:
        return a @ b
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = ",".join("".join(letters[x] for x in labels) for labels in (p, q))
    return words.xp.einsum(f"{text}->{''.join(letters[x] for x in out)}", a, b)


def _mean(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    axes, keepdims = node.params
    return args[0].mean(tuple(axes), keepdims=keepdims)


def _largest(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    axes, keepdims = node.params
    return words.largest(args[0], axes, keepdims, node.op.name == "min")


def _length(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    axes, keepdims = node.params
    return words.xp.sqrt((args[0] * args[0]).sum(tuple(axes), keepdims=keepdims))


def _bce_with_logits(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    z, t = _real(words, node, args, dtype)
    return words.function("softplus")(z) - z * t


def _soft(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    return words.function(node.op.name)(args[0], node.params[0])


def _masked(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    x, mask = args
    return words.function("softmax")(words.xp.where(mask > 0, x, -math.inf), node.params[0])


def _triangle(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    kind, k = node.params
    shape = [s.value(sizes) for s in node.shape]
    return (words.xp.tril if kind == "lower" else words.xp.triu)(words.xp.ones(*[shape]), k)


def _gather(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    x, *indices = args
    key: list[Any] = [slice(None)] * (max(node.params[0]) + 1)
    for axis, index in zip(node.params[0], indices, strict=True):
        key[axis] = index
    return x[tuple(key)]


def _pad(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    return words.pad(args[0], [(a.value(sizes), b.value(sizes)) for a, b in node.params[0]])


def _windows(words: Words, node: Node, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
    x = args[0]
    for axis, width, stride, dilation in node.params[0]:
        x = words.windows(x, axis, width.value(sizes), stride, dilation)
    return x


TABLE: dict[str, Entry] = {
    **dict.fromkeys(SAME, _same),
    "constant": lambda words, node, args, sizes, dtype: float(node.params[0]),
    "size": lambda words, node, args, sizes, dtype: float(node.params[0].value(sizes)),
    "symbolic": lambda words, node, args, sizes, dtype: float(getattr(math, node.params[0])),
    "contract": _contract,
    "mean": _mean,
    "max": _largest,
    "min": _largest,
    "length": _length,
    "balanced": lambda words, node, args, sizes, dtype: args[0],
    "centred": lambda words, node, args, sizes, dtype: args[0] - args[0].mean(node.params[0], keepdims=True),
    "inverse_length": lambda words, node, args, sizes, dtype: words.xp.where(
        args[0] == 0, 0.0, 1.0 / args[0]
    ),
    "bce_with_logits": _bce_with_logits,
    "sech_squared": lambda words, node, args, sizes, dtype: 1.0 - words.xp.tanh(args[0]) ** 2,
    "logsumexp": lambda words, node, args, sizes, dtype: words.logsumexp(args[0], *node.params),
    "softmax": _soft,
    "log_softmax": _soft,
    "masked_softmax": _masked,
    "triangle": _triangle,
    "squared_norm": lambda words, node, args, sizes, dtype: (args[0] * args[0]).sum(),
    "reshape": lambda words, node, args, sizes, dtype: args[0].reshape([s.value(sizes) for s in node.shape]),
    "getitem": lambda words, node, args, sizes, dtype: words.take_slices(
        args[0], concrete_key(node.params[0], lambda s: s.value(sizes))
    ),
    "concatenate": lambda words, node, args, sizes, dtype: words.xp.concatenate(list(args), node.params[0]),
    "gather": _gather,
    "onehot": lambda words, node, args, sizes, dtype: words.onehot(
        args[0], node.shape[-1].value(sizes), dtype
    ),
    "arange": lambda words, node, args, sizes, dtype: (
        node.params[0].value(sizes) + node.params[1] * words.xp.arange(node.shape[0].value(sizes))
    ),
    "pad": _pad,
    "windows": _windows,
}
