"""Which of several values is taken for an argument, and what there was to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NOTHING = object()
"""Stands for a default where there is none."""


class NoValue(Exception):
    """Nothing is known that could be passed."""


@dataclass
class Choices:
    """Which option is taken where there are several, and what there was to choose from."""

    taken: Mapping[str, int] = field(default_factory=dict)
    seen: dict[str, Sequence[Any]] = field(default_factory=dict)

    def pick(self, name: str, options: Sequence[Any]) -> Any:
        if len(options) > 1:
            self.seen[name] = list(options)
        return options[min(self.taken.get(name, 0), len(options) - 1)]
