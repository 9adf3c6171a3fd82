"""Shapes, indexing, joining and windows in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.numpy_page import Page, Spelling, Statements, registering
from symbp.emit.numpy_spell_index import gather_key, key_text
from symbp.emit.numpy_text import ATOM, PLUS, Piece, call, infix, number_piece, total_weight, tuple_text

SPELLINGS: dict[str, Spelling] = {}
STATEMENTS: dict[str, Statements] = {}
"""Operations that need statements of their own: a buffer that is filled."""
spelling = registering(SPELLINGS)
statements = registering(STATEMENTS)


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
        f"np.add.at({target}, {gather_key(node.params[0], node.rank, indices)[1]}, {x.text})",
    ]


@spelling("gather")
def _gather(page: Page, node: Node, pieces: Sequence[Piece]) -> Piece:
    x, *indices = pieces
    inside, _ = gather_key(node.params[0], node.args[0].rank, indices)
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
