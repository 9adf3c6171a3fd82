"""Reductions, running sums and linear algebra in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.emit.numpy_axes import axes_text, reduction
from symbp.emit.numpy_page import Page, Spelling, registering
from symbp.emit.numpy_text import ATOM, POWER, Piece, call, number_text, power_text, total_weight, tuple_text

SPELLINGS: dict[str, Spelling] = {}
spelling = registering(SPELLINGS)


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


@spelling("centred")
def _centred(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    arguments = _axis_arguments(x, node.params[0], False)
    return call(page.helper("centred"), arguments, node.rank, x.weight + 1)


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


@spelling("balanced")
def _balanced(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, shares = map(page.real, pieces)
    arguments = [x.text, shares.text]
    if node.params[0] != node.rank - 1:
        arguments.append(f"axis={node.params[0]}")
    return call(page.helper("balanced"), arguments, node.rank, x.weight + shares.weight + 1)


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


@spelling("inv", "det", "cholesky", "pinv", "solve")
def _linalg(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    parts = [page.real(p) for p in pieces]
    return call(f"np.linalg.{node.op.name}", [p.text for p in parts], node.rank, total_weight(parts) + 1)


@spelling("logdet")
def _logdet(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x = page.real(pieces[0])
    return Piece(f"np.linalg.slogdet({x.text})[1]", ATOM, "array", node.rank, x.weight + 1)
