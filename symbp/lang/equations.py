"""The equations of one text, parsed, with all that is known before any of them is evaluated."""

from __future__ import annotations

from symbp.algebra.size import Size
from symbp.errors import ModelError, ParseError, Place
from symbp.lang.declare import Declarations, is_plain_name
from symbp.lang.names import identifier
from symbp.lang.grammar import parse_expression
from symbp.lang.program import RawClaim
from symbp.lang.shapes import parse_shape
from symbp.lang.statements import Statement
from symbp.lang.syntax import Syntax
from symbp.lang.tokens import Words
from symbp.ops import catalogue


class Equations:
    """The equations of one text, parsed, with what is known before any is evaluated."""

    def __init__(
        self,
        text: str,
        source: str,
        declared: Declarations,
        listed: list[Statement],
        params: set[str] | None,
    ) -> None:
        self.text, self.source, self.declared, self.params = text, source, declared, params
        self.statements = [s for s in listed if s.kind == "equation"]
        self.claims = tuple(RawClaim(s.head, s.body, s.body_place) for s in listed if s.kind == "claim")
        self.upstreams = {upstream for _, upstream, _ in declared.outputs}
        self.assigned: dict[str, Statement] = {}
        self.size_letters = self._size_letters()
        for statement in self.statements:
            self._check_head(statement)
            self.assigned[identifier(statement.head)] = statement
        self.expressions = self._parse()

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
            hint = f"a size is fixed by: size {head} = 3"
            raise ModelError(f"{head} is a size, it cannot be set by an equation", place, hint=hint)

    def _parse(self) -> list[Syntax]:
        known = {*self.declared.shapes, *self.declared.constants, *self.assigned, *self.upstreams}

        def is_name(word: str) -> bool:
            return identifier(word) in known or word in self.size_letters

        words = Words(is_name, lambda w: catalogue.find(w) is not None, self.declared.any_shape)
        return [
            parse_expression(s.body, s.body_place.line, s.body_place.start, self.text, self.source, words)
            for s in self.statements
        ]

    # -- variables ----------------------------------------------------------------------------

    def declared_variables(self) -> dict[str, tuple[str, tuple[Size, ...], str]]:
        """identifier -> (spelling, shape, role)"""
        fixed = {letter: Size.of(value) for letter, value in self.declared.sizes.items()}
        found = {}
        for key, (_, _, role) in self.declared.shapes.items():
            shape = tuple(s.replace(fixed) for s in self.declared_shape(key))
            found[key] = (self.declared.spelled[key], shape, "upstream" if key in self.upstreams else role)
        return found
