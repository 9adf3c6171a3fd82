"""One pair, interpreted once: construct, forward, backward; the claims that it leaves anywhere."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from symbp.algebra.node import Node, constant, leaf, leaves
from symbp.audit.arguments import Arguments, Given, is_number, parameters_of
from symbp.audit.case import fitted
from symbp.audit.choices import NOTHING, NoValue
from symbp.audit.claims import Claims, returned_names
from symbp.audit.closures import read_closure
from symbp.audit.fed import fed_to_backward, fed_to_forward, kept_by_caller
from symbp.audit.find import Pair, methods_of
from symbp.audit.held import is_held_data
from symbp.audit.memory import Memory
from symbp.audit.names import OUTPUT, TARGET, key_of, says_gradient
from symbp.audit.prepare import preparations
from symbp.audit.reading import Calls, Claim, LossCall, Reading
from symbp.audit.standins import Asked, asked_of, stand_in
from symbp.audit.state import Late, free, may_be_parameter, snapshot
from symbp.audit.stated import stated_losses
from symbp.audit.unrolled import unrolled
from symbp.audit.unused import with_unused_upstream
from symbp.audit.usage import Usage, chances_in, usage_of
from symbp.audit.values import ATTENDED, Values
from symbp.audit.vocabulary import INDICES, RECURRENT, SAYS_SLOPE, STATE, is_function
from symbp.errors import OperandError, SymbpError, UnsupportedError
from symbp.lang.code.arrays import Array
from symbp.lang.code.contexts import context
from symbp.lang.code.machine import MISFITS
from symbp.lang.code.modules import Module, construct, interpret_function, interpret_method
from symbp.lang.code.values import Class, Function, Instance
from symbp.lang.names import NameTable
from symbp.lang.values import node_of
from symbp.ops.constant_arrays import full
from symbp.ops.structure.joining import stack


def read_pair_once(pair: Pair, module: Module, values: Values, memory: Memory) -> Reading:
    """One interpretation.  SymbpError, OperandError or NoValue where it cannot be read."""
    try:
        if pair.kind == "closure":
            return read_closure(pair, module, values)
        runner = _Runner(pair, module, values, memory)
        return runner.read(runner.used_paths())
    finally:
        memory.restore()


FEW_UNITS = (9, 8, 6, 5)
"""More units say nothing more of a network; the numbers of samples and of steps are others."""
OUTPUTS = re.compile(r"^\w*(?:outputs?|activations?|layers_out|a_s|zs|as)\w*\.\d+$", re.I)
"""A place in a list of what the layers of a network give."""


ANSWERS = re.compile(r"^(?:p|o|y|yhat|y_?hat|prob\w*|out\w*|pred\w*|logit)s?$", re.I)
"""What the answers of all steps are called."""
LOSS = re.compile(r"(?:^|_)(?:loss|cost)$", re.I)


class _Runner:
    def __init__(self, pair: Pair, module: Module, values: Values, memory: Memory) -> None:
        self.pair, self.module, self.values, self.memory = pair, module, values, memory
        self.kind: Class | None = module.classes.get(pair.owner) if pair.owner else None
        self.inputs: dict[str, Node] = {}
        self.settings: dict[str, Any] = {}
        self.held: dict[str, Node] = {}
        """Data that the object has got from its constructor."""
        self.calls = Calls()
        self.assumed: list[str] = []
        """What has to hold of attributes that neither of the two methods sets."""
        self.globals = _globals(module) if self.kind is None else {}
        """The arrays of the file itself, which functions may take as parameters."""
        functions = [pair.function, *(methods_of(self.kind).values() if self.kind else ())]
        names = {
            n for f in functions if f.name in ("__init__", pair.forward) for n, _ in parameters_of(f, False)
        }
        keys = {k for n, _ in parameters_of(pair.function, False) for k in usage_of([pair.function], n).keys}
        values.siblings = frozenset(names | keys)
        values.chances = chances_in([pair.function, *functions])
        values.indexes = any(INDICES.match(n) for n, _ in parameters_of(pair.function, False))
        values.square = {"wq", "wk"} <= {n.lower().replace("_", "") for n in names}
        values.recurrent = any(STATE.match(n) or RECURRENT.match(n) for n in names)

    # -- construct and forward ----------------------------------------------------------------

    def used_paths(self) -> set[str]:
        """The paths of the arrays that forward needs, found by a first run."""
        built = self.build() if self.kind is not None else None
        freed = free(self._holder(built), None, self._names())
        if not freed:
            return set()
        result = self.forward(built)
        given = list(_nodes(result)) or _stored(built)
        names = set(leaves(given or [full((), 0)]))
        return {path for path, node in freed.items() if node in names}

    def _holder(self, built: Instance | None) -> Any:
        """What holds the parameters: the object, or the file of a function."""
        return self.globals if built is None else built

    def _names(self) -> NameTable:
        """A table in which the arguments have their names already."""
        table = NameTable()
        both = (self.pair.function, self.pair.back)
        for name in dict.fromkeys(n for f in both for n, _ in parameters_of(f, False)):
            table.add(name)
        return table

    def build(self) -> Instance:
        assert self.kind is not None
        self.values.first = self.values.building = True
        methods = list(methods_of(self.kind).values())
        try:
            initialiser = self.kind.find("__init__")
        except KeyError:
            initialiser = None
        named: dict[str, Any] = {}
        if isinstance(initialiser, Function):
            wanted = parameters_of(initialiser, True)
            slopes = [n for n, _ in wanted if SAYS_SLOPE.search(n)]
            self.values.takes_slope = bool(slopes) and len(wanted) > len(slopes)
            for name, default in wanted:
                named[name] = self._held_or_setting(initialiser, name, default, methods)
        self.calls.construct, self.calls.drawn = named, len(self.module.random)
        built = construct(self.module, self.kind.name, [], named)
        self.values.building = False
        self._fill(built, methods)
        self._prepare(built)
        return built

    def _prepare(self, built: Instance) -> None:
        """What users of the object call before its first forward."""
        assert self.kind is not None
        known = methods_of(self.kind)
        for name in list(preparations(known, built)):
            if name in ("__init__", self.pair.forward, self.pair.backward):
                continue
            wanted = parameters_of(known[name], True)
            with contextlib.suppress(SymbpError, OperandError, NoValue, *MISFITS):
                methods = list(known.values())
                named = {n: self._held_or_setting(known[name], n, d, methods) for n, d in wanted}
                self._call(built, name, named)
                self.calls.prepared[name] = named

    def _fill(self, built: Instance, methods: list[Function]) -> None:
        """Layers for the empty lists of a network to which its user adds them."""
        for name, value in built.attributes.items():
            if isinstance(value, list | tuple) and not value:
                asked = asked_of(methods, name)
                if asked.is_complete and asked.of_items:
                    built.attributes[name] = self.calls.filled[name] = self._stand_in(name, asked)

    def _held_or_setting(self, maker: Function, name: str, default: Any, methods: list[Function]) -> Any:
        """An argument of a constructor: data that the object keeps for forward, else what it is made by."""
        if default is not NOTHING or not is_held_data(self.pair, maker, name, methods):
            return self._constructor_value(name, default, methods)
        value = self.values.data(name, default, usage_of(methods, name))
        if isinstance(value, Node):
            self.held[name] = value
        return value

    def _constructor_value(self, name: str, default: Any, methods: list[Function]) -> Any:
        values, usage = self.values, usage_of(methods, name)
        given = self.module.scope.names.get(name)
        if default is NOTHING and name not in values.init and isinstance(given, dict | list) and given:
            return with_small_sizes(given)
        if default is NOTHING and usage.keys and name not in values.init:
            return {key: values._entry(key) for key in usage.keys}
        asked = asked_of(methods, name)
        wanted = default is NOTHING and (asked.is_complete or (asked.numbered and is_function(name)))
        if wanted and not values.takes_own(name, usage):
            return self._stand_in(name, asked)
        return values.setting(name, default, usage)

    def _stand_in(self, name: str, asked: Asked) -> Any:
        slopes = ["argument", "value"] if asked.slope or asked.flag else ["argument"]
        return stand_in(asked, is_function(name), self.values.choices.pick("slope given", slopes) == "value")

    def forward(self, built: Instance | None, late: Late | None = None) -> Any:
        self.values.first = True
        self.inputs, self.settings = dict(self.held), {}
        named: dict[str, Any] = {}
        wanted = parameters_of(self.pair.function, built is not None)
        self.values.attends = len({n.lower() for n, _ in wanted} & ATTENDED) > 1
        self.values.unrolled = unrolled(self.pair.function)
        self.values.names = [n for n, _ in wanted]
        self.values.single = sum(default is NOTHING for _, default in wanted) == 1
        for name, default in wanted:
            usage = usage_of([self.pair.function, self.pair.back], name)
            if re.search(r"param|config|opts", name) and not usage.keys and not usage.numbered:
                usage = usage_of(list(self.module.functions.values()), name)
            value = self._argument_of_forward(name, default, usage)
            self._remember(name, value)
            named[name] = value
        if built is not None:
            self._feed(built)
        self.calls.forward = named
        return self._call(built, self.pair.forward, named, late)

    def _argument_of_forward(self, name: str, default: Any, usage: Usage) -> Any:
        is_context = usage.is_set or name == "ctx"
        return context() if is_context and not usage.keys else self.values.data(name, default, usage)

    def _feed(self, built: Instance) -> None:
        """Arrays for the attributes in which forward finds its data."""
        for name in fed_to_forward(self.pair, built):
            value = self.values.data(name, NOTHING, usage_of(list(methods_of(built.kind).values()), name))
            if isinstance(value, Node):
                self._remember(name, value)
                built.attributes[name] = Array(value)
                self.calls.fed[name] = value

    def _feed_upstream(self, built: Instance, outputs: list[Node]) -> list[Node]:
        """What is in the attributes of backward: its upstream gradients, and what the caller has kept."""
        upstreams: list[Node] = []
        for name, out in zip(fed_to_backward(self.pair, built), outputs, strict=False):
            upstreams.append(leaf(name, out.shape))
            built.attributes[name] = Array(upstreams[-1])
            self.calls.fed_back[name] = upstreams[-1]
        for name in kept_by_caller(self.pair, built, self.inputs):
            built.attributes[name] = Array(self.inputs[name])
            self.calls.fed_back[name] = self.inputs[name]
            self.assumed.append(f"self.{name} is {name}")
        return upstreams

    def _remember(self, name: str, value: Any) -> None:
        self.settings[name] = value
        if isinstance(value, Node):
            self.inputs[name] = value
        elif isinstance(value, dict):
            self.inputs.update({f"{name}.{k}": v for k, v in value.items() if isinstance(v, Node)})

    def _call(
        self,
        built: Instance | None,
        name: str,
        named: Mapping[str, Any],
        late: Late | None = None,
        finished: dict[str, Any] | None = None,
    ) -> Any:
        if built is None or self.kind is None:
            return interpret_function(self.module, name, [], named)
        return interpret_method(
            self.module,
            self.kind.name,
            name,
            built,
            [],
            named,
            None if late is None else late.free,
            finished,
        )

    # -- backward -----------------------------------------------------------------------------

    def read(self, used: set[str], late: frozenset[str] = frozenset()) -> Reading:
        """`late` are the paths of parameters that forward itself makes when it is called first."""
        self.memory.restore()
        self.module.unset.count = 0
        built = self.build() if self.kind is not None else None
        holder = self._holder(built)
        parameters = free(holder, used, self._names())
        before = snapshot(holder)
        made = Late(built, late, self._names()) if built is not None and late else None
        result = self.forward(built, made)
        if self.pair.kind == "both":
            return self._both(result, built, parameters, before)
        outputs, cache = _outputs_and_cache(result, returned_names(self.pair.function))
        if not outputs:
            stored = _stored(built)
            if not stored:
                raise UnsupportedError(
                    f"{self.pair.forward} returns no array", hint=f"let {self.pair.forward} return the output"
                )
            outputs = stored[-1:]
        if any(s.is_constant and s.constant < 1 for out in outputs for s in out.shape):
            raise UnsupportedError(
                f"{self.pair.forward} returns an empty array",
                hint='say the shapes of its arguments, such as --shapes "x: n,d"',
            )
        middle = snapshot(holder)
        if made is not None:
            needed = set(leaves(outputs))
            parameters |= {path: node for path, node in made.found.items() if node in needed}
        parameters |= _drawn_late(before, middle, parameters)
        given = self._arguments(built, result).choose(outputs, cache)
        self.calls.backward = given.named
        self.values.stage = "guess" if given.guessed else "backward"
        fed = self._feed_upstream(built, outputs) if built is not None else []
        stated = self._stated(built, outputs, given) if not given.seeds and not fed else []
        middle = snapshot(holder)
        names: dict[str, Any] = {}
        back = self._call(built, self.pair.backward, given.named, finished=names)
        after = snapshot(holder)
        asked = [out for out, _ in given.seeds]
        rest = [out for out in outputs if all(out is not a for a in asked)]
        seeds = [*given.seeds, *zip(rest, fed, strict=False)]
        seeds.sort(key=lambda seed: next(k for k, out in enumerate(outputs) if out is seed[0]))
        loss = not seeds
        held = next((v for n, v in self.held.items() if TARGET.match(n)), None)
        target = given.target if given.target is not None or not loss else held
        if loss:
            output = _answered(outputs, target)
            seeds = [(output, full(output.shape, 1))]
        found = self._claims()
        slope = self.pair.kind == "slope"
        returned = found.returned(back, parameters)
        claims = _without_other_returns(returned, found.left(parameters, middle, after))
        if given.target is not None:
            claims = _of_networks(claims, parameters, returned_names(self.pair.back))
        if not claims and is_number(back):
            claims = found.returned(constant(back), parameters)
        if not claims and back is None:
            claims = found.local(names, parameters)
        reading = Reading(seeds, claims, dict(self.inputs), parameters, target, slope, loss)
        reading = with_unused_upstream(reading)
        reading.stated = stated
        given_back = back if isinstance(back, tuple | list) else (back,)
        reading.unclaimed = sum(isinstance(item, Node) for item in given_back) - len(returned)
        reading.state, reading.calls, reading.guessed = middle, self.calls, given.guessed
        reading.assumed = ", ".join(dict.fromkeys(self.assumed))
        reading.updated = {n: after[p] for p, n in parameters.items() if p in after and after[p] is not n}
        if built is not None and not late and (filled := _filled_late(before, middle, after, reading)):
            with contextlib.suppress(SymbpError, OperandError, NoValue, *MISFITS):
                again = self.read(used, filled)
                return again if len(again.claims) > len(claims) else reading
        return reading

    def _stated(self, built: Instance | None, outputs: list[Node], given: Given) -> list[LossCall]:
        if self.pair.kind != "backward" or not outputs[0].rank:
            return []
        known = {**self.settings, **given.named}
        return list(stated_losses(self.pair, self.module, built, known, outputs, given.target))

    def _arguments(self, built: Instance | None, result: Any) -> Arguments:
        names = returned_names(self.pair.function, of_arrays=True)
        given = list(result) if isinstance(result, tuple | list) else [result]
        produced = {n: v for n, v in zip(names, given, strict=False) if n} if len(names) == len(given) else {}
        return Arguments(self.pair, self.values, self.inputs, self.settings, _stored(built), produced)

    def _claims(self) -> Claims:
        rate = self.values.leaves.get("lr")
        is_rate = rate is not None and not any(rate is given for given in self.calls.forward.values())
        slope_of = self.pair.forward if self.pair.kind == "slope" else ""
        return Claims(self.pair.back, self.kind is not None, self.inputs, rate if is_rate else None, slope_of)

    def _both(
        self, result: Any, built: Instance | None, parameters: dict[str, Node], before: dict[str, Node]
    ) -> Reading:
        if not isinstance(result, tuple | list) or len(result) < 2:
            raise UnsupportedError(
                f"{self.pair.forward} returns no gradients",
                hint=f"let {self.pair.backward} return the gradients, or set them on the object",
            )
        output = node_of(result[0])
        found = self._claims()
        claims = found.returned(result[1] if len(result) == 2 else tuple(result[1:]), parameters, skip=1)
        after = snapshot(self._holder(built))
        claims += found.left(parameters, before, after)
        seeds = [(output, full(output.shape, 1))]
        reading = Reading(seeds, claims, dict(self.inputs), parameters, loss=True)
        reading.calls = self.calls
        return reading


def with_small_sizes(value: Any) -> Any:
    """A setting of the file's with few units in place of many: [784, 48, 10] is as good as [9, 8, 6]."""
    if isinstance(value, dict):
        return {key: with_small_sizes(item) for key, item in value.items()}
    if not isinstance(value, list) or len(value) < 2 or not all(type(item) is int for item in value):
        return value
    many = sorted({item for item in value if item > FEW_UNITS[0]}, reverse=True)
    shrunk = dict(zip(many, (n for n in FEW_UNITS if n not in value), strict=False))
    return [shrunk.get(item, item) for item in value]


