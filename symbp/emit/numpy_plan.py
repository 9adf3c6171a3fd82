"""Which lines a function body has: names for what is shared or wanted, the rest written in place.

Every equation that is needed gets a line under its own name.  Nodes that several lines use get a
name too; so do parts of an expression that would make a line long or hold more than two array
operations that are worth the name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Quotient, Size
from symbp.emit.numpy_scan import Loop, shifted_states
from symbp.emit.numpy_spell import SPELLINGS, STATEMENTS
from symbp.emit.numpy_text import ATOM, Piece, call, tuple_text
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import BUNDLE, PART, SCAN

IDENTIFIER = re.compile(r"(?<![\w.\"])[A-Za-z_]\w*(?!\w|=)")
SUFFIX = re.compile(r"(.+?)((?:\.T|\.transpose\([\d, ]+\)|\.swapaxes\(-1, -2\))+)")
WIDTH = 88
HEAVIEST = 2
LONGEST_PART = 56
INDENT = 4

WORDS = {
    "add": "sum", "subtract": "diff", "multiply": "prod", "divide": "ratio", "negative": "neg",
    "power": "power", "getitem": "part", "gather": "rows", "reshape": "flat", "put_zeros": "padded",
    "scatter": "rows", "greater": "mask", "greater_equal": "mask", "less": "mask", "less_equal": "mask",
    "logical_and": "mask", "logical_or": "mask", "logical_not": "mask", "first_max": "mask",
    "first_min": "mask", "concatenate": "joined", "softmax": "p", "log_softmax": "logp",
    "sigmoid_slope": "slope", "sech_squared": "slope", "stop_gradient": "held",
}  # fmt: skip


class Names:
    """Identifiers of one function, each given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._time = ""

    def time(self) -> str:
        """The variable of all loops over time."""
        self._time = self._time or self.fresh("t")
        return self._time

    def fresh(self, word: str) -> str:
        unique, count = word, 2
        while unique in self.taken:
            unique, count = f"{word}_{count}", count + 1
        self.taken.add(unique)
        return unique


@dataclass
class Page:
    """What the expressions of one function body ask for: sizes, the dtype, helpers."""

    letters: Mapping[str, str]
    """size letter -> variable"""
    helper_names: Mapping[str, str]
    stopping: str = ""
    """What stop_gradient is called in this function; empty where it is not called."""

    def size(self, size: Size) -> str:
        """A size as Python arithmetic."""
        return size_text(size, self.letters)

    def dtype(self) -> str:
        """The variable that holds the working dtype."""
        return "dtype"

    def helper(self, name: str) -> str:
        """What a helper of symbp.runtime is called in this file."""
        return self.helper_names.get(name, name)

    def stop(self) -> str:
        """The function through which values go that are constants for the gradient."""
        return self.stopping

    def real(self, piece: Piece) -> Piece:
        """Masks and integers as numbers of the working dtype."""
        if piece.kind not in ("bool", "int"):
            return piece
        if not piece.rank:
            return call("float", [piece.text], 0, piece.weight, "number")
        text = f"{piece.at(ATOM)}.astype({self.dtype()})"
        return Piece(text, ATOM, "array", piece.rank, piece.weight)


def size_text(size: Size, letters: Mapping[str, str]) -> str:
    """A size as Python arithmetic over variables: 2 * n + 1, (h - 1) // 2."""
    text = ""
    for monomial, coefficient in size.reading_order():
        factors = [
            f"({size_text(a.numerator, letters)}) // {_divisor(a, letters)}"
            if isinstance(a, Quotient)
            else letters[str(a)]
            for a in monomial
        ]
        if len(monomial) > 1 or abs(coefficient) != 1:
            factors = [f"({f})" if " " in f else f for f in factors]
        if abs(coefficient) != 1 or not monomial:
            factors.insert(0, str(abs(coefficient)))
        term = " * ".join(factors)
        sign = "-" if coefficient < 0 else "+"
        text = f"{text} {sign} {term}" if text else ("-" if sign == "-" else "") + term
    return text or "0"


def _divisor(quotient: Quotient, letters: Mapping[str, str]) -> str:
    text = size_text(quotient.denominator, letters)
    return f"({text})" if " " in text else text


@dataclass(frozen=True)
class Line:
    """Statements that set one name, the node that it stands for, and how it is written."""

    name: str
    node: Node | None
    texts: tuple[str, ...]


PAIRED = {
    "log_softmax": "log_softmax_and_softmax",
    "sigmoid": "sigmoid_and_slope",
    "tanh": "tanh_and_slope",
}
"""Operation -> the helper that gives another one beside it."""


