"""How each operation is written in NumPy: one table, operation -> expression.

An entry takes the page (sizes, dtype, helpers), the node and the pieces of its arguments.  What
has no entry here is written by its definition; what has none either fails at generation.
A few operations need statements of their own (a buffer that is filled): `STATEMENTS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Protocol

from symbp.algebra.node import Node, number
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.algebra.size import Size
from symbp.emit.numpy_contract import Sizes, axes_text, reduction, spell_contract
from symbp.emit.numpy_text import (
    AND,
    ATOM,
    COMPARE,
    OR,
    PLUS,
    POWER,
    UNARY,
    Piece,
    call,
    divided,
    infix,
    multiplied,
    negated,
    number_piece,
    number_text,
    power_text,
    total_weight,
    tuple_text,
    words,
)
from symbp.ops.structure.positions import Key, Take


class Page(Sizes, Protocol):
    """What a spelling may ask for; asking is what puts a size, the dtype or a helper into the file."""

    def helper(self, name: str) -> str: ...

    def stop(self) -> str: ...


Spelling = Callable[[Page, Node, Sequence[Piece]], Piece]
Statements = Callable[[Page, Node, Sequence[Piece], str], list[str]]

SPELLINGS: dict[str, Spelling] = {"contract": spell_contract}
STATEMENTS: dict[str, Statements] = {}


def spelling(*names: str) -> Callable[[Spelling], Spelling]:
    def register(spell: Spelling) -> Spelling:
        for name in names:
            SPELLINGS[name] = spell
        return spell

    return register


def statements(name: str) -> Callable[[Statements], Statements]:
    def register(write: Statements) -> Statements:
        STATEMENTS[name] = write
        return write

    return register


def is_spelled(name: str) -> bool:
    return name in SPELLINGS or name in STATEMENTS


# -- numbers ----------------------------------------------------------------------------------


@spelling("constant")
def _constant(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return number_piece(node.params[0])


@spelling("size")
def _size(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    text = page.size(node.params[0])
    return Piece(text, ATOM if text.isidentifier() else PLUS, "number")


SYMBOLS = {"pi": ("np.pi", math.pi)}


@spelling("symbolic")
def _symbolic(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    text, value = SYMBOLS[node.params[0]]
    return Piece(text, ATOM, "number", value=Fraction(value))


# -- arithmetic -------------------------------------------------------------------------------


@spelling("add")
def _add(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    if b.text.startswith("-") and b.level <= UNARY:
        return infix("-", PLUS, a, negated(b), node.rank)
    return Piece(f"{a.at(PLUS)} + {b.at(PLUS + 1)}", PLUS, _kind(a, b), node.rank, a.weight + b.weight)


@spelling("subtract")
def _subtract(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    return infix("-", PLUS, a, b, node.rank)


def _kind(*pieces: Piece) -> str:
    return "number" if all(p.kind == "number" for p in pieces) else "array"


@spelling("multiply")
def _multiply(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = pieces
    for x, source in ((b, node.args[0]), (a, node.args[1])):
        if source.op.name == "triangle" and x.kind == "array" and x.rank >= 2 and x.rank == node.rank:
            kind, k = source.params
            arguments = [x.text] if k == 0 else [x.text, f"k={k}"]
            return call("np.tril" if kind == "lower" else "np.triu", arguments, node.rank, x.weight + 1)
    a, b = _integers_real(page, a), _integers_real(page, b)
    if "array" not in (a.kind, b.kind) and "bool" in (a.kind, b.kind):
        a = page.real(a) if a.kind == "bool" else a
        b = page.real(b) if b.kind == "bool" and a.kind == "number" else b
    return multiplied(a, b, node.rank)


def _integers_real(page: Page, piece: Piece) -> Piece:
    return page.real(piece) if piece.kind == "int" else piece


@spelling("divide")
def _divide(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    return divided(a, b, node.rank)


@spelling("negative")
def _negative(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return negated(page.real(pieces[0]))


@spelling("power")
def _power(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, exponent = map(page.real, pieces)
    value = number(node.args[1])
    if value == Fraction(1, 2):
        return _root(node, x)
    if value == Fraction(-1, 2):
        return divided(number_piece(Fraction(1)), _root(node, x), node.rank)
    weight = x.weight + exponent.weight + (value != 2)
    if value is not None and value.denominator == 1:
        exponent = Piece(str(value.numerator), ATOM if value >= 0 else UNARY, "number")
    return Piece(power_text(x, exponent), POWER, _kind(x, exponent), node.rank, weight)


def _root(node: Node, x: Piece) -> Piece:
    if x.kind == "number":
        return _of_number("sqrt", x)
    return call("np.sqrt", [x.text], x.rank, x.weight + 1)


@spelling("square")
def _square(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return Piece(power_text(x, Piece("2")), POWER, x.kind, node.rank, x.weight)


@spelling("reciprocal")
def _reciprocal(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    return divided(number_piece(Fraction(1)), page.real(pieces[0]), node.rank)


# -- functions entry by entry -----------------------------------------------------------------

UFUNCS = {
    name: f"np.{name}"
    for name in sorted(
        words(
            "exp expm1 exp2 log log1p log2 log10 sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh "
            "arcsinh arccosh arctanh radians degrees floor ceil rint trunc abs sign"
        )
    )
}
HELPERS = {
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "log_sigmoid": "log_sigmoid",
    "erf": "erf",
    "erfc": "erfc",
    "gelu_exact": "gelu",
    "sech_squared": "sech_squared",
    "sigmoid_slope": "sigmoid_slope",
    "mish_slope": "mish_slope",
    "sigmoid_of_two": "sigmoid_of_two",
    "sinc_slope": "sinc_slope",
    "inverse_length": "inverse_length",
}
BINARY_UFUNCS = {
    name: f"np.{name}"
    for name in ("arctan2", "hypot", "logaddexp", "logaddexp2", "remainder", "fmod", "floor_divide")
}


def _unary(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = map(page.real, pieces)
    name = node.op.name
    if x.kind == "number" and name in UFUNCS:
        return _of_number(name, x)
    function = UFUNCS.get(name) or page.helper(HELPERS[name])
    return call(function, [x.text], node.rank, x.weight + 1)


def _of_number(name: str, x: Piece) -> Piece:
    """A function of a Python number stays one: a NumPy scalar would make float32 wider."""
    if x.value is not None and hasattr(math, name):
        try:
            return number_piece(Fraction(getattr(math, name)(x.value)))
        except (ValueError, OverflowError):
            return call("float", [f"np.{name}({x.text})"], 0, 0, "number")
    if name == "sqrt":
        return Piece(power_text(x, Piece("0.5")), POWER, "number")
    return call("float", [f"np.{name}({x.text})"], 0, 0, "number")


def _binary(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    weight = a.weight + b.weight + 1
    made = call(BINARY_UFUNCS[node.op.name], [a.text, b.text], node.rank, weight)
    return call("float", [made.text], 0, 0, "number") if _kind(a, b) == "number" else made


for _name in (*UFUNCS, *HELPERS):
    SPELLINGS[_name] = _unary
for _name in BINARY_UFUNCS:
    SPELLINGS[_name] = _binary


@spelling("sinc")
def _sinc(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    made = call(page.helper("sinc"), [x.text], node.rank, x.weight + 1)
    return call("float", [made.text], 0, 0, "number") if x.kind == "number" else made


@spelling("relu")
def _relu(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return call("np.maximum", [x.text, "0.0"], node.rank, x.weight + 1)


@spelling("maximum", "minimum")
def _extreme(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    made = call(f"np.{node.op.name}", [a.text, b.text], node.rank, a.weight + b.weight + 1)
    return call("float", [made.text], 0, 0, "number") if _kind(a, b) == "number" else made


@spelling("clip")
def _clip(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    return call("np.clip", [p.text for p in parts], node.rank, total_weight(parts) + 1)


# -- comparisons and masks --------------------------------------------------------------------


def _compare(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = pieces
    text = f"{a.at(COMPARE + 1)} {COMPARISON_SIGNS[node.op.name]} {b.at(COMPARE + 1)}"
    return Piece(text, COMPARE, "bool", node.rank, a.weight + b.weight)


for _name in COMPARISON_SIGNS:
    SPELLINGS[_name] = _compare


@spelling("logical_not")
def _not(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    if x.kind == "bool" and node.rank:
        return Piece(f"~{x.at(UNARY)}", UNARY, "bool", node.rank, x.weight)
    return call("np.logical_not", [x.text], node.rank, x.weight, "bool")


@spelling("logical_and", "logical_or")
def _both(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = pieces
    weight = a.weight + b.weight
    if a.kind == b.kind == "bool":
        sign, level = ("&", AND) if node.op.name == "logical_and" else ("|", OR)
        return Piece(f"{a.at(level)} {sign} {b.at(level + 1)}", level, "bool", node.rank, weight)
    return call(f"np.{node.op.name}", [a.text, b.text], node.rank, weight, "bool")


@spelling("where")
def _where(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    mask, a, b = pieces[0], page.real(pieces[1]), page.real(pieces[2])
    made = call("np.where", [mask.text, a.text, b.text], node.rank, total_weight(pieces) + 1)
    if a.kind == b.kind == "number":
        return call(f"{made.text}.astype", [page.dtype()], node.rank, made.weight)
    return made


# -- reductions -------------------------------------------------------------------------------


def _axis_arguments(x: Piece, axes: Sequence[int], keepdims: bool) -> list[str]:
    arguments = [x.text]
    if len(axes) < x.rank or keepdims:
        arguments.append(f"axis={axes_text(axes)}")
    if keepdims:
        arguments.append("keepdims=True")
    return arguments


@spelling("max", "min", "prod", "mean")
def _reduce(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    if not x.rank:
        return x
    return reduction(node.op.name, x, _axis_arguments(x, *node.params)[1:], node.rank)


@spelling("var")
def _var(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    axes, ddof, keepdims = node.params
    x = page.real(pieces[0])
    arguments = _axis_arguments(x, axes, keepdims)
    if ddof:
        arguments.insert(len(arguments) - keepdims, f"ddof={ddof}")
    return reduction("var", x, arguments[1:], node.rank)


@spelling("argmax", "argmin")
def _position(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    arguments = [x.text, f"axis={node.params[0]}"]
    return call(f"np.{node.op.name}", arguments, node.rank, x.weight + 1, "int")


@spelling("first_max", "first_min")
def _first(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    arguments = [x.text, tuple_text(map(str, node.params[0]))]
    return call(page.helper(node.op.name), arguments, node.rank, x.weight + 1, "bool")


@spelling("prod_others")
def _others(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    arguments = [x.text, tuple_text(map(str, node.params[0]))]
    return call(page.helper("product_of_others"), arguments, node.rank, x.weight + 1)


@spelling("softmax", "log_softmax")
def _softmax(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, axis = page.real(pieces[0]), node.params[0]
    arguments = [x.text] if axis == x.rank - 1 else [x.text, f"axis={axis}"]
    return call(page.helper(node.op.name), arguments, node.rank, x.weight + 1)


@spelling("masked_softmax")
def _masked_softmax(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, mask = page.real(pieces[0]), pieces[1]
    arguments = [x.text, mask.text]
    if node.params[0] != x.rank - 1:
        arguments.append(f"axis={node.params[0]}")
    return call(page.helper("masked_softmax"), arguments, node.rank, x.weight + mask.weight + 1)


@spelling("logsumexp")
def _logsumexp(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return call(page.helper("logsumexp"), _axis_arguments(x, *node.params), node.rank, x.weight + 1)


@spelling("squared_norm")
def _squared_norm(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    square = Piece(power_text(x, Piece("2")), POWER, x.kind, x.rank, x.weight)
    return reduction("sum", square, [], 0)


@spelling("length")
def _length(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return call(page.helper("length"), _axis_arguments(x, *node.params), node.rank, x.weight + 1)


@spelling("p_norm")
def _p_norm(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    axes, keepdims, p = node.params
    x = page.real(pieces[0])
    first, *rest = _axis_arguments(x, axes, keepdims)
    return call(page.helper("p_norm"), [first, number_text(p)[0], *rest], node.rank, x.weight + 1)


@spelling("power_less_one")
def _power_less_one(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    return call(page.helper("power_less_one"), [p.text for p in parts], node.rank, total_weight(parts) + 1)


@spelling("bce_with_logits", "sigmoid_minus")
def _of_logits(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    arguments = [p.text for p in parts]
    return call(page.helper(node.op.name), arguments, node.rank, total_weight(parts) + 1)


@spelling("cumsum")
def _cumsum(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    axis, from_end = node.params
    x = page.real(pieces[0])
    if not from_end:
        return call("np.cumsum", [x.text, f"axis={axis}"], node.rank, x.weight + 1)
    inner = f"np.cumsum(np.flip({x.text}, {axis}), axis={axis})"
    return call("np.flip", [inner, str(axis)], node.rank, x.weight + 2)


@spelling("cumprod")
def _cumprod(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return call("np.cumprod", [x.text, f"axis={node.params[0]}"], node.rank, x.weight + 1)


# -- linear algebra ---------------------------------------------------------------------------


@spelling("inv", "det", "cholesky", "pinv", "solve")
def _linalg(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    return call(f"np.linalg.{node.op.name}", [p.text for p in parts], node.rank, total_weight(parts) + 1)


@spelling("logdet")
def _logdet(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return Piece(f"np.linalg.slogdet({x.text})[1]", ATOM, "array", node.rank, x.weight + 1)


# -- shapes and indexing ----------------------------------------------------------------------


def shape_text(page: Page, shape: Sequence[Size]) -> str:
    return tuple_text(page.size(s) for s in shape)


@spelling("reshape")
def _reshape(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    if not x.rank:
        return call("np.reshape", [page.real(x).text, shape_text(page, node.shape)], node.rank, x.weight)
    sizes = ", ".join(page.size(s) for s in node.shape) if node.rank else "()"
    return Piece(f"{x.at(ATOM)}.reshape({sizes})", ATOM, x.kind, node.rank, x.weight)


@spelling("getitem")
def _getitem(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    if x.kind == "number" or not x.rank:
        return call("np.full", [shape_text(page, node.shape), x.text, f"dtype={page.dtype()}"], node.rank, 1)
    key = key_text(page, node.params[0], node.args[0].shape)
    return Piece(f"{x.at(ATOM)}[{key}]", ATOM, x.kind, node.rank, x.weight)


def key_text(page: Page, key: Key, shape: Sequence[Size]) -> str:
    """The index between the brackets; whole axes at the end are left out."""
    sizes = iter(shape)
    parts = ["None" if part is None else _take_text(page, part, next(sizes)) for part in key]
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)


def _take_text(page: Page, part: Take, size: Size) -> str:
    if part.drop:
        last = part.start == size - 1 and not size.is_constant
        return "-1" if last else page.size(part.start)
    if part.is_whole(size):
        return ":"
    if part.length == 0:
        return "0:0"
    if part.step < 0:
        return _backward_slice(page, part, size)
    start = "" if part.start == 0 else page.size(part.start)
    rest = size - part.start
    reaches_end = (rest if part.step == 1 else (rest + part.step - 1) // part.step) == part.length
    stop = "" if reaches_end else page.size(part.start + (part.length - 1) * part.step + 1)
    return _colons([start, stop], part.step)


def _backward_slice(page: Page, part: Take, size: Size) -> str:
    start = "" if part.start == size - 1 else page.size(part.start)
    end = part.start + (part.length - 1) * part.step
    reaches_start = (part.start - part.step) // -part.step == part.length
    if reaches_start or (end.is_constant and end.constant == 0):
        return _colons([start, ""], part.step)
    return _colons([start, page.size(end - 1)], part.step)


def _colons(ends: list[str], step: int) -> str:
    """start:stop:step, with spaces around the colons where an end is no simple name or number."""
    parts = [*ends, str(step)] if step != 1 else ends
    wide = any(" " in p or "." in p for p in parts)
    if not wide:
        return ":".join(parts)
    text = ""
    for k, part in enumerate(parts):
        if k:
            text += " :" if text and not text.endswith(":") else ":"
            text += f" {part}" if part else ""
        else:
            text = part
    return text


@statements("put_zeros")
def _put_zeros(page: Page, node: Node, pieces: Sequence[Piece], target: str) -> list[str]:
    (x,) = pieces
    key = key_text(page, node.params[0], node.shape)
    return [
        f"{target} = np.zeros({shape_text(page, node.shape)}, dtype={page.dtype()})",
        f"{target}[{key}] = {x.text}",
    ]


@statements("scatter")
def _scatter(page: Page, node: Node, pieces: Sequence[Piece], target: str) -> list[str]:
    x, *indices = pieces
    return [
        f"{target} = np.zeros({shape_text(page, node.shape)}, dtype={page.dtype()})",
        f"np.add.at({target}, {_gather_key(node.params[0], node.rank, indices)[1]}, {x.text})",
    ]


def _gather_key(axes: Sequence[int], rank: int, indices: Sequence[Piece]) -> tuple[str, str]:
    """The index as it stands between brackets, and as an object."""
    at = dict(zip(axes, (p.text for p in indices), strict=True))
    parts = [at.get(a) for a in range(max(axes) + 1)]
    inside = ", ".join(":" if p is None else p for p in parts)
    listed = ["slice(None)" if p is None else p for p in parts]
    return inside, listed[0] if len(listed) == 1 else tuple_text(listed)


@spelling("gather")
def _gather(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, *indices = pieces
    inside, _ = _gather_key(node.params[0], node.args[0].rank, indices)
    return Piece(f"{x.at(ATOM)}[{inside}]", ATOM, x.kind, node.rank, total_weight(pieces) + 1)


@spelling("concatenate")
def _concatenate(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = list(pieces) if all(p.kind == pieces[0].kind for p in pieces) else [page.real(p) for p in pieces]
    arguments = [tuple_text(p.text for p in parts)]
    if node.params[0]:
        arguments.append(f"axis={node.params[0]}")
    return call("np.concatenate", arguments, node.rank, total_weight(parts) + 1, parts[0].kind)


@spelling("pad")
def _pad(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    widths = tuple_text(f"({page.size(before)}, {page.size(after)})" for before, after in node.params[0])
    return call("np.pad", [x.text, widths], node.rank, x.weight + 1)


def _frames(page: Page, node: Node) -> str:
    return tuple_text(
        f"({axis}, {page.size(width)}, {stride}, {dilation})"
        for axis, width, stride, dilation in node.params[0]
    )


@spelling("windows")
def _windows(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = pieces
    return call(page.helper("windows"), [x.text, _frames(page, node)], node.rank, x.weight + 1, x.kind)


@spelling("fold")
def _fold(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    arguments = [x.text, _frames(page, node), shape_text(page, node.shape)]
    return call(page.helper("fold"), arguments, node.rank, x.weight + 1)


@spelling("onehot")
def _onehot(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (index,) = pieces
    arguments = [index.text, page.size(node.shape[-1]), page.dtype()]
    return call(page.helper("onehot"), arguments, node.rank, index.weight + 1)


@spelling("triangle")
def _triangle(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    kind, k = node.params
    sizes = [page.size(s) for s in node.shape]
    offset = k if kind == "lower" else k - 1
    extra = [f"k={offset}"] if offset else []
    lower = call("np.tri", [*sizes, *extra, f"dtype={page.dtype()}"], 2, 1)
    return lower if kind == "lower" else infix("-", PLUS, number_piece(Fraction(1)), lower, 2)


@spelling("arange")
def _arange(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    start, step = node.params
    stop = start + node.shape[0] * step
    arguments = [page.size(stop)] if start == 0 and step == 1 else [page.size(start), page.size(stop)]
    arguments += [str(step)] if step != 1 else []
    return call("np.arange", arguments, 1, 0, "int")


@spelling("integer_array")
def _integers(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (values,) = node.params
    if not node.rank:
        return Piece(str(values), ATOM, "int", 0)
    return call("np.array", [_nested(values)], node.rank, 0, "int")


def _nested(values: Any) -> str:
    if isinstance(values, tuple | list):
        return "[" + ", ".join(_nested(v) for v in values) + "]"
    return str(values)


@spelling("stop_gradient")
def _stopped(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    """The array itself; in forward through a function that the check exchanges."""
    (x,) = pieces
    function = page.stop() if x.kind == "array" else ""
    return call(function, [x.text], node.rank, x.weight) if function else x
