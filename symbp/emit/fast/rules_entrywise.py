"""Calls for operations entry by entry."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import Node, number
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.algebra.size import product
from symbp.emit.fast.layout import Operand
from symbp.emit.fast.place import Placing, Rule, number_word
from symbp.emit.numpy_spell_functions import BINARY_UFUNCS, UFUNCS
from symbp.emit.numpy_spell_index import key_text
from symbp.ops.arithmetic import ADD
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.positions import Take
from symbp.ops.structure.slices import PUT_ZEROS

BINARY = {
    "add": "np.add",
    "subtract": "np.subtract",
    "multiply": "np.multiply",
    "divide": "np.divide",
    "maximum": "np.maximum",
    "minimum": "np.minimum",
    **BINARY_UFUNCS,
}
UNARY = {"negative": "np.negative", "square": "np.square", "reciprocal": "np.reciprocal", **UFUNCS}

LONG_ROW = 128
"""Entries of a row that cost more than its start."""
POWERS = {Fraction(2): "np.square", Fraction(-1): "np.reciprocal", Fraction(1, 2): "np.sqrt"}


def _is_array(placing: Placing, node: Node) -> bool:
    """Real entries with at least one axis, whose arguments are arrays or numbers."""
    fine = all(a in placing.pieces or a.rank or _is_scalar(placing, a) for a in node.args)
    return node.rank > 0 and fine and all(a.dtype != "int" for a in node.args)


def _is_scalar(placing: Placing, node: Node) -> bool:
    return placing.values[placing.operands[node].key].place in ("argument", "local", "workspace")


def binary(placing: Placing, node: Node) -> bool:
    """a + b, a * mask and the like."""
    a, b = node.args
    if not _is_array(placing, node) or (a.dtype == b.dtype == "bool"):
        return False
    of = bound if node.op.name in ("maximum", "minimum") else _operand
    out = placing.fresh(node)
    placing.entrywise(node, BINARY[node.op.name], [of(placing, node, a), of(placing, node, b)], out)
    placing.operands[node] = out
    return True


def _operand(placing: Placing, node: Node, arg: Node) -> Operand:
    return placing.operand(arg)


def bound(placing: Placing, node: Node, arg: Node) -> Operand:
    """What entries are compared with: of a number some rows, for as a number it takes twice the time."""
    if arg not in placing.pieces:
        return placing.operand(arg)
    text, axes = placing.pieces[arg].text, node.shape[_first_of_rows(node) :]
    return placing.constant(f"{number_word(text)}_row", f"np.full({{row}}, {text}, dtype)", axes)


def unary(placing: Placing, node: Node) -> bool:
    if not _is_array(placing, node) or node.args[0].dtype != "real":
        return False
    out = placing.fresh(node)
    placing.entrywise(node, UNARY[node.op.name], [placing.operand(node.args[0])], out)
    placing.operands[node] = out
    return True


def power(placing: Placing, node: Node) -> bool:
    """Squares and roots; other powers are products already, or have no fast form."""
    x, exponent = node.args
    value = number(exponent)
    function = None if value is None else POWERS.get(value)
    if function is None or not _is_array(placing, node) or x.dtype != "real":
        return False
    out = placing.fresh(node)
    placing.entrywise(node, function, [placing.operand(x)], out)
    placing.operands[node] = out
    return True


def relu(placing: Placing, node: Node) -> bool:
    """The larger of x and some rows of zeros: a number as operand is three times slower."""
    if not _is_array(placing, node) or node.args[0].dtype != "real":
        return False
    axes = node.shape[_first_of_rows(node) :]
    zeros = placing.constant("zeros", "np.zeros({row}, dtype)", axes)
    out = placing.fresh(node)
    placing.entrywise(node, "np.maximum", [placing.operand(node.args[0]), zeros], out)
    placing.operands[node] = out
    return True


def _first_of_rows(node: Node) -> int:
    """The first of the last axes, put together while they are short, so that runs of entries are long."""
    axis = node.rank - 1
    while axis > 1 and all(s.is_constant for s in node.shape[axis - 1 :]):
        if product(node.shape[axis:]).constant >= LONG_ROW:
            break
        axis -= 1
    return axis


def compare(placing: Placing, node: Node) -> bool:
    """A mask in bytes; it is used by multiplication."""
    if not _is_array(placing, node) or any(a.dtype != "real" for a in node.args):
        return False
    out = placing.fresh(node, "bool")
    function = f"np.{node.op.name}"
    placing.entrywise(node, function, [placing.operand(a) for a in node.args], out)
    placing.operands[node] = out
    return True


def _limit(placing: Placing, node: Node) -> Operand:
    """A row of the largest argument of an exponential, but for rounding."""
    made = "np.full({row}, np.log(np.finfo(dtype).max) - 0.01, dtype)"
    return placing.constant("limit", made, node.shape[-1:])


def sigmoid(placing: Placing, node: Node) -> bool:
    """q = 1/(1 + eˣ) and σ = eˣ q = 1 - q: both sides keep their relative precision.

    x is cut where eˣ would overflow; σ is 1 there to rounding, and q below the smallest normal number.
    """
    (x,) = node.args
    if not _is_array(placing, node) or x.dtype != "real":
        return False
    others = placing.complements.get(node, ())
    if placing.in_loop and not others:
        return _sigmoid_alone(placing, node)
    limit = _limit(placing, node)
    one = placing.constant("c1", "np.array(1.0, dtype)")
    cut = placing.scratch(node, "exp", node.shape)
    placing.entrywise(node, "np.minimum", [placing.operand(x), limit], cut)
    power_ = placing.scratch(node, "exp", node.shape)
    placing.entrywise(node, "np.exp", [cut], power_)
    below = placing.scratch(node, "rest", node.shape)
    placing.entrywise(node, "np.add", [power_, one], below)
    asked = [placing.kept[n] for n in others if n in placing.kept]
    rest = asked[0] if asked else placing.scratch(node, "rest", node.shape)
    placing.entrywise(node, "np.divide", [one, below], rest)
    out = placing.fresh(node)
    placing.entrywise(node, "np.multiply", [power_, rest], out)
    placing.operands[node] = out
    for other in others:
        placing.operands[other] = rest
    return True


def _sigmoid_alone(placing: Placing, node: Node) -> bool:
    """σ = 1/(1 + e⁻ˣ) where nothing reads 1 - σ; where e⁻ˣ overflows it is 0, as it should be."""
    one = placing.constant("c1", "np.array(1.0, dtype)")
    turned = placing.scratch(node, "exp", node.shape)
    placing.entrywise(node, "np.negative", [placing.operand(node.args[0])], turned)
    power_ = placing.scratch(node, "exp", node.shape)
    placing.entrywise(node, "np.exp", [turned], power_)
    placing.overflows()
    below = placing.scratch(node, "exp", node.shape)
    placing.entrywise(node, "np.add", [power_, one], below)
    out = placing.fresh(node)
    placing.entrywise(node, "np.divide", [one, below], out)
    placing.operands[node] = out
    return True


def sech_squared(placing: Placing, node: Node) -> bool:
    """1/cosh² x; |x| is cut where cosh x would overflow, 1/cosh² x is 0 long before."""
    (x,) = node.args
    if not _is_array(placing, node) or x.dtype != "real":
        return False
    limit = _limit(placing, node)
    out = placing.fresh(node)
    placing.entrywise(node, "np.abs", [placing.operand(x)], out)
    placing.entrywise(node, "np.minimum", [out, limit], out)
    for function in ("np.cosh", "np.reciprocal", "np.square"):
        placing.entrywise(node, function, [out], out)
    placing.operands[node] = out
    return True


def sum_of_parts(placing: Placing, node: Node) -> bool:
    """Arrays that are zero but for a slice, added up: each slice by itself."""
    parts = _zero_padded(placing, node)
    if parts is None or not node.rank or any(p.args[0] not in placing.operands for p in parts):
        return False
    out = placing.fresh(node)
    placing.call("{out}.fill(0.0)", [], out, "update", node)
    for part in parts:
        inner = part.args[0]
        key = key_text(placing.page, part.params[0], node.shape)
        key = key if inner.rank else f"{key}, ..."  # an entry by itself is no view
        target = Operand(out.key, f"{out.view}[{key}]", False)
        placing.call("np.add({0}, {1}, {out})", [target, placing.operand(inner)], target, "update", node)
    placing.operands[node] = out
    return True


def grown_sum(placing: Placing, node: Node) -> tuple[Node, Node] | None:
    """A product, and what is added to a part of it, where nothing else needs the product."""
    if node.op is not ADD or node.dtype != "real":
        return None
    for x, part in (node.args, node.args[::-1]):
        if x.op is CONTRACT and len(x.args) == 2 and part.op is PUT_ZEROS and x.shape == node.shape:
            free = placing.uses[x] == 1 and x not in placing.results and x not in placing.joint.names
            return (x, part) if free and part.args[0].rank == x.rank else None
    return None


def added_in_place(placing: Placing, node: Node) -> bool:
    """Added to the part itself, instead of to a copy among zeros."""
    grown = grown_sum(placing, node)
    if grown is None or any(a not in placing.operands for a in (grown[0], grown[1].args[0])):
        return False
    x, part = grown
    out = placing.operand(x)
    if placing.values[out.key].place not in ("workspace", "result"):
        return False
    (inner,) = part.args
    key = part.params[0]
    by_rows = out.keeps_first and isinstance(key[0], Take) and key[0].is_whole(x.shape[0])
    view = f"{out.view}[{key_text(placing.page, key, node.shape)}]"
    target = Operand(out.key, view, False, inner.shape, by_rows=by_rows)
    placing.entrywise(node, "np.add", [target, placing.operand(inner)], target)
    placing.operands[node] = out
    return True


def _zero_padded(placing: Placing, node: Node) -> list[Node] | None:
    """All addends, where each is put_zeros."""
    found: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if top.op.name == "put_zeros" and top.dtype == "real":
            found.append(top)
        elif top.op.name == "add" and top.args[0].shape == top.args[1].shape == node.shape:
            stack.extend(reversed(top.args))
        else:
            return None
    return found


RULES: dict[str, list[Rule]] = {
    **{name: [binary] for name in BINARY},
    "add": [sum_of_parts, added_in_place, binary],
    **{name: [unary] for name in UNARY},
    **{name: [compare] for name in COMPARISON_SIGNS},
    "put_zeros": [sum_of_parts],
    "power": [power],
    "relu": [relu],
    "sigmoid": [sigmoid],
    "sech_squared": [sech_squared],
}
