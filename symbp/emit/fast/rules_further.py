"""Calls for operations that NumPy has no one call for: several, into memory that is there."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import product
from symbp.emit.fast.layout import Call, Operand
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_entrywise import bound
from symbp.emit.fast.rules_reduced import columns_of, is_real_array
from symbp.ops.contract import contract

LOGICAL = {"logical_and": "np.logical_and", "logical_or": "np.logical_or", "logical_not": "np.logical_not"}


def _real_arrays(placing: Placing, node: Node) -> bool:
    """An array of real numbers whose arguments are such, or numbers that are known beforehand."""
    fine = all(a in placing.pieces or (a.rank and a in placing.operands) for a in node.args)
    return node.rank > 0 and fine and all(a.dtype == "real" for a in node.args)


def softplus(placing: Placing, node: Node) -> bool:
    """max(x, 0) + log(1 + e^-|x|), and min(x, 0) - log(1 + e^-|x|) for log σ."""
    (x,) = node.args
    if not _real_arrays(placing, node):
        return False
    zeros = placing.constant("zeros", "np.zeros({row}, dtype)", node.shape[-1:])
    part = placing.scratch(node, "log", node.shape)
    placing.entrywise(node, "np.abs", [placing.operand(x)], part)
    for function in ("np.negative", "np.exp", "np.log1p"):
        placing.entrywise(node, function, [part], part)
    out = placing.fresh(node)
    least = placing.scratch(node, "bound", node.shape)
    is_upper = node.op.name == "softplus"
    placing.entrywise(node, "np.maximum" if is_upper else "np.minimum", [placing.operand(x), zeros], least)
    placing.entrywise(node, "np.add" if is_upper else "np.subtract", [least, part], out)
    placing.operands[node] = out
    return True


def where(placing: Placing, node: Node) -> bool:
    """a where the mask holds, else b, bit by bit: a branch for each entry is ten times slower."""
    mask, a, b = node.args
    fine = all(x in placing.pieces or x in placing.operands for x in (a, b))
    if not node.rank or mask.dtype != "bool" or mask not in placing.operands or not fine:
        return False
    if any(x.dtype != "real" or (x not in placing.pieces and not x.rank) for x in (a, b)):
        return False
    out, work = placing.fresh(node), placing.scratch(node, "work", node.shape)
    reads = (placing.operand(mask), placing.operand(a), placing.operand(b))
    text = f"{placing.page.helper('choose_into')}({{0}}, {{1}}, {{2}}, {{out}}, {{a0}})"
    placing.kernel(Call(text, reads, out, "choice", node, product(node.shape) * 4, (work,)))
    placing.operands[node] = out
    return True


def clip(placing: Placing, node: Node) -> bool:
    """Not below the one bound, not above the other."""
    if not _real_arrays(placing, node) or node.args[0].shape != node.shape:
        return False
    x = placing.operand(node.args[0])
    low, high = (bound(placing, node, a) for a in node.args[1:])
    cut, out = placing.scratch(node, "clip", node.shape), placing.fresh(node)
    placing.entrywise(node, "np.maximum", [x, low], cut)
    placing.entrywise(node, "np.minimum", [cut, high], out)
    placing.operands[node] = out
    return True


def logical(placing: Placing, node: Node) -> bool:
    """Masks of masks."""
    if not node.rank or any(a.dtype != "bool" or a not in placing.operands for a in node.args):
        return False
    out = placing.fresh(node, "bool")
    placing.entrywise(node, LOGICAL[node.op.name], [placing.operand(a) for a in node.args], out)
    placing.operands[node] = out
    return True


def erfc(placing: Placing, node: Node) -> bool:
    """1 - erf(x), and x Φ(x) = ½ x erfc(-x/√2) for the exact GELU, by a helper that works in place."""
    (x,) = node.args
    if not _real_arrays(placing, node):
        return False
    name = node.op.name.removesuffix("_exact")
    count = 3 if name == "erfc" else 4
    works = [placing.scratch(node, "work", node.shape) for _ in range(count)]
    works.append(placing.scratch(node, "mask", node.shape, "bool"))
    out = placing.fresh(node)
    inside = ", ".join(["{0}", "{out}", *(f"{{a{k}}}" for k in range(len(works)))])
    text = f"{placing.page.helper(f'{name}_into')}({inside})"
    call = Call(text, (placing.operand(x),), out, "sum", node, product(node.shape) * 60, tuple(works))
    placing.kernel(call)
    placing.operands[node] = out
    return True


def length(placing: Placing, node: Node) -> bool:
    """√Σx² along axes, scaled by the largest entry: squares may leave the range of floats."""
    (x,) = node.args
    axes, keepdims = node.params
    if not is_real_array(placing, x):
        return False
    axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    size = placing.scratch(node, "size", x.shape)
    placing.entrywise(node, "np.abs", [placing.operand(x)], size)
    column = node.shape if keepdims else columns_of(x, axes)
    top, none = placing.scratch(node, "top", column), placing.scratch(node, "none", column, "bool")
    placing.call(f"np.maximum.reduce({{0}}, {axis}, None, {{out}}, True, 0.0)", [size], top, "sum", node)
    placing.entrywise(node, "np.equal", [top, placing.constant("c0", "np.array(0.0, dtype)")], none)
    placing.entrywise(node, "np.add", [top, none], top)
    placing.entrywise(node, "np.divide", [size, top], size)
    placing.entrywise(node, "np.square", [size], size)
    out = placing.fresh(node)
    target = placing.flat(out, node.shape, column)
    placing.call(f"np.add.reduce({{0}}, {axis}, None, {{out}}, True)", [size], target, "sum", node)
    placing.entrywise(node, "np.sqrt", [target], target)
    placing.entrywise(node, "np.multiply", [top, target], target)
    placing.operands[node] = out
    return True


def inverse_length(placing: Placing, node: Node) -> bool:
    """1/x, and 0 where x is 0: there it is 1/1 - 1."""
    (x,) = node.args
    if not _real_arrays(placing, node):
        return False
    none, out = placing.scratch(node, "none", node.shape, "bool"), placing.fresh(node)
    placing.entrywise(
        node, "np.equal", [placing.operand(x), placing.constant("c0", "np.array(0.0, dtype)")], none
    )
    placing.entrywise(node, "np.add", [placing.operand(x), none], out)
    placing.entrywise(node, "np.divide", [placing.constant("c1", "np.array(1.0, dtype)"), out], out)
    placing.entrywise(node, "np.subtract", [out, none], out)
    placing.operands[node] = out
    return True


# -- rows by their numbers -----------------------------------------------------------------------------


def _row_numbers(placing: Placing, node: Node) -> Operand | None:
    """The numbers of rows of a table, all in range; a negative one counts from the end."""
    axes, at = node.params
    if tuple(axes) != (0,) or at != 0 or len(node.args) != 2 or node.args[1] not in placing.operands:
        return None
    return placing.operand(node.args[1])


def rows(placing: Placing, node: Node) -> bool:
    """Rows of a table, as often as their numbers occur."""
    table, index = node.args[0], _row_numbers(placing, node)
    if index is None or table not in placing.operands or table.dtype != "real" or not node.rank:
        return False
    count = placing.page.size(table.shape[0])
    least = f"-{count}" if " " not in count else f"-({count})"
    name = node.args[1].name if node.args[1].is_leaf else "an index"
    lines = [f"if {{0}}.min() < {least} or {{0}}.max() >= {count}:"]
    lines += [f'    raise IndexError("{name} holds a row out of range")']
    placing.call("\n".join(lines), [index], None, "check", node)
    out = placing.fresh(node)
    reads = [placing.operand(table), index]
    placing.call('{0}.take({1}, 0, {out}, "wrap")', reads, out, "sum", node)
    placing.operands[node] = out
    return True


# -- repeated arrays -----------------------------------------------------------------------------------


def repeated(placing: Placing, node: Node) -> bool:
    """Sums, or arrays, that are repeated along new axes."""
    if len(node.args) != 1 or node.args[0] not in placing.operands or node.dtype != "real":
        return False
    (labels,), out, sizes = node.params
    kept = tuple(x for x in out if x in labels)
    if not kept or len(set(labels)) < len(labels) or len(set(out)) < len(out) or kept == out:
        return False
    inner = contract(node.args, [labels], kept, dict(enumerate(sizes)))
    if inner not in placing.operands:
        placing.place(inner, node)
    source = placing.operand(inner)
    keys = ", ".join(":" if x in kept else "None" for x in out)
    view = Operand(source.key, f"{source.view}[{keys}]", False)
    result = placing.fresh(node)
    placing.call("np.copyto({out}, {0})", [view], result, "copy", node)
    placing.operands[node] = result
    return True


RULES: dict[str, Sequence[Rule]] = {
    "softplus": [softplus],
    "log_sigmoid": [softplus],
    "where": [where],
    "clip": [clip],
    **{name: [logical] for name in LOGICAL},
    "erfc": [erfc],
    "gelu_exact": [erfc],
    "length": [length],
    "inverse_length": [inverse_length],
    "gather": [rows],
    "contract": [repeated],
}
