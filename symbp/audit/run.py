"""One pair, interpreted once: construct, forward, backward; the claims that it leaves anywhere.

Gradients are read off what backward returns (alone, in tuples, lists and dictionaries), off the
attributes that it sets or adds to, and off parameters that it changes: there the gradient is
(old - new) / rate.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node, leaf, leaves
from symbp.audit.find import Pair, last_return, methods_of
from symbp.audit.names import CACHE, OUTPUT, RATE, TARGET, UPSTREAM, canonical, key_of, says_gradient
from symbp.audit.state import free, may_be_parameter, snapshot
from symbp.audit.values import ATTENDED, INDICES, NOTHING, RECURRENT, STATE, NoValue, Usage, Values, usage_of
from symbp.errors import OperandError, UnsupportedError
from symbp.lang.code.modules import Module, construct, interpret_function, interpret_method
from symbp.lang.code.values import Class, Function, Instance
from symbp.lang.evaluate import node_of
from symbp.lang.names import NameTable
from symbp.ops.contract import full

INPUTS = {"input", "inputs", "x", "in", "data"}
"""What a layer calls its input, whatever the argument of forward is called."""


@dataclass(frozen=True)
class Claim:
    """A gradient that the code states: its name there, of what, its value, and how it was read."""

    name: str
    target: str
    node: Node
    of: Node
    how: str = "returned"
    """"returned", "attribute", or "update" (read off a changed parameter)."""


@dataclass
class Calls:
    """With which arguments constructor, forward and backward were interpreted."""

    construct: dict[str, Any] = field(default_factory=dict)
    forward: dict[str, Any] = field(default_factory=dict)
    backward: dict[str, Any] = field(default_factory=dict)
    drawn: int = 0
    """How many random arrays had been drawn before."""


@dataclass
class Reading:
    """What one interpretation of a pair gave."""

    outputs: list[tuple[Node, Node]]
    """Outputs with their upstream gradients."""
    claims: list[Claim]
    inputs: dict[str, Node]
    parameters: dict[str, Node]
    target: Node | None = None
    """The right answers that only backward gets: the loss is not stated."""
    slope: bool = False
    loss: bool = False
    """No upstream gradient: what forward gives is a loss, or the slope of a function is meant."""
    state: dict[str, Node] = field(default_factory=dict)
    guessed: str = ""
    """An argument of backward of which nothing says what it is."""
    calls: Calls = field(default_factory=lambda: Calls())


def read_pair_once(pair: Pair, module: Module, values: Values) -> Reading:
    """One interpretation.  SymbpError, OperandError or NoValue where it cannot be read."""
    runner = _Runner(pair, module, values)
    used = runner.used_paths()
    return runner.read(used)


def parameters_of(function: Function, bound: bool) -> list[tuple[str, Any]]:
    """Names and defaults of the arguments; NOTHING where there is no default."""
    given = function.arguments
    names = [p.arg for p in (*given.posonlyargs, *given.args)]
    if bound and function.kind != "static":
        names = names[1:]
    names += [p.arg for p in given.kwonlyargs]
    return [(n, function.defaults.get(n, NOTHING)) for n in names]


class _Runner:
    def __init__(self, pair: Pair, module: Module, values: Values) -> None:
        self.pair, self.module, self.values = pair, module, values
        self.kind: Class | None = module.classes.get(pair.owner) if pair.owner else None
        self.inputs: dict[str, Node] = {}
        self.settings: dict[str, Any] = {}
        self.calls = Calls()
        self.guessed = ""
        functions = [pair.function, *(methods_of(self.kind).values() if self.kind else ())]
        names = {
            n for f in functions if f.name in ("__init__", pair.forward) for n, _ in parameters_of(f, False)
        }
        values.indexes = any(INDICES.match(n) for n, _ in parameters_of(pair.function, False))
        values.recurrent = any(STATE.match(n) or RECURRENT.match(n) for n in names)

    # -- construct and forward ----------------------------------------------------------------

    def used_paths(self) -> set[str]:
        """The paths of the arrays that forward needs, found by a first run."""
        if self.kind is None:
            return set()
        built = self.build()
        freed = free(built, None, self._names())
        result = self.forward(built)
        names = set(leaves(list(_nodes(result)) or [full((), 0)]))
        return {path for path, node in freed.items() if node in names}

    def _names(self) -> NameTable:
        """A table in which the arguments have their names already."""
        table = NameTable()
        both = (self.pair.function, self.pair.back)
        for name in dict.fromkeys(n for f in both for n, _ in parameters_of(f, False)):
            table.add(name)
        return table

    def build(self) -> Instance:
        assert self.kind is not None
        self.values.first = True
        methods = list(methods_of(self.kind).values())
        try:
            initialiser = self.kind.find("__init__")
        except KeyError:
            initialiser = None
        named: dict[str, Any] = {}
        if isinstance(initialiser, Function):
            for name, default in parameters_of(initialiser, True):
                named[name] = self._constructor_value(name, default, usage_of(methods, name))
        self.calls.construct, self.calls.drawn = named, len(self.module.random)
        return construct(self.module, self.kind.name, [], named)

    def _constructor_value(self, name: str, default: Any, usage: Usage) -> Any:
        values = self.values
        if default is NOTHING and usage.keys and name not in values.init:
            return {key: values._entry(key) for key in usage.keys}
        return values.setting(name, default, usage)

    def forward(self, built: Instance | None) -> Any:
        self.values.first = True
        self.inputs, self.settings = {}, {}
        named: dict[str, Any] = {}
        wanted = parameters_of(self.pair.function, built is not None)
        self.values.attends = len({n.lower() for n, _ in wanted} & ATTENDED) > 1
        self.values.single = sum(default is NOTHING for _, default in wanted) == 1
        for name, default in wanted:
            usage = usage_of([self.pair.function, self.pair.back], name)
            if re.search(r"param|config|opts", name) and not usage.keys:
                usage = usage_of(list(self.module.functions.values()), name)
            value = self.values.data(name, default, usage)
            self._remember(name, value)
            named[name] = value
        self.calls.forward = named
        return self._call(built, self.pair.forward, named)

    def _remember(self, name: str, value: Any) -> None:
        self.settings[name] = value
        if isinstance(value, Node):
            self.inputs[name] = value
        elif isinstance(value, dict):
            self.inputs.update({f"{name}.{k}": v for k, v in value.items() if isinstance(v, Node)})

    def _call(self, built: Instance | None, name: str, named: Mapping[str, Any]) -> Any:
        if built is None or self.kind is None:
            return interpret_function(self.module, name, [], named)
        return interpret_method(self.module, self.kind.name, name, built, [], named)

    # -- backward -----------------------------------------------------------------------------

    def read(self, used: set[str]) -> Reading:
        built = self.build() if self.kind is not None else None
        parameters = free(built, used, self._names()) if built is not None else {}
        before = dict(snapshot(built)) if built is not None else {}
        result = self.forward(built)
        if self.pair.kind == "both":
            return self._both(result, built, parameters, before)
        outputs, cache = _outputs_and_cache(result)
        if not outputs:
            stored = [
                n
                for p, n in (snapshot(built) if built else {}).items()
                if OUTPUT.match(p) and n.dtype == "real"
            ]
            if not stored:
                raise UnsupportedError(f"{self.pair.forward} returns no array")
            outputs = stored[-1:]
        middle = dict(snapshot(built)) if built is not None else {}
        parameters |= _drawn_late(before, middle, parameters)
        named, upstreams, target = self._backward_arguments(outputs, cache, middle)
        self.calls.backward = named
        back = self._call(built, self.pair.backward, named)
        after = dict(snapshot(built)) if built is not None else {}
        seeds = [(out, up) for out, up in zip(outputs, upstreams, strict=False)]
        loss = not seeds
        if loss:
            seeds = [(outputs[0], full(outputs[0].shape, 1))]
        claims = [*self._returned(back, parameters), *self._left(parameters, middle, after)]
        reading = Reading(
            seeds, claims, dict(self.inputs), parameters, target, self.pair.kind == "slope", loss
        )
        reading.state, reading.calls, reading.guessed = middle, self.calls, self.guessed
        return reading

    def _both(
        self, result: Any, built: Instance | None, parameters: dict[str, Node], before: dict[str, Node]
    ) -> Reading:
        if not isinstance(result, tuple) or len(result) < 2:
            raise UnsupportedError(f"{self.pair.forward} returns no gradients")
        output = node_of(result[0])
        claims = self._returned(result[1] if len(result) == 2 else tuple(result[1:]), parameters, skip=1)
        after = dict(snapshot(built)) if built is not None else {}
        claims += self._left(parameters, before, after)
        seeds = [(output, full(output.shape, 1))]
        reading = Reading(seeds, claims, dict(self.inputs), parameters, loss=True)
        reading.calls = self.calls
        return reading

    def _backward_arguments(
        self, outputs: list[Node], cache: list[Any], state: Mapping[str, Node]
    ) -> tuple[dict[str, Any], list[Node], Node | None]:
        """The arguments of backward, the upstream gradients among them, and the right answers."""
        named: dict[str, Any] = {}
        upstreams: list[Node] = []
        target: Node | None = None
        caches = list(cache)
        wanted = parameters_of(self.pair.back, self.kind is not None and self.pair.owner is not None)
        required = [n for n, default in wanted if default is NOTHING]
        for name, default in wanted:
            usage = usage_of([self.pair.back], name)
            role = self._role(name, default, required, usage, bool(caches))
            if default is NOTHING and len(required) > 1 and self._is_guess(name, role):
                self.guessed = name
            if role == "same":
                named[name] = self.settings[name]
            elif role == "upstream":
                if default is not NOTHING and default is not None and all(s.is_one for s in outputs[0].shape):
                    continue
                if len(upstreams) < len(outputs):
                    out = outputs[len(upstreams)]
                    named[name] = leaf(_fresh(name, self.values.leaves), out.shape)
                    upstreams.append(named[name])
                elif default is NOTHING:
                    raise NoValue(name)
            elif role == "cache" and caches:
                named[name] = caches.pop(0) if len(caches) > 1 and CACHE.match(name) is None else caches[-1]
            elif role == "output":
                named[name] = outputs[0]
            elif role == "input":
                named[name] = next(iter(self.inputs.values()))
            elif role == "target":
                target = named[name] = self.values.target(name)
            elif role == "rate":
                named[name] = self.values.array("lr", "", facts=["positive"])
            elif role == "value" or default is NOTHING:
                named[name] = self.values.data(name, default, usage)
        return named, upstreams, target

    def _role(self, name: str, default: Any, required: list[str], usage: Usage, cached: bool) -> str:
        """What an argument of backward is."""
        pick = self.values.choices.pick
        if default is not NOTHING and not (UPSTREAM.match(name) and self.pair.kind == "backward"):
            return (
                "rate"
                if RATE.match(name) and default is None
                else "value"
                if self._is_flag(name, default)
                else "default"
            )
        if self.pair.kind == "slope":
            if name in self.settings:
                return (
                    str(pick("slope of", ["same", "output"]))
                    if len(required) == 1 and len(self.inputs) == 1
                    else "same"
                )
            if len(required) == 1:
                return str(pick("slope of", ["input", "output", "upstream"]))
            if TARGET.match(name) or not UPSTREAM.match(name):
                return "output" if OUTPUT.match(name) else "input" if name in required[:1] else "cache"
            return "upstream"
        if RATE.match(name) and name not in required[:1]:
            return "rate"
        if CACHE.match(name) and cached:
            return "cache"
        if name in self.settings and len(required) > 1 and not UPSTREAM.match(name):
            return "same"
        if len(required) == 1:
            single = ["upstream", "target"] if TARGET.match(name) else ["upstream"]
            if cached and not UPSTREAM.match(name):
                single = ["cache", "upstream"]
            return str(pick("backward of", single))
        if name in self.settings:
            return str(pick(f"{name} of backward", ["same", "upstream"])) if UPSTREAM.match(name) else "same"
        if OUTPUT.match(name) and not UPSTREAM.match(name):
            return "output"
        if TARGET.match(name):
            return "target"
        if name in required[:1] and not UPSTREAM.match(name) and any(TARGET.match(n) for n in required[1:]):
            return "input"
        if cached and not (UPSTREAM.match(name)):
            return "cache"
        if UPSTREAM.match(name) and any(TARGET.match(n) for n in required):
            return str(pick(f"{name} of backward", ["upstream", "input"]))
        if UPSTREAM.match(name) or name in required[:1]:
            return "upstream"
        return "value"

    def _is_guess(self, name: str, role: str) -> bool:
        """A role that neither the name nor the arguments of forward give."""
        unnamed = role == "upstream" and not UPSTREAM.match(name)
        return unnamed or (role == "value" and not self.values._is_setting(name))

    def _is_flag(self, name: str, default: Any) -> bool:
        return isinstance(default, bool) and "train" in name

    # -- claims -------------------------------------------------------------------------------

    def _targets(self, parameters: Mapping[str, Node]) -> dict[str, Node]:
        inputs = {
            n: v for n, v in self.inputs.items() if v.dtype == "real" and not TARGET.match(n) and n != "lr"
        }
        return {**inputs, **{p: v for p, v in parameters.items() if v not in inputs.values()}}

    def _returned(self, back: Any, parameters: Mapping[str, Node], skip: int = 0) -> list[Claim]:
        """Claims among what backward returns."""
        if self.kind is not None and isinstance(back, Instance):
            return []
        targets = self._targets(parameters)
        names = _returned_names(self.pair.back)[skip:]
        found: list[Claim] = []
        if isinstance(back, Node):
            name = names[0] if len(names) == 1 else ""
            target = self._match(name, targets) or next((n for n in self.inputs if n in targets), None)
            return [Claim(name or f"d{target}", target, back, targets[target])] if target else []
        if isinstance(back, dict):
            for key, value in _entries(back):
                target = self._match(key, targets)
                if target is not None:
                    found.append(Claim(key, target, value, targets[target]))
            return found
        if isinstance(back, list | tuple):
            found = self._listed(list(back), names, targets)
        return found

    def _listed(self, items: list[Any], names: list[str], targets: dict[str, Node]) -> list[Claim]:
        if len(names) != len(items):
            names = [""] * len(items)
        matched: dict[int, list[tuple[str, str, Node]]] = {}
        for at, (item, name) in enumerate(zip(items, names, strict=True)):
            pieces = [("", item)] if isinstance(item, Node) else list(_entries(item))
            for path, node in pieces:
                whole = f"{name}.{path}" if path and name else path or name
                target = self._match(whole, targets) or (self._match(path, targets) if path else None)
                if target is not None:
                    matched.setdefault(at, []).append((whole, target, node))
        if not matched and all(isinstance(i, Node) for i in items):
            order = [t for t in targets if "." not in t or self.kind is not None]
            for at, (item, target) in enumerate(zip(items, order, strict=False)):
                if sorted(s for s in map(str, item.shape) if s != "1") == sorted(
                    s for s in map(str, targets[target].shape) if s != "1"
                ):
                    matched[at] = [(names[at] or f"d{target}", target, item)]
        elif isinstance(items[0], Node) and 0 not in matched:
            taken = {t for rest in matched.values() for _, t, _ in rest}
            first = next((t for t in self.inputs if t in targets), None)
            if first is not None and first not in taken and items[0].shape == targets[first].shape:
                matched[0] = [(names[0] or f"d{first}", first, items[0])]
        return [Claim(n, t, node, targets[t]) for at in sorted(matched) for n, t, node in matched[at]]

    def _match(self, name: str, targets: Mapping[str, Node]) -> str | None:
        """The target that a gradient of this name belongs to."""
        if not name:
            return None
        key = key_of(name, True)
        exact = [t for t in targets if t == name or key_of(t, False) == key]
        if not exact:
            exact = [
                t
                for t in targets
                if key_of(t, False).split(".")[-1] == key or canonical(t) == canonical(name)
            ]
        return exact[0] if exact else None

    def _left(
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
            if not says_gradient(path):
                continue
            target = self._exact(path, named)
            if target is None and key_of(path, True) in INPUTS:
                target = next((n for n in self.inputs if n in named), None)
            if target is not None:
                label = shown.get(named[target], target)
                found.setdefault(label, Claim(path, label, node, named[target], "attribute"))
        for path, node in parameters.items():
            label = shown[node]
            if path in after and after[path] is not node and label not in found:
                rate = self.values.leaves.get("lr")
                change = node - after[path]
                found[label] = Claim(
                    path, label, change / rate if rate is not None else change, node, "update"
                )
        return list(found.values())

    def _exact(self, path: str, targets: Mapping[str, Node]) -> str | None:
        key = key_of(path, True)
        same = [t for t in targets if key_of(t, False) == key and t != path]
        case = [t for t in same if t.split(".")[-1] in path]
        return next(iter(case or same), None)


def _drawn_late(
    before: Mapping[str, Node], after: Mapping[str, Node], known: Mapping[str, Node]
) -> dict[str, Node]:
    """Parameters that forward itself has drawn at its first call."""
    return {
        path: node
        for path, node in after.items()
        if path not in before
        and path not in known
        and node.rank
        and any(True for _ in leaves([node]))
        and may_be_parameter(node)
        and all(n.name.startswith("random_") for n in leaves([node]))
    }


def _fresh(name: str, taken: Mapping[str, Node]) -> str:
    while name in taken:
        name += "_"
    return name


def _nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list | tuple) and depth < 4:
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for item in value.values():
            yield from _nodes(item, depth + 1)


def _entries(value: Any, path: str = "") -> Iterator[tuple[str, Node]]:
    """The arrays of nested lists and dictionaries, with their paths."""
    if isinstance(value, Node):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _entries(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and len(value) < 1000:
        for at, item in enumerate(value):
            yield from _entries(item, f"{path}.{at}" if path else str(at))


def _outputs_and_cache(result: Any) -> tuple[list[Node], list[Any]]:
    """The arrays that forward gives, and what it keeps for backward."""
    if isinstance(result, Node):
        return [result], []
    if isinstance(result, tuple | list) and result:
        outputs: list[Node] = []
        for item in result:
            if not isinstance(item, Node):
                break
            outputs.append(item)
        return outputs, list(result[1:])
    try:
        return [node_of(result)], []
    except OperandError:
        return [], []


def _returned_names(function: Function) -> list[str]:
    """The names in the last return of a function."""
    last = last_return(function)
    if last is None:
        return []
    items: Sequence[ast.expr] = last.elts if isinstance(last, ast.Tuple | ast.List) else [last]
    return [_spelled(item) for item in items]


def _spelled(item: ast.expr) -> str:
    if isinstance(item, ast.Name):
        return item.id
    if isinstance(item, ast.Attribute):
        return item.attr
    return ""
