"""Colour for a terminal: bold headings, grey remarks, verdicts in green and red.

Plain ANSI sequences; on a pipe nothing is painted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BOLD, GREY, UNDERLINED, GREEN, RED = "1", "90", "4", "32", "31"
_WORDS = re.compile(r"\b(proved|holds|refuted|undecided)\b")
_COLOURS = {"proved": GREEN, "holds": GREEN, "refuted": RED, "undecided": RED}


@dataclass(frozen=True)
class Paint:
    """How headings, results and remarks look; without colour every text stays as it is."""

    colour: bool = False

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text.strip() else text

    def heading(self, text: str) -> str:
        return self._painted(text, f"{BOLD};{UNDERLINED}")

    def result(self, text: str) -> str:
        """The line that a step leads to."""
        spaces = len(text) - len(text.lstrip())
        return text[:spaces] + self._painted(text[spaces:], BOLD)

    def remark(self, text: str) -> str:
        """What stands beside a line, the words of a verdict in their own colours."""
        if not self.colour:
            return text
        parts = _WORDS.split(text)
        return "".join(self._painted(part, _COLOURS.get(part, GREY)) for part in parts)