def _of_networks(claims: list[Claim], parameters: Mapping[str, Node], names: list[str]) -> list[Claim]:
    """Without what a network returns beside the gradients of its parameters under no name of an input."""
    of_weights = any(c.of in parameters.values() for c in claims)
    named = {n for n in names if n}
    return [
        c
        for c in claims
        if not of_weights
        or c.how != "returned"
        or c.of in parameters.values()
        or (c.name in named and key_of(c.name, True) == key_of(c.target, False))
    ]


def _without_other_returns(returned: list[Claim], left: list[Claim]) -> list[Claim]:
    """All claims but what is returned in another shape, or again under the same name, beside an attribute."""
    known = {claim.target for claim in left}
    again = {(claim.target, claim.name, claim.node) for claim in left}
    fitting = [
        c
        for c in returned
        if c.target not in known
        or (fitted(c.node, c.of).shape == c.of.shape and (c.target, c.name, c.node) not in again)
    ]
    return [*fitting, *left]


def _globals(module: Module) -> dict[str, Any]:
    return {n: v for n, v in module.scope.names.items() if isinstance(v, Array | dict | list)}


def _stored(built: Instance | None) -> list[Node]:
    """The arrays that an object holds as its output, else as its loss, else as a list of outputs."""
    held = {p: n for p, n in snapshot(built).items() if n.dtype == "real"} if built is not None else {}
    named = [n for p, n in held.items() if OUTPUT.match(p)]
    losses = [n for p, n in held.items() if LOSS.search(p) and not n.shape]
    return named or losses or [n for p, n in held.items() if OUTPUTS.match(p)]


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


