"""The arrays that an object holds, by path, and leaves in the place of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import CONSTANT, SIZE, Node, leaf, leaves, topological
from symbp.audit.vocabulary import BIAS
from symbp.lang.code.arrays import Array
from symbp.lang.code.values import Instance
from symbp.lang.names import NameTable
from symbp.ops.contract import CONTRACT

MOST = 20_000


@dataclass(frozen=True)
class Held:
    """An array that an object holds: where, and the place itself."""

    path: str
    array: Array


def held_arrays(value: Any) -> list[Held]:
    """All arrays below an object, with every path that leads to one."""
    found: list[Held] = []
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", value)]
    while stack and len(found) < MOST:
        path, item = stack.pop()
        if isinstance(item, Array):
            found.append(Held(path, item))
            continue
        items: list[tuple[Any, Any]] = []
        if isinstance(item, Instance):
            items = list(item.attributes.items())
        elif isinstance(item, dict):
            items = list(item.items())
        elif isinstance(item, list | tuple):
            items = list(enumerate(item))
        if not items or id(item) in seen:
            continue
        seen.add(id(item))
        stack.extend((f"{path}.{k}" if path else str(k), v) for k, v in reversed(items))
    return found


def snapshot(value: Any) -> dict[str, Node]:
    """Path -> value of all arrays below an object."""
    return {h.path: h.array.node for h in held_arrays(value)}


def may_be_parameter(node: Node) -> bool:
    """Drawn at random, given from outside, or filled with one number."""
    if node.dtype != "real":
        return False
    if node.is_leaf:
        return True
    order = topological([node])
    drawn = [n for n in order if n.is_leaf]
    if drawn:
        return all(n.name.startswith("random_") for n in drawn)
    return all(n.op in (CONSTANT, SIZE, CONTRACT) for n in order)


def _is_bias_of_constants(path: str, node: Node) -> bool:
    """A bias that starts at more than one number, as where forget gates are open: it is learnt, too."""
    steps = [s for s in path.split(".") if not s.isdigit()]
    named = bool(steps) and BIAS.match(steps[-1]) is not None
    return named and node.dtype == "real" and not any(True for _ in leaves([node]))


def free(
    instance: Any, used: set[str] | None, names: NameTable, skip: Mapping[Node, str] | None = None
) -> dict[str, Node]:
    """Leaves in place of an object's parameters: path -> leaf.

    `used` are the paths of those that forward needs; None stands for all.
    """
    found: dict[str, Node] = {}
    done: dict[int, str] = {}
    for held in held_arrays(instance):
        at = id(held.array)
        if at in done:
            found.setdefault(held.path, found[done[at]])
            continue
        node = held.array.node
        if not (may_be_parameter(node) or _is_bias_of_constants(held.path, node)):
            continue
        if node.is_leaf and not node.name.startswith("random_"):
            found[held.path] = node
            done[at] = held.path
            continue
        if used is not None and held.path not in used:
            continue
        steps = [s for s in held.path.split(".") if not s.isdigit()]
        name = names.add((steps or ["p"])[-1].strip("_") or "p")
        found[held.path] = leaf(name.ascii, node.shape, node.dtype)
        done[at] = held.path
        held.array.assign(found[held.path])
    return found


class Late:
    """Leaves in place of parameters that forward makes at its first call, as soon as they are there."""

    def __init__(self, instance: Instance, paths: Iterable[str], names: NameTable) -> None:
        self.instance, self.names = instance, names
        self.waiting = sorted(paths)
        self.found: dict[str, Node] = {}

    def free(self) -> None:
        """To be called after each statement."""
        for path in list(self.waiting):
            array = array_at(self.instance, path)
            if array is not None:
                name = self.names.add(path.split(".")[-1].strip("_") or "p")
                self.found[path] = leaf(name.ascii, array.shape, "real")
                array.assign(self.found[path])
                self.waiting.remove(path)


def array_at(value: Any, path: str) -> Array | None:
    """The array under a path, where there is one."""
    for step in path.split("."):
        if isinstance(value, Instance):
            value = value.attributes.get(step)
        elif isinstance(value, dict):
            value = value.get(step, value.get(int(step)) if step.isdigit() else None)
        elif isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value if isinstance(value, Array) else None
