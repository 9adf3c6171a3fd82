"""Syntax to nodes: what an expression means in a scope, with its shapes checked.

Values are nodes, static integers and sizes (for axes and shapes), texts, tuples and lists.  A
vector that was transposed on paper is a row; nothing else remembers an orientation.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symbp.algebra.node import PI, Node, as_node, leaf, number
from symbp.algebra.size import Size
from symbp.errors import ModelError, OperandError, ParseError, Place, ShapeError, SymbpError, UnknownNameError
from symbp.lang import labelled, syntax
from symbp.lang.blocks import Cell, stacked
from symbp.lang.labelled import Labelled
from symbp.lang.names import identifier, pieces
from symbp.lang.ones import Factor, Ones, Spread, turned, with_ones
from symbp.lang.selected import is_open, masked, written
from symbp.lang.tokens import LARGE
from symbp.ops import catalogue
from symbp.ops.arithmetic import add, divide, multiply, negative, power, subtract
from symbp.ops.axes import transpose
from symbp.ops.compare import COMPARISONS, abs_, logical_and, logical_or
from symbp.ops.contract import contract
from symbp.ops.elementwise import exp
from symbp.ops.matrix import inv
from symbp.ops.norms import norm, squared_norm
from symbp.ops.products import dot, matmul, outer
from symbp.ops.registry import Elementwise, Function, show
from symbp.ops.selection import as_mask
from symbp.ops.structure.joining import concatenate
from symbp.ops.sums import sum_
from symbp.ops.unspecified import unspecified

LONGEST_NAME = 100
UNSPECIFIED = "unspecified:"
"""Begins what a call of a function that the text does not define calls."""
MOST_FACTORS = 16
SYMBOLS = {"π": PI, "ℯ": exp(as_node(1))}


@dataclass(frozen=True)
class Row:
    """A row vector: a 1-D node that was transposed on paper."""

    node: Node


@dataclass(frozen=True)
class Series:
    """All values of a recurrence: time first.

    With `from_one`, index k is the k-th value as on paper and 0 is the start.
    """

    node: Node
    first: Node | None
    from_one: bool
    backwards: bool = False

    def at(self, key: Any) -> Any:
        head, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if not self.from_one or not isinstance(head, int | Size) or isinstance(head, bool):
            return self.node[key]
        moment, length = Size.of(head), self.node.shape[0]
        if moment == (length + 1 if self.backwards else 0):
            if self.first is None:
                raise OperandError("this one has no start")
            return self.first[rest] if rest else self.first
        if moment == 0:
            raise OperandError(f"time runs from 1 to {length}, and starts at {length + 1}")
        if (moment - 1).is_at_least(0) or moment.is_constant:
            return self.node[(moment - 1 if (moment - 1).is_at_least(0) else head, *rest)]
        if self.first is None or self.backwards:
            raise OperandError(f"whether {moment} is a time from 1 to {length} depends on {length}")
        start = self.first[(None, ...)]
        return concatenate([start, self.node], 0)[(moment, *rest)]


@dataclass(frozen=True)
class TimeIndex:
    """t, t-1 or t+1 inside a recurrence."""

    shift: int


@dataclass(frozen=True)
class TimeSeries:
    """A name inside a recurrence, read at a time."""

    at: Callable[[int], Node]


class Retry(Exception):
    """Reading has to start again, with something new known of these names."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.names = names


Settle = Callable[[str, tuple[syntax.Syntax, syntax.Syntax], tuple[Any, Any]], None]


