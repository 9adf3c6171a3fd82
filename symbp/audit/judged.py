"""A pair that has been read in one way, with what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symbp.audit.judge import Finding
from symbp.audit.reading import Reading
from symbp.audit.severity import ACCEPTED, UNKNOWN, WRONG
from symbp.audit.ways import Attempt


def under(condition: str) -> str:
    """A condition behind a verdict: `under padding = 0`, `with one sample`.

    >>> under("padding = 0"), under("one sample")
    ('under padding = 0', 'with one sample')
    """
    return f"under {condition}" if " = " in condition else f"with {condition}"


@dataclass
class Judged:
    """A pair that has been read: how, and what was found."""

    attempt: Attempt
    reading: Reading
    findings: list[Finding]
    seen: Mapping[str, Any]
    conditions: dict[str, str] = field(default_factory=dict)
    """Claim -> the setting under which it is wrong."""
    sources: dict[str, Reading] = field(default_factory=dict)
    """Claim -> the reading in which it was found wrong, where that is another one."""

    @property
    def wrong(self) -> int:
        return sum(f.severity not in ACCEPTED for f in self.findings)

    @property
    def right(self) -> set[str]:
        return {f.claim.target for f in self.findings if f.severity in ACCEPTED}

    @property
    def is_partial(self) -> bool:
        """Backward returns arrays that are not recognised as gradients of anything."""
        return self.reading.unclaimed > 0

    def is_better(self, other: Judged) -> bool:
        """What finds right all that the other does, and says more; else what is right or less strange."""
        if self._says_more(other) != other._says_more(self):
            return self._says_more(other)
        if self.wrong == 0:
            return other.wrong > 0
        return other.wrong > 0 and self.strangeness < other.strangeness

    def _says_more(self, other: Judged) -> bool:
        fewer = self.reading.unclaimed < other.reading.unclaimed
        return fewer and not self.misfits and bool(other.right) and other.right <= self.right

    @property
    def misfits(self) -> int:
        """Claims of a wrong shape, which speak against the layout."""
        return sum(f.severity not in ACCEPTED and f.verdict.method == "shape" for f in self.findings)

    @property
    def strangeness(self) -> tuple[int, bool]:
        """How little what is found under a reading can be meant: wrong shapes, and what no words explain."""
        return self.misfits, any(
            f.severity == UNKNOWN or (f.severity == WRONG and not f.reason) for f in self.findings
        )
