"""Which of several returned arrays is the gradient of which argument or parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node
from symbp.audit.names import canonical, key_of, says_gradient, strip_gradient
from symbp.audit.reading import Claim


@dataclass
class Matching:
    """Returned items with their names, and what each of them is taken for."""

    items: list[Any]
    names: list[str]
    """The names under which they are returned; empty ones where these are not known."""
    inputs: Sequence[str]
    targets: Mapping[str, Node]
    matched: dict[int, list[tuple[str, str, Node]]] = field(default_factory=dict)
    """Index of an item -> (name, target, gradient) for each array in it."""

    def __post_init__(self) -> None:
        if len(self.names) != len(self.items):
            self.names = [""] * len(self.items)

    def claims(self, of_class: bool) -> list[Claim]:
        """The claims that can be told, in the order in which they are returned."""
        self._by_name()
        arrays = all(isinstance(i, Node) for i in self.items)
        if not self.matched and arrays:
            self._by_order([t for t in self.targets if "." not in t or of_class])
        elif len(self.items) == len(self.targets) and arrays:
            self._by_place()
        else:
            self._first_input()
        self._left_over()
        found = [entry for at in sorted(self.matched) for entry in self.matched[at]]
        return [Claim(name, target, node, self.targets[target]) for name, target, node in found]

    def _take(self, at: int, target: str) -> None:
        self.matched[at] = [(self.names[at] or f"d{target}", target, self.items[at])]

    def _taken(self) -> set[str]:
        return {target for entries in self.matched.values() for _, target, _ in entries}

    def _by_name(self) -> None:
        for at, (item, name) in enumerate(zip(self.items, self.names, strict=True)):
            pieces = [("", item)] if isinstance(item, Node) else list(entries_of(item))
            for path, node in pieces:
                whole = f"{name}.{path}" if path and name else path or name
                target = target_of(whole, self.targets) or (target_of(path, self.targets) if path else None)
                if target is not None:
                    self.matched.setdefault(at, []).append((whole, target, node))

    def _by_order(self, order: Sequence[str]) -> None:
        """Where no name says anything: in the order of the arrays, by their shapes."""
        for at, (item, target) in enumerate(zip(self.items, order, strict=False)):
            if _sizes(item) == _sizes(self.targets[target]):
                self._take(at, target)

    def _by_place(self) -> None:
        """As many gradients as there are arrays, in one order: dg may be short for that of gamma.

        Where all shapes are those of the arrays in that order, what has no name needs none.
        """
        taken = self._taken()
        fits = all(i.shape == v.shape for i, v in zip(self.items, self.targets.values(), strict=True))
        for at, (item, target) in enumerate(zip(self.items, self.targets, strict=True)):
            short = strip_gradient(self.names[at]).lower()
            is_short = bool(short) and target.split(".")[-1].lower().startswith(short)
            same_shape = item.shape == self.targets[target].shape
            is_meant = is_short or (fits and not self.names[at])
            if at not in self.matched and is_meant and target not in taken and same_shape:
                self._take(at, target)

    def _first_input(self) -> None:
        """The first of several is that of the first input where nothing else is known of both."""
        first = next((t for t in self.inputs if t in self.targets), None)
        item = self.items[0]
        if first is None or 0 in self.matched or first in self._taken() or not isinstance(item, Node):
            return
        if item.shape == self.targets[first].shape:
            self._take(0, first)

    def _left_over(self) -> None:
        """The one gradient and the one input of its shape that are left: d_h_minus_1 and h_t_minus_1."""
        taken = self._taken()
        items = [
            at for at, i in enumerate(self.items) if at not in self.matched and isinstance(i, Node) and i.rank
        ]
        inputs = [t for t in self.inputs if t in self.targets and t not in taken]
        if len(items) == len(inputs) == 1 and self.matched:
            (at,), (target,) = items, inputs
            same_shape = self.items[at].shape == self.targets[target].shape
            if same_shape and says_gradient(self.names[at] or "d_"):
                self._take(at, target)


def _sizes(node: Node) -> list[str]:
    """The sizes of an array in any order, without those that are 1."""
    return sorted(s for s in map(str, node.shape) if s != "1")


def target_of(name: str, targets: Mapping[str, Node]) -> str | None:
    """The target that a gradient of this name belongs to."""
    if not name:
        return None
    key = key_of(name, True)
    exact = [t for t in targets if t == name or key_of(t, False) == key]
    if not exact:
        exact = [
            t for t in targets if key_of(t, False).split(".")[-1] == key or canonical(t) == canonical(name)
        ]
    return exact[0] if exact else None


def entries_of(value: Any, path: str = "") -> Iterator[tuple[str, Node]]:
    """The arrays of nested lists and dictionaries, with their paths."""
    if isinstance(value, Node):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from entries_of(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and len(value) < 1000:
        for at, item in enumerate(value):
            yield from entries_of(item, f"{path}.{at}" if path else str(at))