@dataclass(frozen=True)
class Scope:
    """What names mean while an expression is read.

    `where_set` tells the line that set a name and `set_later` the line that will, for messages;
    `unify` may make two sizes equal that were open, and `settle` may change the rank of a side of
    an operator that was only guessed (then they raise Retry).
    """

    look_up: Callable[[str], Any]
    known: Callable[[], list[str]]
    where_set: Mapping[str, Place]
    unify: Callable[[Any, Any], None] = lambda a, b: None
    settle: Settle = lambda operator, sides, values: None
    set_later: Callable[[str], Place | None] = lambda name: None
    slope: Callable[[Node, str], Node] | None = None
    """∂/∂x of an array, where a text may say that."""
    label_sizes: Mapping[str, Size] = field(default_factory=dict)
    """How far indices run, where a derivative says it."""
    is_guessing: bool = False
    """Whether ranks are guessed, so that a norm has to be that of an array."""


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
            case syntax.SumOver(index=index, body=body):
                return _total(of(body), index)
            case syntax.Norm(body=body, order=order):
                return _norm(of(body), order, scope.is_guessing)
            case syntax.Binary():
                return _binary(piece, of, scope, id(piece) in summed)
            case syntax.Slope(by=by, body=body):
                return _slope(of(body), by, piece.place, scope)
            case syntax.Call(function="|", arguments=(inside,)):
                return _bars(of(inside))
            case syntax.Call(function="δ", arguments=(syntax.Text(value=i), syntax.Text(value=j))):
                return labelled.kronecker(i, j, scope.label_sizes)
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
                return _method(piece, of, scope)
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
        raise _explained(error, piece, of, scope) from None
    raise ParseError("this cannot be read", piece.place)


def _total(value: Any, index: str | None) -> Any:
    if isinstance(value, Labelled):
        return _unlabelled(labelled.sum_over(index, value))
    return sum_(node_of(value))


def _entry(value: Any, indices: tuple[str, ...], scope: Scope) -> Labelled:
    """x_i, or entry c of what there is for each i: softmax(W x_i)_c."""
    if not isinstance(value, Labelled):
        node, labels = node_of(value), indices
    elif value.rank < len(indices):
        raise OperandError(f"{len(indices)} indices at what has {value.rank} axes")
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
        return _unlabelled(labelled.joined([lifted(value) for value in values], widths))
    cells = iter([Cell(node_of(value), isinstance(value, Row)) for value in values])
    found = stacked([[next(cells) for _ in range(width)] for width in widths], is_list)
    return Row(found.node) if found.is_row else found.node


def _slope(value: Any, by: str, place: Place, scope: Scope) -> Node:
    if scope.slope is None:
        raise ParseError("the derivative of a formula cannot stand in an equation", place)
    return scope.slope(node_of(value), by)


def _bars(value: Any) -> Any:
    """|x|, entry by entry.  OperandError for a matrix, where it may be the determinant."""
    if isinstance(value, Labelled):
        return replace(value, node=abs_(value.node), factors=())
    inside = node_of(value)
    if inside.rank > 1:
        raise OperandError(
            "bars round a matrix may mean two things", hint="write \\det A, or \\operatorname{abs}(A)"
        )
    return abs_(inside)


def _length(node: Node) -> Size:
    """How many entries or rows there are."""
    if not node.rank:
        raise OperandError("a number has no entries")
    return node.shape[0]


def _inner(a: Any, b: Any) -> Any:
    """⟨a, b⟩ of two columns, two matrices, or columns for each index."""
    if isinstance(a, Labelled) or isinstance(b, Labelled):
        return _unlabelled(labelled.arithmetic("dot", lifted(a), lifted(b)))
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


def _explained(
    error: OperandError, piece: syntax.Syntax, of: Callable[[syntax.Syntax], Any], scope: Scope
) -> SymbpError:
    """The error with its place, and with what each side is and which line said so."""
    if error.mismatch is not None:
        scope.unify(*error.mismatch)
    facts = list(error.facts)
    reason = error.reason
    if isinstance(piece, syntax.Binary):
        if piece.operator in ("juxtaposition", "dot"):
            reason = re.sub("^@ ", "the product ", reason)
        for side in (piece.left, piece.right):
            value = of(side)
            if isinstance(value, Node | Row):
                facts.append(_fact(side, value, scope))
        if not facts:
            return ParseError(reason, piece.place, hint=error.hint)
    elif isinstance(piece, syntax.Call | syntax.Method | syntax.Index):
        facts += _argument_facts(piece, of, scope)
    guessed = scope.is_guessing and isinstance(piece, syntax.Binary) and piece.operator == "juxtaposition"
    hint = _hint(piece, of) or (None if guessed else error.hint) or _one_size(error, scope)
    return ShapeError(reason, piece.place, facts, hint)


