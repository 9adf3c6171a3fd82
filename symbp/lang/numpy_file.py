"""A file with `def forward(…)` and `def backward(…)`: a model and its claimed gradients.

`forward` returns the loss or the output, alone or followed by a cache; `backward` takes the cache,
the upstream gradient (an argument that begins with d or grad) and arguments of `forward`, and
returns a dictionary or a tuple of gradients that are named after what they belong to.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, as_node, leaf
from symbp.errors import ClaimError, ModelError, Place
from symbp.lang.code.modules import Module, interpret_function, read_module
from symbp.lang.code.source import Source, parse_python
from symbp.lang.code.values import Function
from symbp.lang.declare import Declarations, add_keywords
from symbp.lang.names import Name, NameTable, identifier
from symbp.lang.numpy_claim import Claimed, Step
from symbp.lang.numpy_source import declared_variables
from symbp.lang.program import Equation, Program, Variable


def read_pair(
    text: str,
    source: str = "<text>",
    *,
    shapes: Mapping[str, str],
    forward: str = "forward",
    backward: str = "backward",
    params: Sequence[str] | None = None,
    assume: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> tuple[Program, dict[str, Claimed]]:
    """The model that `forward` computes, and the gradients that `backward` claims.

    >>> text = "def forward(X, W):\\n    return X @ W, X\\n"
    >>> text += "def backward(dY, cache):\\n    return {'dW': cache.T @ dY}"
    >>> program, claims = read_pair(text, shapes={"X": "n, d", "W": "d, k"})
    >>> program.outputs, list(claims)
    ((('out', 'dY'),), ['W'])
    """
    module = read_module(text, source)
    first, second = _function(module, forward), _function(module, backward)
    declared = Declarations()
    add_keywords(declared, shapes=shapes, params=params, assume=assume, constants=constants, sizes=sizes)
    table = NameTable()
    variables = declared_variables(declared, table)
    known = {v.name.text: v.node for v in variables}
    output, cache = _run_forward(module, forward, known)
    name = table.add(_returned_names(first, ["out"])[0])
    variables += [Variable(table.add(drawn.name), drawn, "input") for drawn in module.random]
    upstream = _upstream(second, known, output, table)
    if upstream is not None:
        variables.append(upstream)
    given = _backward_arguments(module, second, known, cache, upstream)
    gradients = interpret_function(module, backward, named=given)
    names: dict[Node, Name] = {v.node: v.name for v in variables}
    equation = Equation(name, output, _place(module, first), {**names, output: name})
    outputs = ((name.ascii, upstream.name.ascii if upstream is not None else None),)
    constants_read = dict(declared.constants)
    program = Program(tuple(variables), (equation,), outputs, constants_read, (), source, text)
    return program, _claims(module, second, gradients, known)


def _run_forward(module: Module, name: str, known: Mapping[str, Node]) -> tuple[Node, Any]:
    """The output of forward, and what it keeps for backward."""
    function = _function(module, name)
    result = interpret_function(module, name, named=_forward_arguments(module, function, known))
    output, cache = _output_and_cache(result)
    if not isinstance(output, Node):
        raise ModelError(
            f"{name} returns no array",
            _place(module, function),
            hint=f"let {name} return the output, or the output and a cache",
        )
    return output, cache


def has_backward(text: str) -> bool:
    """Whether a Python text defines a function `backward`."""
    return any(
        isinstance(s, ast.FunctionDef) and s.name == "backward" for s in parse_python(Source.of(text)).body
    )


def claims_of_functions(text: str, source: str, program: Program) -> list[Claimed]:
    """The gradients that the functions `forward` and `backward` of a file claim for a model.

    Their arguments are the model's variables, by name.  Without `forward` there is no cache.
    """
    module = read_module(text, source)
    second = _function(module, "backward")
    known = {spelled: v.node for v in program.variables for spelled in (v.name.ascii, v.name.text)}
    upstream = next((v for v in program.variables if v.role == "upstream"), None)
    cache = None
    if "forward" in module.functions:
        named = _forward_arguments(module, module.functions["forward"], known)
        cache = _output_and_cache(interpret_function(module, "forward", named=named))[1]
    if upstream is not None:
        known = {k: v for k, v in known.items() if v is not upstream.node}
    given = _backward_arguments(module, second, known, cache, upstream)
    gradients = interpret_function(module, "backward", named=given)
    return list(_claims(module, second, gradients, known).values())


def _function(module: Module, name: str) -> Function:
    found = module.functions.get(name)
    if found is None:
        known = ", ".join(module.functions) or "none"
        raise ModelError(
            f"{module.source.name} defines no function {name}",
            None,
            [f"functions: {known}"],
            hint=f"define it, or name one of: {known}",
        )
    return found


def _place(module: Module, function: Function) -> Place:
    body = function.body if isinstance(function.body, list) else [function.body]
    return module.source.place(body[-1])


def _parameters(function: Function) -> list[str]:
    given = function.arguments
    return [p.arg for p in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _forward_arguments(module: Module, function: Function, known: Mapping[str, Node]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _parameters(function):
        if name in known:
            found[name] = known[name]
        elif name not in function.defaults:
            hint = f'declare it: --shapes "{name}: n, d"'
            raise ModelError(f"the shape of {name} is not known", _place(module, function), hint=hint)
    return found


def _output_and_cache(result: Any) -> tuple[Any, Any]:
    if isinstance(result, tuple) and len(result) > 1:
        return result[0], result[1] if len(result) == 2 else result[1:]
    return result, None


def _is_upstream(name: str, known: Mapping[str, Node]) -> bool:
    return name not in known and (name.startswith(("d", "grad", "upstream", "delta")) or name == "g")


def _upstream(
    function: Function, known: Mapping[str, Node], output: Node, table: NameTable
) -> Variable | None:
    """The upstream gradient; None for a loss, where it is 1."""
    if all(s.is_one for s in output.shape):
        return None
    wanted = [name for name in _parameters(function) if _is_upstream(name, known)]
    name = table.add(wanted[0] if wanted else "dout")
    return Variable(name, leaf(name.ascii, output.shape), "upstream")


def _backward_arguments(
    module: Module, function: Function, known: Mapping[str, Node], cache: Any, upstream: Variable | None
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cache_is_given = False
    for name in _parameters(function):
        if name in known:
            found[name] = known[name]
        elif _is_upstream(name, known):
            found[name] = upstream.node if upstream is not None else as_node(1)
        elif cache is not None and not cache_is_given:
            found[name], cache_is_given = cache, True
        elif name not in function.defaults:
            raise ModelError(
                f"what {name} stands for is not known",
                _place(module, function),
                hint="give its shape, or pass it on in the cache of forward",
            )
    return found


def _returned_names(function: Function, otherwise: list[str]) -> list[str]:
    """The names in the last return of a function."""
    body = function.body if isinstance(function.body, list) else []
    returned = [s.value for s in body if isinstance(s, ast.Return)]
    if not returned or returned[-1] is None:
        return otherwise
    items = returned[-1].elts if isinstance(returned[-1], ast.Tuple) else [returned[-1]]
    names = [item.id if isinstance(item, ast.Name) else "" for item in items]
    return names if names[0] else otherwise


def _claims(
    module: Module, function: Function, gradients: Any, known: Mapping[str, Node]
) -> dict[str, Claimed]:
    place = _place(module, function)
    if isinstance(gradients, dict):
        named = list(gradients.items())
    else:
        values = list(gradients) if isinstance(gradients, tuple | list) else [gradients]
        named = list(zip(_returned_names(function, []), values, strict=False))
    found: dict[str, Claimed] = {}
    for name, value in named:
        target = _target(str(name), known)
        if target is not None and isinstance(value, Node):
            found[target] = Claimed(target, value, (Step(str(name), value, place),))
    if not found:
        hint = "return them as a dictionary: {'dW': dW}"
        raise ClaimError("no gradient is recognised in what is returned here", place, hint=hint)
    return found


def _target(name: str, known: Mapping[str, Node]) -> str | None:
    """What a gradient with this name belongs to: `dW`, `grad_W`, `W_grad` or `W` to W."""
    spelled = {identifier(k): k for k in known}
    for form in (name.removeprefix("d"), name.removeprefix("grad_"), name.removeprefix("d_"), name):
        if identifier(form.removesuffix("_grad") or name) in spelled:
            return spelled[identifier(form.removesuffix("_grad") or name)]
    return None
