"""Normalisation layers: subtract the mean, divide by the standard deviation, scale and shift.

They differ only in the axes that the moments run over, so there is one operation for all:
x̂ = (x - mean x)/√(var x + ε), with x̄ = r (g - mean g - x̂ mean(g x̂)), r = 1/√(var x + ε).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, Scalar, as_node, number
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, negative, power, subtract
from symbp.ops.compare import maximum
from symbp.ops.elementwise import sqrt
from symbp.ops.moments import var
from symbp.ops.norms import norm
from symbp.ops.registry import Composite, axis_of, function, show, sum_to, whole_number
from symbp.ops.structure.reshaping import reshape
from symbp.ops.sums import mean

EPS = Fraction("1e-5")
Axes = tuple[int, ...]


def _spread(x: Node, eps: Node, axes: Axes) -> Node:
    """√(var x + ε), with its axes kept."""
    return sqrt(add(var(x, axes, keepdims=True), eps))


def _by_eps(eps: Node, spread: Node, y: Node, g: Node) -> Node | None:
    """∂y/∂ε = -y / (2 spread²); a number needs no gradient."""
    if number(eps) is not None:
        return None
    return sum_to(negative(divide(multiply(g, y), multiply(2, power(spread, 2)))), eps.shape)


def _standardise_closed(x: Node, eps: Node, axes: Axes, y: Node, g: Node) -> Sequence[Node | None]:
    spread = _spread(x, eps, axes)
    along = multiply(y, mean(multiply(g, y), axes, keepdims=True))
    centred = subtract(subtract(g, mean(g, axes, keepdims=True)), along)
    return [divide(centred, spread), _by_eps(eps, spread, y, g)]


STANDARDISE = Composite(
    "standardise",
    lambda x, eps, axes: divide(subtract(x, mean(x, axes, keepdims=True)), _spread(x, eps, axes)),
    _standardise_closed,
)


def _root_mean_square(x: Node, eps: Node, axes: Axes) -> Node:
    return sqrt(add(mean(power(x, 2), axes, keepdims=True), eps))


def _rms_closed(x: Node, eps: Node, axes: Axes, y: Node, g: Node) -> Sequence[Node | None]:
    spread = _root_mean_square(x, eps, axes)
    along = multiply(y, mean(multiply(g, y), axes, keepdims=True))
    return [divide(subtract(g, along), spread), _by_eps(eps, spread, y, g)]


RMS_NORMALISE = Composite(
    "rms_normalise", lambda x, eps, axes: divide(x, _root_mean_square(x, eps, axes)), _rms_closed
)


def _affine(x: Node, weight: Node | None, bias: Node | None, axis: int) -> Node:
    """x · weight + bias, where vectors run along `axis` (a negative number)."""
    if weight is not None:
        x = multiply(x, _along(weight, axis, x, "weight"))
    return x if bias is None else add(x, _along(bias, axis, x, "bias"))


def _along(v: Node, axis: int, x: Node, what: str) -> Node:
    if v.rank != 1 or axis == -1:
        return v
    if v.shape[0] != x.shape[axis]:
        raise OperandError(
            f"the {what} {show(v.shape)} does not fit the {x.shape[axis]} channels of {show(x.shape)}",
            mismatch=(v.shape[0], x.shape[axis]),
        )
    return reshape(v, (v.shape[0], *[1] * (-axis - 1)))


def _trailing(given: Any, x: Node, what: str) -> Axes:
    """The axes of a `normalized_shape`, which names the last sizes; by default the last axis."""
    if given is None:
        return (axis_of(-1, x.rank, what),)
    sizes = tuple(Size.of(s) for s in (given if isinstance(given, tuple | list) else [given]))
    if not sizes or x.shape[-len(sizes) :] != sizes:
        raise OperandError(f"{what}: {show(sizes)} are not the last sizes of {show(x.shape)}")
    return tuple(range(x.rank - len(sizes), x.rank))


@function(
    "layer_norm",
    "layernorm",
    example="layer_norm(x, g, b) | x: n,m | g: m | b: m ;"
    " layer_norm(x, (n, m), g, b) | x: k,n,m | g: n,m | b: n,m",
)
def layer_norm(input: Node, *rest: Any, **named: Any) -> Node:
    """(x - mean)/√(var + eps) · weight + bias over the last axis: layer_norm(x, weight, bias, eps=1e-5).

    torch's order layer_norm(x, normalized_shape, weight, bias, eps) is understood too.
    """
    shape, weight, bias, eps = _shape_first(rest, named, "layer_norm", ("weight", "bias", "eps"), EPS)
    axes = _trailing(shape, input, "layer_norm")
    return _affine(STANDARDISE([input, as_node(eps)], (axes,)), weight, bias, -1)


@function("rms_norm", "rmsnorm", example="rms_norm(x, g) | x: n,m | g: m")
def rms_norm(input: Node, *rest: Any, **named: Any) -> Node:
    """x/√(mean x² + eps) · weight over the last axis: rms_norm(x, weight, eps=1e-5)."""
    shape, weight, eps = _shape_first(rest, named, "rms_norm", ("weight", "eps"), EPS)
    axes = _trailing(shape, input, "rms_norm")
    return _affine(RMS_NORMALISE([input, as_node(eps)], (axes,)), weight, None, -1)


def _shape_first(
    rest: tuple[Any, ...], named: dict[str, Any], what: str, names: tuple[str, ...], eps: Fraction
) -> list[Any]:
    """normalized_shape and then `names`; the shape is told from a weight by being made of sizes."""
    shape = named.pop("normalized_shape", None)
    if shape is None and rest and isinstance(rest[0], tuple | list | int | Size):
        shape, *remaining = rest
        rest = tuple(remaining)
    unknown = sorted(set(named) - set(names))
    if len(rest) > len(names) or unknown:
        raise OperandError(f"{what}: its arguments are x, {', '.join(names)}")
    found = dict(zip(names, rest, strict=False)) | named
    return [shape, *(found.get(name, eps if name == "eps" else None) for name in names)]


@function(
    "batch_norm",
    "batchnorm",
    example="batch_norm(x, g, b) | x: n,m | g: m | b: m ; batch_norm(x) | x: n,k,m ;"
    " batch_norm(x, g, b, running_mean=u, running_var=v, training=False)"
    " | x: n,k,m | g: k | b: k | u: k | v: k positive",
)
def batch_norm(
    input: Node,
    weight: Node | None = None,
    bias: Node | None = None,
    eps: Node | Scalar = EPS,
    running_mean: Node | None = None,
    running_var: Node | None = None,
    training: bool = True,
) -> Node:
    """Each channel (axis 1) standardised over all other axes, then scaled and shifted.

    With training=False the running moments, given by name, take the place of those of the batch.
    """
    if input.rank < 2:
        raise OperandError(f"batch_norm needs samples and channels, not shape {show(input.shape)}")
    if as_node(eps).rank:
        raise OperandError(
            "batch_norm: eps is a number", hint="batch_norm(x, weight, bias); running moments go by name"
        )
    axis = 1 - input.rank
    if not training:
        if running_mean is None or running_var is None:
            raise OperandError(
                "batch_norm without training needs running_mean and running_var",
                hint="pass both, or leave training=False out",
            )
        centred = subtract(input, _along(running_mean, axis, input, "running_mean"))
        spread = sqrt(add(_along(running_var, axis, input, "running_var"), eps))
        return _affine(divide(centred, spread), weight, bias, axis)
    axes = tuple(a for a in range(input.rank) if a != 1)
    return _affine(STANDARDISE([input, as_node(eps)], (axes,)), weight, bias, axis)


@function("instance_norm", example="instance_norm(x, g, b) | x: n,k,4,m | g: k | b: k")
def instance_norm(
    input: Node, weight: Node | None = None, bias: Node | None = None, eps: Node | Scalar = EPS
) -> Node:
    """Each channel of each sample standardised over its places (the axes from 2 on)."""
    if input.rank < 3:
        raise OperandError(f"instance_norm needs samples, channels and places, not shape {show(input.shape)}")
    axes = tuple(range(2, input.rank))
    return _affine(STANDARDISE([input, as_node(eps)], (axes,)), weight, bias, 1 - input.rank)


@function("group_norm", example="group_norm(x, 2, g, b) | x: n,2*k,m | g: 2*k | b: 2*k")
def group_norm(
    input: Node,
    num_groups: int,
    weight: Node | None = None,
    bias: Node | None = None,
    eps: Node | Scalar = EPS,
) -> Node:
    """Each group of channels of each sample standardised together."""
    if input.rank < 2:
        raise OperandError(f"group_norm needs samples and channels, not shape {show(input.shape)}")
    groups = whole_number(num_groups, "group_norm: num_groups")
    each = input.shape[1].divide(groups)
    if each is None:
        raise OperandError(f"group_norm: {groups} groups do not divide {input.shape[1]} channels")
    grouped = reshape(input, (input.shape[0], groups, each, *input.shape[2:]))
    axes = tuple(range(2, grouped.rank))
    flat = reshape(STANDARDISE([grouped, as_node(eps)], (axes,)), input.shape)
    return _affine(flat, weight, bias, 1 - input.rank)


@function("normalize", "l2_normalize", example="normalize(x) | x: n,m ; normalize(x, p=1, dim=0) | x: n,m")
def normalize(
    input: Node, p: Any = 2, dim: int | None = None, eps: Node | Scalar = Fraction("1e-12")
) -> Node:
    """x / max(‖x‖_p, eps) along axis 1 (the only axis of a vector)."""
    axis = axis_of(min(1, input.rank - 1) if dim is None else dim, input.rank, "normalize")
    return divide(input, maximum(norm(input, p, axis=axis, keepdims=True), eps))
