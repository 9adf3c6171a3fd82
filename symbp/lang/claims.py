"""Claims: hand-derived gradients, in the equation language, in LaTeX or as NumPy lines.

A claim names what it is the gradient of: `∂L/∂W = …`, `dL/dW = …`, `grad W = …`, or `dW = …` where
W is a name of the model.  Other names that the lines set are their own.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import ClaimError, ModelError, OperandError, ParseError, Place, ShapeError, UnknownNameError
from symbp.lang.evaluate import evaluate
from symbp.lang.grammar import parse_expression
from symbp.lang.labelled import Labelled
from symbp.lang.labelled_heads import for_head
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed, Step, read_claim
from symbp.lang.numpy_file import claims_of_functions, has_backward
from symbp.lang.program import Program
from symbp.lang.scope import Scope
from symbp.lang.statements import Statement, statements
from symbp.lang.summed import entry_reader, limits
from symbp.lang.tex_claims import known_names, latex_claim, latex_claims
from symbp.lang.tex_commands import looks_like_latex
from symbp.lang.tex_statements import TexDocument, read_statements
from symbp.lang.token import Words
from symbp.lang.unknown import unknown_name
from symbp.lang.values import lifted, node_of
from symbp.ops import catalogue


def read_claims(claims: str | Mapping[str, Any], program: Program, source: str = "<claims>") -> list[Claimed]:
    """All claims of a text, or of a mapping from names to texts.  SymbpError with its place."""
    if isinstance(claims, str):
        found = _text_claims(claims, program, source)
        if not found:
            hint = "a claim is written ∂L/∂W = …, or dW = … for a name W of the model"
            raise ClaimError("there is no claim in this text", hint=hint)
        return found
    return [read_one(target, text, program) for target, text in claims.items()]


def _text_claims(text: str, program: Program, source: str) -> list[Claimed]:
    if is_numpy(text):
        if has_backward(text):
            return claims_of_functions(text, source, program)
        return _numpy_text(text, program, source)
    if looks_like_latex(text):
        return latex_claims(text, program, source)
    return _equation_text(text, program, source)


def own_claims(program: Program) -> list[Claimed]:
    """The claims that stand in the model's own text."""
    if any(claim.language == "latex" for claim in program.claims):
        return latex_claims(program.text, program, program.source)
    reader = _EquationClaims(program)
    return [reader.claim(claim.target, claim.text, claim.place, claim.place) for claim in program.claims]


def latex_document(program: Program, claims: Any = None) -> TexDocument | None:
    """The LaTeX text that the claims stand in, the model's own where `claims` is None; None for others."""
    if claims is None:
        own = any(claim.language == "latex" for claim in program.claims)
        return read_statements(program.text, program.source) if own else None
    if not isinstance(claims, str) or is_numpy(claims) or not looks_like_latex(claims):
        return None
    return read_statements(claims, "<claims>", known_names(program), True)


def read_one(target: str, text: Any, program: Program) -> Claimed:
    """One claim: lines or an expression for the gradient of `target`."""
    _check_target(target, program, None)
    lines = text if isinstance(text, str) else "\n".join(text)
    try:
        if is_numpy(lines):
            return read_claim(lines, program, target)
        if looks_like_latex(lines):
            return latex_claim(target, lines, program)
        return _equation_text(lines, program, f"claim of {target}", default=target)[-1]
    except ShapeError as error:
        return misfit(target, program, error)


