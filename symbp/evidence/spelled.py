"""A node as NumPy text that reads back to the same value, over the names of a model.

This is the plain spelling that a corrected line of a claim is written in: each name that is known
stands for its node, everything else is written out.  NotSpelled where an operation has no words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, number, topological
from symbp.algebra.size import Size
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import FUNCTIONS, Elementwise
from symbp.ops.structure import Take

ATOM, POWER, UNARY, TIMES, PLUS, COMPARE = 20, 18, 16, 14, 12, 8
LETTERS = "ijklmnopqrstuvwxyzabcdefgh"
LONGEST = 4000
"""Characters after which a formula is no help to anybody."""

Text = tuple[str, int]
"""An expression and how tightly its outermost operator binds."""


class NotSpelled(Exception):
    """This node has no spelling."""


class Speller:
    """Writes nodes over known names; `prefix` stands before functions ("np." or nothing)."""

    def __init__(self, names: Mapping[Node, str], prefix: str = "") -> None:
        self.names, self.prefix = dict(names), prefix
        self._done: dict[Node, Text] = {}

    def __call__(self, node: Node) -> str:
        return self.piece(node)[0]

    def piece(self, node: Node) -> Text:
        """NotSpelled where the node cannot be written."""
        stack = [node]
        while stack:
            current = stack[-1]
            if current in self._done or current in self.names:
                stack.pop()
                continue
            below = self._below(current)
            waiting = [b for b in below if b not in self._done and b not in self.names]
            if waiting:
                stack += waiting
                continue
            text = self._written(current, [self._known(b) for b in below])
            if len(text[0]) > LONGEST:
                raise NotSpelled("too long")
            self._done[current] = text
            stack.pop()
        return self._known(node)

    def _known(self, node: Node) -> Text:
        return (self.names[node], ATOM) if node in self.names else self._done[node]

    @staticmethod
    def _below(node: Node) -> Sequence[Node]:
        if node.op.name in WRITERS or node.op is CONTRACT or _is_function(node):
            return node.args
        meaning = node.op.definition(node)
        if meaning is not None:
            return (meaning,)
        return node.args

    def _written(self, node: Node, parts: list[Text]) -> Text:
        if node.op is CONSTANT:
            return number_text(node.params[0])
        if node.op is SIZE:
            return size_text(node.params[0])
        if node.op is SYMBOLIC:
            return f"{self.prefix}{node.params[0]}", ATOM
        writer = WRITERS.get(node.op.name)
        if writer is not None:
            return writer(self, node, parts)
        if _is_function(node):
            return self.call(node.op.name, parts)
        if node.op.definition(node) is not None:
            return parts[0]
        raise NotSpelled(node.op.name)

    def call(self, name: str, parts: Iterable[Text | str]) -> Text:
        bare = name in ("sigmoid", "softmax", "log_softmax", "logsumexp", "relu", "softplus", "gelu", "erf")
        inside = ", ".join(p if isinstance(p, str) else p[0] for p in parts)
        return f"{'' if bare else self.prefix}{name}({inside})", ATOM


def _is_function(node: Node) -> bool:
    """An operation entry by entry that the language knows under its own name."""
    return isinstance(node.op, Elementwise) and node.op.name in FUNCTIONS and node.op.name not in WRITERS


def at(text: Text, level: int) -> str:
    return text[0] if text[1] >= level else f"({text[0]})"


def number_text(value: Fraction) -> Text:
    """2, 0.5, 1/3."""
    level = UNARY if value < 0 else ATOM
    if value.denominator == 1:
        return str(value.numerator), level
    if Fraction(float(value)) == value or Fraction(repr(float(value))) == value:
        return repr(float(value)), level
    return f"{value.numerator}/{value.denominator}", TIMES if value > 0 else UNARY - 1


def size_text(size: Size) -> Text:
    text = str(size)
    return text, ATOM if size.is_atomic else PLUS


Writer = Callable[[Speller, Node, list[Text]], Text]
WRITERS: dict[str, Writer] = {}


def writes(*names: str) -> Callable[[Writer], Writer]:
    def register(write: Writer) -> Writer:
        for name in names:
            WRITERS[name] = write
        return write

    return register


# -- arithmetic -----------------------------------------------------------------------------------


@writes("add")
def _add(speller: Speller, node: Node, parts: list[Text]) -> Text:
    a, b = parts
    if node.args[0] is node.args[1]:
        return f"2*{at(a, TIMES + 1)}", TIMES
    if b[1] == UNARY and b[0].startswith("-"):
        return f"{at(a, PLUS)} - {b[0][1:]}", PLUS
    return f"{at(a, PLUS)} + {at(b, PLUS)}", PLUS


@writes("subtract")
def _subtract(speller: Speller, node: Node, parts: list[Text]) -> Text:
    first, second = node.args
    if first.op.name == "negative" and first.args[0] is second and first not in speller.names:
        return f"-2*{at(parts[1], TIMES + 1)}", UNARY
    return f"{at(parts[0], PLUS)} - {at(parts[1], PLUS + 1)}", PLUS


@writes("multiply")
def _multiply(speller: Speller, node: Node, parts: list[Text]) -> Text:
    a, b = parts
    if number(node.args[0]) == -1:
        return f"-{at(b, POWER)}", UNARY
    return f"{_factor(a)}*{at(b, TIMES + 1)}", TIMES


def _factor(a: Text) -> str:
    """A left factor; a matrix product in front of * is bracketed."""
    return at(a, TIMES + 1) if "@" in a[0] else at(a, TIMES)


@writes("divide")
def _divide(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return f"{_factor(parts[0])}/{at(parts[1], TIMES + 1)}", TIMES


@writes("negative")
def _negative(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return f"-{at(parts[0], TIMES)}" if "@" not in parts[0][0] else f"-({parts[0][0]})", UNARY


@writes("power")
def _power(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return f"{at(parts[0], POWER + 1)}**{at(parts[1], POWER)}", POWER


@writes("square")
def _square(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return f"{at(parts[0], POWER + 1)}**2", POWER


SIGNS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}


@writes(*SIGNS)
def _compared(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return f"{at(parts[0], COMPARE + 1)} {SIGNS[node.op.name]} {at(parts[1], COMPARE + 1)}", COMPARE


OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


@writes("logical_not")
def _not(speller: Speller, node: Node, parts: list[Text]) -> Text:
    inner = node.args[0]
    sign = SIGNS.get(inner.op.name, "")
    if sign in OPPOSITE and inner not in speller.names:
        a, b = (speller.piece(x) for x in inner.args)
        return f"{at(a, COMPARE + 1)} {OPPOSITE[sign]} {at(b, COMPARE + 1)}", COMPARE
    return speller.call("logical_not", parts)


# -- contractions ---------------------------------------------------------------------------------


@writes("contract")
def _contract(speller: Speller, node: Node, parts: list[Text]) -> Text:
    inputs, out, sizes = node.params
    simple = _simple(speller, node, parts)
    if simple is not None:
        return simple
    operands = [p[0] for p in parts]
    labels = [list(s) for s in inputs]
    result = list(out)
    for place, label in enumerate(result):
        if label in result[:place]:
            fresh = len(sizes) + place
            operands.append(speller.call("eye", [size_text(sizes[label])])[0])
            labels.append([label, fresh])
            result[place] = fresh
    inside = {label for s in labels for label in s}
    for label in dict.fromkeys(result):
        if label not in inside:
            operands.append(speller.call("ones", [size_text(sizes[label])])[0])
            labels.append([label])
    letter = {label: LETTERS[k] for k, label in enumerate(dict.fromkeys(x for s in labels for x in s))}
    spec = ",".join("".join(letter[x] for x in s) for s in labels)
    spec += "->" + "".join(letter[x] for x in result)
    return speller.call("einsum", [f"'{spec}'", *operands])


def _simple(speller: Speller, node: Node, parts: list[Text]) -> Text | None:
    """Products, transposes, sums, identities and repetition, as they are usually written."""
    inputs, out, sizes = node.params
    if not inputs:
        shape = [size_text(sizes[label])[0] for label in out]
        if len(out) == 2 and out[0] == out[1]:
            return speller.call("eye", shape[:1])
        return speller.call("ones", [f"({', '.join(shape)},)" if len(shape) > 1 else shape[0]])
    if len(set(out)) < len(out) or any(len(set(s)) < len(s) for s in inputs):
        return _diagonals(speller, inputs, out, parts)
    missing = [label for label in out if all(label not in s for s in inputs)]
    if len(inputs) == 1 and not missing:
        return _one(speller, inputs[0], out, parts[0])
    if len(inputs) == 1:
        return _kept_axes(speller, node, parts[0]) or _repeated(speller, node, parts[0])
    if len(inputs) == 2 and not missing:
        return _pair(speller, inputs, out, parts)
    return None


def _diagonals(speller: Speller, inputs: Sequence, out: Sequence, parts: list[Text]) -> Text | None:  # type: ignore[type-arg]
    if len(inputs) != 1:
        return None
    (labels,) = inputs
    if len(labels) == 2 and labels[0] == labels[1] and not out:
        return speller.call("trace", parts)
    if len(labels) == 2 and labels[0] == labels[1] and tuple(out) == (labels[0],):
        return speller.call("diag", parts)
    if len(labels) == 1 and tuple(out) == (labels[0], labels[0]):
        return speller.call("diag", parts)
    return None


def _one(speller: Speller, labels: Sequence[int], out: Sequence[int], part: Text) -> Text | None:
    summed = [k for k, label in enumerate(labels) if label not in out]
    kept = [label for label in labels if label in out]
    text: Text = part
    if summed:
        arguments = [part[0]]
        if kept:
            axes = str(summed[0]) if len(summed) == 1 else f"({', '.join(map(str, summed))})"
            arguments.append(f"axis={axes}")
        text = speller.call("sum", arguments)
    if list(out) == kept:
        return text
    if len(kept) == 2:
        return f"{at(text, ATOM)}.T", ATOM
    order = ", ".join(str(kept.index(label)) for label in out)
    return speller.call("transpose", [text, f"({order})"])


def _kept_axes(speller: Speller, node: Node, part: Text) -> Text | None:
    """A sum that keeps its axes with size 1."""
    (labels,), out, sizes = node.params
    if len(labels) != len(out) or any(
        a != b and not sizes[b].is_one for a, b in zip(labels, out, strict=True)
    ):
        return None
    summed = [k for k, (a, b) in enumerate(zip(labels, out, strict=True)) if a != b]
    if any(labels[k] in out for k in summed):
        return None
    axes = str(summed[0]) if len(summed) == 1 else f"({', '.join(map(str, summed))})"
    return speller.call("sum", [part[0], f"axis={axes}", "keepdims=True"])


def _repeated(speller: Speller, node: Node, part: Text) -> Text | None:
    """Repetition along new axes, of what is left when other axes are summed."""
    (labels,), out, sizes = node.params
    kept = [label for label in labels if label in out]
    if [label for label in out if label in labels] != kept:
        return None
    if kept != list(labels):
        summed = _one(speller, labels, kept, part)
        if summed is None:
            return None
        labels, part = tuple(kept), summed
    shape = ", ".join(size_text(sizes[label])[0] for label in out)
    ones = speller.call("ones", [f"({shape},)" if len(out) == 1 else f"({shape})"])[0]
    if not labels:
        return f"{_factor(part)}*{ones}", TIMES
    key = ", ".join(":" if label in labels else "None" for label in out)
    leading = list(out[len(out) - len(labels) :]) == list(labels)
    text = part if leading else (f"{at(part, ATOM)}[{key}]", ATOM)
    return f"{_factor(text)}*{ones}", TIMES


def _pair(speller: Speller, inputs: Sequence, out: Sequence, parts: list[Text]) -> Text | None:  # type: ignore[type-arg]
    """A product of two matrices or vectors in either order, transposed as needed."""
    (p, q), (a, b) = inputs, parts
    if len(p) > 2 or len(q) > 2:
        return None
    if len(p) == len(q) == 1:
        if p == q:
            return (f"{at(a, TIMES)} @ {at(b, TIMES + 1)}", TIMES) if not out else None
        first, second = (a, b) if out[0] == p[0] else (b, a)
        return speller.call("outer", [first, second])
    for (x, s), (y, t) in (((a, p), (b, q)), ((b, q), (a, p))):
        for turn_x in (False, True) if len(s) == 2 else (False,):
            for turn_y in (False, True) if len(t) == 2 else (False,):
                left = s[::-1] if turn_x else s
                right = t[::-1] if turn_y else t
                if left[-1] == right[0] and left[-1] not in out and (*left[:-1], *right[1:]) == tuple(out):
                    one = f"{at(x, ATOM)}.T" if turn_x else _matrix(x)
                    two = f"{at(y, ATOM)}.T" if turn_y else at(y, TIMES + 1)
                    return f"{one} @ {two}", TIMES
    return None


def _matrix(x: Text) -> str:
    """The left operand of @: a product with * is bracketed, one with @ is not."""
    return at(x, TIMES) if "*" not in x[0] and "/" not in x[0] else at(x, TIMES + 1)


# -- shapes and indexing --------------------------------------------------------------------------


def shape_text(shape: Sequence[Size]) -> str:
    inside = ", ".join(size_text(s)[0] for s in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


@writes("reshape")
def _reshape(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return speller.call("reshape", [parts[0], shape_text(node.shape)])


@writes("getitem")
def _getitem(speller: Speller, node: Node, parts: list[Text]) -> Text:
    sizes = iter(node.args[0].shape)
    inside = []
    for part in node.params[0]:
        if part is None:
            inside.append("None")
            continue
        size = next(sizes)
        inside.append(":" if part.is_whole(size) else _take_text(part))
    return f"{at(parts[0], ATOM)}[{', '.join(inside)}]", ATOM


def _take_text(part: Take) -> str:
    if part.step < 0:
        raise NotSpelled("a slice that runs backwards")
    return str(part)


@writes("put_zeros")
def _put_zeros(speller: Speller, node: Node, parts: list[Text]) -> Text:
    """Zeros around the entries."""
    key = node.params[0]
    if None in key:
        kept = ", ".join("0" if part is None else ":" for part in key if part is None or not part.drop)
        text: Text = (f"{at(parts[0], ATOM)}[{kept}]", ATOM)
    else:
        text = parts[0]
    taken = [part for part in key if part is not None]
    if any(part.step != 1 for part in taken):
        raise NotSpelled("zeros between entries")
    if any(part.drop for part in taken):
        text = f"{at(text, ATOM)}[{', '.join('None' if part.drop else ':' for part in taken)}]", ATOM
    widths = []
    for part, size in zip(taken, node.shape, strict=True):
        length = Size.of(1) if part.drop else part.length
        widths.append(f"({part.start}, {size - part.start - length})")
    inside = ", ".join(widths)
    return speller.call("pad", [text, f"({inside},)" if len(widths) == 1 else f"({inside})"])


@writes("concatenate")
def _concatenate(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return speller.call("concatenate", [f"[{', '.join(p[0] for p in parts)}]", f"axis={node.params[0]}"])


@writes("onehot")
def _onehot(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return speller.call("onehot", [parts[0], size_text(node.shape[-1])])


@writes("arange")
def _arange(speller: Speller, node: Node, parts: list[Text]) -> Text:
    start, step = node.params
    stop = start + node.shape[0] * step
    return speller.call("arange", [str(start), str(stop), str(step)])


@writes("triangle")
def _triangle(speller: Speller, node: Node, parts: list[Text]) -> Text:
    kind, k = node.params
    ones = f"{speller.prefix}ones({shape_text(node.shape)})"
    return speller.call("tril" if kind == "lower" else "triu", [ones, str(k)])


# -- reductions -----------------------------------------------------------------------------------


@writes("max", "min", "prod", "mean", "logsumexp")
def _reduced(speller: Speller, node: Node, parts: list[Text]) -> Text:
    axes, keepdims = node.params
    arguments = [parts[0][0]]
    if len(axes) < node.args[0].rank or keepdims:
        arguments.append(f"axis={axes[0] if len(axes) == 1 else axes}")
    return speller.call(node.op.name, arguments + (["keepdims=True"] if keepdims else []))


@writes("first_max", "first_min")
def _first(speller: Speller, node: Node, parts: list[Text]) -> Text:
    (axes,) = node.params
    name = node.op.name.removeprefix("first_")
    axis = axes[0] if len(axes) == 1 else axes
    largest = speller.call(name, [parts[0], f"axis={axis}", "keepdims=True"])[0]
    return f"{at(parts[0], COMPARE + 1)} == {largest}", COMPARE


@writes("softmax", "log_softmax")
def _softmax(speller: Speller, node: Node, parts: list[Text]) -> Text:
    return speller.call(node.op.name, [parts[0], f"axis={node.params[0]}"])


@writes("cumsum")
def _cumsum(speller: Speller, node: Node, parts: list[Text]) -> Text:
    axis, from_end = node.params
    if not from_end:
        return speller.call("cumsum", [parts[0], f"axis={axis}"])
    turned = speller.call("flip", [parts[0], f"axis={axis}"])
    return speller.call("flip", [speller.call("cumsum", [turned, f"axis={axis}"]), f"axis={axis}"])


@writes("inv", "det", "logdet")
def _linear(speller: Speller, node: Node, parts: list[Text]) -> Text:
    name = node.op.name
    return speller.call(f"linalg.{name}" if speller.prefix and name != "logdet" else name, parts)


# -- several lines --------------------------------------------------------------------------------


def statements(
    root: Node, names: Mapping[Node, str], wanted: Mapping[Node, str], result: str, prefix: str = ""
) -> list[str]:
    """Lines whose last one gives the root; what is used more than once has a line of its own.

    `wanted` suggests names for such nodes.  NotSpelled where a node has no words.
    """
    known = dict(names)
    order = topological([root], stop=lambda n: n in known)
    uses: dict[Node, int] = {}
    for node in order:
        if node not in known:
            for arg in node.args:
                uses[arg] = uses.get(arg, 0) + 1
    lines: list[str] = []
    taken = set(known.values()) | {result}
    for node in order:
        often = uses.get(node, 0) > 1 and node.args and node.rank > 0 and node.op.name not in ("getitem",)
        if node in known or node is root or not (often or node in wanted):
            continue
        name = wanted.get(node) or next(f"t{k}" for k in range(1, len(order) + 2) if f"t{k}" not in taken)
        if name in taken:
            continue
        lines.append(f"{name} = {Speller(known, prefix)(node)}")
        known[node] = name
        taken.add(name)
    text = Speller(known, prefix)(root)
    return [*lines, f"{result} = {text}" if lines else text]
