"""Syntax to nodes: what an expression means in a scope, with its shapes checked."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError, ParseError, Place
from symbp.lang import labelled, syntax
from symbp.lang.arithmetic import SYMBOLS, arithmetic
from symbp.lang.blocks import Cell, stacked
from symbp.lang.calls import call, method
from symbp.lang.identity import identity, size_of_identity
from symbp.lang.labelled import Labelled
from symbp.lang.labelled_heads import kronecker
from symbp.lang.labelled_sums import restricted, sum_over
from symbp.lang.misfits import explained
from symbp.lang.ones import Ones
from symbp.lang.scope import Scope
from symbp.lang.selected import is_open, written
from symbp.lang.unknown import unknown_name, used_too_early
from symbp.lang.values import (
    MatrixBars,
    Row,
    indexed,
    lifted,
    negate,
    node_of,
    static,
    transposed,
    unlabelled,
)
from symbp.ops.arithmetic import multiply
from symbp.ops.compare import abs_
from symbp.ops.contract import contract
from symbp.ops.norms import norm
from symbp.ops.registry import show
from symbp.ops.sums import sum_


def evaluate(expression: syntax.Syntax, scope: Scope) -> Any:
    """The value of an expression.  ShapeError, UnknownNameError or ParseError with its place.

    Works from the leaves up on an explicit stack: nothing recurses over depth.
    """
    stack: list[tuple[syntax.Syntax, bool]] = [(expression, False)]
    values: dict[int, Any] = {}
    order: list[syntax.Syntax] = []
    selected = False
    summed: set[int] = set()
    while stack:
        piece, ready = stack.pop()
        children = syntax.children(piece)
        if not ready and _sums_its_parts(piece, summed):
            summed.update(map(id, children))
        if not ready and children:
            stack.append((piece, True))
            stack.extend((c, False) for c in reversed(children))
            continue
        values[id(piece)] = _value(piece, values, scope, summed)
        selected = selected or is_open(values[id(piece)])
        order.append(piece)
    result = values[id(expression)]
    return written(result, lambda: ((values[id(p)], p.place) for p in order)) if selected else result


def _sums_its_parts(piece: syntax.Syntax, summed: Container[int]) -> bool:
    """Whether a Σ adds all entries of what stands directly below a piece."""
    if isinstance(piece, syntax.SumOver):
        return True
    return id(piece) in summed and (
        isinstance(piece, syntax.Unary)
        or (isinstance(piece, syntax.Binary) and piece.operator in ("+", "-", "*", "/", "juxtaposition"))
    )


def _value(piece: syntax.Syntax, values: dict[int, Any], scope: Scope, summed: Container[int]) -> Any:
    def of(child: syntax.Syntax) -> Any:
        return values[id(child)]

    try:
        match piece:
            case syntax.Number(value=value, is_integer=is_integer):
                return int(value) if is_integer else value
            case syntax.Text(value=value) | syntax.Literal(value=value):
                return value
            case syntax.Reference(name=name):
                return _reference(name, piece.place, scope)
            case syntax.Entry(array=array, indices=indices):
                return _entry(of(array), indices, scope)
            case syntax.Unary(operand=operand):
                return negate(of(operand))
            case syntax.Transposed(body=body, on_paper=on_paper):
                return transposed(of(body), on_paper)
            case syntax.SumOver(index=index, body=body, beside=beside):
                return _total(of(body), index, beside)
            case syntax.Norm(body=body, order=order):
                return _norm(of(body), order, scope.is_guessing)
            case syntax.Binary():
                return _binary(piece, of, scope, id(piece) in summed)
            case syntax.Slope(by=by, body=body):
                return _slope(of(body), by, piece.place, scope)
            case syntax.Call(function="|", arguments=(inside,)):
                return _bars(of(inside))
            case syntax.Call(function="δ", arguments=(syntax.Text(value=i), syntax.Text(value=j))):
                return kronecker(i, j, scope.label_sizes)
            case syntax.Call(function="#", arguments=(inside,)):
                return _length(node_of(of(inside)))
            case syntax.Call(function="𝟏", arguments=()):
                return Ones()
            case syntax.Call(function="⟨", arguments=(a, b)):
                return _inner(of(a), of(b))
            case syntax.Call(function=function, arguments=plain, named=named, head=head):
                arguments = [of(a) for a in plain]
                return call(function, arguments, {k: of(v) for k, v in named}, head, scope.known)
            case syntax.Method():
                return method(piece, of, scope)
            case syntax.Index(receiver=receiver, parts=parts):
                key = tuple(of(p) for p in parts)
                text = ", ".join(p.place.snippet for p in parts)
                return indexed(of(receiver), key if len(key) > 1 else key[0], text)
            case syntax.Slice(start=a, stop=b, step=c):
                return slice(*(None if p is None else static(of(p)) for p in (a, b, c)))
            case syntax.Block(cells=cells, widths=widths, is_list=is_list):
                return _block([of(c) for c in cells], widths, is_list)
            case syntax.Sequence(items=items, is_list=is_list):
                listed = [of(i) for i in items]
                return listed if is_list else tuple(listed)
    except OperandError as error:
        raise explained(error, piece, of, scope) from None
    raise ParseError("this cannot be read", piece.place, hint="write an equation such as h = σ(W x + b)")


def _total(value: Any, index: str | None, beside: syntax.Beside | None) -> Any:
    if beside is not None:
        value = restricted(index, beside.relation, beside.other, lifted(value))
    if isinstance(value, Labelled):
        return unlabelled(sum_over(index, value))
    return sum_(node_of(value))


def _entry(value: Any, indices: tuple[str, ...], scope: Scope) -> Labelled:
    """x_i, or entry c of what there is for each i: softmax(W x_i)_c."""
    if not isinstance(value, Labelled):
        node, labels = node_of(value), indices
    elif value.rank < len(indices):
        raise OperandError(
            f"{len(indices)} indices at what has {value.rank} axes", hint="give it an index for each axis"
        )
    else:
        node, labels = value.node, (*value.labels, *indices)
    _unify_axes(node, labels, scope)
    return labelled.entry(node, labels)


def _unify_axes(node: Node, labels: tuple[str, ...], scope: Scope) -> None:
    """Axes with the same index are equally long, as long as its Σ is where that is said."""
    sizes: dict[str, Size] = dict(scope.label_sizes)
    for label, size in zip(labels, node.shape, strict=False):
        scope.unify(size, sizes.setdefault(label, size))


def _block(values: list[Any], widths: tuple[int, ...], is_list: bool) -> Any:
    """The cells as one array; the same for each index where all of them have it."""
    if any(isinstance(value, Labelled) for value in values):
        return unlabelled(labelled.joined([lifted(value) for value in values], widths))
    cells = iter([Cell(node_of(value), isinstance(value, Row)) for value in values])
    found = stacked([[next(cells) for _ in range(width)] for width in widths], is_list)
    return Row(found.node) if found.is_row else found.node


def _slope(value: Any, by: str, place: Place, scope: Scope) -> Node:
    if scope.slope is None:
        raise ParseError(
            "the derivative of a formula cannot stand in an equation",
            place,
            hint="claim it beside the model: ∂L/∂W = …",
        )
    return scope.slope(node_of(value), by)


def _bars(value: Any) -> Any:
    """|x|, entry by entry; round a matrix what stands round the bars says more."""
    if isinstance(value, Labelled):
        return replace(value, node=abs_(value.node), factors=())
    inside = node_of(value)
    return MatrixBars(inside) if inside.rank > 1 else abs_(inside)


def _length(node: Node) -> Size:
    """How many entries or rows there are."""
    if not node.rank:
        raise OperandError("a number has no entries", hint="leave the index out")
    return node.shape[0]


def _inner(a: Any, b: Any) -> Any:
    """⟨a, b⟩ of two columns, two matrices, or columns for each index."""
    if isinstance(a, Labelled) or isinstance(b, Labelled):
        return unlabelled(labelled.arithmetic("dot", lifted(a), lifted(b)))
    left, right = node_of(a), node_of(b)
    if left.rank != right.rank:
        raise OperandError(
            f"an inner product of {show(left.shape)} and {show(right.shape)} has no meaning",
            hint="both sides have to be of one rank",
        )
    axes = list(range(left.rank))
    return contract([left, right], [axes, axes], []) if axes else multiply(left, right)


def _norm(value: Any, order: str, is_guessing: bool) -> Any:
    if isinstance(value, Labelled):
        if is_guessing and value.rank == 0:
            raise OperandError("bars of a norm stand round a number here")
        return labelled.norm(value, order)
    inside = node_of(value)
    if order == "1" or not inside.rank:
        return sum_(abs_(inside))
    return norm(inside)


def _reference(name: str, place: Place, scope: Scope) -> Any:
    try:
        return scope.look_up(name)
    except KeyError:
        pass
    if name in SYMBOLS:
        return SYMBOLS[name]
    later = scope.set_later(name)
    if later is None and size_of_identity(name) is not None:
        return identity(name, scope.look_up)
    if later is None:
        unknown = unknown_name(name, place, scope.known())
        unknown.hint = unknown.hint or f"declare it, such as: input {name}: n, d"
        raise unknown
    raise used_too_early(name, place, later)


def _binary(piece: syntax.Binary, of: Callable[[syntax.Syntax], Any], scope: Scope, is_summed: bool) -> Any:
    """One operator; Σ a b of two columns means Σ_i a_i b_i."""
    left, right = of(piece.left), of(piece.right)
    operator = piece.operator
    columns = all(isinstance(v, Node) and v.rank == 1 for v in (left, right))
    if is_summed and columns and operator == "juxtaposition":
        operator = "*"
    scope.settle(operator, (piece.left, piece.right), (left, right))
    return arithmetic(operator, left, right)
