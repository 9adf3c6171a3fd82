"""Which forward/backward pairs a module has, found by how such functions are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symbp.audit.names import CONTAINERS, UPSTREAM
from symbp.lang.code.modules import Module
from symbp.lang.code.values import Class, Function

LOSSES = ("loss", "compute_loss", "cost", "calc_loss", "calculate_loss", "compute_cost", "calculate_cost")
FORWARD = (
    "forward", "forward_pass", "fwd", "feedforward", "feed_forward", "feedForward", "fprop", "forward_prop",
    "forward_propagation", "forward_propagate", "forwardprop", "_forward", "__call__", "call", "propagate",
    "activate", "activation", "function", "func", "fn", "f", "apply", "loss", "calc_loss", "compute_loss",
    "calculate_loss", "compute_cost", "calculate_cost",
    "cost", "calculate", "compute", "evaluate", "predict", "value", "step", "get_loss",
)  # fmt: skip
BACKWARD = (
    "backward", "backward_pass", "bwd", "backprop", "bprop", "back_prop", "back_propagation",
    "backpropagation", "backpropagate", "backward_propagation", "backward_propagate", "backwards",
    "backwardprop", "backPropagate", "_backward", "back_propagate", "back", "back_prob", "backword",
    "bptt", "backprop_through_time", "backpropagate_through_time",
)  # fmt: skip
SLOPE = (
    "gradient", "grad", "derivative", "deriv", "prime", "df", "diff", "gradients", "loss_gradient",
    "loss_grad", "loss_derivative", "loss_prime", "der", "dloss", "calc_gradient",
    "compute_gradient", "compute_gradients", "derivate", "d", "function_derivative", "activation_derivative",
    "activation_prime", "calc_gradients", "get_gradient", "get_gradients",
    "compute_grads", "calc_grad", "cost_derivative", "output_gradient",
    "calculate_gradient", "calculate_gradients", "calculate_grad",
)  # fmt: skip
_OF_LOSSES = ("gradient", "gradients", "calc_gradient", "calculate_gradient", "calculate_gradients")
"""Slopes that are more often those of a loss than of a layer."""
SLOPE_AFFIX = re.compile(
    r"^(?P<a>\w+?)_?(?:derivative|derivate|deriv|prime|gradient|grad|der|backward|backprop|bwd|back|bprop|diff|_d|_p)$|"
    r"^(?:d_|d(?=[A-Za-z])|grad_|gradient_|derivative_|deriv_|derivative_of_|der_|backward_|back_|bwd_|backprop_|diff_)_?(?P<b>\w+)$",
    re.I,
)
PAIRED = (
    ("backward", "forward"), ("Backward", "Forward"), ("bwd", "fwd"), ("backprop", "forward"),
    ("back_prop", "forward_prop"), ("back_propagation", "forward_propagation"),
    ("backpropagation", "forward_propagation"),
    ("backprop", "forwardprop"), ("bprop", "fprop"), ("back", "forward"), ("back", "feed_forward"),
    ("backward", "fwd"),
    ("backprop", "feedforward"), ("backpropagation", "forward"), ("back_propagation", "forward"),
    ("backward_propagation", "forward_propagation"), ("backward", "loss"), ("backward", "feedforward"),
)  # fmt: skip
GRADIENT_WORD = re.compile(r"(?<![a-zA-Z])(?:gradients?|grads?|derivatives?)(?![a-zA-Z])", re.I)
LOSS_NAMES = ("loss", "cost", "objective", "loss_function", "cost_function", "error")
BACKWARD_WORD = re.compile(r"backward|bwd|back_?prop|bprop", re.I)


@dataclass(frozen=True)
class Pair:
    """Two functions that belong together.

    `kind` is "backward" (takes an upstream gradient), "slope" (takes what forward takes), "both" (one
    function returns the value and its gradients: forward and backward are the same) or "closure"
    (forward leaves a function inside it as its way back).
    """

    symbol: str
    owner: str | None
    forward: str
    backward: str
    kind: str
    line: int
    function: Function
    back: Function


def find_pairs(module: Module) -> list[Pair]:
    """The pairs of a module, in the order of their lines."""
    found = list(_of_functions(module.functions, None, module))
    found += _of_closures(module.functions, None, module)
    for name, kind in module.classes.items():
        if kind.name == name:
            found += _of_class(kind, module)
            own = {n: f for n, f in kind.attributes.items() if isinstance(f, Function)}
            found += _of_closures(own, kind.name, module)
    return sorted(
        {(p.owner, p.backward, p.forward): p for p in found}.values(), key=lambda p: (p.line, p.symbol)
    )


def _of_closures(functions: Mapping[str, Function], owner: str | None, module: Module) -> Iterator[Pair]:
    """Operations on tensors that leave a function inside as their way back: `out._backward = _backward`."""
    for name, function in functions.items():
        body = function.body if isinstance(function.body, list) and _own(function, module) else []
        nodes = [n for s in body for n in ast.walk(s)]
        inside = {n.name: n for n in nodes if isinstance(n, ast.FunctionDef) and not n.args.args}
        for node in nodes:
            match node:
                case ast.Assign(targets=[ast.Attribute(attr=kept)], value=ast.Name(id=called)) if (
                    called in inside and BACKWARD_WORD.search(f"{kept} {called}")
                ):
                    back = inside[called]
                    way = Function(called, back.args, back.body, function.scope, function.source, {})
                    symbol = name if owner is None else f"{owner}.{name}"
                    yield Pair(symbol, owner, name, kept, "closure", back.body[0].lineno, function, way)


def _own(function: Function, module: Module) -> bool:
    return function.source.name == module.source.name


def _line(function: Function) -> int:
    body = function.body if isinstance(function.body, list) else [function.body]
    return body[0].lineno if body else 1


def methods_of(kind: Class) -> dict[str, Function]:
    """The methods of a class and its bases."""
    found: dict[str, Function] = {}
    for base in reversed(kind.lineage):
        found.update({n: v for n, v in base.attributes.items() if isinstance(v, Function)})
    return found


def _of_class(kind: Class, module: Module) -> Iterator[Pair]:
    methods = methods_of(kind)
    if not any(isinstance(v, Function) and _own(v, module) for v in kind.attributes.values()):
        return
    concrete = {n: f for n, f in methods.items() if not is_empty(f)}
    spelled = {_spelling(n): n for n in reversed(concrete)}
    forward = next((spelled[_spelling(n)] for n in FORWARD if _spelling(n) in spelled), None)
    if forward is not None and _prepares(concrete.get("__call__"), forward):
        forward = "__call__"
    backward = next((spelled[_spelling(n)] for n in BACKWARD if _spelling(n) in spelled), None)
    call = concrete.get("__call__")
    if forward == "__call__" and backward is None and call is not None and returns_both(kind.name, call):
        yield _pair(kind.name, kind.name, concrete, forward, forward, "both")
    taken = set()
    if forward is not None and backward is not None:
        taken = {forward, backward}
        meant = "slope" if _gives_slope(concrete[forward], concrete[backward]) else "backward"
        yield _pair(kind.name, kind.name, concrete, forward, backward, meant)
    slope = next((n for n in SLOPE if n in concrete and n not in taken), None)
    value = _slope_of(concrete, slope, backward)
    if slope is not None and value is not None:
        taken |= {slope}
        symbol = kind.name if backward is None else f"{kind.name}.{slope}"
        yield _pair(symbol, kind.name, concrete, value, slope, "slope")
    own = {
        n: f
        for n, f in concrete.items()
        if n in kind.attributes and n not in taken and not (taken and n.startswith("_"))
    }
    yield from _of_functions(own, kind.name, module, concrete)


def _spelling(name: str) -> str:
    """Names that differ by small letters, or by a usual slip, are one."""
    return name.lower().replace("propog", "propag")


def _gives_slope(forward: Function, backward: Function) -> bool:
    """Whether backward is a function's own derivative: of one point, no upstream gradient, nothing kept."""
    given = backward.arguments
    names = [a.arg for a in (*given.posonlyargs, *given.args)]
    wanted = names if backward.kind == "static" else names[1:]
    if len(wanted) != 1 or given.vararg is not None or UPSTREAM.match(wanted[0]):
        return False
    return not _attributes(forward, ast.Store) & _attributes(backward, ast.Load)


