"""The same model as a step of torch (eager) or of jax.jit, from the forward pass of a derivation.

The libraries differentiate it themselves.  Recurrences are written out, step by step; convolutions
are the library's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.calculus.derivation import Derivation
from symbp.commands.peer_table import TABLE
from symbp.commands.peer_words import JaxWords, TorchWords, Words
from symbp.commands.threads import threads
from symbp.emit.numpy_lower import Lowering
from symbp.errors import UnsupportedError
from symbp.lazy import optional_module
from symbp.ops.contract import CONTRACT
from symbp.ops.scan import BUNDLE, PART, SCAN

Arrays = Mapping[Node, Any]
INSTALL = {"numba": "pip install numba", "torch": "pip install torch", "jax": "pip install jax jaxlib"}
STRUCTURE = ("scan", "scan_part", "bundle", "leaf", "placeholder")


def need(name: str) -> Any:
    """The library; UnsupportedError that says what to install where it is not there."""
    module = optional_module(name)
    if module is None:
        raise UnsupportedError(f"{name} is not installed here", hint=f"{INSTALL[name]}, or leave it out")
    return module


def peer_step(
    name: str, derivation: Derivation, arrays: Arrays, sizes: Mapping[str, int], dtype: Any
) -> Callable[[], Any]:
    """A call that works out the loss and all gradients.

    UnsupportedError where the library is not there, or an operation has no spelling.
    """
    module = need(name)
    return (_torch_step if name == "torch" else _jax_step)(module, derivation, arrays, sizes, dtype)


def _torch_step(
    torch: Any, derivation: Derivation, arrays: Arrays, sizes: Mapping[str, int], dtype: Any
) -> Callable[[], Any]:
    if threads().isdecimal():
        torch.set_num_threads(int(threads()))
    words = TorchWords(torch)
    parameters = [v.node for v in derivation.forward.parameters]
    given = {node: words.array(value) for node, value in arrays.items()}
    for node in parameters:
        given[node].requires_grad_()
    wanted = [given[node] for node in parameters]
    loss = _loss(words, derivation, sizes, dtype)

    def step() -> Any:
        found = loss(given)
        return found, torch.autograd.grad(found, wanted, allow_unused=True)

    step()
    return step


def _jax_step(
    jax: Any, derivation: Derivation, arrays: Arrays, sizes: Mapping[str, int], dtype: Any
) -> Callable[[], Any]:
    jax.config.update("jax_enable_x64", True)
    words = JaxWords(jax)
    parameters = [v.node for v in derivation.forward.parameters]
    given = {node: words.array(value) for node, value in arrays.items()}
    data = {node: value for node, value in given.items() if node not in parameters}
    loss = _loss(words, derivation, sizes, dtype)
    rest, others = list(data), list(data.values())

    def of_parameters(values: Sequence[Any], constants: Sequence[Any]) -> Any:
        return loss({**dict(zip(parameters, values, strict=True)), **dict(zip(rest, constants, strict=True))})

    compiled = jax.jit(jax.value_and_grad(of_parameters))
    wanted = [given[node] for node in parameters]

    def step() -> Any:
        return jax.block_until_ready(compiled(wanted, others))

    step()
    return step


def _loss(
    words: Words, derivation: Derivation, sizes: Mapping[str, int], dtype: Any
) -> Callable[[Arrays], Any]:
    """The loss, or the sum of outputs times their upstream gradients."""
    program = derivation.forward
    lower = Lowering(lambda name: name in TABLE or name in STRUCTURE)
    outputs = lower.all([program.nodes[name] for name, _ in program.outputs])
    ups = [v.node for v in program.variables if v.role == "upstream"]
    fixed = {v.node: float(program.constants[v.name.ascii]) for v in program.variables if v.role == "const"}
    run = _Run(words, sizes, dtype)

    def loss(arrays: Arrays) -> Any:
        found = run(outputs, {**fixed, **arrays})
        if not ups:
            return found[0]
        return sum((y * arrays[up]).sum() for y, up in zip(found, ups, strict=True))

    return loss


class _Run:
    """Nodes worked out in the library's arrays; what is done for a node is decided once."""

    def __init__(self, words: Words, sizes: Mapping[str, int], dtype: Any) -> None:
        self.words, self.sizes, self.dtype = words, sizes, dtype
        self.plans: dict[tuple[Node, ...], list[Node]] = {}

    def __call__(self, roots: Sequence[Node], arrays: Arrays) -> list[Any]:
        order = self.plans.get(tuple(roots))
        if order is None:
            order = self.plans[tuple(roots)] = _order(roots)
        values: dict[Node, Any] = dict(arrays)
        for node in order:
            if node not in values:
                values[node] = self._value(node, values)
        return [values[root] for root in roots]

    def _value(self, node: Node, values: dict[Node, Any]) -> Any:
        if (kernel := _convolved(node)) is not None:
            return self._convolution(node, kernel, values)
        args = [values[a] for a in node.args]
        if node.op is SCAN:
            return self._scan(node, args)
        if node.op is PART:
            return args[0][node.params[0]]
        if node.op is BUNDLE:
            return args
        if node.op.name not in TABLE:
            raise UnsupportedError(
                f"'{node.op.name}' has no spelling for this comparison", hint="measure it without --against"
            )
        return TABLE[node.op.name](self.words, node, args, self.sizes, self.dtype)

    def _convolution(self, node: Node, kernel: Node, values: dict[Node, Any]) -> Any:
        view = next(a for a in node.args if a is not kernel)
        (x,), (frames,) = view.args, view.params
        pads = [0] * len(frames)
        if x.op.name == "pad" and all(a == b for a, b in x.params[0]):
            pads = [x.params[0][axis][0].value(self.sizes) for axis, *_ in frames]
            x = x.args[0]
        strides, dilations = [f[2] for f in frames], [f[3] for f in frames]
        return self.words.convolution(values[x], values[kernel], strides, dilations, pads)

    def _scan(self, node: Node, args: list[Any]) -> list[Any]:
        """All parts of a recurrence, written out step by step."""
        body, length, reverse = node.params
        count, along = len(body.states), len(body.sequences)
        states, sequences, fixed = args[:count], args[count : count + along], args[count + along :]
        found: list[list[Any]] = [[] for _ in body.values]
        steps = range(length.value(self.sizes))
        for t in reversed(steps) if reverse else steps:
            inside = dict(zip(body.states, states, strict=True)) | dict(zip(body.fixed, fixed, strict=True))
            inside |= {slot: s[t] for slot, s in zip(body.sequences, sequences, strict=True)}
            new = self(body.values, inside)
            states = new[:count]
            for parts, value in zip(found, new, strict=True):
                parts.append(value)
        return [self.words.xp.stack(parts[::-1] if reverse else parts) for parts in found]


