"""The gradients that code states: what backward returns, leaves in attributes, or applies to parameters."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import Node, leaves
from symbp.audit.find import last_return
from symbp.audit.matching import Matching, entries_of, target_of
from symbp.audit.names import TARGET, key_of, says_gradient
from symbp.audit.reading import Claim
from symbp.audit.unnamed import LOSS_WORDS, arguments_of_its_shape, said_argument
from symbp.lang.code.arrays import Array
from symbp.lang.code.values import Function, Instance

INPUTS = {"input", "inputs", "x", "in", "data"}
"""What a layer calls its input, whatever the argument of forward is called."""


@dataclass(frozen=True)
class Claims:
    """Finds what each gradient is of, by its name and by where it stands."""

    back: Function
    of_class: bool
    inputs: Mapping[str, Node]
    rate: Node | None
    """The learning rate with which parameters are changed."""
    slope_of: str = ""
    """The function whose slope this is, where it is no layer."""

    def _targets(self, parameters: Mapping[str, Node]) -> dict[str, Node]:
        inputs = {
            n: v for n, v in self.inputs.items() if v.dtype == "real" and not TARGET.match(n) and n != "lr"
        }
        return {**inputs, **{p: v for p, v in parameters.items() if v not in inputs.values()}}

    def returned(self, back: Any, parameters: Mapping[str, Node], skip: int = 0) -> list[Claim]:
        """Claims among what backward returns."""
        if self.of_class and isinstance(back, Instance):
            return []
        targets = self._targets(parameters)
        names = returned_names(self.back)[skip:]
        if isinstance(back, Node):
            name = names[0] if len(names) == 1 else ""
            return self._one(name, back, targets)
        if isinstance(back, dict):
            entries = [(key, target_of(key, targets), value) for key, value in entries_of(back)]
            return [Claim(key, t, value, targets[t]) for key, t, value in entries if t is not None]
        if isinstance(back, list | tuple):
            return Matching(list(back), names, list(self.inputs), targets).claims(self.of_class)
        return []

    def _one(self, name: str, back: Node, targets: Mapping[str, Node]) -> list[Claim]:
        """The claim of a function that returns one array."""
        target = target_of(name, targets)
        if target is not None:
            return [Claim(name, target, back, targets[target])]
        said = said_argument(self.back, self.inputs) if self.slope_of else None
        found = (
            [said]
            if said
            else arguments_of_its_shape(
                back, self.inputs, targets, LOSS_WORDS.search(self.slope_of) is not None
            )
        )
        if not self.slope_of or not found:
            found = found[:1]
        if not found:
            return []
        claim = Claim(name or f"d{found[0]}", found[0], back, self.inputs[found[0]], others=tuple(found[1:]))
        return [claim]

    def left(
        self, parameters: Mapping[str, Node], before: Mapping[str, Node], after: Mapping[str, Node]
    ) -> list[Claim]:
        """Claims in attributes that backward has set, and in parameters that it has changed."""
        found: dict[str, Claim] = {}
        shown: dict[Node, str] = {}
        for path, node in parameters.items():
            shown.setdefault(node, path)
        changed = {p: n for p, n in after.items() if before.get(p) is not n and p not in parameters}
        targets = dict(parameters)
        named = {
            **{f"{n}": v for n, v in self.inputs.items() if v.dtype == "real" and not TARGET.match(n)},
            **targets,
        }
        for path, node in changed.items():
            if not says_gradient(path) or self._is_step(node):
                continue
            target = self._exact(path, named) or self._numbered(path, node, targets)
            if target is None and key_of(path, True) in INPUTS:
                target = next((n for n in self.inputs if n in named), None)
            if target is None and not key_of(path, True) and not parameters:
                target = next((n for n in self.inputs if n in named and named[n].shape == node.shape), None)
            if target is not None:
                label = shown.get(named[target], target)
                found.setdefault(label, Claim(path, label, node, named[target], "attribute"))
        self._last_of_a_list(found, changed, targets)
        for path, node in parameters.items():
            label = shown[node]
            if path in after and after[path] is not node and label not in found:
                rate = self.rate
                change = node - after[path]
                found[label] = Claim(
                    path, label, change / rate if rate is not None else change, node, "update"
                )
        return list(found.values())

    def local(self, names: Mapping[str, Any], parameters: Mapping[str, Node]) -> list[Claim]:
        """Claims in names that backward has set and given to nobody: the update is left to the reader."""
        targets, found = self._targets(parameters), dict[str, Claim]()
        for name, value in names.items():
            if isinstance(value, Array) and says_gradient(name) and not self._is_step(value.node):
                target = self._exact(name, targets)
                if target is not None:
                    found[target] = Claim(name, target, value.node, targets[target], "local")
        return list(found.values())

    @staticmethod
    def _last_of_a_list(
        found: dict[str, Claim], changed: Mapping[str, Node], targets: Mapping[str, Node]
    ) -> None:
        """The one gradient of a list, and the one parameter of its shape, that are left."""
        known = {claim.name for claim in found.values()}
        taken = {claim.of for claim in found.values()}
        lists = {name.rpartition(".")[0] for name in known if name.rpartition(".")[2].isdigit()}
        rest = [
            p for p in changed
            if p not in known and p.rpartition(".")[0] in lists and p.rpartition(".")[2].isdigit()
        ]  # fmt: skip
        of_none = {node: path for path, node in targets.items() if node not in taken}
        if len(rest) == len(of_none) == 1:
            (path,), ((node, target),) = rest, of_none.items()
            if changed[path].shape == node.shape:
                found[target] = Claim(path, target, changed[path], node, "attribute")

    def _is_step(self, node: Node) -> bool:
        """A step that is taken, not a gradient: the learning rate is in it, as in a velocity."""
        return self.rate is not None and self.rate in leaves([node])

    def _numbered(self, path: str, node: Node, targets: Mapping[str, Node]) -> str | None:
        """`gradients.1` is of `weights.1` where nothing else of its number has its shape."""
        number = key_of(path, True)
        same = [t for t, v in targets.items() if t.split(".")[-1] == number and v.shape == node.shape]
        return same[0] if number.isdigit() and len(same) == 1 else None

    def _exact(self, path: str, targets: Mapping[str, Node]) -> str | None:
        key = key_of(path, True)
        same = [t for t in targets if key_of(t, False) == key and t != path]
        case = [t for t in same if t.split(".")[-1] in path]
        return next(iter(case or same), None)


def returned_names(function: Function, of_arrays: bool = False) -> list[str]:
    """The names in the last return of a function; with `of_arrays` of `np.array(hs)` it is hs."""
    last = last_return(function)
    if last is None:
        return []
    items: Sequence[ast.expr] = last.elts if isinstance(last, ast.Tuple | ast.List) else [last]
    return [_spelled(item, of_arrays) for item in items]


def _spelled(item: ast.expr, of_arrays: bool) -> str:
    match item:
        case ast.Attribute(value=inner, attr="T"):
            return _spelled(inner, of_arrays)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(args=[ast.Name(id=name)]) if of_arrays:
            return name
    return ""
