"""What the stability tests share: extreme points, cases, and the errors of generated files at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

import symbp
from symbp.algebra.node import Node
from symbp.evidence.broadcasting import Array
from tests.emit.generated_file import Namespace, load
from tests.emit.precise import errors_in_eps, reference, representable, sensitivities

LIMIT = 4.0
WIDTH = 13
"""Of rows, as there are so many points."""
DTYPES = [np.float32, np.float64]
POINTS = np.array([0.0] + [s * x for x in (1e-30, 1e-8, 1.0, 40.0, 800.0, 1e4) for s in (1.0, -1.0)])
LEFT, RIGHT = np.array(list(product(POINTS, POINTS))).T


@dataclass(frozen=True)
class Case:
    """A call and its arguments.

    Results named in `mixed` or `normwise` (Y, or a gradient such as dx) are within 4 eps of what inputs
    perturbed by 4 eps each, or by 4 eps of the largest of their row, would give; all others are within 4 eps
    of the exact value.
    """

    call: str
    values: Mapping[str, Array]
    mixed: str = ""
    normwise: str = ""
    by_rows: bool = True
    """No row acts on another: the entries of a column may be perturbed at once."""

    @property
    def text(self) -> str:
        lines = []
        for name, value in self.values.items():
            whole = value.dtype.kind == "i"
            letters = ["m"] if len(value) == WIDTH and value.ndim == 1 and not whole else ["n", "m", "k"]
            lines.append(f"{'input' if whole else 'param'} {name}: {','.join(letters[: value.ndim])}")
            lines += [f"assume {name}: index m"] if whole else []
        return "\n".join([*lines, f"Y = {self.call}", "output Y, G"])


@dataclass(frozen=True)
class Generated:
    """A file's functions, the names of the parameters, the nodes of Y, arguments and gradients."""

    functions: Namespace
    is_fast: bool
    parameters: list[str]
    nodes: dict[str, Node]

    @property
    def results(self) -> list[str]:
        return ["Y", *(f"d{name}" for name in self.parameters)]

    def sizes(self, values: Mapping[str, Array]) -> dict[str, int]:
        pairs = [zip(self.nodes[name].shape, np.shape(v), strict=True) for name, v in values.items()]
        return {str(letter): number for pair in pairs for letter, number in pair}

    def result(self, name: str, values: Mapping[str, Array]) -> Any:
        """Y, or a gradient such as dx, at arrays of which G is the upstream gradient."""
        arguments = {n: v for n, v in values.items() if n != "G"}
        if self.is_fast:
            step = self.functions["Step"](**self.sizes(arguments), dtype=values["G"].dtype)
            found, gradients = step(**values)
        else:
            found, cached = self.functions["forward"](**arguments)
            gradients = {} if name == "Y" else self.functions["backward"](cached, values["G"])
        return found if name == "Y" else gradients[name[1:]]


@cache
def generated(text: str, style: str, change: tuple[str, str] = ("", "")) -> Generated:
    """The file for a model, with a change made to its text where one is named."""
    derivation = symbp.derive(text)
    nodes = {v.name.text: v.node for v in derivation.program.variables}
    parameters = [v.name.text for v in derivation.program.parameters]
    nodes["Y"] = derivation.program.nodes["Y"]
    nodes.update({f"d{name}": derivation.full(name) for name in parameters})
    source = symbp.generate(text, style=style)
    assert change[0] in source
    return Generated(load(source.replace(*change)), style == "fast", parameters, nodes)


@dataclass(frozen=True)
class Exact:
    """The arguments of a case in a dtype, and by name what comes out of them, to many digits."""

    values: Mapping[str, Array]
    results: Mapping[str, Array]
    scales: Mapping[str, Any]
    """What an error may be relative to, where that is more than the result."""


_EXACT: dict[tuple[str, Any], Exact] = {}


def exact(case: Case, dtype: Any) -> Exact:
    """Both styles are compared with the same numbers."""
    key = (case.text, dtype)
    if key not in _EXACT:
        _EXACT[key] = _worked_out(case, dtype)
    return _EXACT[key]


def _worked_out(case: Case, dtype: Any) -> Exact:
    file = generated(case.text, "plain")
    values = {n: v if v.dtype.kind == "i" else v.astype(dtype) for n, v in case.values.items()}
    sizes = file.sizes(values)
    values["G"] = upstream_of(tuple(s.value(sizes) for s in file.nodes["Y"].shape), dtype)
    roots = [file.nodes[name] for name in file.results]
    leaves = {file.nodes[n]: v for n, v in values.items()}
    results = dict(zip(file.results, reference(roots, leaves, sizes), strict=True))
    scales = dict.fromkeys(file.results, np.zeros(()))
    for names, normwise in ((case.mixed.split(), False), (case.normwise.split(), True)):
        if names:
            wanted = [file.nodes[name] for name in names]
            found = sensitivities(wanted, leaves, sizes, case.by_rows, normwise)
            scales |= {n: abs(results[n]) + s for n, s in zip(names, found, strict=True)}
    return Exact(values, results, scales)


def upstream_of(shape: tuple[int, ...], dtype: Any) -> Array:
    """The weights 1, 2, 3, 1, … of the entries."""
    return (1.0 + np.arange(np.prod(shape, dtype=int)) % 3).reshape(shape).astype(dtype)


def worst_errors(
    case: Case, dtype: Any, style: str = "plain", change: tuple[str, str] = ("", "")
) -> dict[str, float]:
    """For Y and for each gradient the largest error in eps; a warning raises.

    The fast step always gives both, so it is run where the slopes are real numbers, too.
    """
    file, known = generated(case.text, style, change), exact(case, dtype)
    kept = at_values = representable(known.results["Y"], dtype)
    for name in file.results[1:]:
        if known.results[name].shape == kept.shape:
            kept = kept & representable(known.results[name], dtype)
    where = {name: at_values if name == "Y" and not file.is_fast else kept for name in file.results}
    return {name: error_of(name, case, known, where[name], file) for name in file.results}


def error_of(name: str, case: Case, known: Exact, kept: Array, file: Generated) -> float:
    """The worst error of one result, run on the kept entries (of vectors) or rows."""
    whole: Any = kept.reshape(len(kept), -1).all(axis=1) if case.by_rows else ...
    chosen = {n: v[whole] for n, v in known.values.items()}
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = np.asarray(file.result(name, chosen))
    wanted = known.results[name][whole]
    scale = np.broadcast_to(known.scales[name], known.results[name].shape)[whole]
    assert found.dtype == chosen["G"].dtype
    assert np.all(np.isfinite(found)), f"{name} of {case.call}"
    real = representable(wanted, found.dtype)
    return float(np.max(np.where(real, errors_in_eps(found, wanted, scale), 0.0), initial=0.0))
