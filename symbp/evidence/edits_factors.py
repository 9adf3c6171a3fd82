"""Edits that put in a missing factor: an activation's derivative, a mask, a weight, a size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from symbp.algebra.node import Node, facts, number, topological
from symbp.calculus.reverse import sweep
from symbp.errors import OperandError
from symbp.evidence.claim_text import Edit, parsed, shown
from symbp.evidence.mutations import MASKS
from symbp.evidence.mutations_slopes import ARITHMETIC, slope_of
from symbp.evidence.scene import Scene
from symbp.ops.compare import greater, logical_not
from symbp.ops.constant_arrays import full
from symbp.ops.registry import Elementwise, broadcast_shapes

MOST_NAMED = 12


@dataclass(frozen=True)
class Piece:
    """A possible factor: its text, its value where it has a shape that matters, and what it is."""

    kind: str
    what: str
    text: str
    node: Node | None = None


def pieces(scene: Scene) -> list[Piece]:
    """Derivatives of the model's activations, conditions, arrays, constants, ratios of sizes."""
    found: list[Piece] = []
    seen: set[str] = set()
    for kind, what, node in chain(_slopes(scene), _named_slopes(scene), _conditions(scene)):
        text = scene.problem.short(node, 60)
        if text is not None and text not in seen and node.op.name != "constant":
            seen.add(text)
            found.append(Piece(kind, what, text, node))
    for name, node in scene.scope.items():
        if name not in seen and node.dtype == "real":
            seen.add(name)
            mask = any(f in MASKS for f in facts(node))
            kind = "mask ignored" if mask else "missing factor"
            found.append(Piece(kind, "a mask" if mask else "", name, node))
    return found


Told = tuple[str, str, Node]
"""The kind of mistake, what the factor is, the factor."""


def _slopes(scene: Scene) -> Iterator[Told]:
    """Derivatives of the functions entry by entry, the last one first."""
    problem = scene.problem
    for node in reversed(problem.forward):
        if node.op.name == "relu" or (node.op.name == "maximum" and any(number(a) == 0 for a in node.args)):
            name = problem.short(node) or "relu"
            yield "missing activation derivative", f"the derivative of {name}", greater(node, 0)
        if not isinstance(node.op, Elementwise) or node.op.partials is None or node.op.name in ARITHMETIC:
            continue
        for k, (partial, argument) in enumerate(zip(node.op.partials, node.args, strict=True)):
            if partial is not None and argument.dtype == "real" and argument.op.name != "constant":
                name = problem.short(node) or node.op.name
                yield "missing activation derivative", f"the derivative of {name}", slope_of(node, k)
                yield "wrong activation derivative", f"a part of the derivative of {name}", 1 - node


def _named_slopes(scene: Scene) -> Iterator[Told]:
    """Derivatives of activations that are written out, by the names of their values."""
    named = [(n, v) for n, v in scene.scope.items() if v.args and v in scene.problem.names]
    for name, node in named[:MOST_NAMED]:
        for formula in _closed_slopes(scene, node):
            yield "missing activation derivative", f"the derivative of {name}", formula
            yield "wrong activation derivative", f"a part of the derivative of {name}", 1 - node


def _conditions(scene: Scene) -> Iterator[Told]:
    for node in scene.problem.forward:
        if node.dtype == "bool":
            yield "missing mask", "the condition", node
            yield "missing mask", "the condition", logical_not(node)


def _closed_slopes(scene: Scene, node: Node) -> Iterator[Node]:
    """y(1 - y) or 1 - y² where that is the derivative of a named value entry by entry."""
    problem = scene.problem
    below = [n for n in topological([node]) if n.shape == node.shape and n.dtype == "real" and n is not node]
    ones = full(node.shape, 1)
    for x in [n for n in below if n in problem.names or n.is_leaf][-2:]:
        slope = sweep([(node, ones)], [x]).adjoints.get(x)
        for formula in (node * (1 - node), 1 - node * node):
            if slope is not None and problem.sheets.same(slope, formula):
                yield formula


def factors(scene: Scene) -> Iterator[Edit]:
    """A missing factor at any place where it fits, first where the shapes are the same."""
    available = pieces(scene)
    for exact in (True, False):
        for path, node in scene.terms:
            value = scene.node(path)
            if value is None or value.dtype != "real":
                continue
            for piece in available:
                text = _fitting(piece, value, scene.problem.target)
                same = piece.node is not None and piece.node.shape == value.shape
                if text is None or same is not exact or (isinstance(node, ast.Name) and node.id == text):
                    continue
                new = ast.BinOp(node, ast.Mult(), parsed(f"({text})"))
                yield Edit(piece.kind, _words(scene, piece, text, node), path, new)


