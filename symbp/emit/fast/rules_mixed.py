"""Calls for arithmetic that mixes kinds of numbers, powers, and functions made of several calls."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import product
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule

ARITHMETIC = ("add", "subtract", "multiply", "divide")


def _are_there(placing: Placing, node: Node) -> bool:
    return node.rank > 0 and all(a in placing.pieces or a in placing.operands for a in node.args)


def mixed(placing: Placing, node: Node) -> bool:
    """Integers and masks as numbers of the step's dtype."""
    if node.dtype != "real" or not _are_there(placing, node) or node.args[0] in placing.pieces:
        return False
    out = placing.fresh(node)
    text = f"np.{node.op.name}({{0}}, {{1}}, {{out}}, dtype=dtype)"
    casts = ', casting="same_kind"' if all(a.dtype != "int" for a in node.args) else ', casting="unsafe"'
    reads = [placing.operand(a) for a in node.args]
    placing.call(f"{text[:-1]}{casts})", reads, out, "sum", node, product(node.shape))
    placing.operands[node] = out
    return True


def power(placing: Placing, node: Node) -> bool:
    """xᵖ for any p."""
    if any(a.dtype != "real" for a in node.args) or not _are_there(placing, node):
        return False
    out = placing.fresh(node)
    placing.entrywise(node, "np.power", [placing.operand(a) for a in node.args], out)
    placing.operands[node] = out
    return True


def cut_off(placing: Placing, node: Node) -> bool:
    """The integer part."""
    if not _are_there(placing, node) or node.args[0] in placing.pieces:
        return False
    out = placing.fresh(node, "int")
    text = 'np.copyto({out}, {0}, casting="unsafe")'
    placing.call(text, [placing.operand(node.args[0])], out, "sum", node)
    placing.operands[node] = out
    return True


def bce_with_logits(placing: Placing, node: Node) -> bool:
    """|z| (1 - t where z > 0, t elsewhere) + log(1 + e^-|z|): nowhere a difference."""
    z, t = node.args
    if not _are_there(placing, node) or any(a.shape != node.shape or a.dtype != "real" for a in node.args):
        return False
    zero, two = (placing.constant(f"c{k}", f"np.array({k}.0, dtype)") for k in (0, 2))
    one = placing.constant("c1", "np.array(1.0, dtype)")
    mask = placing.scratch(node, "mask", node.shape, "bool")
    size, sign, tail = (placing.scratch(node, word, node.shape) for word in ("size", "sign", "tail"))
    out = placing.fresh(node)
    source, target = placing.operand(z), placing.operand(t)
    steps: list[tuple[str, list[Operand], Operand]] = [
        ("np.greater", [source, zero], mask),
        ("np.multiply", [two, mask], sign),
        ("np.subtract", [one, sign], sign),
        ("np.multiply", [sign, target], sign),
        ("np.add", [sign, mask], sign),
        ("np.abs", [source], size),
        ("np.negative", [size], tail),
        ("np.exp", [tail], tail),
        ("np.log1p", [tail], tail),
        ("np.multiply", [size, sign], size),
        ("np.add", [size, tail], out),
    ]
    for function, args, result in steps:
        placing.entrywise(node, function, args, result)
    placing.operands[node] = out
    return True


RULES: dict[str, Sequence[Rule]] = {
    **{name: [mixed] for name in ARITHMETIC},
    "power": [power],
    "cut_off": [cut_off],
    "bce_with_logits": [bce_with_logits],
}
