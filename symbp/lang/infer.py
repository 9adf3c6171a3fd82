"""Texts without declarations, as a mathematician reads them.

A capital letter is a matrix, a small one a column, x, y and t are data, every other free name is a
parameter.  A size that is found by unification is named after what it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import ShapeError, SymbpError
from symbp.lang.attempt import Attempt
from symbp.lang.declare import DATA_LETTERS
from symbp.lang.equations import Equations
from symbp.lang.identity import identities
from symbp.lang.labelled import Labelled
from symbp.lang.names import identifier, pieces
from symbp.lang.ones import PRODUCTS, Ones
from symbp.lang.program import Program
from symbp.lang.scope import Retry
from symbp.lang.shapes import UNKNOWN, Unifier
from symbp.lang.syntax import Binary, Entry, Index, Number, Reference, Syntax, walk
from symbp.lang.values import Series

NUMBERS = {"λ", "η", "ε", "ϵ", "τ", "α", "lambda", "eta", "epsilon", "eps", "tau", "alpha", "lam", "lr"}
"""Written for numbers: rates, weights of a penalty, temperatures."""
COUNTS = {"n", "N"}
"""Written for the number of samples."""
COUNTING = {"d", "n", "m", "D", "N", "M", "K", "B"}
"""Written for numbers of other things, too, where one divides by them."""
AXES = "nmkjih"
"""What the sizes of an array are called, from its last axis on."""
_OPEN = re.compile(rf"{re.escape(UNKNOWN)}(\w+)\.(\d)")


def free_names(parsed: Sequence[Syntax], known: Collection[str]) -> dict[str, tuple[str, int]]:
    """Names that nothing sets: identifier -> (spelling, index of the first equation with it)."""
    free: dict[str, tuple[str, int]] = {}
    for index, expression in enumerate(parsed):
        for piece in walk(expression):
            if isinstance(piece, Reference) and piece.name not in ("π", "ℯ"):
                key = identifier(piece.name)
                if key not in known:
                    free.setdefault(key, (piece.name, index))
    return free


def guessed_rank(spelled: str) -> int:
    base = pieces(spelled)[0]
    if base in NUMBERS or spelled in COUNTS:
        return 0
    return 2 if base[:1].isupper() else 1


def guessed_role(key: str, params: Collection[str] | None, counted: Collection[str] = ()) -> str:
    """The role of a name; `counted` are names that stand for how many there are of something."""
    if params is not None:
        return "param" if key in params else "input"
    if key in counted:
        return "input"
    if key[:1] in DATA_LETTERS and len(key.rstrip("0123456789_")) <= 4:
        return "target" if key[0] in "yYtT" else "input"
    return "param"


def _size_names(read: Attempt, count: str) -> dict[str, Size]:
    """Open size letter -> the letter it gets."""
    letters: dict[str, Size] = {}
    shapes = [v.shape for v in read.variables.values()]
    taken = {x for shape in shapes for size in shape for x in size.letters if not x.startswith(UNKNOWN)}
    for wanted, size in _namesakes(read, count):
        letter, name = str(size), wanted
        if letter.startswith(UNKNOWN) and letter not in letters:
            while name in taken:
                name += "_"
            taken.add(name)
            letters[letter] = Size.letter(name)
    return letters


def _namesakes(read: Attempt, count: str) -> list[tuple[str, Size]]:
    """(name for a size, size), the best names first: data, then results, then parameters.

    A vector names its size; a matrix of data names its last axis, or its first where the samples
    stand in columns (the axis that several of them share is the count of samples).
    """
    variables = read.variables.values()
    data = [(v.name.ascii, v.shape) for v in variables if v.role in ("input", "target")]
    results = [(name.ascii, node.shape) for name, node in zip(read.heads, read.nodes, strict=True)]
    params = [(v.name.ascii, v.shape) for v in variables if v.role == "param"]
    matrices = [shape for _, shape in data + results if len(shape) == 2]
    found: list[tuple[str, Size]] = []
    if len(matrices) > 1:
        common = set(matrices[0]).intersection(*matrices)
        found += [(count, size) for size in matrices[0] if size in common][:1]
    for name, shape in data + results + params:
        word = name.removesuffix("_")
        if len(shape) == 1:
            found.append((f"n_{word}", shape[0]))
        else:
            found += zip((f"{axis}_{word}" for axis in AXES), reversed(shape), strict=False)
    return found


def _readable(message: str) -> str:
    """A message in which open sizes are called as they would be in the end."""
    return _OPEN.sub(lambda m: f"{'mn'[min(int(m.group(2)), 1)]}_{m.group(1)}", message)


# -- the search -----------------------------------------------------------------------------------


def inferred(model: Equations, finish: Callable[[Attempt], Program]) -> Program:
    """Small letters are columns; or, where that fails without any matrix, all are numbers."""
    known = {*model.assigned, *model.declared.constants, *model.declared.sizes, *model.upstreams}
    letters = {letter for _, sizes in model.stated.values() for size in sizes for letter in size.letters}
    known |= letters | {*model.limits.values(), *model.times.letters, *model.times.lengths}
    free = free_names(model.expressions, known | identities(model.expressions, known))
    for key, at in model.times.firsts.items():
        for name, (spelled, _) in free_names([model.boundaries[key].expression], known).items():
            free[name] = (spelled, min(at, free.get(name, (spelled, at))[1]))
    first, *others = [_Inference(model, free, ranks) for ranks in _guesses(model, free)]
    try:
        return finish(first.run())
    except SymbpError as error:
        for inference in others:
            try:
                return finish(inference.run())
            except SymbpError:
                pass
        error.reason, error.facts = _readable(error.reason), [_readable(f) for f in error.facts]
        if isinstance(error, ShapeError) and error.hint is None:
            here = [spelled for spelled, _ in free.values() if error.place and spelled in error.place.snippet]
            name = here[0] if here else "W"
            is_sequence = identifier(name) in model.times.sequences
            declared = f"input {name}: {model.times.length}, n, d" if is_sequence else f"param {name}: h, d"
            error.hint = f"declare what is meant, such as: {declared}"
        error.hint = error.hint and _readable(error.hint)
        raise


def _guesses(model: Equations, free: Mapping[str, tuple[str, int]]) -> list[dict[str, int]]:
    """Ranks to try: small letters are columns; or, without any matrix, all are numbers.

    Targets may be numbers where nothing else is.  x_i is a column for each i, or a number where its
    index also stands in w_{ij}; then the other way.
    """
    plain = {key: guessed_rank(spelled) for key, (spelled, _) in free.items()}
    plain |= {key: guessed_rank(spelled) for key, spelled in model.times.states.items()}
    numbers = model.told.numbers - set(model.entries)
    plain |= {key: 0 for key in plain if key in numbers}
    paired = {index for indices in model.entries.values() if len(indices) > 1 for index in indices}

    columns = model.told.columns - model.told.arrays
    """Names of which the entries x_i are columns; bold ones are columns as a whole, too."""

    def with_entries(rank_of_one: Callable[[str], int]) -> dict[str, int]:
        ranks = dict(plain)
        for key, indices in model.entries.items():
            if key in ranks:
                own = 1 if key in columns else rank_of_one(indices[0])
                ranks[key] = len(indices) + (own if len(indices) == 1 else 0)
        return ranks

    guesses = [with_entries(lambda index: 0 if index in paired else 1)]
    if model.entries and model.is_on_paper and not model.told.columns:
        guesses.insert(0, with_entries(lambda index: 0))
    if model.entries:
        guesses += [with_entries(lambda index: 1), with_entries(lambda index: 0)]
    targets = {k: len(model.entries.get(k, ())) for k in plain if k[0] in "yt" and plain[k] < 2}
    guesses.insert(1, guesses[0] | targets)
    numbers_only = {key: len(model.entries.get(key, ())) for key in plain}
    if (
        model.entries
        and model.is_on_paper
        and not (model.told.columns or model.told.arrays or 2 in plain.values())
    ):
        guesses.insert(0, numbers_only)
    if 2 not in plain.values() or (model.entries and not any(_is_matrix(k, plain, model) for k in plain)):
        guesses.append(numbers_only)
    for guess in guesses:
        guess |= {key: max(1, guess[key]) for key in model.told.arrays if key in guess}
    return guesses


def _is_matrix(key: str, ranks: Mapping[str, int], model: Equations) -> bool:
    return ranks[key] == 2 and key not in model.entries


def without_numbers(product: Syntax) -> Syntax:
    """The only factor of a product that is no number: δ in ½ δ; the product itself where there are more."""
    piece = product
    while isinstance(piece, Binary) and piece.operator in ("juxtaposition", "dot", "*"):
        if all(isinstance(p, Number | Binary) for p in walk(piece.left)):
            piece = piece.right
        elif isinstance(piece.right, Number):
            piece = piece.left
        else:
            return product
    return piece


class _Inference:
    """Finds the size of each axis, equation by equation."""

    def __init__(self, model: Equations, free: dict[str, tuple[str, int]], ranks: dict[str, int]) -> None:
        self.model, self.free, self.ranks = model, free, dict(ranks)
        stated = {key: model.stated[key] for key in free if key in model.stated}
        self.stated = {key: sizes for key, (_, sizes) in stated.items()}
        self.ranks |= {key: count + len(sizes) for key, (count, sizes) in stated.items()}
        self.unifier = Unifier()
        self.columns: set[str] = set()
        self.sequences = set(model.times.sequences)
        self.users: dict[str, set[str]] = {}
        counted = {key for key in model.told.numbers if pieces(free.get(key, ("?", 0))[0])[0] in COUNTING}
        counted |= COUNTS - model.told.arrays
        self.roles = {key: guessed_role(key, model.params, counted) for key in free}
        variables = {key: (spelled, self.shape(key), self.roles[key]) for key, (spelled, _) in free.items()}
        self.states = {key: self.shape(key) for key in model.times.states}
        self.attempt = Attempt(model, variables, self.unify, self.settle, self.states)

    def shape(self, key: str) -> tuple[Size, ...]:
        """The shape of a name as far as it is known."""
        indices = self.model.entries.get(key, ())
        limits = [self.model.limits.get(index) for index in indices[: self.ranks[key]]]
        limits += [None] * (self.ranks[key] - len(limits))
        sizes = [
            Size.letter(limit) if limit else self.unifier.resolve(self.unifier.fresh(key, axis))
            for axis, limit in enumerate(limits)
        ]
        stated = self.stated.get(key, ())
        sizes[len(sizes) - len(stated) :] = stated
        for size in sizes:
            for letter in size.letters:
                self.users.setdefault(letter, set()).add(key)
        if key in self.sequences:
            sizes.insert(0, self.model.times.length)
        return (sizes[0], Size.of(1)) if key in self.columns else tuple(sizes)

    def run(self) -> Attempt:
        while True:
            try:
                return self.with_names(self.attempt.run())
            except Retry as retry:
                first = len(self.model.statements)
                for key in retry.names & self.states.keys():
                    self.states[key] = self.shape(key)
                    first = min(first, self.model.times.firsts[key])
                for key in retry.names - self.states.keys():
                    variable = self.attempt.variables[key]
                    self.attempt.add_variable(key, variable.name, self.shape(key), variable.role)
                    first = min(first, self.free[key][1])
                self.attempt.back_to(first)

    def with_names(self, found: Attempt) -> Attempt:
        """Open sizes get names from what they belong to, and the text is read once more."""
        counts = [c for c in sorted(COUNTS) if c in self.free]
        letters = _size_names(found, counts[0] if counts else "n")
        counted = {c for c in counts if Size.letter(c) in letters.values()}
        variables = {
            key: (spelled, tuple(s.replace(letters) for s in self.shape(key)), self.roles[key])
            for key, (spelled, _) in self.free.items()
            if key not in counted
        }
        states = {key: tuple(s.replace(letters) for s in self.shape(key)) for key in self.states}
        return Attempt(self.model, variables, states=states).run()

    # -- what an expression says of its names ---------------------------------------------------

    def unify(self, a: Size, b: Size) -> None:
        """Make two sizes equal where one is open; Retry where that was possible."""
        bound = self.unifier.equate(a, b)
        if bound is not None:
            raise Retry(self.users.pop(bound, set()))

    def settle(self, operator: str, sides: tuple[Syntax, Syntax], values: tuple[object, object]) -> None:
        """A bias beside a number is a number, beside samples in columns (W X + b) a column."""
        if operator in PRODUCTS:
            self.settle_beside_ones(sides, values)
        if operator not in ("+", "-"):
            return
        for (whole, other), (value, against) in ((sides, values), (sides[::-1], values[::-1])):
            side = without_numbers(whole)
            if isinstance(side, Entry) and isinstance(value, Labelled):
                self.settle_entry(side, value, against)
            if isinstance(side, Reference) and isinstance(value, Node) and isinstance(against, Series):
                self.settle_data(side, value, against)
            if isinstance(side, Index) and isinstance(against, Node) and against.rank == 0:
                self.settle_state(side, value, against)
            if not isinstance(side, Reference) or not isinstance(value, Node) or value.rank != 1:
                continue
            key = identifier(side.name)
            fixed = key in self.model.entries or key in self.model.told.arrays
            if key in self.free and not fixed and isinstance(against, Labelled) and against.rank == 0:
                self.ranks[key] = 0
                raise Retry({key})
            if key not in self.free or key in self.model.entries or not isinstance(against, Node):
                continue
            if against.rank == 0 and against.op.name != "constant":
                self.ranks[key] = 0
                raise Retry({key})
            if against.rank == 2 and self.roles[key] == "param" and self.starts_with_parameter(other):
                self.columns.add(key)
                raise Retry({key})

    def settle_data(self, side: Reference, value: Node, against: Series) -> None:
        """y beside all values of a recurrence is data of each step, too."""
        key = identifier(side.name)
        fits = value.is_leaf and value.rank + 1 == against.node.rank
        if fits and self.roles.get(key) in ("input", "target") and key not in self.sequences:
            self.sequences.add(key)
            raise Retry({key})

    def settle_state(self, side: Index, value: object, against: Node) -> None:
        """s[t-1] beside a number that is worked out is a number: s adds numbers up."""
        key = identifier(side.receiver.name) if isinstance(side.receiver, Reference) else ""
        made = against.op.name != "constant" and not against.is_leaf
        if key in self.states and isinstance(value, Node) and value.rank == self.ranks[key] == 1 and made:
            self.ranks[key] = 0
            raise Retry({key})

    def settle_beside_ones(self, sides: tuple[Syntax, Syntax], values: tuple[object, object]) -> None:
        """What scales a column of ones is a number: X w + b 1."""
        for side, value, other in ((sides[0], *values), (sides[1], *values[::-1])):
            key = identifier(side.name) if isinstance(side, Reference) else ""
            open_ = key in self.free and key not in self.model.entries and key not in self.model.told.arrays
            column = isinstance(value, Node) and value.rank == 1
            if open_ and column and isinstance(other, Ones) and not other.is_row:
                self.ranks[key] = 0
                raise Retry({key})

    def settle_entry(self, side: Entry, value: Labelled, against: object) -> None:
        """x_i beside a number for each i is a number, too."""
        key = identifier(side.array.name) if isinstance(side.array, Reference) else ""
        if key in self.free and value.rank == 1 and isinstance(against, Labelled) and against.rank == 0:
            self.ranks[key] = len(value.labels)
            raise Retry({key})

    def starts_with_parameter(self, product: Syntax) -> bool:
        while isinstance(product, Binary) and product.operator in ("juxtaposition", "@"):
            product = product.left
        if not isinstance(product, Reference):
            return False
        return self.roles.get(identifier(product.name)) == "param"
