"""Texts without declarations, as a mathematician reads them.

A capital letter is a matrix, a small one a column, x, y and t are data, every other free name is a
parameter.  A size that is found by unification is named after what it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import ShapeError, SymbpError
from symbp.lang.attempt import Attempt
from symbp.lang.equations import Equations
from symbp.lang.guesses import COUNTS, free_names, guessed_ranks, guessed_role
from symbp.lang.identity import identities
from symbp.lang.labelled import Labelled
from symbp.lang.names import identifier, pieces
from symbp.lang.ones import PRODUCTS, Ones
from symbp.lang.program import Program
from symbp.lang.scope import Retry
from symbp.lang.shapes import Unifier
from symbp.lang.size_names import readable, size_names
from symbp.lang.syntax import Binary, Entry, Index, Number, Reference, Syntax, walk
from symbp.lang.values import Series

COUNTING = {"d", "n", "m", "D", "N", "M", "K", "B"}
"""Written for numbers of other things, too, where one divides by them."""


def inferred(model: Equations, finish: Callable[[Attempt], Program]) -> Program:
    """Small letters are columns; or, where that fails without any matrix, all are numbers."""
    known = {*model.assigned, *model.declared.constants, *model.declared.sizes, *model.upstreams}
    letters = {letter for _, sizes in model.stated.values() for size in sizes for letter in size.letters}
    known |= letters | {*model.limits.values(), *model.times.letters, *model.times.lengths}
    free = free_names(model.expressions, known | identities(model.expressions, known))
    for key, at in model.times.firsts.items():
        for name, (spelled, _) in free_names([model.boundaries[key].expression], known).items():
            free[name] = (spelled, min(at, free.get(name, (spelled, at))[1]))
    first, *others = [_Inference(model, free, ranks) for ranks in guessed_ranks(model, free)]
    try:
        return finish(first.run())
    except SymbpError as error:
        for inference in others:
            try:
                return finish(inference.run())
            except SymbpError:
                pass
        error.reason, error.facts = readable(error.reason), [readable(f) for f in error.facts]
        if isinstance(error, ShapeError) and error.hint is None:
            here = [spelled for spelled, _ in free.values() if error.place and spelled in error.place.snippet]
            name = here[0] if here else "W"
            is_sequence = identifier(name) in model.times.sequences
            declared = f"input {name}: {model.times.length}, n, d" if is_sequence else f"param {name}: h, d"
            error.hint = f"declare what is meant, such as: {declared}"
        error.hint = error.hint and readable(error.hint)
        raise


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
        letters = size_names(found, counts[0] if counts else "n")
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
