"""Index letters and sizes as formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbp.algebra.size import Atom, Quotient, Size
from symbp.emit import formula
from symbp.emit.formula import Formula
from symbp.lang.names import latex

BATCH = "nis"
FREE = "ijklmpqrstuvw"


class Letters:
    """Hands out index letters that mean nothing else in the model.

    The batch axis (of size `batch`) is n, or i where n is taken, and that letter is kept for it;
    other axes are i, j, k, …
    """

    def __init__(self, taken: Iterable[str] = (), batch: Size | None = None) -> None:
        self.taken = {t for t in taken if len(t) == 1 or t.startswith("i_")}
        self.batch = batch
        self.kept = next((c for c in BATCH if c not in self.taken), None) if batch is not None else None

    def copy(self) -> Letters:
        twin = Letters((), self.batch)
        twin.taken, twin.kept = set(self.taken), self.kept
        return twin

    def new(self, size: Size | None = None) -> Formula:
        if size is not None and size == self.batch and self.kept is not None and self.kept not in self.taken:
            return self._take(self.kept)
        for letter in FREE:
            if letter not in self.taken and letter != self.kept:
                return self._take(letter)
        count = 1
        while f"i_{count}" in self.taken:
            count += 1
        return self._take(f"i_{count}")

    def release(self) -> None:
        """From here on the batch letter is handed out no more; other letters are."""
        self.batch = None

    def _take(self, letter: str) -> Formula:
        self.taken.add(letter)
        head, _, tail = letter.partition("_")
        return formula.atom(letter, f"{head}_{{{tail}}}" if tail else letter)


def size_formula(size: Size) -> Formula:
    """A size: n, 4 h, h − r + 1, ⌊(h − r)/s⌋."""
    result: Formula | None = None
    for monomial, coefficient in sorted(
        size.terms, key=lambda t: (-len(t[0]), t[1] < 0, [str(a) for a in t[0]])
    ):
        factors = [_atom(a) for a in monomial]
        value = abs(coefficient)
        if value != 1 or not factors:
            factors.insert(0, formula.number(value))
        term = factors[0]
        for factor in factors[1:]:
            term = formula.scaled(term, factor)
        if coefficient < 0:
            term = formula.negative(term)
        result = term if result is None else formula.add(result, term)
    return formula.number(0) if result is None else result


_NUMBERED = re.compile(r"([nm])_([a-zA-Z])(\d+)$")


def _of_what(letter: str) -> str | None:
    """n_z1, the size of z₁, in LaTeX; None for any other letter."""
    found = _NUMBERED.match(letter)
    if found is None:
        return None
    size, name, number = found.groups()
    return f"{size}_{{{name}_{number if len(number) == 1 else f'{{{number}}}'}}}"


def _atom(atom: Atom) -> Formula:
    if not isinstance(atom, Quotient):
        return formula.atom(str(atom), _of_what(str(atom)) or latex(str(atom)))
    ratio = formula.fraction(size_formula(atom.numerator), size_formula(atom.denominator))
    return formula.enclosed("⌊", ratio, "⌋", r"\lfloor", r"\rfloor")