def _attributes(function: Function, context: type[ast.expr_context]) -> set[str]:
    body = function.body if isinstance(function.body, list) else [function.body]
    nodes = [n for s in body for n in ast.walk(s)]
    return {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, context)}


def _prepares(call: Function | None, forward: str) -> bool:
    """Whether `__call__` sets attributes and then calls forward, which may need them."""
    body = call.body if call is not None and isinstance(call.body, list) else []
    nodes = [n for s in body for n in ast.walk(s)]
    sets = any(isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) for n in nodes)
    calls = [n.func for n in nodes if isinstance(n, ast.Call)]
    return sets and any(isinstance(c, ast.Attribute) and c.attr == forward for c in calls)


def _slope_of(methods: Mapping[str, Function], slope: str | None, backward: str | None) -> str | None:
    if slope is None:
        return None
    names: tuple[str, ...] = FORWARD
    if backward is not None:
        names = LOSSES
    elif "loss" in slope or slope in _OF_LOSSES:
        names = (*LOSSES, *FORWARD)
    return next((n for n in names if n in methods and n != slope), None)


def _of_functions(
    functions: Mapping[str, Function],
    owner: str | None,
    module: Module,
    known: Mapping[str, Function] | None = None,
) -> Iterator[Pair]:
    known = functions if known is None else known
    for name, function in functions.items():
        if not _own(function, module) or is_empty(function) or name.startswith("__"):
            continue
        partner = _partner(name, known)
        if partner is not None:
            takes_upstream = BACKWARD_WORD.search(name) is not None
            kind = "backward" if takes_upstream else "slope"
            symbol = name if owner is None else f"{owner}.{name}"
            yield _pair(symbol, owner, known, partner, name, kind)
        elif returns_both(name, function):
            symbol = name if owner is None else f"{owner}.{name}"
            yield _pair(symbol, owner, known, name, name, "both")