def _filled_late(
    before: Mapping[str, Node], middle: Mapping[str, Node], after: Mapping[str, Node], reading: Reading
) -> frozenset[str]:
    """Arrays of one number that forward has made, and that have a gradient: biases of zeros."""
    gradients = {key_of(path, True) for path in after if says_gradient(path)}
    known = {claim.target for claim in reading.claims}
    return frozenset(
        path
        for path, node in middle.items()
        if path not in before and path not in known and node.rank
        and may_be_parameter(node) and not any(True for _ in leaves([node]))
        and key_of(path, False) in gradients and not says_gradient(path)
    )  # fmt: skip


def _nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list | tuple) and depth < 4:
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for item in value.values():
            yield from _nodes(item, depth + 1)


def _answered(outputs: list[Node], target: Node | None) -> Node:
    """What a loss is of where no upstream gradient comes in: what is answered, else the loss itself."""
    alike = [o for o in outputs if target is not None and o.shape == target.shape]
    losses = [o for o in outputs if not o.rank]
    return alike[-1] if alike else (losses or outputs)[0]


def _steps(value: Any) -> Node | None:
    """What a loop over time has kept under its numbers, or in a list, as one array; None for all else."""
    items = value if isinstance(value, list) else None
    if isinstance(value, dict) and all(isinstance(key, int) for key in value):
        items = [value[key] for key in sorted(value) if key >= 0]
    if not items or not all(isinstance(i, Node) and i.shape == items[0].shape for i in items):
        return None
    return stack(items)