class Body:
    """The lines of one function, planned from the nodes that it has to set."""

    def __init__(
        self,
        page: Page,
        available: Mapping[Node, Piece],
        names: Names,
        pairs: Mapping[Node, Node] | None = None,
    ) -> None:
        self.page = page
        self.pairs = pairs or {}
        """node -> another function of the same array, which is to be set beside it"""
        self.pieces: dict[Node, Piece] = dict(available)
        self.names = names
        self.lines: list[Line] = []
        self._owner: dict[Node, str] = {}
        self._looped: set[Node] = set()
        self.ahead: list[Node] = []
        """All nodes that the function will need: a loop gives all its parts at once."""

    def expect(self, roots: Sequence[Node]) -> None:
        """Say beforehand what will be written, where it is written in several turns."""
        self.ahead = topological(roots)

    def write(self, roots: Sequence[Node], named: Mapping[Node, str], forced: Container[Node] = ()) -> None:
        """Lines for everything below the roots.  `named` nodes get their names, `forced` ones some."""
        order = topological(roots, stop=lambda n: n in self.pieces)
        idle = _idle(order)
        order = [n for n in order if n not in idle]
        uses = _count_uses(order, self.pieces, roots)
        self._owner = owners_in(order, named)
        for node in order:
            if node in self.pieces:
                continue
            name = named.get(node)
            if node.op in (BUNDLE, PART):
                continue
            if node.op is SCAN:
                if node in self._looped:
                    continue
                self._looped.add(node)
                ahead = self.ahead or order
                Loop(self, node, ahead, named, _wanted(ahead, forced, roots)).write()
                continue
            if node.op.name in STATEMENTS:
                self._statement(node, name or self._temporary(node))
                continue
            if node in self.pairs:
                self._pair(node, self.pairs[node], name or self._temporary(node))
                continue
            piece = self._spell(node, name)
            if name is None and (node in forced or (uses[node] > 1 and not _is_cheap(node, piece))):
                name = self._temporary(node)
            if name is None:
                self.pieces[node] = piece
            else:
                self._assign(node, name, piece)

    def text(self, node: Node) -> str:
        return self.pieces[node].text

    # -- loops (symbp.emit.numpy_scan) ----------------------------------------------------------

    def inner(self, available: Mapping[Node, Piece]) -> Body:
        """The body of a loop, with names of its own in the same function."""
        return Body(self.page, available, self.names)

    def fresh(self, word: str) -> str:
        return self.names.fresh(word)

    def time(self) -> str:
        return self.names.time()

    def named_piece(self, node: Node, word: str) -> Piece:
        """The piece of a node, as a name or a number."""
        piece = self.pieces[node]
        if not piece.text.isidentifier() and piece.kind != "number":
            self._assign(node, self.names.fresh(word), piece)
        return self.pieces[node]

    def texts(self) -> list[str]:
        return [text for line in self.lines for text in line.texts]

    def add_lines(self, name: str, texts: Sequence[str]) -> None:
        self.lines.append(Line(name, None, tuple(texts)))

    def shape(self, node: Node, scan: Node | None) -> str:
        sizes = node.shape if scan is None else (scan.params[1], *node.shape)
        return tuple_text([self.page.size(s) for s in sizes])

    def length(self, scan: Node) -> str:
        return self.page.size(scan.params[1])

    def dtype_of(self, node: Node) -> str:
        return "bool" if node.dtype == "bool" else self.page.dtype()

    def words(self, *further: str) -> set[str]:
        """All identifiers in the lines: what the function uses."""
        texts = [text for line in self.lines for text in line.texts]
        return {word for text in (*texts, *further) for word in IDENTIFIER.findall(text)}

    # -- one node -----------------------------------------------------------------------------

    def _spell(self, node: Node, name: str | None) -> Piece:
        """The expression of a node, its parts named until it is short enough."""
        longest = LONGEST_PART if name is None else WIDTH - INDENT - len(name) - 3
        write = SPELLINGS[node.op.name]
        while True:
            piece = write(self.page, node, [self.pieces[a] for a in node.args])
            if piece.weight <= HEAVIEST and len(piece.text) <= longest:
                return piece
            part = self._largest_part(node, piece.weight > HEAVIEST)
            if part is None:
                return self._without_suffix(node, piece, longest)
            self._assign(part, self._temporary(part), self.pieces[part])

    def _without_suffix(self, node: Node, piece: Piece, longest: int) -> Piece:
        """A long expression that ends in a transpose gets a line before that."""
        found = SUFFIX.fullmatch(piece.text)
        if found is None or piece.level != ATOM or len(piece.text) <= longest or found[1].isidentifier():
            return piece
        name = self._temporary(node)
        inner = found.group(1)
        if piece.text.startswith("(") and inner.endswith(")"):
            inner = inner[1:-1]
        self.lines.append(Line(name, None, (f"{name} = {inner}",)))
        return Piece(name + found.group(2), ATOM, piece.kind, piece.rank)

    def _largest_part(self, node: Node, heavy: bool) -> Node | None:
        """The argument that is best named: the heaviest, or the longest."""
        best: tuple[tuple[int, int], Node] | None = None
        for arg in node.args:
            piece = self.pieces[arg]
            if piece.kind == "number" or piece.text.isidentifier() or (heavy and not piece.weight):
                continue
            rank = (piece.weight, len(piece.text)) if heavy else (len(piece.text), piece.weight)
            if len(piece.text) > 8 and (best is None or rank > best[0]):
                best = rank, arg
        return None if best is None else best[1]

    def _statement(self, node: Node, name: str) -> None:
        for arg in node.args:
            piece = self.pieces[arg]
            if len(piece.text) > LONGEST_PART - len(name) or piece.weight > HEAVIEST:
                self._assign(arg, self._temporary(arg), piece)
        texts = STATEMENTS[node.op.name](self.page, node, [self.pieces[a] for a in node.args], name)
        self.lines.append(Line(name, node, tuple(texts)))
        self.pieces[node] = Piece(name, ATOM, "array", node.rank)

    def _pair(self, first: Node, second: Node, name: str) -> None:
        """Two functions of one array in one line."""
        self._owner.setdefault(second, self._owner.get(first, name))
        other = self._temporary(second)
        function = self.page.helper(PAIRED[first.op.name])
        x = self.page.real(self.pieces[first.args[0]])
        axis = f", axis={first.params[0]}" if first.params and first.params[0] != first.rank - 1 else ""
        self.lines.append(Line(name, first, (f"{name}, {other} = {function}({x.text}{axis})",)))
        self.pieces[first] = Piece(name, ATOM, "array", first.rank)
        self.pieces[second] = Piece(other, ATOM, "array", second.rank)

    def _assign(self, node: Node, name: str, piece: Piece) -> None:
        self.lines.append(Line(name, node, (f"{name} = {piece.text}",)))
        self.pieces[node] = Piece(name, ATOM, piece.kind, node.rank)

    def _temporary(self, node: Node) -> str:
        owner = self._owner.get(node, "step").split("[")[0]
        word = WORDS.get(node.op.name, "at" if node.dtype == "int" else node.op.name)
        if node.op.name == "contract":
            word = "sum" if len(node.args) < 2 else "prod" if node.rank else "dot"
        return self.names.fresh(f"{owner}_{word}")


