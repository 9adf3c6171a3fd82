"""The search for the smallest change of a claim's own lines that makes it right.

Statements whose value is no true gradient of anything come first; changes are tried from the
commonest kind of mistake to the rarest; what is ill-typed dies when it is read again, what is
wrong dies at the first random point, and what survives is confirmed exactly.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.errors import Place
from symbp.evidence.claim_text import ClaimText, Edit, at_path, changed, shown
from symbp.evidence.edits_everywhere import changes_everywhere
from symbp.evidence.edits_factors import added_constants, counts, derivatives, factors, size_factors
from symbp.evidence.edits_names import families, functions, indices, masks, names, sizes, values
from symbp.evidence.edits_paths import missing_terms, true_line
from symbp.evidence.edits_products import kinds_of_product, matrix_factors, orders, transposes
from symbp.evidence.edits_steps import accumulations, directions, ends, steps
from symbp.evidence.edits_terms import axes, missing_sums, numbers, signs, terms
from symbp.evidence.problem import Problem
from symbp.evidence.scene import Scene

Room = Callable[[Scene], Iterable[Edit]]
ROOMS: tuple[Room, ...] = (
    signs,
    axes,
    transposes,
    accumulations,
    steps,
    ends,
    directions,
    numbers,
    masks,
    missing_terms,
    names,
    values,
    families,
    indices,
    orders,
    missing_sums,
    sizes,
    kinds_of_product,
    functions,
    terms,
    factors,
    derivatives,
    size_factors,
    added_constants,
    counts,
    matrix_factors,
)
FIRST_BY_KIND: dict[str, tuple[Room, ...]] = {
    "sign": (signs, orders),
    "missing sum": (kinds_of_product, axes, missing_sums),
    "wrong shape": (kinds_of_product, axes),
    "factor": (axes, numbers, sizes, size_factors),
    "missing activation derivative": (factors,),
    "wrong activation derivative": (factors, derivatives, functions),
    "derivative at the wrong point": (names, derivatives),
    "mask ignored": (factors,),
    "missing factor": (factors, numbers),
    "dropped path": (missing_terms,),
    "missing upstream path": (missing_terms,),
    "missing time step": (missing_terms,),
    "hidden symmetry assumption": (transposes, terms),
}
MOST_REPAIRS = 3


@dataclass(frozen=True)
class Fix:
    """A change that makes the claim right: what was wrong, where, and the lines as they should be."""

    kind: str
    words: str
    place: Place | None
    lines: list[str]
    corrected: tuple[str, ...]
    """The statements that changed, as they should be."""


def smallest_change(problem: Problem, text: ClaimText, kind: str | None) -> Fix | None:
    """The first change that makes the claim right; OutOfTime where the search takes too long."""
    return next(_fixes(problem, text, kind), None)


def _fixes(problem: Problem, text: ClaimText, kind: str | None) -> Iterator[Fix]:
    """Changes that make the claim right, the likeliest mistake first."""
    everything = list(range(len(text.statements)))
    wrong, plain, right = suspects(problem, text)
    yield from _everywhere(problem, text)
    yield from _tried(problem, text, everything, (accumulations, steps, ends))
    yield from _tried(problem, text, wrong, (signs,))
    yield from _tried(problem, text, everything, (missing_terms,))
    yield from _line_by_line(problem, text, ())
    for room in FIRST_BY_KIND.get(kind or "", ()):
        yield from _tried(problem, text, [*wrong, *plain, *right], (room,))
    first, before = wrong[:1], [at for at in reversed(plain) if at < wrong[0]]
    yield from _tried(problem, text, [*first, *before], ROOMS, quick=True)
    yield from _tried(problem, text, first, ROOMS)
    yield from _tried(problem, text, wrong[1:], ROOMS)
    yield from _line_by_line(problem, text, (signs, axes, transposes, numbers, masks))
    yield from _tried(problem, text, wrong, (true_line,))
    yield from _line_by_line(problem, text, ROOMS)
    yield from _tried(problem, text, right, ROOMS, quick=True)
    yield from _tried(problem, text, [*plain, *right], ROOMS)


def _tried(
    problem: Problem, text: ClaimText, statements: Iterable[int], rooms: Iterable[Room], quick: bool = False
) -> Iterator[Fix]:
    """What the edits of some rooms repair, statement by statement.

    With `quick` only edits count after which the statement itself gives something true: that is
    seen without reading the whole claim again.  The last statement is nothing but the claim.
    """
    rooms, last = list(rooms), len(text.statements) - 1
    for at in statements:
        if quick and (at == last or problem.read_local is None):
            continue
        for room in rooms:
            fix = _try_room(problem, text, at, room, quick)
            if fix is not None:
                yield fix


def suspects(problem: Problem, text: ClaimText) -> tuple[list[int], list[int], list[int]]:
    """Statements whose value is nothing true; those that repeat a forward value; all others.

    The last statement, whose value is the claim, is among the first.
    """
    wrong: list[int] = []
    plain: list[int] = []
    right: list[int] = []
    for at in range(len(text.statements)):
        value = text.value_of(at)
        if value is None or at == len(text.statements) - 1 or not problem.is_known(value):
            wrong.append(at)
        else:
            (right if problem.is_adjoint(value) else plain).append(at)
    return wrong, plain, right


def _try_room(problem: Problem, text: ClaimText, at: int, room: Room, quick: bool = False) -> Fix | None:
    """The first edit of a room that makes the claim right."""
    scene = Scene(text, at)
    for edit in room(scene):
        problem.check_time()
        statement = ast.unparse(changed(scene.statement, edit.path, edit.new))
        if quick:
            local = scene.local(statement)
            if local is None or not problem.is_known(local):
                continue
        node = text.read(text.with_statement(at, statement))
        if node is not None and problem.is_right(node) and problem.confirmed(node):
            return _fixed(text, at, edit, node)
    return None


def _fixed(text: ClaimText, at: int, edit: Edit, node: Node | None = None) -> Fix:
    """The fix that an edit is; the author's own text around it is kept where it reads the same."""
    written = text.edited(at, edit)
    if node is not None and text.read(text.with_statement(at, written)) is not node:
        written = ast.unparse(changed(text.statements[at], edit.path, edit.new))
    old = edit.focus or at_path(text.statements[at], edit.path)
    place = text.place(old) if isinstance(old, ast.expr) else None
    return Fix(edit.kind, edit.words, place, text.with_statement(at, written), (written,))