def _one_size(error: OperandError, scope: Scope) -> str | None:
    """What is left to say where two declared sizes had to be equal."""
    if error.mismatch is None or scope.is_guessing or not scope.where_set:
        return None
    a, b = error.mismatch
    if str(a).isidentifier() and str(b).isidentifier():
        return f"if {a} and {b} are one size, declare them by one letter"
    return f"make {a} and {b} equal, or take other axes"


def _argument_facts(
    piece: syntax.Call | syntax.Method | syntax.Index, of: Callable[[syntax.Syntax], Any], scope: Scope
) -> list[str]:
    """What the named arrays among the arguments are, in lists too."""
    given = [value for _, value in piece.named] if not isinstance(piece, syntax.Index) else []
    given = [*((piece.parts if isinstance(piece, syntax.Index) else piece.arguments) or ()), *given]
    first = [] if isinstance(piece, syntax.Call) else [piece.receiver]
    flat = [a for g in [*first, *given] for a in (g.items if isinstance(g, syntax.Sequence) else [g])]
    named = [a for a in flat if isinstance(a, syntax.Reference) and isinstance(of(a), Node | Row)]
    return list(dict.fromkeys(_fact(a, of(a), scope) for a in named))


def _fact(side: syntax.Syntax, value: Node | Row, scope: Scope) -> str:
    node = node_of(value)
    text = _bracketed(side.place.snippet)
    shape = ", ".join(map(str, node.shape)) or "a number"
    fact = f"{text}[{shape}]" if node.shape else f"{text} is a number"
    if isinstance(side, syntax.Reference) and identifier(side.name) in scope.where_set:
        place = scope.where_set[identifier(side.name)]
        fact += f"   (line {place.line}: {place.snippet})"
    return fact


def _hint(piece: syntax.Syntax, of: Callable[[syntax.Syntax], Any]) -> str | None:
    """What would make an operator fit: a transpose, an axis of size 1."""
    if not isinstance(piece, syntax.Binary):
        return None
    a, b = of(piece.left), of(piece.right)
    if not isinstance(a, Node) or not isinstance(b, Node) or a.rank < 1 or b.rank < 1:
        return None
    if piece.operator not in ("@", "juxtaposition"):
        return _elementwise_hint(piece, a, b)
    left, right = (p.place.snippet for p in (piece.left, piece.right))
    sign = " @ " if piece.operator == "@" else " "
    mark = ".T" if piece.operator == "@" else "ᵀ"
    if b.rank == 2 and a.shape[-1] == b.shape[1]:
        return f"{left}{sign}{_bracketed(right)}{mark} contracts {a.shape[-1]} with {b.shape[1]}"
    inner_b = b.shape[-2] if b.rank > 1 else b.shape[0]
    if a.rank == 2 and a.shape[0] == inner_b:
        return f"{_bracketed(left)}{mark}{sign}{_bracketed(right)} contracts {a.shape[0]} with {inner_b}"
    if piece.operator == "juxtaposition" and a.rank == b.rank == 1:
        return (
            f"{left}ᵀ {right} is the inner product, {left} {right}ᵀ the outer, {left} ⊙ {right} elementwise"
        )
    return None


def _elementwise_hint(piece: syntax.Binary, a: Node, b: Node) -> str | None:
    if a.rank == b.rank == 2 and a.shape == b.shape[::-1]:
        return "transpose one of the two"
    for matrix, vector, side in ((a, b, piece.right), (b, a, piece.left)):
        if matrix.rank == 2 and vector.rank == 1 and matrix.shape[0] == vector.shape[0]:
            return f"{_bracketed(side.place.snippet)}[:, None] goes along the rows"
    return None


