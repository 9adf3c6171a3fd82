"""The fast steps of generated files as a contender of the side-by-side benchmark of training steps.

`make(workload, params, batch, dtype)` is what that benchmark asks for.  The models stand in
benchmarks/models; a workload without one is not taken part in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbp.pipeline import generate

NAME = "symbp"
MODELS = Path(__file__).parent / "models"
Arrays = Mapping[str, Any]
Given = tuple[Any, ...]
Step = Callable[[Given, Given], tuple[Any, dict[str, Any]]]


def make(workload: str, params: Arrays, batch: Arrays, dtype: Any) -> tuple[Step, Given, Given] | None:
    """The step of a workload for the sizes of these arrays."""
    path = MODELS / f"{workload.lower()}.eq"
    if not path.exists():
        return None
    namespace: dict[str, Any] = {"__name__": "generated"}
    source = generate(path.read_text(encoding="utf-8"), style="fast")
    exec(compile(source, f"{workload}.py", "exec"), namespace)  # noqa: S102
    shapes = {**namespace["PARAMETERS"], **namespace["INPUTS"]}
    step = namespace["Step"](**_sizes(shapes, {**params, **batch}), dtype=dtype)

    def run(p: Given, b: Given) -> tuple[Any, dict[str, Any]]:
        found: tuple[Any, dict[str, Any]] = step(*b, *p)
        return found

    names = namespace["PARAMETERS"], namespace["INPUTS"]
    return run, tuple(params[n] for n in names[0]), tuple(batch[n] for n in names[1])


def _sizes(shapes: Mapping[str, tuple[str, ...]], arrays: Arrays) -> dict[str, int]:
    """Size letters from axes that are a letter or a number times one."""
    found: dict[str, int] = {}
    for name, shape in shapes.items():
        for text, length in zip(shape, np.shape(arrays[name]), strict=True):
            factor, _, letter = text.rpartition("*")
            if letter.isidentifier() and (not factor or factor.isdigit()):
                found.setdefault(letter, length // int(factor or 1))
    return found
