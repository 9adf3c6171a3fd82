"""Calls for contractions: matrix products into memory that is there, sums as products with ones."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node, number
from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Operand, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_batched import arranged, batched, repeated
from symbp.ops.constant_arrays import is_zero

Labels = tuple[int, ...]
ONE = Size.of(1)


def contraction(placing: Placing, node: Node) -> bool:
    """One way for each number of arguments; what has none is written plainly."""
    if len(node.args) == 1 and node.args[0] in placing.pieces:
        return _filled(placing, node)
    if any(a not in placing.operands or a.dtype != "real" for a in node.args):
        return False
    inputs, out, _ = node.params
    if any(len(set(labels)) < len(labels) for labels in (*inputs, out)):
        return False
    if len(node.args) == 1:
        return _single(placing, node)
    if len(node.args) == 2:
        return _pair(placing, node)
    return not node.args and _constant(placing, node)


def _constant(placing: Placing, node: Node) -> bool:
    """Ones, made once."""
    text = f"np.ones({_shape(placing, node.shape)}, dtype)"
    placing.operands[node] = placing.constant("ones", text, node.shape)
    return True


def _filled(placing: Placing, node: Node) -> bool:
    """One number in every entry, made once."""
    out = node.params[1]
    if len(set(out)) < len(out) or not node.rank:
        return False
    shape, text = _shape(placing, node.shape), placing.pieces[node.args[0]].text
    made = f"np.zeros({shape}, dtype)" if is_zero(node) else f"np.full({shape}, {text}, dtype)"
    placing.operands[node] = placing.constant("zeros" if is_zero(node) else "filled", made, node.shape)
    return True


def _shape(placing: Placing, shape: tuple[Size, ...]) -> str:
    sizes = ", ".join(placing.page.size(s) for s in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


# -- sums ---------------------------------------------------------------------------------------


def _single(placing: Placing, node: Node) -> bool:
    (labels,), out, sizes = node.params
    (x,) = node.args
    kept = [label for label in labels if label in out]
    shared = [label for label in out if label in labels]
    summed = [label for label in labels if label not in out]
    if not summed:
        return False
    if not kept and not node.rank:
        return _full_sum(placing, node)
    new = [label for label in out if label not in labels]
    if kept != shared or any(not sizes[label].is_one for label in new) or not kept:
        return False
    many = product(sizes[label] for label in summed)
    rest = product(sizes[label] for label in kept)
    source = placing.operand(x)
    if not source.contiguous and len(labels) > 2:
        return False
    result = placing.fresh(node)
    flat = placing.flat(result, node.shape, [rest])
    if list(labels) == summed + kept:
        rows = placing.flat(source, x.shape, [many, rest])
        placing.call("{0}.dot({1}, {out})", [placing.ones([many]), rows], flat, "product", node, many * rest)
    elif list(labels) == kept + summed:
        rows = placing.flat(source, x.shape, [rest, many])
        placing.call("{0}.dot({1}, {out})", [rows, placing.ones([many])], flat, "product", node, many * rest)
    elif source.contiguous and (around := _around(labels, kept)) is not None:
        head, tail = (product(sizes[label] for label in part) for part in around)
        ahead = [*(sizes[label] for label in around[0]), rest]
        parts = placing.scratch(node, "parts", ahead)
        rows, each = (placing.flat(source, x.shape, [head * rest, tail]), [head * rest])
        target = placing.flat(parts, ahead, each)
        ones = placing.ones([tail])
        placing.call("{0}.dot({1}, {out})", [rows, ones], target, "product", node, many * rest)
        rows = placing.flat(parts, ahead, [head, rest])
        placing.call("{0}.dot({1}, {out})", [placing.ones([head]), rows], flat, "product", node, head * rest)
    else:
        axes = [labels.index(label) for label in summed]
        axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
        target = placing.flat(result, node.shape, [sizes[label] for label in kept])
        placing.call(
            f"np.add.reduce({{0}}, {axis}, None, {{out}})", [source], target, "sum", node, many * rest
        )
    placing.operands[node] = result
    return True


def _around(labels: Labels, kept: Sequence[int]) -> tuple[Labels, Labels] | None:
    """What stands before and after the labels that are kept, where those stand together."""
    start = labels.index(kept[0])
    stop = start + len(kept)
    return (labels[:start], labels[stop:]) if list(labels[start:stop]) == list(kept) else None


def _full_sum(placing: Placing, node: Node) -> bool:
    """A number: the sum of squares as a product of the array with itself."""
    (x,) = node.args
    out = placing.add(_scalar(placing, node))
    entries = product(x.shape)
    inner = product_factors(placing, x)
    if inner is not None:
        a, b = (placing.flat(o, x.shape, [entries]) for o in inner)
        placing.call("{out} = {0}.dot({1})", [a, b], out, "scalar", node, entries * 2)
    else:
        placing.call("{out} = {0}.sum()", [placing.operand(x)], out, "scalar", node, entries)
    placing.operands[node] = out
    return True


def _scalar(placing: Placing, node: Node) -> Value:
    return Value(placing.names.fresh(placing.temporary(node, "sum")), (), "real", "local")


def product_factors(placing: Placing, x: Node) -> list[Operand] | None:
    """x as a product of two whole arrays that are there."""
    if x.op.name == "power" and number(x.args[1]) == 2 and x.args[0] in placing.operands:
        factors = [x.args[0], x.args[0]]
    elif x.op.name == "multiply":
        factors = list(x.args)
    else:
        return None
    good = all(f in placing.operands and f.shape == x.shape and f.dtype == "real" for f in factors)
    return [placing.operand(f) for f in factors] if good else None


# -- two arguments --------------------------------------------------------------------------------


def _pair(placing: Placing, node: Node) -> bool:
    (a, b), out, _ = node.params
    summed = tuple(x for x in a if x in b and x not in out)
    batch = tuple(x for x in out if x in a and x in b)
    left = tuple(x for x in out if x in a and x not in b)
    right = tuple(x for x in out if x in b and x not in a)
    if not node.rank or len(out) != len(batch) + len(left) + len(right):
        return False
    if not summed:
        return _outer(placing, node)
    if batch:
        return batched(placing, node, batch, left, right, summed)
    first, second = (node.args[0], a), (node.args[1], b)
    if out == right + left and right + left != left + right:
        first, second, left, right = second, first, right, left
    if out != left + right:
        return repeated(placing, node, left, right, summed)
    return _matrix(placing, node, first, second, left, right, summed)


def _matrix(
    placing: Placing,
    node: Node,
    first: tuple[Node, Labels],
    second: tuple[Node, Labels],
    left: Labels,
    right: Labels,
    summed: Labels,
) -> bool:
    """out[left, right] = first[left, summed] second[summed, right], axes put together."""
    sizes = node.params[2]
    order = summed
    if tuple(x for x in second[1] if x in summed) != order:
        return False
    x = _as_matrix(placing, first, left, order, sizes, "rows")
    y = _as_matrix(placing, second, right, order, sizes, "columns")
    if x is None or y is None:
        return False
    out = placing.fresh(node)
    shape = [product(sizes[k] for k in group) for group in (left, right) if group]
    target = placing.flat(out, node.shape, shape)
    flops = product(sizes[k] for k in (*left, *right, *summed)) * 2
    placing.call("{0}.dot({1}, {out})", [x, y], target, "product", node, flops)
    placing.operands[node] = out
    return True


def _as_matrix(
    placing: Placing,
    part: tuple[Node, Labels],
    own: Labels,
    summed: Labels,
    sizes: tuple[Size, ...],
    side: str,
) -> Operand | None:
    node, labels = part
    inner, outer = product(sizes[k] for k in summed), product(sizes[k] for k in own)
    operand = placing.operand(node)
    if labels == (*own, *summed):
        shape, turned = ([outer, inner] if own else [inner]), side == "columns"
    elif labels == (*summed, *own):
        shape, turned = ([inner, outer] if own else [inner]), side == "rows"
    else:
        return None
    flat = placing.flat(operand, node.shape, shape)
    if turned and own:
        if flat.view.endswith(".T"):
            return Operand(flat.key, flat.view[:-2], True)
        return Operand(flat.key, flat.view + ".T", False, tuple(shape[::-1]))
    return flat


def _outer(placing: Placing, node: Node) -> bool:
    """Products without a sum: broadcasting."""
    inputs, out, _ = node.params
    operands = []
    for arg, labels in zip(node.args, inputs, strict=True):
        operand = arranged(placing, arg, labels, tuple(x for x in out if x in labels))
        operands.append(_expanded(operand, labels, out))
    result = placing.fresh(node)
    placing.entrywise(node, "np.multiply", operands, result)
    placing.operands[node] = result
    return True


def _expanded(operand: Operand, labels: Labels, out: Labels) -> Operand:
    first = min((out.index(x) for x in labels), default=len(out))
    keys = [":" if label in labels else "None" for label in out[first:]]
    if "None" not in keys:
        return operand
    view = f"{operand.view}[{', '.join(keys)}]"
    sizes = iter(operand.shape or ())
    shape = None if operand.shape is None else tuple(ONE if k == "None" else next(sizes) for k in keys)
    in_order = operand.contiguous and operand.is_whole
    return Operand(operand.key, view, False, shape, in_order, operand.keeps_first and keys[0] == ":")


def squared_norm(placing: Placing, node: Node) -> bool:
    """An array without axes times itself."""
    (x,) = node.args
    if x not in placing.operands or not placing.operand(x).contiguous or not x.rank or node.rank:
        return False
    entries = product(x.shape)
    flat = placing.flat(placing.operand(x), x.shape, [entries])
    out = placing.add(_scalar(placing, node))
    placing.call("{out} = {0}.dot({0})", [flat], out, "scalar", node, entries * 2)
    placing.operands[node] = out
    return True


RULES: dict[str, list[Rule]] = {"contract": [contraction], "squared_norm": [squared_norm]}