def _bracketed(text: str) -> str:
    return text if re.fullmatch(r"[\w.ᵀ]+(\[[^\[\]]*\])?|\w*\([^()]*\)", text) else f"({text})"


# -- names and calls ----------------------------------------------------------------------------


def _reference(name: str, place: Place, scope: Scope) -> Any:
    try:
        return scope.look_up(name)
    except KeyError:
        pass
    if name in SYMBOLS:
        return SYMBOLS[name]
    later = scope.set_later(name)
    if later is None:
        unknown = unknown_name(name, place, scope.known())
        unknown.hint = unknown.hint or f"declare it, such as: input {name}: n, d"
        raise unknown
    raise _used_too_early(name, place, later)


def _used_too_early(name: str, place: Place, later: Place) -> ModelError:
    if later.line == place.line and later.start <= place.start < later.end:
        reason = f"{name} is set in terms of itself"
        return ModelError(reason, place, hint="give the new value a name of its own")
    fact = f"{name} is set on line {later.line}: {later.snippet}"
    hint = "put the equations in the order of computing"
    return ModelError(f"{name} is used before it is set", place, [fact], hint)


def unknown_name(name: str, place: Place | None, known: list[str], kind: str = "name") -> UnknownNameError:
    """The error for a name that nothing defines, with the nearest known one."""
    near = _nearest(name, known)
    hint = f"did you mean {near}?" if near else None
    if kind == "function" and len(pieces(name)[0]) == 1:
        hint = f"for a product write {name} · (…)"
    reason = f"there is no function {name}" if kind == "function" else f"{name} is not defined"
    return UnknownNameError(reason, place, hint=hint)


def _nearest(name: str, known: list[str]) -> str | None:
    """The known name that differs in case, in its subscript or in a letter or two."""
    key, base = identifier(name).lower(), pieces(name)[0]
    by_case = [k for k in known if identifier(k).lower() == key]
    by_base = [k for k in known if pieces(k)[0] == base]
    by_both = [k for k in known if pieces(k)[0].lower() == base.lower()]
    if by_case or by_base or by_both:
        return (by_case or by_base or by_both)[0]
    near = difflib.get_close_matches(name[:LONGEST_NAME], known, n=1, cutoff=0.6)
    return near[0] if near else None


def call(
    function: str, arguments: list[Any], named: dict[str, Any], place: Place, known: Callable[[], list[str]]
) -> Any:
    """A function of the language applied to values."""
    primes = len(function) - len(function.rstrip("'"))
    if function.startswith(UNSPECIFIED):
        return _of_unspecified(unspecified(function.rstrip("'")[len(UNSPECIFIED) :], primes), arguments)
    found = catalogue.find(function.rstrip("'"))
    if found is None:
        raise unknown_name(function, place, [*known(), *catalogue.names()], "function")
    if any(isinstance(a, Labelled) for a in arguments):
        return _applied_to_entries(function, found, arguments, named, primes)
    arguments = [_argument(a) for a in arguments]
    named = {k: _argument(v) for k, v in named.items()}
    if "dim" in named and "dim" not in found.signature.parameters:
        named["axis"] = named.pop("dim")
    if "keepdim" in named:
        named["keepdims"] = named.pop("keepdim")
    try:
        found.signature.bind(*arguments, **named)
    except TypeError as error:
        usage = f"{function}{found.signature}".replace("'", "")
        raise ParseError(f"{function}: {error}", place, hint=f"it is {_plain(usage)}") from None
    try:
        result = found.build(*arguments, **named)
    except (TypeError, AttributeError, IndexError, ValueError) as error:
        usage = _plain(f"{function}{found.signature}".replace("'", ""))
        reason = f"{function} cannot take these arguments ({error})"
        raise ParseError(reason, place, hint=f"it is {usage}") from None
    return catalogue.derivative(result, primes) if primes else result