def _pair(
    symbol: str, owner: str | None, known: Mapping[str, Function], forward: str, backward: str, kind: str
) -> Pair:
    return Pair(
        symbol, owner, forward, backward, kind, _line(known[backward]), known[forward], known[backward]
    )


def _partner(name: str, functions: Mapping[str, Function]) -> str | None:
    """The function whose gradient a function of this name gives."""
    for back, front in PAIRED:
        if back in name and (other := name.replace(back, front)) in functions and other != name:
            return other
    stated = _stated_loss(name, functions)
    if stated is not None:
        return stated
    found = SLOPE_AFFIX.match(name)
    if found is None:
        return None
    base = (found.group("a") or found.group("b")).strip("_")
    if base.lower() in CONTAINERS:  # grad_parameters beside parameters: lists of both
        return None
    others = sorted((n for n in functions if n != name), key=lambda n: not n.startswith("_"))
    spelled = {n.lower().strip("_"): n for n in others}
    for form in (
        base,
        f"{base}_forward",
        f"forward_{base}",
        f"{base}_loss",
        f"{base}_function",
        f"{base}_fwd",
        f"{base}_act",
        f"{base}_activation",
    ):
        if form.lower() in spelled:
            return spelled[form.lower()]
    return _of_argument(base, functions)


def _stated_loss(name: str, functions: Mapping[str, Function]) -> str | None:
    """The loss of a function that is called after it: compute_gradient_ridge and compute_loss_ridge."""
    for word in LOSS_NAMES:
        other = GRADIENT_WORD.sub(word, name)
        if other != name and other in functions and _takes(functions[name], functions[other]):
            return other
    return None


def _takes(gradient: Function, loss: Function) -> bool:
    """Whether a gradient has the arguments of a loss, or some of them."""
    mine, others = ({a.arg.lower() for a in f.arguments.args} for f in (gradient, loss))
    return bool(mine) and mine <= others


def _of_argument(base: str, functions: Mapping[str, Function]) -> str | None:
    """`loss` for loss_w, which is the gradient by its argument w."""
    loss, _, argument = base.rpartition("_")
    found = functions.get(loss)
    return loss if found is not None and argument in [a.arg for a in found.arguments.args] else None


def returns_both(name: str, function: Function) -> bool:
    """A loss that returns its value and its gradients: `return loss, dx`."""
    last = last_return(function)
    if not isinstance(last, ast.Tuple | ast.List) or len(last.elts) < 2:
        return False
    named = [e.id if isinstance(e, ast.Name) else "" for e in last.elts]
    if re.search(r"loss|cost|softmax|svm|entropy|objective", name, re.I) is None:
        says_both = re.match(r"^(?:\w*loss|\w*cost|nll)$", named[0], re.I) is not None
        return says_both and any(re.match(r"^(?:d[A-Z]\w*|\w*grad\w*)$", n) for n in named[1:])
    first_is_loss = re.search(r"loss|cost|^[jlec]$|total|^out", named[0], re.I) is not None
    return first_is_loss and any(re.match(r"^(?:d[A-Za-z_]\w*|grad\w*|delta\w*)$", n) for n in named[1:])


def last_return(function: Function) -> ast.expr | None:
    """What the last return of a function gives back."""
    body = function.body
    if isinstance(body, ast.expr):
        return body
    found = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Return)]
    return max(found, key=lambda n: n.lineno).value if found else None


def is_empty(function: Function) -> bool:
    """A body that only says that others define it."""
    body: Any = function.body
    if isinstance(body, ast.expr):
        return False
    return all(
        isinstance(s, ast.Pass | ast.Raise)
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        or (isinstance(s, ast.Return) and (s.value is None or _says_nothing(s.value)))
        for s in body
    )


def _says_nothing(value: ast.expr) -> bool:
    return (isinstance(value, ast.Name) and value.id == "NotImplementedError") or (
        isinstance(value, ast.Constant) and value.value in (None, NotImplemented)
    )
