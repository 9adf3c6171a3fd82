"""Optimizers as they stand in a generated file: `initial_state` and `update` for each."""

from __future__ import annotations

import inspect

from symbp import optimizers

OPTIMIZERS: dict[str, tuple[str, str]] = {
    name: (
        inspect.getsource(getattr(optimizers, f"{name}_state"))
        .rstrip()
        .replace(f"{name}_state", "initial_state"),
        inspect.getsource(getattr(optimizers, f"{name}_update")).rstrip().replace(f"{name}_update", "update"),
    )
    for name in ("sgd", "momentum", "adam")
}