def _of_unspecified(op: Elementwise, arguments: list[Any]) -> Any:
    """A function that the text does not define, of one argument."""
    if len(arguments) != 1:
        raise OperandError(f"{op.name}, which is not defined here, takes one argument")
    (value,) = arguments
    if isinstance(value, Labelled):
        return labelled.applied(op.name, op, [value], True)
    return op(node_of(value))


def _applied_to_entries(
    function: str, found: Function, arguments: list[Any], named: dict[str, Any], primes: int
) -> Labelled:
    if named:
        raise OperandError(f"{function} of something with an index takes no named arguments")
    probe = [leaf(f"u{k}", ()) for k in range(len(arguments))]
    try:
        works_on_numbers = isinstance(found.build(*probe).op, Elementwise)
    except (OperandError, TypeError, AttributeError):
        works_on_numbers = False

    def build(*nodes: Node) -> Node:
        return catalogue.derivative(found.build(*nodes), primes)

    return labelled.applied(function, build, [lifted(a) for a in arguments], works_on_numbers)


def _plain(usage: str) -> str:
    """A signature without annotations."""
    return re.sub(r": [^,=)]*(?= =|,|\))| -> .*$", "", usage).replace(" = ", "=")


def _argument(value: Any) -> Any:
    if isinstance(value, Row | Series):
        return value.node
    if isinstance(value, Fraction):
        return as_node(value)
    if isinstance(value, tuple | list):
        return type(value)(_argument(v) for v in value)
    return value


def _method(piece: syntax.Method, of: Callable[[syntax.Syntax], Any], scope: Scope) -> Any:
    receiver = of(piece.receiver)
    place = piece.place.within("." + piece.name)
    if piece.arguments is None:
        if piece.name == "shape":
            return tuple(node_of(receiver).shape)
        if piece.name in ("size", "ndim"):
            node = node_of(receiver)
            return node.rank if piece.name == "ndim" else catalogue.entry_count(node)
        known = ["T", "mT", "ndim", "shape", "size"]
        near = difflib.get_close_matches(piece.name, known, n=1)
        hint = f"did you mean .{near[0]}?" if near else "it has ." + ", .".join(known)
        raise ParseError(f"an array has no .{piece.name}", place, hint=hint)
    arguments = [node_of(receiver), *(of(a) for a in piece.arguments)]
    return call(piece.name, arguments, {k: of(v) for k, v in piece.named}, place, scope.known)


# -- values -------------------------------------------------------------------------------------


def node_of(value: Any) -> Node:
    """A value as an array.  OperandError where it is none."""
    if isinstance(value, Row | Series):
        return value.node
    if isinstance(value, Labelled):
        if value.labels:
            index = value.labels[0]
            hint = f"a Σ reaches as far as a product does: write Σ_{index} (…) around all that it sums"
            raise OperandError(f"no Σ runs over the index {index} here", hint=hint)
        return value.node
    if isinstance(value, Ones | Spread):
        raise OperandError("how long this vector of ones is cannot be told")
    if isinstance(value, bool):
        return as_node(int(value))
    if isinstance(value, Node | int | Fraction | Size):
        return as_node(value)
    if isinstance(value, list) and value:
        try:
            return catalogue.array(value)
        except TypeError:
            raise OperandError("a list of numbers or of arrays is needed") from None
    raise OperandError(f"an array or a number is needed, not {value!r}")


def item_of(value: Any, number: int, count: int) -> Any:
    """One of `count` values that names on the left of = take.  OperandError where there are not so many."""
    if not isinstance(value, list | tuple):
        node = node_of(value)
        size = node.shape[0] if node.shape else Size.of(1)
        if not node.shape or not size.is_constant:
            raise OperandError(f"{count} names stand for {size} values here", hint="give it one name")
        value = [node[k] for k in range(size.constant)]
    if len(value) != count:
        raise OperandError(
            f"{count} names stand for {len(value)} values here", hint=f"write {len(value)} names"
        )
    return value[number]


def static(value: Any) -> Any:
    """A value that counts or measures: an integer or a size."""
    if isinstance(value, Node) and value.op.name == "size":
        return value.params[0]
    return value