def _order(roots: Sequence[Node]) -> list[Node]:
    """Arguments first; windows that a convolution of the library takes care of are left out."""
    order = topological(roots)
    inside: set[Node] = set()
    uses: dict[Node, int] = {}
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    for node in order:
        kernel = _convolved(node)
        if kernel is not None:
            view = next(a for a in node.args if a is not kernel)
            inside |= {n for n in (view, view.args[0]) if uses[n] == 1 and n.op.name in ("windows", "pad")}
    return [node for node in order if node not in inside]


def _convolved(node: Node) -> Node | None:
    """The kernel of y[n, f, p] = Σ x[n, c, p s + w d] K[f, c, w]."""
    if node.op is not CONTRACT or len(node.args) != 2:
        return None
    inputs, out, _ = node.params
    for k, view in enumerate(node.args):
        if view.op.name == "windows" and view.args[0].rank <= 5:
            kernel, labels, weights = node.args[1 - k], inputs[k], inputs[1 - k]
            dims = len(view.params[0])
            rank = view.args[0].rank
            fits = rank == dims + 2 and [f[0] for f in view.params[0]] == list(range(2, rank))
            n, c, *places = labels[:rank]
            if fits and weights[1:] == (c, *labels[rank:]) and out == (n, weights[0], *places):
                return kernel
    return None


def timed_arrays(derivation: Derivation, given: Sequence[Any]) -> dict[Node, Any]:
    """The arguments of a step (inputs, parameters, upstream gradients) by the nodes that they stand for."""
    program = derivation.forward
    ups = [v for v in program.variables if v.role == "upstream"]
    variables = [*program.data, *program.parameters, *ups]
    return {v.node: np.asarray(x) for v, x in zip(variables, given, strict=True)}