def is_numpy(text: str) -> bool:
    """Whether a text is Python: all of it parses, and a mark of paper is nowhere in it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.BitXor) for n in ast.walk(tree))


def misfit(target: str, program: Program, error: ShapeError) -> Claimed:
    """A claim whose formula has no value: it is wrong, and the others are judged all the same."""
    key = identifier(target)
    return Claimed(key, program.nodes[key], (), misfit=error, place=error.place)


def _check_target(target: str, program: Program, place: Place | None) -> None:
    nodes = program.nodes
    key = identifier(target)
    if key not in nodes:
        known = [n.text for n in program.names.values()]
        if place is not None:
            raise unknown_name(target, place, known)
        raise ClaimError(f"{target} is no name of the model", hint="its names are " + ", ".join(known))
    if nodes[key].dtype != "real":
        raise ClaimError(
            f"{target} holds integers, it has no gradient", place, hint="ask for the gradient of a parameter"
        )


# -- NumPy --------------------------------------------------------------------------------------


def _numpy_text(text: str, program: Program, source: str) -> list[Claimed]:
    """Lines that set dNAME (or grad_NAME) claim the gradient of NAME by their last value."""
    found: dict[str, Claimed] = {}
    whole = _read_what_fits(text, program, source, found)
    for at, step in enumerate(whole.steps):
        target = claimed_name(step.name or "", program)
        if target is not None:
            found[target] = Claimed(target, step.node, whole.steps[: at + 1])
    return list(found.values())


def _read_what_fits(text: str, program: Program, source: str, found: dict[str, Claimed]) -> Claimed:
    """The lines without those that claim a gradient and whose shapes do not fit; these go to `found`."""
    while True:
        try:
            return read_claim(text, program, "the model", source=source)
        except ShapeError as error:
            lines = text.splitlines()
            at = (error.place.line if error.place is not None else 0) - 1
            head = lines[at].partition("=")[0].strip() if 0 <= at < len(lines) else ""
            target = claimed_name(head, program)
            if target is None or sum(bool(line.strip()) for line in lines) == 1:
                raise
            found[target] = misfit(target, program, error)
            text = "\n".join([*lines[:at], "", *lines[at + 1 :]])


def claimed_name(word: str, program: Program) -> str | None:
    """W for dW, d_W, grad_W, gW and gradW, where W is a name of the model and the word is none."""
    nodes = program.nodes
    if identifier(word) in nodes:
        return None
    for prefix in ("grad_", "grad", "d_", "d", "∇"):
        rest = word.removeprefix(prefix)
        if rest != word and rest and identifier(rest) in nodes:
            return identifier(rest)
    return None


# -- equations ----------------------------------------------------------------------------------


def _equation_text(text: str, program: Program, source: str, default: str | None = None) -> list[Claimed]:
    reader = _EquationClaims(program)
    if default is not None and "=" not in text.replace("==", ""):
        lines = text.splitlines()
        place = Place(text, 1, 0, len(lines[0]) if lines else 1, source)
        return [reader.claim(default, text.strip(), place, place)]
    found: dict[str, Claimed] = {}
    last: Claimed | None = None
    for statement in statements(text, source):
        last = reader.statement(statement, default)
        if last is not None:
            found[identifier(last.target)] = last
    if default is not None and last is None:
        raise ParseError(
            f"no line gives the gradient of {default}",
            Place(text, 1, 0, 1, source),
            hint=f"begin the line with d{default} =",
        )
    return list(found.values())


class _EquationClaims:
    """Reads claim lines of the equation language in the scope of a model."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.nodes = program.nodes
        self.local: dict[str, Any] = {}
        self.steps: list[Step] = []
        self.letters = {letter: Size.letter(letter) for letter in program.size_letters}
        self.indices = set(limits([program.text]))
        """Letters of entries: what a Σ of the model or of a claim runs over, or a target has below it."""

    def statement(self, statement: Statement, default: str | None) -> Claimed | None:
        if statement.kind == "claim":
            return self.claim(statement.head, statement.body, statement.body_place, statement.head_place)
        if statement.kind != "equation":
            hint = "declarations belong to the model"
            raise ModelError(f"'{statement.kind}' cannot stand among claims", statement.place, hint=hint)
        head, below = self.entry(statement.head) or (statement.head, ())
        target = claimed_name(head, self.program)
        try:
            node = self.value(statement.body, statement.body_place, below)
        except ShapeError as error:
            if target is None:
                raise
            return misfit(target, self.program, error)
        self.local[identifier(head)] = node
        self.steps.append(Step(head, node, statement.place))
        if target is None and default is not None:
            target = default
        return None if target is None else Claimed(target, node, tuple(self.steps))

    def claim(self, target: str, text: str, place: Place, head: Place) -> Claimed:
        target, below = self.target_entry(target) or (target, ())
        _check_target(target, self.program, head)
        try:
            node = self.value(text, place, below)
        except ShapeError as error:
            return misfit(target, self.program, error)
        self.local[f"d{identifier(target)}"] = node
        self.steps.append(Step(f"d{identifier(target)}", node, place))
        return Claimed(identifier(target), node, tuple(self.steps))

    def entry(self, word: str) -> tuple[str, tuple[str, ...]] | None:
        return entry_reader(self.indices, self.is_name)(word)

    def target_entry(self, target: str) -> tuple[str, tuple[str, ...]] | None:
        """u and (i,) of ∂L/∂u_i, where u is a name of the model and u_i is none."""
        found = None if self.is_name(target) else entry_reader(ascii_lowercase, self.is_name)(target)
        if found is None or identifier(found[0]) not in self.nodes:
            return None
        self.indices |= set(found[1])
        return found

    def value(self, text: str, place: Place, below: tuple[str, ...] = ()) -> Node:
        """The array that a text means, with an axis for each index on its left side."""
        self.indices |= set(limits([text]))
        words = Words(self.is_name, lambda w: catalogue.find(w) is not None, True, self.entry)
        expression = parse_expression(text, place.line, place.start, place.text, place.source, words)
        scope = Scope(self.look_up, self.known, {})
        try:
            value = evaluate(expression, scope)
        except UnknownNameError as error:
            if error.place is not None and (error.hint or "").startswith("declare"):
                error.hint = f"set it in a line before: {error.place.snippet} = …"
            raise
        try:
            return for_head(lifted(value), below) if below else node_of(value)
        except OperandError as error:
            said = isinstance(value, Labelled)
            reason = error.reason if said else "a claim has to be an array"
            raise ParseError(reason, place, hint=error.hint if said else None) from None

    def is_name(self, word: str) -> bool:
        return identifier(word) in self.local or identifier(word) in self.nodes or word in self.letters

    def look_up(self, name: str) -> Any:
        key = identifier(name)
        for table in (self.local, self.program.series, self.nodes):
            if key in table:
                return table[key]
        return self.letters[name]

    def known(self) -> list[str]:
        return [*(n.text for n in self.program.names.values()), *self.local, *self.letters]