def is_static(value: Any) -> bool:
    return isinstance(value, int | Size | Fraction) and not isinstance(value, bool)


def lifted(value: Any) -> Labelled:
    """A value as one that has no index."""
    if isinstance(value, Labelled):
        return value
    return Labelled(node_of(value), (), isinstance(value, Row))


def _unlabelled(value: Labelled) -> Any:
    """A plain value where no index is left."""
    if value.labels:
        return value
    return Row(value.node) if value.is_row and value.rank == 1 else value.node


def negate(value: Any) -> Any:
    if isinstance(value, Labelled):
        return labelled.negated(value)
    if isinstance(value, Row):
        return Row(negative(value.node))
    return -value if is_static(value) else negative(node_of(value))


def transposed(value: Any, on_paper: bool) -> Any:
    if isinstance(value, Ones | Spread):
        return turned(value)
    if isinstance(value, Labelled):
        return labelled.transposed(value)
    if isinstance(value, Row):
        return value.node
    node = node_of(value)
    if node.rank == 1:
        return Row(node) if on_paper else node
    if on_paper and node.rank > 2:
        return contract([node], [range(node.rank)], [*range(node.rank - 2), node.rank - 1, node.rank - 2])
    return transpose(node)


def indexed(value: Any, key: Any, text: str = "mask") -> Any:
    """value[key]; `text` is what the key is called in messages."""
    if isinstance(value, list | tuple):
        if isinstance(key, int | slice):
            try:
                return value[key]
            except IndexError:
                raise OperandError(f"there is no item {key} in a list of {len(value)}") from None
        raise OperandError(f"a list is indexed by an integer, not {key!r}")
    if isinstance(value, Series):
        return value.at(key)
    if isinstance(value, TimeSeries):
        head, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if not isinstance(head, TimeIndex):
            raise OperandError("inside a recurrence this is read at a time, such as [t]")
        found = value.at(head.shift)
        return found[rest] if rest else found
    chosen = masked(node_of(value), key, text)
    if chosen is not None:
        return chosen
    try:
        return node_of(value)[key]
    except TypeError as error:
        raise OperandError(f"this cannot be an index: {error}") from None


def _binary(piece: syntax.Binary, of: Callable[[syntax.Syntax], Any], scope: Scope, is_summed: bool) -> Any:
    """One operator; Σ a b of two columns means Σ_i a_i b_i."""
    left, right = of(piece.left), of(piece.right)
    operator = piece.operator
    columns = all(isinstance(v, Node) and v.rank == 1 for v in (left, right))
    if is_summed and columns and operator == "juxtaposition":
        operator = "*"
    scope.settle(operator, (piece.left, piece.right), (left, right))
    return arithmetic(operator, left, right)


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """One operator applied to two values.  OperandError where they do not fit."""
    if isinstance(left, TimeIndex) and isinstance(right, int) and operator in ("+", "-"):
        return TimeIndex(left.shift + (right if operator == "+" else -right))
    if operator == "+":
        if isinstance(left, list) and isinstance(right, list):
            return [*left, *right]
        if isinstance(left, tuple) and isinstance(right, tuple):
            return (*left, *right)
    if isinstance(left, Ones | Spread) or isinstance(right, Ones | Spread):
        found = with_ones(operator, left, right, _factor)
        return Row(found.node) if isinstance(found, Factor) else found
    if is_static(left) and is_static(right):
        result = _static_arithmetic(operator, left, right)
        if result is not None:
            return result
    if left is SYMBOLS["ℯ"] and isinstance(right, Labelled) and operator in ("^", "**"):
        return replace(right, node=exp(right.node), factors=())
    if isinstance(left, Labelled) or isinstance(right, Labelled):
        return _unlabelled(labelled.arithmetic(operator, lifted(left), lifted(right)))
    if isinstance(left, Row) or isinstance(right, Row):
        return _with_rows(operator, left, right)
    a, b = node_of(left), node_of(right)
    match operator:
        case "+":
            return add(a, b)
        case "-":
            return subtract(a, b)
        case "*":
            return multiply(a, b)
        case "/":
            return divide(a, b)
        case "**":
            return _power(a, b, right)
        case "^":
            return _power_on_paper(a, b, right)
        case "matrix power":
            return _matrix_power(a, right) if a.rank == 2 else _power(a, b, right)
        case "dot":
            return dot(a, b) if a.rank == b.rank == 1 else paper_product(a, b)
        case "@":
            return matmul(a, b)
        case "juxtaposition":
            return paper_product(a, b)
    if operator in COMPARISONS:
        return COMPARISONS[operator](a, b)
    if operator in ("&", "|"):
        if not all(as_mask(side) for side in (a, b)):
            hint = f"put comparisons in brackets: (x > 0) {operator} (y > 0)"
            raise OperandError(f"{operator} joins masks", hint=hint)
        return logical_and(a, b) if operator == "&" else logical_or(a, b)
    raise OperandError(f"{operator} cannot be used here")


