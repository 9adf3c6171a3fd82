"""symbp bench: the generated step beside the plain style and the bare matrix products."""

from __future__ import annotations

import argparse
import os
import re
import runpy
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from symbp.algebra.node import Node, facts
from symbp.calculus.derivation import Derivation
from symbp.commands.peer_steps import INSTALL, need, peer_step, timed_arrays
from symbp.commands.shared import read_program
from symbp.commands.threads import threads
from symbp.commands.turns import Timed, in_turns
from symbp.emit.fast.compile import plan
from symbp.emit.fast.layout import repeated
from symbp.errors import ModelError, UnsupportedError
from symbp.lang.names import identifier
from symbp.lang.program import Variable
from symbp.pipeline import generate
from symbp.reading import derive

Array = np.ndarray[Any, Any]
ROUNDS, BLOCK = 15, 0.02
DEFAULT_SIZE = 64
CONTENDERS = ("numpy", "products", "numba", "torch", "jax")


def run_bench(arguments: argparse.Namespace) -> int:
    derivation = derive(read_program(arguments))
    sizes = read_sizes(arguments.sizes, derivation)
    wanted = [w.strip() for w in arguments.against.split(",") if w.strip()]
    for name in wanted:
        if name not in CONTENDERS:
            known = f"{', '.join(CONTENDERS[:-1])} and {CONTENDERS[-1]}"
            raise UnsupportedError(
                f"there is nothing called '{name}' to compare with", hint=f"there are {known}"
            )
        if name in INSTALL:
            need(name)
    print(kernel_line())
    print("sizes:", ", ".join(f"{k} = {v}" for k, v in sizes.items()) or "all fixed")
    for dtype in (np.float32, np.float64):
        steps = contenders(derivation, sizes, dtype, wanted)
        for line in table(steps, np.dtype(dtype).name):
            print(line)
    return 0


def read_sizes(text: str | None, derivation: Derivation) -> dict[str, int]:
    """`n=32, d=784`; letters that are not given get 64.  ModelError for what is no size of the model."""
    sizes = dict.fromkeys(derivation.program.size_letters, DEFAULT_SIZE)
    for part in (text or "").split(","):
        name, _, value = (p.strip() for p in part.partition("="))
        if not name:
            continue
        if name not in sizes or not value.isdecimal() or int(value) < 1:
            known = ", ".join(sizes) or "none"
            raise ModelError(f"'{part.strip()}' is no size of the model", hint=f"sizes: {known}; write n=32")
        sizes[name] = int(value)
    return sizes


# -- what is timed ----------------------------------------------------------------------------------


def contenders(
    derivation: Derivation, sizes: Mapping[str, int], dtype: type[np.floating[Any]], wanted: Sequence[str]
) -> dict[str, Timed]:
    """The step first, then what it is compared with."""
    namespace = loaded(generate(derivation.program, style="fast"))
    rng = np.random.default_rng(0)
    program = derivation.forward
    data = [*program.data, *program.parameters]
    given = {v.name.ascii: drawn(v, sizes, rng, dtype) for v in data}
    ups = [drawn(v, sizes, rng, dtype) for v in program.variables if v.role == "upstream"]
    step = namespace["Step"](**{_argument(k): v for k, v in sizes.items()}, dtype=dtype)
    positional = [*given.values(), *ups]
    found: dict[str, Timed] = {"step": lambda: step(*positional)}
    if "numpy" in wanted:

        def plain() -> Any:
            _, cache = namespace["forward"](**given)
            return namespace["backward"](cache, *ups)

        found["plain"] = plain
    products = bare_products(derivation, sizes, dtype) if "products" in wanted else []
    if products:
        found["products"] = lambda: [call(b, out) for call, b, out in products]
    if "numba" in wanted:
        with file_of(generate(derivation.program, style="fast", numba=True)) as compiled:
            other = compiled["Step"](**{_argument(k): v for k, v in sizes.items()}, dtype=dtype)
            other(*positional)  # compiled now: Numba looks for the file
        found["numba"] = lambda: other(*positional)
    arrays = timed_arrays(derivation, positional)
    for name in (w for w in wanted if w in ("torch", "jax")):
        found[name] = peer_step(name, derivation, arrays, sizes, dtype)
    return found


def _argument(letter: str) -> str:
    word = identifier(letter)
    return f"size_{word}" if word in ("l", "O", "I") else word


def loaded(source: str) -> dict[str, Any]:
    """The names that a generated file defines."""
    with file_of(source) as namespace:
        return namespace