def size_factors(scene: Scene) -> Iterator[Edit]:
    """A missing factor 1/n, n, n/(n - 1), or a missing division by a constant of the model."""
    constants = [scene.problem.names[c] for c in scene.problem.constants if c in scene.problem.names]
    for path, node in scene.terms:
        for name in constants:
            words = f"missing factor: the division by {name} is missing at {shown(node)}"
            yield Edit("missing factor", words, path, ast.BinOp(node, ast.Div(), parsed(name)))
        for letter in scene.problem.program.size_letters:
            if letter in scene.scope:
                continue
            for count in (f"1/{letter}", letter, f"{letter}/({letter} - 1)", f"({letter} - 1)/{letter}"):
                new: ast.expr = ast.BinOp(node, ast.Mult(), parsed(f"({count})"))
                if count.startswith("1/"):
                    new = ast.BinOp(node, ast.Div(), parsed(letter))
                yield Edit("wrong factor", f"wrong factor: {count} is missing at {shown(node)}", path, new)


def _words(scene: Scene, piece: Piece, text: str, node: ast.expr) -> str:
    used = [scene.scope.get(n.id) for n in ast.walk(node) if isinstance(n, ast.Name)]
    if used and all(n in scene.problem.constants for n in used) and piece.node is scene.problem.target:
        return (
            f"regularisation gradient: the weight is missing in the regularisation term, "
            f"{shown(node)}*{text} belongs where {shown(node)} stands"
        )
    what = f" ({piece.what})" if piece.what else ""
    return f"{piece.kind}: the factor {text}{what} is missing at {shown(node)}"


def _fitting(piece: Piece, value: Node, target: Node) -> str | None:
    """The text of a factor that broadcasts to the shape of a value, with new axes where needed."""
    assert piece.node is not None
    shape = piece.node.shape
    if not value.shape and shape == target.shape:
        return piece.text
    if piece.node.rank > value.rank:
        return None
    try:
        whole = broadcast_shapes(shape, value.shape)
        if whole == value.shape or (whole == shape and len(shape) == value.rank):
            return piece.text
    except OperandError:
        pass
    if not piece.text.isidentifier() or shape != value.shape[: len(shape)]:
        return None
    key = ", ".join([":"] * len(shape) + ["None"] * (value.rank - len(shape)))
    return f"{piece.text}[{key}]"


def derivatives(scene: Scene) -> Iterator[Edit]:
    """What stands there replaced by an activation's derivative: a for a(1 - a), tanh' for σ'."""
    slopes = [p for p in pieces(scene) if p.kind == "missing activation derivative"]
    for path, node in scene.terms:
        value = scene.node(path)
        if value is None or isinstance(node, ast.Attribute):
            continue
        for piece in slopes:
            if piece.node is not None and piece.node.shape == value.shape and piece.node is not value:
                words = (
                    f"wrong activation derivative: {piece.text}, {piece.what}, "
                    f"belongs where {shown(node)} stands"
                )
                yield Edit("wrong activation derivative", words, path, parsed(f"({piece.text})"))


def counts(scene: Scene) -> Iterator[Edit]:
    """A missing count or weight: the sum of an array over one axis as a factor."""
    arrays = [(n, v) for n, v in scene.scope.items() if v.rank == 2 and v.dtype != "int"]
    for path, node in scene.terms:
        value = scene.node(path)
        if value is None or value.rank != 2:
            continue
        for name, array in arrays:
            for axis in (0, 1):
                text = f"{scene.prefix}sum({name}, axis={axis}, keepdims=True)"
                length = array.shape[1 - axis]
                if axis == 1 and length == value.shape[0]:
                    pass
                elif axis == 0 and length == value.shape[0]:
                    text = f"{scene.prefix}sum({name}, axis=0)[:, None]"
                elif axis != 0 or length != value.shape[1]:
                    continue
                new = ast.BinOp(node, ast.Mult(), parsed(text))
                words = f"missing weight (count): the factor {text} is missing at {shown(node)}"
                yield Edit("missing weight or count", words, path, new)


def added_constants(scene: Scene) -> Iterator[Edit]:
    """A constant that the model adds (an eps) and the claim forgets."""
    for path, node in scene.terms:
        for constant in scene.problem.constants:
            name = scene.problem.names.get(constant)
            if name is not None and isinstance(node, ast.Name):
                new = ast.BinOp(node, ast.Add(), ast.Name(name, ast.Load()))
                yield Edit(
                    "omitted constant",
                    f"{name} is omitted: {shown(new)} belongs where {shown(node)} stands",
                    path,
                    new,
                )
