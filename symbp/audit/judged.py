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
    def is_partial(self) -> bool:
        """Of what backward returns, more is left over than has been recognised as a gradient."""
        return self.reading.unclaimed > len(self.findings)

    def is_better(self, other: Judged) -> bool:
        """What is right comes first, and then what says more or is less strange."""
        if self.is_partial != other.is_partial:
            whole, part = (other, self) if self.is_partial else (self, other)
            if len(whole.findings) - whole.wrong > max(whole.wrong, len(part.findings)):
                return whole is self
        if self.wrong == 0:
            return other.wrong > 0 or len(self.findings) > len(other.findings)
        return other.wrong > 0 and self.strangeness < other.strangeness

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
