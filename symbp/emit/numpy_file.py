"""The generated NumPy file: forward and backward, planned, laid out, rendered and looked over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symbp.algebra.node import LEAF, Node, facts, topological
from symbp.calculus.derivation import Derivation
from symbp.emit.fast.compile import step_source
from symbp.emit.fast.pages import Surroundings
from symbp.emit.numpy_bodies import Bodies
from symbp.emit.numpy_comment import index_comment
from symbp.emit.numpy_docstring import equation_texts, fact_words, title_of
from symbp.emit.numpy_domains import domains
from symbp.emit.numpy_guard import check_file
from symbp.emit.numpy_helpers import compiled_helpers, helpers, with_dependencies
from symbp.emit.numpy_layout import assignment, bracketed, quoted, statement, targets
from symbp.emit.numpy_optimizer import BLOCKED, OPTIMIZERS
from symbp.emit.numpy_plan import IDENTIFIER, Line, size_text
from symbp.emit.numpy_sample import direction, draw, sample_sizes
from symbp.emit.numpy_text import Piece, number_text, words
from symbp.emit.optimizer_kernel import with_kernel
from symbp.emit.render import render
from symbp.errors import UnsupportedError
from symbp.lang.names import identifier
from symbp.lang.program import Program, Variable
from symbp.ops.loss import CROSS_ENTROPY, ROWS_SUM_TO_ONE
from symbp.ops.softmax import LOG_SOFTMAX

STYLES = ("plain", "fast")

ANALYTIC = words(
    "leaf constant size symbolic contract add subtract multiply divide negative square reciprocal exp expm1 "
    "log log1p sqrt sin cos tan arctan sinh cosh tanh arcsinh sigmoid softmax log_softmax logsumexp mean "
    "squared_norm length reshape getitem concatenate pad windows gather cumsum prod cumprod inv solve det "
    "stop_gradient integer_array arange power centred sigmoid_slope sigmoid_minus sech_squared"
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
    imports: tuple[str, ...]
    numba: str
    """How Numba is imported, where it is to be used."""
    tables: tuple[str, ...]
    forward_head: str
    forward_doc: str
    forward_lines: tuple[str, ...]
    backward_head: str
    backward_doc: str
    backward_lines: tuple[str, ...]
    compiled: tuple[str, ...]
    """Helpers that Numba compiles."""
    step: str
    helpers: tuple[str, ...]
    optimizer: tuple[str, ...]
    check_lines: tuple[str, ...]


def generate(
    derivation: Derivation,
    *,
    target: str = "numpy",
    style: str = "plain",
    optimizer: str | None = None,
    numba: bool = False,
) -> str:
    """The standalone file (INTERFACE §4) with forward, backward and a check of itself.

    With `numba` the fast step has compiled loops over rows for where Numba can be imported.
    UnsupportedError for a target, style or optimizer that there is not, or an operation that
    cannot be written.
    """
    if target != "numpy":
        raise UnsupportedError(f"there is no target '{target}'", hint="the target is numpy")
    if style not in STYLES:
        raise UnsupportedError(f"there is no style '{style}'", hint=f"the styles are {' and '.join(STYLES)}")
    if optimizer is not None and optimizer not in OPTIMIZERS:
        known = ", ".join(OPTIMIZERS)
        raise UnsupportedError(f"there is no optimizer '{optimizer}'", hint=f"the optimizers are {known}")
    if numba and style != "fast":
        raise UnsupportedError("only the fast style has loops for Numba", hint="choose the style fast")
    source = render("numpy_plain.py.j2", page=_Writer(derivation, style, optimizer, numba).page(optimizer))
    check_file(source)
    return source


class _Writer(Bodies):
    """The page of one file: what is laid out around the two bodies."""

    def __init__(self, derivation: Derivation, style: str, optimizer: str | None, numba: bool) -> None:
        super().__init__(derivation)
        self.numba, self.updates = numba, optimizer is not None
        self.domains = domains(self.program.roots)
        self.imports: list[str] = []
        self.step = ""
        if style == "fast":
            taken = frozenset(helpers()) | set(self.helper_names.values())
            if numba:
                own = {"numba", *compiled_helpers()}
                self.helper_names |= {n: self.names.fresh(f"{n}_of") for n in own & self.names.taken}
                taken |= own | set(self.helper_names.values())
            around = Surroundings(self.letters, self.helper_names, taken, numba)
            text = step_source(derivation, around, descends=optimizer == "sgd")
            self.imports, self.step = _imports_apart(text)

    # -- the page -------------------------------------------------------------------------------

    def page(self, optimizer: str | None) -> PlainPage:
        arguments = [v.name.ascii for v in self._arguments()]
        upstreams = [up for _, up in self.program.outputs if up is not None]
        loss = self.program.loss
        seeds = [self.program.variable(up).name.ascii for up in upstreams] or [f"{self.seed.name}=1.0"]
        return PlainPage(
            title=title_of(self.derivation.program),
            equations=tuple(equation_texts(self.derivation.program)),
            facts=tuple(self._fact_lines()),
            result_word="loss" if loss is not None else "output" if len(upstreams) == 1 else "outputs",
            layout_note="arrays keep their dtype.",
            imports=tuple(self.imports),
            numba=self._numba_import(),
            tables=tuple(self._tables()),
            forward_head=bracketed("def forward", "()", [*arguments, *self._stop_argument()], ":"),
            forward_doc=self._forward_doc(),
            forward_lines=tuple(self._forward_lines()),
            backward_head=bracketed("def backward", "()", ["cache", *seeds], ":"),
            backward_doc=self._backward_doc(),
            backward_lines=tuple(self._backward_lines()),
            compiled=tuple(self._compiled_texts()),
            step=self.step.rstrip("\n"),
            helpers=tuple(self._helper_texts()),
            optimizer=self._optimizer_texts(optimizer) if optimizer else (),
            check_lines=tuple(self._check_lines()),
        )

    def _fact_lines(self) -> list[str]:
        return [
            f"It is assumed that {variable.name.ascii} {fact_words(fact)}."
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

    def _stop_argument(self) -> list[str]:
        """The function that values go through which are constants for the gradient."""
        return ["*", f"{self.stopping}=np.asarray"] if self._stops() else []

    def _stops(self) -> bool:
        return self.stopping in self.forward.words(*(self.forward.text(n) for n in self.outputs))

    def _forward_doc(self) -> str:
        outputs = [self.program.equation(name).name.ascii for name, _ in self.program.outputs]
        shown = outputs[0] if len(outputs) == 1 else "(" + ", ".join(outputs) + ")"
        exchanged = f"; check exchanges {self.stopping}" if self._stops() else ""
        return f"Return {shown} and what backward needs{exchanged}."

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
        words = self.forward.words() | self.backward.words() | set(IDENTIFIER.findall(self.step))
        wanted = [name for name in helpers() if self.helper_names.get(name, name) in words]
        checks = ["compare", "slope", "random_direction", *self._draw_helpers()]
        checks += ["same_results"] if self.step else []
        checks += ["keep_in", "take_from"] if self._stops() else []
        return [self._renamed(helpers()[name]) for name in with_dependencies([*wanted, *checks])]

    def _optimizer_texts(self, optimizer: str) -> tuple[str, ...]:
        """The updates; with a compiled loop where Numba may compile it."""
        if not self.step:
            return OPTIMIZERS[optimizer]
        if not self.numba:
            return BLOCKED[optimizer]
        state, update, *further = BLOCKED[optimizer]
        module, decorator = (self.helper_names.get(n, n) for n in ("numba", "compiled"))
        changed, kernel = with_kernel(update, module, decorator)
        return (state, kernel, changed, *further)

    def _numba_import(self) -> str:
        """Nothing where no loop is compiled."""
        if not self._compiled_texts():
            return ""
        name = self.helper_names.get("numba", "numba")
        return "import numba" if name == "numba" else f"import numba as {name}"

    def _compiled_texts(self) -> list[str]:
        """What the compiled loops call."""
        words = set(IDENTIFIER.findall(self.step))
        among = compiled_helpers()
        wanted = [name for name in among if self.helper_names.get(name, name) in words]
        wanted += ["compiled"] if self.updates else []
        return [self._renamed(among[name]) for name in with_dependencies(wanted, among)] if self.numba else []

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
        lines += self._first_pass()
        order = [_in_check(self.program.variable(up)) for _, up in self.program.outputs if up is not None]
        lines.append(statement(f"gradients = backward({', '.join(['cache', *order])})"))
        lines += self._step_check(ups) if self.step else []
        lines += self._loss_lines()
        kinds = {
            g.name.ascii: direction(g.of, self.domains.get(g.of)) for g, _ in self.results if g.of.op is LEAF
        }
        entries = [f"{quoted(name)}: {quoted(kind)}" for name, kind in kinds.items() if kind != "any"]
        lines.append(assignment("directions", entries, "{}", depth=1))
        compare = self.helper_names.get("compare", "compare")
        analytic = self._is_analytic()
        lines.append(f"    return {compare}(loss, arguments, gradients, directions, {analytic})")
        if self.step:
            lines[-1] = lines[-1].replace("    return", "    right =")
            lines.append("    return right and agreed")
        return lines

    def _step_check(self, upstreams: Sequence[Variable]) -> list[str]:
        """The step beside forward and backward."""
        sizes = ", ".join(f"{name}={name}" for name in [*self.letters.values()])
        given = ["**arguments", *(f"{v.name.ascii}={_in_check(v)}" for v in upstreams)]
        same = self.helper_names.get("same_results", "same_results")
        return [
            statement(f"step = Step({sizes}{', ' if sizes else ''}dtype=np.float64)"),
            statement(f"found = step({', '.join(given)})"),
            f"    agreed = {same}(found, (forward(**arguments)[0], gradients))",
        ]

    def _first_pass(self) -> list[str]:
        """The pass for backward, which keeps the values that the loss then holds constant."""
        if not self._stops():
            return ["    _, cache = forward(**arguments)"]
        keep = self.helper_names.get("keep_in", "keep_in")
        given = f"forward(**arguments, {self.stopping}={keep}(held))"
        return ["    held = []", statement(f"_, cache = {given}")]

    def _loss_lines(self) -> list[str]:
        outputs = [_in_check(self.program.variable(up)) for _, up in self.program.outputs if up is not None]
        lines = ["", "    def loss(**moved):"]
        given = "**moved"
        if self._stops():
            given += f", {self.stopping}={self.helper_names.get('take_from', 'take_from')}(held)"
        if not outputs:
            return [*lines, statement(f"return forward({given})[0]", depth=2), ""]
        lines.append(statement(f"outputs, _ = forward({given})", depth=2))
        if len(outputs) == 1:
            return [*lines, f"        return np.sum(outputs * {outputs[0]})", ""]
        pairs = ", ".join(outputs)
        lines.append(f"        pairs = zip(outputs, ({pairs}), strict=True)")
        return [*lines, "        return sum(np.sum(a * b) for a, b in pairs)", ""]

    def _drawn(self, variable: Variable) -> str:
        return f"{quoted(variable.name.ascii)}: {self._draw(variable)}"

    def _draw(self, variable: Variable) -> str:
        return self._renamed(
            draw(
                variable,
                [size_text(s, self.letters) for s in variable.shape],
                self.letters,
                self.domains.get(variable.node),
            )
        )

    def _is_analytic(self) -> bool:
        plain = all(n.op.name in ANALYTIC and n.dtype != "bool" for n in self.forward_set)
        return plain and "dtype" not in self.forward.words()


CHECK_NAMES = words(
    "step found agreed right rng arguments gradients directions held loss outputs pairs moved a b"
)
"""Local names of the check."""


def _in_check(variable: Variable) -> str:
    """What an upstream gradient is called in the check."""
    name = variable.name.ascii
    return f"{name}_given" if name in CHECK_NAMES else name


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


def _imports_apart(step: str) -> tuple[list[str], str]:
    """The imports that a step starts with, and the rest."""
    lines = step.splitlines()
    count = next((k for k, line in enumerate(lines) if not line.startswith("from ")), 0)
    return lines[:count], "\n".join(lines[count:]).strip("\n")
