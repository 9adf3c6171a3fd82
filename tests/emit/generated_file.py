"""What the tests of generated files share: loading one, and the arrays that it checks itself with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Namespace = dict[str, Any]


def load(source: str) -> Namespace:
    """The names that a generated file defines."""
    namespace: Namespace = {"__name__": "generated"}
    exec(compile(source, "generated.py", "exec"), namespace)  # noqa: S102
    return namespace


def assert_ruff_finds_nothing(folder: Path) -> None:
    """Every file below a folder passes check and format as it is."""
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(folder)]
        found = subprocess.run(ruff, capture_output=True, text=True, timeout=60, check=False)
        assert found.returncode == 0, found.stdout


def sample(namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> tuple[Namespace, list[Any]]:
    """The arguments and upstream gradients that the file checks itself with."""
    seen: list[Any] = []
    forward, backward = namespace["forward"], namespace["backward"]

    def keeping_forward(*given: Any, **arguments: Any) -> Any:
        if not given:
            seen.append(arguments)
        return forward(*given, **arguments)

    def keeping_backward(cache: Any, *upstream: Any) -> Any:
        seen.append(list(upstream))
        return backward(cache, *upstream)

    with monkeypatch.context() as patch:
        patch.setitem(namespace, "forward", keeping_forward)
        patch.setitem(namespace, "backward", keeping_backward)
        for name in ("compare", "compare_of"):
            patch.setitem(namespace, name, lambda *_: True)
        namespace["check"]()
    return seen[0], seen[1]


def as_float32(value: Any) -> Any:
    """Floating-point numbers in single precision; integers as they are."""
    array = np.asarray(value)
    return array.astype(np.float32)[()] if array.dtype == np.float64 else value


def scaled(value: Any, size: float) -> Any:
    """Random numbers of both signs, the largest of that size; integers and 0/1 arrays stay."""
    array = np.asarray(value)
    if array.dtype.kind != "f" or set(np.unique(array)) <= {0.0, 1.0}:
        return value
    return (array * (size / np.max(np.abs(array))))[()]
