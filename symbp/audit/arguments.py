"""What each argument of backward is: an upstream gradient, the cache, the right answers, a rate, …"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, leaf
from symbp.audit.choices import NOTHING, NoValue
from symbp.audit.find import BACKWARD, Pair
from symbp.audit.names import CACHE, OUTPUT, RATE, TARGET, UPSTREAM, strip_gradient
from symbp.audit.usage import Usage, usage_of
from symbp.audit.values import Values
from symbp.lang.code.values import Function, Instance


def parameters_of(function: Function, bound: bool) -> list[tuple[str, Any]]:
    """Names and defaults of the arguments; NOTHING where there is no default."""
    given = function.arguments
    names = [p.arg for p in (*given.posonlyargs, *given.args)]
    if bound and function.kind != "static":
        names = names[1:]
    names += [p.arg for p in given.kwonlyargs]
    return [(n, function.defaults.get(n, NOTHING)) for n in names]


DATA = re.compile(r"^(?:x|x_\w+|inputs?|input_\w*data|data|features)$", re.I)
ANSWERS = re.compile(r"^(?:labels?|targets?|y_?true|truth|ground_truth|expected|one_?hot)$", re.I)
"""What no point is called at which a slope is taken."""
LIMITS = re.compile(r"clip|limit|thresh|(?:^|_)max(?:_|$)|norm$", re.I)
"""What no upstream gradient is called: grad_clip, max_grad_norm."""
SAYS_UPSTREAM = re.compile(r"grad|error|delta|upstream|^d[A-Z_]|^dout|^dy$|^dz$", re.I)
"""What no argument of a function's own derivative is called."""


@dataclass(frozen=True)
class Given:
    """The arguments of one call of backward."""

    named: dict[str, Any]
    seeds: list[tuple[Node, Node]]
    """Outputs of forward with their upstream gradients."""
    target: Node | None
    """The right answers that only backward gets: the loss is not stated."""
    guessed: str
    """An argument of which nothing says what it is."""


