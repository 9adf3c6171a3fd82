"""Optimizers as they stand in a generated file: `initial_state` and `update` for each."""

from __future__ import annotations

import inspect
from types import ModuleType

from symbp import optimizers, optimizers_blocked

HELPERS = ("blocks_of", "has_blocks", "scratch_for")


def _pair(module: ModuleType, name: str) -> tuple[str, ...]:
    state = inspect.getsource(getattr(module, f"{name}_state")).rstrip()
    update = inspect.getsource(getattr(module, f"{name}_update")).rstrip()
    return state.replace(f"{name}_state", "initial_state"), update.replace(f"{name}_update", "update")


def _helper(name: str) -> str:
    """A helper of the blocked updates without its example."""
    text = inspect.getsource(getattr(optimizers_blocked, name)).rstrip()
    head, example, rest = text.partition("\n\n    >>> ")
    return head + '"""' + rest.partition('"""')[2] if example else text


NAMES = ("sgd", "momentum", "adam")
OPTIMIZERS: dict[str, tuple[str, ...]] = {name: _pair(optimizers, name) for name in NAMES}
BLOCKED: dict[str, tuple[str, ...]] = {
    name: (*_pair(optimizers_blocked, name), *map(_helper, HELPERS)) for name in NAMES
}
"""For the fast style."""
