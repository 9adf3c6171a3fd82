"""Functions that a LaTeX text defines itself: f(x) = x², σ(u) = 1/(1 + e^{-u})."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from symbp.algebra.node import leaf
from symbp.errors import OperandError, ParseError, SymbpError
from symbp.lang.evaluate import evaluate
from symbp.lang.grammar import parse_tokens
from symbp.lang.names import identifier
from symbp.lang.rebuilding import rebuilt
from symbp.lang.scope import Scope
from symbp.lang.syntax import (
    Call,
    Entry,
    Reference,
    Slope,
    Syntax,
    walk,
)
from symbp.lang.tex_document import span
from symbp.lang.tex_known import names_in
from symbp.lang.tex_statement import TexStatement
from symbp.lang.tex_statements import TexDocument
from symbp.lang.tex_tokens import to_tokens
from symbp.lang.tex_words import function_named
from symbp.lang.values import node_of
from symbp.ops import catalogue

MOST_EXPANSIONS = 200
LONGEST = 5_000
"""Pieces of an expression after functions have been put in."""


class TextFunctions:
    """The functions that a document defines, by identifier: their arguments and what they are."""

    def __init__(self, document: TexDocument) -> None:
        self.document = document
        self.bodies: dict[str, tuple[tuple[str, ...], Syntax]] = {}
        self.whole: dict[str, Syntax] = {}
        """Bodies with all that depends on the arguments put in, where one has been needed."""
        for s in document.statements:
            if s.kind == "activation" and s.name is not None:
                body = parse_tokens(to_tokens(s.parts[0], document.names), span(s.parts[0]))
                arguments = tuple(identifier(a.spelled) for a in s.arguments)
                known = "σ" if s.name.spelled == "σ" else function_named(s.name.spelled)
                if known is not None and s.name.key not in document.names.functions:
                    if not self._is_the_known_one(known, arguments, body, s):
                        self.bodies[known] = (arguments, body)
                else:
                    self.bodies[f"text:{s.name.key}"] = (arguments, body)

    def _is_the_known_one(
        self, known: str, arguments: tuple[str, ...], body: Syntax, s: TexStatement
    ) -> bool:
        """Whether a definition says of a known function what it is."""
        found = catalogue.find(known)
        if found is None or any(a.indices for a in s.arguments):
            return True
        if len(arguments) != 1:
            return False
        u = leaf("u", ())
        scope = Scope(lambda name: {arguments[0]: u}[identifier(name)], lambda: [], {})
        try:
            said = node_of(evaluate(body, scope))
            function = found.build(u)
        except (SymbpError, OperandError, TypeError, KeyError):
            return False
        return said is function or said is function.op.definition(function)

    def expanded(self, expression: Syntax) -> Syntax:
        """The expression with every call of a function of the text replaced by what it is."""
        if not self.bodies:
            return expression
        for _ in range(MOST_EXPANSIONS):
            expression, changed = self._once(expression)
            if not changed:
                return expression
            if sum(1 for _ in islice(walk(expression), LONGEST + 1)) > LONGEST:
                reason = "this is too long once the functions of the text are put in"
                raise ParseError(reason, expression.place, hint="give parts of it names of their own")
        raise ParseError(
            "a function is defined in terms of itself",
            expression.place,
            hint="write a recurrence with indices instead: h_t = f(h_{t-1})",
        )

    def _ends(self, body: Syntax, values: Mapping[str, Syntax]) -> dict[str, Syntax]:
        """The d of Σ_{i=1}^d x_i is the number of entries of what stands for x."""
        found: dict[str, Syntax] = {}
        names = self.document.names
        for piece in walk(body):
            if isinstance(piece, Entry) and isinstance(piece.array, Reference):
                given = values.get(identifier(piece.array.name))
                end = identifier(names.limits.get(piece.indices[0], ""))
                if given is not None and end and end not in names.known:
                    found.setdefault(end, Call(given.place, "#", (given,), (), given.place))
        return found

    def _with_arguments_only(self, function: str) -> Syntax:
        """The body of a function, with names put in that are set in terms of its arguments.

        In LN(x) = (x − μ)/s, where μ is the mean of x, μ is that of whatever the function is applied to.
        """
        if function not in self.whole:
            arguments, body = self.bodies[function]
            set_here = {s.name.key: s for s in self.document.statements if s.kind == "equation" and s.name}
            for _ in range(MOST_EXPANSIONS):
                inside = {identifier(p.name) for p in walk(body) if isinstance(p, Reference)} & set(set_here)
                wanted = {key for key in inside if self._needs(key, set(arguments), set_here)}
                if not wanted:
                    break
                body = rebuilt(body, _Substitution({key: self._parsed(set_here[key]) for key in wanted}))
            self.whole[function] = body
        return self.whole[function]

    def _parsed(self, s: TexStatement) -> Syntax:
        if s.name is not None and s.name.indices:
            raise ParseError(
                f"{s.name.latex} stands in a function of which it is no argument",
                s.place,
                hint=f"add {s.name.latex} to the arguments of the function",
            )
        return parse_tokens(to_tokens(s.parts[0], self.document.names), span(s.parts[0]))

    def _needs(self, key: str, arguments: set[str], set_here: Mapping[str, TexStatement]) -> bool:
        """Whether a name is set in terms of one of the arguments, perhaps by way of others."""
        seen, stack = {key}, [key]
        while stack:
            part = set_here[stack.pop()].parts[0]
            used = {n.key for n in names_in(part, self.document.names)}
            if used & arguments:
                return True
            stack += sorted((used & set(set_here)) - seen)
            seen |= used
        return False

    def _once(self, expression: Syntax) -> tuple[Syntax, bool]:
        changed = False

        def visit(piece: Syntax) -> Syntax:
            nonlocal changed
            if not isinstance(piece, Call):
                return piece
            of, primed = piece.function.removesuffix("'"), piece.function.endswith("'")
            if primed and of in self.bodies and isinstance(by := piece.arguments[0], Reference):
                changed = True
                return Slope(piece.place, by.name, replace(piece, function=of))
            if piece.function not in self.bodies:
                return piece
            arguments, body = self.bodies[piece.function]
            if len(arguments) != len(piece.arguments):
                reason = f"this function takes {len(arguments)} arguments, not {len(piece.arguments)}"
                raise ParseError(reason, piece.place, hint=f"its arguments are {', '.join(arguments)}")
            changed = True
            values = dict(zip(arguments, piece.arguments, strict=True))
            if any(not isinstance(v, Reference) or identifier(v.name) != k for k, v in values.items()):
                body = self._with_arguments_only(piece.function)
                values |= self._ends(body, values)
            return rebuilt(body, _Substitution(values))

        return rebuilt(expression, visit), changed


class _Substitution:
    """Puts expressions in the place of names."""

    def __init__(self, values: Mapping[str, Syntax]) -> None:
        self.values = values

    def __call__(self, piece: Syntax) -> Syntax:
        if isinstance(piece, Reference) and identifier(piece.name) in self.values:
            return self.values[identifier(piece.name)]
        return piece
