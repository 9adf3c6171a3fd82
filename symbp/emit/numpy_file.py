"""The generated NumPy file: forward and backward, planned, laid out, rendered and looked over."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from symbp import runtime, selfcheck
from symbp.algebra.node import ADJOINT, LEAF, Node, facts, leaf, make, topological
from symbp.algebra.size import Size
from symbp.calculus.derivation import Derivation
from symbp.emit.numpy_comment import index_comment
from symbp.emit.numpy_guard import check_file
from symbp.emit.numpy_layout import assignment, bracketed, docstring_line, quoted, statement, targets
from symbp.emit.numpy_lower import Lowering
from symbp.emit.numpy_optimizer import OPTIMIZERS
from symbp.emit.numpy_plan import Body, Line, Names, Page, is_view, size_text
from symbp.emit.numpy_sample import direction, draw, sample_sizes
from symbp.emit.numpy_seed import seeded
from symbp.emit.numpy_spell import is_spelled
from symbp.emit.numpy_text import ATOM, Piece, number_text, words
from symbp.emit.render import render
from symbp.errors import UnsupportedError
from symbp.lang.names import identifier
from symbp.lang.program import Program, Variable
from symbp.laws.tidy import Tidier
from symbp.ops.contract import is_zero
from symbp.ops.loss import CROSS_ENTROPY, ROWS_SUM_TO_ONE
from symbp.ops.reduce import LOG_SOFTMAX, SOFTMAX
from symbp.ops.scan import PART, SCAN
from symbp.ops.structure import STOP_GRADIENT

OWN_NAMES = ("np", "cache", "dtype", "forward", "backward", "check", "PARAMETERS", "INPUTS")
AMBIGUOUS = frozenset({"l", "O", "I"})
"""Names that linters take for digits."""

ANALYTIC = words(
    "leaf constant size symbolic contract add subtract multiply divide negative square reciprocal exp expm1 "
    "log log1p sqrt sin cos tan arctan sinh cosh tanh arcsinh sigmoid softmax log_softmax logsumexp mean "
    "squared_norm reshape getitem concatenate pad windows gather cumsum prod cumprod inv solve det "
    "stop_gradient integer_array arange power"
)
"""Operations that take complex numbers, so that a complex step gives their slope to rounding."""


@dataclass(frozen=True)
class PlainPage:
    """Finished strings for the template."""

    title: str
    equations: tuple[str, ...]
    facts: tuple[str, ...]
    result_word: str
    layout_note: str
    tables: tuple[str, ...]
    forward_head: str
    forward_doc: str
    forward_lines: tuple[str, ...]
    backward_head: str
    backward_doc: str
    backward_lines: tuple[str, ...]
    helpers: tuple[str, ...]
    optimizer: tuple[str, ...]
    check_lines: tuple[str, ...]


def generate(
    derivation: Derivation, *, target: str = "numpy", style: str = "plain", optimizer: str | None = None
) -> str:
    """The standalone file (INTERFACE §4) with forward, backward and a check of itself.

    UnsupportedError for a target, style or optimizer that there is not, or an operation that
    cannot be written.
    """
    if target != "numpy":
        raise UnsupportedError(f"there is no target '{target}'", hint="the target is numpy")
    if style != "plain":
        raise UnsupportedError(f"there is no style '{style}'", hint="the style is plain")
    if optimizer is not None and optimizer not in OPTIMIZERS:
        known = ", ".join(OPTIMIZERS)
        raise UnsupportedError(f"there is no optimizer '{optimizer}'", hint=f"the optimizers are {known}")
    source = render("numpy_plain.py.j2", page=_Writer(derivation).page(optimizer))
    check_file(source)
    return source


class _Writer:
    """One file in the making: what forward and backward share, and the two bodies."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.program: Program = derivation.forward
        self.lower = Lowering(is_spelled)
        self.names = Names({*OWN_NAMES, *(v.name.ascii for v in self.program.variables)})
        self.names.taken |= {e.name.ascii for e in self.program.equations}
        self.names.taken |= {h.name.ascii for h in derivation.hidden}
        self.seed = leaf(self.names.fresh("dL"), ())
        self.letters = {
            letter: self.names.fresh(_size_name(letter)) for letter in derivation.program.size_letters
        }
        self.helper_names = {
            name: self.names.fresh(name + "_of") for name in _helpers() if name in self.names.taken
        }
        self.names.taken |= _helpers().keys()
        self._plan()

    # -- planning -----------------------------------------------------------------------------

    def _plan(self) -> None:
        self.outputs = [self.lower(self.program.nodes[name]) for name, _ in self.program.outputs]
        forward_order = topological(self.outputs)
        self.forward_set = set(forward_order)
        self.lower.computed = self.forward_set
        self._lower_backward()
        forward_order += self._further_parts()
        self.forward_set = set(forward_order)
        self.pairs = self._softmax_pairs()
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

    def _softmax_pairs(self) -> dict[Node, Node]:
        """log_softmax nodes of forward whose softmax backward needs: one exponential gives both."""
        roots = [value for _, value in self.adjoints] + [value for _, value in self.results]
        below = topological(roots, stop=lambda n: n in self.forward_set)
        softmaxes = [n for n in below if n.op is SOFTMAX and n not in self.forward_set]
        pairs = {make(LOG_SOFTMAX, n.args, n.params, n.shape): n for n in softmaxes}
        pairs = {log: soft for log, soft in pairs.items() if log in self.forward_set}
        self.forward_set.update(pairs.values())
        return pairs

    def _frontier(self, forward_order: Sequence[Node]) -> list[Node]:
        """What backward takes from forward, arguments first, then in the order of computing."""

        def taken(node: Node) -> bool:
            made_of_nothing = not node.args and not node.is_leaf
            skipped = made_of_nothing or is_view(node) or node.op is SCAN or is_zero(node) or _is_number(node)
            return node in self.forward_set and not skipped

        roots = [value for _, value in self.adjoints] + [value for _, value in self.results]
        found = [node for node in topological(roots, stop=taken) if taken(node) and node.op is not ADJOINT]
        upstreams = {v.node for v in self.program.variables if v.role == "upstream"}
        constants = {v.node for v in self.program.variables if v.role == "const"}
        place = {node: k for k, node in enumerate([v.node for v in self._arguments()])}
        place.update({node: len(place) + k for k, node in enumerate(forward_order) if node not in place})
        place.update({soft: place[log] for log, soft in self.pairs.items()})
        kept = (n for n in found if n not in upstreams | constants and n is not self.seed)
        return sorted(kept, key=lambda n: place[n])

    def _page(self) -> Page:
        return Page(self.letters, self.helper_names)

    def _forward_body(self, order: Sequence[Node]) -> Body:
        available = {v.node: _variable_piece(v) for v in self.program.variables}
        body = Body(self._page(), available, self.names, self.pairs)
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
            raise UnsupportedError("a model without real arrays has no gradient to write")
        return f"dtype = np.asarray({scalar}).dtype"

    def _arguments(self) -> list[Variable]:
        return [*self.program.data, *self.program.parameters]

    # -- the page -------------------------------------------------------------------------------

    def page(self, optimizer: str | None) -> PlainPage:
        arguments = [v.name.ascii for v in self._arguments()]
        upstreams = [up for _, up in self.program.outputs if up is not None]
        loss = self.program.loss
        seeds = [self.program.variable(up).name.ascii for up in upstreams] or [f"{self.seed.name}=1.0"]
        return PlainPage(
            title=_title(self.derivation.program),
            equations=tuple(_equation_texts(self.derivation.program)),
            facts=tuple(self._fact_lines()),
            result_word="loss" if loss is not None else "output" if len(upstreams) == 1 else "outputs",
            layout_note="arrays keep their dtype.",
            tables=tuple(self._tables()),
            forward_head=bracketed("def forward", "()", arguments, ":"),
            forward_doc=self._forward_doc(),
            forward_lines=tuple(self._forward_lines()),
            backward_head=bracketed("def backward", "()", ["cache", *seeds], ":"),
            backward_doc=self._backward_doc(),
            backward_lines=tuple(self._backward_lines()),
            helpers=tuple(self._helper_texts()),
            optimizer=OPTIMIZERS[optimizer] if optimizer else (),
            check_lines=tuple(self._check_lines()),
        )

    def _fact_lines(self) -> list[str]:
        return [
            f"It is assumed that {variable.name.ascii} {_fact_words(fact)}."
            for variable in self._arguments()
            for fact in facts(variable.node)
        ]

    def _tables(self) -> list[str]:
        lines = [
            assignment(word, [_shape_entry(v) for v in variables], "{}")
            for word, variables in (("PARAMETERS", self.program.parameters), ("INPUTS", self.program.data))
        ]
        for variable in self.program.variables:
            if variable.role == "const":
                value = self.program.constants[_constant_key(self.program, variable)]
                lines.append(f"{variable.name.ascii} = {number_text(value)[0]}")
        return lines

    def _forward_doc(self) -> str:
        outputs = [self.program.equation(name).name.ascii for name, _ in self.program.outputs]
        shown = outputs[0] if len(outputs) == 1 else "(" + ", ".join(outputs) + ")"
        return f"Return {shown} and what backward needs."

    def _backward_doc(self) -> str:
        loss = self.program.loss
        if loss is None:
            return "Return the gradients for the given upstream gradients."
        return f"Return the gradients of {loss.name.ascii}, times {self.seed.name}."

    def _forward_lines(self) -> list[str]:
        lines = [statement(text) for text in self.forward_head]
        lines += _laid_out(self.forward.lines, self.forward.pieces)
        lines.append(assignment("cache", self.cache, "()", depth=1) if self.cache else "    cache = ()")
        outputs = [self.forward.text(n) for n in self.outputs]
        result = outputs[0] if len(outputs) == 1 else "(" + ", ".join(outputs) + ")"
        lines.append(statement(f"return {result}, cache"))
        return lines

    def _backward_lines(self) -> list[str]:
        lines = [targets(self.cache, "cache")] if self.cache else []
        lines += [statement(text) for text in self.backward_head]
        lines += _laid_out(self.backward.lines, self.backward.pieces, self._assumptions())
        entries = [f"{quoted(g.name.ascii)}: {self.backward.text(value)}" for g, value in self.results]
        lines.append(bracketed("return ", "{}", entries, "", depth=1, literal=True))
        return lines

    def _assumptions(self) -> dict[str, str]:
        """Names of lines that hold only because the rows of a target sum to 1."""
        targets = [v for v in self.program.data if ROWS_SUM_TO_ONE & set(facts(v.node))]
        notes: dict[str, str] = {}
        for adjoint, value in self.adjoints if targets else ():
            consumers = {consumer.op for consumer, _ in adjoint.terms if consumer is not None}
            if consumers & {LOG_SOFTMAX, CROSS_ENTROPY}:
                below = topological([value], stop=lambda n: n in self.forward_set)
                used = [v.name.ascii for v in targets if v.node in below]
                if used:
                    notes[self.backward.text(adjoint.leaf)] = f"rows of {' and '.join(used)} sum to 1"
        return notes

    def _helper_texts(self) -> list[str]:
        words = self.forward.words() | self.backward.words()
        wanted = [name for name in _helpers() if self.helper_names.get(name, name) in words]
        checks = ["compare", "slope", "random_direction", *self._draw_helpers()]
        return [self._renamed(_helpers()[name]) for name in _with_dependencies([*wanted, *checks])]

    def _draw_helpers(self) -> list[str]:
        text = "\n".join(self._check_lines())
        helpers = ("symmetric", "positive_definite", "unit_rows")
        return [n for n in helpers if f"{self.helper_names.get(n, n)}(" in text]

    def _renamed(self, source: str) -> str:
        for old, new in self.helper_names.items():
            source = re.sub(rf"\b{old}\b", new, source)
        return source

    # -- the check ------------------------------------------------------------------------------

    def _check_lines(self) -> list[str]:
        nodes = [*topological(self.program.roots), *(v.node for v in self.program.variables)]
        sizes = sample_sizes(list(self.letters), nodes)
        lines = []
        if sizes:
            names = ", ".join(self.letters[k] for k in sizes)
            lines.append(statement(f"{names} = {', '.join(str(v) for v in sizes.values())}"))
        entries = [self._drawn(v) for v in self._arguments()]
        lines.append(assignment("arguments", entries, "{}", depth=1))
        ups = [v for v in self.program.variables if v.role == "upstream"]
        lines += [statement(f"{_in_check(v)} = {self._draw(v)}") for v in ups]
        lines.append("    _, cache = forward(**arguments)")
        order = [_in_check(self.program.variable(up)) for _, up in self.program.outputs if up is not None]
        lines.append(statement(f"gradients = backward({', '.join(['cache', *order])})"))
        lines += self._loss_lines()
        kinds = {g.name.ascii: direction(g.of) for g, _ in self.results if g.of.op is LEAF}
        entries = [f"{quoted(name)}: {quoted(kind)}" for name, kind in kinds.items() if kind != "any"]
        lines.append(assignment("directions", entries, "{}", depth=1))
        lines += self._without_stopped()
        compare = self.helper_names.get("compare", "compare")
        lines.append(f"    return {compare}(loss, arguments, gradients, directions, {self._is_analytic()})")
        return lines

    def _without_stopped(self) -> list[str]:
        """Names whose gradient was stopped somewhere: slopes of forward are another thing there."""
        stops = [n for n in topological(self.program.roots) if n.op is STOP_GRADIENT]
        below = set(topological(stops))
        names = [g.name.ascii for g, _ in self.results if g.of in below]
        return [statement(f"gradients.pop({quoted(name)})  # stop_gradient is no slope") for name in names]

    def _loss_lines(self) -> list[str]:
        outputs = [_in_check(self.program.variable(up)) for _, up in self.program.outputs if up is not None]
        lines = ["", "    def loss(**moved):"]
        if not outputs:
            return [*lines, "        return forward(**moved)[0]", ""]
        lines.append("        outputs, _ = forward(**moved)")
        if len(outputs) == 1:
            return [*lines, f"        return np.sum(outputs * {outputs[0]})", ""]
        pairs = ", ".join(outputs)
        lines.append(f"        pairs = zip(outputs, ({pairs}), strict=True)")
        return [*lines, "        return sum(np.sum(a * b) for a, b in pairs)", ""]

    def _drawn(self, variable: Variable) -> str:
        return f"{quoted(variable.name.ascii)}: {self._draw(variable)}"

    def _draw(self, variable: Variable) -> str:
        return self._renamed(
            draw(variable, [size_text(s, self.letters) for s in variable.shape], self.letters)
        )

    def _is_analytic(self) -> bool:
        plain = all(n.op.name in ANALYTIC and n.dtype != "bool" for n in self.forward_set)
        return plain and "dtype" not in self.forward.words()


