"""A whole article: its formulas sorted into models, each with what is claimed of it.

An article may set one name several times, L for one loss after another.  A name means what the
nearest formula before sets it to: first within the section, then what comes later in it, then the
sections before.  Formulas that need each other make one model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symbp.errors import ModelError, Place, ShapeError, SymbpError
from symbp.lang.declare import Declarations, read_declarations
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program
from symbp.lang.statements import Statement
from symbp.lang.tex_claims import ClaimReader, known_names
from symbp.lang.tex_document import Formula, read_document
from symbp.lang.tex_read import program_of
from symbp.lang.tex_sorting import CLAIMING, Sorting, sections
from symbp.lang.tex_statement import TexStatement
from symbp.lang.tex_statements import TexDocument, statements_of
from symbp.lang.tex_unroll import step_letters, unrolled

STEPS = 3
"""How many layers or time steps are written out where a text does not say how many there are."""


@dataclass(frozen=True)
class Part:
    """A model of an article: the statements that set it, and what is claimed of it."""

    program: Program
    statements: tuple[TexStatement, ...]
    claims: tuple[tuple[TexStatement, tuple[Claimed, ...]], ...] = ()


@dataclass(frozen=True)
class Article:
    """All statements in the order of the text, the models, and why nothing came of some statements."""

    document: TexDocument
    parts: tuple[Part, ...]
    reasons: Mapping[Place, str] = field(default_factory=dict)
    text: str = ""
    source: str = "<text>"
    steps: tuple[str, ...] = ()
    """Letters that count steps or layers; how many is not said in the text, STEPS are taken."""


def read_article(text: str, source: str) -> Article:
    """The models of a text.  SymbpError only where the text as a whole cannot be taken apart."""
    formulas, declarations = read_document(text, source)
    letters = step_letters(formulas)
    if letters:
        sizes = read_declarations(declarations).sizes
        ends = sorted(end for found in letters.values() for end in found)
        formulas = unrolled(formulas, letters, next((sizes[end] for end in ends if end in sizes), STEPS))
    document = _readable(formulas, declarations)
    sorting = Sorting(document, sections(text))
    parts: list[Part] = []
    reasons: dict[Place, str] = {}
    for group in sorting.groups():
        part_document = replace(
            document,
            statements=tuple(document.statements[k] for k in group),
            facts=tuple(f for f in document.facts if sorting.is_said_for(group, f.line)),
        )
        reader = _PartReader(part_document, declarations, text, source)
        part = reader.part()
        parts += [part] if part is not None else []
        reasons |= reader.reasons
    for k in sorting.loose():
        s = document.statements[k]
        what = (
            s.derivative.of.latex if s.derivative is not None and s.derivative.of is not None else "its names"
        )
        reasons[s.place] = f"nothing in this text sets {what}"
    parts.sort(key=lambda p: (p.statements[0].place.line, p.statements[0].place.start))
    return Article(document, tuple(parts), reasons, text, source, tuple(sorted(letters)))


def _readable(formulas: Sequence[Formula], declarations: Sequence[Statement]) -> TexDocument:
    """All statements; a formula that stops the reading says nothing, for the reason of its error."""
    broken: dict[int, str] = {}
    while True:
        listed = [f for k, f in enumerate(formulas) if k not in broken]
        try:
            document = statements_of(listed, declarations, unspecified=True)
            break
        except SymbpError as error:
            at = next((k for k, f in enumerate(formulas) if k not in broken and _holds(f, error.place)), None)
            if at is None:
                raise
            broken[at] = error.reason
    found = list(document.statements)
    for k, reason in broken.items():
        found.append(TexStatement("none", formulas[k].place, formula=formulas[k], reason=reason))
    found.sort(key=lambda s: (s.place.line, s.place.start))
    return replace(document, statements=tuple(found))


def _holds(formula: Formula, place: Place | None) -> bool:
    return place is not None and any(
        x.place.line == place.line and x.place.start < place.end and place.start < x.place.end
        for x in formula.lexemes
    )


class _PartReader:
    """Reads the model of some statements; what cannot be used is left out, with the reason."""

    def __init__(
        self, document: TexDocument, declarations: Sequence[Statement], text: str, source: str
    ) -> None:
        self.listed, self.facts, self.text, self.source = document.statements, document.facts, text, source
        self.formulas = list(dict.fromkeys(s.formula for s in self.listed if s.formula is not None))
        self.declarations = self._own(declarations)
        self.reasons: dict[Place, str] = {}

    def _own(self, declarations: Sequence[Statement]) -> list[Statement]:
        """The declarations of names that stand in these formulas."""
        texts = {x.text for f in self.formulas for x in f.lexemes}
        return [d for d in declarations if d.kind in ("size", "const") or d.head[:1] in texts]

    def part(self) -> Part | None:
        """The model with its claims; None where there is none, `reasons` then says why."""
        if not any(s.kind == "equation" for s in self.listed):
            return None
        try:
            program = self._program()
        except SymbpError as error:
            self._blame(error)
            return None
        statements = tuple(s for s in self.listed if s.kind not in ("claim", "factorization"))
        if all(e.node.op.name == "leaf" for e in program.equations):
            self.reasons |= {s.place: "it calls one name another" for s in statements}
            return None
        return Part(program, statements, tuple(self._claims(program)))

    def _program(self) -> Program:
        """The model, with a loss, or with an upstream gradient for each of its ends."""
        try:
            return program_of(*self._document(), self.text, self.source)
        except (ModelError, ShapeError) as error:
            document, declared = self._document()
            ends = _ends(document)
            if declared.loss or declared.outputs or not ends:
                raise
            for s in {s.name.key: s for s in ends if s.name is not None}.values():
                assert s.name is not None
                upstream = f"d{s.name.spelled}"
                declared.spelled.setdefault(identifier(upstream), upstream)
                declared.outputs.append((s.name.key, identifier(upstream), s.place))
            try:
                return program_of(document, declared, self.text, self.source)
            except SymbpError:
                raise error from None

    def _document(self) -> tuple[TexDocument, Declarations]:
        declared = read_declarations(self.declarations)
        known = {*declared.spelled, *declared.sizes}
        found = statements_of(self.formulas, self.declarations, known, bool(declared.shapes), True)
        return replace(found, facts=self.facts), declared

    def _blame(self, error: SymbpError) -> None:
        """Say at the wrong formula what is wrong, and at the others of the model that they need it."""
        listed = [s for s in self.listed if s.kind in ("equation", *CLAIMING)]
        wrong = [s for s in listed if s.formula is not None and _holds(s.formula, error.place)]
        for s in listed:
            where = f"line {wrong[0].place.line}" if wrong else "another line"
            reason = f"it belongs to a model that is not read because of {where}"
            self.reasons[s.place] = _in_words(error) if not wrong or s in wrong else reason

    def _claims(self, program: Program) -> Iterator[tuple[TexStatement, tuple[Claimed, ...]]]:
        if not any(s.kind in CLAIMING for s in self.listed):
            return
        document = statements_of(self.formulas, (), known_names(program), True, True)
        reader = ClaimReader(replace(document, facts=self.facts), program)
        for statement, found in reader.listed(self.failed):
            if found:
                yield statement, tuple(found)

    def failed(self, statement: TexStatement, error: SymbpError) -> None:
        self.reasons[statement.place] = _in_words(error)


def _in_words(error: SymbpError) -> str:
    """An error as one line beside the formula that it is about."""
    marked = f"{error.place.snippet}: " if error.place is not None else ""
    facts = f" ({'; '.join(error.facts)})" if error.facts else ""
    return f"{marked}{error.reason}{facts}"


def _ends(document: TexDocument) -> list[TexStatement]:
    """The equations that no other equation needs."""
    sorting = Sorting(document, [])
    return [document.statements[k] for k in sorting.ends()]