@contextmanager
def file_of(source: str) -> Iterator[dict[str, Any]]:
    """The same while the file is there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.py"
        path.write_text(source, encoding="utf-8")
        yield runpy.run_path(str(path), run_name="generated")


def drawn(variable: Variable, sizes: Mapping[str, int], rng: np.random.Generator, dtype: Any) -> Any:
    """An array that keeps the facts which matter for the time of a step."""
    shape = tuple(s.value(sizes) for s in variable.shape)
    known = facts(variable.node)
    for fact in known:
        if fact.startswith("index"):
            bound = "".join(fact.split()[1:])
            return rng.integers(0, sizes.get(bound, int(bound) if bound.isdecimal() else 2), shape)
    if "onehot" in known:
        return np.eye(shape[-1], dtype=dtype)[rng.integers(0, shape[-1], shape[:-1])]
    if "spd" in known:
        return np.eye(shape[-1], dtype=dtype)
    if {"positive", "unit", "prob"} & set(known):
        entries = rng.uniform(0.1, 0.9, shape)
        return (entries / entries.sum(-1, keepdims=True) if "prob" in known else entries).astype(dtype)
    fan = shape[0] if variable.role == "param" and len(shape) > 1 else 1
    return (rng.standard_normal(shape) / np.sqrt(fan)).astype(dtype)


def bare_products(
    derivation: Derivation, sizes: Mapping[str, int], dtype: Any
) -> list[tuple[Callable[[Array, Array], Any], Array, Array]]:
    """The matrix products of the step, on arrays that are there: what no NumPy code can do without."""
    planned = plan(derivation)
    found: list[tuple[Callable[[Array, Array], Any], Array, Array]] = []
    for call, often in repeated(planned.layout.calls) if planned is not None else ():
        if call.kind == "product" and call.node is not None and call.text == "{0}.dot({1}, {out})":
            shapes = _matrix_shapes(call.node, sizes)
            if shapes is not None:
                n, k, m = shapes
                a, b = np.ones((n, k), dtype), np.ones((k, m), dtype)
                found += [(a.dot, b, np.empty((n, m), dtype))] * often.value(sizes)
    return found


def _matrix_shapes(node: Node, sizes: Mapping[str, int]) -> tuple[int, int, int] | None:
    """Rows, summed entries and columns of a contraction of two arrays."""
    if node.op.name != "contract" or len(node.args) != 2:
        return None
    (a, b), out, lengths = node.params
    if out and out[0] in b:
        a, b = b, a
    values = [s.value(sizes) for s in lengths]

    def count(labels: Sequence[int]) -> int:
        return int(np.prod([values[x] for x in labels], dtype=int))

    summed = [x for x in a if x in b and x not in out]
    return count([x for x in a if x in out]), count(summed), count([x for x in b if x in out])


# -- timing -----------------------------------------------------------------------------------------


def table(steps: Mapping[str, Timed], label: str) -> list[str]:
    """Medians of blocks that take turns, and their ratios to the step."""
    for step in steps.values():
        step()
    times = in_turns(steps, ROUNDS, BLOCK, parallel=threads() != "1")
    medians = {name: statistics.median(t) for name, t in times.items()}
    lines = [f"{label}: step {medians['step'] * 1e6:.1f} µs"]
    for name in list(steps)[1:]:
        ratio = statistics.median(a / b for a, b in zip(times["step"], times[name], strict=True))
        lines.append(f"  {ratio:.2f} x {name} ({medians[name] * 1e6:.1f} µs)")
    return lines


# -- the machine ------------------------------------------------------------------------------------


def kernel_line() -> str:
    """Which BLAS computes the products, and whether the processor could do better."""
    configuration = np.show_config(mode="dicts")
    blas = configuration["Build Dependencies"]["blas"] if isinstance(configuration, dict) else {}
    name, version = blas.get("name", "unknown"), blas.get("version", "")
    forced = os.environ.get("OPENBLAS_CORETYPE")
    line = f"BLAS: {name} {version}, threads: {threads()}, {gigaflops():.0f} GFlop/s in float32"
    if "openblas" not in name:
        return line
    if forced:
        return f"{line}, kernel chosen by OPENBLAS_CORETYPE={forced}"
    better = better_kernel()
    if better:
        line += f"\n  hint: this processor has AVX-512; try OPENBLAS_CORETYPE={better}, where it is not used"
    return line


def better_kernel() -> str | None:
    """The AVX-512 kernel, for AMD processors that older OpenBLAS takes for others."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return None
    family = re.search(r"cpu family\s*:\s*(\d+)", text)
    new = "AuthenticAMD" in text and family is not None and int(family[1]) >= 25
    return "SkylakeX" if new and "avx512bw" in text else None


def gigaflops(size: int = 512) -> float:
    """The speed of one matrix product."""
    a = np.ones((size, size), np.float32)
    out = np.empty_like(a)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a.dot(a, out)
        times.append(time.perf_counter() - start)
    return 2e-9 * float(size) ** 3 / min(times)
