"""The words for what is known, and the report that carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from symbp.errors import Place

PROVED, HOLDS, REFUTED, UNDECIDED = "proved", "holds", "refuted", "undecided"


@dataclass(frozen=True)
class Counterexample:
    """Sizes and values at which a claim is wrong, with the entry and both numbers."""

    sizes: Mapping[str, int]
    entry: tuple[int, ...]
    claimed: str
    true: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        sizes = ", ".join(f"{k} = {v}" for k, v in self.sizes.items())
        place = "[" + ", ".join(map(str, self.entry)) + "]" if self.entry else ""
        where = f" at {sizes}" if sizes else ""
        return f"entry {place}{where}: claimed {self.claimed}, true {self.true}".replace(
            "entry :", "value:"
        ).replace("entry  at", "value at")


@dataclass(frozen=True)
class Verdict:
    """What is known of one gradient.

    `status` is proved, holds, refuted or undecided; `method` says how it was found; `bits` the k
    of 1 - 2⁻ᵏ; `needs` the facts without which it would not hold.
    """

    status: str
    method: str
    detail: str = ""
    bits: int | None = None
    needs: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    hints: tuple[str, ...] = ()
    place: str | None = None
    """The wrong place in the claim's own text, underlined."""
    correction: str | None = None
    """A corrected formula, itself verified."""

    @property
    def is_right(self) -> bool:
        """Whether it is proved or holds; what is undecided is not right."""
        return self.status in (PROVED, HOLDS)

    def __str__(self) -> str:
        lines = [f"{self.status} by {self.method}"]
        lines += [str(self.counterexample)] if self.counterexample is not None else []
        lines += [f"needs: {fact}" for fact in self.needs] + [f"hint: {hint}" for hint in self.hints]
        return "\n  ".join(lines)


@dataclass(frozen=True)
class Report:
    """Verdicts by name; printed, one paragraph each.

    >>> from symbp import verify
    >>> report = verify("L = Σ (y − W x)²", {"W": "(W x − y) xᵀ"})
    >>> report.ok, report.first_wrong, report.verdicts["W"].status
    (False, 'W', 'refuted')

    `unread` are the lines of a text that say that something is equal to something and were not
    understood, each with the reason: nothing was judged there.
    """

    verdicts: Mapping[str, Verdict]
    case: str | None = None
    unread: tuple[tuple[Place, str], ...] = ()

    def __str__(self) -> str:
        lines = [f"{name}: {verdict}" for name, verdict in self.verdicts.items()]
        lines += [f"not read, line {at.line}: {at.snippet} ({reason})" for at, reason in self.unread]
        return "\n".join(lines)

    @property
    def ok(self) -> bool:
        """Whether every verdict is proved or holds."""
        return all(v.is_right for v in self.verdicts.values())

    @property
    def first_wrong(self) -> str | None:
        """The first name whose verdict is not right: later lines may be wrong because of it."""
        return next((name for name, v in self.verdicts.items() if not v.is_right), None)

    def records(self) -> list[dict[str, Any]]:
        """The list that --json prints: a record for each verdict."""
        return [
            {
                "case": self.case,
                "name": name,
                "status": v.status,
                "method": v.method,
                "detail": v.detail,
                "bits": v.bits,
                "needs": list(v.needs),
                "counterexample": None if v.counterexample is None else _plain(v.counterexample),
                "hints": list(v.hints),
                "correction": v.correction,
            }
            for name, v in self.verdicts.items()
        ]


def _plain(found: Counterexample) -> dict[str, Any]:
    record = asdict(found)
    record["entry"] = list(found.entry)
    return record
