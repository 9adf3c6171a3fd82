"""From nodes to calls: each operation as a NumPy call that writes into memory which is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import Node, number, topological
from symbp.algebra.size import Size, product
from symbp.emit.fast.joint import Joint, use_counts
from symbp.emit.fast.layout import Call, Layout, Operand, Value
from symbp.emit.fast.schedule import scheduled
from symbp.emit.fast.views import (
    added,
    is_part_in_one_piece,
    keeps_first_axis,
    keeps_order,
    only_splits,
    reshaped,
)
from symbp.emit.numpy_balance import BALANCED
from symbp.emit.numpy_names import WORDS, Names, Page
from symbp.emit.numpy_spell import SPELLINGS, STATEMENTS
from symbp.emit.numpy_text import ATOM, Piece
from symbp.emit.numpy_uses import is_view, owners_in

KINDS = {"real": "array", "int": "int", "bool": "bool"}
Rule = Callable[["Placing", Node], bool]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of each row of scores x: log p of the chosen entry, e^x with 0 in its place, the sum of all e^x."""

    log_p: Operand
    e: Operand
    total: Operand


class Placing:
    """The calls of one step in the making: nodes in, values and calls out."""

    def __init__(
        self,
        joint: Joint,
        arguments: Mapping[Node, str],
        numbers: Mapping[Node, str],
        page: Page,
        names: Names,
        rules: Mapping[str, Sequence[Rule]],
    ) -> None:
        self.joint, self.page, self.names, self.rules = joint, page, names, rules
        self.values: list[Value] = []
        self.calls: list[Call] = []
        self.operands: dict[Node, Operand] = {}
        self.pieces: dict[Node, Piece] = {}
        """Numbers: what is known before the arrays are, and scalars of the step."""
        self.order = scheduled(joint)
        self.uses = use_counts(self.order, joint.roots)
        self.owner = owners(joint, self.order)
        self.complements = _complements(self.order)
        """x -> the nodes 1 - x"""
        self.results = {value: name for name, value in reversed(joint.results)}
        self.results |= {v.args[0]: name for v, name in self.results.items() if v.op is BALANCED}
        self.constants: dict[tuple[str, tuple[Size, ...]], Operand] = {}
        self.marks: dict[str, Operand] = {}
        """What stands for an operand in a plain expression, until the names are settled."""
        self.rows: dict[Node, tuple[Operand, Operand, Operand]] = {}
        self.chosen: dict[tuple[Node, Node], Chosen] = {}
        """(scores, classes) -> what is known of the chosen entry of each row"""
        self.squares: dict[Node, Operand] = {}
        """Centred array -> the sums of the squares of its rows"""
        self.checked: set[tuple[Node, Size]] = set()
        """Classes and how many there may be, where that is checked."""
        self.arranged: dict[tuple[Node, tuple[int, ...]], Operand] = {}
        self.columns: dict[Node, Operand] = {}
        """Windows that were brought together -> the rows of their entries."""
        self.runs: dict[Node, tuple[Operand, Any]] = {}
        """Convolution -> what its product wrote, the places of which are a part."""
        self.between: dict[tuple[Node, tuple[Size, ...]], Operand] = {}
        """(array, rows) -> the array with zeros at the end of each row."""
        self.pooled: dict[Node, list[Any]] = {}
        """Windows whose largest entries were taken -> the masks of each axis."""
        self.kept: dict[Node, Operand] = {}
        """Where nodes are worked out that have a place of their own."""
        self.in_loop = False
        """Whether this is one step of a loop over time."""
        self.quiet = False
        """Whether something in the loop may overflow, and is right then."""
        for node, text in numbers.items():
            self.pieces[node] = Piece(text, ATOM, "number")
        for node, name in arguments.items():
            self.operands[node] = self.add(Value(name, node.shape, node.dtype, "argument", given=True))

    def inside(self, joint: Joint, operands: Mapping[Node, Operand], pieces: Mapping[Node, Piece]) -> Placing:
        """The placing of another graph among the same calls, values and names: of one step in time."""
        inner = copy(self)
        inner.joint, inner.operands, inner.pieces = joint, dict(operands), dict(pieces)
        inner.order = topological(joint.roots)
        inner.uses, inner.owner = use_counts(inner.order, joint.roots), owners(joint, inner.order)
        inner.complements = _complements(inner.order)
        inner.results, inner.rows, inner.kept = {}, {}, {}
        inner.arranged, inner.chosen, inner.squares, inner.checked = {}, {}, {}, set()
        inner.in_loop, inner.quiet = True, False
        return inner

    def place_all(self) -> None:
        """All nodes, in the order of the schedule."""
        for node in self.order:
            if node not in self.operands and node not in self.pieces:
                self._place(node)

    def place(self, node: Node, part_of: Node) -> None:
        """A node that is no node of the graph, but part of one."""
        self.owner.setdefault(node, self.owner.get(part_of, "step"))
        self._place(node)

    def layout(self) -> Layout:
        """The step with all nodes placed."""
        self.place_all()
        outputs = tuple(self.operand(n) for n in self.joint.outputs)
        results = tuple((name, self._result(name, n)) for name, n in self.joint.results)
        slots = tuple(range(len(self.values)))
        return Layout(
            tuple(self.values),
            tuple(self.calls),
            outputs,
            results,
            slots,
            self.joint.notes,
            marks=dict(self.marks),
        )

    def _place(self, node: Node) -> None:
        if not node.rank and all(a in self.pieces for a in node.args) and node.op.name in SPELLINGS:
            piece = SPELLINGS[node.op.name](self.page, node, [self.pieces[a] for a in node.args])
            if piece.kind == "number":
                self.pieces[node] = piece
                return
        if node.op.name == "reshape" and any(rule(self, node) for rule in self.rules.get("reshape", ())):
            return
        if is_view(node) and node.args and self._view(node):
            return
        for rule in self.rules.get(node.op.name, ()):
            if rule(self, node):
                return
        self.plain(node)

    # -- values -------------------------------------------------------------------------------

    def add(self, value: Value) -> Operand:
        self.values.append(value)
        return Operand(len(self.values) - 1, shape=value.shape)

    def fresh(self, node: Node, kind: str | None = None, word: str | None = None) -> Operand:
        """Memory for a node: its place where it has one, a gradient's own, or shared workspace."""
        if word is None and node in self.kept:
            return self.kept[node]
        kind = kind or node.dtype
        if node in self.results and word is None:
            name = self.names.fresh(f"d{self.results[node]}")
            return self.add(Value(name, node.shape, kind, "result", given=True))
        given = word is None and node in self.joint.names
        name = self.joint.names[node] if given else self.temporary(node, word)
        return self.add(Value(self.names.fresh(name), node.shape, kind, "workspace", given=given))

    def scratch(self, node: Node, word: str, shape: Sequence[Size], kind: str = "real") -> Operand:
        """Workspace of any shape, named after the node that it is for."""
        name = self.names.fresh(self.temporary(node, word))
        return self.add(Value(name, tuple(shape), kind, "workspace"))

    def temporary(self, node: Node, word: str | None = None) -> str:
        owner = self.owner.get(node, "step").split("[")[0]
        return f"{owner}_{word or WORDS.get(node.op.name, node.op.name)}"

    def constant(self, word: str, made: str, shape: Sequence[Size] = (), kind: str = "real") -> Operand:
        """Something made once; the same text is the same constant."""
        key = (made, tuple(shape))
        if key not in self.constants:
            value = Value(self.names.fresh(word), tuple(shape), kind, "constant", made)
            self.constants[key] = self.add(value)
        return self.constants[key]

    def number(self, node: Node) -> Operand:
        """A number as an array without axes, of the dtype of the step."""
        piece = self.pieces[node]
        return self.constant(number_word(piece.text), f"np.array({piece.text}, dtype)")

    def ones(self, shape: Sequence[Size]) -> Operand:
        entries = product(shape)
        text = self.page.size(entries)
        return self.constant("ones", f"np.ones({text}, dtype)", (entries,))

    def operand(self, node: Node) -> Operand:
        if node in self.operands:
            return self.operands[node]
        return self.number(node)

    def shape(self, operand: Operand) -> tuple[Size, ...]:
        return self.values[operand.key].shape

    def flat(self, operand: Operand, shape: Sequence[Size], sizes: Sequence[Size]) -> Operand:
        """The operand with its axes put together to those sizes; copied first where it is scattered."""
        if tuple(shape) == tuple(sizes):
            return operand
        if not operand.contiguous and not only_splits(shape, sizes):
            operand = self.copied(operand, shape)
        view = operand.view + reshaped(self.page, shape, sizes)
        same_first = operand.keeps_first and bool(shape) and bool(sizes) and sizes[0] == shape[0]
        return Operand(operand.key, view, operand.contiguous, tuple(sizes), operand.is_whole, same_first)

    def copied(self, operand: Operand, shape: Sequence[Size]) -> Operand:
        """Entries of a scattered view, brought together."""
        source = self.values[operand.key]
        name = self.names.fresh(f"{source.name}_rows")
        out = self.add(Value(name, tuple(shape), source.kind, "workspace"))
        self.call("np.copyto({out}, {0})", [operand], out, "copy")
        return out

    # -- calls --------------------------------------------------------------------------------

    def call(
        self,
        text: str,
        reads: Sequence[Operand],
        out: Operand | None,
        kind: str,
        node: Node | None = None,
        flops: Size | None = None,
    ) -> None:
        self.calls.append(Call(text, tuple(reads), out, kind, node, flops or Size.of(0)))

    def overflows(self) -> None:
        """The loop is to be quiet where a number gets infinite."""
        self.quiet = True

    def kernel(self, call: Call) -> None:
        """Several statements that stay together."""
        self.calls.append(call)

    def entrywise(self, node: Node, function: str, args: Iterable[Operand], out: Operand) -> None:
        """A ufunc; `out` stands in its place, which is faster than by name, where NumPy allows it."""
        args = list(args)
        inside = ", ".join(f"{{{k}}}" for k in range(len(args)))
        by_name = function in ("np.maximum", "np.minimum")
        text = f"{function}({inside}, {'out=' if by_name else ''}{{out}})"
        self.call(text, args, out, "entrywise", node, product(out.shape or self.shape(out)))

    def plain(self, node: Node) -> None:
        """The spelling of the plain style: what it makes is allocated at each call, or once."""
        if not node.args and node.rank and node.op.name in SPELLINGS:
            text = SPELLINGS[node.op.name](self.page, node, []).text
            self.operands[node] = self.constant(self.temporary(node), text, node.shape, node.dtype)
            return
        pieces = [self._piece(a) for a in node.args]
        name = f"d{self.results[node]}" if node in self.results else self.joint.names.get(node)
        out = self.add(
            Value(
                self.names.fresh(name or self.temporary(node)),
                node.shape,
                node.dtype,
                "local",
                given=name is not None,
            )
        )
        reads = [self.operands[a] for a in node.args if a in self.operands]
        if node.op.name in STATEMENTS:
            lines = STATEMENTS[node.op.name](self.page, node, pieces, "{out}")
            text = "\n".join(line for line in lines)
        else:
            text = "{out} = " + SPELLINGS[node.op.name](self.page, node, pieces).text
        self.call(text, reads, out, "plain" if node.rank else "scalar", node)
        self.operands[node] = out

    def _piece(self, node: Node) -> Piece:
        """An operand inside a plain expression: a mark that is filled in with its text."""
        if node in self.pieces:
            return self.pieces[node]
        operand = self.operands[node]
        mark = f"operand_{len(self.marks)}_"
        self.marks[mark] = operand
        if operand.view and self.values[operand.key].place == "argument":
            mark += "[:]"
        return Piece(mark, ATOM, KINDS[node.dtype], node.rank)

    def _result(self, name: str, node: Node) -> Operand:
        """A gradient in memory of its own, also where it is a view or an argument."""
        operand = self.operand(node)
        value = self.values[operand.key]
        own = value.place in ("result", "local") and not operand.view and self.results.get(node) == name
        if own:
            return operand
        out = self.add(Value(self.names.fresh(f"d{name}"), node.shape, node.dtype, "result", given=True))
        self.call("np.copyto({out}, {0})", [operand], out, "copy", node)
        return out

    # -- views --------------------------------------------------------------------------------

    def _view(self, node: Node) -> bool:
        (arg,) = node.args
        if arg not in self.operands:
            return False
        base = self.operands[arg]
        if node in self.kept and self.kept[node].key == base.key:
            self.operands[node] = self.kept[node]  # worked out where it is to stand
            return True
        if node.op.name == "reshape" and not base.contiguous and not only_splits(arg.shape, node.shape):
            base = self.copied(base, arg.shape)
        if node.op.name == "contract" and any(not s.is_one for s in added(node)):
            return False
        piece = Piece("@", ATOM, KINDS[node.dtype], arg.rank)
        text = SPELLINGS[node.op.name](self.page, node, [piece]).text
        if not text.startswith("@") or arg.rank == 0:
            return False
        if node.op.name == "reshape":
            self.operands[node] = self.flat(base, arg.shape, node.shape)
            return True
        if not node.rank and text.endswith("]"):
            text = f"{text[:-1]}, ...]"  # an entry of an array is a copy, this is a view
        ordered = base.contiguous and keeps_order(node)
        contiguous = ordered or (base.contiguous and is_part_in_one_piece(node))
        in_order, by_rows = ordered and base.is_whole, base.keeps_first and keeps_first_axis(node)
        view = base.view + text[1:]
        self.operands[node] = Operand(base.key, view, contiguous, node.shape, in_order, by_rows)
        return True


def number_word(text: str) -> str:
    """0.5 -> c0_5, 1.0 / n -> c1_by_n"""
    for old, new in ((".0 ", " "), (" / ", "_by_"), (" * ", "_"), ("np.", ""), ("-", "minus_")):
        text = text.replace(old, new)
    word = "".join(c if c.isalnum() else "_" for c in text)
    return f"c{word}".removesuffix("_0")[:20].rstrip("_")


def _complements(order: Sequence[Node]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = {}
    for node in order:
        if node.op.name == "subtract" and number(node.args[0]) == 1:
            found.setdefault(node.args[1], []).append(node)
    return found


def owners(joint: Joint, order: Sequence[Node]) -> dict[Node, str]:
    """Node -> the name of the equation or gradient that it goes into."""
    named = {value: f"d{name}" for name, value in reversed(joint.results)} | dict(joint.names)
    return owners_in(order, named)
