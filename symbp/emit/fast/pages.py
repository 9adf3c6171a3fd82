"""What the template of a step gets, and the parts that all kinds of steps share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symbp.calculus.derivation import Derivation
from symbp.emit.numpy_layout import bracketed, docstring_line
from symbp.lang.program import Program, Variable

OWN = frozenset({"np", "self", "dtype", "Step", "forward", "backward", "cache", "result"})


@dataclass(frozen=True)
class StepPage:
    """Finished strings for the template."""

    sizes: tuple[str, ...]
    init_head: str
    init_lines: tuple[str, ...]
    shapes: tuple[str, ...]
    call_head: str
    call_lines: tuple[str, ...]
    passes: tuple[str, ...]
    call_doc: str = "Return the output and the gradients."
    methods: tuple[str, ...] = ()
    """What comes after the step."""
    dtypes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    """NumPy's functions under names of their own."""
    imports: tuple[str, ...] = ()
    kernels: tuple[str, ...] = ()
    """Compiled loops over rows that the step calls."""
    planned: str = "planned"
    kinds: str = "kinds"
    """The variables of what is planned, and of the dtypes."""


@dataclass(frozen=True)
class Surroundings:
    """What the file around the step has: variables of sizes, names of helpers, names that are taken."""

    letters: Mapping[str, str]
    helper_names: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    numba: bool = False
    """Runs of calls are to be compiled loops over rows, where Numba can be imported."""


def arguments_of(program: Program) -> list[Variable]:
    """Inputs in the order of declaration, then parameters, then upstream gradients."""
    ups = [v for v in program.variables if v.role == "upstream"]
    return [*program.data, *program.parameters, *ups]


def init_head(sizes: list[str]) -> str:
    star = ["*", *sizes] if sizes else ["*"]
    return bracketed("def __init__", "()", ["self", *star, "dtype=np.float32"], ":", depth=1)


def call_head(arguments: list[Variable]) -> str:
    names = [v.name.ascii for v in arguments]
    return bracketed("def __call__", "()", ["self", *names], ":", depth=1)


def equation_texts(derivation: Derivation) -> dict[str, str]:
    """Identifier -> the equation as it was written."""
    program = derivation.program
    found: dict[str, str] = {}
    lines = program.text.splitlines()
    for equation in program.equations:
        p = equation.place
        if p is not None and p.text == program.text:
            found[equation.name.ascii] = docstring_line(lines[p.line - 1][p.start : p.end])
    return found


def descent_lines(given: list[str], changed: list[str], lr: str) -> list[str]:
    """The methods of a step whose gradients hold a rate: the step itself, and gradient descent."""
    lines = [
        "",
        bracketed("def __call__", "()", ["self", *given], ":", depth=1),
        '        """Return the output and the gradients."""',
        bracketed("return self.scaled", "()", ["self.one", *given], "", depth=2),
        "",
        bracketed("def descend", "()", ["self", *given, f"{lr}=0.01"], ":", depth=1),
        '        """Take one step of gradient descent in place; return the output before it.',
        "",
        "        The rate is in the products of the gradients: what is left is to subtract.",
        '        """',
        f"        rate = np.array({lr}, self.one.dtype)",
        bracketed("output, changes = self.scaled", "()", ["rate", *given], "", depth=2),
    ]
    lines += [f'        np.subtract({name}, changes["{name}"], {name})' for name in changed]
    return [*lines, "        return output"]
