"""Facts that a document states of its names: "with A symmetric", A = Aᵀ, λ > 0, Σ_k y_k = 1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symbp.algebra.size import Size
from symbp.lang.tex_commands import STYLES
from symbp.lang.tex_document import Formula
from symbp.lang.tex_names import Names, TexName, bare, read_name
from symbp.lang.tex_prose import Prose
from symbp.lang.tex_scan import Lexeme, limits_of, outer
from symbp.lang.tex_sets import membership

_FACTS = {
    "spd": r"(?:symmetric[, ]*(?:and )?)?(?:strictly )?positive[- ]definite(?:[, ]*(?:and )?symmetric)?|spd"
    r"|(?:covariance|precision) matri(?:x|ces)",
    "symmetric": r"(?:positive[- ]semi-?definite|symmetric|psd|(?:gram|kernel) matri(?:x|ces))",
    "invertible": r"(?:invertible|non-?singular)",
    "onehot": r"one[- ]?hot",
    "binary": r"binary",
    "prob": r"probability (?:vectors?|distributions?)",
    "positive": r"(?:strictly positive(?![- ]*(?:semi|def))|positive(?= (?:real )?(?:const|num|scalar)))",
    "unitnorm": r"unit[- ](?:norm|length|vectors?)",
}
"""What is written for a fact, tried in this order."""
_NOUNS = (
    r"(?:matrix|matrices|vectors?|scalars?|numbers?|constants?|targets?|labels?|encod(?:ed|ing)|parameters?"
    r"|weights?|square|real|row|column|class|entries)"
)
_ANY = "|".join(f"(?:{words})" for words in _FACTS.values())
_SEVERAL = rf"(?<![-\w])(?:{_ANY})(?:(?:, (?:and )?| and | )(?:{_ANY}))*(?: {_NOUNS})*"
_BEFORE = re.compile(rf"(?P<facts>{_SEVERAL})$")
_VERB = r"(?:is|are|be|being|denotes?|both|all|assumed|to)"
_GOES_ON = (
    r"(?:and|with|so|for|of|then|where|which|but|we|on|by|in|as|since|because|hence|over|to|\("
    r"|this|it|one|these|the|that)"
)
"""Words that may follow a fact; after others, as in "is the positive sample", it is none."""
_AFTER = re.compile(
    rf"^[,(]? ?(?P<verb>(?:(?:which|that) )?(?:{_VERB} )*)"
    rf"(?:(?:a|an|the|also|real|square|some) )*(?P<facts>{_SEVERAL})(?!-|[ ](?!{_GOES_ON}))"
)
_POSITIVE = re.compile(rf"^{_VERB} positive(?=$|[,;:)]| (?:{_GOES_ON}))")
"""Said with a verb: a "positive $p$" may be a positive sample."""
SCALAR = "scalar"
"""Said of a name, not of an array: that it has no axes."""
_SCALAR_BEFORE = re.compile(r"\bscalars?(?: [a-z-]+)?$")
_SCALAR_AFTER = re.compile(rf"^[,(]? ?(?:{_VERB} )+(?:(?:a|an|real|positive|negative|fixed) )*scalars?\b")
_CHAIN = re.compile(r"^(?:,|and|, and|&|or)?$")
_DENIAL = re.compile(r"\b(?:not|non|no|without|unless|neither|never)\b")
_CONDITION = re.compile(
    rf"\b(?:if|when|whenever|unless|case|provided)\b|\bfor (?:a |an |any |every |all )?(?={_SEVERAL}$)"
)
_BOUNDS = {">": "positive", r"\gt": "positive", r"\succ": "spd", r"\succeq": "symmetric"}


@dataclass(frozen=True)
class StatedFact:
    """A fact on a name, where it stands, and whether it is a case that is looked at ("if A is symmetric")."""

    name: TexName
    fact: str
    prose: Prose
    line: int
    is_case: bool = False

    @property
    def key(self) -> str:
        return self.name.key

    def holds_for(self, claim: Prose) -> bool:
        """Whether a claim rests on it: it stands in its sentence or later, for a case in its paragraph."""
        return claim.sentence >= self.prose.sentence and (
            not self.is_case or claim.paragraph == self.prose.paragraph
        )

    def holds_for_all(self, claims: Sequence[Prose]) -> bool:
        """Whether all claims rest on it, or what follows in their paragraph says it of all."""
        if self.is_case:
            return all(map(self.holds_for, claims))
        return all(claim.paragraph >= self.prose.paragraph for claim in claims)


def fits(fact: str, shape: Sequence[Size]) -> bool:
    """Whether a fact can be said of an array of this shape."""
    if fact == SCALAR:
        return False
    if fact in ("symmetric", "spd", "invertible"):
        return len(shape) >= 2 and shape[-1] == shape[-2]
    return fact in ("positive", "unit", "binary", "pm1") or len(shape) >= 1


def stated_facts(formulas: Sequence[Formula], names: Names) -> Iterator[StatedFact]:
    """What the formulas and the words beside them state, in the order of the text."""
    subjects: list[TexName] = []
    opening = ""
    for k, formula in enumerate(formulas):
        found = fact_in(formula, names)
        if found is not None:
            yield StatedFact(found[0], found[1], formula.prose, formula.place.line)
        subject = _subject(formula, names)
        if subject is None:
            subjects = []
            continue
        goes_on = bool(subjects) and _goes_on(formulas[k - 1], formula)
        subjects = [*subjects, subject] if goes_on else [subject]
        opening = opening if goes_on else formula.prose.before
        words = [*_before(opening)] if not _DENIAL.search(opening) else []
        words += [SCALAR] if _SCALAR_BEFORE.search(opening) and not subject.indices else []
        is_case = _CONDITION.search(opening) is not None
        for fact in words:
            yield StatedFact(subject, fact, formula.prose, formula.place.line, is_case)
        following = formulas[k + 1] if k + 1 < len(formulas) else None
        touches = following is not None and _touches(formula, following)
        named_next = touches and following is not None and _subject(following, names) is not None
        for fact in _after(formula.prose.after, named_next):
            for name in subjects:
                yield StatedFact(name, fact, formula.prose, formula.place.line, is_case)


# -- words ----------------------------------------------------------------------------------------


def _goes_on(before: Formula, formula: Formula) -> bool:
    """Whether two names stand in one list: $A$ and $B$."""
    same = before.prose.sentence == formula.prose.sentence
    between = before.prose.after or formula.prose.before
    return same and _CHAIN.match(between) is not None


def _touches(formula: Formula, following: Formula) -> bool:
    """Whether the words behind a formula are those before the next one."""
    return formula.prose.sentence == following.prose.sentence


def _before(words: str) -> Iterator[str]:
    """The facts that words end with: for a symmetric matrix $A$."""
    match = _BEFORE.search(words)
    if match is not None:
        yield from _listed(match.group("facts"))


def _after(words: str, is_followed: bool) -> Iterator[str]:
    """The facts that words begin with: $A$ is symmetric.

    Words that end with the fact and have no verb belong to the next formula: $x$, symmetric $A$.
    """
    if _POSITIVE.match(words) is not None:
        yield "positive"
        return
    if _SCALAR_AFTER.match(words) is not None:
        yield SCALAR
    match = _AFTER.match(words)
    if match is None or (is_followed and match.end() == len(words) and not match.group("verb")):
        return
    yield from _listed(match.group("facts"))


def _listed(words: str) -> Iterator[str]:
    """Each fact of "symmetric and invertible"."""
    at = 0
    while at < len(words):
        for fact, written in _FACTS.items():
            match = re.compile(written).match(words, at)
            if match is not None:
                yield fact
                at = match.end()
                break
        else:
            at += 1


# -- formulas -------------------------------------------------------------------------------------


def _subject(formula: Formula, names: Names) -> TexName | None:
    """The name that a formula consists of, or that it says the shape of."""
    belongs = membership(formula.lexemes, names)
    if belongs is not None:
        return belongs.name
    return _only_name(formula.lexemes, names)


def _only_name(lexemes: Sequence[Lexeme], names: Names) -> TexName | None:
    name = read_name(lexemes, 0, names)
    return name if name is not None and name.end == len(lexemes) else None


def fact_in(formula: Formula, names: Names) -> tuple[TexName, str] | None:
    """A = Aᵀ, A ≻ 0, λ > 0, 0 < α < 1, Σ_k y_k = 1, 1ᵀ y = 1, ‖u‖ = 1, y ∈ {0, 1}."""
    belongs = membership(formula.lexemes, names)
    if belongs is not None:
        return (belongs.name, belongs.fact) if belongs.fact else None
    texts = bare(formula.lexemes)
    if len(texts) > 4 and texts[0] == "0" and {texts[1], texts[-2]} <= {"<", r"\lt"} and texts[-1] == "1":
        name = _only_name(formula.lexemes[2:-2], names)
        return None if name is None else (name, "unit")
    signs = [at for at, x in outer(formula.lexemes) if x.text in (*_BOUNDS, "=")]
    if len(signs) != 1:
        return None
    at = signs[0]
    left, right, sign = formula.lexemes[:at], formula.lexemes[at + 1 :], formula.lexemes[at].text
    if sign != "=":
        name = _only_name(left, names)
        return (name, _BOUNDS[sign]) if name is not None and bare(right) == ("0",) else None
    if bare(right) == ("1",):
        return _of_one(left, names)
    for one, other in ((left, right), (right, left)):
        name = _only_name(one, names)
        transposed = bare(other[len(one) :])
        if name is not None and bare(other[: len(one)]) == bare(one) and transposed in _TRANSPOSES:
            return name, "symmetric"
    return None


_TRANSPOSES = {("^", t) for t in ("T", r"\top", r"\intercal")} | {("'",)}
_SHARES = {"y", "t", "p", "q", "π"}
"""Letters of distributions; that Σ w = 1 says nothing of the signs of any other w."""


def _of_one(left: Sequence[Lexeme], names: Names) -> tuple[TexName, str] | None:
    """The name in Σ_k y_k and 1ᵀ y, which sums to 1, or in ‖u‖, which is 1."""
    texts = tuple(x.text for x in left if x.text not in STYLES and x.kind not in ("open", "close"))
    if left[0].text in (r"\|", r"\Vert"):
        end = next((k for k, x in enumerate(left) if k and x.text == left[0].text), 0)
        name = _only_name(left[1:end], names) if texts[-1:] != ("1",) else None
        return None if name is None else (name, "unitnorm")
    if left[0].text == r"\sum":
        below, _, start = limits_of(left, 0)
        name = _only_name(left[start:], names)
        index = bare(below)[:1]
        along_rows = name is not None and (name.indices[-1:] == index or not index)
    else:
        start = next((k for k, x in enumerate(left) if x.text in ("T", r"\top", r"\intercal")), -1) + 1
        while start < len(left) and left[start].kind == "close":
            start += 1
        name = _only_name(left[start:], names)
        along_rows = texts[:2] == ("1", "^")
    if name is None or not along_rows or name.spelled[:1] not in _SHARES:
        return None
    return name, "prob"