def _answers_of_steps(result: tuple[Any, ...], names: list[str]) -> Node | None:
    """What a loop over time gives, among all that it keeps of its steps: ps of xs, hs, ps."""
    called = names if len(names) == len(result) else [""] * len(result)
    kept = [(n, s) for n, item in zip(called, result, strict=True) if (s := _steps(item)) is not None]
    answers = [s for n, s in kept if ANSWERS.match(n)]
    return answers[-1] if answers else _steps(result[0])


def _outputs_and_cache(result: Any, names: list[str]) -> tuple[list[Node], list[Any]]:
    """The arrays that forward gives, and what it keeps for backward."""
    if isinstance(result, Node):
        return [result], []
    filled = isinstance(result, list) and len(names) == 1 and bool(names[0])
    if filled and (steps := _steps(result)) is not None:  # one output, step by step
        return [steps], []
    if isinstance(result, dict):
        arrays = [item for item in result.values() if isinstance(item, Node)]
        return arrays[-1:], [result]
    if isinstance(result, tuple) and any(isinstance(item, dict | tuple) for item in result[1:]):
        steps = _answers_of_steps(result, names)
        if steps is not None:
            return [steps], list(result)
    if isinstance(result, tuple) and result and isinstance(result[0], dict | tuple):
        return [item for item in result[1:] if isinstance(item, Node)], [result[0]]
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