def _idle(order: Sequence[Node]) -> set[Node]:
    """Zeros that recurrences start from, and states one step earlier: the loop writes them itself."""
    before = shifted_states(order)
    starts = {a for n in order if n.op is SCAN for a in n.args[: len(n.params[0].states)] if is_zero(a)}
    starts |= {first for first, _, _ in before.values() if is_zero(first)}
    inside = {a for n in before for a in n.args}
    idle = {*before, *inside}
    readers = [n for n in order if n.op is not SCAN and n not in idle]
    return (starts | idle) - {a for n in readers for a in n.args}


def _wanted(order: Sequence[Node], forced: Container[Node], roots: Sequence[Node]) -> set[Node]:
    """Nodes that have to stand as values of their own."""
    return {n for n in order if n in forced} | set(roots)


def _count_uses(order: Sequence[Node], known: Container[Node], roots: Sequence[Node]) -> dict[Node, int]:
    uses = dict.fromkeys(order, 0)
    for node in order:
        if node not in known:
            for arg in node.args:
                uses[arg] = uses.get(arg, 0) + 1
    for root in dict.fromkeys(roots):
        uses[root] += 1
    return uses


def owners_in(order: Sequence[Node], named: Mapping[Node, str]) -> dict[Node, str]:
    """The name of the line that a node goes into."""
    owner: dict[Node, str] = {}
    for node in reversed(order):
        name = named.get(node) or owner.get(node)
        if name is not None:
            owner[node] = name
            for arg in node.args:
                owner.setdefault(arg, name)
    return owner


VIEWS = ("reshape", "getitem", "stop_gradient")


def is_view(node: Node) -> bool:
    """Moves no entries: a transpose, new axes, a slice, another shape."""
    if node.op.name == "contract":
        if len(node.args) != 1:
            return False
        (labels,), out, sizes = node.params
        return (
            len(set(labels)) == len(labels)
            and len(set(out)) == len(out)
            and set(labels) <= set(out)
            and bool(labels)
            and all(label in labels or sizes[label].is_one for label in out)
        )
    return node.op.name in VIEWS


def _is_cheap(node: Node, piece: Piece) -> bool:
    """Not worth a name however often it is used."""
    return piece.kind == "number" or piece.text.isidentifier() or (is_view(node) and "(" not in piece.text)