def _everywhere(problem: Problem, text: ClaimText) -> Iterator[Fix]:
    """What the same change in all places repairs."""
    for change in changes_everywhere(text):
        problem.check_time()
        lines = [line for s in change.statements for line in ast.unparse(s).splitlines()]
        read = text.read(lines)
        if read is not None and problem.is_right(read) and problem.confirmed(read):
            altered = [
                shown(b, 400)
                for a, b in zip(text.statements, change.statements, strict=True)
                if ast.unparse(a) != ast.unparse(b)
            ]
            yield Fix(change.kind, change.words, text.place(change.first), lines, tuple(altered))


# -- several wrong lines --------------------------------------------------------------------------


def _line_by_line(problem: Problem, text: ClaimText, rooms: Iterable[Room]) -> Iterator[Fix]:
    """Each wrong statement changed so that it is a true gradient of something, the first one first."""
    first: Edit | None = None
    place: Place | None = None
    corrected: list[str] = []
    done: set[int] = set()
    for _ in range(MOST_REPAIRS):
        found = _next_repair(problem, text, rooms, done)
        if found is None:
            return
        at, edit, statement = found
        if first is None:
            first, place = edit, _fixed(text, at, edit).place
        corrected.append(statement)
        done.add(at)
        lines = text.with_statement(at, statement)
        claim = problem.reread(lines)
        if problem.is_right(claim.node) and problem.confirmed(claim.node):
            yield Fix(first.kind, first.words, place, lines, tuple(corrected))
            return
        problem = problem.with_claim(claim)
        text = ClaimText(problem)


def _next_repair(
    problem: Problem, text: ClaimText, rooms: Iterable[Room], done: set[int]
) -> tuple[int, Edit, str] | None:
    wrong, plain, right = suspects(problem, text)
    known = sorted({*plain, *right})
    partial = [at for at in known if (v := text.value_of(at)) is not None and not problem.is_whole_adjoint(v)]
    for at in sorted({*wrong, *partial} - done):
        scene = Scene(text, at)
        for room in (missing_terms, *rooms) if at in wrong else (missing_terms,):
            for edit in room(scene):
                problem.check_time()
                statement = ast.unparse(changed(scene.statement, edit.path, edit.new))
                node = text.read(text.with_statement(at, statement, upto=at))
                if node is not None and node is not text.value_of(at) and problem.is_whole_adjoint(node):
                    return at, edit, text.edited(at, edit)
    return None
