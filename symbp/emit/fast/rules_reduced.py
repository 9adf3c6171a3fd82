"""Calls for what is taken along axes, where NumPy's function has a place for its result."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule

REDUCTIONS = {"max": "np.maximum", "min": "np.minimum", "prod": "np.multiply"}


def is_real_array(placing: Placing, node: Node) -> bool:
    """An array of real numbers that is there."""
    return node.rank > 0 and node in placing.operands and node.dtype == "real"


def axes_text(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"


def columns_of(x: Node, axes: Sequence[int]) -> tuple[Size, ...]:
    """The shape of x with one entry along the axes."""
    return tuple(Size.of(1) if k in axes else s for k, s in enumerate(x.shape))


def reduced(placing: Placing, node: Node) -> bool:
    """The largest, the smallest or the product of the entries along axes."""
    (x,) = node.args
    axes, keepdims = node.params
    if not node.rank or not is_real_array(placing, x):
        return False
    function = REDUCTIONS[node.op.name]
    text = f"{function}.reduce({{0}}, {axes_text(axes)}, None, {{out}}{', True' if keepdims else ''})"
    out = placing.fresh(node)
    placing.call(text, [placing.operand(x)], out, "sum", node, product(x.shape))
    placing.operands[node] = out
    return True


def variance(placing: Placing, node: Node) -> bool:
    """The squares of what is left of the mean, added up and divided by the count less ddof."""
    (x,) = node.args
    axes, ddof, _ = node.params
    if not is_real_array(placing, x):
        return False
    column, many = columns_of(x, axes), product(x.shape[k] for k in axes)
    rest = placing.scratch(node, "rest", x.shape)
    mean = placing.scratch(node, "mean", column)
    count, less = placing.page.size(many), placing.page.size(many - Size.of(ddof))
    for word, text, source in (("share", count, placing.operand(x)), ("part", less, rest)):
        share = placing.constant(word, f"np.array(1.0 / ({text}), dtype)")
        add_up = f"np.add.reduce({{0}}, {axes_text(axes)}, None, {{out}}, True)"
        target = mean
        if word == "part":
            out = placing.fresh(node)
            target = placing.flat(out, node.shape, column)
        placing.call(add_up, [source], target, "sum", node, product(x.shape))
        placing.entrywise(node, "np.multiply", [target, share], target)
        if word == "share":
            placing.entrywise(node, "np.subtract", [placing.operand(x), mean], rest)
            placing.entrywise(node, "np.square", [rest], rest)
    placing.operands[node] = out
    return True


def centred_along(placing: Placing, node: Node) -> bool:
    """x - mean x, and that less the mean which rounding has left in it."""
    (x,) = node.args
    axes = node.params[0]
    if not is_real_array(placing, x):
        return False
    many = placing.page.size(product(x.shape[k] for k in axes))
    share = placing.constant("share", f"np.array(1.0 / ({many}), dtype)")
    mean, out = placing.scratch(node, "mean", columns_of(x, axes)), placing.fresh(node)
    for source in (placing.operand(x), out):
        _add_up(placing, node, source, mean, axes)
        placing.entrywise(node, "np.multiply", [mean, share], mean)
        placing.entrywise(node, "np.subtract", [source, mean], out)
    placing.operands[node] = out
    return True


def balanced_along(placing: Placing, node: Node) -> bool:
    """x, but where a share is above ½ what makes the others' sum 0."""
    x, shares = node.args
    axis = node.params[0]
    if not all(is_real_array(placing, a) and a.shape == node.shape for a in (x, shares)):
        return False
    half, zero = (placing.constant(w, f"np.array({t}, dtype)") for w, t in (("c0_5", "0.5"), ("c0", "0.0")))
    most = placing.scratch(node, "most", node.shape, "bool")
    rest = placing.scratch(node, "rest", node.shape)
    others = placing.scratch(node, "others", columns_of(x, (axis,)))
    out = placing.fresh(node)
    placing.entrywise(node, "np.greater", [placing.operand(shares), half], most)
    placing.call("np.copyto({out}, {0})", [placing.operand(x)], rest, "copy", node)
    placing.call("np.copyto({out}, {0}, where={1})", [zero, most, rest], rest, "update", node)
    _add_up(placing, node, rest, others, (axis,))
    placing.entrywise(node, "np.negative", [others], others)
    placing.call("np.copyto({out}, {0})", [placing.operand(x)], out, "copy", node)
    placing.call("np.copyto({out}, {0}, where={1})", [others, most, out], out, "update", node)
    placing.operands[node] = out
    return True


