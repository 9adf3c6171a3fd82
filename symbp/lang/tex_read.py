"""A LaTeX text to a Program: its equations in the order of computing, its loss, its claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Unpack

from symbp.algebra.size import Size
from symbp.errors import ModelError, Place
from symbp.lang.declare import Declarations, Keywords, add_keywords, read_declarations
from symbp.lang.equations import Equations
from symbp.lang.names import identifier
from symbp.lang.program import Program, RawClaim
from symbp.lang.read import finished
from symbp.lang.rebuilding import rebuilt
from symbp.lang.statements import Statement
from symbp.lang.syntax import Entry, Number, Reference, Syntax, walk
from symbp.lang.tex_document import Formula, read_document, span
from symbp.lang.tex_facts import fits
from symbp.lang.tex_model import TexModel
from symbp.lang.tex_names import TexName
from symbp.lang.tex_statement import TexStatement
from symbp.lang.tex_statements import TexDocument, statements_of
from symbp.lang.tex_unroll import step_letters, unrolled
from symbp.lang.told import Told, told


def read_latex(text: str, source: str = "<text>", **told: Unpack[Keywords]) -> Program:
    """A model in LaTeX: formulas of a document in any order, prose between them.

    SymbpError with its place where it cannot be used.

    >>> program = read_latex(r"h = \\sigma(W x + b) \\\\ L = \\|y - h\\|^2")
    >>> [e.name.text for e in program.equations]
    ['h', 'L']
    """
    beside = Declarations()
    add_keywords(beside, **told)
    document = _document(text, source, beside)
    declared = read_declarations(document.declarations)
    add_keywords(declared, **told)
    return program_of(document, declared, text, source, told.get("params"))


def program_of(
    document: TexDocument,
    declared: Declarations,
    text: str,
    source: str,
    params: Sequence[str] | None = None,
) -> Program:
    """The model that statements make, all of a text or some of them."""
    model = TexModel(document, declared, text, source)
    if not model.equations:
        raise _no_equation(document, text, source)
    wanted = None if params is None else {identifier(p) for p in params}
    return finished(TexEquations(model, wanted))


def _no_equation(document: TexDocument, text: str, source: str) -> ModelError:
    """The error for a text that sets nothing; it names the first formula and why it is none."""
    hint = r"write one, such as L = \|y - \hat y\|^2"
    refused = [s for s in document.statements if s.kind == "none"]
    if refused:
        return ModelError(
            f"this is no equation that is read: {refused[0].reason}", refused[0].place, hint=hint
        )
    place = Place(text, 1, 0, 1, source) if text.strip() else None
    return ModelError("the text has no equation", place, hint=hint)


def _document(text: str, source: str, told: Declarations) -> TexDocument:
    """The statements, read with what declarations and keywords say of names."""
    formulas, declarations = read_document(text, source)
    declared = read_declarations(declarations)
    formulas = _steps_written_out(formulas, {**told.sizes, **declared.sizes})
    known = _declared_keys(told) | _declared_keys(declared)
    return statements_of(formulas, declarations, known, bool(told.shapes or declared.shapes))


def _steps_written_out(formulas: list[Formula], sizes: Mapping[str, int]) -> list[Formula]:
    """One formula for each step that the text counts.  ModelError where it does not say how many."""
    letters = step_letters(formulas)
    if not letters:
        return formulas
    ends = sorted(end for found in letters.values() for end in found)
    steps = next((sizes[end] for end in ends if end in sizes), None)
    if steps is None:
        counted = next(iter(letters))
        place = next(f.place for f in formulas if any(x.text == counted for x in f.lexemes))
        hint = f"say it in a comment: % size {ends[0]} = 3"
        raise ModelError(f"how many steps {counted} counts is not said", place, hint=hint)
    return unrolled(formulas, letters, steps)


def _declared_keys(declared: Declarations) -> set[str]:
    return {*declared.spelled, *declared.sizes}


class TexEquations(Equations):
    """The equations of a LaTeX text for what reads equations of any language."""

    is_on_paper = True

    def __init__(self, model: TexModel, params: set[str] | None) -> None:
        self.model = model
        listed = [_statement(s) for s in model.equations]
        if model.loss is not None and model.declared.loss is None:
            model.declared.loss = (model.loss, None)
        super().__init__(model.text, model.source, model.declared, listed, params)
        self.indices = [s.name.indices if s.name else () for s in model.equations]
        self.claims = tuple(raw_claims(model.document))
        self.limits = self._limits()
        self.stated = {} if self.declared.any_shape else model.stated
        self.sides = [(k, *side) for k, s in enumerate(model.equations) for side in model.later[id(s)]]
        self.spellings = {n.key: n.latex for n in model.names.spellings.values() if _keeps(n)}

    def _sums(self, listed: list[Statement]) -> dict[str, str]:
        """The names of a LaTeX text know their indices."""
        return {}

    def _parse(self) -> list[Syntax]:
        expressions = [self.model.expression(s) for s in self.model.equations]
        known = self._declared_limits(expressions)
        return [rebuilt(e, lambda p: _limit(p, known)) for e in expressions] if known else expressions

    def _told(self) -> Told:
        written = self.model.names.spellings.values()
        styles = {name.style for name in written}
        bold = {name.key for name in written if name.style == "bold " and name.spelled[:1].islower()}
        used = {identifier(p.name) for e in self.expressions for p in walk(e) if isinstance(p, Reference)}
        return told(self.expressions, bold & used if len(styles) > 1 else ())

    def _declared_limits(self, expressions: Sequence[Syntax]) -> dict[str, Size]:
        """The N of Σ_{i=1}^N is the declared size of what has the index i."""
        found: dict[str, Size] = {}
        for piece in (p for e in expressions for p in walk(e)):
            if isinstance(piece, Entry) and isinstance(piece.array, Reference):
                key = identifier(piece.array.name)
                shape = self.declared_shape(key) if key in self.declared.shapes else ()
                for index, size in zip(piece.indices, shape, strict=False):
                    if index in self.model.limits:
                        found.setdefault(identifier(self.model.limits[index]), size)
        return found

    def facts_of(self, key: str, shape: tuple[Size, ...]) -> list[str]:
        found = super().facts_of(key, shape)
        stated = [fact for fact in self.model.facts.get(key, ()) if fits(fact, shape)]
        return list(dict.fromkeys([*found, *stated]))

    def _limits(self) -> dict[str, str]:
        """Without declarations, the N of Σ_{i=1}^N names the size of what has the index i."""
        return {} if self.declared.any_shape else self.model.limits


def _limit(piece: Syntax, known: Mapping[str, Size]) -> Syntax:
    """A reference to the end of a sum as the size that it is."""
    if not isinstance(piece, Reference) or identifier(piece.name) not in known:
        return piece
    size = known[identifier(piece.name)]
    if size.is_constant:
        return Number(piece.place, Fraction(size.constant), True)
    return replace(piece, name=str(size)) if len(size.letters) == 1 and str(size) in size.letters else piece


def _keeps(name: TexName) -> bool:
    """Whether a name is shown as its author wrote it: type styles, raised labels, primes."""
    styled = bool(name.style) or "(" in name.spelled or name.spelled.endswith(("_{prime}", "sq}"))
    return styled and name.latex.isascii() and name.latex.count("{") == name.latex.count("}")


def _statement(s: TexStatement) -> Statement:
    assert s.name is not None
    body = s.parts[0]
    return Statement("equation", s.name.spelled, s.name.place, s.text, span(body), s.place)


def raw_claims(document: TexDocument) -> list[RawClaim]:
    """The claims of a document as they stand; symbp.lang.tex_claims reads them."""
    found = []
    for s in document.statements:
        if s.kind in ("claim", "factorization") and s.derivative is not None and s.derivative.by is not None:
            for part in s.parts:
                place = span(part)
                found.append(RawClaim(s.derivative.by.spelled, place.snippet, place, "latex"))
    return found
