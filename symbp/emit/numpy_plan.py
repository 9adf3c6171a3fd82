"""Which lines a function body has: names for what is shared or wanted, the rest written in place.

Every equation that is needed gets a line under its own name.  Nodes that several lines use get a
name too; so do parts of an expression that would make a line long or hold more than two array
operations that are worth the name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node, topological
from symbp.emit.numpy_names import IDENTIFIER, Names, Page, word_for
from symbp.emit.numpy_scan import Loop
from symbp.emit.numpy_spell import SPELLINGS, STATEMENTS
from symbp.emit.numpy_text import ATOM, Piece, tuple_text
from symbp.emit.numpy_uses import count_uses, idle_in, is_cheap, owners_in
from symbp.ops.scan import BUNDLE, PART, SCAN

SUFFIX = re.compile(r"(.+?)((?:\.T|\.transpose\([\d, ]+\)|\.swapaxes\(-1, -2\))+)")
WIDTH = 88
HEAVIEST = 2
LONGEST_PART = 56
INDENT = 4
PAIRED = {
    "log_softmax": "log_softmax_and_softmax",
    "sigmoid": "sigmoid_and_slope",
    "tanh": "tanh_and_slope",
}
"""Operation -> the helper that gives another one beside it."""


@dataclass(frozen=True)
class Line:
    """Statements that set one name, the node that it stands for, and how it is written."""

    name: str
    node: Node | None
    texts: tuple[str, ...]


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
        idle = idle_in(order)
        order = [n for n in order if n not in idle]
        uses = count_uses(order, self.pieces, roots)
        self._owner = owners_in(order, named)
        for node in order:
            if node in self.pieces or node.op in (BUNDLE, PART):
                continue
            if node.op is SCAN:
                self._loop(node, order, named, forced, roots)
                continue
            name = named.get(node)
            if node.op.name in STATEMENTS:
                self._statement(node, name or self._temporary(node))
                continue
            if node in self.pairs:
                self._pair(node, self.pairs[node], name or self._temporary(node))
                continue
            piece = self._spell(node, name)
            if name is None and (node in forced or (uses[node] > 1 and not is_cheap(node, piece))):
                name = self._temporary(node)
            if name is None:
                self.pieces[node] = piece
            else:
                self._assign(node, name, piece)

    def _loop(
        self,
        scan: Node,
        order: Sequence[Node],
        named: Mapping[Node, str],
        forced: Container[Node],
        roots: Sequence[Node],
    ) -> None:
        """A recurrence, written once: it gives all its parts that the function will need."""
        if scan in self._looped:
            return
        self._looped.add(scan)
        ahead = self.ahead or order
        wanted = {n for n in ahead if n in forced} | set(roots)
        Loop(self, scan, ahead, named, wanted).write()

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
        return self.names.fresh(f"{owner}_{word_for(node)}")
