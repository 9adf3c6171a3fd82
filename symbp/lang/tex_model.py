"""The equations of a LaTeX text in the order of computing, with their loss and their shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from symbp.algebra.size import Size
from symbp.errors import ModelError, ParseError
from symbp.lang.declare import Declarations, add_keywords
from symbp.lang.grammar import parse_tokens
from symbp.lang.names import identifier
from symbp.lang.reach import with_reach
from symbp.lang.rebuilding import rebuilt
from symbp.lang.shapes import parse_shape
from symbp.lang.syntax import Binary, Call, Entry, Number, Reference, SumOver, Syntax, walk
from symbp.lang.tex_document import span
from symbp.lang.tex_facts import SCALAR
from symbp.lang.tex_functions import TextFunctions
from symbp.lang.tex_labels import with_given_indices
from symbp.lang.tex_meaning import Meanings
from symbp.lang.tex_names import Names, TexName
from symbp.lang.tex_scan import Lexeme, Part
from symbp.lang.tex_sets import membership
from symbp.lang.tex_statement import CONDITION, TexStatement
from symbp.lang.tex_statements import LOSSES, TexDocument
from symbp.lang.tex_tokens import to_tokens


def parsed(lexemes: Sequence[Lexeme], names: Names, functions: TextFunctions) -> Syntax:
    """The syntax of an expression.  ParseError with its place where it is none."""
    expression = parse_tokens(to_tokens(lexemes, names), span(lexemes))
    check_sums(expression)
    return with_matrix_powers(functions.expanded(expression))


def with_matrix_powers(expression: Syntax) -> Syntax:
    """A^2 as A A; under a sum over all entries, Σ A^2, powers are taken entry by entry."""
    entrywise = {
        id(inner)
        for piece in walk(expression)
        if isinstance(piece, SumOver) or (isinstance(piece, Call) and piece.function in ("sum", "mean"))
        for inner in walk(piece)
    }

    def changed(piece: Syntax) -> Syntax:
        whole = isinstance(piece, Binary) and piece.operator == "^" and isinstance(piece.right, Number)
        if not (whole and isinstance(piece, Binary) and isinstance(piece.left, Reference)):
            return piece
        exponent = piece.right
        assert isinstance(exponent, Number)
        return (
            replace(piece, operator="matrix power") if exponent.is_integer and exponent.value > 1 else piece
        )

    kept = {id(piece) for piece in walk(expression) if id(piece) not in entrywise}
    return rebuilt(expression, changed, kept)


def check_sums(expression: Syntax) -> None:
    """A Σ over i needs something with the index i behind it."""
    for piece in walk(expression):
        if isinstance(piece, SumOver) and piece.index is not None:
            inside = {i for p in walk(piece.body) if isinstance(p, Entry) for i in p.indices}
            if piece.index not in inside:
                raise ParseError(
                    f"nothing behind this Σ has the index {piece.index}",
                    piece.place,
                    hint="write the index at what is summed, or a bracket around all of it",
                )


def in_order(
    found: Sequence[TexStatement],
    sets: Callable[[TexStatement], str | None],
    uses: Callable[[TexStatement], set[str]],
) -> list[TexStatement]:
    """In the order of computing; what is ready first stands first.  ModelError for a circle."""
    set_by: dict[str | None, list[int]] = {}
    for k, s in enumerate(found):
        set_by.setdefault(sets(s), []).append(k)
    needs = [{other for key in uses(s) for other in set_by.get(key, ())} for s in found]
    needed_by: dict[int, list[int]] = {}
    for k, others in enumerate(needs):
        for other in sorted(others):
            needed_by.setdefault(other, []).append(k)
    ready = [k for k, others in enumerate(needs) if not others]
    ordered: list[int] = []
    while ready:
        ordered += ready
        freed = [(k, done) for done in ready for k in needed_by.get(done, ())]
        for k, done in freed:
            needs[k].discard(done)
        ready = sorted({k for k, _ in freed if not needs[k]})
    if len(ordered) < len(found):
        s = found[_on_circle(needs, min(set(range(len(found))) - set(ordered)))]
        hint = "give the new value a name of its own"
        raise ModelError(f"{_spelled(s)} is set in terms of itself", s.place, hint=hint)
    return [found[k] for k in ordered]


def _on_circle(needs: Sequence[set[int]], start: int) -> int:
    """The first equation, in the order of the text, of a circle that one leads to."""
    way = [start]
    while (following := min(needs[way[-1]])) not in way:
        way.append(following)
    return min(way[way.index(following) :])


class TexModel:
    """The equations of a document, sorted by what they need, with the claims."""

    def __init__(self, document: TexDocument, declared: Declarations, text: str, source: str) -> None:
        self.document, self.declared, self.text, self.source = document, declared, text, source
        self.names = document.names
        self.functions = TextFunctions(document)
        self.add_shapes()
        self.add_facts()
        self.add_upstreams()
        found = [s for s in document.statements if s.kind == "equation"]
        self.syntax = {id(s): self._side(s, s.parts[0]) for s in found}
        for statement in found:
            if statement.name is not None:
                self.names.note(statement.name)
        self.later = {id(s): [(self._side(s, p), span(p)) for p in s.parts[1:]] for s in found}
        self.refuse_unread(found)
        self.equations = self.without_steps(self.sorted(self.without_repetition(found)))
        self.limits = self.known_limits()

    def _side(self, s: TexStatement, part: Part) -> Syntax:
        """One side of an equation."""
        indices = s.name.indices if s.name is not None else ()
        found = parsed(part, self.names, self.functions)
        return with_reach(with_given_indices(found, self.names), indices)

    def refuse_unread(self, found: Sequence[TexStatement]) -> None:
        """A formula that sets the loss, or a name that an equation uses, cannot be skipped."""
        used = {key for s in found for key in self.uses(s)}
        heads = {s.name.key for s in found if s.name}
        for s in self.document.statements:
            if (
                s.kind != "none"
                or s.reason == CONDITION
                or s.name is None
                or s.name.key in heads | set(self.declared.spelled)
            ):
                continue
            if s.name.key in used or (s.name.spelled in LOSSES and not heads & set(_LOSS_KEYS)):
                raise ParseError(
                    f"this cannot be read: {s.reason}",
                    s.place,
                    hint="leave it out, or write it with commands of plain LaTeX",
                )

    def expression(self, statement: TexStatement) -> Syntax:
        return self.syntax[id(statement)]

    def add_shapes(self) -> None:
        """Shapes from x ∈ ℝⁿ: declared where a text gives them for all of its names, else stated."""
        found = [membership(s.left, self.names) for s in self.document.statements if s.kind == "shape"]
        said = [(b.name, b.shape) for b in found if b is not None and b.shape is not None]
        set_here = {s.name.key for s in self.document.statements if s.kind == "equation" and s.name}
        said = [(name, shape) for name, shape in said if name.key not in set_here]
        said += self._scalars({name.key for name, _ in said} | set_here)
        self.stated = _stated_once(said)
        letters = {letter for _, sizes in self.stated.values() for size in sizes for letter in size.letters}
        whole = {name.spelled: shape for name, shape in said if not name.indices}
        if (
            len(whole) == len(self.stated) > 0
            and not self.declared.shapes
            and self._covers({*self.stated, *letters})
        ):
            add_keywords(self.declared, shapes=whole)
            self.stated = {}

    def _scalars(self, known: set[str]) -> list[tuple[TexName, str]]:
        """The names that words call scalars: "with a scalar $g$"."""
        found = {f.key: f.name for f in self.document.facts if f.fact == SCALAR and f.key not in known}
        return [(name, "") for name in found.values()]

    def add_facts(self) -> None:
        """Facts that the text states of names which nothing sets, where they hold for all claims in it."""
        claims = [s.formula.prose for s in self.document.statements if s.kind == "claim" and s.formula]
        set_here = {s.name.key for s in self.document.statements if s.kind == "equation" and s.name}
        self.facts: dict[str, list[str]] = {}
        for stated in self.document.facts:
            if stated.fact != SCALAR and stated.key not in set_here and stated.holds_for_all(claims):
                self.facts.setdefault(stated.key, []).append(stated.fact)
        for letter in sorted(self.names.given):
            self.facts.setdefault(identifier(letter), []).append("onehot")

    def _covers(self, keys: set[str]) -> bool:
        """Whether nothing that an equation uses is left without a shape."""
        conditions = {s.name.key for s in self.document.statements if s.reason == CONDITION and s.name}
        known = keys | (self.names.known - conditions) | set(self.declared.constants)
        for statement in self.document.statements:
            if statement.kind == "equation":
                pieces = walk(parsed(statement.parts[0], self.names, TextFunctions(self.document)))
                used = {identifier(p.name) for p in pieces if isinstance(p, Reference)}
                if used - known - {"pi"}:
                    return False
        return True

    def add_upstreams(self) -> None:
        """G = ∂L/∂D where nothing sets L: G is the upstream gradient of D."""
        declared = self.declared
        set_here = {s.name.key for s in self.document.statements if s.kind == "equation" and s.name}
        for s in self.document.statements:
            d = s.derivative
            if s.kind != "gradient" or d is None or d.of is None or d.by is None or s.name is None:
                continue
            if d.of.key not in set_here and d.by.key in set_here and not declared.outputs:
                declared.spelled.setdefault(s.name.key, s.name.spelled)
                declared.outputs.append((d.by.key, s.name.key, s.place))

    # -- order --------------------------------------------------------------------------------

    def uses(self, statement: TexStatement) -> set[str]:
        return {identifier(p.name) for p in walk(self.expression(statement)) if isinstance(p, Reference)}

    def without_repetition(self, found: Sequence[TexStatement]) -> list[TexStatement]:
        """Of equations that say the same of one name, the one with most names on its right side."""
        by_name: dict[str, list[TexStatement]] = {}
        for s in found:
            by_name.setdefault(s.name.key if s.name else "", []).append(s)
        single = [group[0] for group in by_name.values() if len(group) == 1]
        if len(single) == len(found):
            return list(found)
        meanings = Meanings()
        for s in self.sorted(single):
            meanings.define(s.name.key if s.name else "", self.expression(s))
        dropped: set[int] = set()
        for group in by_name.values():
            if len({meanings.of(self.expression(s)) for s in group}) == 1:
                kept = max(group, key=lambda s: len(self.uses(s) & set(by_name)))
                dropped |= {id(s) for s in group if s is not kept}
        return [s for s in found if id(s) not in dropped]

    def sorted(self, found: Sequence[TexStatement]) -> list[TexStatement]:
        return in_order(found, lambda s: s.name.key if s.name else None, self.uses)

    def without_steps(self, ordered: list[TexStatement]) -> list[TexStatement]:
        """Beside claims, and parts of functions, only what the loss or the outputs need is the model.

        So is what else is differentiated: the entropy beside the reward.
        """
        self.loss = self.chosen_loss(ordered)
        roots = {key for key, _, _ in self.declared.outputs} or ({self.loss} if self.loss else set())
        claims = any(s.kind in ("claim", "gradient") for s in self.document.statements)
        if not roots or not (claims or self.functions.whole):
            return ordered
        roots |= set(self.differentiated())
        for statement in reversed(ordered):
            if statement.name is not None and statement.name.key in roots:
                roots |= self.uses(statement)
        return [s for s in ordered if s.name is not None and s.name.key in roots]

    def differentiated(self) -> list[str]:
        """What stands above in the derivatives that the text claims."""
        found = [s.derivative for s in self.document.statements if s.derivative is not None]
        return [d.of.key for d in found if d.of is not None]

    def chosen_loss(self, ordered: Sequence[TexStatement]) -> str | None:
        """The loss: declared, or differentiated, or called L, or what nothing else needs."""
        if self.declared.loss:
            return self.declared.loss[0]
        if self.declared.outputs:
            return None
        heads = [s.name for s in ordered if s.name]
        keys = [h.key for h in heads]
        wanted = [key for key in self.differentiated() if key in keys]
        used = {key for s in ordered for key in self.uses(s)}
        ends = [h for h in heads if h.key not in used]
        named = [h.key for h in ends if _is_loss(h)]
        whole = [k for k in wanted if k in {h.key for h in ends}]
        whole = whole or [h.key for h in heads if h.key in wanted and _is_loss(h)]
        if whole or (wanted and not named and len(ends) != 1):
            return (whole or wanted)[0]
        if len(ends) > 1 and not named:
            reason = (
                f"{' and '.join(h.spelled for h in ends[-2:])} are both used by nothing: which is the loss?"
            )
            raise ModelError(reason, ends[-1].place, hint=f"say it in a comment: % loss {ends[-1].spelled}")
        candidates = named or [h.key for h in ends] or keys
        return candidates[-1] if candidates else None

    # -- sizes --------------------------------------------------------------------------------

    def known_limits(self) -> dict[str, str]:
        """Index -> the letter its Σ ends with, where that is no name of anything else."""
        taken = {s.name.key for s in self.equations if s.name} | set(self.declared.spelled)
        return {i: n for i, n in self.names.limits.items() if identifier(n) not in taken}


def _stated_once(said: Sequence[tuple[TexName, str]]) -> dict[str, tuple[int, tuple[Size, ...]]]:
    """Name -> how many indices it has, and the shape of what it is for each: x_i ∈ ℝᵈ.

    A name that an article gives several shapes has none.
    """
    found: dict[str, set[tuple[int, tuple[Size, ...]]]] = {}
    for name, shape in said:
        try:
            found.setdefault(name.key, set()).add((len(name.indices), parse_shape(shape, name.place)))
        except ParseError:
            continue
    return {key: shapes.pop() for key, shapes in found.items() if len(shapes) == 1}


def _is_loss(name: TexName) -> bool:
    return name.spelled.split("_")[0].rstrip("₀₁₂₃₄₅₆₇₈₉") in LOSSES


def _spelled(statement: TexStatement) -> str:
    return statement.name.latex if statement.name else statement.text


_LOSS_KEYS = tuple(identifier(letter) for letter in sorted(LOSSES))
