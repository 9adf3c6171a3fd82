"""Calls for contractions that are no product of two matrices and no plain sum."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import product
from symbp.emit.fast.layout import Operand, Value
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.rules_arranged import together, turned
from symbp.ops.contract import contract

Labels = tuple[int, ...]


def inner_product(placing: Placing, node: Node) -> bool:
    """A number: Σ a b … over all axes."""
    if node.rank or len(node.args) < 2 or not _are_there(placing, node):
        return False
    inputs, _, _ = node.params
    operands = [placing.operand(a) for a in node.args]
    out = placing.add(Value(placing.names.fresh(placing.temporary(node, "sum")), (), "real", "local"))
    alike = len(inputs) == 2 and inputs[0] == inputs[1] and len(set(inputs[0])) == len(inputs[0])
    if alike and all(o.contiguous for o in operands):
        many = product(node.args[0].shape)
        flat = [placing.flat(o, a.shape, [many]) for o, a in zip(operands, node.args, strict=True)]
        placing.call("{out} = {0}.dot({1})", flat, out, "scalar", node, many * 2)
    else:
        places = ", ".join(f"{{{k}}}" for k in range(len(operands)))
        text = f'{{out}} = np.einsum("{_words(inputs, ())}", {places})'
        placing.call(text, operands, out, "scalar", node, product(node.params[2]) * len(operands))
    placing.operands[node] = out
    return True


def _words(inputs: Sequence[Labels], out: Labels) -> str:
    """ij,jk->ik"""
    letters = {
        label: chr(ord("a") + k) for k, label in enumerate(sorted({x for part in inputs for x in part}))
    }
    texts = ["".join(letters[x] for x in part) for part in (*inputs, out)]
    return f"{','.join(texts[:-1])}->{texts[-1]}"


def product_of_groups(placing: Placing, node: Node) -> bool:
    """Σ over some axes of two arrays that share no other: one matrix product, its axes put in order."""
    if len(node.args) != 2 or not _are_there(placing, node):
        return False
    (a, b), out, sizes = node.params
    summed = tuple(x for x in a if x in b)
    if any(len(set(part)) < len(part) for part in (a, b, out)) or not summed or set(summed) & set(out):
        return False
    left, right = (tuple(x for x in part if x not in summed) for part in (a, b))
    if not left or not right or set(out) != {*left, *right}:
        return False
    x = together(placing, node.args[0], a, [left, summed], sizes)
    y = together(placing, node.args[1], b, [summed, right], sizes)
    made = (*left, *right)
    shape = [sizes[k] for k in made]
    result = placing.fresh(node) if made == out else placing.scratch(node, "prod", shape)
    flat = placing.flat(result, shape, [product(sizes[k] for k in part) for part in (left, right)])
    flops = product(shape) * product(sizes[k] for k in summed) * 2
    placing.call("{0}.dot({1}, {out})", [x, y], flat, "product", node, flops)
    placing.operands[node] = result if made == out else turned(result, made, out, node)
    return True


def spread(placing: Placing, node: Node) -> bool:
    """A contraction with axes that no argument has: worked out without them, and repeated along them."""
    inputs, out, sizes = node.params
    known = {x for part in inputs for x in part}
    if not node.args or all(x in known for x in out) or not _are_there(placing, node, numbers=True):
        return False
    kept = tuple(x for x in dict.fromkeys(out) if x in known)
    inner = contract(node.args, inputs, kept, dict(enumerate(sizes)))
    if inner not in placing.operands and inner not in placing.pieces:
        placing.place(inner, node)
    source = placing.operand(inner)
    if inner.rank:
        keys = ", ".join(":" if x in kept else "None" for x in dict.fromkeys(out))
        source = Operand(source.key, f"{source.view}[{keys}]", False)
    result, target = _result(placing, node)
    placing.call("np.copyto({out}, {0})", [source], target, "copy", node)
    placing.operands[node] = result
    return True


def by_einsum(placing: Placing, node: Node) -> bool:
    """Any contraction of arrays whose axes make up the result."""
    inputs, out, _ = node.params
    known = {x for part in inputs for x in part}
    if not node.rank or not node.args or not _are_there(placing, node) or any(x not in known for x in out):
        return False
    words = _words(inputs, tuple(dict.fromkeys(out)))
    result, target = _result(placing, node)
    places = ", ".join(f"{{{k}}}" for k in range(len(node.args)))
    text = f'np.einsum("{words}", {places}, out={{out}})'
    reads = [placing.operand(a) for a in node.args]
    placing.call(text, reads, target, "sum", node, product(node.params[2]) * len(reads))
    placing.operands[node] = result
    return True


def _result(placing: Placing, node: Node) -> tuple[Operand, Operand]:
    """Memory for a result, and what of it is to be written: the diagonal where axes occur twice."""
    _, out, sizes = node.params
    result = placing.fresh(node)
    once = tuple(dict.fromkeys(out))
    if once == tuple(out):
        return result, result
    placing.call("{out}.fill(0.0)", [], result, "update", node)
    letters = {label: chr(ord("a") + k) for k, label in enumerate(once)}
    inside, left = ("".join(letters[x] for x in part) for part in (out, once))
    view = f'np.einsum("{inside}->{left}", @)'
    return result, Operand(result.key, view, False, tuple(sizes[x] for x in once))


def _are_there(placing: Placing, node: Node, numbers: bool = False) -> bool:
    """Arrays (or numbers) of real entries that have a place."""
    fine = (a in placing.operands or (numbers and a in placing.pieces) for a in node.args)
    return all(fine) and all(a.dtype == "real" for a in node.args)


def filled(placing: Placing, node: Node) -> bool:
    """One number in an array of one entry."""
    (x,) = node.args
    if x.rank or not node.rank or x not in placing.operands or node.dtype != "real":
        return False
    if any(not size.is_one for size in node.shape):
        return False
    out = placing.fresh(node)
    placing.call("np.copyto({out}, {0})", [placing.operand(x)], out, "copy", node)
    placing.operands[node] = out
    return True


RULES: dict[str, Sequence[Rule]] = {
    "contract": [inner_product, product_of_groups, spread, by_einsum],
    "getitem": [filled],
    "reshape": [filled],
}
