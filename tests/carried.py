"""The functions that generated files carry along, in one namespace."""

from __future__ import annotations

from types import FunctionType, SimpleNamespace

from symbp import runtime

FUNCTIONS = {
    name: value
    for room in runtime.ROOMS
    for name, value in vars(room).items()
    if isinstance(value, FunctionType)
}
CARRIED = SimpleNamespace(**FUNCTIONS)