CHECK_NAMES = words("rng arguments gradients directions loss outputs pairs moved a b")
"""Local names of the check."""


def _in_check(variable: Variable) -> str:
    """What an upstream gradient is called in the check."""
    name = variable.name.ascii
    return f"{name}_given" if name in CHECK_NAMES else name


# -- pieces of the page -------------------------------------------------------------------------


def _variable_piece(variable: Variable) -> Piece:
    kind = "number" if variable.role == "const" else "int" if variable.node.dtype == "int" else "array"
    return Piece(variable.name.ascii, ATOM, kind, variable.node.rank)


def _is_number(node: Node) -> bool:
    """A number or a formula of numbers and sizes."""
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


def _laid_out(
    lines: Sequence[Line], pieces: Mapping[Node, Piece], notes: Mapping[str, str] | None = None
) -> list[str]:
    """The lines with their comments: what is assumed there, or else the index equation."""
    result = []
    for line in lines:
        texts = [statement(text) for text in line.texts]
        comment = (notes or {}).get(line.name) or index_comment(line.name, line.node, pieces)
        if comment and len(texts) == 1 and "\n" not in texts[0]:
            whole = f"{texts[0]}  # {comment}"
            if len(whole) <= 88:
                texts = [whole]
        result += texts
    return result


def _shape_entry(variable: Variable) -> str:
    sizes = [quoted(str(s)) for s in variable.shape]
    inside = f"{sizes[0]}," if len(sizes) == 1 else ", ".join(sizes)
    return f"{quoted(variable.name.ascii)}: ({inside})"


