"""How a pair can be read: layouts and sizes that fit, and the choices that go with them."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symbp.audit.arguments import parameters_of
from symbp.audit.choices import NOTHING, Choices, NoValue
from symbp.audit.documented import documented_shapes
from symbp.audit.find import Pair, find_pairs, is_empty, methods_of
from symbp.audit.indexed import counts_with_indices
from symbp.audit.linear import unknowns
from symbp.audit.memory import Memory
from symbp.audit.reading import Reading
from symbp.audit.run import read_pair_once
from symbp.audit.shapes import LAYOUTS, LINEAR_MODELS, Images, Layout, Sizes, extents_of, numbers
from symbp.audit.values import Values
from symbp.audit.vocabulary import is_stage
from symbp.errors import OperandError, ShapeError, SymbpError
from symbp.lang.code.machine import MISFITS
from symbp.lang.code.modules import Module, construct
from symbp.lang.code.values import Class, Function

MOST_WAYS = 36
"""Combinations of choices that are tried under one layout."""
OURS = re.compile(r"^(?:target|numbers|classes|gates|slope of|backward of)$| of backward$| given$")
"""Choices that say how we understand the code; the others are settings that its author offers."""
UNREAD_ONLY = re.compile(r"^own$| told$")
"""Tried only where nothing else is read, as stages are: layers of ours are right.

