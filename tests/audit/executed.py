"""The layers of the corpus, really executed, against central differences of what forward gives."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import numpy as np

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.audit.find import Pair
from symbp.audit.reading import Claim, Reading
from symbp.evidence.compare import points_for
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.lang.code.arrays import Array
from symbp.lang.code.values import Builtin, Function, Instance, Opaque

STEP, CLOSE = 1e-6, 1e-5
RANDOM = ("rand", "randn", "random", "normal", "uniform", "binomial", "random_sample")


class Execution:
    """One reading with numbers for everything that it left open."""

    def __init__(self, scope: Mapping[str, Any], pair: Pair, reading: Reading) -> None:
        self.scope, self.pair, self.reading = scope, pair, reading
        nodes = [n for out, up in reading.outputs for n in (out, up)] + [c.node for c in reading.claims]
        nodes = [n for n in nodes if not is_empty(n)]
        nodes += [*reading.inputs.values(), *reading.parameters.values()]
        nodes += [v for v in reading.calls.backward.values() if isinstance(v, Node)]
        self.point = next(iter(points_for(nodes, 1)))
        self.made: dict[int, Any] = {}
        """What was made of objects in one run."""
        self.unset = 0
        self.by_name = {n.name: v for n, v in self.point.values.items()}

    def number(self, value: Any) -> Any:
        """An argument as Python would get it."""
        if isinstance(value, Node):
            return np.array(self.point.values[value]) if value.is_leaf else self.value(value)
        if isinstance(value, Array):
            return self.value(value.node)
        if isinstance(value, Size):
            return value.value(self.point.sizes)
        if isinstance(value, list | tuple):
            return type(value)(self.number(v) for v in value)
        if isinstance(value, dict):
            return {k: self.number(v) for k, v in value.items()}
        if isinstance(value, Opaque):
            return mock.Mock()
        if isinstance(value, Instance):
            return self.made.setdefault(id(value), self.class_of(value)())
        if isinstance(value, Builtin):
            return getattr(np, value.name)
        return float(value) if hasattr(value, "numerator") and not isinstance(value, int) else value

    def class_of(self, value: Instance) -> Any:
        """The class of an object: of the layers themselves, or one that stands in for what the user gives."""
        name = value.kind.name
        if name in self.scope:
            return self.scope[name]
        scope: dict[str, Any] = {}
        text = next(f for f in value.kind.attributes.values() if isinstance(f, Function)).source.text
        exec(compile(text, name, "exec"), scope)  # noqa: S102 - a text of this package
        return scope[name]

    def value(self, node: Node) -> Any:
        if is_empty(node):
            return np.zeros([size.value(self.point.sizes) for size in node.shape])
        return np.asarray(evaluate([node], self.point.values, self.point.sizes, Floats())[0])

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """Random numbers are those of the reading, in the order in which they are drawn.

        So is what np.empty finds in memory, where the reading does not take it for zeros.
        """
        count = self.reading.calls.drawn

        def draw(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            known = self.by_name.get(f"random_{count}")
            listed = arguments[0] if arguments and isinstance(arguments[0], list) else arguments
            shape = named.get("size", tuple(int(a) for a in listed if isinstance(a, int | np.integer)))
            return np.random.default_rng(count).normal(size=shape) if known is None else np.array(known)

        def unset(make: Any, *arguments: Any, **named: Any) -> Any:
            found = make(*arguments, **named)
            self.unset += 1
            found[...] = self.by_name.get(f"unset_{self.unset}", 7)
            return found

        with contextlib.ExitStack() as stack:
            for make in (np.empty, np.empty_like):
                stack.enter_context(mock.patch.object(np, make.__name__, functools.partial(unset, make)))
            for name in RANDOM:
                stack.enter_context(mock.patch.object(np.random, name, draw))
            yield

    def run(self, moved: Node | None = None, shift: Any = None) -> tuple[Any, Any, Any]:
        """The object, what forward and what backward give; one array may be shifted."""
        calls = self.reading.calls
        self.made.clear()
        self.unset = 0
        if self.pair.kind == "closure":
            operands = self.operands(moved, shift)
            first, *rest = operands.values()
            return operands, getattr(first, self.pair.forward)(*rest), None

        def given(named: Mapping[str, Any]) -> dict[str, Any]:
            return {k: self._shifted(v, moved, shift) for k, v in named.items()}

        with self.drawing():
            if self.pair.owner is None:
                built = None
                self.set_parameters(self.scope, moved, shift)
                out = self.scope[self.pair.forward](**given(calls.forward))
            else:
                built = self.scope[self.pair.owner](**given(calls.construct))
                for name, named in calls.prepared.items():
                    getattr(built, name)(**given(named))
                for name, layers in calls.filled.items():
                    setattr(built, name, self.number(layers))
                for name, value in given(calls.fed).items():
                    setattr(built, name, value)
                if not self.set_parameters(built, moved, shift):
                    getattr(built, self.pair.forward)(**given(calls.forward))
                    assert self.set_parameters(built, moved, shift)
                out = getattr(built, self.pair.forward)(**given(calls.forward))
        return built, out, given

    def operands(self, moved: Node | None, shift: Any) -> dict[str, Any]:
        """Tensors for the arguments of an operation, and a number for what is none."""
        names = [a.arg for a in self.pair.function.arguments.args if a.arg not in self.pair.function.defaults]
        given = {n: self.reading.inputs.get(f"{n}.data") for n in names}
        kind = self.scope[self.pair.owner]
        return {n: 3 if v is None else kind(self._shifted(v, moved, shift)) for n, v in given.items()}

    def set_parameters(self, holder: Any, moved: Node | None, shift: Any) -> bool:
        """Whether all were there to be set; forward makes some at its first call."""
        try:
            for path, node in self.reading.parameters.items():
                follow(holder, path)[...] = self._shifted(node, moved, shift)
        except (AttributeError, TypeError):
            return False
        return True

    def _shifted(self, value: Any, moved: Node | None, shift: Any) -> Any:
        if isinstance(value, dict):
            return {k: self._shifted(v, moved, shift) for k, v in value.items()}
        found = self.number(value)
        return found + shift if moved is not None and value is moved else found

    def total(self, moved: Node, shift: Any) -> float:
        """Σ ⟨output, upstream⟩."""
        built, out, given = self.run(moved, shift)
        out = out.data if self.pair.kind == "closure" else out
        if self.reading.stated:
            return self.stated(built, out, given)
        outs = out if isinstance(out, tuple | list) else (out,)
        outs = outs[1:] if isinstance(outs[0], dict) else outs
        if self.reading.loss and not self.reading.outputs[0][0].rank:
            outs = [o for o in outs if not np.ndim(o)]
        total = 0.0
        for (_, up), value in zip(self.reading.outputs, outs, strict=False):
            total += float(np.sum(np.asarray(value) * self.value(up)))
        return total

    def stated(self, built: Any, out: Any, given: Any) -> float:
        """The loss that stands beside forward, of what forward gives."""
        (call,) = self.reading.stated
        output = out[0] if isinstance(out, tuple | list) else out
        known = [self.reading.target, *self.reading.inputs.values()]
        named = {k: v if any(v is n for n in known) else output for k, v in call.named.items()}
        arguments = {k: output if v is output else given({k: v})[k] for k, v in named.items()}
        return float((getattr(built, call.name) if call.is_method else self.scope[call.name])(**arguments))

    def applied(self, jacobian: Any, size: int) -> Any:
        """The upstream gradient times a Jacobian, of the whole output or of each sample."""
        upstream = self.value(self.reading.outputs[0][1])
        if jacobian.size == upstream.size * size:
            return upstream.ravel() @ jacobian.reshape(upstream.size, size)
        return np.einsum("ni,nij->nj", upstream, jacobian)

    def differences(self, of: Node) -> Any:
        """The gradient by central differences."""
        shape = self.point.values[of].shape
        found = np.zeros(shape)
        for at in np.ndindex(*shape):
            shift = np.zeros(shape)
            shift[at] = STEP
            found[at] = (self.total(of, shift) - self.total(of, -shift)) / (2 * STEP)
        return found

    def claimed(self, claim: Claim) -> Any:
        """What the code really leaves as this gradient."""
        built, out, given = self.run()
        if self.pair.kind == "closure":
            out.grad = self.value(self.reading.outputs[0][1])
            getattr(out, self.pair.backward)()
            return built[claim.name.removesuffix(".grad")].grad
        calls = self.reading.calls
        holder = self.scope if built is None else built
        before = {p: np.array(follow(holder, p)) for p in self.reading.parameters}
        if self.pair.kind == "both":
            back: Any = out[1] if len(out) == 2 else out[1:]
        else:
            named = {
                k: (out[-1] if k == "cache" and isinstance(out, tuple) and len(out) == 2 else v)
                for k, v in given(calls.backward).items()
            }
            cache = _cache(out)
            named = {k: cache if "cache" in k else v for k, v in named.items()}
            for name, value in given(calls.fed_back).items():
                setattr(built, name, value)
            with self.drawing():
                back = (
                    self.scope[self.pair.backward] if built is None else getattr(built, self.pair.backward)
                )(**named)
        if claim.how == "attribute":
            return np.asarray(follow(built, claim.name))
        if claim.how == "update":
            rate = self.by_name.get("lr", 1.0)
            return (before[claim.target] - follow(built, claim.target)) / rate
        expected = self.value(claim.node)
        if isinstance(back, int | float):
            return np.full(expected.shape, float(back))
        if self.pair.kind == "slope" and np.size(back) > expected.size:
            return self.applied(np.asarray(back), expected.size)
        return next(
            (
                a
                for a in arrays(back)
                if a.size == expected.size
                and np.allclose(
                    a.ravel(),
                    np.broadcast_to(expected, a.shape).ravel() if expected.shape == () else expected.ravel(),
                )
            ),
            None,
        )


def is_empty(node: Node) -> bool:
    return any(size == 0 for size in node.shape)


def _cache(out: Any) -> Any:
    if not isinstance(out, tuple):
        return None
    return out[0] if isinstance(out[0], dict) else out[-1]


def arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from arrays(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from arrays(item)
    elif value is not None:
        yield np.asarray(value)


def follow(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, dict):
            value = value[step if step in value else int(step)]
        elif isinstance(value, list | tuple):
            value = value[int(step)]
        else:
            value = getattr(value, step if hasattr(value, step) else f"_{type(value).__name__}{step}")
    return value


def agrees(a: Any, b: Any) -> bool:
    """Equal up to the error of central differences, whatever axes of size 1 there are."""
    if a is None or a.size != b.size:
        return False
    a, b = np.broadcast_to(a, a.shape).ravel(), b.ravel()
    return bool(np.abs(a - b).max() <= CLOSE * (1 + np.abs(b).max()))
