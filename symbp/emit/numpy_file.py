"""The generated NumPy file: forward and backward, planned, laid out, rendered and looked over."""

from __future__ import annotations

from dataclasses import dataclass

from symbp.algebra.node import facts
from symbp.calculus.derivation import Derivation
from symbp.emit.fast.compile import step_source
from symbp.emit.fast.pages import Surroundings
from symbp.emit.numpy_check import CheckText
from symbp.emit.numpy_docstring import equation_texts, fact_words, title_of
from symbp.emit.numpy_guard import check_file
from symbp.emit.numpy_helpers import compiled_helpers, helpers, with_dependencies
from symbp.emit.numpy_layout import assignment, bracketed, quoted
from symbp.emit.numpy_names import IDENTIFIER
from symbp.emit.numpy_optimizer import BLOCKED, OPTIMIZERS
from symbp.emit.numpy_text import number_text
from symbp.emit.optimizer_kernel import with_kernel
from symbp.emit.render import render
from symbp.errors import UnsupportedError
from symbp.lang.names import identifier
from symbp.lang.program import Program, Variable
from symbp.uncollected import uncollected

STYLES = ("plain", "fast")


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


@uncollected
def generate(
    derivation: Derivation,
    *,
    target: str = "numpy",
    style: str = "plain",
    optimizer: str | None = None,
    numba: bool = False,
) -> str:
    """The standalone file with forward, backward and a check of itself.

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


class _Writer(CheckText):
    """The page of one file: what is laid out around the two bodies."""

    def __init__(self, derivation: Derivation, style: str, optimizer: str | None, numba: bool) -> None:
        super().__init__(derivation)
        self.numba, self.updates = numba, optimizer is not None
        self.imports: list[str] = []
        if style == "fast":
            taken = frozenset(helpers()) | set(self.helper_names.values())
            if numba:
                own = {"numba", *compiled_helpers()}
                self.helper_names |= {n: self.names.fresh(f"{n}_of") for n in own & self.names.taken}
                taken |= own | set(self.helper_names.values())
            around = Surroundings(self.letters, self.helper_names, taken, numba)
            text = step_source(derivation, around, descends=optimizer == "sgd")
            self.imports, self.step = _imports_apart(text)

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
            forward_head=bracketed("def forward", "()", [*arguments, *self.stop_argument()], ":"),
            forward_doc=self.forward_doc(),
            forward_lines=tuple(self.forward_lines()),
            backward_head=bracketed("def backward", "()", ["cache", *seeds], ":"),
            backward_doc=self.backward_doc(),
            backward_lines=tuple(self.backward_lines()),
            compiled=tuple(self._compiled_texts()),
            step=self.step.rstrip("\n"),
            helpers=tuple(self._helper_texts()),
            optimizer=self._optimizer_texts(optimizer) if optimizer else (),
            check_lines=tuple(self.check_lines()),
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

    def _helper_texts(self) -> list[str]:
        words = self.forward.words() | self.backward.words() | set(IDENTIFIER.findall(self.step))
        wanted = [name for name in helpers() if self.helper_names.get(name, name) in words]
        checks = ["compare", "slope", "random_direction", *self.draw_helpers()]
        checks += ["same_results"] if self.step else []
        checks += ["keep_in", "take_from"] if self.stops() else []
        return [self.renamed(helpers()[name]) for name in with_dependencies([*wanted, *checks])]

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
        return [self.renamed(among[name]) for name in with_dependencies(wanted, among)] if self.numba else []


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