def _factor(value: Any) -> Factor:
    return Factor(node_of(value), isinstance(value, Row))


def _power(a: Node, b: Node, exponent: Any) -> Node:
    if a is SYMBOLS["ℯ"] or (a.rank == 0 and a.op.name == "leaf" and a.name == "e"):
        return exp(b)
    if a.op.name == "sqrt" and exponent == 2 and _is_norm(a):
        return squared_norm(a.args[0].args[0].args[0])
    if a.op.name == "abs" and exponent == 2 and not a.shape:
        return power(a.args[0], b)
    return power(a, b)


def _power_on_paper(a: Node, b: Node, exponent: Any) -> Node:
    """A^{-1} is the inverse; other powers are taken entry by entry, roots of a matrix are not."""
    if a.rank == 2 and exponent == -1:
        return inv(a)
    if b.rank and a is not SYMBOLS["ℯ"]:
        raise OperandError(f"an exponent is a number, this one has shape {show(b.shape)}")
    if a.rank == 2 and not (isinstance(exponent, int) and exponent > 0):
        hint = "for a diagonal matrix write \\operatorname{diag} of the powers"
        raise OperandError("only whole powers of a matrix are read", hint=hint)
    return _power(a, b, exponent)


def _matrix_power(a: Node, exponent: Any) -> Node:
    """A^3 is A A A."""
    found = a
    for _ in range(min(exponent, MOST_FACTORS) - 1):
        found = matmul(found, a)
    if exponent > MOST_FACTORS:
        raise OperandError(f"a matrix is multiplied with itself at most {MOST_FACTORS} times")
    return found


def _is_norm(node: Node) -> bool:
    """√Σx² over all entries."""
    total = node.args[0]
    return total.op.name == "contract" and not total.shape and total.args[0].op.name == "power"


def _static_arithmetic(operator: str, a: Any, b: Any) -> Any:
    match operator:
        case "+":
            return _sized(a) + _sized(b)
        case "-":
            return _sized(a) - _sized(b)
        case "*" | "juxtaposition" | "dot":
            return _sized(a) * _sized(b) if not _mixed(a, b) else None
        case "//":
            return _sized(a) // _sized(b) if b != 0 else None
        case "%":
            return a % b if isinstance(a, int) and isinstance(b, int) and b else None
        case "**" | "^":
            return _static_power(a, b)
        case "/":
            return _static_quotient(a, b)
        case "<" | "<=" | ">" | ">=" | "==" | "!=":
            return _static_comparison(operator, a, b)
    return None


def _sized(value: Any) -> Any:
    return value.constant if isinstance(value, Size) and value.is_constant else value


def _mixed(a: Any, b: Any) -> bool:
    """A fraction beside a size is a number, not a size."""
    return (isinstance(a, Fraction) and isinstance(b, Size)) or (
        isinstance(a, Size) and isinstance(b, Fraction)
    )


