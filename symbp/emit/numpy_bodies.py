"""Both functions of a generated file planned: what each computes, and what forward keeps for backward."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from symbp.algebra.node import ADJOINT, LEAF, Node, leaf, make, topological
from symbp.algebra.size import Size
from symbp.calculus.derivation import Derivation
from symbp.emit.numpy_helpers import helpers
from symbp.emit.numpy_lower import Lowering
from symbp.emit.numpy_names import Names, Page
from symbp.emit.numpy_plan import Body
from symbp.emit.numpy_precise import SECH_SQUARED, SIGMOID_SLOPE, AtHand
from symbp.emit.numpy_seed import seeded
from symbp.emit.numpy_spell import is_spelled
from symbp.emit.numpy_text import ATOM, Piece
from symbp.emit.numpy_uses import is_view
from symbp.errors import UnsupportedError
from symbp.lang.names import identifier
from symbp.lang.program import Program, Variable
from symbp.laws.tidier import Tidier
from symbp.ops.constant_arrays import is_zero
from symbp.ops.elementwise import SIGMOID, TANH
from symbp.ops.scan import PART, SCAN
from symbp.ops.softmax import LOG_SOFTMAX, SOFTMAX

OWN_NAMES = ("np", "cache", "dtype", "forward", "backward", "check", "PARAMETERS", "INPUTS")
AMBIGUOUS = frozenset({"l", "O", "I"})
"""Names that linters take for digits."""
PARTNERS = {SOFTMAX: LOG_SOFTMAX, SIGMOID_SLOPE: SIGMOID, SECH_SQUARED: TANH}
"""What backward may need -> what forward computes it beside."""


class Bodies:
    """The bodies of forward and backward, planned, and what the one hands to the other."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.program: Program = derivation.forward
        self.lower = Lowering(is_spelled)
        self.lower.keeps_stops = True
        self.lower.at_hand = AtHand(given={v.node for v in self.program.variables})
        self.names = Names({*OWN_NAMES, *(v.name.ascii for v in self.program.variables)})
        self.names.taken |= {e.name.ascii for e in self.program.equations}
        self.names.taken |= {h.name.ascii for h in derivation.hidden}
        self.seed = leaf(self.names.fresh("dL"), ())
        self.letters = {
            letter: self.names.fresh(_size_name(letter)) for letter in derivation.program.size_letters
        }
        self.helper_names = {
            name: self.names.fresh(name + "_of") for name in helpers() if name in self.names.taken
        }
        self.names.taken |= helpers().keys()
        self.stopping = self.names.fresh("stop_gradient")
        self._plan()

    # -- planning -----------------------------------------------------------------------------

    def _plan(self) -> None:
        self.outputs = [self.lower(self.program.nodes[name]) for name, _ in self.program.outputs]
        forward_order = topological(self.outputs)
        self.forward_set = set(forward_order)
        self.lower.at_hand = replace(self.lower.at_hand, computed=self.forward_set, in_gradient=True)
        self._lower_backward()
        forward_order += self._further_parts()
        self.forward_set = set(forward_order)
        self.pairs = self._pairs()
        self.forward_named = self._forward_names()
        self.cached = self._frontier(forward_order)
        self.forward = self._forward_body(forward_order)
        self.backward = self._backward_body()
        self.cache = self._cache_entries()

    def _forward_names(self) -> dict[Node, str]:
        """Lowered forward nodes with the names that equations and hidden intermediates give them."""
        named: dict[Node, str] = {}
        listed = [(e.node, e.name) for e in self.program.equations]
        listed += [(h.node, h.name) for h in self.derivation.hidden]
        leaves = {v.node for v in self.program.variables}
        for node, name in listed:
            low = self.lower(node)
            if low in self.forward_set and low not in leaves and not _is_number(low):
                named.setdefault(low, name.ascii)
        return named

    def _lower_backward(self) -> None:
        """Adjoints that are needed and gradients, for upstream dL, lowered."""
        forward = set(topological(self.program.roots))
        tidy = Tidier(forward)
        is_loss = any(upstream is None for _, upstream in self.program.outputs)

        def ready(value: Node) -> Node:
            return self.lower(seeded(value, self.seed, tidy, forward) if is_loss else value)

        adjoints = {a.leaf: a for a in self.derivation.adjoints}
        values: dict[Node, Node] = {}
        self.results = [(g, ready(g.value)) for g in self.derivation.results]
        stack = [value for _, value in self.results]
        while stack:
            for node in topological([stack.pop()], stop=lambda n: n in self.forward_set):
                if node.op is ADJOINT and node not in values:
                    values[node] = ready(adjoints[node].value)
                    stack.append(values[node])
        self.adjoints = [(a, values[a.leaf]) for a in self.derivation.adjoints if a.leaf in values]

    def _further_parts(self) -> list[Node]:
        """Parts of the forward recurrences that only backward reads."""
        roots = [value for _, value in self.adjoints] + [value for _, value in self.results]
        return [
            n
            for n in topological(roots)
            if n.op is PART and n.args[0] in self.forward_set and n not in self.forward_set
        ]

    def _pairs(self) -> dict[Node, Node]:
        """Forward nodes beside which backward needs another one that comes almost for free.

        The softmax beside its logarithm, by one exponential; the slopes of σ and tanh beside them.
        """
        roots = [value for _, value in self.adjoints] + [value for _, value in self.results]
        below = topological(roots, stop=lambda n: n in self.forward_set)
        seconds = [n for n in below if n.op in PARTNERS and n not in self.forward_set]
        pairs = {make(PARTNERS[n.op], n.args, n.params, n.shape): n for n in seconds}
        pairs = {first: second for first, second in pairs.items() if first in self.forward_set}
        self.forward_set.update(pairs.values())
        return pairs

    def _frontier(self, forward_order: Sequence[Node]) -> list[Node]:
        """What backward takes from forward, arguments first, then in the order of computing."""

        def taken(node: Node) -> bool:
            if node not in self.forward_set:
                return False
            made_of_nothing = not node.args and not node.is_leaf
            skipped = made_of_nothing or is_view(node) or node.op is SCAN or is_zero(node) or _is_number(node)
            return not skipped

        roots = [value for _, value in self.adjoints] + [value for _, value in self.results]
        found = [node for node in topological(roots, stop=taken) if taken(node) and node.op is not ADJOINT]
        upstreams = {v.node for v in self.program.variables if v.role == "upstream"}
        constants = {v.node for v in self.program.variables if v.role == "const"}
        place = {node: float(k) for k, node in enumerate([v.node for v in self._arguments()])}
        place.update({node: len(place) + k for k, node in enumerate(forward_order) if node not in place})
        place.update({second: place[first] + 0.5 for first, second in self.pairs.items()})
        kept = (n for n in found if n not in upstreams | constants and n is not self.seed)
        return sorted(kept, key=lambda n: place[n])

    def _page(self, stopping: str = "") -> Page:
        return Page(self.letters, self.helper_names, stopping)

    def _forward_body(self, order: Sequence[Node]) -> Body:
        available = {v.node: _variable_piece(v) for v in self.program.variables}
        body = Body(self._page(self.stopping), available, self.names, self.pairs)
        position = {node: k for k, node in enumerate(order)}
        roots = [n for n in self.forward_named if n in position]
        equations = {self.lower(e.node): k for k, e in enumerate(self.program.equations)}
        roots = sorted((n for n in roots if n in equations), key=lambda n: equations[n])
        roots += [n for n in self.outputs if n not in roots]
        body.expect([*roots, *self.cached])
        body.write(roots, self.forward_named, {n for n in self.cached if n not in available})
        return body

    def _backward_body(self) -> Body:
        variables = [v for v in self.program.variables if v.role in ("upstream", "const")]
        available = {v.node: _variable_piece(v) for v in variables}
        available[self.seed] = Piece(self.seed.name, ATOM, "number")
        for node in self.cached:
            piece = self.forward.pieces[node]
            available[node] = Piece(piece.text, ATOM, piece.kind, node.rank)
        body = Body(self._page(), available, self.names)
        named: dict[Node, str] = {}
        leaves: dict[Node, Node] = {}
        for adjoint, value in self.adjoints:
            if value not in named and value not in available:
                named[value] = self.names.fresh(adjoint.name.ascii)
            leaves[adjoint.leaf] = value
        order = self._backward_order()
        for gradient, value in self.results:
            known = value in named or value in available or value.op is ADJOINT
            if not known and not _is_number(value):
                named[value] = self.names.fresh(f"d{gradient.name.ascii}")
        shared = _shared_nodes(order, available)
        body.expect([value for _, value in order])
        for kind, value in order:
            body.write([value], named, shared)
            if kind is not None:
                body.pieces[kind] = body.pieces[value]
        return body

    def _backward_order(self) -> list[tuple[Node | None, Node]]:
        """(adjoint's leaf or None, value): each gradient as soon as its adjoints are there."""
        rank = {adjoint.leaf: k for k, (adjoint, _) in enumerate(self.adjoints)}
        ready: dict[int, list[Node]] = {}
        for _, value in self.results:
            below = topological([value], stop=lambda n: n in self.forward_set or n.op is ADJOINT)
            last = max((rank[n] for n in below if n in rank), default=-1)
            ready.setdefault(last, []).append(value)
        order: list[tuple[Node | None, Node]] = [(None, v) for v in ready.get(-1, [])]
        for k, (adjoint, value) in enumerate(self.adjoints):
            order.append((adjoint.leaf, value))
            order += [(None, v) for v in ready.get(k, [])]
        return order

    # -- sizes, dtype and the cache ---------------------------------------------------------------

    def _cache_entries(self) -> list[str]:
        """The names that forward hands to backward: arrays, then sizes and the dtype."""
        needed = self.backward.words(*(self.backward.text(value) for _, value in self.results))
        arrays = {self.forward.text(n): n for n in self.cached}
        arrays = {name: n for name, n in arrays.items() if name in needed}
        upstreams = {v.name.ascii: v.node for v in self.program.variables if v.role == "upstream"}
        known = {**arrays, **upstreams}
        self.backward_head, missing = self._head(needed, known)
        entries = [*arrays, *missing]
        arguments = {v.name.ascii: v.node for v in sorted(self._arguments(), key=lambda v: v.role != "param")}
        needed = self.forward.words(*(self.forward.text(n) for n in self.outputs)) | set(missing)
        self.forward_head, missing = self._head(needed, arguments)
        if "dtype" in missing:
            self.forward_head.append(self._scalar_dtype())
        lacking = [letter for letter, name in self.letters.items() if name in missing]
        if lacking:
            raise UnsupportedError(
                f"the size {lacking[0]} is needed, but no array has an axis of that size",
                hint=f"fix it: size {lacking[0]} = 8",
            )
        return entries

    def _head(self, needed: set[str], arrays: Mapping[str, Node]) -> tuple[list[str], list[str]]:
        """Lines that read sizes and the dtype off the arrays, and the names that none of them tells."""
        lines, missing = [], []
        for letter, name in self.letters.items():
            if name in needed:
                source = _size_source(letter, arrays)
                if source is None:
                    missing.append(name)
                else:
                    lines.append(f"{name} = {source}")
        if "dtype" in needed:
            source = next((n for n, node in arrays.items() if _has_dtype(node)), None)
            if source is None:
                missing.append("dtype")
            else:
                lines.append(f"dtype = {source}.dtype")
        return lines, missing

    def _scalar_dtype(self) -> str:
        scalar = next((v.name.ascii for v in self._arguments() if v.node.dtype == "real"), None)
        if scalar is None:
            raise UnsupportedError(
                "a model without real arrays has no gradient to write",
                hint="declare an array of real numbers as param",
            )
        return f"dtype = np.asarray({scalar}).dtype"

    def _arguments(self) -> list[Variable]:
        return [*self.program.data, *self.program.parameters]


