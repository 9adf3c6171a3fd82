"""Functions entry by entry, comparisons and masks in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.emit.numpy_page import Page, Spelling, registering
from symbp.emit.numpy_spell_arithmetic import kind_of, of_number
from symbp.emit.numpy_text import AND, COMPARE, OR, UNARY, Piece, call, total_weight, words

SPELLINGS: dict[str, Spelling] = {}
spelling = registering(SPELLINGS)


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
    "tanhshrink": "tanhshrink",
    "sinc_slope": "sinc_slope",
    "inverse_length": "inverse_length",
}


BINARY_UFUNCS = {
    name: f"np.{name}"
    for name in ("arctan2", "hypot", "logaddexp", "logaddexp2", "remainder", "fmod", "floor_divide")
}


@spelling(*UFUNCS, *HELPERS)
def _unary(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    (x,) = map(page.real, pieces)
    name = node.op.name
    if x.kind == "number" and name in UFUNCS:
        return of_number(name, x)
    function = UFUNCS.get(name) or page.helper(HELPERS[name])
    return call(function, [x.text], node.rank, x.weight + 1)


@spelling(*BINARY_UFUNCS)
def _binary(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = map(page.real, pieces)
    weight = a.weight + b.weight + 1
    made = call(BINARY_UFUNCS[node.op.name], [a.text, b.text], node.rank, weight)
    return call("float", [made.text], 0, 0, "number") if kind_of(a, b) == "number" else made


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
    return call("float", [made.text], 0, 0, "number") if kind_of(a, b) == "number" else made


@spelling("clip")
def _clip(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    return call("np.clip", [p.text for p in parts], node.rank, total_weight(parts) + 1)


@spelling(*COMPARISON_SIGNS)
def _compare(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    a, b = pieces
    text = f"{a.at(COMPARE + 1)} {COMPARISON_SIGNS[node.op.name]} {b.at(COMPARE + 1)}"
    return Piece(text, COMPARE, "bool", node.rank, a.weight + b.weight)


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


@spelling("power_less_one")
def _power_less_one(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    return call(page.helper("power_less_one"), [p.text for p in parts], node.rank, total_weight(parts) + 1)


@spelling("bce_with_logits", "sigmoid_minus", "share_of_two")
def _of_logits(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    arguments = [p.text for p in parts]
    return call(page.helper(node.op.name), arguments, node.rank, total_weight(parts) + 1)


@spelling("stop_gradient")
def _stopped(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    """The array itself; in forward through a function that the check exchanges."""
    (x,) = pieces
    function = page.stop() if x.kind == "array" else ""
    return call(function, [x.text], node.rank, x.weight) if function else x