def _static_quotient(a: Any, b: Any) -> Any:
    if isinstance(a, Size) or isinstance(b, Size):
        whole = not isinstance(a, Fraction) and not isinstance(b, Fraction)
        return Size.of(a).divide(Size.of(b)) if whole else None
    if not b:
        return None
    quotient = Fraction(a) / Fraction(b)
    return quotient.numerator if quotient.denominator == 1 else quotient


def _static_power(a: Any, b: Any) -> Any:
    if isinstance(a, Size):
        return a**b if isinstance(b, int) and 0 <= b <= 8 else None
    if not isinstance(b, int) or (a == 0 and b < 0):
        return None
    if abs(b) > 4096 or (abs(a) > 1 and abs(b) * max(abs(a).numerator.bit_length(), 1) > 4096):
        raise OperandError("this number is too large to be written out", hint=LARGE)
    result = Fraction(a) ** b
    return int(result) if isinstance(a, int) and b >= 0 else result


def _static_comparison(operator: str, a: Any, b: Any) -> Any:
    if operator in ("==", "!="):
        equal = a == b
        if not equal and not (_is_number(a) and _is_number(b)):
            difference = Size.of(a) - Size.of(b)
            if not difference.is_constant:
                raise OperandError(f"whether {a} equals {b} depends on the sizes")
        return equal if operator == "==" else not equal
    if not (_is_number(a) and _is_number(b)):
        difference = Size.of(a) - Size.of(b)
        if (difference - 1).is_at_least(0):
            a, b = 1, 0
        elif (-difference - 1).is_at_least(0):
            a, b = 0, 1
        elif difference.is_constant:
            a, b = difference.constant, 0
        else:
            raise OperandError(f"whether {a} {operator} {b} depends on the sizes")
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _is_number(value: Any) -> bool:
    return not isinstance(value, Size) or value.is_constant


# -- products on paper --------------------------------------------------------------------------


def paper_product(a: Node, b: Node) -> Node:
    """A B as on paper: a number scales, matrices multiply, a vector is a column.

    Times 0 it is 0, of whatever shape: U h₀ with h₀ = 0 is no matrix.
    """
    if number(a) == 0 or number(b) == 0:
        return as_node(0)
    if not a.shape or not b.shape:
        return multiply(a, b)
    if a.rank == 1 and b.rank == 1:
        raise OperandError(f"a column {show(a.shape)} times a column {show(b.shape)} has no meaning")
    if a.rank == 1 and b.rank == 2:
        if b.shape[0].is_one:
            return outer(a, b[0])
        raise OperandError(
            f"a column {show(a.shape)} times a matrix {show(b.shape)} has no meaning",
            hint="aᵀ W is a row; W a a column",
        )
    return matmul(a, b)


def _with_rows(operator: str, left: Any, right: Any) -> Any:
    if operator in ("juxtaposition", "@", "dot"):
        return _row_product(left, right, operator)
    a, b = node_of(left), node_of(right)
    result = arithmetic(operator, a, b)
    both_rows = all(isinstance(v, Row) or not node_of(v).shape for v in (left, right))
    if both_rows:
        return Row(result)
    if a.rank == b.rank == 1:
        raise OperandError(
            "a row and a column do not go together elementwise", hint="take both as columns: x ⊙ y"
        )
    return result


def _row_product(left: Any, right: Any, operator: str) -> Any:
    if isinstance(left, Row) and isinstance(right, Row):
        hint = "wᵀ x is the inner product, w xᵀ the outer"
        raise OperandError("a row times a row has no meaning", hint=hint)
    if isinstance(left, Row):
        b = node_of(right)
        if not b.shape:
            return Row(multiply(left.node, b))
        product = matmul(left.node, b)
        return Row(product) if product.rank == 1 else product
    a = node_of(left)
    if not a.shape:
        return Row(multiply(a, right.node))
    if a.rank == 1:
        return outer(a, right.node)
    raise OperandError(
        f"a matrix {show(a.shape)} times a row has no meaning", hint="A x with a column, or xᵀ A"
    )
