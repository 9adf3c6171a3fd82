"""The check that a file carries along: arguments to try it on, and backward beside differences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symbp.algebra.node import LEAF, topological
from symbp.calculus.derivation import Derivation
from symbp.emit.numpy_domains import domains
from symbp.emit.numpy_functions import FunctionsText
from symbp.emit.numpy_layout import assignment, quoted, statement
from symbp.emit.numpy_names import size_text
from symbp.emit.numpy_sample import direction, draw, sample_sizes
from symbp.emit.numpy_text import words
from symbp.lang.program import Variable

ANALYTIC = words(
    "leaf constant size symbolic contract add subtract multiply divide negative square reciprocal exp expm1 "
    "log log1p sqrt sin cos tan arctan sinh cosh tanh arcsinh sigmoid softmax log_softmax logsumexp mean "
    "squared_norm length reshape getitem concatenate pad windows gather cumsum prod cumprod inv solve det "
    "stop_gradient integer_array arange power centred sigmoid_slope sigmoid_minus sech_squared"
)
"""Operations that take complex numbers, so that a complex step gives their slope to rounding."""
CHECK_NAMES = words(
    "step found agreed right rng arguments gradients directions held loss outputs pairs moved a b"
)
"""Local names of the check."""


class CheckText(FunctionsText):
    """The body of check, with the step beside forward and backward where there is one."""

    step = ""

    def __init__(self, derivation: Derivation) -> None:
        super().__init__(derivation)
        self.domains = domains(self.program.roots)

    def check_lines(self) -> list[str]:
        ups = [v for v in self.program.variables if v.role == "upstream"]
        order = [_in_check(self.program.variable(up)) for _, up in self.program.outputs if up is not None]
        given = [self._drawn(v) for v in self._arguments()]
        lines = [
            *self._size_lines(),
            assignment("arguments", given, "{}", depth=1),
            *(statement(f"{_in_check(v)} = {self._draw(v)}") for v in ups),
            *self._first_pass(),
            statement(f"gradients = backward({', '.join(['cache', *order])})"),
            *(self._step_check(ups) if self.step else []),
            *self._loss_lines(),
            assignment("directions", self._directions(), "{}", depth=1),
        ]
        compare = self.helper_names.get("compare", "compare")
        result = f"{compare}(loss, arguments, gradients, directions, {self._is_analytic()})"
        if not self.step:
            return [*lines, f"    return {result}"]
        return [*lines, f"    right = {result}", "    return right and agreed"]

    def _size_lines(self) -> list[str]:
        nodes = [*topological(self.program.roots), *(v.node for v in self.program.variables)]
        sizes = sample_sizes(list(self.letters), nodes)
        names = ", ".join(self.letters[k] for k in sizes)
        return [statement(f"{names} = {', '.join(str(v) for v in sizes.values())}")] if sizes else []

    def _directions(self) -> list[str]:
        """In which directions arguments may be moved that are not free."""
        kinds = {
            g.name.ascii: direction(g.of, self.domains.get(g.of)) for g, _ in self.results if g.of.op is LEAF
        }
        return [f"{quoted(name)}: {quoted(kind)}" for name, kind in kinds.items() if kind != "any"]

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
        if not self.stops():
            return ["    _, cache = forward(**arguments)"]
        keep = self.helper_names.get("keep_in", "keep_in")
        given = f"forward(**arguments, {self.stopping}={keep}(held))"
        return ["    held = []", statement(f"_, cache = {given}")]

    def _loss_lines(self) -> list[str]:
        outputs = [_in_check(self.program.variable(up)) for _, up in self.program.outputs if up is not None]
        lines = ["", "    def loss(**moved):"]
        given = "**moved"
        if self.stops():
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
        return self.renamed(
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

    def draw_helpers(self) -> list[str]:
        """The helpers that draw its arguments."""
        text = "\n".join(self.check_lines())
        helpers = ("symmetric", "positive_definite", "unit_rows")
        return [n for n in helpers if f"{self.helper_names.get(n, n)}(" in text]

    def renamed(self, source: str) -> str:
        """A text with the helpers under the names that they have in this file."""
        for old, new in self.helper_names.items():
            source = re.sub(rf"\b{old}\b", new, source)
        return source


def _in_check(variable: Variable) -> str:
    """What an upstream gradient is called in the check."""
    name = variable.name.ascii
    return f"{name}_given" if name in CHECK_NAMES else name