def running(placing: Placing, node: Node) -> bool:
    """Sums or products of all entries up to each one, or from each one on."""
    (x,) = node.args
    axis, *from_end = node.params
    if not is_real_array(placing, x):
        return False
    out = placing.fresh(node)
    source, target = placing.operand(x), out
    if any(from_end):
        turned = f"[{':, ' * axis}::-1]"
        source = Operand(source.key, source.view + turned, False, source.shape)
        target = Operand(out.key, out.view + turned, False, out.shape)
    text = f"np.{node.op.name}({{0}}, {axis}, None, {{out}})"
    placing.call(text, [source], target, "sum", node, product(x.shape))
    placing.operands[node] = out
    return True


# -- where the largest entry stands --------------------------------------------------------------------


def position(placing: Placing, node: Node) -> bool:
    """The place of the largest or smallest entry along an axis."""
    (x,) = node.args
    if not node.rank or not is_real_array(placing, x):
        return False
    axis = node.params[0]
    rows = _in_order(placing, node, (*(k for k in range(x.rank) if k != axis), axis))
    out = placing.fresh(node, "int")
    text = f"np.{node.op.name}({{0}}, {x.rank - 1}, {{out}})"
    placing.call(text, [rows], out, "sum", node, product(x.shape))
    placing.operands[node] = out
    return True


def first_mask(placing: Placing, node: Node) -> bool:
    """The mask of the largest (or smallest) entry over axes, of equal ones the first."""
    (x,) = node.args
    axes = tuple(node.params[0])
    if not is_real_array(placing, x):
        return False
    others = tuple(k for k in range(x.rank) if k not in axes)
    order = (*others, *axes)
    rest, many = product(x.shape[k] for k in others), product(x.shape[k] for k in axes)
    rows = placing.flat(_in_order(placing, node, order), [x.shape[k] for k in order], [rest, many])
    at = placing.scratch(node, "at", (rest,), "int")
    name = "argmax" if node.op.name == "first_max" else "argmin"
    placing.call(f"np.{name}({{0}}, 1, {{out}})", [rows], at, "sum", node, product(x.shape))
    column = Operand(at.key, "[:, None]", True, (rest, Size.of(1)), True)
    places = placing.constant("places", f"np.arange({placing.page.size(many)})", (many,), "int")
    out = placing.fresh(node, "bool")
    in_place = order == tuple(range(x.rank))
    mask = out if in_place else placing.scratch(node, "mask", [x.shape[k] for k in order], "bool")
    flat = placing.flat(mask, [x.shape[k] for k in order], [rest, many])
    placing.call("np.equal({0}, {1}, {out})", [column, places], flat, "sum", node, product(x.shape))
    if not in_place:
        back = ", ".join(str(order.index(k)) for k in range(x.rank))
        turned = Operand(mask.key, f"{mask.view}.transpose({back})", False, node.shape)
        placing.call("np.copyto({out}, {0})", [turned], out, "copy", node)
    placing.operands[node] = out
    return True


def _in_order(placing: Placing, node: Node, order: tuple[int, ...]) -> Operand:
    """The array with its axes in another order, copied where that moves entries."""
    (x,) = node.args
    source = placing.operand(x)
    if order == tuple(range(x.rank)):
        return source
    shape = tuple(x.shape[k] for k in order)
    turned = Operand(source.key, f"{source.view}.transpose({', '.join(map(str, order))})", False, shape)
    out = placing.scratch(node, "turned", shape)
    placing.call("np.copyto({out}, {0})", [turned], out, "copy", node)
    return out


# -- softmax along other axes than the last ------------------------------------------------------------