@dataclass(frozen=True)
class Arguments:
    """Finds the arguments of backward from those of forward and from what forward gave."""

    pair: Pair
    values: Values
    inputs: Mapping[str, Node]
    settings: Mapping[str, Any]
    stored: Sequence[Node] = ()
    """What forward has left on the object under the name of an output."""
    produced: Mapping[str, Any] = field(default_factory=dict)
    """What forward has returned, by the names that it has there."""

    def choose(self, outputs: list[Node], cache: list[Any]) -> Given:
        """The arguments of backward, the upstream gradients among them, and the right answers."""
        named: dict[str, Any] = {}
        seeds: list[tuple[Node, Node]] = []
        target: Node | None = None
        caches, guessed = list(cache), ""
        beside = [o for o in outputs if o.rank] if any(not o.rank for o in outputs) else []
        wanted = parameters_of(self.pair.back, self.pair.owner is not None)
        required = [n for n, default in wanted if default is NOTHING]
        partners = self._partners(required)
        for name, default in wanted:
            if name in partners:
                named[name] = self.settings[partners[name]]
                continue
            usage = usage_of([self.pair.back], name)
            if default is NOTHING and len(required) > 1 and not is_mentioned(self.pair.back, name):
                named[name] = None
                continue
            role = self._role(name, default, required, usage, bool(caches), bool(beside))
            if default is NOTHING and len(required) > 1 and self._is_guess(name, role):
                guessed = name
            if role == "same":
                named[name] = self.settings[name]
            elif role == "produced":
                named[name] = self.produced[name]
            elif role == "upstream":
                if default is not NOTHING and default is not None and all(s.is_one for s in outputs[0].shape):
                    continue
                out = self._output_of(name, [o for o in outputs if all(o is not given for given, _ in seeds)])
                if out is not None:
                    named[name] = leaf(_fresh(name, self.values.leaves), out.shape)
                    seeds.append((out, named[name]))
                elif default is NOTHING:
                    raise NoValue(name)
            elif role == "cache" and caches:
                named[name] = (
                    caches.pop(0) if len(caches) > 1 and CACHE.match(name) is None else _kept(caches)
                )
            elif role == "stored":
                if not self.stored:
                    raise NoValue(name)
                named[name] = self.stored[-1]
            elif role == "output":
                named[name] = outputs[0]
            elif role == "beside":
                named[name] = beside[0]
            elif role == "input":
                named[name] = next(iter(self.inputs.values()))
            elif role == "target":
                is_last = 0 < outputs[0].rank < len(self.values.layout.x.split(","))
                self.values.answered = outputs[0].shape if is_last else None
                target = named[name] = self.values.target(name)
            elif role == "rate":
                named[name] = self.values.array("lr", "", facts=["positive"])
            elif role == "value" or default is NOTHING:
                named[name] = self.values.data(name, default, usage)
        return Given(named, seeds, target, guessed)

    def _partners(self, required: list[str]) -> Mapping[str, str]:
        """Arguments of a slope that forward calls by a longer or shorter name: X_batch and X, z and Z."""
        if self.pair.kind != "slope" or len(required) < 2:
            return {}
        mine = [n for n in required if n not in self.settings]
        others = [n for n in self.settings if n not in required]
        alike = len(mine) == len(others) and all(_begins(a, b) for a, b in zip(mine, others, strict=True))
        return dict(zip(mine, others, strict=True)) if alike else {}

    def _role(
        self, name: str, default: Any, required: list[str], usage: Usage, cached: bool, beside: bool
    ) -> str:
        """What an argument of backward is.  `beside`: forward gives an array beside its loss."""
        pick = self.values.choices.pick
        if isinstance(self.settings.get(name), Instance):
            return "same"
        if default not in (NOTHING, None) and self._is_forwards(name):
            return "same"
        is_upstream = UPSTREAM.match(name) is not None and LIMITS.search(name) is None
        if default is not NOTHING and not (is_upstream and self.pair.kind == "backward"):
            return (
                "rate"
                if RATE.match(name) and (default is None or is_number(default))
                else "value"
                if self._is_flag(name, default)
                else "default"
            )
        if self.pair.kind == "slope":
            if name in self.settings:
                points = ["same", "output", *(["upstream"] if self.pair.backward in BACKWARD else [])]
                return (
                    str(pick("slope of", points)) if len(required) == 1 and len(self.inputs) == 1 else "same"
                )
            if len(required) == 1:
                usual = ["input", "output", "upstream"]
                if ANSWERS.match(name):
                    usual = ["target", *usual]
                says_upstream = SAYS_UPSTREAM.search(name) is not None
                return str(pick("slope of", usual[::-1] if says_upstream else usual))
            if TARGET.match(name) or not UPSTREAM.match(name):
                return "output" if OUTPUT.match(name) else "input" if name in required[:1] else "cache"
            return "upstream"
        outputs = [n for n in required if OUTPUT.match(n)]
        if len(outputs) > 1 and name == outputs[0] and not any(map(_may_seed, required)):
            return str(pick(f"{name} of backward", ["upstream", "output"]))
        if name in self.produced and name not in self.settings and len(required) > 2:
            return "produced"
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
        if DATA.match(name) and self.inputs:
            return "input"
        if OUTPUT.match(name) and not UPSTREAM.match(name):
            return "output"
        if TARGET.match(name):
            return "target"
        if name in required[:1] and not UPSTREAM.match(name) and any(TARGET.match(n) for n in required[1:]):
            return "input"
        if cached and not (UPSTREAM.match(name)):
            return "cache"
        if UPSTREAM.match(name) and any(TARGET.match(n) for n in required):
            usual = ["upstream", "input", "stored"]
            return str(pick(f"{name} of backward", ["beside", *usual] if beside else usual))
        if UPSTREAM.match(name) or name in required[:1]:
            return "upstream"
        return "value"

    def _output_of(self, name: str, outputs: list[Node]) -> Node | None:
        """The output that an upstream gradient is called after; else the next one."""
        called = [v for n, v in self.produced.items() if n == strip_gradient(name) and v in outputs]
        return (called or outputs or [None])[0]

    def _is_forwards(self, name: str) -> bool:
        """A setting that forward takes, too: both are called with the same stride."""
        return name in self.settings and not isinstance(self.settings[name], Node)

    def _is_guess(self, name: str, role: str) -> bool:
        """A role that neither the name nor the arguments of forward give."""
        unnamed = (role == "upstream") != bool(UPSTREAM.match(name)) and role in (
            "upstream",
            "input",
            "stored",
        )
        return unnamed or (role == "value" and not self.values._is_setting(name))

    def _is_flag(self, name: str, default: Any) -> bool:
        return isinstance(default, bool) and "train" in name


def is_mentioned(function: Function, name: str) -> bool:
    """Whether the body of a function speaks of a name at all."""
    body = function.body if isinstance(function.body, list) else [function.body]
    return any(isinstance(n, ast.Name) and n.id == name for s in body for n in ast.walk(s))


def _begins(a: str, b: str) -> bool:
    """Whether one name is the other, or begins with it, whatever their case."""
    a, b = a.lower().strip("_"), b.lower().strip("_")
    return a.startswith(b) or b.startswith(a)


def _may_seed(name: str) -> bool:
    """An upstream gradient, or right answers from which one is made."""
    return UPSTREAM.match(name) is not None or TARGET.match(name) is not None


def is_number(value: Any) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _kept(caches: Sequence[Any]) -> Any:
    """What is a cache by its kind; else the last thing that forward gave beside its output."""
    held = [c for c in caches if isinstance(c, tuple | list | dict | Instance)]
    return (held or caches)[-1]


def _fresh(name: str, taken: Mapping[str, Node]) -> str:
    while name in taken:
        name += "_"
    return name