"own" stands for what the author's own text has to offer where something of ours may be passed, "told"
for something of which methods are called for what they do."""
OURS_DECIDE = {"target", "numbers", "classes", "gates"}
"""Choices of ours that a shape in backward may speak against."""
LOGS = re.compile(r"\blog\w*\b|entropy|nll|softmax|bce", re.I)
POOLS = re.compile(r"pool", re.I)
FIXED = (
    re.compile(r"contracts (?P<letter>[a-z])\b.* with (?P<number>\d+)\b"),
    re.compile(r"contracts (?P<number>\d+)\b.* with (?P<letter>[a-z])\b"),
    re.compile(r"broadcast, (?P<letter>[a-z]) against (?P<number>\d+) on"),
    re.compile(r"broadcast, (?P<number>\d+) against (?P<letter>[a-z]) on"),
)
"""Errors that say which letter has to be which number."""
TWO_LETTERS = (
    re.compile(r"contracts ([a-z]\w*) .*with ([a-z]\w*) "),
    re.compile(r"contracts ([a-z]\w*) with ([a-z]\w*)$"),
    re.compile(r"broadcast, ([a-z]\w*) against ([a-z]\w*) on"),
)
UNDIVIDED = re.compile(r"(\d+) does not divide into (\d+) equal parts")
TWO_NUMBERS = re.compile(r"(?:contracts|broadcast,) (\d+)\b.* (?:with|against) (\d+)\b")
CALLS_LAYERS = re.compile(r"\blayer\w*\.\w*(?:forward|back|prop)\w*\(|\b(?:l|module|block)\.forward\w*\(")
GUESSED_RANK = re.compile(
    r"^\d+ values for \d+ names|there is no item \d+ in a list of \d+|^a text has no method|"
    r"for a tuple and a tuple|^None has no \.(?:forward|backward)"
)
UNSET = "np.empty"
OF_SIZES = "a loop needs a known length"
ENDLESS = ("this loop has not ended", "more than", "calls are nested")


@dataclass(frozen=True)
class Hints:
    """What the user says about shapes and constructor arguments."""

    shapes: Mapping[str, str] = field(default_factory=dict)
    init: Mapping[str, str] = field(default_factory=dict)


class Anything:
    """Whatever happens to be in memory."""

    def __str__(self) -> str:
        return "anything"


@dataclass(frozen=True)
class Attempt:
    """One way to read a pair."""

    layout: Layout
    sizes: Sizes
    taken: Mapping[str, int]


class Ways:
    """Reads one pair under one guess after the other, and remembers what stood in the way."""

    def __init__(self, pair: Pair, module: Module, hints: Hints) -> None:
        self.pair, self.module, self.hints = pair, module, hints
        self.memory = Memory(module)
        kind = module.classes.get(pair.owner) if pair.owner else None
        functions = [pair.function, pair.back, *(methods_of(kind).values() if kind else ())]
        text = " ".join(_text(f) for f in (pair.function, pair.back))
        self.logs = LOGS.search(f"{pair.symbol} {text}") is not None and self._has_target()
        self.pools = POOLS.search(f"{pair.symbol} {text}") is not None
        self.callables = (
            _activations(module)
            if any("activ" in _text(f).lower() or "func" in _text(f) for f in functions)
            else {}
        )
        stacked = _stackable(module, pair) if any(CALLS_LAYERS.search(_text(f)) for f in functions) else []
        self.stack = (lambda: [construct(module, name) for name in stacked]) if stacked else None
        self.errors: dict[str, tuple[bool, SymbpError]] = {}
        """What stood in the way, by its reason, and whether the object was built by then."""
        self.words = [
            k for v in module.scope.names.values() if isinstance(v, dict) for k in v if isinstance(k, str)
        ]
        self.fatal: SymbpError | None = None
        self.last: SymbpError | None = None
        """What stood in the way of the last reading."""
        self.asked: dict[str, int] = {}
        """Sizes that forward has fixed, as errors tell; never 1, at which sums cannot be seen."""
        self.same: dict[str, str] = {}
        """Letters that are one size in forward."""
        self.unfit: list[tuple[Attempt, SymbpError]] = []
        """Readings in which forward fits together and backward does not, with the reason."""
        self.goes_through = False
        """Backward has been read somewhere, or stopped by something else than a shape."""
        self.nameless = False
        """All was read, and nothing that backward leaves is recognised as a gradient."""
        self.documented = documented_shapes((pair.function, pair.back))

    def _has_target(self) -> bool:
        return len([a for a in self.pair.function.arguments.args if a.arg != "self"]) > 1

    def layouts(self) -> Iterator[Layout]:
        """Layouts of the rank that the code asks for come first."""
        yield from self._documented_layout()
        names = [n for n, _ in parameters_of(self.pair.function, self.pair.owner is not None)]
        names += self._names_of_data()
        if self.pair.kind != "backward" and len(names) > 1 and unknowns(names):
            yield from LINEAR_MODELS
        rank = _rank_asked(self.pair)
        ordered = sorted(LAYOUTS, key=lambda l: rank is not None and len(l.x.split(",")) != rank)
        yield from ordered

    def _names_of_data(self) -> list[str]:
        """The matrix of data that a constructor takes, as that of a regression does."""
        kind = self.module.classes.get(self.pair.owner) if self.pair.owner else None
        built = methods_of(kind).get("__init__") if kind is not None else None
        wanted = parameters_of(built, True) if built is not None else []
        return [n for n, default in wanted if n == "X" and default is NOTHING]

    def one_channel(self) -> Iterator[Layout]:
        """Images of one channel, for code that takes no others."""
        for layout in LAYOUTS:
            axes = layout.x.split(", ")
            if "c" in axes:
                yield replace(layout, x=", ".join("1" if a == "c" else a for a in axes), gamma="1")

    def of_images(self) -> Iterator[Layout]:
        """Layouts of images, those that the author's own words describe first."""
        yield from (l for l in self.layouts() if len(extents_of(l, numbers(l, 0, self.pools))) == 2)

    def _documented_layout(self) -> Iterator[Layout]:
        """The layout that the author's own words describe, if they do for the first input."""
        arguments = self.pair.function.arguments
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args) if a.arg not in ("self", "cls")]
        first = self.documented.get(names[0]) if names else None
        if first is not None:
            axes = first.split(",")
            alike = [l for l in LAYOUTS if len(l.x.split(",")) == len(axes) and not l.index]
            shapes = tuple(sorted(self.documented.items()))
            for base in alike or LAYOUTS[:1]:
                pairs = zip(base.x.split(","), axes, strict=False)
                same = tuple((a.strip(), b.strip()) for a, b in pairs if a.strip() != b.strip())
                yield replace(base, x=first, shapes=shapes, same=same)

    def readings(
        self, layout: Layout, form: Images | None = None
    ) -> Iterator[tuple[Attempt, tuple[Reading, Choices]]]:
        """Readable ways with a layout: with letters, else with numbers; each choice of ours once.

        `form` asks for images of one form alone.
        """
        self.asked.clear()
        self.same.clear()
        self.same.update(layout.same)
        small = numbers(layout, 0, self.pools)
        options: tuple[Sizes | None, ...] = (Sizes(), None, None, small, None, None)
        if form is not None:
            options = (form.sizes(layout, small), None, None)
        sizes, known = Sizes(), (dict(self.asked), dict(self.same))
        for option in options:
            if option is None and (self.asked, self.same) == known:
                continue
            known = (dict(self.asked), dict(self.same))
            if option is None:
                sizes = Sizes({**sizes.numbers, **self.asked}, dict(self.same))
            else:
                sizes = Sizes(option.numbers, dict(layout.same))
            tried: set[tuple[tuple[str, int], ...]] = set()
            queue: list[dict[str, int]] = [{}]
            readable = False
            while queue and len(tried) < MOST_WAYS:
                taken = queue.pop(0)
                key = tuple(sorted(taken.items()))
                if key in tried:
                    continue
                tried.add(key)
                attempt = Attempt(layout, sizes, taken)
                choices = Choices(taken)
                found = self.read(attempt, choices)
                if self.fatal is not None:
                    return
                if found is not None:
                    readable = True
                    yield attempt, (found, choices)
                if len(taken) < 2 and not self._is_of_sizes(found is None):
                    queue += [
                        {**taken, name: k}
                        for name, options in choices.seen.items()
                        for k in range(1, len(options))
                        if name not in taken and self._worth_trying(name, options, found is not None, sizes)
                    ]
            if readable:
                return

    def _is_of_sizes(self, failed: bool) -> bool:
        """Whether what stood in the way is a matter of sizes, whatever is chosen."""
        return failed and self.last is not None and self.last.reason.startswith(OF_SIZES)

    def _worth_trying(self, name: str, options: Sequence[Any], is_read: bool, sizes: Sizes) -> bool:
        """Backward belongs to training: other stages are for what cannot be read in this one."""
        if UNREAD_ONLY.search(name) or is_stage(name, options):
            return not is_read
        return OURS.search(name) is not None or not (is_read or sizes.open)

    def read(self, attempt: Attempt, choices: Choices) -> Reading | None:
        shapes = {**dict(attempt.layout.shapes), **self.hints.shapes}
        values = Values(
            attempt.layout, attempt.sizes, choices, shapes, self.hints.init,
            self.callables, self.logs, self.pools,
        )  # fmt: skip
        values.words, values.stack = self.words, self.stack
        unset = self.module.unset
        unset.is_anything, unset.count = attempt.taken.get(UNSET, 0) == 1, 0
        before = len(self.module.random)
        self.last = None
        try:
            reading = read_pair_once(self.pair, self.module, values, self.memory)
        except SymbpError as error:
            self._note(error, values.building is False)
            if not values.stage:
                self._ask_for_sizes(error, attempt.sizes)
            if values.stage and not OURS_DECIDE & choices.seen.keys():
                is_unfit = values.stage == "backward" and self._is_of_shapes(error)
                self.unfit += [(attempt, error)] if is_unfit else []
                self.goes_through |= not is_unfit and bool(attempt.layout.x)
            return None
        except (OperandError, NoValue, *MISFITS):
            return None
        finally:
            if unset.count:
                choices.pick(UNSET, [0, Anything()])
            del self.module.random[before:]
        if attempt.layout.index and counts_with_indices(reading):
            return None
        self.goes_through |= bool(attempt.layout.x)
        self.nameless |= not reading.claims
        return reading if reading.claims else None

    def _is_of_shapes(self, error: SymbpError) -> bool:
        """Shapes that do not go together in the text of the author, not in what stands in for something."""
        here = error.place is not None and not error.place.source.startswith("<")
        return isinstance(error, ShapeError) and here

    def _note(self, error: SymbpError, is_built: bool) -> None:
        self.last = error
        if error.reason.startswith(ENDLESS):
            self.fatal = error
        before, _ = self.errors.get(error.reason, (False, error))
        self.errors[error.reason] = (before or is_built, error)

    def _ask_for_sizes(self, error: SymbpError, sizes: Sizes) -> None:
        """Sizes under which forward would go on."""
        for found in filter(None, (pattern.search(error.reason) for pattern in FIXED)):
            self._fix(found.group("letter"), int(found.group("number")), sizes)
        numbered = TWO_NUMBERS.search(error.reason)
        for own, other in itertools.permutations(map(int, numbered.groups())) if numbered else ():
            for letter, number in sizes.numbers.items():
                if number == own and other not in sizes.numbers.values():
                    self._ask(letter, other)
        if undivided := UNDIVIDED.search(error.reason):
            for letter in [n for n, own in sizes.numbers.items() if own == int(undivided.group(1))]:
                self._ask(letter, 2 * int(undivided.group(2)))
        for lettered in filter(None, (pattern.search(error.reason) for pattern in TWO_LETTERS)):
            if not set(lettered.groups()) & set("nijt"):
                self.same.setdefault(*lettered.groups())

    def _fix(self, letter: str, number: int, sizes: Sizes) -> None:
        """A letter without a number is another one's size where that one's number is asked for."""
        owners = [name for name, own in sizes.numbers.items() if own == number and name in sizes.used]
        if letter not in sizes.numbers and len(owners) == 1 and number > 1:
            if owners[0] not in self.same.values():
                self.same.setdefault(letter, owners[0])
        else:
            self._ask(letter, number)

    def _ask(self, letter: str, number: int) -> None:
        if number > 1 and letter not in "nij":
            self.asked[letter] = number

    def likeliest_error(self) -> SymbpError | None:
        """What stood in the way of the guess that came furthest in the file; None where nothing did."""
        if self.nameless:
            return None
        found = max(self.errors.values(), key=lambda noted: self._progress(*noted), default=None)
        return None if found is None else found[1]

    def _progress(self, is_built: bool, error: SymbpError) -> tuple[int, bool, int]:
        """What the code is to blame for comes before what only a wrong guess of shapes is."""
        here = error.place is not None and error.place.source == self.module.source.name
        of_guess = 2 if GUESSED_RANK.search(error.reason) else isinstance(error, ShapeError)
        return -int(of_guess), is_built, error.place.line if here and error.place is not None else 0


