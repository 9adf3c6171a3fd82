"""Which formulas of an article need which, by the names that they set and use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from symbp.lang.declare import DATA_LETTERS
from symbp.lang.tex_derivatives import derivatives_in, read_derivative
from symbp.lang.tex_known import names_in
from symbp.lang.tex_names import Names, bare, read_name
from symbp.lang.tex_scan import Part
from symbp.lang.tex_statement import CONDITION
from symbp.lang.tex_statements import TexDocument

_HEADING = re.compile(
    r"^\s*#{1,6}\s|\\(?:part|chapter|(?:sub)*section|paragraph)\b|\\begin\{(?:example|exercise|theorem|lemma)"
)
SETTING = ("equation", "gradient", "activation")
CLAIMING = ("claim", "factorization", "gradient")


def sections(text: str) -> list[int]:
    """The lines on which a section begins, from 1."""
    return [k for k, line in enumerate(text.splitlines(), start=1) if _HEADING.search(line)]


class Sorting:
    """The statements of an article as a graph: each needs those that set the names it uses."""

    def __init__(self, document: TexDocument, headings: Sequence[int]) -> None:
        self.listed, self.names = document.statements, document.names
        self.headings = headings
        self.section = [self.section_at(s.place.line) for s in self.listed]
        self.setters: dict[str, list[int]] = {}
        self.again = self._repeated()
        for k, s in enumerate(self.listed):
            if s.kind in SETTING and s.name is not None and k not in self.again:
                self.setters.setdefault(s.name.key, []).append(k)
        self.needs = [self._found(k, self._used(k)) for k in range(len(self.listed))]
        self.about = [self._found(k, self._differentiated(k)) for k in range(len(self.listed))]

    def section_at(self, line: int) -> int:
        """The number of the section that a line stands in, 0 before the first heading."""
        return sum(start <= line for start in self.headings)

    def is_said_for(self, model: Iterable[int], line: int) -> bool:
        """Whether what stands on a line is about a model: before all sections, or in one of its own."""
        section = self.section_at(line)
        return not section or section in {self.section[k] for k in model}

    def _repeated(self) -> dict[int, int]:
        """Equations that stand a second time, word for word -> the first of them."""
        first: dict[tuple[str, ...], int] = {}
        found: dict[int, int] = {}
        for k, s in enumerate(self.listed):
            if s.kind == "equation":
                texts = bare([x for part in (s.left, *s.parts) for x in part])
                found |= {k: first[texts]} if texts in first else {}
                first.setdefault(texts, k)
        return found

    def _used(self, k: int) -> set[str]:
        s = self.listed[k]
        if s.kind not in (*SETTING, *CLAIMING):
            return set()
        own = {s.name.key} if s.name is not None else set()
        own |= {a.key for a in s.arguments} if s.kind == "activation" else set()
        return {key for part in s.parts for key in _outside_derivatives(part, self.names)} - own

    def _differentiated(self, k: int) -> set[str]:
        """The names in the derivatives of a claim."""
        s = self.listed[k]
        if s.kind not in CLAIMING:
            return set()
        listed = [d for part in s.parts for d in derivatives_in(part, self.names)]
        listed += [s.derivative] if s.derivative is not None else []
        return {name.key for d in listed for name in (d.of, d.by) if name is not None}

    def _found(self, k: int, keys: Iterable[str]) -> set[int]:
        return {at for key in keys if (at := self.nearest(key, k)) is not None}

    def nearest(self, key: str, k: int) -> int | None:
        """The statement that sets what a name at statement k means.

        x, y and t are data where only a later section sets them.
        """
        here = [j for j in self.setters.get(key, ()) if j != k]
        same = [j for j in here if self.section[j] == self.section[k]]
        later = [] if key in DATA_LETTERS else here
        for found in ([j for j in same if j < k], same[::-1], [j for j in here if j < k], later[::-1]):
            if found:
                return found[-1]
        return None

    def closure(self, start: Iterable[int]) -> set[int]:
        """Some statements with all that they need, directly or by way of others."""
        found: set[int] = set()
        stack = list(start)
        while stack:
            k = stack.pop()
            if k not in found:
                found.add(k)
                stack += sorted(self.needs[k])
        return found

    def ends(self) -> list[int]:
        """The equations that no other one needs, without steps that only claims need."""
        equations = [k for k, s in enumerate(self.listed) if s.kind == "equation" and k not in self.again]
        used = {j for k in equations for j in self.needs[k]}
        ends = [k for k in equations if k not in used]
        about = {j for found in self.about for j in found}
        steps = {j for k, s in enumerate(self.listed) if s.kind in CLAIMING for j in self.needs[k]}
        return [k for k in ends if k in about or k not in steps] or ends

    def groups(self) -> Iterator[list[int]]:
        """The statements of each model: what sets it, its functions and shapes, and its claims."""
        models: list[set[int]] = []
        for end in self.ends():
            inside = self.closure([end])
            model = next((m for m in models if self._go_together(m, inside)), None)
            if model is None:
                models.append(inside)
            else:
                model |= inside
        for k in self._claims():
            model = self._model_of(models, k)
            if model is not None:
                model |= self.closure([k])
                here = {j for j in self.about[k] if self.section[j] == self.section[k]}
                model |= self._fitting(model, self.closure(here))
        for model in models:
            again = {k for k, first in self.again.items() if first in model}
            conditions = self._conditions(model)
            yield sorted(model | self._shapes(model) | again | conditions)

    def _conditions(self, model: set[int]) -> set[int]:
        """The conditions in the sentences of a model's claims."""
        claims = [self.listed[k].formula for k in model if self.listed[k].cases]
        sentences = {f.prose.sentence for f in claims if f is not None}
        found = [(k, s.formula) for k, s in enumerate(self.listed) if s.reason == CONDITION]
        return {k for k, f in found if f is not None and f.prose.sentence in sentences}

    def _fitting(self, model: set[int], more: set[int]) -> set[int]:
        """Statements that a claim mentions, without those that set a name of the model anew."""
        keys = {self._key(k) for k in model} - {None}
        return {k for k in more if k in model or self._key(k) not in keys}

    def loose(self) -> list[int]:
        """The claims whose names nothing sets."""
        models = [self.closure([end]) for end in self.ends()]
        return [k for k in self._claims() if self._model_of(models, k) is None]

    def _claims(self) -> list[int]:
        return [k for k, s in enumerate(self.listed) if s.kind in CLAIMING]

    def _go_together(self, a: set[int], b: set[int]) -> bool:
        """Whether two models share an equation, and no name is set twice in both together."""
        heads = [s.name.key for k in a | b if (s := self.listed[k]).kind == "equation" and s.name is not None]
        shared = any(self.listed[k].kind == "equation" for k in a & b)
        return (shared and len(set(heads)) == len(heads)) or self._says_it_again(a, b)

    def _says_it_again(self, a: set[int], b: set[int]) -> bool:
        """Whether b sets the end of a once more in the same section, with the same names below it.

        f = (x + y) z, and then f = q z with q = x + y.
        """
        again = {
            (j, k)
            for j in a
            for k in b
            if j != k and self._key(j) == self._key(k) is not None and self.section[j] == self.section[k]
        }
        return bool(again) and self._free(a) == self._free(b)

    def _key(self, k: int) -> str | None:
        s = self.listed[k]
        return s.name.key if s.name is not None and s.kind == "equation" else None

    def _free(self, model: set[int]) -> set[str]:
        """The names that a model uses and does not set."""
        used = {key for k in model for key in self._used(k)}
        return used - {self._key(k) for k in model}

    def _model_of(self, models: Sequence[set[int]], k: int) -> set[int] | None:
        """The model that a claim is about, the last one before it where there are several."""
        wanted = self.about[k] | self.needs[k]
        s = self.listed[k]
        by = s.derivative.by.key if s.derivative is not None and s.derivative.by is not None else None
        of = s.derivative.of.key if s.derivative is not None and s.derivative.of is not None else None
        keys = self._used(k) | self._differentiated(k)

        def fit(m: set[int]) -> tuple[bool, bool, bool, int, int]:
            known = self._names_of(m)
            here = any(self.section[j] == self.section[k] for j in m)
            sets = of is not None and self.nearest(of, k) in m
            before = max((j for j in m if j < k), default=-1)
            return by is None or by in known, here, sets, len(keys & known), before

        near = [m for m in models if m & wanted]
        return max(near, key=fit, default=None)

    def _names_of(self, model: set[int]) -> set[str]:
        """The names that stand in a model."""
        return {key for k in model for key in (*self._used(k), self._key(k)) if key is not None}

    def _shapes(self, model: set[int]) -> set[int]:
        """What is said of the names of a model: x ∈ ℝⁿ, A = Aᵀ."""
        keys = {n.key for k in model for p in self._sides(k) for n in names_in(p, self.names)}
        found = set()
        for k, s in enumerate(self.listed):
            name = next(names_in(s.left, self.names), None) if s.kind == "shape" else None
            name = s.name if s.kind == "fact" else name
            found |= {k} if name is not None and name.key in keys else set()
        return found

    def _sides(self, k: int) -> list[Part]:
        return [self.listed[k].left, *self.listed[k].parts]


def _outside_derivatives(part: Part, names: Names) -> Iterator[str]:
    """The names of a formula, not those in ∂L/∂W."""
    at = 0
    while at < len(part):
        derivative = read_derivative(part, at, names)
        name = read_name(part, at, names) if derivative is None and part[at].kind != "open" else None
        if name is not None:
            yield name.key
        end = derivative.end if derivative is not None else name.end if name is not None else at + 1
        at = max(end, at + 1)