def _constant_key(program: Program, variable: Variable) -> str:
    """The key under which a constant's value stands."""
    for key in program.constants:
        if identifier(key) == variable.name.ascii:
            return key
    return variable.name.text


def _size_name(letter: str) -> str:
    word = identifier(letter)
    return f"size_{word}" if word in AMBIGUOUS else word


def _title(program: Program) -> str:
    """The first sentence of the comment that heads the model, or a plain one."""
    head = []
    for line in program.text.splitlines():
        if not line.startswith("#"):
            break
        head.append(line.lstrip("# ").strip())
    sentence = docstring_line(" ".join(head).split(". ")[0].rstrip("."))
    return (sentence or "A model and its gradients") + "."


def _equation_texts(program: Program) -> list[str]:
    text = program.text.splitlines()
    places = [e.place for e in program.equations if e.place is not None and e.place.text == program.text]
    lines = (docstring_line(text[p.line - 1][p.start : p.end]) for p in places)
    return [line for line in lines if line]


FACT_WORDS = {
    "onehot": "is one-hot (one 1 in each row, else 0)",
    "prob": "has rows that sum to 1",
    "positive": "is positive",
    "unit": "lies between 0 and 1",
    "binary": "holds 0 and 1 only",
    "mask": "holds 0 and 1 only",
    "pm1": "holds 1 and -1 only",
    "symmetric": "is symmetric",
    "spd": "is symmetric positive definite",
    "invertible": "is invertible",
    "wellcond": "is invertible",
    "unitnorm": "has rows of length 1",
    "causal": "is lower triangular",
    "small": "is small",
}