def _text(function: Function) -> str:
    lines = function.source.lines
    body = function.body if isinstance(function.body, list) else [function.body]
    return "\n".join(lines[body[0].lineno - 1 : (body[-1].end_lineno or body[-1].lineno)])


def _stackable(module: Module, pair: Pair) -> list[str]:
    """Two classes that a network may be given as layers: they have its two methods and need no arguments."""
    kinds = [kind for name, kind in module.classes.items() if kind.name == name != pair.owner]
    found = [kind.name for kind in kinds if _is_layer(kind, pair)][:2]
    return found * 2 if len(found) == 1 else found


def _is_layer(kind: Class, pair: Pair) -> bool:
    methods = methods_of(kind)
    wanted = [methods.get(pair.forward), methods.get(pair.backward)]
    if any(m is None or is_empty(m) or len(_required(m)) != 1 for m in wanted):
        return False
    return "__init__" not in methods or not _required(methods["__init__"])


def _required(method: Function) -> list[str]:
    return [name for name, default in parameters_of(method, True) if default is NOTHING]


def _activations(module: Module) -> dict[str, Any]:
    """Classes and functions of the module that may stand for an activation."""
    found: dict[str, Any] = {}
    for pair in find_pairs(module):
        if pair.owner is None or pair.owner in found:
            continue
        kind = module.classes[pair.owner]
        if any(
            word in pair.owner.lower() for word in ("sigmoid", "relu", "tanh", "activ", "identity")
        ) and not is_empty(pair.back):
            try:
                found[pair.owner] = construct(module, kind.name)
            except SymbpError:
                continue
    return found


def _rank_asked(pair: Pair) -> int | None:
    """How many axes the first input has, as `n, c, h, w = x.shape` says."""
    names = [a.arg for a in pair.function.arguments.args if a.arg != "self"][:1]
    body = pair.function.body if isinstance(pair.function.body, list) else []
    for node in (n for s in body for n in ast.walk(s)):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=items)], value=ast.Attribute(value=owner, attr="shape")):
                stands = getattr(owner, "id", getattr(owner, "attr", None))
                if not any(isinstance(i, ast.Starred) for i in items) and (
                    stands in names or stands in ("x", "X", "inputs", "input")
                ):
                    return len(items)
    return None
