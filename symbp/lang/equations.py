"""The equations of one text, parsed, with all that is known before any of them is evaluated."""

from __future__ import annotations

import copy
import dataclasses

from symbp.algebra.size import Size
from symbp.errors import ModelError, ParseError, Place
from symbp.lang.declare import Declarations, is_plain_name
from symbp.lang.grammar import parse_expression
from symbp.lang.names import identifier
from symbp.lang.program import RawClaim
from symbp.lang.recurrence_steps import Boundary, Step, TimedHead, groups, read_boundary, timed_head
from symbp.lang.shapes import parse_shape
from symbp.lang.statements import Statement
from symbp.lang.summed import entry_reader, limits
from symbp.lang.syntax import Entry, Reference, Syntax, walk
from symbp.lang.times import Times, times
from symbp.lang.token import Words
from symbp.lang.told import Told, told
from symbp.ops import catalogue


class Equations:
    """The equations of one text, parsed, with what is known before any is evaluated."""

    keeps_values = False
    """Whether what is computed from a named value may not merge with it (symbp.ops.kept)."""

    is_on_paper = False
    """Whether x_i is an entry, as in LaTeX."""

    def __init__(
        self,
        text: str,
        source: str,
        declared: Declarations,
        listed: list[Statement],
        params: set[str] | None,
    ) -> None:
        self.text, self.source, self.declared, self.params = text, source, declared, params
        self.size_letters = self._size_letters()
        self.ends = self._sums(listed)
        self.heads = self._timed_heads(listed)
        self.statements: list[Statement] = []
        self.letters: list[str | None] = []
        """The time letter of each equation, None where it is no step of a recurrence."""
        self.starts: list[tuple[Statement, str]] = []
        """What recurrences start from, with the time at which."""
        self._part_equations(listed)
        self.claims = tuple(RawClaim(s.head, s.body, s.body_place) for s in listed if s.kind == "claim")
        self.upstreams = {upstream for _, upstream, _ in declared.outputs}
        self.assigned: dict[str, Statement] = {}
        self.boundaries: dict[str, Boundary] = {}
        self.limits = {} if declared.any_shape else {i: end for i, end in self.ends.items() if end}
        self.stated: dict[str, tuple[int, tuple[Size, ...]]] = {}
        """identifier -> how many indices it has, and the shape that the text states of what is indexed."""
        self.spellings: dict[str, str] = {}
        self.sides: list[tuple[int, Syntax, Place]] = []
        """Later sides of chains of equals, each with the position of its equation and its place."""
        self.indices: list[tuple[str, ...]] = [()] * len(self.statements)
        self._open_heads()
        for statement in self.statements:
            self._check_head(statement)
            self.assigned[identifier(statement.head)] = statement
        self._check_starts()
        self.expressions = self._parse()
        self.entries = self._entries()
        self.is_on_paper = self.is_on_paper or bool(self.entries)
        self.told = self._told()
        self.groups = self.recurrences()
        self.times = self._times()

    def _part_equations(self, listed: list[Statement]) -> None:
        """Equations and steps of recurrences on one side, what recurrences start from on the other."""
        for statement, head in zip(listed, self.heads, strict=True):
            if statement.kind != "equation":
                continue
            if head is None:
                self.statements.append(statement)
                self.letters.append(None)
                continue
            named = dataclasses.replace(statement, head=head.name)
            if head.is_step:
                self.statements.append(named)
                self.letters.append(head.at)
            else:
                self.starts.append((named, head.at))

    def _sums(self, listed: list[Statement]) -> dict[str, str]:
        """Index letter -> where its sum ends; declared names are none."""
        found = limits(s.body for s in listed if s.kind in ("equation", "claim"))
        return {i: end for i, end in found.items() if i not in self.size_letters}

    def _open_heads(self) -> None:
        """ŷ_i = … sets ŷ, with an axis for i."""
        entry = entry_reader(self.ends, lambda word: identifier(word) in self.declared.shapes)
        for k, statement in enumerate(self.statements):
            found = entry(statement.head) if self.letters[k] is None else None
            if found is not None:
                self.statements[k] = dataclasses.replace(statement, head=found[0])
                self.indices[k] = found[1]

    def keeping(self) -> Equations:
        """The same equations, to be evaluated with every value kept whole."""
        found = copy.copy(self)
        found.keeps_values = True
        return found

    def _timed_heads(self, listed: list[Statement]) -> list[TimedHead | None]:
        """The left sides with a time; h[T] beside h[t] is where h starts, if T is a size."""
        heads = [timed_head(s.head) if s.kind == "equation" else None for s in listed]
        steps = {(h.name, h.at) for h in heads if h is not None and h.is_step}
        return [
            dataclasses.replace(h, is_size=True)
            if h is not None
            and h.at in self.size_letters
            and any(n == h.name and a != h.at for n, a in steps)
            else h
            for h in heads
        ]

    def _told(self) -> Told:
        """What the formulas say of ranks; nothing where arrays are multiplied as NumPy does."""
        return told(self.expressions) if self.entries else Told()

    def _entries(self) -> dict[str, tuple[str, ...]]:
        """identifier -> the indices that its first axes have: x_i, w_{ij}."""
        found: dict[str, tuple[str, ...]] = {}
        for expression in self.expressions:
            for piece in walk(expression):
                if isinstance(piece, Entry) and isinstance(piece.array, Reference):
                    found.setdefault(identifier(piece.array.name), piece.indices)
        return found

    def facts_of(self, key: str, shape: tuple[Size, ...]) -> list[str]:
        """What is assumed of a variable of this shape."""
        return list(self.declared.facts.get(key, ()))

    def _size_letters(self) -> set[str]:
        letters = set(self.declared.sizes)
        for key in self.declared.shapes:
            letters |= {letter for size in self.declared_shape(key) for letter in size.letters}
        return letters

    def declared_shape(self, key: str) -> tuple[Size, ...]:
        shape, place, _ = self.declared.shapes[key]
        where = place or Place(shape, 1, 0, len(shape), f"shape of {self.declared.spelled[key]}")
        return parse_shape(shape, where)

    def _check_head(self, statement: Statement) -> None:
        head, key = statement.head, identifier(statement.head)
        place = statement.head_place
        if not is_plain_name(head):
            raise ParseError(f"'{head}' is no name", place, hint="on the left of = stands one name")
        first = self.assigned[key].place if key in self.assigned else self.declared.places.get(key)
        if key in self.assigned or key in self.declared.shapes or key in self.declared.constants:
            facts = [f"first set on line {first.line}: {first.snippet}"] if first else []
            raise ModelError(f"{head} is set twice", place, facts, "give the second one a name of its own")
        if head in self.size_letters:
            hint = f"give the size or the array another letter; a size is fixed by: size {head} = 3"
            raise ModelError(f"{head} is a size, it cannot be set by an equation", place, hint=hint)

    def _check_starts(self) -> None:
        """h[0] = … stands beside h[t] = …; entries of an array are not set one by one."""
        stepped = zip(self.statements, self.letters, strict=True)
        going_on = {identifier(s.head) for s, letter in stepped if letter is not None}
        starts: dict[str, Statement] = {}
        for statement, at in self.starts:
            key = identifier(statement.head)
            if key in starts:
                first = starts[key].place
                raise ModelError(
                    f"{statement.head} starts twice",
                    statement.head_place,
                    [f"first on line {first.line}: {first.snippet}"],
                    f"keep one of them; {statement.head}[{at}] is where the recurrence starts",
                )
            starts[key] = statement
            if identifier(statement.head) not in going_on:
                place = statement.head_place
                hint = f"on the left of = stands one name, or a time step such as {statement.head}[t]"
                raise ParseError(f"'{place.snippet}' is no name", place, hint=hint)

    def _parse(self) -> list[Syntax]:
        known = {*self.declared.shapes, *self.declared.constants, *self.assigned, *self.upstreams}
        stepped = zip(self.statements, self.letters, strict=True)
        timed = {identifier(s.head) for s, letter in stepped if letter is not None}

        def is_name(word: str) -> bool:
            return identifier(word) in known or word in self.size_letters

        def is_function(word: str) -> bool:
            return catalogue.find(word) is not None

        def is_timed(word: str) -> bool:
            return identifier(word) in timed

        def parsed(statement: Statement, letter: str | None) -> Syntax:
            def known_here(word: str) -> bool:
                return word == letter or is_name(word)

            entry = entry_reader(self.ends, known_here)
            declared = self.declared.any_shape
            words = Words(known_here, is_function, declared, entry, is_timed)
            place = statement.body_place
            return parse_expression(statement.body, place.line, place.start, self.text, self.source, words)

        self.boundaries = {identifier(s.head): read_boundary(s, at, parsed(s, None)) for s, at in self.starts}
        return [parsed(s, letter) for s, letter in zip(self.statements, self.letters, strict=True)]

    def recurrences(self) -> list[list[int]]:
        """Positions of the equations of each recurrence."""
        return groups([self.step(k) for k in range(len(self.statements))], self.boundaries)

    def _times(self) -> Times:
        steps = {k: step for k in range(len(self.statements)) if (step := self.step(k)) is not None}
        return times(self.expressions, steps, self.groups, self.boundaries) if steps else Times()

    def step(self, index: int) -> Step | None:
        letter = self.letters[index]
        return None if letter is None else Step(self.statements[index], letter, self.expressions[index])

    # -- variables ----------------------------------------------------------------------------

    def declared_variables(self) -> dict[str, tuple[str, tuple[Size, ...], str]]:
        """identifier -> (spelling, shape, role)"""
        fixed = {letter: Size.of(value) for letter, value in self.declared.sizes.items()}
        found = {}
        for key, (_, _, role) in self.declared.shapes.items():
            shape = tuple(s.replace(fixed) for s in self.declared_shape(key))
            found[key] = (self.declared.spelled[key], shape, "upstream" if key in self.upstreams else role)
        return found