def _fact_words(fact: str) -> str:
    word, *rest = fact.split()
    if word == "index":
        return f"holds integers from 0 below {docstring_line(' '.join(rest))}"
    return FACT_WORDS.get(word, f"is {docstring_line(fact)}")


# -- helpers that travel ------------------------------------------------------------------------


@cache
def _helpers() -> dict[str, str]:
    """The source of each function that a file may carry along, by name."""
    return {name: text for module in (runtime, selfcheck) for name, text in _sources(module)}


def _sources(module: ModuleType) -> Iterator[tuple[str, str]]:
    text = inspect.getsource(module)
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield node.name, _without_examples("\n".join(lines[first - 1 : node.end_lineno]))


def _without_examples(source: str) -> str:
    """The doctests stay where they are run."""
    text = re.sub(r"\n\n    >>> .*?\n    \"\"\"", '\n    """', source, count=1, flags=re.DOTALL)
    return re.sub(r'"""([^\n]*)\n    """', r'"""\1"""', text, count=1)


def _with_dependencies(wanted: Iterable[str]) -> list[str]:
    """The helpers and those that they call, in the order of their modules."""
    found: set[str] = set()
    stack = list(wanted)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += [n for n in _helpers() if n != name and re.search(rf"\b{n}\(", _helpers()[name])]
    return [name for name in _helpers() if name in found]