def _variable_piece(variable: Variable) -> Piece:
    kind = "number" if variable.role == "const" else "int" if variable.node.dtype == "int" else "array"
    return Piece(variable.name.ascii, ATOM, kind, variable.node.rank)


def _is_number(node: Node) -> bool:
    """A number or a formula of numbers and sizes."""
    if node.shape:
        return False
    order = topological([node], stop=lambda n: bool(n.shape))
    return not any(n.shape or n.op is LEAF or n.op is ADJOINT for n in order)


def _has_dtype(node: Node) -> bool:
    return node.dtype == "real" and node.rank > 0


def _shared_nodes(order: Iterable[tuple[Node | None, Node]], known: Container[Node]) -> set[Node]:
    """Nodes that several of the values use: they need a name, whoever comes first."""
    seen: dict[Node, int] = {}
    for _, value in order:
        for node in topological([value], stop=lambda n: n in known or n in seen):
            if node in known or node.op is ADJOINT or _is_number(node):
                continue
            if node.args and not is_view(node):
                seen[node] = seen.get(node, 0) + 1
    return {node for node, count in seen.items() if count > 1}


def _size_source(letter: str, arrays: Mapping[str, Node]) -> str | None:
    size = Size.letter(letter)
    for name, node in arrays.items():
        for axis, length in enumerate(node.shape):
            if length == size:
                return f"{name}.shape[{axis}]"
    for name, node in arrays.items():
        for axis, length in enumerate(node.shape):
            found = _solved(length, letter, f"{name}.shape[{axis}]")
            if found is not None:
                return found
    return None


def _solved(length: Size, letter: str, text: str) -> str | None:
    """The letter from a length c·letter + d."""
    terms = dict(length.terms)
    factor = terms.pop((letter,), 0)
    offset = terms.pop((), 0)
    if terms or factor < 1:
        return None
    if offset:
        text = f"{text} {'-' if offset > 0 else '+'} {abs(offset)}"
    if factor == 1:
        return text
    return f"({text}) // {factor}" if offset else f"{text} // {factor}"


def _size_name(letter: str) -> str:
    word = identifier(letter)
    return f"size_{word}" if word in AMBIGUOUS else word