def _shifted(placing: Placing, node: Node, x: Operand, axes: Sequence[int]) -> tuple[Operand, ...]:
    """Along axes the largest entry m, x - m, exp(x - m), and memory for sums."""
    (shape, column) = node.args[0].shape, columns_of(node.args[0], axes)
    words = (("max", column), ("rest", shape), ("exp", shape), ("total", column))
    top, rest, e, total = (placing.scratch(node, word, sizes) for word, sizes in words)
    text = f"np.maximum.reduce({{0}}, {axes_text(axes)}, None, {{out}}, True)"
    placing.call(text, [x], top, "sum", node, product(shape))
    placing.entrywise(node, "np.subtract", [x, top], rest)
    placing.entrywise(node, "np.exp", [rest], e)
    return top, rest, e, total


def _add_up(placing: Placing, node: Node, x: Operand, total: Operand, axes: Sequence[int]) -> None:
    text = f"np.add.reduce({{0}}, {axes_text(axes)}, dtype, {{out}}, True)"
    placing.call(text, [x], total, "sum", node, product(node.args[0].shape))


def _log_of_sum(
    placing: Placing, node: Node, rest: Operand, e: Operand, total: Operand, axes: Sequence[int]
) -> None:
    """log Σ e as log(1 + r) with the sum r of all but one of the largest, which is 1: a small one keeps its
    digits."""
    zero, one = (placing.constant(f"c{k}", f"np.array({k}.0, dtype)") for k in (0, 1))
    shape = node.args[0].shape
    largest = placing.scratch(node, "largest", shape, "bool")
    count = placing.scratch(node, "count", columns_of(node.args[0], axes))
    placing.entrywise(node, "np.equal", [rest, zero], largest)
    _add_up(placing, node, largest, count, axes)
    placing.entrywise(node, "np.subtract", [count, one], count)
    placing.call("np.copyto({out}, {0}, where={1})", [zero, largest, e], e, "update", node)
    _add_up(placing, node, e, total, axes)
    placing.entrywise(node, "np.add", [total, count], total)
    placing.entrywise(node, "np.log1p", [total], total)


def softmax_along(placing: Placing, node: Node) -> bool:
    """exp(x - m) / Σ exp(x - m), and its logarithm (x - m) - log Σ exp(x - m)."""
    x, *masks = node.args
    axis = node.params[0]
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not is_real_array(placing, x) or any(m not in placing.operands or m.dtype != "bool" for m in masks):
        return False
    source = placing.operand(x)
    for mask in masks:
        low = placing.constant("low", "np.array(-np.inf, dtype)")
        kept = placing.scratch(node, "kept", x.shape)
        placing.call("np.copyto({out}, {0})", [low], kept, "copy", node)
        reads = [source, placing.operand(mask), kept]
        placing.call("np.copyto({out}, {0}, where={1})", reads, kept, "update", node)
        source = kept
    _, rest, e, total = _shifted(placing, node, source, axes)
    out = placing.fresh(node)
    if node.op.name == "log_softmax":
        _log_of_sum(placing, node, rest, e, total, axes)
        placing.entrywise(node, "np.subtract", [rest, total], out)
    else:
        _add_up(placing, node, e, total, axes)
        placing.entrywise(node, "np.divide", [e, total], out)
    placing.operands[node] = out
    return True


def log_sum(placing: Placing, node: Node) -> bool:
    """m + log Σ exp(x - m)"""
    (x,) = node.args
    axes, _ = node.params
    if not is_real_array(placing, x):
        return False
    top, rest, e, total = _shifted(placing, node, placing.operand(x), axes)
    _log_of_sum(placing, node, rest, e, total, axes)
    out = placing.fresh(node)
    target = placing.flat(out, node.shape, columns_of(x, axes))
    placing.entrywise(node, "np.add", [top, total], target)
    placing.operands[node] = out
    return True


RULES: dict[str, Sequence[Rule]] = {
    **{name: [reduced] for name in REDUCTIONS},
    "var": [variance],
    "centred": [centred_along],
    "balanced": [balanced_along],
    "cumsum": [running],
    "cumprod": [running],
    "argmax": [position],
    "argmin": [position],
    "first_max": [first_mask],
    "first_min": [first_mask],
    "softmax": [softmax_along],
    "log_softmax": [softmax_along],
    "masked_softmax": [softmax_along],
    "logsumexp": [log_sum],
}
